package live

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
)

func TestExpectedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer()
		defer p.b.Close()
		show := func() QueueView {
			synctest.Wait()
			v, _ := p.b.Queue("sales")
			return v
		}
		if v := show(); !v.WaitKnown || !v.WaitNone || v.WaitErrorOf != 0 {
			t.Errorf("with agents ready: %+v", v)
		}
		call := func(i int) interaction.ID { return interaction.ID(fmt.Sprint("i", i)) }
		answer := func(i int) {
			p.do(call(i), interaction.OfferMade{Agent: "ann"})
			p.do(call(i), interaction.AgentAccepted{Agent: "ann"})
			p.do(call(i), interaction.PhoneConnected{Agent: "ann"})
		}
		p.b.RemoveAgent("bob")
		for i := range 12 {
			p.do(call(i), interaction.Arrived{Arrival: interaction.Arrival{CustomerAddress: "+1"}})
			p.do(call(i), interaction.FlowQueued{Rules: rules})
			if i == 0 {
				answer(0)
			}
		}
		for i := range 8 { // one every two minutes
			time.Sleep(2*time.Minute - rules.WrapUp)
			p.do(call(i), interaction.CustomerLeft{Cause: interaction.ByCustomer})
			time.Sleep(rules.WrapUp)
			p.do(call(i), interaction.TimerFired{Timer: interaction.WrapUpTimer})
			answer(i + 1)
		}
		// Three are left: who comes now is the fourth.
		synctest.Wait()
		if e, ok := p.b.Wait("sales", 1); !ok || (e.Wait-2*time.Minute).Abs() > 20*time.Second {
			t.Errorf("the first: got %+v, want about 2 minutes", e)
		}
		if e, ok := p.b.Wait("sales", 0); !ok || (e.Wait-8*time.Minute).Abs() > time.Minute {
			t.Errorf("who comes now: got %+v, want about 8 minutes", e)
		}
		if e, ok := p.b.Wait("nowhere", 0); ok {
			t.Errorf("a queue that is not there: %+v", e)
		}
		p.do("x", interaction.Arrived{Arrival: interaction.Arrival{CustomerAddress: "+1"}})
		p.do("x", interaction.FlowQueued{Rules: rules})
		for i := 8; i < 12; i++ {
			time.Sleep(2*time.Minute - rules.WrapUp)
			p.do(call(i), interaction.CustomerLeft{Cause: interaction.ByCustomer})
			time.Sleep(rules.WrapUp)
			p.do(call(i), interaction.TimerFired{Timer: interaction.WrapUpTimer})
			if i < 11 {
				answer(i + 1)
			} else {
				p.do("x", interaction.OfferMade{Agent: "ann"})
				p.do("x", interaction.AgentAccepted{Agent: "ann"})
				p.do("x", interaction.PhoneConnected{Agent: "ann"})
			}
		}
		if v := show(); v.WaitErrorOf == 0 || v.Waiting != 0 {
			t.Errorf("afterwards: %+v", v)
		}
	})
}

// TestWaitIsRenewed: the board's range goes on with the clock while nothing happens; what was learned is told once.
func TestWaitIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer()
		defer p.b.Close()
		p.b.RemoveAgent("bob")
		for _, id := range []interaction.ID{"a", "b"} {
			p.do(id, interaction.Arrived{Arrival: interaction.Arrival{CustomerAddress: "+1"}})
			p.do(id, interaction.FlowQueued{Rules: rules})
			if id == "a" {
				p.do(id, interaction.OfferMade{Agent: "ann"})
				p.do(id, interaction.AgentAccepted{Agent: "ann"})
				p.do(id, interaction.PhoneConnected{Agent: "ann"})
			}
		}
		synctest.Wait()
		before, _ := p.b.Queue("sales")
		time.Sleep(12 * time.Minute)
		synctest.Wait()
		after, _ := p.b.Queue("sales")
		if !after.WaitKnown || after.WaitLowMs <= before.WaitLowMs {
			t.Errorf("after 12 minutes the range begins at %d ms, before at %d", after.WaitLowMs, before.WaitLowMs)
		}
		if all := p.b.Learned(); len(all) != 1 {
			t.Errorf("something was learned in %d queues, want 1", len(all))
		}
		if all := p.b.Learned(); len(all) != 0 {
			t.Errorf("nothing is new in %d queues", len(all))
		}
	})
}
