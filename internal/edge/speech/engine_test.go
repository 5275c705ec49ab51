package speech

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func loudest(pcm []int16) (v int16) {
	for _, s := range pcm {
		v = max(v, s)
	}
	return v
}

func TestEspeak(t *testing.T) {
	t.Parallel()
	named, ok := FindEspeak()
	if !ok {
		t.Fatal("espeak-ng is not installed: apt-get install espeak-ng")
	}
	e := named.Engine
	for language, text := range map[string]string{
		"en": "You are number three in line.",
		"ru": "Ваш номер в очереди — три.",
	} {
		pcm, err := e.Speak(t.Context(), text, language, e.Voice(language))
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
		if pcm, err := e.Speak(t.Context(), text, "en", e.Voice("en")); err != nil || loudest(pcm) < 1000 {
			t.Errorf("%q: got %d samples, %v", text, len(pcm), err)
		}
	}
	for _, language := range []string{"th", "--path=/tmp", "", "a b"} {
		if _, err := e.Speak(t.Context(), "x", language, e.Voice(language)); !errors.Is(err, ErrLanguage) {
			t.Errorf("language %q: got %v, want %v", language, err, ErrLanguage)
		}
	}
	if _, err := e.Speak(t.Context(), "x", "en", "-w/tmp/x"); !errors.Is(err, ErrLanguage) {
		t.Errorf("a voice that is an option: got %v", err)
	}
	if _, err := e.Speak(t.Context(), "x", "en", "xx-nothing"); err == nil {
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
	e := &Espeak{Path: program("sleep 600")}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := e.Speak(ctx, "x", "en", "en"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want an end by time", err)
	}
	e = &Espeak{Path: program("echo no voice today >&2; exit 3")}
	if _, err := e.Speak(t.Context(), "x", "en", "en"); err == nil || !strings.Contains(err.Error(), "no voice today") {
		t.Errorf("got %v, want what the program said", err)
	}
	e = &Espeak{Path: "/nowhere/espeak"}
	if _, err := e.Speak(t.Context(), "x", "en", "en"); err == nil {
		t.Error("a program that is not there spoke")
	}
}
