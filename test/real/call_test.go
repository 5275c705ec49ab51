package real

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	protocol "linekeeper/internal/edge/desk"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
	"linekeeper/test/rig"
)

// takeCall waits for an offer and accepts it; the interaction's id.
func takeCall(t *testing.T, d *rig.Desk) string {
	t.Helper()
	return step(t, 20*time.Second, "taking a call", func(ctx context.Context) (string, error) {
		w, err := d.AwaitWork(ctx, "offered")
		if err != nil {
			return "", err
		}
		_, err = d.Ask(ctx, protocol.Command{Kind: protocol.CmdAccept, Interaction: string(w.Interaction)})
		return string(w.Interaction), err
	})
}

// talk connects audio that says 700 Hz and waits until both talk.
func talk(t *testing.T, d *rig.Desk, id string) *rig.Phone {
	t.Helper()
	return step(t, 20*time.Second, "connecting audio", func(ctx context.Context) (*rig.Phone, error) {
		api, err := rig.PhoneAPI(rig.PCMU)
		if err != nil {
			return nil, err
		}
		payload := make([]byte, 160) // 700 Hz has 14 periods in 20 ms
		for i, v := range carrier.Tone(700, 0.5, 20*time.Millisecond) {
			payload[i] = carrier.PCMU.Encode(v)
		}
		p, err := d.Connect(ctx, api, rig.PCMU, id, payload)
		if err != nil {
			return nil, err
		}
		_, err = d.AwaitWork(ctx, "connected")
		return p, err
	})
}

// TestManyShortCallsLeaveOneRecordEach: SIPp calls, says a tone, presses nothing and hangs up.
func TestManyShortCallsLeaveOneRecordEach(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: people()}, rig.Options{})
	const each = 100
	for _, tcp := range []bool{false, true} {
		ctx, stop := rig.Within(2 * time.Minute)
		target := s.Ready.SIPUDP
		if tcp {
			target = s.Ready.SIPTCP
		}
		r, err := rig.SIPp{Folder: t.TempDir(), Scenario: scenario(t, "call.xml"), Target: target, Number: rig.MenuNumber,
			Calls: each, Rate: 20, AtOnce: 60, TCP: tcp}.Run(ctx)
		stop()
		if err != nil || r.Succeeded != each || r.Failed != 0 {
			t.Fatalf("tcp %v: got %d calls, %d failed, error %v; want %d and none\n%s", tcp, r.Succeeded, r.Failed, err, each, r.Output)
		}
	}
	within(t, 20*time.Second, "the records", func() error {
		all := records(t, s)
		ended := 0
		for _, r := range all {
			if r.Phase == "done" && r.Cause == "customer" {
				ended++
			}
		}
		if len(all) != 2*each || ended != 2*each {
			return fmt.Errorf("%d records, %d of them ended by the customer; want %d", len(all), ended, 2*each)
		}
		return nil
	})
}

