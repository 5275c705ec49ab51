package voice

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

func TestHoldNews(t *testing.T) {
	conference := interaction.Arrangement{
		{Of: interaction.TheCustomer, Hears: []interaction.PartyID{interaction.TheAgent, "p1"}},
		{Of: interaction.TheAgent, User: sam, Hears: []interaction.PartyID{interaction.TheCustomer, "p1"}},
		{Of: "p1", User: "ann", Hears: []interaction.PartyID{interaction.TheCustomer, interaction.TheAgent}},
	}
	for name, c := range map[string]struct {
		held  bool
		told  interaction.PartyID
		who   interaction.Arrangement
		user  access.UserID
		party interaction.PartyID
		on    bool
		ok    bool
	}{
		"no hold":                                {who: pair(sam), user: sam},
		"a hold in a talk of two":                {held: true, who: pair(sam), user: sam, party: interaction.TheCustomer, on: true, ok: true},
		"a hold in a conference":                 {held: true, who: conference, user: sam, party: interaction.TheAgent, on: true, ok: true},
		"a hold of who was asked to it":          {held: true, who: conference, user: "ann", party: "p1", on: true, ok: true},
		"a hold before anybody is joined":        {held: true, user: sam, on: true},
		"a hold before the agent is joined":      {held: true, who: pair("ann"), user: sam, on: true},
		"a hold that is known":                   {held: true, told: interaction.TheCustomer, who: conference, user: sam, party: interaction.TheCustomer, on: true},
		"a resume":                               {told: interaction.TheCustomer, who: conference, user: sam, party: interaction.TheCustomer, ok: true},
		"a resume of who has left":               {told: "p1", user: "ann", party: "p1", ok: true},
		"a resume before the agent was joined":   {user: sam},
		"a resume of a hold that was never told": {who: pair(sam), user: sam},
	} {
		party, on, ok := holdNews(c.held, c.told, c.who, c.user)
		if ok != c.ok || ok && (party != c.party || on != c.on) {
			t.Errorf("%s: got %q, %v, %v; want %q, %v, %v", name, party, on, ok, c.party, c.on, c.ok)
		}
	}
}

// TestAHoldBeforeTheJoin: what a phone's hold key did before the agent was joined is told when he is; what it took back
// before is not.
func TestAHoldBeforeTheJoin(t *testing.T) {
	t.Parallel()
	for _, resumes := range []bool{false, true} {
		var o office
		story(t, func(w *world) {
			h := newHandset(w)
			defer h.close()
			c, l := w.talks()
			o.set(func(o *office) { o.inHand = []interaction.ID{l.id} })
			l.Connect(sam)
			call, p := h.picksUp(700)
			defer p.leg.Close()
			expect[interaction.PhoneConnected](w)
			h.holds(call, p, true)
			w.quiet(time.Second)
			if resumes {
				h.holds(call, p, false)
				w.quiet(time.Second)
			}
			l.Arrange(pair(sam))
			if resumes {
				w.quiet(time.Second)
			} else {
				if in := expect[interaction.HoldSet](w); in.By != sam || in.Party != interaction.TheCustomer || !in.On {
					t.Errorf("got %+v", in)
				}
				time.Sleep(2 * time.Second)
				w.hears("the customer", c.Heard(time.Second), 330)
				l.Arrange(pair(sam))
				w.quiet(time.Second) // it is told once
				h.holds(call, p, false)
				if in := expect[interaction.HoldSet](w); in.On || in.Party != interaction.TheCustomer {
					t.Errorf("got %+v", in)
				}
			}
			time.Sleep(2 * time.Second)
			w.hears("the customer", c.Heard(time.Second), 700)
			c.HangUp()
			expect[interaction.CustomerLeft](w)
			w.released(l)
		}, inTheOffice(&o))
	}
}

// talking is a talk of ann, who has it in hand, whose voice edge is the leg; what it tells comes to the interaction at
// once, and the arrangement back.
type talking struct {
	Center
	t     *rapid.T
	state interaction.State
	now   time.Time
	leg   *Leg
}

func (k *talking) Tell(_ interaction.ID, in interaction.Input) { k.play(in) }

func (k *talking) play(in interaction.Input) {
	k.now = k.now.Add(time.Second)
	events, _, err := interaction.Decide(k.state, in, k.now)
	if err != nil && err != interaction.ErrLate {
		k.t.Fatalf("%+v: %v", in, err)
	}
	for _, e := range events {
		k.state = interaction.Apply(k.state, interaction.Recorded{Seq: k.state.Seq + 1, At: k.now, Event: e})
	}
	k.leg.arranged = k.state.Arrange()
}

// TestHoldsOfPhones plays an agent who changes phones, presses their hold keys, loses them and is restarted under, and
// holds the interaction against a naive model: somebody is on hold exactly if the phone in use holds.
func TestHoldsOfPhones(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := &talking{t: t, state: interaction.State{ID: "i"}, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
		k.leg = &Leg{id: "i", edge: &Edge{config: Config{Center: k}}}
		for _, in := range []interaction.Input{
			interaction.Arrived{Arrival: interaction.Arrival{Channel: interaction.Voice}}, interaction.FlowQueued{},
			interaction.OfferMade{Agent: ann}, interaction.AgentAccepted{Agent: ann}, interaction.PhoneConnected{Agent: ann},
		} {
			k.play(in)
		}
		a := &agent{user: ann}
		begins := func(held bool) { // as deviceUp does
			a.device = &device{owner: a, up: true, held: held}
			k.play(interaction.PhoneConnected{Agent: ann})
			k.leg.tellHold(a.device)
		}
		begins(false)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch d := a.device; rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1: // the hold key, or a refresh
				if d != nil {
					d.held = rapid.Bool().Draw(t, "held")
					k.leg.tellHold(d)
				}
			case 2: // another phone takes the call over
				begins(rapid.IntRange(0, 3).Draw(t, "held") == 0)
			case 3: // the phone is gone
				if d != nil {
					a.device = nil
					k.play(interaction.PhoneLost{Agent: ann})
				}
			case 4: // a colleague joins, or leaves
				if p, ok := k.state.PartyOf(bob); ok {
					k.play(interaction.Leave{By: p.User})
				} else if k.state.Phase == interaction.Connected {
					k.play(interaction.Consult{By: ann, Target: interaction.Target{Kind: interaction.ToAgent, Agent: bob}})
					p, _ := k.state.PartyOf(bob)
					k.play(interaction.OfferMade{Agent: bob, Party: p.ID})
					k.play(interaction.AgentAccepted{Agent: bob})
					k.play(interaction.PhoneConnected{Agent: bob})
				}
			case 5: // a restart, of which the phone is left or not
				a = &agent{user: ann, holds: a.holds}
				k.play(interaction.Restored{})
				if d != nil && rapid.Bool().Draw(t, "left") {
					begins(d.held)
				}
			}
			if a.device == nil {
				continue
			}
			if got := k.state.Customer.Held || k.state.Own.Held; k.state.Phase != interaction.Connected || got != a.device.held {
				t.Fatalf("phase %s; on hold: %v, at the phone: %v", k.state.Phase, got, a.device.held)
			}
		}
	})
}
