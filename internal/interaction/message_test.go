package interaction

import (
	"testing"
	"time"
)

func leftFor(only string) Arrived {
	rules := sales
	rules.Target, rules.Recording = 4*time.Hour, false
	m := &Message{From: "i0", Length: 7 * time.Second, Rules: rules}
	if only != "" {
		m.Only = "ann"
	}
	return Arrived{Arrival{Tenant: "t", Channel: Voicemail, Origin: Inbound, Message: m}}
}

// lastPlace is the place in line the latest decision asks for; the zero value: none.
func lastPlace(s State, in Input, now time.Time) Place {
	_, effects, _ := Decide(s, in, now)
	for _, e := range effects {
		if e, ok := e.(Enqueue); ok {
			return e.Place
		}
	}
	return Place{}
}

func TestDecideMessage(t *testing.T) {
	all, own := leftFor(""), leftFor("ann")
	offer, yes := OfferMade{Agent: "ann"}, AgentAccepted{"ann"}
	taken := []Input{all, offer, yes}
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		last   string
	}{
		{"begins in line", []Input{all}, Waiting, "arrived recording queued | Enqueue"},
		{"is offered, and no telephone rings", []Input{all, offer}, Offered, "offered | SetTimer"},
		{"is taken at once", taken, Connected, "accepted connected | StopTimer SetTimer"},
		{"is taken twice", append(taken, yes), Connected, "|"},
		{"is taken out of the line", []Input{all, MessageTaken{"ann"}}, Connected, "offered accepted connected | Withdraw StopTimer SetTimer"},
		{"is taken by whom it is offered to", []Input{all, offer, MessageTaken{"ann"}}, Connected, "accepted connected | StopTimer SetTimer"},
		{"is taken while it is offered to another", []Input{all, offer, MessageTaken{"bob"}}, Offered, "refused"},
		{"is taken again", append(taken, MessageTaken{"ann"}), Connected, "|"},
		{"is taken out of a hand", append(taken, MessageTaken{"bob"}), Connected, "refused"},
		{"is taken, and an offer was under way", []Input{all, MessageTaken{"ann"}, OfferMade{Agent: "bob"}}, Connected, "refused"},
		{"of one agent is taken by him", []Input{own, MessageTaken{"ann"}}, Connected, "offered accepted connected | Withdraw StopTimer SetTimer"},
		{"of one agent is taken by another", []Input{own, MessageTaken{"bob"}}, Waiting, "refused"},
		{"is missed", []Input{all, offer, TimerFired{OfferTimer}}, Waiting, "missed | StopTimer StopTimer ReleaseSeat Enqueue"},
		{"is closed", append(taken, AgentHungUp{Agent: "ann"}), WrappingUp, "agent_hung_up wrap_up | StopTimer SetTimer"},
		{"is finished", append(taken, AgentHungUp{Agent: "ann"}, Disposed{Agent: "ann", Disposition: "sold"}), Done, "disposed ended | StopTimer ReleaseSeat"},
		{"is closed by another", append(taken, AgentHungUp{Agent: "bob"}), Connected, "refused"},
		{"cannot be held", append(taken, HoldSet{By: "ann", On: true}), Connected, "refused"},
		{"cannot be monitored", append(taken, Monitor{By: "sue", Mode: Barge}), Connected, "refused"},
		{"goes to no number", append(taken, Transfer{By: "ann", Target: Target{Kind: ToOutside, Address: "1"}}), Connected, "refused"},
		{"lies about", append(taken, TimerFired{InterruptTimer}), Waiting, "agent_lost queued | ReleaseSeat Enqueue"},
		{"its customer is called", append(taken, MessageCalled{"c"}), Connected, "message_called | StopTimer"},
		{"its customer is called for long", append(taken, MessageCalled{"c"}, TimerFired{InterruptTimer}), Connected, "refused"},
		{"the call is over", append(taken, MessageCalled{"c"}, MessageCallOver{"c"}), Connected, "message_call_over | SetTimer"},
		{"another call is over", append(taken, MessageCalled{"c"}, MessageCallOver{"b"}), Connected, "refused"},
		{"lies about after the call", append(taken, MessageCalled{"c"}, MessageCallOver{"c"}, TimerFired{InterruptTimer}), Waiting, "agent_lost queued | ReleaseSeat Enqueue"},
		{"restarted while its customer is called", append(taken, MessageCalled{"c"}, Restored{}, MessageCalled{"c"}), Connected, "message_called | StopTimer"},
		{"closed while its customer is called", append(taken, MessageCalled{"c"}, AgentHungUp{Agent: "ann"}), WrappingUp, "agent_hung_up wrap_up | StopTimer SetTimer"},
		{"has nobody who leaves", []Input{all, CustomerLeft{Cause: ByCustomer}}, Waiting, "refused"},
		{"its queue closes", []Input{all, QueueClosed{}}, Waiting, "refused"},
		{"its queue is removed", []Input{all, QueueRemoved{}}, Done, "let_go ended | Withdraw"},
		{"is ended by a fault", []Input{all, Stopped{Detail: "x"}}, Done, "let_go ended | Withdraw"},
		{"restarted in line", []Input{all, Restored{}}, Waiting, "restored | Enqueue"},
		{"restarted while it was offered", []Input{all, offer, Restored{}}, Waiting, "restored missed | Enqueue"},
		{"restarted in hand", append(taken, Restored{}), Connected, "restored | KeepSeat SetTimer"},
		{"restarted in the wrap-up", append(taken, AgentHungUp{Agent: "ann"}, Restored{}), WrappingUp, "restored | KeepSeat SetTimer"},
		{"of one agent", []Input{own}, Waiting, "arrived recording queued | Enqueue"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, tt.inputs...)
			if got := told[len(told)-1]; got != tt.last || s.Phase != tt.phase {
				t.Errorf("got %s in %s, want %s in %s", got, s.Phase, tt.last, tt.phase)
			}
		})
	}
}

