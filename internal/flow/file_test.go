package flow

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/tenant"
)

const filedProgram = `{"schema":1,"start":"a","nodes":{
	"a":{"kind":"say","prompt":"hello","next":"m"},
	"m":{"kind":"menu","prompt":"choose","edges":{"1":"gone","invalid":"m","no_input":"z"}},
	"z":{"kind":"say","prompt":"{{language}}","text":"x","next":"w"},
	"w":{"kind":"say","prompt":"goodbye","next":"h"},"h":{"kind":"hangup"}}}`

// toneFile is a WAV file of so many samples.
func toneFile(samples int) []byte {
	file := make([]byte, wav.HeaderSize, wav.HeaderSize+2*samples)
	wav.PutHeader(file, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: SampleRate, Bits: 16}, int64(2*samples))
	for i := range samples {
		file = binary.LittleEndian.AppendUint16(file, uint16(i))
	}
	return file
}

func TestPromptsNamed(t *testing.T) {
	t.Parallel()
	// It has mistakes: a way to nowhere, and what cannot be said.
	if got, want := PromptsNamed([]byte(filedProgram)), []string{"choose", "goodbye", "hello"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := PromptsNamed([]byte(`{`)); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// site is a center with a data folder.
type site struct {
	t      *testing.T
	db     *db.DB
	by     audit.Author
	folder string
	files  *PromptFiles
}

func newSite(t *testing.T) *site {
	s := &site{t: t, db: dbtest.SQLite(t), folder: t.TempDir()}
	s.by, s.files = office(t, s.db), NewPromptFiles(s.db, s.folder)
	return s
}

func (s *site) prompt(key string, texts map[string]string, sounds map[string][]byte) Prompt {
	s.t.Helper()
	var p Prompt
	write(s.t, s.db, func(tx *db.Tx) (err error) {
		p, err = CreatePrompt(tx, s.by, Prompt{Key: key, Name: strings.ToUpper(key), Texts: texts, Audio: map[string]string{}})
		return err
	})
	for language, sound := range sounds {
		var err error
		if p, err = s.files.Record(context.Background(), s.by, p.ID, language, sound); err != nil {
			s.t.Fatal(err)
		}
	}
	return p
}

func (s *site) there(key string) (p Prompt) {
	s.t.Helper()
	write(s.t, s.db, func(tx *db.Tx) (err error) {
		p, err = PromptByKey(tx, tenant.ID(s.by.Tenant), key)
		return err
	})
	return p
}

func (s *site) pack(program string) []byte {
	s.t.Helper()
	var out bytes.Buffer
	write(s.t, s.db, func(tx *db.Tx) error {
		f, err := FileOf(tx, tenant.ID(s.by.Tenant), s.files, []byte(program))
		out.Reset()
		return errors.Join(err, f.Write(&out))
	})
	return out.Bytes()
}

func (s *site) compare(file []byte) (f File, all []FilePrompt) {
	s.t.Helper()
	f, err := ParseFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	write(s.t, s.db, func(tx *db.Tx) error {
		all, err = f.Compare(tx, tenant.ID(s.by.Tenant), s.files)
		return err
	})
	return f, all
}

// TestAFlowsFileCarriesItsPrompts: what one center has packed another takes, and asks before it replaces.
func TestAFlowsFileCarriesItsPrompts(t *testing.T) {
	t.Parallel()
	from := newSite(t)
	from.prompt("hello", map[string]string{"ru": "Здравствуйте"}, map[string][]byte{"en": toneFile(80)})
	from.prompt("choose", nil, map[string][]byte{"en": toneFile(90), "th": toneFile(100)})
	from.prompt("unused", nil, map[string][]byte{"en": toneFile(10)})
	file := from.pack(filedProgram)

	to := newSite(t)
	f, got := to.compare(file)
	if len(f.Program) == 0 || len(f.Sounds) != 3 {
		t.Fatalf("got %d sounds", len(f.Sounds))
	}
	want := []FilePrompt{
		{Key: "choose", Name: "CHOOSE", State: FileNew, Differs: []string{}, Lacks: []string{}},
		{Key: "hello", Name: "HELLO", State: FileNew, Differs: []string{}, Lacks: []string{}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	own := to.prompt("hello", map[string]string{"ru": "Здравствуйте"}, map[string][]byte{"en": toneFile(50)})
	if _, got = to.compare(file); got[1].State != FileOther || !slices.Equal(got[1].Differs, []string{"en"}) {
		t.Errorf("got %+v", got[1])
	}
	taken, err := to.files.TakeFile(t.Context(), to.by, f, nil)
	if d := cmp.Diff(PromptsTaken{Added: []string{"choose"}, Replaced: []string{}, Kept: []string{"hello"}}, taken); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	if p := to.there("hello"); p.Audio["en"] != own.Audio["en"] {
		t.Error("the center's own sound was replaced without a word")
	}
	sound, err := to.files.Open(to.there("choose").Audio["th"])
	if err != nil || !bytes.Equal(sound, toneFile(100)) {
		t.Errorf("the recording did not come along: %v", err)
	}
	if taken, err = to.files.TakeFile(t.Context(), to.by, f, []string{"hello"}); err != nil || !slices.Equal(taken.Replaced, []string{"hello"}) {
		t.Errorf("got %+v, %v", taken, err)
	}
	if _, got = to.compare(file); got[0].State != FileSame || got[1].State != FileSame {
		t.Errorf("after all was taken: %+v", got)
	}
	if to.files.Has(own.Audio["en"]) {
		t.Error("the replaced recording was not removed")
	}
	names, err := filepath.Glob(filepath.Join(to.folder, "prompts", "*"))
	if len(names) != 3 || err != nil {
		t.Errorf("files %v, %v", names, err)
	}
}

// TestAFlowsFileWithoutARecording: what the data folder does not have is told; an operator's own file is known by its content.
func TestAFlowsFileWithoutARecording(t *testing.T) {
	t.Parallel()
	from := newSite(t)
	p := from.prompt("hello", map[string]string{"en": "Hello"}, map[string][]byte{"en": toneFile(80), "ru": toneFile(81)})
	if err := os.Remove(filepath.Join(from.folder, filepath.FromSlash(p.Audio["ru"]))); err != nil {
		t.Fatal(err)
	}
	file := from.pack(filedProgram)
	to := newSite(t)
	if err := os.MkdirAll(filepath.Join(to.folder, "prompts"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to.folder, "prompts", "bell.wav"), toneFile(80), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, to.db, func(tx *db.Tx) error {
		_, err := CreatePrompt(tx, to.by, Prompt{Key: "hello", Name: "H", Texts: map[string]string{"en": "Hello"}, Audio: map[string]string{"en": "prompts/bell.wav"}})
		return err
	})
	if _, got := to.compare(file); got[0].State != FileSame || !slices.Equal(got[0].Lacks, []string{"ru"}) {
		t.Errorf("got %+v", got)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	from := newSite(t)
	from.prompt("hello", nil, map[string][]byte{"en": toneFile(80)})
	good := from.pack(filedProgram)
	f, err := ParseFile(good)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*File)) []byte {
		other := f
		other.Prompts = slices.Clone(f.Prompts)
		change(&other)
		var b bytes.Buffer
		if err := other.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	name := f.Prompts[0].Audio["en"]
	for what, file := range map[string][]byte{
		"no archive":    []byte("PK\x03\x04 and nothing"),
		"no program":    with(func(f *File) { f.Program = []byte(`"` + strings.Repeat("x", maxSource) + `"`) }),
		"another sound": with(func(f *File) { f.Sounds = map[string][]byte{name: toneFile(70)} }),
		"no sound":      with(func(f *File) { f.Sounds = map[string][]byte{name: []byte("RIFF")} }),
		"twice":         with(func(f *File) { f.Prompts = append(f.Prompts, f.Prompts[0]) }),
		"bad key":       with(func(f *File) { f.Prompts[0].Key = "Hello there" }),
		"outside": with(func(f *File) {
			f.Prompts[0].Audio = map[string]string{"en": "../secret.wav"}
		}),
		"not shipped": with(func(f *File) { f.Prompts[0].Audio = map[string]string{"en": "shipped:nothing"} }),
	} {
		if _, err := ParseFile(file); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	var good bytes.Buffer
	file := File{Program: []byte(filedProgram), Prompts: []Prompt{{Key: "hello", Name: "H", Texts: map[string]string{"en": "x"}, Audio: map[string]string{"en": nameOf(toneFile(8))}}},
		Sounds: map[string][]byte{nameOf(toneFile(8)): toneFile(8)}}
	if err := file.Write(&good); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseFile(data)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("not told as a fault: %v", err)
			}
			return
		}
		var again bytes.Buffer
		if err := got.Write(&again); err != nil {
			t.Fatal(err)
		}
		back, err := ParseFile(again.Bytes())
		if err != nil || len(back.Prompts) != len(got.Prompts) || len(back.Sounds) != len(got.Sounds) {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
	})
}
