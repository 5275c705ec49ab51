package live

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// TestMidnight holds that a segment counts on the day it began to wait, as in reports and after a restart.
func TestMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer()
		defer p.b.Close()
		p.do("i0", interaction.Arrived{})
		p.do("i0", interaction.FlowQueued{Rules: rules})
		p.do("i0", interaction.CustomerLeft{Cause: interaction.ByCustomer}) // yesterday's
		time.Sleep(24*time.Hour - 10*time.Second)                           // the bubble begins at midnight UTC
		p.do("i1", interaction.Arrived{})
		p.do("i1", interaction.FlowQueued{Rules: rules})
		time.Sleep(5 * time.Second)
		p.do("i1", interaction.OfferMade{Agent: "ann"})
		time.Sleep(10 * time.Second) // five seconds past midnight
		p.do("i1", interaction.AgentDeclined{Agent: "ann"})
		p.do("i1", interaction.OfferMade{Agent: "bob"})
		p.do("i1", interaction.AgentAccepted{Agent: "bob"})
		p.do("i1", interaction.PhoneConnected{Agent: "bob"})
		time.Sleep(time.Minute)
		p.do("i1", interaction.CustomerLeft{Cause: interaction.ByCustomer})
		time.Sleep(time.Second)
		p.do("i1", interaction.Disposed{Agent: "bob"})
		p.do("i2", interaction.Arrived{})
		p.do("i2", interaction.FlowQueued{Rules: rules})
		now := p.b.Present()
		if q := now.Queues[0]; q.Offered != 1 || q.Answered != 0 || q.Abandoned+q.Short != 0 || q.Waiting != 1 {
			t.Errorf("after midnight the queue shows %+v, want the new caller only", q)
		}
		for _, user := range []access.UserID{"ann", "bob"} {
			if d := p.b.agents[user].day; d != (DayView{}) {
				t.Errorf("%s's new day begins with %+v, want nothing: it was offered and answered for yesterday's caller", user, d)
			}
		}
	})
}

// TestAgentTakenOffTheBoard holds that an agent who is disabled and enabled again in mid-call keeps his
// call and his day.
func TestAgentTakenOffTheBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer()
		defer p.b.Close()
		for _, in := range []interaction.Input{
			interaction.Arrived{}, interaction.FlowQueued{Rules: rules}, interaction.OfferMade{Agent: "ann"},
			interaction.AgentAccepted{Agent: "ann"}, interaction.PhoneConnected{Agent: "ann"},
		} {
			p.do("i1", in)
		}
		p.b.RemoveAgent("ann")
		if now := p.b.Present(); len(now.Agents) != 1 || now.Queues[0].Agents != 1 {
			t.Errorf("ann is still on the board: %+v", now)
		}
		p.b.SetAgent(Agent{ID: "ann", Name: "ann", Status: "break", Reason: "missed", Since: time.Now(), Queues: []queue.ID{"sales"}})
		now := p.b.Present()
		if a := now.Agents[0]; a.Interaction != "i1" || a.Activity != Talking {
			t.Errorf("back on the board ann shows %+v, want her call", a)
		}
		if d := p.b.agents["ann"].day; d.Calls != 1 {
			t.Errorf("back on the board ann's day has %d calls, want 1", d.Calls)
		}
	})
}

// TestClockSetBack holds that a clock set back over midnight wipes nothing.
func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer()
		defer p.b.Close()
		p.do("i1", interaction.Arrived{})
		p.do("i1", interaction.FlowQueued{Rules: rules})
		p.b.Present()
		p.b.box.Put(func() { p.b.newDay(p.b.day.Add(-time.Hour)); p.b.newDay(p.b.day.Add(time.Hour)) })
		if q := p.b.Present().Queues[0]; q.Offered != 1 {
			t.Errorf("after the clock was set back %d were offered, want 1", q.Offered)
		}
	})
}

// TestTransferToOneAgent holds that a customer sent to one agent is no further customer of the queue, until
// the queue has him.
func TestTransferToOneAgent(t *testing.T) {
	for _, answered := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlayer()
			defer p.b.Close()
			for _, in := range []interaction.Input{
				interaction.Arrived{}, interaction.FlowQueued{Rules: rules}, interaction.OfferMade{Agent: "ann"},
				interaction.AgentAccepted{Agent: "ann"}, interaction.PhoneConnected{Agent: "ann"},
				interaction.Transfer{By: "ann", Target: interaction.Target{Kind: interaction.ToAgent, Agent: "bob"}},
				interaction.OfferMade{Agent: "bob"},
			} {
				p.do("i1", in)
			}
			want := 2
			if answered {
				p.do("i1", interaction.AgentAccepted{Agent: "bob"})
				p.do("i1", interaction.PhoneConnected{Agent: "bob"})
				want = 1
			} else {
				p.do("i1", interaction.AgentDeclined{Agent: "bob"})
			}
			q := p.b.Present().Queues[0]
			if q.Offered != want || q.Answered != 1 {
				t.Errorf("answered by him: %t; the queue shows %d offered and %d answered, want %d and 1", answered, q.Offered, q.Answered, want)
			}
		})
	}
}
