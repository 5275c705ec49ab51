package app

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linekeeper/internal/media/wav"
)

// TestDoctorHearsSpeechEngines: Thai callers with espeak-ng alone are pointed out; a service that speaks Thai makes
// it well, one that does not answer is bad.
func TestDoctorHearsSpeechEngines(t *testing.T) {
	data := t.TempDir()
	center := filepath.Join(t.TempDir(), "center.yaml")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(center, `
projects: [{key: shop, name: Shop, voices: [{language: en, engine: attic}]}]
flows: [{key: hello, program: {schema: 1, start: a, nodes: {a: {kind: hangup}}}}]
queues:
  - {key: help, name: Help, project: shop, callback: {on: true}}
  - {key: sales, name: Sales, project: shop}
entries: [{key: front, number: "+6621234567", project: shop, flow: hello, language: th}]
`)
	if out, err := run(t, "apply", "--data", data, "-f", center); err != nil {
		t.Fatal(err, out)
	}
	doctor := func(args ...string) string {
		t.Helper()
		out, _ := run(t, append([]string{"doctor", "--data", data, "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--webrtc", "127.0.0.1:0"}, args...)...)
		return out
	}
	has := func(out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("nothing says %q:\n%s", w, out)
			}
		}
	}
	out := doctor()
	has(out, "BAD  speech: project shop calls back (help), and nothing speaks th: customers hear the dialogue about it in English")
	has(out, "speech: espeak-ng ", "BAD  speech: project shop has callers in th, and no engine speaks it",
		`BAD  speech: project shop wants the engine "attic" for en, which is not configured`)

	sound := make([]byte, wav.HeaderSize+16000)
	wav.PutHeader(sound, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: 8000, Bits: 16}, 16000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hunter2" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		w.Write(sound)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "speech.yaml")
	write(file, `engines: [{name: attic, kind: http, url: "`+server.URL+`/say", key: hunter2, languages: [th, en], timeout: 30s}]`)
	out = doctor("--speech-file", file)
	has(out, "ok   speech: attic (http) speaks en after")
	if strings.Contains(out, "BAD  speech: project") || strings.Contains(out, "hunter2") {
		t.Errorf("with an engine for Thai:\n%s", out)
	}
	write(file, `engines: [{name: attic, kind: http, url: "`+server.URL+`/say", key: wrong, languages: [th], timeout: 30s}]`)
	has(doctor("--speech-file", file), `BAD  speech: attic does not speak th: attic: the service answered 401 Unauthorized: "who are you?`)
	write(file, `engines: [{name: attic, kind: carrier-pigeon}]`)
	has(doctor("--speech-file", file), "BAD  speech: speech-file: "+file+": engines[0]: kind: write espeak, openai or http")
}
