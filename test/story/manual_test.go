package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/test/world"
)

// called is the record of the call that an agent made.
func called(w *world.World) interaction.State {
	w.T.Helper()
	for _, r := range w.Records() {
		if r.Arrival.Origin == interaction.ByHand {
			return r
		}
	}
	w.T.Fatal("nobody has called")
	return interaction.State{}
}

// TestManualCall: an agent calls a customer from the desk. He hears it ringing, gets no other call meanwhile, and
// the queue's figures know nothing of it.
func TestManualCall(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		ann := w.Agent("ann").IsAvailable()
		ann.Calls("020 7946 0000", "Sales")
		there.Rings()
		w.Eventually(5*time.Second, "the desk shows that it rings", func() bool {
			v, ok := ann.InHand()
			return ok && v.RingingSince > 0 && v.Origin == "manual" && v.QueueName == "Sales"
		})
		ann.Hears("music") // the tone of ringing is nobody's voice
		c := w.Caller().Dials(direct)
		c.IsAnswered()
		w.Passes(20 * time.Second) // longer than a leg astray would be left
		if len(ann.Work) != 1 {
			t.Fatalf("ann has %d in hand, want her own call only", len(ann.Work))
		}
		there.PicksUp()
		there.Speaks()
		w.Eventually(5*time.Second, "ann talks", func() bool { v, ok := ann.InHand(); return ok && v.Phase == "connected" })
		ann.Hears("outside")
		there.Listens("ann")
		ann.Controls(desk.Command{Kind: desk.CmdHold, On: true})
		there.HearsSound("music")
		ann.Controls(desk.Command{Kind: desk.CmdHold})
		there.Listens("ann")
		there.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "called by hand")
		ann.IsOffered(c)
		ann.Accepts()
		ann.TalksWith(c)
		if q := ann.Board["Sales"]; q.Offered != 1 || q.Answered != 1 || q.Abandoned != 0 {
			t.Errorf("the queue has %d offered, %d answered, %d abandoned; want 1, 1, 0", q.Offered, q.Answered, q.Abandoned)
		}
		if ann.Day.Calls != 2 {
			t.Errorf("ann has had %d calls, want 2", ann.Day.Calls)
		}
		r := called(w)
		if r.Segment.Outcome != interaction.Answered || !r.Outbound() || r.Segment.InTime() || r.Cause != interaction.ByCustomer ||
			r.Recording != "complete" || r.Disposition == "" || r.Segment.Agent == "" {
			t.Errorf("the call is recorded as %+v", r)
		}
		c.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
	})
}

// TestManualCallInVain: what becomes of a call that is not answered is told and kept, and the agent is free.
func TestManualCallInVain(t *testing.T) {
	cases := map[string]struct {
		number string
		does   func(w *world.World, ann *world.Agent)
		why    interaction.Missed
	}{
		"busy":           {taxi, func(w *world.World, _ *world.Agent) { w.Refuses(firstWay, 486) }, interaction.MissedBusy},
		"no such number": {taxi, func(w *world.World, _ *world.Agent) { w.Refuses(firstWay, 404) }, interaction.MissedNumber},
		"no answer":      {taxi, func(w *world.World, _ *world.Agent) { w.SIPPhone(firstWay) }, interaction.MissedNoAnswer},
		"no trunk works": {taxi, func(w *world.World, _ *world.Agent) {
			w.Refuses(firstWay, 503)
			w.Refuses(secondWay, 503)
		}, interaction.MissedCarrier},
		"the second trunk carries it": {taxi, func(w *world.World, _ *world.Agent) {
			w.Refuses(firstWay, 503)
			w.Refuses(secondWay, 486)
		}, interaction.MissedBusy},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ann := w.Agent("ann").IsAvailable()
				c.does(w, ann)
				if e := ann.Dials(c.number, "Sales"); e != nil {
					t.Fatal(e)
				}
				ann.Connects()
				w.Passes(50 * time.Second)
				ann.HasNothing()
				r := called(w)
				if r.Phase != interaction.Done || r.Segment.Outcome != interaction.NotReached || r.CauseDetail != string(c.why) {
					t.Errorf("the call is %s, %s, %q; want done, not_reached, %q", r.Phase, r.Segment.Outcome, r.CauseDetail, c.why)
				}
				caller := w.Caller().Dials(direct)
				ann.IsOffered(caller)
				caller.HangsUp()
				ann.HasNothing()
			})
		})
	}
}

// TestManualCallIsGivenUp: the agent hangs up while it rings.
func TestManualCallIsGivenUp(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		ann := w.Agent("ann").IsAvailable()
		ann.GoesOnBreak("lunch") // also who takes no calls may make one
		ann.Calls(taxi, "Sales")
		there.Rings()
		ann.HangsUp()
		there.IsOver()
		ann.HasNothing()
		if r := called(w); r.Cause != interaction.ByAgent || r.Segment.Outcome != interaction.NotReached {
			t.Errorf("the call is %s by %s", r.Segment.Outcome, r.Cause)
		}
		if ann.Me.Status != "break" {
			t.Errorf("ann is %s, want still on a break", ann.Me.Status)
		}
	})
}

