package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
)

// control also serves the keys of agents' SIP phones.
var _ voice.Handsets = (*control)(nil)

// talk is what a phone's second line needs to know of a talk.
type talk struct {
	beside  bool                // the agent is in the private talk
	party   interaction.PartyID // the private talk is with
	parties []interaction.PartyID
}

// note keeps what phones ask for. The lock is held.
func (c *control) note(s interaction.State) {
	if s.Phase == interaction.Parked {
		c.parked[s.ID] = s.Since
	} else {
		delete(c.parked, s.ID)
	}
	if len(s.Parties) == 0 {
		delete(c.talks, s.ID)
		return
	}
	t := talk{beside: s.Own.Side}
	for _, p := range s.Parties {
		t.parties = append(t.parties, p.ID)
		if p.Side && p.Kind != interaction.PartySupervisor {
			t.party = p.ID
		}
	}
	c.talks[s.ID] = t
}

// Dialed implements voice.Handsets: the number of an entry, then who signs in by that name or has that
// SIP phone, then a number outside.
func (c *control) Dialed(dialed string) (interaction.Target, error) {
	p := c.app.dir.page()
	normal := number.Normalize(dialed)
	for _, n := range []string{dialed, normal, "+" + normal, strings.TrimPrefix(normal, "+")} {
		if e, ok := p.entries[n]; ok {
			return interaction.Target{Kind: interaction.ToEntry, Entry: e.ID, Flow: e.FlowID}, nil
		}
	}
	for id, u := range p.users {
		if works(p, id) && (strings.EqualFold(u.Login, dialed) || strings.EqualFold(p.phones[id], dialed)) {
			return interaction.Target{Kind: interaction.ToAgent, Agent: id}, nil
		}
	}
	for _, q := range p.queues {
		if strings.EqualFold(q.Name, dialed) {
			rules := flow.RulesOf(q, p.projects[q.ProjectID])
			return interaction.Target{Kind: interaction.ToQueue, Queue: &rules}, nil
		}
	}
	if normal == "" {
		return interaction.Target{}, fault.NotFound.New("Nobody is reached by %q.", dialed)
	}
	return interaction.Target{Kind: interaction.ToOutside, Address: normal}, nil
}

// Ask implements voice.Handsets.
func (c *control) Ask(ctx context.Context, id interaction.ID, in interaction.Input) error {
	return c.app.registry.Ask(ctx, id, in)
}

// InHand implements voice.Handsets.
func (c *control) InHand(user access.UserID) []interaction.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.with[user]))
}

// Beside implements voice.Handsets.
func (c *control) Beside(id interaction.ID) (there bool, party interaction.PartyID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.talks[id]
	return t.beside, t.party
}

// Takes implements voice.Handsets.
func (c *control) Takes(id interaction.ID, party interaction.PartyID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.talks[id].parties, party)
}

// Parked implements voice.Handsets.
func (c *control) Parked(n int) (interaction.ID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.SortedFunc(maps.Keys(c.parked), func(a, b interaction.ID) int {
		return cmp.Or(c.parked[a].Compare(c.parked[b]), cmp.Compare(a, b))
	})
	if n < 1 || n > len(all) {
		return "", false
	}
	return all[n-1], true
}
