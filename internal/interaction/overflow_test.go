package interaction

import (
	"testing"
	"time"

	"linekeeper/internal/queue"
)

var (
	toNight   = Overflowed{From: "sales", When: "wait", Act: "queue:night", Do: "queue", To: night}
	toBusy    = Overflowed{From: "sales", When: "size", Act: "flow:busy", Do: "flow", Flow: "busy"}
	toOffer   = Overflowed{From: "sales", When: "wait", Act: "callback", Do: "callback", Flow: "built-in:offer-in-line"}
	toOutside = Overflowed{From: "sales", When: "nobody", Act: "outside:+4930", Do: "outside", Flow: "built-in:call-outside", Number: "+4930"}
)

// TestDecideOverflowed: a rule of the queue takes a customer out of its line.
func TestDecideOverflowed(t *testing.T) {
	talked := []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, PhoneLost{"ann"}, TimerFired{InterruptTimer}}
	back := toNight
	back.From, back.Act, back.To = "night", "queue:sales", sales
	for _, c := range []struct {
		name   string
		inputs []Input
		phase  Phase
		last   string
	}{
		{"to another queue", []Input{arrived, queued, toNight}, Waiting, "overflowed queued | Withdraw StartFlow Enqueue"},
		{"to a flow", []Input{arrived, queued, toBusy}, InFlow, "overflowed | Withdraw StartFlow"},
		{"a callback is offered", []Input{arrived, queued, toOffer}, Waiting, "overflowed | StartFlow"},
		{"and offered once", []Input{arrived, queued, toOffer, toOffer}, Waiting, "refused"},
		{"and taken", []Input{arrived, queued, toOffer, CallbackAccepted{"cb"}}, Waiting, "callback_accepted | Withdraw StopRecording"},
		{"and another rule follows", []Input{arrived, queued, toOffer, toNight}, Waiting, "overflowed queued | Withdraw StartFlow Enqueue"},
		{"who is being offered", []Input{arrived, queued, OfferMade{Agent: "ann"}, toNight}, Offered, "refused"},
		{"who was missed", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentDeclined{"ann"}, toNight}, Waiting, "overflowed queued | Withdraw StartFlow Enqueue"},
		{"an offer crosses it", []Input{arrived, queued, toNight, OfferMade{Agent: "ann"}}, Offered, "offered | RingAgent SetTimer Withdraw"},
		{"who has left that line", []Input{arrived, queued, toNight, toBusy}, Waiting, "refused"},
		{"who was moved meanwhile", []Input{arrived, queued, moved, toNight}, Waiting, "refused"},
		{"who is kept for one agent", []Input{arrived, queued, Picked{inSales, "bob"}, toNight}, Waiting, "refused"},
		{"who is promised a call", []Input{promised, CustomerReached{}, CallbackConfirmed{}, toNight}, Waiting, "refused"},
		{"who has talked, to a queue", append(talked, toNight), Waiting, "overflowed queued | Withdraw StartFlow Enqueue"},
		{"who has talked, to a flow", append(talked, toBusy), Waiting, "refused"},
		{"to the queue he is in", []Input{arrived, queued, Overflowed{From: "sales", Act: "queue:x", Do: "queue", To: sales}}, Waiting, "refused"},
		{"back by the other's rule", []Input{arrived, queued, toNight, back}, Waiting, "overflowed queued | Withdraw StartFlow Enqueue"},
		{"and not round again", []Input{arrived, queued, toNight, back, toNight}, Waiting, "refused"},
		{"who comes back by a flow waits", []Input{arrived, queued, toBusy, queued, toBusy}, Waiting, "refused"},
		{"gone while the flow talks", []Input{arrived, queued, toBusy, CustomerLeft{Cause: ByCustomer}}, Done, "customer_left ended | StopFlow DropCustomer"},
		{"restarted in the flow", []Input{arrived, queued, toOutside, Restored{}}, InFlow, "restored | StartFlow"},
		{"restarted in the other queue", []Input{arrived, queued, toNight, Restored{}}, Waiting, "restored | StartFlow Enqueue"},
		{"outside", []Input{arrived, queued, toOutside, FlowTransferred{Target: Target{Kind: ToOutside, Address: "+4930"}}}, Forwarded,
			"flow_transferred party_asked | StopFlow Arrange CallOutside SetTimer"},
		{"outside nobody answers", []Input{arrived, queued, toOutside, FlowTransferred{Target: Target{Kind: ToOutside, Address: "+4930"}}, OutsideEnded{Party: "p1"}},
			InFlow, "party_left flow_returned | StopTimer DropOutside Arrange StartFlow"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, told := life(t, c.inputs...)
			if last := told[len(told)-1]; s.Phase != c.phase || last != c.last {
				t.Errorf("got %s, %q; want %s, %q", s.Phase, last, c.phase, c.last)
			}
		})
	}
}

