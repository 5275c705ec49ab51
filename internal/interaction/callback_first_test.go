package interaction

import (
	"slices"
	"testing"
	"time"
)

// TestDecideCustomerFirst: a customer who is called before an agent is asked.
func TestDecideCustomerFirst(t *testing.T) {
	since := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	begun := Arrived{Arrival{Tenant: "t", Channel: Voice, Origin: Callback, CustomerAddress: "+1", Flow: "ask",
		Promise: &Promise{Callback: "cb", Customer: true, Since: since, Rules: sales}}}
	after := func(before []Input, more ...Input) []Input { return slices.Concat(before, more) }
	up := []Input{begun, CustomerReached{}}
	sure := after(up, CallbackConfirmed{})
	taken := after(sure, OfferMade{Agent: "ann"}, AgentAccepted{"ann"})
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		last   string
	}{
		{"is called at once", []Input{begun}, Dialing, "arrived queued dialing | CallCustomer SetTimer"},
		{"is asked who he is", up, InFlow, "reached | StopTimer StartFlow"},
		{"waits at the head", sure, Waiting, "callback_confirmed | StartFlow Enqueue"},
		{"is connected like anybody", taken, Connecting, "accepted | StopTimer ConnectAgent SetTimer"},
		{"does not pick up", []Input{begun, TimerFired{DialTimer}}, Done,
			"not_reached ended | Withdraw StopTimer StopTimer StopTimer DropCustomer"},
		{"is a machine", after(up, CustomerMissed{Why: MissedMachine}), Done,
			"not_reached ended | StopFlow Withdraw StopTimer StopTimer StopTimer DropCustomer"},
		{"hangs up", after(up, CustomerLeft{Cause: ByCustomer}), Done,
			"not_reached ended | StopFlow Withdraw StopTimer StopTimer StopTimer DropCustomer"},
		{"cannot be asked", after(up, FlowEnded{}), Done,
			"not_reached ended | StopFlow Withdraw StopTimer StopTimer StopTimer DropCustomer"},
		{"is cancelled while he is asked", after(up, CallbackCancelled{}), Done,
			"not_reached ended | StopFlow Withdraw StopTimer StopTimer StopTimer DropCustomer"},
		{"is not cancelled once he waits", after(sure, CallbackCancelled{}), Waiting, "refused"},
		{"restarted while he is asked", after(up, Restored{}), InFlow, "restored | StartFlow"},
		{"restarted while he waits", after(sure, Restored{}), Waiting, "restored | StartFlow Enqueue"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			s, told := life(t, c.inputs...)
			last := told[len(told)-1]
			if s.Phase != c.phase || last != c.last {
				t.Errorf("got %s, %q; want %s, %q", s.Phase, last, c.phase, c.last)
			}
		})
	}
	s, _ := life(t, up...)
	if p := lastPlace(s, CallbackConfirmed{}, s.Last); !p.Head || !p.Since.Equal(since) || p.Queue != sales.Queue {
		t.Errorf("his place is %+v, want the head, since %v", p, since)
	}
}
