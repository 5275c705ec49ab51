package speech

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/project"
	"linekeeper/test/vosk"
)

// pitches stand for words at the test service.
var pitches = map[float64]string{500: "billing", 600: "one", 700: "two", 800: "yes"}

// words are tones with gaps between, and a pause behind.
func words(all ...float64) (pcm []int16) {
	pcm = append(pcm, tone.Silence(300*time.Millisecond)...)
	for _, hz := range all {
		pcm = append(pcm, tone.Sine(hz, 0.4, 300*time.Millisecond)...)
		pcm = append(pcm, tone.Silence(100*time.Millisecond)...)
	}
	return append(pcm, tone.Silence(time.Second)...)
}

// listen runs a listener over a service, and closes both.
func listen(t *testing.T, choices []project.Recognizer, engines ...NamedRecognizer) *Listener {
	t.Helper()
	l := NewListener(ListenerConfig{Engines: engines, Choices: func(project.ID) []project.Recognizer { return choices }})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func voskAt(name, address string, languages ...string) NamedRecognizer {
	return NamedRecognizer{Name: name, Kind: KindVosk, Timeout: 5 * time.Second,
		Engine: &Vosk{URL: "ws" + strings.TrimPrefix(address, "http"), Languages: languages, Client: client(1)}}
}

// says sends samples as a telephone does, without its time, and leaves the line open.
func says(pcm []int16) <-chan []int16 {
	c := make(chan []int16, len(pcm)/160+1)
	for piece := range slices.Chunk(pcm, 160) {
		c <- piece
	}
	return c
}

func TestVoskHearsWhileOneSpeaks(t *testing.T) {
	t.Parallel()
	service := &vosk.Server{Words: pitches, Confidence: 0.75}
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	l := listen(t, nil, voskAt("v", server.URL, "en"))
	var mu sync.Mutex
	var told []string
	h := flow.Hearing{Language: "en-GB", Rate: 8000, Phrases: []string{"billing", "one"}, Only: true, Told: func(_ bool, words string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, words)
	}}
	heard, err := l.Recognize(t.Context(), h, says(words(600, 500)))
	if err != nil || heard.Text != "one billing" || heard.Confidence != 0.75 {
		t.Errorf("heard %+v, %v", heard, err)
	}
	if !slices.Contains(told, "") || !slices.Contains(told, "one") {
		t.Errorf("told %q, want the beginning and the first word", told)
	}
	if c := service.Configs(); len(c) != 1 || c[0].SampleRate != 8000 || !slices.Equal(c[0].Phrases, []string{"billing", "one", "[unk]"}) {
		t.Errorf("configured %+v", c)
	}
	// What is none of the phrases is unclear, not forced into one.
	if heard, err := l.Recognize(t.Context(), h, says(words(700))); err != nil || heard.Text != flow.Unclear {
		t.Errorf("heard %+v, %v", heard, err)
	}
	// Likely phrases alone restrict nothing; other languages are nobody's.
	h.Only = false
	if heard, err := l.Recognize(t.Context(), h, says(words(700))); err != nil || heard.Text != "two" {
		t.Errorf("heard %+v, %v", heard, err)
	}
	h.Language = "ru"
	if _, err := l.Recognize(t.Context(), h, says(nil)); !errors.Is(err, ErrNoRecognizer) || l.Rate("", "ru") != 0 || l.Rate("", "en") != 8000 {
		t.Errorf("Russian: %v", err)
	}
}

func TestVoskWritesRecordingsDown(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&vosk.Server{Words: pitches})
	t.Cleanup(server.Close)
	l := listen(t, nil, voskAt("v", server.URL, "en"))
	pcm := slices.Concat(words(600), words(700, 500), tone.Sine(800, 0.4, 300*time.Millisecond)) // ends in mid-word
	heard, err := l.Transcribe(t.Context(), flow.Hearing{Language: "en", Rate: 8000}, pcm)
	if err != nil || heard.Text != "one two billing yes" || heard.Confidence != 1 {
		t.Errorf("heard %+v, %v", heard, err)
	}
	if heard, err := l.Transcribe(t.Context(), flow.Hearing{Language: "en", Rate: 8000}, tone.Silence(3*time.Second)); err != nil || heard.Text != "" {
		t.Errorf("heard %+v in silence, %v", heard, err)
	}
	// At another rate the service is told so, and hears the same.
	fast := listen(t, nil, NamedRecognizer{Name: "f", Engine: &Vosk{URL: "ws" + strings.TrimPrefix(server.URL, "http"), Languages: []string{"en"}, SampleRate: 16000, Client: client(1)}})
	if heard, err := fast.Transcribe(t.Context(), flow.Hearing{Language: "en", Rate: 8000}, words(500)); err != nil || heard.Text != "billing" {
		t.Errorf("heard %+v at 16 kHz, %v", heard, err)
	}
}

