package voice

import (
	"testing"
	"time"

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
