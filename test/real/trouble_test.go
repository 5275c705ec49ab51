package real

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/test/rig"
)

func lines(t *testing.T, s *rig.Server) *carrier.Carrier {
	t.Helper()
	k, err := carrier.New(carrier.Config{Target: s.Ready.SIP()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func dial(t *testing.T, k *carrier.Carrier, from, to string) *carrier.Call {
	t.Helper()
	c, err := k.Dial(context.Background(), carrier.Numbers{From: from, To: to})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answered(t *testing.T, c *carrier.Call) {
	t.Helper()
	select {
	case <-c.Answered():
	case <-c.Done():
		t.Fatalf("the call was refused: %+v", c.Result())
	case <-time.After(leastPatience):
		t.Fatal("the call was not answered")
	}
}

func over(t *testing.T, c *carrier.Call) carrier.Result {
	t.Helper()
	select {
	case <-c.Done():
		return c.Result()
	case <-time.After(leastPatience):
		t.Fatal("the call did not end")
		return carrier.Result{}
	}
}

func TestAnUnknownNumberIsNotFound(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: people()}, rig.Options{})
	if r := over(t, dial(t, lines(t, s), "100", "777")); r.Code != 404 {
		t.Errorf("got %+v, want 404", r)
	}
	if got := records(t, s); len(got) != 0 {
		t.Errorf("a refused call left %d records, want none", len(got))
	}
}

func TestAnUnknownSourceLearnsNothing(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: people(), Addresses: []string{"192.0.2.1"}}, rig.Options{})
	c := dial(t, lines(t, s), "100", rig.Number)
	select {
	case <-c.Answered():
		t.Fatal("a stranger's call was answered")
	case <-c.Done():
		if r := c.Result(); r.Code != 403 && r.Code != 0 {
			t.Errorf("got %+v, want silence or 403", r)
		}
	case <-time.After(3 * time.Second): // silence
	}
}

func TestNoCommonCodecIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: people()}, rig.Options{})
	ctx, stop := rig.Within(60 * time.Second)
	defer stop()
	text := strings.NewReplacer("RTP/AVP 0 101", "RTP/AVP 18 101", "rtpmap:0 PCMU/8000", "rtpmap:18 G729/8000").Replace(scenario(t, "refused.xml"))
	r, err := rig.SIPp{Folder: t.TempDir(), Scenario: strings.ReplaceAll(text, "REFUSAL", "488"), Target: s.Ready.SIPUDP, Number: rig.Number, Calls: 3}.Run(ctx)
	if err != nil || r.Succeeded != 3 {
		t.Errorf("got %d refusals with 488, %d others, error %v; want 3\n%s", r.Succeeded, r.Failed, err, r.Output)
	}
}

