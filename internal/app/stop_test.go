//go:build unix

package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStopWithoutAServer: a folder that was never used, and one whose server is dead, have nobody to stop.
func TestStopWithoutAServer(t *testing.T) {
	folder := t.TempDir()
	for _, text := range []string{"", "1\n", "nonsense"} {
		if text != "" {
			if err := os.WriteFile(filepath.Join(folder, processFile), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := stopping{folder: folder}.run(context.Background(), &bytes.Buffer{})
		if !errors.Is(err, errNoServer) || !strings.Contains(err.Error(), folder) {
			t.Errorf("with %q in the file: got %v", text, err)
		}
	}
}

// TestStopAsksAndWaits: the holder of the folder, here this process, gets the signal that fits, and the command
// ends when the folder is free.
func TestStopAsksAndWaits(t *testing.T) {
	for keep, want := range map[bool]os.Signal{true: syscall.SIGUSR2, false: syscall.SIGTERM} {
		folder := t.TempDir()
		release, err := holdProcess(folder)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := holdProcess(folder); err == nil || !strings.Contains(err.Error(), "in use by process") {
			t.Errorf("a second server: got %v", err)
		}
		got := make(chan os.Signal, 1)
		signal.Notify(got, want)
		if err := (stopping{folder: folder, keep: keep, wait: time.Millisecond}).run(context.Background(), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "still runs") {
			t.Errorf("it did not end: got %v", err)
		}
		<-got
		go func() {
			<-got
			release()
		}()
		var said bytes.Buffer
		if err := (stopping{folder: folder, keep: keep, limit: 2 * time.Minute}).run(context.Background(), &said); err != nil {
			t.Error(err)
		}
		signal.Stop(got)
		if text := said.String(); !strings.Contains(text, "is gone after") || strings.Contains(text, "within 2m0s") != keep {
			t.Errorf("it said %q", text)
		}
	}
}
