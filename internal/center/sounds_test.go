package center_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linekeeper/internal/center"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/media/wav"
)

// tone is a WAV file of so many samples.
func tone(samples int) []byte {
	file := make([]byte, wav.HeaderSize, wav.HeaderSize+2*samples)
	wav.PutHeader(file, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: 8000, Bits: 16}, int64(2*samples))
	for i := range samples {
		file = binary.LittleEndian.AppendUint16(file, uint16(i))
	}
	return file
}

// server is a database and a data folder.
func server(t *testing.T) (*center.Center, *db.DB, string) {
	t.Helper()
	d, folder := dbtest.SQLite(t), t.TempDir()
	return center.New(d, secret.NewHasher(2)).Sealing(seals).Keeping(flow.NewPromptFiles(d, folder)), d, folder
}

func keep(t *testing.T, folder, name string, file []byte) {
	t.Helper()
	at := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRecordedPromptsTravel: a packed center makes the same center on a server that has none of its recordings.
func TestRecordedPromptsTravel(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sum := sha256.Sum256(tone(80))
	hashed := "prompts/" + hex.EncodeToString(sum[:]) + ".wav"
	text := "prompts:\n" +
		"  - {key: hello, name: Hello, audio: {en: " + hashed + ", ru: \"shipped:goodbye\"}}\n" +
		"  - {key: own, name: Own, audio: {th: prompts/own/bell.wav}}\n"
	a, dA, folderA := server(t)
	file, err := center.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	// Where the recordings are not, the file is refused, and says which and where it names them.
	_, err = a.Apply(ctx, author(), file)
	for _, want := range []string{"center.yaml:2: prompts[0].audio.en: the recorded prompt " + hashed + " is not on this server", "center.yaml:3: prompts[1].audio.th: the recorded prompt prompts/own/bell.wav"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
	}
	keep(t, folderA, hashed, tone(80))
	keep(t, folderA, "prompts/own/bell.wav", tone(160))
	if _, err := a.Apply(ctx, author(), file); err != nil {
		t.Fatal(err)
	}

	var packed bytes.Buffer
	if missing, err := a.Pack(ctx, first(t, dA), false, &packed); err != nil || len(missing) > 0 {
		t.Fatalf("packing: %v, missing %v", err, missing)
	}
	b, _, folderB := server(t)
	there, err := center.Parse(packed.Bytes())
	if err != nil {
		t.Fatalf("the archive is refused: %v", err)
	}
	if _, err := b.Plan(ctx, author(), there); err != nil {
		t.Fatalf("plan: %v", err)
	}
	if _, err := os.Stat(filepath.Join(folderB, "prompts")); err == nil {
		t.Error("a plan wrote recordings")
	}
	if _, err := b.Apply(ctx, author(), there); err != nil {
		t.Fatalf("apply: %v", err)
	}
	for name, want := range map[string][]byte{hashed: tone(80), "prompts/own/bell.wav": tone(160)} {
		if got, err := os.ReadFile(filepath.Join(folderB, filepath.FromSlash(name))); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what was recorded: %v", name, err)
		}
	}
	if again, err := b.Apply(ctx, author(), there); err != nil || !again.Empty() {
		t.Errorf("applied again: %v\n%s", err, again)
	}

	// A text with the recordings in a folder beside it does the same, and packs itself for a server elsewhere.
	c, _, _ := server(t)
	keep(t, folderA, "center.yaml", []byte(text))
	beside := load(t, filepath.Join(folderA, "center.yaml"))
	if sent, err := beside.Repack([]byte(text)); err != nil || !center.Packed(sent) {
		t.Errorf("to be sent elsewhere: %v", err)
	}
	if _, err := c.Apply(ctx, author(), beside); err != nil {
		t.Errorf("from a folder: %v", err)
	}
}

// TestWrongRecordingsAreRefused: what is not the recording, or no sound, is not taken, and nothing stays behind.
func TestWrongRecordingsAreRefused(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256(tone(80))
	hashed := "prompts/" + hex.EncodeToString(sum[:]) + ".wav"
	for name, one := range map[string]struct {
		content []byte
		more    string // of the file
		want    string
	}{
		"another content": {tone(81), "", "its content is not what was recorded under this name"},
		"no sound":        {[]byte("RIFF"), "", "its content is not what was recorded under this name"},
		"the rest fails":  {tone(80), "queues:\n  - {key: q, name: Q, project: nowhere}\n", "there is no project"},
	} {
		text := "prompts:\n  - {key: hello, name: Hello, audio: {en: " + hashed + "}}\n" + one.more
		from := t.TempDir()
		keep(t, from, hashed, one.content)
		keep(t, from, "center.yaml", []byte(text))
		c, _, folder := server(t)
		_, err := c.Apply(t.Context(), author(), load(t, filepath.Join(from, "center.yaml")))
		if err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: got %v, want %s", name, err, one.want)
		}
		if left, _ := filepath.Glob(filepath.Join(folder, "prompts", "*")); len(left) > 0 {
			t.Errorf("%s left %v", name, left)
		}
	}
	for name, file := range map[string][]byte{"half an archive": []byte("PK\x03\x04 and no more"), "an empty archive": []byte("PK\x05\x06" + strings.Repeat("\x00", 18))} {
		if _, err := center.Parse(file); err == nil {
			t.Errorf("%s is a center", name)
		}
	}
}

// FuzzPacked: no archive, however broken, does more than be refused.
func FuzzPacked(f *testing.F) {
	d := dbtest.SQLite(f)
	c := center.New(d, secret.NewHasher(2)).Sealing(seals)
	file, err := center.Parse([]byte("tenant: {name: A, time_zone: UTC, language: en}\n"))
	if err != nil {
		f.Fatal(err)
	}
	if _, err := c.Apply(f.Context(), author(), file); err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := c.Pack(f.Context(), first(f, d), false, &b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(_ *testing.T, text []byte) { _, _ = center.Parse(text) })
}
