package story

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/live"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// agrees asserts that the live board, the figures a restart would begin with and the report say the
// same of today.
func agrees(t *testing.T, w *world.World) {
	t.Helper()
	w.Settles()
	ctx := context.Background()
	board := w.App.Board()
	queues, agents, err := live.ReadDay(ctx, w.App.DB(), board.Today())
	if err != nil {
		t.Fatal(err)
	}
	var center tenant.Tenant
	if err := w.App.DB().Read(ctx, func(tx *db.Tx) error { center, err = tenant.First(tx); return err }); err != nil {
		t.Fatal(err)
	}
	sums := func(by report.By) map[string]report.Sums {
		s, err := report.New(w.App.DB()).Summary(ctx, report.Request{Tenant: center.ID, From: board.Today(), To: time.Now().Add(time.Hour), By: by})
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]report.Sums{}
		for _, r := range s.Rows {
			all[r.Key] = r.Sums
		}
		return all
	}
	now := board.Present()
	reported := sums(report.ByQueue)
	for _, q := range now.Queues {
		shown := live.Counts{Offered: q.Offered, Answered: q.Answered, InTime: q.InTime, Abandoned: q.Abandoned, Short: q.Short}
		if read := queues[q.Queue]; shown != read {
			t.Errorf("%s: the board shows %+v, the journal says %+v", q.Name, shown, read)
		}
		r := reported[string(q.Queue)]
		if told := (live.Counts{Offered: int(r.Offered), Answered: int(r.Answered), InTime: int(r.InTime), Abandoned: int(r.Abandoned), Short: int(r.ShortAbandon)}); shown != told {
			t.Errorf("%s: the board shows %+v, the report says %+v", q.Name, shown, told)
		}
	}
	reported = sums(report.ByAgent)
	for _, a := range now.Agents {
		sub, s, ok := board.Subscribe(a.Agent)
		if !ok {
			t.Fatal("the board is closed")
		}
		sub.Leave()
		read := agents[a.Agent]
		if a.Interaction != "" { // a talk is counted when it ends, on the board
			s.Day.TalkMs, s.Day.HoldMs = read.TalkMs, read.HoldMs
		}
		if s.Day != read {
			t.Errorf("%s: the board shows a day of %+v, the journal says %+v", a.Name, s.Day, read)
		}
		r := reported[string(a.Agent)]
		if int(r.Missed) != s.Day.Missed {
			t.Errorf("%s: the board shows %d missed, the report says %d", a.Name, s.Day.Missed, r.Missed)
		}
		if a.Interaction == "" && (int(r.Answered) != s.Day.Calls || r.TalkMs != s.Day.TalkMs || r.WrapUpMs != s.Day.WrapUpMs ||
			r.HoldMs != s.Day.HoldMs || int(r.Handled) != s.Day.Handled || r.TalkMs+r.HoldMs+r.WrapUpMs != s.Day.HandledMs) {
			t.Errorf("%s: the board shows a day of %+v, the report says %+v", a.Name, s.Day, r)
		}
	}
}

// person is a caller of the random hour.
type person struct {
	*world.Caller
	until time.Time // hangs up then
	left  bool      // by himself
}

// TestRandomHour: many people do random things for an hour. What must hold then holds whatever they do.
// The seed is another each time and is the subtest's name.
func TestRandomHour(t *testing.T) {
	seed := rand.Uint64()
	t.Run(fmt.Sprint(seed), func(t *testing.T) {
		world.Run(t, func(w *world.World) { randomHour(t, w, seed) })
	})
}

func randomHour(t *testing.T, w *world.World, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 2))
	phone := w.SIPPhone("127.0.0.1:7070")
	agents := []*world.Agent{w.Agent("ann"), w.Agent("bob"), w.Agent("cid")}
	sue := w.Agent("sue")
	if err := sue.Does(desk.Command{Kind: desk.CmdWatchBoard}); err != nil {
		t.Fatal(err)
	}
	for _, a := range agents {
		a.IsAvailable()
	}
	var people []*person
	end := time.Now().Add(time.Hour)
	for time.Now().Before(end) {
		w.Passes(time.Duration(dice.IntN(6000)) * time.Millisecond)
		calling := 0
		for _, p := range people {
			if !p.left && time.Now().After(p.until) {
				p.left = true
				p.HangsUp()
			}
			if !done(p.Call.Done()) {
				calling++
				if dice.IntN(10) == 0 {
					p.Presses(string("0123456789*#"[dice.IntN(12)]))
				}
			}
		}
		if calling < 6 && dice.IntN(3) == 0 {
			p := &person{Caller: w.Caller(), until: time.Now().Add(time.Duration(dice.ExpFloat64() * 60 * float64(time.Second)))}
			p.Dials([]string{direct, direct, menu, menu, "+4420300", "+4420999"}[dice.IntN(6)])
			people = append(people, p)
		}
		phone.AnswersBy(func() bool { return dice.IntN(4) > 0 })
		if dice.IntN(5) == 0 && phone.Call != nil {
			phone.HangsUp()
		}
		for _, a := range agents {
			w.Passes(time.Duration(1+dice.IntN(200)) * time.Millisecond) // nobody is quicker than a millisecond
			act(dice, a)
		}
		if t.Failed() {
			return
		}
	}
	agrees(t, w)
	refused := 0
	for _, p := range people {
		p.Call.HangUp()
	}
	for _, a := range agents {
		if !a.IsAtDesk() {
			a.Arrives()
		}
	}
	w.Passes(6 * time.Minute) // the longest wrap-up, three times longer
	for _, p := range people {
		if r := p.Call.Result(); r.Code >= 300 {
			refused++
		}
	}
	agrees(t, w)
	checkHour(t, w, people, refused)
}

