package real

import (
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"testing"
	"time"

	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

// TestChromiumFindsItsCallAfterAKill: an agent in Chromium talks with a caller at baresip when the process is
// killed; the page finds the next one and its call by itself, in the same interaction.
func TestChromiumFindsItsCallAfterAKill(t *testing.T) {
	t.Parallel()
	// Addresses that the system gives to nobody else by itself while the process is down.
	fixed := func() string {
		for {
			at := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(5000))
			if l, err := net.Listen("tcp", at); err == nil {
				defer l.Close()
				return at
			}
		}
	}
	o := rig.Options{Data: filepath.Join(t.TempDir(), "data"), HTTP: fixed(), SIP: fixed(), Ports: "16000-16099"}
	s := start(t, rig.Center{Users: people(), Recording: true, Direct: true}, o)
	ctx, stop := rig.Within(4 * time.Minute)
	defer stop()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := rig.StartBrowser(ctx, 700)
	must(err)
	defer b.Close()
	phone, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "442071838750", Tone: 440})
	must(err)
	defer phone.Close()
	must(b.Do(ctx, nil, "signIn", "http://"+s.Ready.HTTP, "anna", rig.Password))
	must(b.Do(ctx, nil, "passCheck"))
	must(phone.Dial(rig.Number, s.Ready.SIPUDP, false))
	must(b.Do(ctx, nil, "awaitOffer"))
	must(b.Do(ctx, nil, "answer"))
	agentHears := func() error {
		h, err := b.Hears(ctx)
		if err != nil || h.Hz < 425 || h.Hz > 455 || h.DB < -60 {
			return fmt.Errorf("%+v, error %v", h, err)
		}
		return nil
	}
	// callerHears wants sound of the agent that came after so much.
	callerHears := func(after int) func() error {
		return func() error {
			h, err := phone.Heard()
			if share := tone.Share(h[max(after, len(h)-2400):], 700); len(h) < after+2400 || share < 0.8 {
				return fmt.Errorf("%d samples more with a share of %.2f, error %v", len(h)-after, share, err)
			}
			return nil
		}
	}
	within(t, 20*time.Second, "the agent hears 440 Hz", agentHears)
	within(t, 20*time.Second, "the caller hears 700 Hz", callerHears(0))
	id := records(t, s)[0].ID
	within(t, 10*time.Second, "the call is written down with where its sound comes from", func() error {
		if h, _ := phone.Heard(); len(h) < 3*8000 {
			return fmt.Errorf("%d samples", len(h))
		}
		return nil
	})

	s.Kill()
	again := start(t, rig.Center{}, o)
	up := time.Now()
	before, err := phone.Heard()
	must(err)
	within(t, 20*time.Second, "the caller hears 700 Hz again", callerHears(len(before)))
	caller := time.Since(up)
	within(t, 20*time.Second, "the agent hears 440 Hz again", agentHears)
	t.Logf("ready %v after the start; the caller heard the agent %v later, the agent the caller by %v", again.Took, caller, time.Since(up))
	if caller > 10*time.Second { // S3; 0.6 s on a machine that does little else
		t.Errorf("the page took %v to find its call", caller)
	}
	all := records(t, again)
	if len(all) != 1 || all[0].ID != id || all[0].LeftMs != 0 {
		t.Errorf("records: got %+v, want the one interaction %s, going on", all, id)
	}
	must(phone.HangUp())
	_, err = phone.Await(ctx, "CALL_CLOSED")
	must(err)
	within(t, 10*time.Second, "the record", func() error {
		if all := records(t, again); len(all) != 1 || all[0].Cause != "customer" {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
}
