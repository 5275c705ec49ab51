package real

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

// TestThePeersWorkWithoutTheProduct lets baresip and SIPp call the fake carrier: what fails here is
// the rig's fault, not the product's.
func TestThePeersWorkWithoutTheProduct(t *testing.T) {
	var mu sync.Mutex
	var calls []*carrier.Call
	k, err := carrier.New(carrier.Config{Incoming: func(c *carrier.Call) {
		mu.Lock()
		calls = append(calls, c)
		mu.Unlock()
		c.Answer()
		c.Repeat(carrier.Tone(700, 0.5, time.Second))
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	last := func() *carrier.Call { mu.Lock(); defer mu.Unlock(); return calls[len(calls)-1] }

	t.Run("baresip", func(t *testing.T) {
		ctx, stop := rig.Within(2 * time.Minute)
		defer stop()
		b, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "123"})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.Dial("200", k.Addr().String(), false); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Await(ctx, "CALL_ESTABLISHED"); err != nil {
			t.Fatal(err)
		}
		c := last()
		eventually(t, 10*time.Second, "the carrier hears 440 Hz", func() bool { return tone.Share(c.Heard(time.Second), 440) > 0.95 })
		if err := b.Press("5#"); err != nil {
			t.Fatal(err)
		}
		eventually(t, 5*time.Second, "the carrier hears the keys 5#", func() bool { return c.Keys() == "5#" })
		eventually(t, 10*time.Second, "baresip hears 700 Hz", func() bool { s, _ := b.Heard(); return tone.Share(lastSecond(s), 700) > 0.95 })
		if err := b.HangUp(); err != nil {
			t.Fatal(err)
		}
		eventually(t, 5*time.Second, "the call is over", func() bool { return isDone(c.Done()) })
		if r := c.Result(); r.ByUs || r.Err != nil {
			t.Errorf("result: got %+v, want an end by baresip", r)
		}
	})
	t.Run("sipp", func(t *testing.T) {
		ctx, stop := rig.Within(2 * time.Minute)
		defer stop()
		for _, tcp := range []bool{false} {
			r, err := rig.SIPp{Folder: t.TempDir(), Scenario: scenario(t, "call.xml"), Target: k.Addr().String(), Number: "200", Calls: 5, TCP: tcp}.Run(ctx)
			if err != nil || r.Succeeded != 5 || r.Failed != 0 {
				t.Fatalf("got %d calls, %d failed, error %v; want 5 and none\n%s", r.Succeeded, r.Failed, err, r.Output)
			}
		}
		if c := last(); c.Sound().Heard < 50 {
			t.Errorf("the last call of SIPp brought %d packets of sound, want 50", c.Sound().Heard)
		}
	})
}

func scenario(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// eventually polls until it holds; a test never just sleeps.
func eventually(t *testing.T, patience time.Duration, what string, holds func() bool) {
	t.Helper()
	patience = max(patience, leastPatience)
	end := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(end) {
			t.Fatalf("after %s it is still not so that %s", patience, what)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// within is eventually with an error to tell: nil means it holds.
func within(t *testing.T, patience time.Duration, what string, check func() error) {
	t.Helper()
	patience = max(patience, leastPatience)
	end := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: after %s still: %v", what, patience, err)
		}
		<-time.After(50 * time.Millisecond)
	}
}

func isDone(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// lastSecond is the end of a sound at 8 kHz; nothing if it is shorter.
func lastSecond(s []int16) []int16 { return lastOf(s, time.Second) }

// lastOf is the end of a sound at 8 kHz; nothing while it is shorter.
func lastOf(s []int16, d time.Duration) []int16 {
	n := int(d.Seconds() * 8000)
	if len(s) < n {
		return nil
	}
	return s[len(s)-n:]
}