// TestMessageOfOneAgent: whatever happens, it waits for that agent, unless he gives it to others.
func TestMessageOfOneAgent(t *testing.T) {
	own, offer := leftFor("ann"), OfferMade{Agent: "ann"}
	if p := lastPlace(State{ID: "i1"}, own, noon); p.Only != "ann" || p.Interaction != "i1" {
		t.Errorf("the first place is %+v, want ann's", p)
	}
	s, _ := life(t, own, offer)
	if p := lastPlace(s, TimerFired{OfferTimer}, noon.Add(time.Minute)); p.Only != "ann" {
		t.Errorf("after a miss the place is %+v, want ann's", p)
	}
	s, _ = life(t, own, offer, TimerFired{OfferTimer})
	if p := lastPlace(s, Restored{}, noon.Add(time.Hour)); p.Only != "ann" {
		t.Errorf("after a restart the place is %+v, want ann's", p)
	}
	s, _ = life(t, own, offer, AgentAccepted{"ann"})
	if p := lastPlace(s, TimerFired{InterruptTimer}, noon.Add(time.Hour)); p.Only != "ann" {
		t.Errorf("after it lay about the place is %+v, want ann's", p)
	}
	other := sales
	other.Queue = "support"
	p := lastPlace(s, Transfer{By: "ann", Target: Target{Kind: ToQueue, Queue: &other}}, noon.Add(time.Hour))
	if p.Only != "" || p.Queue != "support" {
		t.Errorf("given to a queue the place is %+v", p)
	}
}

// TestMessageCounts: it is in time by its own deadline, what the agent needs is talk, and the agent's hand
// and the customer's absence are as they are.
func TestMessageCounts(t *testing.T) {
	s, _ := life(t, leftFor(""), OfferMade{Agent: "ann"}, AgentAccepted{"ann"})
	if s.HasCustomer() || !s.InHand("ann") || s.Recording != "complete" {
		t.Errorf("customer %v, in hand %v, recording %q", s.HasCustomer(), s.InHand("ann"), s.Recording)
	}
	s, _ = life(t, leftFor(""), OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, AgentHungUp{Agent: "ann"}, Disposed{Agent: "ann", Disposition: "sold"})
	g := s.Segment
	if g.Outcome != Answered || !g.InTime() || g.Talk != time.Second || g.Left.IsZero() || g.Ended.IsZero() || s.Cause != ByAgent {
		t.Errorf("the segment is %+v by %s", g, s.Cause)
	}
	if s.Disposition != "sold" {
		t.Errorf("the disposition is %q", s.Disposition)
	}
}
