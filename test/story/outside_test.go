package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// Where the two carriers that take calls out are, and whom they reach.
const (
	firstWay  = "127.0.0.2:5060"
	secondWay = "127.0.0.3:5060"
	taxi      = "+442079460000"
)

// outside is a command about the number outside.
func outside(kind string) desk.Command {
	return desk.Command{Kind: kind, Target: &desk.Target{Kind: "outside", Number: taxi}}
}

// reaches has ann call the number outside, with the second carrier well. It returns the telephone that
// rings there, within the 4 s in which another trunk is to be asked.
func reaches(w *world.World, ann *world.Agent, kind string) *world.SIPPhone {
	w.T.Helper()
	there := w.SIPPhone(secondWay)
	asked := time.Now()
	ann.Controls(outside(kind))
	there.Rings()
	if took := time.Since(asked); took > 4*time.Second+100*time.Millisecond {
		w.T.Errorf("the second trunk was asked after %v, want within 4 s", took)
	}
	return there
}

// trouble runs a story with each kind of trouble at the first carrier.
func trouble(t *testing.T, story func(w *world.World)) {
	kinds := map[string]func(w *world.World){
		"503":               func(w *world.World) { w.Refuses(firstWay, 503) },
		"nothing":           func(*world.World) {},
		"503 after it rang": func(w *world.World) { w.RingsThenRefuses(firstWay, 503) },
		"488":               func(w *world.World) { w.Refuses(firstWay, 488) },
	}
	for name, begin := range kinds {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				begin(w)
				story(w)
			})
		})
	}
}

// TestConsultOutsideBySecondTrunk is TEL-01: the first trunk fails, the second one carries the same call
// within 4 s, in one interaction; asking, bringing together and leaving are proved by everybody's tone.
func TestConsultOutsideBySecondTrunk(t *testing.T) {
	trouble(t, func(w *world.World) {
		ann, caller := talks(w)
		there := reaches(w, ann, desk.CmdConsult)
		caller.Listens("music")
		there.PicksUp()
		there.Speaks()
		ann.Hears("outside")
		there.Listens("ann")
		caller.Listens("music")
		ann.Controls(desk.Command{Kind: desk.CmdSwap})
		ann.Hears("caller")
		caller.Listens("ann")
		there.Listens("music")
		ann.Controls(desk.Command{Kind: desk.CmdMerge})
		ann.Hears("caller outside")
		caller.Listens("ann outside")
		there.Listens("ann caller")
		ann.Controls(desk.Command{Kind: desk.CmdLeave})
		ann.FinishesOwnPart()
		caller.Listens("outside")
		there.Listens("caller")
		if r := w.OneRecord(); r.Phase != interaction.Forwarded {
			w.T.Errorf("the phase is %s, want %s", r.Phase, interaction.Forwarded)
		}
		w.Passes(time.Minute)
		there.HangsUp()
		caller.IsHungUpOn()
		w.Passes(time.Second)
		r := w.OneRecord()
		if r.Phase != interaction.Done || r.Cause != interaction.ByOutside {
			w.T.Errorf("the record is %s by %s, want done by %s", r.Phase, r.Cause, interaction.ByOutside)
		}
		if r.Recording != "complete" {
			w.T.Errorf("the recording is %q, want complete", r.Recording)
		}
	})
}

// TestTransferOutsideBySecondTrunk: the same without asking first, and the customer hangs up at the end.
func TestTransferOutsideBySecondTrunk(t *testing.T) {
	trouble(t, func(w *world.World) {
		ann, caller := talks(w)
		there := reaches(w, ann, desk.CmdTransfer)
		ann.FinishesOwnPart()
		caller.Listens("music")
		there.PicksUp()
		there.Speaks()
		caller.Listens("outside")
		there.Listens("caller")
		caller.HangsUp()
		there.IsOver()
		if r := w.OneRecord(); r.Cause != interaction.ByCustomer {
			w.T.Errorf("the record is ended by %s, want %s", r.Cause, interaction.ByCustomer)
		}
	})
}

