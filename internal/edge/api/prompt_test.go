package api

import (
	"context"
	"encoding/binary"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/project"
)

const promptAdmin = string(access.Administrator)

// toneOf is a WAV file of so many samples of one value.
func toneOf(rate, samples int, value int16) string {
	file := make([]byte, wav.HeaderSize, wav.HeaderSize+2*samples)
	wav.PutHeader(file, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: rate, Bits: 16}, int64(2*samples))
	for range samples {
		file = binary.LittleEndian.AppendUint16(file, uint16(value))
	}
	return string(file)
}

// speaksLength says a text as one sample for each byte of it and of the project's name.
type speaksLength struct{}

func (speaksLength) Voice(p project.ID, _ string) string { return string(p) }

func (speaksLength) Speak(_ context.Context, s flow.Speech) (flow.Spoken, error) {
	return flow.Spoken{Voice: string(s.Project), PCM: make([]int16, len(s.Text)+len(s.Project))}, nil
}

// withSound gives the world prompts that sound, with files in the folder.
func withSound(folder string) func(*Deps) {
	return func(d *Deps) {
		d.PromptFiles = flow.NewPromptFiles(d.DB, folder)
		d.Library = flow.NewLibrary(flow.LibraryConfig{Prompts: flow.NewStore(d.DB), Files: os.DirFS(folder), Speaker: speaksLength{}})
	}
}

func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(folder, "prompts", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRecordedPrompts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := newWorld(t, dbtest.SQLite(t), withSound(folder))
	make := func(key string) string {
		var p Prompt
		w.must(http.StatusCreated, &p, promptAdmin, "POST", "/api/v1/prompts",
			`{"key":"`+key+`","name":"P","texts":{"en":"hello"},"audio":{}}`)
		return p.ID
	}
	one, two := make("one"), make("two")
	put := func(id, language, file string) Prompt {
		var p Prompt
		w.must(http.StatusOK, &p, promptAdmin, "PUT", "/api/v1/prompts/"+id+"/audio/"+language, file, "Content-Type", "audio/wav")
		return p
	}
	first := put(one, "en", toneOf(16000, 1600, 5))
	name := first.Audio["en"]
	if data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name))); err != nil || string(data) != toneOf(16000, 1600, 5) {
		t.Errorf("%q is not the file that was sent: %v", name, err)
	}
	rec := w.must(http.StatusOK, nil, promptAdmin, "GET", "/api/v1/prompts/"+one+"/audio/en", "")
	if n := rec.Body.Len(); n != wav.HeaderSize+2*800 || rec.Header().Get("Content-Type") != "audio/wav" {
		t.Errorf("heard %d bytes of %s, want 800 samples", n, rec.Header().Get("Content-Type"))
	}
	// The same sound is one file, which stays while one of them names it.
	if p := put(two, "ru", toneOf(16000, 1600, 5)); p.Audio["ru"] != name || len(filesIn(t, folder)) != 1 {
		t.Errorf("got %v, files %v", p.Audio, filesIn(t, folder))
	}
	put(one, "en", toneOf(8000, 80, 6))
	if got := filesIn(t, folder); len(got) != 2 {
		t.Errorf("got %v, want the new file and the one still named", got)
	}
	w.must(http.StatusNoContent, nil, promptAdmin, "DELETE", "/api/v1/prompts/"+two, "")
	if got := filesIn(t, folder); len(got) != 1 {
		t.Errorf("after removal of the prompt: %v", got)
	}
	// Its audio taken away, the text is spoken.
	w.must(http.StatusOK, nil, promptAdmin, "PUT", "/api/v1/prompts/"+one, `{"key":"one","name":"P","texts":{"en":"hello"},"audio":{}}`)
	rec = w.must(http.StatusOK, nil, promptAdmin, "GET", "/api/v1/prompts/"+one+"/audio/en", "")
	if got := filesIn(t, folder); len(got) != 0 || rec.Body.Len() != wav.HeaderSize+2*len("hello") {
		t.Errorf("left %v, heard %d bytes", got, rec.Body.Len())
	}
	w.refused(http.StatusNotFound, promptAdmin, "GET", "/api/v1/prompts/"+one+"/audio/th", "")
	if got := w.audited("prompt"); len(got) != 7 {
		t.Errorf("audit: %v", got)
	}
}

func TestSoundsThatAreRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := newWorld(t, dbtest.SQLite(t), withSound(folder))
	var p Prompt
	w.must(http.StatusCreated, &p, promptAdmin, "POST", "/api/v1/prompts", `{"key":"one","name":"P","texts":{},"audio":{}}`)
	for what, c := range map[string]struct {
		path, file string
		code       int
	}{
		"no WAV":      {p.ID + "/audio/en", "ID3 this is no WAV file", 422},
		"empty":       {p.ID + "/audio/en", toneOf(8000, 0, 0), 422},
		"too long":    {p.ID + "/audio/en", toneOf(8000, 8000*flow.MaxPromptSeconds+8000, 0), 422},
		"too large":   {p.ID + "/audio/en", strings.Repeat("x", flow.MaxPromptBytes+2), 413},
		"language":    {p.ID + "/audio/xx", toneOf(8000, 80, 1), 422},
		"path":        {p.ID + "/audio/..%2Fen", toneOf(8000, 80, 1), 422},
		"nobody's":    {"00000000-0000-7000-8000-000000000000/audio/en", toneOf(8000, 80, 1), 404},
		"half a head": {p.ID + "/audio/en", toneOf(8000, 80, 1)[:30], 422},
	} {
		if rec := w.ask(promptAdmin, "PUT", "/api/v1/prompts/"+c.path, c.file, "Content-Type", "audio/wav"); rec.Code != c.code {
			t.Errorf("%s: got %d %s, want %d", what, rec.Code, rec.Body, c.code)
		}
		if got := filesIn(t, folder); len(got) != 0 {
			t.Errorf("%s left %v", what, got)
		}
	}
}

