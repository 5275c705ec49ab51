package story

import (
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/test/world"
)

// toSupport is the number of a line with overflow rules. Ann serves it, bob serves sales.
const toSupport = "+4420699"

// overflows gives support rules.
func overflows(w *world.World, rules ...queue.Overflow) {
	w.T.Helper()
	w.KeepsSetUp()
	w.Serve("support", "ann")
	w.Serve("sales", "bob")
	w.ChangesQueue("support", func(q *queue.Queue) {
		q.Overflow = rules
		q.Callback.On = true
	})
	w.Flow("to-support", toSupport, `"nodes":{
		"a":{"kind":"enqueue","queue":"support","edges":{"failed":"end"}},
		"end":{"kind":"hangup"}}`)
}

func afterWait(d time.Duration, act queue.Act) queue.Overflow {
	return queue.Overflow{When: queue.ByWait, AfterMS: d.Milliseconds(), Act: act}
}

var toSales = queue.Act{Do: queue.OtherQueue, Queue: "sales"}

// why is what the journal says of rules that were carried out, as trigger and act.
func why(w *world.World) (all []string) {
	for _, r := range w.Journal() {
		if e, ok := r.Event.(interaction.EventOverflowed); ok {
			all = append(all, e.When+" "+e.Act)
		}
	}
	return all
}

func wants(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// outcomes are how the parts of the only interaction ended.
func outcomes(w *world.World) (all []string) {
	for _, g := range w.Segments(w.OneRecord().ID) {
		all = append(all, string(g.Outcome))
	}
	return all
}

// TestOverflowByWait: who has waited so long waits in another queue, by when he came, also when the process dies meanwhile;
// the line he left counts him as overflowed.
func TestOverflowByWait(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				overflows(w, afterWait(30*time.Second, toSales))
				a := w.Caller().Dials(toSupport)
				a.IsAnswered()
				w.Passes(10 * time.Second)
				later := w.Caller().Dials(direct) // he comes to sales before a does
				later.IsAnswered()
				w.Passes(10 * time.Second)
				if dies {
					w.Crashes()
					w.Passes(3 * time.Second)
					w.Starts()
					w.Passes(4 * time.Second)
				}
				if w.Waiting(a).Queue == w.Waiting(later).Queue {
					t.Fatal("he is in the other line already")
				}
				w.Passes(12 * time.Second)
				if w.Waiting(a).Queue != w.Waiting(later).Queue {
					t.Fatal("he has waited 30 s and is in his first line still")
				}
				bob := w.Agent("bob").IsAvailable()
				bob.IsOffered(a)
				bob.Accepts()
				bob.TalksWith(a)
				id := interaction.ID(bob.Has())
				a.HangsUp()
				bob.WrapsUp()
				bob.Finishes("sold_big", "")
				bob.IsOffered(later)
				later.HangsUp()
				if g := w.Segments(id); len(g) != 2 || g[0].Outcome != interaction.OverflowedOut || g[1].Outcome != interaction.Answered {
					t.Errorf("his parts are %+v", g)
				}
			})
		})
	}
}

// TestOverflowBySize: who comes when two wait on the line already goes to the other queue at once; who was there stays.
func TestOverflowBySize(t *testing.T) {
	world.Run(t, func(w *world.World) {
		overflows(w, queue.Overflow{When: queue.BySize, Size: 2, Act: toSales})
		w.Passes(2 * time.Second)
		var all []*world.Caller
		for range 3 {
			c := w.Caller().Dials(toSupport)
			c.IsAnswered()
			w.Passes(time.Second)
			all = append(all, c)
		}
		first, second, third := w.Waiting(all[0]), w.Waiting(all[1]), w.Waiting(all[2])
		if first.Queue != second.Queue || third.Queue == first.Queue {
			t.Errorf("they wait in %s, %s, %s", first.Queue, second.Queue, third.Queue)
		}
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(all[2])
		for _, c := range all {
			c.HangsUp()
		}
	})
}

