package story

import (
	"strings"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/test/world"
)

// TestSupervisorMovesWaiting is SUP-05: who waits is moved to another queue and keeps the age of his place, over a crash
// too; of two supervisors the second is told who was first.
func TestSupervisorMovesWaiting(t *testing.T) {
	world.Run(t, func(w *world.World) {
		first, second := w.Caller().Dials(closesToQueue), w.Caller()
		first.IsAnswered()
		w.Passes(20 * time.Second)
		second.Dials(direct).IsAnswered()
		w.Passes(5 * time.Second)
		olga, ira := w.ID("sue"), w.ID("bob")
		from := w.Waiting(first)
		to := w.Waiting(second).Queue
		if from.Queue == to {
			t.Fatal("both wait in one queue")
		}
		if err := w.Moves(olga, from, to, "an old customer"); err != nil {
			t.Fatal(err)
		}
		err := w.Moves(ira, from, to, "")
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), w.Name(olga)) {
			t.Errorf("the second is told %v", err)
		}
		if line := w.Line(to); len(line.Contacts) != 2 || line.Contacts[0].Interaction != from.Interaction || line.Contacts[0].Since != from.Since ||
			line.Contacts[0].PlacedName != w.Name(olga) {
			t.Errorf("the line is %+v", line)
		}
		w.Crashes()
		w.Passes(2 * time.Second)
		w.Starts()
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(first)
		ann.Accepts()
		ann.TalksWith(first)
		w.Passes(time.Second)
		second.HangsUp()
		first.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		if n := w.Audited("interaction", "an old customer"); n != 1 {
			t.Errorf("%d audit lines, want 1", n)
		}
		if g := w.Segments(from.Interaction); len(g) != 2 || g[0].Outcome != interaction.Requeued || g[1].Outcome != interaction.Answered {
			t.Errorf("the segments are %+v", g)
		}
	})
}

// TestSupervisorPutsFirst: a higher priority goes before who has waited longer, and one agent is given one customer; when
// he is not taken, everybody may.
func TestSupervisorPutsFirst(t *testing.T) {
	world.Run(t, func(w *world.World) {
		first, second := w.Caller().Dials(direct), w.Caller()
		first.IsAnswered()
		w.Passes(10 * time.Second)
		second.Dials(direct).IsAnswered()
		w.Passes(time.Second)
		olga := w.ID("sue")
		if err := w.Prioritises(olga, w.Waiting(second), 50); err != nil {
			t.Fatal(err)
		}
		if err := w.Picks(olga, w.Waiting(first), w.ID("bob")); fault.KindOf(err) != fault.Conflict {
			t.Errorf("an agent who is not there: %v", err)
		}
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(second)
		ann.Accepts()
		ann.TalksWith(second)
		second.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.GoesOnBreak("lunch")
		first.HangsUp()
		third, fourth := w.Caller().Dials(direct), w.Caller()
		third.IsAnswered()
		w.Passes(10 * time.Second)
		cid := w.Agent("cid").IsAvailable() // serves another queue
		fourth.Dials(direct).IsAnswered()
		w.Passes(time.Second)
		there := w.SIPPhone("127.0.0.1:7070")
		if err := w.Picks(olga, w.Waiting(fourth), w.ID("cid")); err != nil {
			t.Fatal(err)
		}
		cid.IsOffered(fourth)
		there.Rings()
		there.Declines()
		w.Passes(time.Second)
		cid.HasNothing()
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(fourth) // it was his turn already
		fourth.HangsUp()
		bob.IsOffered(third)
		third.HangsUp()
		bob.HasNothing()
	})
}