func TestSpokenAndShippedPrompts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), withSound(t.TempDir()))
	rec := w.must(http.StatusOK, nil, promptAdmin, "POST", "/api/v1/prompts/preview", `{"text":"hello","language":"en"}`)
	if rec.Body.Len() != wav.HeaderSize+10 {
		t.Errorf("heard %d bytes", rec.Body.Len())
	}
	if rec := w.must(http.StatusOK, nil, promptAdmin, "POST", "/api/v1/prompts/preview", `{"text":"hello","language":"en","project_id":"bank"}`); rec.Body.Len() != wav.HeaderSize+18 {
		t.Errorf("heard %d bytes in a project's name", rec.Body.Len())
	}
	busy := false
	for range previewBurst + 20 {
		busy = busy || w.ask(promptAdmin, "POST", "/api/v1/prompts/preview", `{"text":"hello","language":"en"}`).Code == http.StatusTooManyRequests
	}
	if !busy {
		t.Error("anybody may have texts spoken without end")
	}
	if rec := w.must(http.StatusOK, nil, promptAdmin, "GET", "/api/v1/shipped-prompts/position_1/audio/ru", ""); rec.Body.Len() < 8000 {
		t.Errorf("heard %d bytes of a shipped prompt", rec.Body.Len())
	}
	for _, key := range []string{"nothing", "..%2f..%2fx"} {
		w.refused(http.StatusNotFound, promptAdmin, "GET", "/api/v1/shipped-prompts/"+key+"/audio/en", "")
	}
	w = newWorld(t, dbtest.SQLite(t), func(d *Deps) { d.Library = flow.NewLibrary(flow.LibraryConfig{}) })
	w.refused(http.StatusNotFound, promptAdmin, "POST", "/api/v1/prompts/preview", `{"text":"hello","language":"en"}`)
}

func TestFlowsThatUseAPrompt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	var p Prompt
	w.must(http.StatusCreated, &p, promptAdmin, "POST", "/api/v1/prompts", `{"key":"hello","name":"P","texts":{"en":"x"},"audio":{}}`)
	w.write(func(tx *db.Tx) error {
		for _, key := range []string{"hello", "welcome"} {
			program := `{"schema":1,"start":"a","nodes":{"a":{"kind":"say","prompt":"` + key + `","next":"b"},"b":{"kind":"hangup"}}}`
			if _, err := flow.Create(tx, audit.Author{Tenant: string(w.tenant)}, flow.Flow{Key: key, Name: key, Program: []byte(program)}); err != nil {
				return err
			}
		}
		return nil
	})
	var uses PromptUses
	w.must(http.StatusOK, &uses, promptAdmin, "GET", "/api/v1/prompts/"+p.ID+"/uses", "")
	if len(uses.Flows) != 1 || uses.Flows[0].Key != "hello" || uses.Flows[0].Draft {
		t.Errorf("got %+v", uses)
	}
}

func TestHoursAtAndPublicHolidays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	hours := `{"key":"h","name":"H","time_zone":"Asia/Bangkok","week":{"mon":["09:00-18:00"]},"holidays":[],"closed":false}`
	var state HoursState
	w.must(http.StatusOK, &state, promptAdmin, "POST", "/api/v1/hours/at", `{"at":"2026-05-04T08:00","hours":`+hours+`}`)
	if want := (HoursState{At: "2026-05-04T08:00:00+07:00", Because: "week", Next: "2026-05-04T09:00:00+07:00"}); state != want {
		t.Errorf("got %+v, want %+v", state, want)
	}
	w.must(http.StatusOK, &state, promptAdmin, "POST", "/api/v1/hours/at", `{"at":"","hours":`+strings.Replace(hours, "false", "true", 1)+`}`)
	if state.Open || state.Because != "closed" {
		t.Errorf("got %+v", state)
	}
	p := w.refused(http.StatusUnprocessableEntity, promptAdmin, "POST", "/api/v1/hours/at", `{"at":"","hours":`+strings.Replace(hours, "18:00", "25:00", 1)+`}`)
	if len(p.Fields) != 1 || !strings.Contains(p.Fields[0].Path, "week.mon") {
		t.Errorf("got %+v", p.Fields)
	}
	var year PublicHolidays
	w.must(http.StatusOK, &year, promptAdmin, "GET", "/api/v1/public-holidays?country=TH&year=2026", "")
	if len(year.Days) != 19 || len(year.Missing) != 0 {
		t.Errorf("got %+v", year)
	}
	w.refused(http.StatusUnprocessableEntity, promptAdmin, "GET", "/api/v1/public-holidays?country=RU&year=2012", "")

	var made Hours
	w.must(http.StatusCreated, &made, promptAdmin, "POST", "/api/v1/hours", strings.Replace(hours, "false", "true", 1))
	if !made.Closed || made.ClosedBy != string(w.users[access.Administrator]) || made.ClosedMs == 0 {
		t.Errorf("who closed it: %+v", made)
	}
}