// TestManualCallRefused: who cannot call is told why, and nothing is left of it.
func TestManualCallRefused(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann")
		if e := ann.Dials(taxi, "Sales"); e == nil || e.Code != "phone_check_needed" {
			t.Errorf("without a phone check: %+v", e)
		}
		ann.IsAvailable()
		if e := ann.Dials("anna", "Sales"); e == nil || e.Code != "dial_number" || e.Field != "number" {
			t.Errorf("what is no number: %+v", e)
		}
		c := w.Caller().Dials(direct)
		ann.IsOffered(c)
		if e := ann.Dials(taxi, "Sales"); e == nil || e.Code != "dial_in_hand" {
			t.Errorf("while one rings: %+v", e)
		}
		c.HangsUp()
		ann.HasNothing()
		if e := ann.Does(desk.Command{Kind: desk.CmdSetStatus, Status: "offline"}); e != nil {
			t.Fatal(e)
		}
		if e := ann.Dials(taxi, "Sales"); e == nil || e.Code != "dial_offline" {
			t.Errorf("offline: %+v", e)
		}
	})
}

// TestManualCallByTheTablesPhone: at whose desk stands a SIP phone, that one rings first.
func TestManualCallByTheTablesPhone(t *testing.T) {
	world.Run(t, func(w *world.World) {
		table, there := w.SIPPhone("127.0.0.1:7070"), w.SIPPhone(firstWay)
		cid := w.Agent("cid").IsAvailable()
		if e := cid.Dials(taxi, "Support"); e != nil {
			t.Fatal(e)
		}
		table.Rings()
		w.Passes(15 * time.Second)
		table.PicksUp()
		there.Rings()
		table.HearsSound("the ringing")
		there.PicksUp()
		there.Speaks()
		table.Speaks()
		w.Eventually(5*time.Second, "cid talks", func() bool { v, ok := cid.InHand(); return ok && v.Phase == "connected" })
		there.HearsSound("cid")
		table.HangsUp()
		there.IsOver()
		cid.HasNothing()

		if e := cid.Dials(taxi, "Support"); e != nil {
			t.Fatal(e)
		}
		table.Rings()
		table.Declines()
		cid.HasNothing()
	})
}

// TestAHoldBeforeTheCustomerAnswers: a phone on the table that holds while the customer's rings has him on hold when he
// picks up, for the desk and the record too.
func TestAHoldBeforeTheCustomerAnswers(t *testing.T) {
	world.Run(t, func(w *world.World) {
		table, there := w.SIPPhone("127.0.0.1:7070"), w.SIPPhone(firstWay)
		cid := w.Agent("cid").IsAvailable()
		if e := cid.Dials(taxi, "Support"); e != nil {
			t.Fatal(e)
		}
		table.Rings()
		table.PicksUp()
		table.Speaks()
		there.Rings()
		table.Call.Hold(true)
		w.Passes(2 * time.Second)
		there.PicksUp()
		there.HearsSound("music")
		held := func() bool { v, ok := cid.InHand(); return ok && v.Phase == "connected" && v.OnHold }
		w.Eventually(2*time.Second, "the desk shows the hold", held)
		w.Passes(10 * time.Second)
		table.Call.Hold(false)
		w.Eventually(2*time.Second, "the desk shows the resume", func() bool { return !held() })
		there.Listens("outside")
		there.HangsUp()
		table.IsOver()
		cid.HasNothing()
		if r := called(w); r.Hold < 9*time.Second || r.Hold > 15*time.Second {
			t.Errorf("the record has %v of hold, want some 10 s", r.Hold)
		}
	})
}

// TestManualCallOutlivesTheProcess: a talk goes on; a call that rings is closed, its record says so, and it rings no longer.
func TestManualCallOutlivesTheProcess(t *testing.T) {
	for _, talks := range []bool{true, false} {
		name := map[bool]string{true: "talking", false: "ringing"}[talks]
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				there := w.SIPPhone(firstWay)
				ann := w.Agent("ann").IsAvailable()
				ann.Calls(taxi, "Sales")
				there.Rings()
				if talks {
					there.PicksUp()
					there.Speaks()
					ann.Hears("outside")
				}
				w.Passes(2 * time.Second)
				w.Crashes()
				w.Passes(2 * time.Second)
				w.Starts()
				w.Passes(2 * time.Second)
				ann = w.Agent("ann")
				if !talks {
					ann.HasNothing()
					if r := called(w); r.Phase != interaction.Done || r.Segment.Outcome != interaction.NotReached || r.Cause != interaction.BySystem {
						t.Errorf("the call is %s, %s by %s", r.Phase, r.Segment.Outcome, r.Cause)
					}
					there.IsOver() // nobody would talk to who picks up
					return
				}
				ann.Connects()
				ann.Hears("outside")
				there.Listens("ann")
				there.HangsUp()
				ann.WrapsUp()
				ann.Finishes("sold_big", "")
			})
		})
	}
}