// TestOverflowWithNobodyThere: lunch counts as there, another break does not; he is sent on when the last has gone.
func TestOverflowWithNobodyThere(t *testing.T) {
	world.Run(t, func(w *world.World) {
		overflows(w, queue.Overflow{When: queue.ByNobody, Breaks: []string{"lunch"}, Act: toSales})
		ann := w.Agent("ann")
		ann.GoesOnBreak("lunch")
		c := w.Caller().Dials(toSupport)
		c.IsAnswered()
		w.Passes(time.Minute)
		wants(t, why(w))
		ann.IsAvailable()
		ann.IsOffered(c)
		ann.Declines() // a break that the rule does not count
		w.Passes(2 * time.Second)
		wants(t, why(w), "nobody queue:sales")
		w.Agent("bob").IsAvailable().IsOffered(c)
		c.HangsUp()
	})
}

// TestOverflowLeavesOffers: who is being offered when his time comes is decided by the offer.
func TestOverflowLeavesOffers(t *testing.T) {
	for _, takes := range []bool{true, false} {
		t.Run(map[bool]string{true: "taken", false: "declined"}[takes], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				overflows(w, afterWait(30*time.Second, toSales))
				c := w.Caller().Dials(toSupport)
				c.IsAnswered()
				w.Passes(25 * time.Second)
				ann := w.Agent("ann").IsAvailable()
				ann.IsOffered(c)
				w.Passes(10 * time.Second)
				wants(t, why(w))
				if takes {
					ann.Accepts()
					ann.TalksWith(c)
					c.HangsUp()
					return
				}
				ann.Declines()
				w.Passes(time.Second)
				wants(t, why(w), "wait queue:sales")
				w.Agent("bob").IsAvailable().IsOffered(c)
				c.HangsUp()
			})
		})
	}
}

// TestOverflowToFlow: a flow takes him, and may put him back to his place; then the rule leaves him alone.
func TestOverflowToFlow(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("busy", own, `"nodes":{
			"a":{"kind":"say","prompt":"sorry","next":"line"},
			"line":{"kind":"enqueue","queue":"support","edges":{"failed":"end"}},
			"end":{"kind":"hangup"}}`)
		overflows(w, afterWait(20*time.Second, queue.Act{Do: queue.RunFlow, Flow: "busy"}))
		first := w.Caller().Dials(toSupport)
		first.IsAnswered()
		w.Passes(10 * time.Second)
		second := w.Caller().Dials(toSupport)
		second.IsAnswered()
		w.Passes(20 * time.Second) // the first is back behind the second by time, before him by place
		w.Passes(time.Minute)
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(first)
		ann.Accepts()
		ann.TalksWith(first)
		first.HangsUp()
		ann.IsOffered(second)
		second.HangsUp()
	})
}

// TestOverflowOffersCallback: he is offered a callback while he waits; who does not want it waits on, and another rule
// follows. Who does leaves the line and is called.
func TestOverflowOffersCallback(t *testing.T) {
	for _, wantsIt := range []bool{true, false} {
		t.Run(map[bool]string{true: "accepted", false: "not wanted"}[wantsIt], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				overflows(w, afterWait(20*time.Second, queue.Act{Do: queue.CallBack}), afterWait(50*time.Second, toSales))
				there := w.SIPPhone(firstWay)
				c := w.Caller().Dials(toSupport)
				c.IsAnswered()
				w.Passes(22 * time.Second)
				wants(t, why(w), "wait callback")
				if !wantsIt {
					w.Passes(30 * time.Second)
					wants(t, why(w), "wait callback", "wait queue:sales")
					w.Agent("bob").IsAvailable().IsOffered(c)
					c.HangsUp()
					return
				}
				c.Presses("1")
				w.Passes(2 * time.Second)
				c.Presses("1") // that number
				c.IsHungUpOn()
				w.Passes(2 * time.Second)
				ann := w.Agent("ann").IsAvailable()
				ann.IsOffered(c)
				callsBack(w, ann)
				there.Rings()
				there.PicksUp()
				w.Passes(time.Second)
				ann.Connects()
				there.HangsUp()
				ann.HasNothing()
			})
		})
	}
}