// TestACallAnsweredInABrowser is the first real call: baresip dials, chooses in the menu, an agent in
// Chromium answers, both hear each other by frequency, the page is loaded again in mid-call, the
// caller hangs up, the agent notes the outcome; then the same with the agent hanging up. Records,
// recording and report tell it. With BROWSER=firefox the agent's is Firefox (FIREFOX names the program), which sends no
// sound to a loopback address and has no AudioContext without a sound device: WEBRTC=192.0.2.1:0, some address of this
// machine, and PulseAudio's null sink will do.
func TestACallAnsweredInABrowser(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: people(), Recording: true, Disposed: true, WrapUp: 2 * time.Minute}, rig.Options{})
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
	defer func() {
		if t.Failed() {
			picture := filepath.Join(rig.Root(), "tmp", "test", "browser.png")
			_ = b.Do(ctx, nil, "picture", picture)
			var faults []string
			_ = b.Do(ctx, &faults, "faults")
			t.Logf("the page's faults: %q; picture: %s", faults, picture)
		}
	}()
	phone, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "442071838750", Tone: 440})
	must(err)
	defer phone.Close()

	must(b.Do(ctx, nil, "signIn", "http://"+s.Ready.HTTP, "anna", rig.Password))
	must(b.Do(ctx, nil, "passCheck"))

	must(phone.Dial(rig.MenuNumber, s.Ready.SIPUDP, false))
	_, err = phone.Await(ctx, "CALL_ESTABLISHED")
	must(err)
	eventually(t, 10*time.Second, "the caller hears the greeting", func() bool { h, _ := phone.Heard(); return tone.Loudness(h) > 0.01 })
	must(phone.Press("2"))

	var shown string
	must(b.Do(ctx, &shown, "awaitOffer"))
	for _, want := range []string{"support"} {
		if !bytes.Contains([]byte(shown), []byte(want)) {
			t.Errorf("the offer does not show %q:\n%s", want, shown)
		}
	}
	must(b.Do(ctx, nil, "answer"))
	bothHear := func(patience time.Duration) {
		t.Helper()
		within(t, patience, "the agent hears 440 Hz", func() error {
			h, err := b.Hears(ctx)
			if err != nil || h.Hz < 425 || h.Hz > 455 || h.DB < -60 {
				return fmt.Errorf("%+v, error %v", h, err)
			}
			return nil
		})
		within(t, patience, "the caller hears 700 Hz", func() error {
			h, err := phone.Heard()
			if share := tone.Share(lastSecond(h), 700); share < 0.8 {
				return fmt.Errorf("with a share of %.2f, error %v", share, err)
			}
			return nil
		})
	}
	bothHear(15 * time.Second)

	// The page is loaded again: the call goes on within 20 s, with the same interaction.
	reloaded := time.Now()
	must(b.Do(ctx, nil, "reload"))
	bothHear(20 * time.Second)
	t.Logf("%s after the reload both hear each other again", time.Since(reloaded).Round(100*time.Millisecond))

	must(phone.HangUp())
	_, err = phone.Await(ctx, "CALL_CLOSED")
	must(err)
	must(b.Do(ctx, nil, "finish", map[string]string{"group": "Order", "disposition": "Sold", "note": "two boxes"}))

	var first rig.Interaction
	within(t, 10*time.Second, "the record", func() error {
		all := records(t, s)
		if len(all) != 1 || all[0].Phase != "done" || all[0].Recording != "complete" {
			return fmt.Errorf("got %+v, want one that is done with a complete recording", all)
		}
		first = all[0]
		return nil
	})
	if first.Cause != "customer" || first.AgentName != "Anna" || first.Note != "two boxes" || first.DispositionID == "" || first.QueueName != "support" {
		t.Errorf("record: got %+v, want cause customer, Anna, the note, an outcome, queue support", first)
	}
	if first.TalkMs < 1500 {
		t.Errorf("talk: got %d ms, want more than 1.5 s before and after the reload", first.TalkMs)
	}
	tonesOf(t, s, first.ID)

	// The second call is ended by the agent.
	must(phone.Dial(rig.Number, s.Ready.SIPUDP, false))
	must(b.Do(ctx, &shown, "awaitOffer"))
	must(b.Do(ctx, nil, "answer"))
	bothHear(15 * time.Second)
	must(b.Do(ctx, nil, "hangUp"))
	_, err = phone.Await(ctx, "CALL_CLOSED")
	must(err)
	must(b.Do(ctx, nil, "finish", map[string]string{"group": "Order", "disposition": "Refused"}))
	within(t, 10*time.Second, "the second record", func() error {
		all := records(t, s)
		if len(all) != 2 || all[0].Phase != "done" || all[0].Cause != "agent" {
			return fmt.Errorf("got %+v, want two, the newer one ended by the agent", all)
		}
		return nil
	})
	report(t, s, 2)
	var faults []string
	must(b.Do(ctx, &faults, "faults"))
	if len(faults) > 0 {
		t.Errorf("the page had faults: %q", faults)
	}
}

// tonesOf fetches a recording and measures 440 Hz on the left and 700 Hz on the right.
func tonesOf(t *testing.T, s *rig.Server, id string) {
	t.Helper()
	file := step(t, 10*time.Second, "fetching the recording", func(ctx context.Context) ([]byte, error) {
		return s.As(rig.AdminToken).Recording(ctx, id)
	})
	r, err := wav.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	best := [2]float64{}
	for from := int64(0); from+8000 <= r.Frames; from += 8000 {
		for channel, hz := range []float64{440, 700} {
			second := make([]int16, 8000)
			if _, err := r.Samples(channel, from, second); err != nil {
				t.Fatal(err)
			}
			best[channel] = max(best[channel], tone.Share(second, hz))
		}
	}
	if best[0] < 0.9 || best[1] < 0.8 {
		t.Errorf("recording of %s: 440 Hz on the left has a share of %.2f, 700 Hz on the right %.2f; want 0.9 and 0.8", r.Duration(), best[0], best[1])
	}
}

// report checks that today's report counts the answered calls.
func report(t *testing.T, s *rig.Server, want float64) {
	t.Helper()
	type cell struct {
		Metric string   `json:"metric"`
		Value  *float64 `json:"value"`
	}
	var sum struct {
		Total struct {
			Cells []cell `json:"cells"`
		} `json:"total"`
	}
	now := time.Now()
	path := fmt.Sprintf("/reports/summary?by=queue&from=%d&to=%d", now.Add(-time.Hour).UnixMilli(), now.Add(time.Hour).UnixMilli())
	step(t, 10*time.Second, "the report", func(ctx context.Context) (any, error) { return nil, s.As(rig.AdminToken).Get(ctx, path, &sum) })
	for _, c := range sum.Total.Cells {
		if c.Metric == "answered" {
			if c.Value == nil || *c.Value != want {
				t.Errorf("the report counts %v answered, want %g", c.Value, want)
			}
			return
		}
	}
	t.Errorf("the report has no figure for answered: %+v", sum)
}
