package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/routing"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

// lines are the router's, where each place is given what its queue asks of agents.
type lines struct {
	*routing.Router
	dir *directory
}

func (a *App) lines() lines { return lines{a.router, a.dir} }

// Enqueue implements interaction.Router and callback.Router.
func (l lines) Enqueue(p interaction.Place) { l.Router.Enqueue(l.dir.page().asking(p)) }

// asking adds to a place what its queue asks of agents as it is set now; what a flow asks of the same skill is stronger.
func (p *page) asking(place interaction.Place) interaction.Place {
	own := slices.Clone(place.Needs)
	for _, n := range p.queues[place.Queue].Routing.Asks(p.skills[place.Language]) {
		if !slices.ContainsFunc(own, func(o skill.Need) bool { return o.Skill == n.Skill }) {
			own = append(own, n)
		}
	}
	place.Needs = own
	return place
}

// routes are the queues as the router knows them.
func (p *page) routes() []routing.Queue {
	all := make([]routing.Queue, 0, len(p.queues))
	for id, q := range p.queues {
		all = append(all, routing.Queue{ID: id, Target: q.Target(), Goal: float64(q.TargetPercent) / 100, Strategy: q.Routing.Strategy, Weight: float64(q.Routing.Weight)})
	}
	return all
}

// caps are how often an agent gets interactions of the queues he serves.
func (p *page) caps(u access.UserID) (all []routing.Cap) {
	for _, q := range p.serves[u] {
		r := p.queues[q].Routing
		if r.PerHour > 0 {
			all = append(all, routing.Cap{Queue: q, Max: int(r.PerHour), Per: time.Hour})
		}
		if r.PerDay > 0 {
			all = append(all, routing.Cap{Queue: q, Max: int(r.PerDay), Per: 24 * time.Hour})
		}
	}
	return all
}

// The past that is recalled at the start: capsReach is what the longest cap looks back; handleTimes are taken of so many
// interactions that came last, of all queues together.
const (
	capsReach   = 24 * time.Hour
	handleTimes = 20_000
)

// recallRouting tells the router what was before the process began.
func (a *App) recallRouting(ctx context.Context) error {
	page, now := a.dir.page(), time.Now()
	past := routing.Past{Last: make(map[access.UserID]time.Time), SignedIn: make(map[access.UserID]time.Time), Idle: make(map[access.UserID]time.Time)}
	for _, s := range a.agents.All(page.tenant.ID) {
		if onDuty(s) {
			past.SignedIn[s.User] = now.Add(-capsReach) // or later, as the changes say
		}
		if s.Status == agent.Available {
			past.Idle[s.User] = s.Since
		}
	}
	err := a.db.Read(ctx, func(tx *db.Tx) error {
		got, err := interaction.OffersSince(tx, page.tenant.ID, now.Add(-capsReach))
		if err != nil {
			return err
		}
		for _, g := range got {
			past.Got = append(past.Got, routing.Got(g))
		}
		last, err := interaction.LastOffers(tx, page.tenant.ID)
		if err != nil {
			return err
		}
		for _, l := range last {
			past.Last[l.Agent] = l.At
		}
		ends, err := interaction.LastEnds(tx, page.tenant.ID)
		if err != nil {
			return err
		}
		for _, e := range ends {
			if since, waits := past.Idle[e.Agent]; waits && e.At.After(since) {
				past.Idle[e.Agent] = e.At
			}
		}
		changes, err := agent.Changes(tx, page.tenant.ID, now.Add(-capsReach))
		if err != nil {
			return err
		}
		for _, c := range changes {
			if _, works := past.SignedIn[c.After.User]; works && onDuty(c.After) && !onDuty(c.Before) {
				past.SignedIn[c.After.User] = c.After.Since
			}
		}
		took, err := interaction.HandledLately(tx, page.tenant.ID, handleTimes)
		for _, h := range took {
			if _, there := page.queues[h.Queue]; there {
				past.Took = append(past.Took, routing.Took(h))
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("reading what agents got before: %w", err)
	}
	a.router.Recall(past)
	return nil
}

// readSkills reads the skills and who has them.
func (p *page) readSkills(tx *db.Tx) error {
	p.skills, p.levels = make(map[string]skill.ID), make(map[access.UserID][]skill.Level)
	all, err := skill.List(tx, p.tenant.ID, db.Page{Limit: db.Unlimited})
	if err != nil {
		return err
	}
	for _, s := range all {
		p.skills[s.Key] = s.ID
	}
	held, err := skill.AllHeld(tx, p.tenant.ID)
	for _, h := range held {
		p.levels[h.User] = append(p.levels[h.User], h.Level)
	}
	return err
}

// FirstAgent implements flow.Agents.
func (p agentPort) FirstAgent(ctx context.Context, t tenant.ID, id queue.ID, c customer.ID) (access.UserID, time.Duration, error) {
	page := p.app.dir.page()
	r := page.queues[id].Routing
	if r.LastAgentMS == 0 || c == "" {
		return "", 0, nil
	}
	var who access.UserID
	err := p.app.db.Read(ctx, func(tx *db.Tx) (err error) {
		who, err = interaction.LastAgent(tx, t, c, r.Known(time.Now()))
		return err
	})
	if err != nil || who == "" || !works(page, who) || !slices.Contains(page.serves[who], id) {
		return "", 0, err
	}
	return who, r.LastAgent(), nil
}

// Skill implements flow.Agents.
func (p agentPort) Skill(_ context.Context, _ tenant.ID, key string) (skill.ID, bool) {
	id, ok := p.app.dir.page().skills[key]
	return id, ok
}

// onDuty says whether somebody has signed in to work, on break or not.
func onDuty(s agent.Standing) bool { return cmp.Or(s.Status, agent.Offline) != agent.Offline }
