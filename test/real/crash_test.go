package real

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
	"linekeeper/test/rig"
)

// TestKilledAndTooLate: after kill -9 a start that comes too late to go on has exactly one record for each call,
// with cause system and the second of the kill, and the recording plays up to 2 s before it.
func TestKilledAndTooLate(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, rig.Center{Users: people(), Recording: true}, rig.Options{Data: data})
	anna := onDuty(t, s, "anna")
	k := lines(t, s)
	talking := dial(t, k, "101", rig.Number)
	talking.Repeat(carrier.Tone(440, 0.5, time.Second))
	id := takeCall(t, anna)
	phone := talk(t, anna, id)
	defer phone.Close()
	waiting := dial(t, k, "102", rig.Number)
	answered(t, waiting)
	menu := dial(t, k, "103", rig.MenuNumber)
	answered(t, menu)
	eventually(t, 30*time.Second, "eight seconds were talked", func() bool { return phone.Heard.Load() > 400 })

	killed := time.Now()
	s.Kill()
	again := start(t, rig.Center{}, rig.Options{Data: data, Args: []string{"--restore-limit", "0s"}})
	all := records(t, again)
	if len(all) != 3 {
		t.Fatalf("got %d records, want 3: %+v", len(all), all)
	}
	for _, r := range all {
		left := time.UnixMilli(r.LeftMs)
		if r.Phase != "done" || r.Cause != "system" {
			t.Errorf("%s: got phase %s and cause %s, want done and system", r.CustomerAddress, r.Phase, r.Cause)
		}
		if d := killed.Sub(left); d < -time.Second || d > 2*time.Second {
			t.Errorf("%s: left %s before the kill, want at most about a second", r.CustomerAddress, d)
		}
		if (r.AnsweredMs > 0) != (r.ID == id) {
			t.Errorf("%s: answered at %d, want only the first call answered", r.CustomerAddress, r.AnsweredMs)
		}
	}
	// Each journal is without holes.
	for _, r := range all {
		events := step(t, 10*time.Second, "the journal", func(ctx context.Context) ([]rig.Event, error) {
			return again.As(rig.AdminToken).Events(ctx, r.ID)
		})
		for i, e := range events {
			if e.Seq != int64(i+1) {
				t.Errorf("%s: event %d has number %d", r.CustomerAddress, i+1, e.Seq)
			}
		}
	}
	record := find(all, id)
	if record.Recording != "partial" && record.Recording != "complete" {
		t.Errorf("recording: got %q, want partial", record.Recording)
	}
	file := step(t, 10*time.Second, "the recording", func(ctx context.Context) ([]byte, error) {
		return again.As(rig.AdminToken).Recording(ctx, id)
	})
	r, err := wav.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	talked := killed.Sub(time.UnixMilli(record.AnsweredMs))
	if missing := talked - r.Duration(); missing > 2*time.Second {
		t.Errorf("the recording has %s of %s, more than 2 s are missing", r.Duration(), talked)
	}
	last := make([]int16, 8000)
	if _, err := r.Samples(0, r.Frames-8000, last); err != nil {
		t.Fatal(err)
	}
	best := 0.0 // of a tenth of it: the carrier of a loaded machine has gaps
	for tenth := range slices.Chunk(last, 800) {
		best = max(best, tone.Share(tenth, 440))
	}
	if best < 0.9 {
		t.Errorf("the last second of the caller has 440 Hz with a share of %.2f, want 0.9", best)
	}
	// The callers of before are told, or their calls time out; new ones are taken.
	more, err := carrier.New(carrier.Config{Target: again.Ready.SIP()})
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	c := dial(t, more, "104", rig.Number)
	answered(t, c)
	c.HangUp()
	over(t, c)
	within(t, 10*time.Second, "the call after the restart", func() error {
		if got := records(t, again); len(got) != 4 || got[0].Phase != "done" {
			return fmt.Errorf("%d records, the newest %+v", len(got), got[0])
		}
		return nil
	})
}

func find(all []rig.Interaction, id string) rig.Interaction {
	for _, r := range all {
		if r.ID == id {
			return r
		}
	}
	return rig.Interaction{}
}

// TestStoppedInOrder: SIGTERM lets running calls finish and takes no new ones.
func TestStoppedInOrder(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, rig.Center{Users: people()}, rig.Options{Data: data})
	anna := onDuty(t, s, "anna")
	k := lines(t, s)
	c := dial(t, k, "101", rig.Number)
	id := takeCall(t, anna)
	phone := talk(t, anna, id)
	defer phone.Close()
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(60 * time.Second) }()
	within(t, 10*time.Second, "a new call is refused", func() error {
		n := dial(t, k, "102", rig.Number)
		select {
		case <-n.Answered():
			n.HangUp()
			return fmt.Errorf("answered")
		case <-n.Done():
			if r := n.Result(); r.Code != 503 {
				return fmt.Errorf("got %+v, want 503", r)
			}
			return nil
		case <-time.After(20 * time.Second):
			n.HangUp()
			return fmt.Errorf("no answer at all")
		}
	})
	before := c.Sound().Heard
	eventually(t, 5*time.Second, "the call in progress goes on", func() bool { return c.Sound().Heard > before+50 })
	c.HangUp()
	if r := over(t, c); r.Err != nil {
		t.Errorf("the call ended with %+v", r)
	}
	select {
	case err := <-stopped:
		if err != nil {
			t.Errorf("the server ended with %v, want 0", err)
		}
	case <-time.After(leastPatience):
		t.Fatal("the server did not end when its last call had")
	}
	again := start(t, rig.Center{}, rig.Options{Data: data})
	if r := find(records(t, again), id); r.Cause != "customer" || r.Phase != "done" {
		t.Errorf("record: got %+v, want done, cause customer", r)
	}
}