func done(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// act lets an agent do something that may or may not fit.
func act(dice *rand.Rand, a *world.Agent) {
	if !a.IsAtDesk() {
		if dice.IntN(4) == 0 {
			a.Arrives()
		}
		return
	}
	v, busy := a.InHand()
	id := string(v.Interaction)
	do := func(c desk.Command) {
		c.Interaction = id
		_ = a.Does(c) // refused or not
	}
	if !busy {
		switch dice.IntN(12) {
		case 0:
			do(desk.Command{Kind: desk.CmdSetStatus, Status: "break", Reason: "lunch"})
		case 1:
			do(desk.Command{Kind: desk.CmdSetStatus, Status: "offline"})
		case 2:
			a.Leaves()
		default:
			do(desk.Command{Kind: desk.CmdSetStatus, Status: "available"})
		}
		return
	}
	switch v.Phase {
	case "offered":
		switch dice.IntN(6) {
		case 0:
			do(desk.Command{Kind: desk.CmdDecline})
		case 1: // lets it ring
		case 2:
			do(desk.Command{Kind: desk.CmdSetStatus, Status: "available"})
		default:
			do(desk.Command{Kind: desk.CmdAccept})
			if dice.IntN(8) > 0 && a.Login != "cid" {
				_ = a.TriesToConnect(id)
			}
		}
	case "connecting", "interrupted":
		if dice.IntN(2) == 0 && a.Login != "cid" {
			_ = a.TriesToConnect(id)
		}
	case "connected":
		switch dice.IntN(14) {
		case 0:
			do(desk.Command{Kind: desk.CmdHangUp})
		case 1:
			do(desk.Command{Kind: desk.CmdMute, On: dice.IntN(2) == 0})
		case 2:
			do(desk.Command{Kind: desk.CmdDigits, Digits: "12#"})
		case 3:
			a.LosesPhone()
		case 4:
			a.Leaves()
		case 5:
			do(desk.Command{Kind: desk.CmdSaveDraft, Note: fmt.Sprint("note ", dice.IntN(100))})
		case 6:
			if a.Login != "cid" {
				_ = a.TriesToConnect(id) // a reload
			}
		case 7:
			do(desk.Command{Kind: desk.CmdSetStatus, Status: "break", Reason: "lunch"})
		case 8:
			do(desk.Command{Kind: desk.CmdFinish}) // too early
		}
	case "wrapping_up":
		switch dice.IntN(8) {
		case 0:
			do(desk.Command{Kind: desk.CmdExtendWrapUp})
		case 1, 2, 3:
			a.Finishes("sold_big", "done")
		case 4:
			do(desk.Command{Kind: desk.CmdHangUp})
		case 5:
			a.Leaves()
		case 6:
			do(desk.Command{Kind: desk.CmdMoreTime})
		}
	}
}

// checkHour asserts what the records must say.
func checkHour(t *testing.T, w *world.World, people []*person, refused int) {
	t.Helper()
	records := map[string]interaction.State{}
	all := w.Records()
	answered := 0
	type talk struct{ from, to time.Time }
	talks := map[string][]talk{}
	for _, r := range all {
		number := r.Arrival.CustomerAddress
		if _, twice := records[number]; twice {
			t.Errorf("%s has two records", number)
		}
		records[number] = r
		if r.Phase != interaction.Done || r.Cause == "" || r.Ended.IsZero() || r.Left.IsZero() {
			t.Errorf("%s is not closed: %+v", number, r)
		}
		if r.Recording == "running" {
			t.Errorf("%s is still being recorded", number)
		}
		if r.Answered.IsZero() {
			continue
		}
		answered++
		if s := r.Segment; s.Seq == 1 && s.Outcome == interaction.Answered {
			if off := (s.Talk + s.Hold - s.Left.Sub(s.Answered)).Abs(); off > 5*time.Millisecond {
				t.Errorf("%s: talk %v and hold %v from %v to %v", number, s.Talk, s.Hold, s.Answered, s.Left)
			}
			for _, o := range talks[string(s.Agent)] {
				if s.Answered.Before(o.to) && o.from.Before(s.Ended) {
					t.Errorf("%s: its agent had another call at the time", number)
				}
			}
			talks[string(s.Agent)] = append(talks[string(s.Agent)], talk{s.Answered, s.Ended})
		}
	}
	if len(all) != len(people)-refused {
		t.Errorf("%d records of %d people, %d of them refused", len(all), len(people), refused)
	}
	for _, p := range people {
		r, ok := records[p.Number]
		wasAnswered, gone := p.Call.Times()
		if !ok {
			if !wasAnswered.IsZero() {
				t.Errorf("%s was answered and has no record", p.Number)
			}
			continue
		}
		if off := r.Left.Sub(gone).Abs(); off > time.Second {
			t.Errorf("%s was gone at %v, the record says %v (%s %s)", p.Number, gone, r.Left, r.Cause, r.CauseDetail)
		}
	}
	t.Logf("%d people, %d refused, %d answered by agents", len(people), refused, answered)
	if answered < 20 {
		t.Errorf("only %d were answered: the hour tests too little", answered)
	}
}
