package app

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linekeeper/internal/media/wav"
)

// TestRecordingsMoveWithTheCenter: what was recorded on one server is heard on another, by the commands alone.
func TestRecordingsMoveWithTheCenter(t *testing.T) {
	t.Parallel()
	run := func(args ...string) (out, complaints string, err error) {
		var o, e strings.Builder
		cmd := Command("test")
		cmd.SetOut(&o)
		cmd.SetErr(&e)
		cmd.SetArgs(args)
		err = cmd.ExecuteContext(t.Context())
		return o.String(), e.String(), err
	}
	tone := make([]byte, wav.HeaderSize, wav.HeaderSize+160)
	wav.PutHeader(tone, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: 8000, Bits: 16}, 160)
	for i := range 80 {
		tone = binary.LittleEndian.AppendUint16(tone, uint16(i))
	}
	at := t.TempDir()
	write := func(name string, content []byte) string {
		t.Helper()
		file := filepath.Join(at, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	text := write("center.yaml", []byte("tenant: {name: A, time_zone: UTC, language: en}\nprompts:\n  - {key: hello, name: Hello, audio: {en: prompts/hello.wav}}\n"))
	first, second, third := filepath.Join(at, "first"), filepath.Join(at, "second"), filepath.Join(at, "third")
	if _, _, err := run("apply", "--data", first, "-f", text); err == nil || !strings.Contains(err.Error(), "center.yaml:3: prompts[0].audio.en: the recorded prompt prompts/hello.wav is not on this server") {
		t.Fatalf("without the recording: %v", err)
	}
	write("prompts/hello.wav", tone)
	if out, _, err := run("apply", "--data", first, "-f", text); err != nil || !strings.Contains(out, "+ prompt hello") {
		t.Fatalf("applied: %v\n%s", err, out)
	}
	packed, plain := filepath.Join(at, "center.zip"), filepath.Join(at, "elsewhere", "plain.yaml")
	if _, complaints, err := run("export", "--data", first, "-o", packed); err != nil || complaints != "" {
		t.Fatalf("exported: %v %s", err, complaints)
	}
	write("elsewhere/plain.yaml", nil)
	if _, complaints, err := run("export", "--data", first, "-o", plain); err != nil || !strings.Contains(complaints, "1 recorded prompts are not in the file") {
		t.Fatalf("exported as text: %v %q", err, complaints)
	}
	if _, _, err := run("apply", "--data", third, "-f", plain); err == nil || !strings.Contains(err.Error(), "prompts/hello.wav") {
		t.Errorf("a text without its recordings: %v", err)
	}
	if out, _, err := run("apply", "--data", second, "-f", packed, "--dry-run"); err != nil || !strings.Contains(out, "+ prompt hello") {
		t.Errorf("planned: %v\n%s", err, out)
	}
	if _, _, err := run("apply", "--data", second, "-f", packed); err != nil {
		t.Fatalf("applied elsewhere: %v", err)
	}
	if got, err := os.ReadFile(filepath.Join(second, "prompts", "hello.wav")); err != nil || string(got) != string(tone) {
		t.Errorf("the recording is not there: %v", err)
	}
	if out, _, err := run("apply", "--data", second, "-f", packed); err != nil || out != "Nothing to change.\n" {
		t.Errorf("applied again: %v\n%s", err, out)
	}
	if err := os.Remove(filepath.Join(second, "prompts", "hello.wav")); err != nil {
		t.Fatal(err)
	}
	if _, complaints, err := run("export", "--data", second, "-o", packed); err != nil || !strings.Contains(complaints, "prompts/hello.wav is not in the data folder") {
		t.Errorf("exported without the recording: %v %q", err, complaints)
	}
}
