package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
	"linekeeper/test/world"
)

// changesWays changes both trunks that lead outside.
func changesWays(w *world.World, change func(*trunk.Trunk)) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		for _, key := range []string{"first", "second"} {
			k, err := trunk.ByKey(tx, tenant.ID(by.Tenant), key)
			if err != nil {
				return err
			}
			change(&k)
			if _, err := trunk.Change(tx, by, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// sendsOn makes a flow that sends customers to a number, and hangs up on who is not brought there.
func sendsOn(w *world.World, number string) {
	w.Flow("onward", own, `"nodes":{
		"a":{"kind":"transfer","number":"`+number+`","edges":{"failed":"note"}},
		"note":{"kind":"tag","tag":"not reached","next":"end"},
		"end":{"kind":"hangup"}}`)
}

// TestFlowTransferWithinCaps: what a trunk may carry at once, within a second and within an hour for its money holds for
// the calls of flows as for those of people: they go on by the next trunk, and by none when all are full.
func TestFlowTransferWithinCaps(t *testing.T) {
	const dear = "+4930901820"
	t.Run("at once", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			first, second := w.SIPPhone(firstWay), w.SIPPhone(secondWay)
			changesWays(w, func(k *trunk.Trunk) { k.MaxCalls = 1 })
			sendsOn(w, taxi)
			a := w.Caller().Dials(own)
			first.Rings()
			w.Passes(2 * time.Second)
			b := w.Caller().Dials(own)
			second.Rings()
			w.Passes(2 * time.Second)
			w.Caller().Dials(own).IsHungUpOn()
			a.HangsUp()
			first.IsOver()
			w.Passes(2 * time.Second)
			c := w.Caller().Dials(own)
			first.Rings() // there is room again
			first.PicksUp()
			first.Speaks()
			c.Listens("outside")
			b.HangsUp()
			c.HangsUp()
			first.IsOver()
		})
	})
	t.Run("within a second", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			first, second := w.SIPPhone(firstWay), w.SIPPhone(secondWay)
			changesWays(w, func(k *trunk.Trunk) { k.CallsPerSecond = 1 })
			sendsOn(w, taxi)
			a := w.Caller().Dials(own)
			b := w.Caller().Dials(own)
			c := w.Caller().Dials(own)
			first.Rings()
			second.Rings()
			w.Passes(3 * time.Second)
			over := 0
			for _, one := range []*world.Caller{a, b, c} {
				select {
				case <-one.Call.Done():
					over++
				default:
					one.HangsUp()
				}
			}
			if over != 1 {
				t.Errorf("%d calls were not brought there, want 1 of 3", over)
			}
			w.Passes(2 * time.Second)
			d := w.Caller().Dials(own)
			first.Rings()
			d.HangsUp()
			first.IsOver()
		})
	})
	t.Run("for its money", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			first, second := w.SIPPhone(firstWay), w.SIPPhone(secondWay)
			changesWays(w, func(k *trunk.Trunk) { k.Rates = []string{"+4930* 60 2"} }) // 2 seconds an hour
			sendsOn(w, dear)
			for _, there := range []*world.SIPPhone{first, second} {
				c := w.Caller().Dials(own)
				there.Rings()
				there.PicksUp()
				w.Passes(5 * time.Second)
				c.HangsUp()
				there.IsOver()
			}
			w.Caller().Dials(own).IsHungUpOn()
			w.Passes(time.Hour)
			c := w.Caller().Dials(own)
			first.Rings()
			c.HangsUp()
			first.IsOver()
		})
	})
}

// ringsAt says from which country the project's people dial.
func ringsAt(w *world.World, country string) {
	w.T.Helper()
	w.ChangesProject(func(p *project.Project) { p.Country = country })
}

// TestFlowTransferRings: who is sent on hears the ringing tone of the project's country, or what the other side sends
// before it answers; hanging up meanwhile ends both.
func TestFlowTransferRings(t *testing.T) {
	for country, hz := range map[string]float64{"": 425, "TH": 400, "US": 480} {
		t.Run("tone "+country, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ringsAt(w, country)
				there := w.SIPPhone(firstWay)
				sendsOn(w, taxi)
				c := w.Caller().Dials(own)
				there.Rings()
				c.IsAnswered()
				c.HearsRinging(hz)
				c.HangsUp()
				there.IsOver()
			})
		})
	}
	t.Run("their own sound", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			there := w.EarlyPhone(firstWay)
			sendsOn(w, taxi)
			c := w.Caller().Dials(own)
			there.Rings()
			there.Speaks()
			c.IsAnswered()
			c.Listens("outside")
			c.Speaks()
			w.Passes(2 * time.Second)
			c.Listens("outside")
			there.PicksUp()
			there.Listens("caller")
			c.Listens("outside")
			c.HangsUp()
			there.IsOver()
		})
	})
	t.Run("their own sound, and nobody answers", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			there := w.EarlyPhone(firstWay)
			sendsOn(w, taxi)
			c := w.Caller().Dials(own)
			there.Rings()
			there.Speaks()
			c.IsAnswered()
			c.Listens("outside")
			there.Declines()
			c.IsHungUpOn()
		})
	})
}