// TestTransferOutsideFails: a number that cannot be reached leaves the customer to the queue, before
// everybody who waits there.
func TestTransferOutsideFails(t *testing.T) {
	kinds := map[string]func(w *world.World){
		"busy":      func(w *world.World) { w.Refuses(firstWay, 486) },
		"no way":    func(w *world.World) { w.Refuses(firstWay, 503); w.Refuses(secondWay, 503) },
		"nobody":    func(*world.World) {},
		"no answer": func(w *world.World) { w.SIPPhone(firstWay) },
	}
	for name, begin := range kinds {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				begin(w)
				ann, caller := talks(w)
				waits := w.Caller().Dials(direct)
				waits.IsAnswered()
				ann.GoesOnBreak("lunch")
				ann.Controls(outside(desk.CmdTransfer))
				ann.FinishesOwnPart()
				w.Passes(interaction.OutsideTime + time.Second)
				caller.HearsSound("the queue's music")
				ann.IsAvailable()
				ann.IsOffered(caller) // though the other one waits
				ann.Accepts()
				ann.TalksWith(caller)
				caller.Listens("ann")
				waits.HangsUp()
				caller.HangsUp()
				ann.WrapsUp()
				ann.Finishes("sold_big", "")
			})
		})
	}
}

// TestConsultOutsideFails: whoever is asked and cannot be reached is gone, and agent and customer are back
// together.
func TestConsultOutsideFails(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Refuses(firstWay, 503)
		w.Refuses(secondWay, 503)
		ann, caller := talks(w)
		ann.Controls(outside(desk.CmdConsult))
		caller.Listens("ann")
		ann.Hears("caller")
		v, _ := ann.InHand()
		if len(v.Parties) != 0 {
			t.Errorf("ann still sees %+v", v.Parties)
		}
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
	})
}

// TestMoneyOutlivesTheProcess: what a trunk may spend within an hour is spent once, also when the process
// dies in between: calls go on by the next trunk.
func TestMoneyOutlivesTheProcess(t *testing.T) {
	world.Run(t, func(w *world.World) {
		first, second := w.SIPPhone(firstWay), w.SIPPhone(secondWay)
		dear := desk.Command{Kind: desk.CmdConsult, Target: &desk.Target{Kind: "outside", Number: "+4930901820"}}
		ann, caller := talks(w)
		ann.Controls(dear)
		first.Rings()
		first.PicksUp()
		w.Passes(5 * time.Second)
		first.HangsUp()
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")

		w.Crashes()
		w.Passes(3 * time.Second)
		w.Starts()
		ann, caller = talks(w)
		ann.Controls(dear)
		second.Rings()
		second.Declines()
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")

		w.Passes(time.Hour)
		ann.Leaves()
		ann, caller = talks(w)
		ann.Controls(dear)
		first.Rings()
		first.Declines()
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
	})
}

// TestBlockedCallers: an entry does not take whom its list names, and says so as it was set up; another
// entry takes him, and so does this one when he is off the list.
func TestBlockedCallers(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		set := func(answer entry.Answer, blocked ...string) {
			t.Helper()
			err := w.App.Change(w.T.Context(), func(tx *db.Tx, by audit.Author) error {
				e, err := entry.ByKey(tx, tenant.ID(by.Tenant), "sales")
				if err == nil {
					e.Blocked, e.Answer = blocked, answer
					_, err = entry.Change(tx, by, e)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		nuisance := w.Caller()
		set("", nuisance.Number+" shouts at everybody")
		nuisance.Dials(direct).IsRefused(603)
		other := w.Caller().Dials(direct)
		ann.IsOffered(other)
		other.HangsUp()
		ann.HasNothing()
		set(entry.Unwanted, "+7916* the whole carrier")
		w.Caller().Dials(direct).IsRefused(607)
		elsewhere := w.Caller().Dials(menu)
		elsewhere.IsAnswered()
		elsewhere.HangsUp()
		rings := w.Caller() // emergency services ring back
		rings.Number = "112"
		set(entry.Busy, "11* short numbers")
		rings.Dials(direct).IsAnswered()
		rings.HangsUp()
		set("")
		nuisance.Dials(direct)
		nuisance.IsAnswered()
		nuisance.HangsUp()
	})
}
