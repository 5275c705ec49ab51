package real

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/test/rig"
)

// TestOverload offers three times the calls that a trunk may have, each second anew, while as many as it may have
// are held. The held ones keep their music and end properly; the others get 503 at once, and
// when it is over a new call is taken. LINEKEEPER_OVERLOAD is how many seconds it lasts; 4.
func TestOverload(t *testing.T) {
	const held = 50
	seconds := 4
	if text := os.Getenv("LINEKEEPER_OVERLOAD"); text != "" {
		var err error
		if seconds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, rig.Center{Users: people(), Direct: true, MaxCalls: held}, rig.Options{})
	k, err := carrier.New(carrier.Config{Target: s.Ready.SIP()})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	dial := func(n int) *carrier.Call {
		c, err := k.Dial(context.Background(), carrier.Numbers{From: strconv.Itoa(1000 + n), To: rig.Number})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	await := func(ch <-chan struct{}, what string) {
		t.Helper()
		select {
		case <-ch:
		case <-time.After(leastPatience):
			t.Fatal(what)
		}
	}
	var calls []*carrier.Call
	for i := range held {
		c := dial(i)
		await(c.Answered(), "a call was not answered")
		calls = append(calls, c)
	}

	text := strings.ReplaceAll(scenario(t, "refused.xml"), "REFUSAL", "503")
	ctx, stop := rig.Within(time.Duration(seconds)*time.Second + 2*time.Minute)
	defer stop()
	type outcome struct {
		rig.SIPpResult
		err error
	}
	flood := make(chan outcome, 1)
	folder := t.TempDir()
	go func() {
		r, err := rig.SIPp{Folder: folder, Scenario: text, Target: s.Ready.SIPUDP, Number: rig.Number,
			Calls: 3 * held * seconds, Rate: 3 * held, AtOnce: 3000}.Run(ctx)
		flood <- outcome{r, err}
	}()
	var waits []time.Duration
	var r outcome
	for done := false; !done; {
		began := time.Now()
		c := dial(len(waits))
		await(c.Done(), "a call beyond the limit was not refused")
		if got := c.Result(); got.Code != 503 || got.RetryAfter == "" {
			t.Fatalf("beyond the limit: got %+v, want 503 with Retry-After", got)
		}
		waits = append(waits, time.Since(began))
		select {
		case r = <-flood:
			done = true
		case <-time.After(100 * time.Millisecond):
		}
	}
	if r.err != nil || r.Succeeded != 3*held*seconds {
		t.Errorf("%d of %d were refused with 503, %d not; error %v\n%s", r.Succeeded, 3*held*seconds, r.Failed, r.err, tailOf(r.Output, 2000))
	}
	slices.Sort(waits)
	middle, late := waits[len(waits)/2], waits[len(waits)*95/100]
	t.Logf("%d refusals; of %d probes half were refused within %s, 95 %% within %s", r.Succeeded, len(waits), middle, late)
	if middle > 500*time.Millisecond {
		t.Errorf("a refusal took %s in the middle, want at most 0.5 s", middle)
	}
	var heard, lost uint64
	for _, c := range calls {
		sound := c.Sound()
		heard, lost = heard+sound.Heard, lost+sound.Lost
		if silent := time.Since(sound.Last); silent > 2*time.Second {
			t.Errorf("a held call has heard nothing for %s", silent)
		}
	}
	t.Logf("the held calls heard %d packets, %d are missing", heard, lost)
	if lost > heard/1000 { // on a loaded machine our own sockets overflow
		t.Errorf("%d of %d packets of the held calls are lost, want at most 0.1 %%", lost, heard)
	}
	for _, c := range calls {
		c.HangUp()
		await(c.Done(), "a held call did not end")
		if got := c.Result(); got.Err != nil || !got.ByUs {
			t.Errorf("a held call ended with %+v", got)
		}
	}
	again := dial(0)
	await(again.Answered(), "after the flood a call was not answered")
	again.HangUp()
	await(again.Done(), "the call after the flood did not end")
	within(t, 20*time.Second, "a record of each held call", func() error {
		all, err := s.As(rig.AdminToken).Interactions(ctx, nil)
		if err != nil {
			return err
		}
		done := 0
		for _, one := range all {
			if one.Phase == "done" && one.Cause == "customer" {
				done++
			}
		}
		if len(all) != held+1 || done != held+1 {
			return fmt.Errorf("%d records, %d ended by the customer, want %d", len(all), done, held+1)
		}
		return nil
	})
	if strings.Contains(s.Log(), "panic") {
		t.Error("something panicked")
	}
}