// TestOverflowToVoiceMail: he leaves a message for the queue that could not serve him, and its agent gets it.
func TestOverflowToVoiceMail(t *testing.T) {
	world.Run(t, func(w *world.World) {
		overflows(w, queue.Overflow{When: queue.ByNobody, Act: queue.Act{Do: queue.VoiceMail}})
		w.Passes(2 * time.Second)
		c := speaksAfterTheTone(w, toSupport, 5*time.Second)
		c.HangsUp()
		w.Passes(2 * time.Second)
		all := messages(w)
		if len(all) != 1 || all[0].Segment.Rules.Queue != queue.ID(w.App.ID("queue", "support")) {
			t.Fatalf("the messages are %+v", all)
		}
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(c)
		callsBack(w, ann)
		ann.HangsUp()
	})
}

// TestOverflowOutside: a number outside is called for him. They talk without an agent; where it is not reached, or the
// process dies while it rings, he is back at his place, and stays.
func TestOverflowOutside(t *testing.T) {
	rule := queue.Overflow{When: queue.ByNobody, AfterMS: 5000, Act: queue.Act{Do: queue.Outside, Number: taxi}}
	t.Run("answered", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			overflows(w, rule)
			there := w.SIPPhone(firstWay)
			c := w.Caller().Dials(toSupport)
			c.IsAnswered()
			w.Passes(6 * time.Second)
			there.Rings()
			there.PicksUp()
			there.Speaks()
			c.Listens("outside")
			there.HangsUp()
			c.IsHungUpOn()
			w.Passes(time.Second)
			wants(t, outcomes(w), "overflowed")
		})
	})
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "not reached", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				overflows(w, rule)
				w.SIPPhone(firstWay)
				first := w.Caller().Dials(toSupport)
				first.IsAnswered()
				w.Passes(8 * time.Second)
				if dies {
					w.Crashes()
					w.Passes(3 * time.Second)
					w.Starts()
					w.Passes(4 * time.Second)
				} else {
					w.Passes(32 * time.Second)
				}
				ann := w.Agent("ann").IsAvailable()
				ann.IsOffered(first)
				ann.Accepts()
				ann.TalksWith(first)
				first.HangsUp()
				wants(t, outcomes(w), "overflowed", "answered")
			})
		})
	}
}

// TestOverflowHangsUp: he hears that nobody can take the call, and the call ends; he is not counted as lost.
func TestOverflowHangsUp(t *testing.T) {
	world.Run(t, func(w *world.World) {
		overflows(w, queue.Overflow{When: queue.ByNobody, Act: queue.Act{Do: queue.HangUp}})
		c := w.Caller().Dials(toSupport)
		c.IsAnswered()
		w.Passes(20 * time.Second)
		c.IsHungUpOn()
		wants(t, outcomes(w), "overflowed")
		if r := w.OneRecord(); r.Cause != interaction.BySystem {
			t.Errorf("ended by %s", r.Cause)
		}
	})
}

// TestOverflowPassesOver: a rule that leads to a closed queue, or to one that is gone, is passed over.
func TestOverflowPassesOver(t *testing.T) {
	world.Run(t, func(w *world.World) {
		to := func(key string) queue.Act { return queue.Act{Do: queue.OtherQueue, Queue: key} }
		overflows(w, afterWait(20*time.Second, to("gone")), afterWait(20*time.Second, to("closes-queue")), afterWait(20*time.Second, toSales))
		untilClosing(w, -time.Minute)
		c := w.Caller().Dials(toSupport)
		c.IsAnswered()
		w.Passes(22 * time.Second)
		wants(t, why(w), "wait queue:sales")
		c.HangsUp()
	})
}