// TestAFullPortRangeIsSaid: calls beyond the ports are refused with 503 and Retry-After, those in
// progress go on, and when one ends the next is taken.
func TestAFullPortRangeIsSaid(t *testing.T) {
	t.Parallel()
	ports, giveBack, err := rig.SoundPorts(8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(giveBack)
	s := start(t, rig.Center{Users: people()}, rig.Options{Ports: ports})
	k := lines(t, s)
	var calls []*carrier.Call
	var refused carrier.Result
	for i := range 9 {
		c := dial(t, k, strconv.Itoa(100+i), rig.Number)
		select {
		case <-c.Answered():
			calls = append(calls, c)
			continue
		case <-c.Done():
			refused = c.Result()
		case <-time.After(leastPatience):
			t.Fatal("neither answered nor refused")
		}
		break
	}
	if refused.Code != 503 || refused.RetryAfter == "" {
		t.Fatalf("after %d calls: got %+v, want 503 with Retry-After", len(calls), refused)
	}
	if len(calls) < 2 {
		t.Fatalf("8 ports carried only %d calls", len(calls))
	}
	before := calls[0].Sound().Heard
	eventually(t, 5*time.Second, "a call in progress goes on", func() bool { return calls[0].Sound().Heard > before+25 })
	calls[0].HangUp()
	over(t, calls[0])
	within(t, 15*time.Second, "a call after one has ended", func() error {
		c := dial(t, k, "199", rig.Number)
		select {
		case <-c.Answered():
			c.HangUp()
			return nil
		case <-c.Done():
			return fmt.Errorf("refused: %+v", c.Result())
		case <-time.After(20 * time.Second):
			c.HangUp()
			return errors.New("no answer")
		}
	})
	for _, c := range calls[1:] {
		c.HangUp()
		over(t, c)
	}
}

func TestASecondProcessOnTheSameDataIsRefused(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	start(t, rig.Center{Users: people()}, rig.Options{Data: data})
	_, err := try(t, rig.Center{}, rig.Options{Data: data})
	var failed *rig.Failed
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want the second process to end with an error", err)
	}
	if text := strings.ToLower(failed.Log); !strings.Contains(text, "already") && !strings.Contains(text, "another") && !strings.Contains(text, "in use") {
		t.Errorf("the error does not say that another process uses the folder:\n%s", failed.Log)
	}
}

func TestAWrongCenterFileStartsNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	text := strings.Replace(rig.Center{Users: people()}.YAML(), "role: supervisor", "role: emperor", 1)
	_, err := try(t, rig.Center{}, rig.Options{Data: data, Center: text})
	var failed *rig.Failed
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want the start to fail", err)
	}
	line := 1 + strings.Count(text[:strings.Index(text, "emperor")], "\n")
	if !strings.Contains(failed.Log, strconv.Itoa(line)) || !strings.Contains(failed.Log, "role") {
		t.Errorf("the error names neither line %d nor the field role:\n%s", line, failed.Log)
	}
	s := start(t, rig.Center{Users: people()}, rig.Options{Data: data})
	if got := records(t, s); len(got) != 0 {
		t.Errorf("there are %d records", len(got))
	}
}

// TestAFullDiskForRecordingsDoesNotEndCalls fills a small disk under the recordings.
func TestAFullDiskForRecordingsDoesNotEndCalls(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Log("not root: a small disk cannot be mounted, so only the call is checked")
	}
	data := filepath.Join(t.TempDir(), "data")
	folder := filepath.Join(data, "recordings")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=64k"); err != nil {
			t.Logf("a small disk cannot be mounted here (%v), so only the call is checked", err)
		} else {
			// Registered before the server's own end, so it runs after it.
			t.Cleanup(func() { _ = syscall.Unmount(folder, 0) })
		}
	}
	s := start(t, rig.Center{Users: people(), Recording: true}, rig.Options{Data: data})
	anna := onDuty(t, s, "anna")
	c := dial(t, lines(t, s), "100", rig.Number)
	c.Repeat(carrier.Tone(440, 0.5, time.Second))
	id := takeCall(t, anna)
	phone := talk(t, anna, id)
	defer phone.Close()
	// 16 kB a second: the disk is full after four.
	eventually(t, 30*time.Second, "nine seconds were talked", func() bool { return c.Sound().Heard > 450 && phone.Heard.Load() > 450 })
	c.HangUp()
	over(t, c)
	var r rig.Interaction
	within(t, 20*time.Second, "the record", func() error {
		all := records(t, s)
		if len(all) != 1 || all[0].Phase != "done" && all[0].Phase != "wrapping_up" {
			return fmt.Errorf("got %+v", all)
		}
		r = all[0]
		return nil
	})
	if r.Cause != "customer" {
		t.Errorf("cause: got %q, want customer", r.Cause)
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err == nil && st.Blocks*uint64(st.Bsize) <= 64<<10 && r.Recording != "failed" && r.Recording != "partial" {
		t.Errorf("the disk was full and the recording is said to be %q, want failed or partial", r.Recording)
	}
}