func TestRecognizersStandIn(t *testing.T) {
	t.Parallel()
	service := &vosk.Server{Words: pitches}
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	dead := &vosk.Server{}
	dead.Deaf(true)
	gone := httptest.NewServer(dead)
	t.Cleanup(gone.Close)
	l := listen(t, []project.Recognizer{{Language: "en", Engine: "dead"}, {Engine: "attic"}}, voskAt("good", server.URL, "en", "th"), voskAt("dead", gone.URL, "en"))
	h := flow.Hearing{Language: "en", Rate: 8000}
	for i := range 4 {
		if heard, err := l.Recognize(t.Context(), h, says(words(800))); err != nil || heard.Text != "yes" {
			t.Errorf("%d: heard %+v, %v", i, heard, err)
		}
	}
	all := l.Recognizers()
	if good, bad := all[0], all[1]; good.Counts.StoodIn != 4 || bad.Counts.Failed != 4 || !bad.Resting || good.Resting {
		t.Errorf("got %+v, want a stand-in for one that rests", all)
	}
	// What the project names and nobody has is stood in for, too; when nobody can, the error tells of all.
	h.Language = "th"
	if heard, err := l.Recognize(t.Context(), h, says(words(800))); err != nil || heard.Text != "yes" {
		t.Errorf("heard %+v, %v", heard, err)
	}
	service.Deaf(true)
	_, err := l.Recognize(t.Context(), h, says(words(800)))
	if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "good: the service answered 503") {
		t.Errorf("got %v", err)
	}
}

// listening is a recognizer that is made to do things.
type listening struct {
	streams bool
	does    func(ctx context.Context, u Utterance) (flow.Heard, error)
}

func (listening) Hears(string) bool { return true }
func (listening) Rate() int         { return 8000 }
func (l listening) Streams() bool   { return l.streams }
func (l listening) Recognize(ctx context.Context, u Utterance) (flow.Heard, error) {
	return l.does(ctx, u)
}

func drain(ctx context.Context, a Audio) (n int, err error) {
	for {
		pcm, err := a.Next(ctx)
		n += len(pcm)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

func TestListenerEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := flow.Hearing{Language: "en", Rate: 8000}
		// One that is asked once somebody has spoken gets what was said with a little before it, and noise is
		// listened through.
		var got []int
		var told []bool
		tells := listening{does: func(ctx context.Context, u Utterance) (flow.Heard, error) {
			n, err := drain(ctx, u.Audio)
			if got = append(got, n); len(got) == 1 {
				return flow.Heard{}, err // a cough
			}
			return flow.Heard{Text: "yes"}, err
		}}
		l := listen(t, nil, NamedRecognizer{Name: "t", Engine: tells})
		h.Told = func(speaking bool, _ string) { told = append(told, speaking) }
		audio := slices.Concat(tone.Silence(5*time.Second), words(800), words(600))
		heard, err := l.Recognize(t.Context(), h, says(audio))
		if err != nil || heard.Text != "yes" || len(got) != 2 || !slices.Equal(told, []bool{true, false, true}) {
			t.Errorf("heard %+v, %v, asked with %d, told %v", heard, err, got, told)
		}
		for _, n := range got {
			if n < 8000 || n > 14000 {
				t.Errorf("it was given %d samples, want a second or so", n)
			}
		}
		// Silence to the end is nothing, and nobody is asked.
		closed := make(chan []int16, 1)
		closed <- tone.Silence(time.Second)
		close(closed)
		if heard, err := l.Recognize(t.Context(), h, closed); err != nil || heard.Text != "" || len(got) != 2 {
			t.Errorf("heard %+v in silence, %v, asked %d times", heard, err, len(got))
		}
		// Its caller goes: it ends at once.
		hangs := listening{streams: true, does: func(ctx context.Context, u Utterance) (flow.Heard, error) {
			<-ctx.Done()
			return flow.Heard{}, ctx.Err()
		}}
		l = listen(t, nil, NamedRecognizer{Name: "h", Engine: hangs, Parallel: 1, Timeout: 400 * time.Millisecond})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		go func() {
			time.Sleep(500 * time.Millisecond)
			if _, err := l.Recognize(t.Context(), h, says(nil)); err == nil {
				t.Error("two were heard at once")
			}
		}()
		if _, err := l.Recognize(ctx, h, says(nil)); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		if all := l.Recognizers(); all[0].Counts.Failed != 1 {
			t.Errorf("who finds it busy is a failure, who hangs up is none: %+v", all)
		}
		time.Sleep(100 * time.Millisecond)
		// Close ends what runs.
		go func() {
			time.Sleep(time.Second)
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}()
		if _, err := l.Recognize(t.Context(), h, says(nil)); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want %v", err, ErrClosed)
		}
		time.Sleep(time.Second)
		// A panic is a failure of that engine.
		blows := listening{streams: true, does: func(context.Context, Utterance) (flow.Heard, error) { panic("no ears") }}
		l = listen(t, nil, NamedRecognizer{Name: "b", Engine: blows}, NamedRecognizer{Name: "t", Engine: tells})
		if heard, err := l.Recognize(t.Context(), flow.Hearing{Language: "en", Rate: 8000}, says(words(800))); err != nil || heard.Text != "yes" {
			t.Errorf("heard %+v, %v", heard, err)
		}
	})
}

