package speech

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/media/wav"
)

func loudest(pcm []int16) (v int16) {
	for _, s := range pcm {
		v = max(v, s)
	}
	return v
}

func TestEspeak(t *testing.T) {
	t.Parallel()
	e, ok := FindEspeak()
	if !ok {
		t.Fatal("espeak-ng is not installed: apt-get install espeak-ng")
	}
	e.Timeout = time.Minute // what is said counts here; a machine that compiles everything else is slow
	for language, text := range map[string]string{
		"en": "You are number three in line.",
		"ru": "Ваш номер в очереди — три.",
	} {
		pcm, err := e.Speak(t.Context(), text, language)
		if err != nil {
			t.Errorf("%s: %v", language, err)
			continue
		}
		if s := len(pcm) / 8000; s < 1 || s > 5 || loudest(pcm) < 2000 {
			t.Errorf("%s: got %d samples, %d at the loudest; want a sentence", language, len(pcm), loudest(pcm))
		}
	}
	// What looks like options or commands is text.
	for _, text := range []string{"--help", "-w /tmp/x", "$(touch x); `id`"} {
		if pcm, err := e.Speak(t.Context(), text, "en"); err != nil || loudest(pcm) < 1000 {
			t.Errorf("%q: got %d samples, %v", text, len(pcm), err)
		}
	}
	for _, language := range []string{"th", "--path=/tmp", "", "a b"} {
		if _, err := e.Speak(t.Context(), "x", language); !errors.Is(err, ErrLanguage) {
			t.Errorf("language %q: got %v, want %v", language, err, ErrLanguage)
		}
	}
	if _, err := e.Speak(t.Context(), "x", "xx-nothing"); err == nil {
		t.Error("a voice that is not there spoke")
	}
}

func TestEspeakThatHangsOrFails(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	program := func(text string) string {
		name := filepath.Join(t.TempDir(), "espeak")
		if err := os.WriteFile(name, []byte("#!"+sh+"\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return name
	}
	began := time.Now()
	e := &Espeak{Path: program("sleep 6"), Timeout: 200 * time.Millisecond}
	if _, err := e.Speak(t.Context(), "x", "en"); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("got %v after %v, want an end by time", err, time.Since(began))
	}
	e = &Espeak{Path: program("echo no voice today >&2; exit 3")}
	if _, err := e.Speak(t.Context(), "x", "en"); err == nil || !strings.Contains(err.Error(), "no voice today") {
		t.Errorf("got %v, want what the program said", err)
	}
	e = &Espeak{Path: "/nowhere/espeak"}
	if _, err := e.Speak(t.Context(), "x", "en"); err == nil {
		t.Error("a program that is not there spoke")
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	sound := make([]byte, wav.HeaderSize+16000) // a second at 8 kHz
	wav.PutHeader(sound, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: 8000, Bits: 16}, 16000)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/audio/speech", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		if in["model"] != "tts" || in["input"] != "Привет" || in["voice"] != "olga" || in["response_format"] != "wav" {
			t.Errorf("got %v", in)
		}
		if got := r.Header.Get("Authorization"); got != "Bearer secret" {
			t.Errorf("got authorization %q", got)
		}
		w.Write(sound)
	})
	mux.HandleFunc("POST /say", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil || string(text) != "hello" || r.Header.Get("Content-Language") != "en" || r.URL.Query().Get("voice") != "bob" || r.URL.Query().Get("q") != "1" {
			t.Errorf("got %q, %v, %s", text, r.URL, r.Header)
		}
		w.Header().Set("Content-Type", "audio/L16; rate=16000")
		w.Write(make([]byte, 32000))
	})
	mux.HandleFunc("POST /pcm", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "audio/pcm")
		w.Write(make([]byte, 48000))
	})
	mux.HandleFunc("POST /page", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") })
	mux.HandleFunc("POST /rate", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "audio/pcm;rate=0")
		w.Write(make([]byte, 100))
	})
	mux.HandleFunc("POST /busy", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "too many", http.StatusTooManyRequests) })
	mux.HandleFunc("POST /endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(sound); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("POST /slow", func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then is the client's leaving noticed
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	engine := func(path string) *HTTP {
		return &HTTP{URL: server.URL + path, Model: "tts", Token: "secret", Client: server.Client(),
			Voices: map[string]string{"ru": "olga", "": "bob"}, MaxBytes: 100_000, Timeout: time.Second}
	}
	for path, in := range map[string][2]string{
		"/v1/audio/speech": {"Привет", "ru"}, "/say?q=1": {"hello", "en"}, "/pcm": {"x", "en"},
	} {
		if pcm, err := engine(path).Speak(t.Context(), in[0], in[1]); err != nil || len(pcm) != 8000 {
			t.Errorf("%s: got %d samples, %v; want 8000", path, len(pcm), err)
		}
	}
	for path, want := range map[string]string{
		"/page": "neither WAV nor samples", "/rate": "is no rate", "/busy": `429 Too Many Requests: "too many`,
		"/endless": "longer than 100000 bytes", "/slow": "deadline exceeded", "/none": "404",
	} {
		if _, err := engine(path).Speak(t.Context(), "x", "en"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if _, err := (&HTTP{URL: "http://127.0.0.1:1/say"}).Speak(t.Context(), "x", "en"); err == nil {
		t.Error("nobody answered and yet there is sound")
	}
}
