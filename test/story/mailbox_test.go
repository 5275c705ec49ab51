package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// Where handsets are, and how long the words before a message take.
const (
	annsPhone = "127.0.0.9:5066"
	bobsPhone = "127.0.0.10:5066"
	spoken    = 10 * time.Second
)

// leaves has a new caller leave a message.
func leaves(w *world.World, number string) *world.Caller {
	w.T.Helper()
	c := speaksAfterTheTone(w, number, 5*time.Second)
	c.HangsUp()
	w.Passes(2 * time.Second)
	return c
}

// phase is how the message of a caller stands, and in whose hand.
func phase(w *world.World, c *world.Caller) (interaction.Phase, string) {
	w.T.Helper()
	for _, m := range messages(w) {
		if m.Arrival.CustomerAddress == c.Number {
			return m.Phase, string(m.Agent)
		}
	}
	w.T.Fatalf("%s has left no message", c.Number)
	return "", ""
}

// TestMessagesAreHeardAtAPhone: an agent on a break dials the mailbox, hears his own message and his queue's, hears one
// again, goes on, and is done with one; light, desk and record follow at once.
func TestMessagesAreHeardAtAPhone(t *testing.T) {
	world.Run(t, func(w *world.World) {
		h := w.Handset("ann", annsPhone)
		ann := w.Agent("ann")
		ann.GoesOnBreak("lunch")
		own, sales := leaves(w, forAnn), leaves(w, afterHours)
		h.ShowsMessages("2/0")
		if code := h.Dials("*97"); code != 0 {
			t.Fatalf("the mailbox answers %d", code)
		}
		h.Listens(spoken, "caller")
		h.Listens(spoken, "")
		h.Presses("1")
		h.Listens(spoken, "caller")
		h.Presses("2") // in the middle of it
		h.Listens(spoken, "")
		h.Listens(spoken, "caller")
		h.HangsUp()
		for _, c := range []*world.Caller{own, sales} {
			if p, _ := phase(w, c); p != interaction.Waiting {
				t.Errorf("a message that was only heard is %s", p)
			}
		}
		h.Dials("*97")
		h.Listens(spoken, "caller")
		h.Presses("3")
		h.ShowsMessages("1/0")
		if p, _ := phase(w, own); p != interaction.Done {
			t.Errorf("the message that is done is %s", p)
		}
		h.Listens(spoken, "")
		h.Listens(spoken, "caller") // the other one follows by itself
		h.Presses("3")
		h.IsHungUpOn(spoken)
		ann.WrapsUp() // its queue wants an outcome, which the desk asks for
		h.ShowsMessages("0/1")
		ann.Finishes("sold_big", "by phone")
		h.ShowsMessages("0/0")
		ann.HasNothing()
		for _, m := range messages(w) {
			if m.Segment.Outcome != interaction.Answered || string(m.Segment.Agent) != w.ID("ann") || m.Segment.Missed != 0 {
				t.Errorf("the record says %+v", m.Segment)
			}
		}
		h.Dials("*97") // nothing is left
		h.IsHungUpOn(spoken)
	})
}

// TestAMessageIsAnsweredFromThePhone: key 4 takes the message, hangs up, and rings the phone; then the customer is called.
// The message stays in hand and is heard first the next time.
func TestAMessageIsAnsweredFromThePhone(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		h := w.Handset("ann", annsPhone)
		ann := w.Agent("ann")
		ann.GoesOnBreak("lunch")
		c := leaves(w, forAnn)
		h.Dials("*97")
		h.Listens(spoken, "caller")
		h.Presses("4")
		h.IsHungUpOn(spoken)
		h.Rings()
		if n := len(ann.Work); n != 2 {
			t.Errorf("the desk shows %d in hand, want the message and the call", n)
		}
		h.PicksUp()
		h.Speaks()
		there.Rings()
		there.PicksUp()
		there.Speaks()
		h.Listens(5*time.Second, "outside")
		there.Listens("ann")
		h.ShowsMessages("0/1")
		there.HangsUp()
		h.IsHungUpOn(5 * time.Second)
		w.Eventually(5*time.Second, "the call is over", func() bool { return len(ann.Work) == 1 })
		h.Dials("*97")
		h.Listens(spoken, "caller")
		h.Presses("3")
		h.IsHungUpOn(spoken)
		h.ShowsMessages("0/0")
		ann.HasNothing()
		calls := 0
		for _, r := range w.Records() {
			if r.Arrival.Origin == interaction.ByHand {
				calls++
				if r.Arrival.CustomerAddress != c.Number || r.Arrival.Manual.Message == "" || r.Arrival.Manual.Device {
					t.Errorf("the call is %+v, %+v", r.Arrival, r.Arrival.Manual)
				}
			}
		}
		if calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
	})
}

// TestWhoMayNotTakeAMessage: who is offline hears messages and takes none; one that another agent has meanwhile is not
// taken; what is for one agent nobody else hears; and nobody but a registered phone reaches the mailbox.
func TestWhoMayNotTakeAMessage(t *testing.T) {
	world.Run(t, func(w *world.World) {
		h, hb := w.Handset("ann", annsPhone), w.Handset("bob", bobsPhone)
		c := leaves(w, afterHours)
		h.ShowsMessages("1/0")
		hb.ShowsMessages("1/0")
		h.Dials("*97")
		h.Listens(spoken, "caller")
		h.Presses("34") // offline
		w.Passes(3 * time.Second)
		if p, _ := phase(w, c); p != interaction.Waiting {
			t.Errorf("taken offline it is %s", p)
		}
		ann := w.Agent("ann")
		ann.GoesOnBreak("lunch")
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(c)
		opens(bob)
		h.Presses("3")
		h.IsHungUpOn(spoken)
		if p, user := phase(w, c); p != interaction.Connected || user != w.ID("bob") {
			t.Errorf("the message of another is %s with %s", p, user)
		}
		h.ShowsMessages("0/1")
		bob.HangsUp()
		bob.WrapsUp()
		bob.Finishes("sold_big", "")
		bob.GoesOnBreak("lunch")

		leaves(w, forAnn)
		h.ShowsMessages("1/0")
		hb.Dials("*97") // none of his
		hb.IsHungUpOn(spoken)
		w.Caller().Dials("*97").IsRefused(404)
		h.Dials("*97")
		h.Listens(spoken, "caller")
		h.IsHungUpOn(time.Minute) // she presses nothing
		if e := ann.Does(desk.Command{Kind: desk.CmdSetStatus, Status: "available"}); e != nil {
			t.Fatal(e.Message)
		}
		w.Passes(time.Second)
		h.Dials("*97") // while it is offered to her
		h.Listens(spoken, "caller")
		h.Presses("3")
		h.IsHungUpOn(spoken)
		ann.HasNothing()
		h.ShowsMessages("0/0")
	})
}
