package live

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

type noNames struct{}

func (noNames) Entry(string) string          { return "entry" }
func (noNames) Project(string) string        { return "project" }
func (noNames) User(id access.UserID) string { return string(id) }
func (noNames) Queue(id queue.ID) string     { return string(id) }

func utc() *time.Location { return time.UTC }

// player feeds interactions to a board as the registry would.
type player struct {
	b      *Board
	states map[interaction.ID]interaction.State
}

func (p *player) do(id interaction.ID, in interaction.Input) bool {
	s := p.states[id]
	s.ID = id
	now := time.Now().UTC()
	events, _, err := interaction.Decide(s, in, now)
	if err != nil || len(events) == 0 {
		return false
	}
	var recorded []interaction.Recorded
	for _, e := range events {
		r := interaction.Recorded{Seq: s.Seq + 1, At: now, Event: e}
		s = interaction.Apply(s, r)
		recorded = append(recorded, r)
	}
	p.states[id] = s
	p.b.Committed(interaction.Commit{State: s, Events: recorded})
	return true
}

var rules = interaction.QueueRules{Queue: "sales", Target: 20 * time.Second, ShortAbandon: 5 * time.Second,
	OfferTime: 15 * time.Second, WrapUp: 30 * time.Second}

func newPlayer() *player {
	b := New(noNames{}, utc)
	b.SetQueues([]Queue{{ID: "sales", Name: "Sales", Target: 20 * time.Second, TargetShare: 0.8}})
	for _, a := range []access.UserID{"ann", "bob"} {
		b.SetAgent(Agent{ID: a, Name: string(a), Status: "available", Since: time.Now(), Queues: []queue.ID{"sales"}})
	}
	return &player{b, map[interaction.ID]interaction.State{}}
}

func TestBoardFollowsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer()
		defer p.b.Close()
		sub, first, ok := p.b.Subscribe("ann")
		if !ok || first.Me.Name != "ann" || len(first.Queues) != 1 {
			t.Fatalf("the first look: %+v", first)
		}
		defer sub.Leave()
		p.do("i1", interaction.Arrived{Arrival: interaction.Arrival{CustomerAddress: "+1"}})
		p.do("i1", interaction.FlowQueued{Rules: rules})
		time.Sleep(4 * time.Second)
		p.do("i1", interaction.OfferMade{Agent: "ann"})
		p.do("i1", interaction.AgentAccepted{Agent: "ann"})
		p.do("i1", interaction.PhoneConnected{Agent: "ann"})
		time.Sleep(30 * time.Second)
		p.do("i1", interaction.CustomerLeft{Cause: interaction.ByCustomer})
		synctest.Wait()
		c := sub.Take()
		if len(c.Work) != 1 || c.Work[0].Phase != "wrapping_up" {
			t.Errorf("ann is shown %+v, want the latest view of one interaction", c.Work)
		}
		if c.Me == nil || c.Me.Activity != WrappingUp {
			t.Errorf("ann sees herself as %+v, want wrapping up", c.Me)
		}
		if c.Day == nil || c.Day.TalkMs != 30_000 || c.Day.Calls != 1 {
			t.Errorf("ann's day is %+v, want a call of 30 s", c.Day)
		}
		time.Sleep(10 * time.Second)
		p.do("i1", interaction.Disposed{Agent: "ann", Disposition: "sold"})
		synctest.Wait()
		c = sub.Take()
		if c.Gone["i1"] != "done" || c.Day.WrapUpMs != 10_000 {
			t.Errorf("afterwards: gone %v, day %+v; want done and 10 s of wrap-up", c.Gone, c.Day)
		}
		q := p.b.Present().Queues[0]
		if q.Offered != 1 || q.Answered != 1 || q.InTime != 1 || q.Waiting != 0 || q.Available != 2 {
			t.Errorf("the queue shows %+v", q)
		}
	})
}

func TestNewDayBeginsAtMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer() // a bubble begins at midnight
		defer p.b.Close()
		p.do("i1", interaction.Arrived{})
		p.do("i1", interaction.FlowQueued{Rules: rules})
		time.Sleep(23 * time.Hour)
		if q := p.b.Present().Queues[0]; q.Offered != 1 || q.Waiting != 1 {
			t.Errorf("in the evening: %+v", q)
		}
		time.Sleep(2 * time.Hour)
		if q := p.b.Present().Queues[0]; q.Offered != 0 || q.Waiting != 1 {
			t.Errorf("after midnight: %+v; want no offered, and still one waiting", q)
		}
	})
}

// TestBoardAgainstNaiveModel plays random lives and counts again from the states.
func TestBoardAgainstNaiveModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlayer()
		defer p.b.Close()
		sub, _, _ := p.b.Subscribe("ann")
		hand := map[interaction.ID]bool{} // what ann's screen shows
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := interaction.ID(fmt.Sprint("i", rapid.IntRange(1, 4).Draw(t, "interaction")))
			agent := access.UserID(rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "agent"))
			busy := slices.ContainsFunc(keys(p.states), func(o interaction.ID) bool { return p.states[o].InHand(agent) })
			inputs := []interaction.Input{
				interaction.Arrived{}, interaction.FlowQueued{Rules: rules}, interaction.AgentAccepted{Agent: agent},
				interaction.PhoneConnected{Agent: agent}, interaction.AgentDeclined{Agent: agent}, interaction.PhoneLost{Agent: agent},
				interaction.CustomerLeft{Cause: interaction.ByCustomer}, interaction.Disposed{Agent: agent}, interaction.Stopped{},
				interaction.TimerFired{Timer: interaction.InterruptTimer},
			}
			if !busy { // the router offers to free agents only
				inputs = append(inputs, interaction.OfferMade{Agent: agent})
			}
			p.do(id, rapid.SampledFrom(inputs).Draw(t, "input"))
			if rapid.Bool().Draw(t, "take") {
				p.b.Present() // everything told is folded
				follow(hand, sub.Take())
			}
		}
		got := p.b.Present()
		follow(hand, sub.Take())
		waiting, answered, inHand := 0, 0, map[interaction.ID]bool{}
		offered := 0
		for id, s := range p.states {
			switch s.Phase {
			case interaction.Waiting, interaction.Offered, interaction.Connecting:
				waiting++
			}
			if s.InHand("ann") {
				inHand[id] = true
			}
			offered += s.Segment.Seq
			if s.Segment.Seq > 0 {
				answered += s.Segment.Seq - 1 // each earlier segment was answered
			}
			if !s.Segment.Answered.IsZero() {
				answered++
			}
		}
		q := got.Queues[0]
		if q.Waiting != waiting || q.Offered != offered || q.Answered != answered {
			t.Fatalf("the board shows %d waiting, %d offered, %d answered; want %d, %d, %d",
				q.Waiting, q.Offered, q.Answered, waiting, offered, answered)
		}
		if fmt.Sprint(hand) != fmt.Sprint(inHand) {
			t.Fatalf("ann's screen shows %v, she has %v", hand, inHand)
		}
	})
}

func follow(hand map[interaction.ID]bool, c Changes) {
	for id := range c.Gone {
		delete(hand, id)
	}
	for _, w := range c.Work {
		hand[w.Interaction] = true
	}
}

func keys(m map[interaction.ID]interaction.State) []interaction.ID {
	var all []interaction.ID
	for id := range m {
		all = append(all, id)
	}
	return all
}
