package interaction

import (
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
)

// TestLent: a customer whom a flow sends on comes back to it by the way that fits, and to nowhere else.
func TestLent(t *testing.T) {
	t.Parallel()
	taxi := FlowTransferred{Target: Target{Kind: ToOutside, Address: "+7999"}}
	after := taxi
	after.After = true
	answered := OutsideAnswered{Party: "p1"}
	ended := func(r AbsentReason) Input { return OutsideEnded{Party: "p1", Reason: r} }
	only := func(back string) FlowQueued {
		return FlowQueued{Rules: sales, Only: "ann", OnlyFor: 10 * time.Second, Back: back}
	}
	const back = "Arrange StartFlow"
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		way    string
		last   string
	}{
		{"it rings", []Input{taxi}, Forwarded, "", "flow_transferred party_asked | StopFlow Arrange CallOutside SetTimer"},
		{"they talk", []Input{taxi, answered}, Forwarded, "", "party_moved | StopTimer Arrange"},
		{"the other side hangs up", []Input{taxi, answered, ended("")}, Done, "", "party_left let_go ended | StopTimer DropOutside DropCustomer StopRecording"},
		{"and the flow goes on", []Input{after, answered, ended("")}, InFlow, WayEnded, "party_left flow_returned | StopTimer DropOutside " + back},
		{"the customer hangs up", []Input{after, answered, CustomerLeft{Cause: ByCustomer}}, Done, "", "party_left customer_left ended | StopTimer DropOutside DropCustomer StopRecording"},
		{"the customer hangs up while it rings", []Input{taxi, CustomerLeft{Cause: ByCustomer}}, Done, "", "party_left customer_left ended | StopTimer DropOutside DropCustomer StopRecording"},
		{"busy", []Input{taxi, ended(AbsentBusy)}, InFlow, WayBusy, "party_left flow_returned | StopTimer DropOutside " + back},
		{"declined", []Input{taxi, ended(AbsentDeclined)}, InFlow, WayBusy, "party_left flow_returned | StopTimer DropOutside " + back},
		{"no money", []Input{taxi, ended(AbsentSpent)}, InFlow, WayFailed, "party_left flow_returned | StopTimer DropOutside " + back},
		{"no answer, says the carrier", []Input{taxi, ended(AbsentNoAnswer)}, InFlow, WayNoAnswer, "party_left flow_returned | StopTimer DropOutside " + back},
		{"no answer in time", []Input{taxi, TimerFired{PartyTimer("p1")}}, InFlow, WayNoAnswer, "party_left flow_returned | StopTimer DropOutside " + back},
		{"restarted while it rang", []Input{taxi, Restored{}}, InFlow, WayFailed, "restored party_left flow_returned | " + back},
		{"restarted in the talk", []Input{taxi, answered, Restored{Outside: []PartyID{"p1"}}}, Forwarded, "", "restored | Arrange"},
		{"restarted when he was back", []Input{taxi, ended(AbsentBusy), Restored{}}, InFlow, WayBusy, "restored | StartFlow"},
		{"the flow waits again", []Input{taxi, ended(AbsentBusy), FlowStepped{Node: "b", What: FlowWaits, Text: "{}"}}, InFlow, "", "flow_step |"},
		{"twice", []Input{taxi, ended(AbsentBusy), taxi, OutsideAnswered{Party: "p2"}}, Forwarded, WayBusy, "party_moved | StopTimer Arrange"},
		{"to an entry", []Input{FlowTransferred{Target: Target{Kind: ToEntry, Flow: "other"}}}, InFlow, "", "flow_transferred | StartFlow"},
		{"to an agent", []Input{FlowTransferred{Target: Target{Kind: ToAgent, Agent: "ann"}}}, InFlow, "", "refused"},
		{"from the line", []Input{queued, taxi}, Waiting, "", "refused"},
		{"an agent who is not there", []Input{only(WayNoAnswer), TimerFired{OnlyTimer}}, InFlow, WayNoAnswer, "flow_returned | Withdraw " + back},
		{"without the way all may", []Input{only(""), TimerFired{OnlyTimer}}, Waiting, "", "opened | Withdraw Enqueue"},
		{"he declines", []Input{only(WayNoAnswer), OfferMade{Agent: "ann"}, AgentDeclined{"ann"}}, InFlow, WayNoAnswer,
			"missed flow_returned | StopTimer StopTimer StopRinging DropAgent ReleaseSeat StopTimer " + back},
		{"his phone fails", []Input{only(WayNoAnswer), OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneFailed{"ann", ""}}, InFlow, WayNoAnswer,
			"missed flow_returned | StopTimer StopTimer StopRinging DropAgent ReleaseSeat StopTimer " + back},
		{"restarted while he was asked", []Input{only(WayNoAnswer), OfferMade{Agent: "ann"}, Restored{}}, InFlow, WayNoAnswer, "restored missed flow_returned | DropAgent " + back},
		{"he takes it, and is lost", []Input{only(WayNoAnswer), OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, PhoneLost{"ann"}, TimerFired{InterruptTimer}},
			Waiting, "", "agent_lost queued | DropAgent ReleaseSeat Arrange StartFlow Enqueue"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, append([]Input{arrived}, tt.inputs...)...)
			if s.Phase != tt.phase || s.FlowWay != tt.way {
				t.Errorf("got phase %s, way %q; want %s, %q", s.Phase, s.FlowWay, tt.phase, tt.way)
			}
			if got := strings.TrimSpace(told[len(told)-1]); got != tt.last {
				t.Errorf("last input led to\n got %s\nwant %s", got, tt.last)
			}
			if s.Phase == InFlow && s.Segment.Seq > 0 && s.Segment.Outcome != Requeued {
				t.Errorf("the segment of an agent who did not take it ended as %q", s.Segment.Outcome)
			}
		})
	}
}

// TestLentRing: an agent who is wanted is not rung beyond the time that the flow gives him.
func TestLentRing(t *testing.T) {
	t.Parallel()
	rules := sales // 15 s
	for back, want := range map[string]time.Duration{"": 15 * time.Second, WayNoAnswer: 9 * time.Second} {
		s, _ := life(t, arrived, FlowQueued{Rules: rules, Only: "ann", OnlyFor: 10 * time.Second, Back: back}, OfferMade{Agent: access.UserID("ann")})
		if got := s.Offer.Until.Sub(s.Offer.At); got != want {
			t.Errorf("back by %q: rings for %v, want %v", back, got, want)
		}
	}
}

// TestLentHearsItRing: a customer whom a flow has sent on hears the number outside ring, and then who answers.
func TestLentHearsItRing(t *testing.T) {
	t.Parallel()
	taxi := FlowTransferred{Target: Target{Kind: ToOutside, Address: "+7999"}}
	for _, tt := range []struct {
		inputs []Input
		rings  PartyID
		hears  int
	}{
		{[]Input{taxi}, "p1", 0},
		{[]Input{taxi, OutsideRinging{Party: "p1"}}, "p1", 0},
		{[]Input{taxi, OutsideAnswered{Party: "p1"}}, "", 1},
	} {
		s, _ := life(t, append([]Input{arrived}, tt.inputs...)...)
		if e, ok := s.Arrange().Ear(TheCustomer); !ok || e.Rings != tt.rings || len(e.Hears) != tt.hears {
			t.Errorf("after %T: hears %v, rings %q", tt.inputs[len(tt.inputs)-1], e.Hears, e.Rings)
		}
	}
}
