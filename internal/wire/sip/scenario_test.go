package sip

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// scenario is a SIPp scenario of ours as an argument of SIPp.
func scenario(t *testing.T, name string) []string {
	t.Helper()
	path, err := filepath.Abs("testdata/sipp/" + name + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	return []string{"-sf", path}
}

// sippCalls lets SIPp call a stack by a scenario.
func sippCalls(t *testing.T, s *Stack, name string, calls int, more ...string) {
	t.Helper()
	args := append(scenario(t, name), "-t", "u1", "-m", strconv.Itoa(calls), "-r", "50", "-trace_err", "-error_file", "errors")
	args = append(append(args, more...), s.UDPAddr().String())
	cmd := sipp(context.Background(), t, freePort(t), args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("sipp %s: %v\n%s\n%s", name, err, out, read(filepath.Join(cmd.Dir, "errors")))
	}
}

// sippAnswers starts SIPp as the called side of a scenario; call makes the calls. It must come to
// its end for every one.
func sippAnswers(t *testing.T, name string, calls int, call func(ctx context.Context, target string)) {
	t.Helper()
	port := freePort(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := sipp(ctx, t, port, append(scenario(t, name), "-t", "u1", "-m", strconv.Itoa(calls), "-trace_err", "-error_file", "errors")...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitPort(t, port)
	var all sync.WaitGroup
	for range calls {
		all.Go(func() { call(ctx, "sip:service@127.0.0.1:"+strconv.Itoa(port)) })
	}
	all.Wait()
	if err := cmd.Wait(); err != nil {
		t.Errorf("sipp %s: %v\n%s\n%s", name, err, output.String(), read(filepath.Join(cmd.Dir, "errors")))
	}
}

func TestSippWithReliableAnswers(t *testing.T) {
	t.Parallel()
	t.Run("calls", func(t *testing.T) {
		t.Parallel()
		s := machineStack(t, func(ctx context.Context, c *Call) {
			_ = c.Ring()
			_ = c.EarlyMedia(pcmuOnly)
			_ = c.Answer(ctx, pcmuOnly)
		})
		sippCalls(t, s, "prack-caller", 20)
	})
	t.Run("is called", func(t *testing.T) {
		t.Parallel()
		s := machineStack(t, nil)
		sippAnswers(t, "prack-callee", 20, func(ctx context.Context, target string) {
			c, err := s.Dial(ctx, DialRequest{Target: target, From: "caller", Offer: pcmuOnly})
			if err != nil {
				t.Errorf("dial: %v", err)
				return
			}
			if answer, ok := <-c.Answered(); !ok || answer.Session == nil {
				t.Errorf("not answered: %+v", c.End())
				return
			}
			if err := c.Hangup(ctx, ""); err != nil {
				t.Errorf("hangup: %v", err)
			}
		})
	})
}

func TestSippAsksForTransfer(t *testing.T) {
	t.Parallel()
	s := machineStack(t, func(ctx context.Context, c *Call) {
		c.OnRefer(func(r *Referral) int {
			if r.Target != "sip:other@example.com" {
				return 404
			}
			c.stack.spawn("transfer", func() { _ = r.Notify(200, "") })
			return 0
		})
		takeAndForget(ctx, c)
	})
	sippCalls(t, s, "refer-caller", 20)
}

func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "" // SIPp writes the file only if it has something to say
	}
	return string(b)
}

// awaitPort waits until SIPp has taken its UDP port. It reads the kernel's table: taking the port to
// see whether it is free could be the reason that SIPp does not get it.
func awaitPort(t *testing.T, port int) {
	t.Helper()
	entry := fmt.Sprintf(":%04X ", port)
	for deadline := time.After(20 * time.Second); !strings.Contains(read("/proc/net/udp"), entry); {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatal("sipp does not listen")
		}
	}
}