// TestOverflowKeepsThePlace: in the other queue, and when he comes back to the first, he stands by when he came; the line he
// left has its own outcome, and what he waited in each is counted there.
func TestOverflowKeepsThePlace(t *testing.T) {
	came := noon.Add(time.Second)
	s, _ := life(t, arrived, queued)
	if p := lastPlace(s, toNight, noon.Add(time.Minute)); !p.Since.Equal(came) || p.Queue != "night" {
		t.Errorf("his place is %+v", p)
	}
	gone := Apply(s, Recorded{s.Seq + 1, noon.Add(time.Minute), EventOverflowed{When: "size", Act: "flow:busy", Do: "flow", Rules: sales, Flow: "busy"}})
	if g := gone.Segment; g.Outcome != OverflowedOut || !g.Ended.Equal(noon.Add(time.Minute)) || gone.Phase != InFlow {
		t.Errorf("the segment he left is %+v in %s", g, gone.Phase)
	}
	s, _ = life(t, arrived, queued, toOutside)
	in := queued
	in.Priority = s.SentOn.Priority
	if p := lastPlace(s, in, noon.Add(time.Minute)); !p.Since.Equal(came) {
		t.Errorf("back in line he stands since %v, want %v", p.Since, came)
	}
	in.Rules = night
	if p := lastPlace(s, in, noon.Add(time.Minute)); !p.Since.Equal(noon.Add(time.Minute)) {
		t.Errorf("in another line that a flow chose he stands since %v, want since now", p.Since)
	}
	s, _ = life(t, arrived, queued, toNight)
	if g := s.Segment; g.Rules.Queue != "night" || !g.Queued.Equal(noon.Add(2*time.Second)) || !s.Waits().Equal(came) {
		t.Errorf("the segment is %+v", g)
	}
}

// TestInLine: whom rules concern.
func TestInLine(t *testing.T) {
	mail, other := queue.Act{Do: queue.VoiceMail}, queue.Act{Do: queue.OtherQueue, Queue: "night"}
	for name, c := range map[string]struct {
		inputs       []Input
		coming       bool
		mail, queued bool
	}{
		"has come":           {[]Input{arrived, queued}, true, true, true},
		"missed":             {[]Input{arrived, queued, OfferMade{Agent: "ann"}, AgentDeclined{"ann"}}, false, true, true},
		"moved by a leader":  {[]Input{arrived, queued, moved, Moved{Seen{By: "ira", Queue: "night"}, sales}}, false, true, true},
		"kept for one":       {[]Input{arrived, queued, Picked{inSales, "bob"}}, false, false, false},
		"taken to a queue":   {[]Input{arrived, queued, toNight, Overflowed{From: "night", Act: "queue:sales", Do: "queue", To: sales}}, true, true, false},
		"has talked already": {[]Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, PhoneLost{"ann"}, TimerFired{InterruptTimer}}, true, false, true},
	} {
		s, _ := life(t, c.inputs...)
		l := s.InLine()
		if !s.OnLine() || l.Coming != c.coming || l.Overflows(mail) != c.mail || l.Overflows(other) != c.queued {
			t.Errorf("%s: %+v, on the line %t, mail %t, queue %t", name, l, s.OnLine(), l.Overflows(mail), l.Overflows(other))
		}
	}
}
