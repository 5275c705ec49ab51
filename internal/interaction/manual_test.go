package interaction

import (
	"testing"
	"time"
)

// begins a manual call and gives its state and the effects of the beginning.
func beginsManual(t *testing.T, device bool) (State, []Effect, time.Time) {
	t.Helper()
	at := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	m := &Manual{Agent: "ann", Rules: QueueRules{Queue: "sales", Target: time.Hour, Recording: true}, Device: device}
	events, effects, err := Decide(State{ID: "i"}, Arrived{Arrival{Origin: ByHand, Manual: m}}, at)
	if err != nil {
		t.Fatal(err)
	}
	return State{ID: "i"}.then(at, events...), effects, at
}

// TestManualBegins: the agent's phone comes first, unless it has dialed.
func TestManualBegins(t *testing.T) {
	for _, device := range []bool{false, true} {
		s, effects, at := beginsManual(t, device)
		want := Connecting
		if device {
			want = Dialing
		}
		if s.Phase != want || s.Agent != "ann" || !s.Promised() || s.HasCustomer() || !s.Outbound() || !s.InHand("ann") {
			t.Errorf("device %v: it begins in %s with %q", device, s.Phase, s.Agent)
		}
		if effects[0] != (KeepSeat{"ann"}) {
			t.Errorf("device %v: the seat is not kept first: %+v", device, effects)
		}
		if !device {
			events, _, err := Decide(s, PhoneConnected{Agent: "ann"}, at)
			if err != nil {
				t.Fatal(err)
			}
			s = s.then(at, events...)
		}
		events, _, err := Decide(s, CustomerRinging{}, at)
		if err != nil || len(events) != 1 {
			t.Fatalf("ringing gave %v, %v", events, err)
		}
		s = s.then(at, events...)
		if again, _, err := Decide(s, CustomerRinging{}, at); err != nil || len(again) != 0 {
			t.Errorf("ringing again gave %v, %v", again, err)
		}
		events, _, err = Decide(s, CustomerReached{}, at)
		if err != nil {
			t.Fatal(err)
		}
		s = s.then(at, events...)
		if want := map[bool]Phase{false: Connected, true: Connecting}[device]; s.Phase != want || !s.HasCustomer() || s.Segment.InTime() {
			t.Errorf("device %v: reached leads to %s", device, s.Phase)
		}
	}
}

// TestManualEndsEarly: whatever ends a call before the customer has picked up frees the agent and says why.
func TestManualEndsEarly(t *testing.T) {
	connecting, _, at := beginsManual(t, false)
	dialing, _, _ := beginsManual(t, true)
	cases := []struct {
		state State
		in    Input
		why   Missed
		cause Cause
	}{
		{connecting, PhoneFailed{Agent: "ann"}, MissedPhone, BySystem},
		{connecting, PhoneLost{Agent: "ann"}, MissedPhone, BySystem},
		{connecting, TimerFired{ConnectTimer}, MissedPhone, BySystem},
		{connecting, AgentHungUp{Agent: "ann"}, MissedCancelled, ByAgent},
		{connecting, AgentDeclined{Agent: "ann"}, MissedCancelled, ByAgent},
		{dialing, AgentHungUp{Agent: "ann", Device: true}, MissedCancelled, ByAgent},
		{dialing, CustomerMissed{Why: MissedBusy}, MissedBusy, BySystem},
		{dialing, TimerFired{DialTimer}, MissedNoAnswer, BySystem},
	}
	for _, c := range cases {
		events, effects, err := Decide(c.state, c.in, at)
		if err != nil {
			t.Errorf("%T: %v", c.in, err)
			continue
		}
		s := c.state.then(at, events...)
		released := false
		for _, e := range effects {
			r, ok := e.(ReleaseSeat)
			released = released || ok && r.Release.Agent == "ann" && r.Release.NotReady == ""
		}
		if s.Phase != Done || s.Segment.Outcome != NotReached || s.CauseDetail != string(c.why) || s.Cause != c.cause || !released {
			t.Errorf("%T: %s, %s, %q by %s, seat released %v", c.in, s.Phase, s.Segment.Outcome, s.CauseDetail, s.Cause, released)
		}
	}
	if _, _, err := Decide(connecting, PhoneConnected{Agent: "bob"}, at); err != ErrLate {
		t.Errorf("somebody else's phone gave %v", err)
	}
}
