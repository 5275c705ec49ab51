package interaction

import (
	"errors"
	"testing"
	"time"

	"linekeeper/internal/kit/fault"
)

var (
	night    = QueueRules{Queue: "night", Target: 10 * time.Second, ShortAbandon: 5 * time.Second, OfferTime: 15 * time.Second}
	inSales  = Seen{By: "olga", Queue: "sales", Note: "an old customer"}
	moved    = Moved{inSales, night}
	promised = Arrived{Arrival{Tenant: "t", Channel: Voice, Origin: Callback, Promise: &Promise{Callback: "cb", Customer: true, Since: noon, Rules: sales}}}
)

// TestDecidePlaced: who looks after the line changes places in it.
func TestDecidePlaced(t *testing.T) {
	up, picked := Reprioritised{inSales, 50}, Picked{inSales, "bob"}
	inNight := Seen{By: "ira", Queue: "night"}
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		last   string
	}{
		{"to another queue", []Input{arrived, queued, moved}, Waiting, "moved queued | Withdraw StopTimer StartFlow Enqueue"},
		{"to the queue he is in", []Input{arrived, queued, Moved{inSales, sales}}, Waiting, "|"},
		{"by two at once", []Input{arrived, queued, moved, moved}, Waiting, "refused"},
		{"and back", []Input{arrived, queued, moved, Moved{inNight, sales}}, Waiting, "moved queued | Withdraw StopTimer StartFlow Enqueue"},
		{"who is being offered", []Input{arrived, queued, OfferMade{Agent: "ann"}, moved}, Offered, "refused"},
		{"who talks", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, moved}, Connected, "refused"},
		{"who is gone", []Input{arrived, queued, CustomerLeft{Cause: ByCustomer}, moved}, Done, "refused"},
		{"who is in a flow", []Input{arrived, moved}, InFlow, "refused"},
		{"who is promised a call", []Input{promised, CustomerReached{}, CallbackConfirmed{}, moved}, Waiting, "refused"},
		{"up", []Input{arrived, queued, up}, Waiting, "reprioritised | Withdraw Enqueue"},
		{"as it is", []Input{arrived, queued, Reprioritised{inSales, 0}}, Waiting, "|"},
		{"up by two at once", []Input{arrived, queued, up, Reprioritised{inSales, 20}}, Waiting, "refused"},
		{"up, by who saw it", []Input{arrived, queued, up, Reprioritised{Seen{By: "ira", Queue: "sales", Priority: 50}, 20}}, Waiting, "reprioritised | Withdraw Enqueue"},
		{"too high", []Input{arrived, queued, Reprioritised{inSales, 101}}, Waiting, "refused"},
		{"who is promised a call, up", []Input{promised, CustomerReached{}, CallbackConfirmed{}, up}, Waiting, "reprioritised | Withdraw Enqueue"},
		{"to one agent", []Input{arrived, queued, picked}, Waiting, "picked | Withdraw Enqueue SetTimer"},
		{"to one agent by two", []Input{arrived, queued, picked, Picked{inSales, "ann"}}, Waiting, "refused"},
		{"to one agent, and another's offer crosses it", []Input{arrived, queued, picked, OfferMade{Agent: "ann"}}, Waiting, "refused"},
		{"to one agent, who is offered him", []Input{arrived, queued, picked, OfferMade{Agent: "bob"}}, Offered, "offered | RingAgent SetTimer Withdraw"},
		{"to one agent, who does not take him", []Input{arrived, queued, picked, OfferMade{Agent: "bob"}, AgentDeclined{"bob"}}, Waiting,
			"missed | StopTimer StopTimer StopRinging DropAgent ReleaseSeat Enqueue"},
		{"to one agent, in vain", []Input{arrived, queued, picked, TimerFired{OnlyTimer}}, Waiting, "opened | Withdraw Enqueue"},
		{"to one agent, then to another queue", []Input{arrived, queued, picked, moved}, Waiting, "moved queued | Withdraw StopTimer StartFlow Enqueue"},
		{"restarted after all", []Input{arrived, queued, moved, Restored{}}, Waiting, "restored | StartFlow Enqueue"},
		{"restarted while kept for one", []Input{arrived, queued, picked, Restored{}}, Waiting, "restored | StartFlow SetTimer Enqueue"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			s, told := life(t, c.inputs...)
			if last := told[len(told)-1]; s.Phase != c.phase || last != c.last {
				t.Errorf("got %s, %q; want %s, %q", s.Phase, last, c.phase, c.last)
			}
		})
	}
}