func TestTranscriber(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	file := func(b []byte) {
		t.Helper()
		if len(b) != wav.HeaderSize+2*16000*18/10 || string(b[:4]) != "RIFF" {
			t.Errorf("got %d bytes %.4q, want 1.8 s of a WAV file at 16 kHz", len(b), b)
		}
	}
	mux.HandleFunc("POST /v1/audio/transcriptions", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hunter2" {
			http.Error(w, "bad key "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), http.StatusUnauthorized)
			return
		}
		f, head, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		b, _ := io.ReadAll(f)
		file(b)
		if head.Filename != "speech.wav" || r.FormValue("model") != "whisper-1" || r.FormValue("language") != "ru" || r.FormValue("prompt") != "счёт, да" {
			t.Errorf("got %q, %v", head.Filename, r.Form)
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"text": " Мой  счёт.\n"})
	})
	mux.HandleFunc("POST /hear", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		file(b)
		if r.Header.Get("Content-Type") != "audio/wav" || r.Header.Get("Content-Language") != "ru-RU" {
			t.Errorf("got %v", r.Header)
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("да\n"))
	})
	mux.HandleFunc("POST /bad", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("<html>")) })
	mux.HandleFunc("POST /slow", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice that the client has gone
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for _, test := range []struct {
		path, key, want, fails string
		openai                 bool
	}{
		{"/v1/audio/transcriptions", "hunter2", "Мой счёт.", "", true},
		{"/v1/audio/transcriptions", "hunter3", "", `401 Unauthorized: "bad key ***`, true},
		{"/hear", "", "да", "", false},
		{"/bad", "", "", "neither text nor JSON", false},
		{"/slow", "", "", "no answer within 200ms", false},
	} {
		e := &Transcriber{URL: server.URL + test.path, OpenAI: test.openai, Token: test.key, Client: client(1)}
		take := newTake(8000)
		take.pcm, take.over = words(500), true // 1.7 s
		take.pcm = append(take.pcm, make([]int16, 800)...)
		audio, err := take.reader(0, 16000)
		if err != nil {
			t.Fatal(err)
		}
		patience := 20 * time.Second
		if test.path == "/slow" {
			patience = 200 * time.Millisecond
		}
		heard, err := e.Recognize(t.Context(), Utterance{Language: "ru-RU", Phrases: []string{"счёт", "да"}, Patience: patience, Audio: audio})
		if heard.Text != test.want || (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
			t.Errorf("%s: heard %+v, %v", test.path, heard, err)
		}
		_ = e.Close()
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sound        []int16
		began, ended bool
	}{
		"silence":                {tone.Silence(3 * time.Second), false, false},
		"a click":                {slices.Concat(tone.Sine(900, 0.9, 40*time.Millisecond), tone.Silence(2*time.Second)), false, false},
		"a room's noise":         {tone.Sine(120, 0.004, 3*time.Second), false, false},
		"speech":                 {tone.Sine(300, 0.1, time.Second), true, false},
		"a pause between words":  {slices.Concat(tone.Sine(300, 0.1, time.Second), tone.Silence(700*time.Millisecond)), true, false},
		"the end":                {slices.Concat(tone.Sine(300, 0.1, time.Second), tone.Silence(900*time.Millisecond)), true, true},
		"it goes on after a gap": {slices.Concat(tone.Sine(300, 0.1, 200*time.Millisecond), tone.Silence(500*time.Millisecond), tone.Sine(300, 0.1, time.Second)), true, false},
	} {
		e := endpoint{rate: 8000}
		var began, ended bool
		for piece := range slices.Chunk(test.sound, 123) {
			began, ended = e.hear(piece)
		}
		if began != test.began || ended != test.ended {
			t.Errorf("%s: began %t, ended %t", name, began, ended)
		}
	}
}

