package rig

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Browser is a headless Chromium, or with BROWSER=firefox a Firefox, that does what web/e2e/people.mjs describes.
// Its methods are for one goroutine at a time.
type Browser struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	log  *tail
	gone chan struct{}
	mu   sync.Mutex
}

// StartBrowser starts one; its microphone says a tone of that frequency.
func StartBrowser(ctx context.Context, hz float64) (*Browser, error) {
	cmd := exec.Command("node", filepath.Join(Root(), "web", "e2e", "driver.mjs"))
	cmd.Env = append(os.Environ(), fmt.Sprintf("MICROPHONE_HZ=%g", hz))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	b := &Browser{cmd: cmd, log: &tail{limit: 1 << 16}, gone: make(chan struct{})}
	cmd.Stderr = b.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if b.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	b.out = bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting node: %w", err)
	}
	var ready struct{ Ready bool }
	if err := b.receive(ctx, &ready); err != nil || !ready.Ready {
		b.Close()
		return nil, fmt.Errorf("starting the browser: %w\n%s", err, b.log)
	}
	return b, nil
}

func (b *Browser) receive(ctx context.Context, out any) error {
	type line struct {
		b   []byte
		err error
	}
	ch := make(chan line, 1)
	go func() {
		text, err := b.out.ReadBytes('\n')
		ch <- line{text, err}
	}()
	select {
	case l := <-ch:
		if l.err != nil {
			return l.err
		}
		return json.Unmarshal(l.b, out)
	case <-ctx.Done():
		b.kill()
		<-ch
		return ctx.Err()
	}
}

// Do lets a person do something; out may be nil.
func (b *Browser) Do(ctx context.Context, out any, what string, args ...any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if args == nil {
		args = []any{}
	}
	text, err := json.Marshal(map[string]any{"do": what, "args": args})
	if err != nil {
		return err
	}
	if _, err := b.in.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("%s: %w\n%s", what, err, b.log)
	}
	var answer struct {
		OK    bool            `json:"ok"`
		Value json.RawMessage `json:"value"`
		Error string          `json:"error"`
	}
	if err := b.receive(ctx, &answer); err != nil {
		return fmt.Errorf("%s: %w\n%s", what, err, b.log)
	}
	if !answer.OK {
		return fmt.Errorf("%s: %w", what, errors.New(answer.Error))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, out)
}

// Tone is what the page hears: the strongest frequency.
type Tone struct {
	Hz float64 `json:"hz"`
	DB float64 `json:"db"`
}

// Hears measures what the page hears at this moment.
func (b *Browser) Hears(ctx context.Context) (Tone, error) {
	var t Tone
	err := b.Do(ctx, &t, "hears")
	return t, err
}

func (b *Browser) kill() { _ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL) }

// Close ends it.
func (b *Browser) Close() {
	_ = b.in.Close()
	done := make(chan struct{})
	go func() { _ = b.cmd.Wait(); close(done) }()
	t := time.NewTimer(5 * time.Second)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
	b.kill() // what is left of it
	<-done
}