// TestPlaceKeepsItsAge: who is moved stands in the other line by the time he came to the first, also after a restart, a
// missed offer, or another move; what he waited in each line is counted there.
func TestPlaceKeepsItsAge(t *testing.T) {
	came := noon.Add(time.Second) // queued is the second input
	after := []Input{arrived, queued, moved}
	for name, c := range map[string]struct {
		more []Input
		in   Input
		head bool
	}{
		"moved again":     {nil, Moved{Seen{By: "ira", Queue: "night"}, sales}, false},
		"up":              {nil, Reprioritised{Seen{By: "ira", Queue: "night"}, 7}, false},
		"restarted":       {nil, Restored{}, false},
		"missed":          {[]Input{OfferMade{Agent: "ann"}}, AgentDeclined{"ann"}, true},
		"missed and up":   {[]Input{OfferMade{Agent: "ann"}, AgentDeclined{"ann"}}, Reprioritised{Seen{By: "ira", Queue: "night"}, 7}, true},
		"kept for one":    {nil, Picked{Seen{By: "ira", Queue: "night"}, "bob"}, true},
		"closed to queue": {nil, QueueClosed{Do: "queue", Rules: sales}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := life(t, append(after, c.more...)...)
			p := lastPlace(s, c.in, s.Last.Add(time.Minute))
			if !p.Since.Equal(came) || p.Head != c.head {
				t.Errorf("his place is %+v; want since %v, head %t", p, came, c.head)
			}
		})
	}
	s, _ := life(t, after...)
	if g := s.Segment; g.Rules.Queue != "night" || !g.Queued.Equal(noon.Add(2*time.Second)) || !s.Waits().Equal(came) || s.PlacedBy != "olga" {
		t.Errorf("the segment is %+v", g)
	}
	first, _ := life(t, arrived, queued)
	first = Apply(first, Recorded{first.Seq + 1, noon.Add(time.Minute), EventMoved{By: "olga", From: "sales", To: "night"}})
	if g := first.Segment; g.Outcome != Requeued || g.Ended.IsZero() {
		t.Errorf("the segment he left is %+v", g)
	}
}

// TestPlacedRefusals are told apart: too late, changed by another, kept for one agent, and what can be put right.
func TestPlacedRefusals(t *testing.T) {
	long := make([]rune, 201)
	for i := range long {
		long[i] = 'я'
	}
	for name, c := range map[string]struct {
		before []Input
		in     Input
		is     error
		kind   fault.Kind
	}{
		"late":    {[]Input{arrived}, moved, ErrLate, fault.Internal},
		"changed": {[]Input{arrived, queued, moved}, moved, ErrPlaceChanged, fault.Internal},
		"kept":    {[]Input{arrived, queued, Picked{inSales, "bob"}}, Picked{inSales, "ann"}, ErrKept, fault.Internal},
		"note":    {[]Input{arrived, queued}, Picked{Seen{By: "olga", Queue: "sales", Note: string(long)}, "ann"}, nil, fault.Invalid},
		"high":    {[]Input{arrived, queued}, Reprioritised{inSales, -101}, nil, fault.Invalid},
		"promise": {[]Input{promised, CustomerReached{}, CallbackConfirmed{}}, moved, nil, fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := life(t, c.before...)
			_, _, err := Decide(s, c.in, noon.Add(time.Minute))
			if c.is != nil && !errors.Is(err, c.is) || c.is == nil && fault.KindOf(err) != c.kind {
				t.Errorf("got %v", err)
			}
		})
	}
}