func TestParseVosk(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]voskHeard{
		`{"partial" : ""}`:       {},
		`{"partial" : "on"}`:     {text: "on"},
		`{"text" : ""}`:          {final: true},
		`{"text" : "[unk]"}`:     {text: flow.Unclear, final: true},
		`{"text" : "[unk] yes"}`: {text: "yes", final: true},
		`{"result":[{"conf":0.5,"word":"a"},{"conf":1,"word":"b"}],"text":"a b"}`:  {text: "a b", confidence: 0.75, final: true},
		`{"result":[{"conf":230.1,"word":"a"}],"text":"a"}`:                        {text: "a", final: true},
		`{"alternatives":[{"confidence":231.7,"text":" one two"},{"text":"won"}]}`: {text: "one two", final: true},
	} {
		if got, err := parseVosk([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{``, `[]`, `{}`, `{"text":3}`, `{"error":"no model"}`, `{"alternatives":[]}`} {
		if got, err := parseVosk([]byte(text)); err == nil {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}

func FuzzHeard(f *testing.F) {
	f.Add("application/json", []byte(`{"result":[{"conf":0.5}],"text":"a b"}`))
	f.Add("application/json", []byte(`{"alternatives":[{"text":"a"}],"confidence":1e999}`))
	f.Add("text/plain", []byte("hello\xff"))
	f.Fuzz(func(t *testing.T, kind string, b []byte) {
		if a, err := parseVosk(b); err == nil && (a.confidence < 0 || a.confidence > 1 || strings.TrimSpace(a.text) != a.text) {
			t.Errorf("%q: got %+v", b, a)
		}
		if h, err := parseTranscript(kind, b); err == nil && (!(h.Confidence >= 0 && h.Confidence <= 1) || strings.TrimSpace(h.Text) != h.Text) {
			t.Errorf("%q: got %+v", b, h)
		}
	})
}

func TestParseRecognizers(t *testing.T) {
	t.Parallel()
	all, err := ParseRecognizers([]byte(`
engines: [{name: robot, kind: espeak}]
recognizers:
  - {name: vosk-en, kind: vosk, url: "ws://127.0.0.1:2700", languages: [en], rate: 16000, timeout: 1s, parallel: 3}
  - {name: whisper, kind: openai, url: "https://speech.example/v1/audio/transcriptions", model: turbo, key_env: NEURAL_KEY}
  - {name: house, kind: http, url: "http://10.0.0.7/hear", languages: [th], rate: 8000}
`), testEnv, testRead)
	if err != nil || len(all) != 3 {
		t.Fatalf("got %d recognizers, %v", len(all), err)
	}
	v, w, h := all[0].Engine.(*Vosk), all[1].Engine.(*Transcriber), all[2].Engine.(*Transcriber)
	if !v.Hears("en-GB") || v.Hears("ru") || v.Rate() != 16000 || all[0].Timeout != time.Second || all[0].Parallel != 3 {
		t.Errorf("got %+v", v)
	}
	if !w.OpenAI || w.Token != "hunter2" || w.Model != "turbo" || !w.Hears("th") || w.Rate() != 16000 || h.OpenAI || h.Hears("en") || h.Rate() != 8000 {
		t.Errorf("got %+v, %+v", w, h)
	}
	for text, want := range map[string]string{
		`[{name: A}]`:               "recognizers[0]: name: write small letters",
		`[{name: a, kind: pigeon}]`: "kind: write vosk, openai or http",
		`[{name: a, kind: vosk, url: "http://x", languages: [en]}]`:                        "url: write an address that begins with wss:// or ws://",
		`[{name: a, kind: vosk, url: "ws://x"}]`:                                           "languages: name the language",
		`[{name: a, kind: vosk, url: "ws://x", languages: [en], model: big}]`:              "kind: vosk has no model",
		`[{name: a, kind: http, url: "ws://x"}]`:                                           "url: write an address that begins with https:// or http://",
		`[{name: a, kind: http, url: "http://me:hunter2@x"}]`:                              "url: write the password as key",
		`[{name: a, kind: http, url: "http://x", rate: 44100}]`:                            "rate: write 8000 or 16000",
		`[{name: a, kind: http, url: "http://x", key: a, key_env: b}]`:                     "key: write one of",
		`[{name: a, kind: http, url: "http://x"}, {name: a, kind: http, url: "http://x"}]`: "recognizers[1]: name: another",
	} {
		_, err := ParseRecognizers([]byte("recognizers: "+text), testEnv, testRead)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
