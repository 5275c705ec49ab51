package crash

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/desk"
	"linekeeper/test/rig"
)

// The customers whom agents call: one talks at the kill, the other's phone rings.
const (
	talksAtKill = "+442079460001"
	ringsAtKill = "+442079460002"
)

// TestManualCallsAndAKill: of two agents who call customers one talks when the process is killed and goes on talking;
// the other hears it ringing, and his call is closed: the record says so, his phone is hung up, the customer's does not ring on, and
// he has free hands.
func TestManualCallsAndAKill(t *testing.T) {
	rings := make(chan *carrier.Call, 2)
	there, err := carrier.New(carrier.Config{Incoming: func(call *carrier.Call) { rings <- call }})
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	c := newCenter(t, "", "queues:\n", fmt.Sprintf("  - {key: out, name: Out, addresses: [192.0.2.1], host: %q, codecs: [PCMU, PCMA]}\nqueues:\n", there.Addr()))
	c.onDuty()
	ctx, stop := rig.Within(2 * time.Minute)
	defer stop()
	dial := func(agent int, number string) (phone, customer *carrier.Call) {
		t.Helper()
		if _, err := c.desks[agent].Ask(ctx, desk.Command{Kind: desk.CmdDial, Number: number}); err != nil {
			t.Fatal(err)
		}
		select {
		case customer = <-rings:
		case <-ctx.Done():
			t.Fatalf("%s does not ring: %v", number, c.state())
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.rings[len(c.rings)-1], customer
	}
	phone, customer := dial(0, talksAtKill)
	customer.Answer()
	customer.Repeat(carrier.Tone(440, 0.5, time.Second))
	hear := func() error {
		if a, b := purest(phone.Heard(500*time.Millisecond), 440), purest(customer.Heard(500*time.Millisecond), 700); a < 0.9 || b < 0.9 {
			return fmt.Errorf("the agent hears the customer with a share of %.2f, the customer the agent with %.2f", a, b)
		}
		return nil
	}
	eventually(t, 30*time.Second, "they talk", hear)
	waits, ringing := dial(1, ringsAtKill)
	eventually(t, 30*time.Second, "the call that rings is in hand", func() error {
		if r := c.called(ringsAtKill); r.Phase == "" || r.AnsweredMs != 0 {
			return fmt.Errorf("%+v", r)
		}
		return nil
	})
	<-time.After(1500 * time.Millisecond) // a talk is written down after its first second

	c.server.Kill()
	c.offDuty()
	last := customer.Sound().Last
	c.start()
	eventually(t, 20*time.Second, "sound comes again", func() error {
		if !customer.Sound().Last.After(last) {
			return fmt.Errorf("nothing since %v", last)
		}
		return nil
	})
	eventually(t, 20*time.Second, "they talk again", hear)
	eventually(t, 20*time.Second, "the call that rang is closed", func() error {
		if r := c.called(ringsAtKill); r.Phase != "done" || r.Cause != "system" || r.AnsweredMs != 0 {
			return fmt.Errorf("%+v", r)
		}
		return nil
	})
	waitFor(ctx, t, "the phone of who heard it ringing is hung up", waits.Done())
	waitFor(ctx, t, "the customer's phone does not ring on", ringing.Done())
	if r := ringing.Result(); r.Code != 487 || r.ByUs || r.Err != nil {
		t.Errorf("the customer's phone ended with %+v, want 487", r)
	}
	c.onDuty()
	err = c.desks[1].Await(ctx, "free hands", func(v *rig.View) bool {
		_, busy := v.Work()
		return !busy
	})
	customer.HangUp()
	waitFor(context.WithoutCancel(ctx), t, "the agent's phone is hung up", phone.Done())
	eventually(t, 20*time.Second, "the record of the talk", func() error {
		if r := c.called(talksAtKill); r.Phase != "done" || r.Cause != "customer" || r.TalkMs < 1500 { // what was talked before the kill, at least
			return errors.Join(err, fmt.Errorf("%+v", r))
		}
		return err
	})
}

// called is the record of a call to a number; the zero value: there is none.
func (c *center) called(number string) rig.Interaction {
	c.t.Helper()
	for _, r := range c.records() {
		if r.CustomerAddress == number {
			return r
		}
	}
	return rig.Interaction{}
}
