package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/customer"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// The demo's past: so many days with about so many calls each.
const (
	pastDays    = 8 // so that today's weekday is among them
	callsPerDay = 60
	// busyDay is how many come yesterday, so that simulations have something to improve.
	busyDay = 420
)

// past makes the demo's history: the crowd's customers by name and a week of calls, played by the
// interaction's own rules, so that boards, reports and earlier interactions have something to show.
type past struct {
	dice     *rand.Rand
	tenant   tenant.ID
	entries  []entry.Entry
	queues   map[string]queue.Queue // by key
	members  map[queue.ID][]access.UserID
	outcomes map[string][]disposition.Disposition // second level by project's id
	people   []carrier.Person
	known    map[string]customer.Customer // by number
	free     map[access.UserID]time.Time  // when the agent is done with what he has
	roster   *roster
}

// makePast writes the history into an empty demo center.
func makePast(ctx context.Context, d *db.DB, now time.Time) error {
	p := &past{
		dice: rand.New(rand.NewPCG(7, 7)), people: carrier.People(), queues: make(map[string]queue.Queue),
		members: make(map[queue.ID][]access.UserID), outcomes: make(map[string][]disposition.Disposition),
		known: make(map[string]customer.Customer), free: make(map[access.UserID]time.Time),
		roster: newRoster(),
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		if err := p.read(tx); err != nil {
			return err
		}
		store := interaction.NewStore(d)
		p.roster.plan(now.UTC())
		for _, at := range p.moments(now.UTC()) {
			events := p.call(at)
			if len(events) == 0 || events[len(events)-1].At.After(now) {
				continue
			}
			if err := store.Import(tx, interaction.ID(id.New()), events); err != nil {
				return err
			}
		}
		return p.roster.write(tx, p.tenant, now.UTC())
	})
	if err != nil {
		return fmt.Errorf("making the demo's past: %w", err)
	}
	return nil
}

func (p *past) read(tx *db.Tx) error {
	home, err := tenant.First(tx)
	if err != nil {
		return err
	}
	p.tenant = home.ID
	all := db.Page{Limit: db.Unlimited}
	if p.entries, err = entry.List(tx, p.tenant, all); err != nil {
		return err
	}
	queues, err := queue.List(tx, p.tenant, all)
	if err != nil {
		return err
	}
	for _, q := range queues {
		p.queues[q.Key] = q
		if p.members[q.ID], err = queue.Members(tx, p.tenant, q.ID); err != nil {
			return err
		}
	}
	users, err := access.ListUsers(tx, p.tenant, all)
	if err != nil {
		return err
	}
	for _, u := range users {
		p.roster.logins[u.ID] = u.Login
	}
	dispositions, err := disposition.List(tx, p.tenant, all)
	if err != nil {
		return err
	}
	for _, d := range dispositions {
		if d.ParentID != "" {
			p.outcomes[string(d.ProjectID)] = append(p.outcomes[string(d.ProjectID)], d)
		}
	}
	by := audit.Author{Tenant: string(p.tenant), Source: "system"}
	for _, who := range p.people {
		c, _, err := customer.FindOrCreate(tx, p.tenant, who.Number)
		if err != nil {
			return err
		}
		if c.Name = who.Name; c.Name != "" {
			if c, err = customer.Change(tx, by, c); err != nil {
				return err
			}
		}
		p.known[who.Number] = c
	}
	return nil
}

// moments are when calls came, in order: more by day than by night.
func (p *past) moments(now time.Time) []time.Time {
	start := now.Add(-pastDays * 24 * time.Hour).Truncate(time.Hour)
	var all []time.Time
	for hour := start; hour.Before(now); hour = hour.Add(time.Hour) {
		n := callsPerDay / 24 / 3 // by night
		if h := hour.Hour(); h >= 8 && h < 20 {
			n = callsPerDay / 14
		}
		n += p.dice.IntN(3) - 1
		if busy := hour.Truncate(24 * time.Hour).Equal(now.Truncate(24*time.Hour).AddDate(0, 0, -1)); busy {
			n = rush(hour.Hour())
		}
		gap := time.Hour / time.Duration(max(n, 1)+1)
		for i := range n {
			all = append(all, hour.Add(gap*time.Duration(i+1)+time.Duration(p.dice.IntN(300))*time.Second))
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// rush is how many come in an hour of the busy day: more before and after noon.
func rush(hour int) int {
	if hour < 8 || hour >= 20 {
		return 1
	}
	shape := []int{5, 9, 12, 12, 8, 6, 9, 10, 8, 6, 4, 3} // of 92
	return busyDay * shape[hour-8] / 92
}

// dials is the number somebody calls: of four in five one of his language.
func (p *past) dials(language string, at time.Time) entry.Entry {
	kind := "internet"
	office, n := at.Hour() >= 9 && at.Hour() < 17, p.dice.IntN(20)
	switch {
	case n < 4:
		kind = "taxi"
	case n < 7:
		kind = "accounts"
	case n < 8 && office:
		kind = "visits"
	}
	var all, own []entry.Entry
	for _, e := range p.entries {
		if strings.HasPrefix(e.Key, kind) {
			all = append(all, e)
			if string(e.Language) == language {
				own = append(own, e)
			}
		}
	}
	if len(own) > 0 && p.dice.IntN(5) > 0 {
		all = own
	}
	return all[p.dice.IntN(len(all))]
}

// leadsTo is the key of the queue that callers of an entry come to.
func (p *past) leadsTo(e entry.Entry) string {
	switch {
	case strings.HasPrefix(e.Key, "accounts"):
		return "billing"
	case e.Key == "taxi" || e.Key == "visits":
		return e.Key
	}
	return []string{"sales", "support"}[p.dice.IntN(2)]
}

// call plays one call and gives its journal; nil: the rules refused a step, which a test forbids.
func (p *past) call(at time.Time) []interaction.Recorded {
	at = at.UTC().Truncate(time.Millisecond)
	who := p.people[p.dice.IntN(len(p.people))]
	e := p.dials(who.Language, at)
	q := p.queues[p.leadsTo(e)]
	c := p.known[who.Number]
	s := interaction.State{}
	var events []interaction.Recorded
	step := func(after time.Duration, in interaction.Input) {
		at = at.Add(after)
		made, _, err := interaction.Decide(s, in, at)
		if err != nil {
			return
		}
		for _, e := range made {
			r := interaction.Recorded{Seq: s.Seq + 1, At: at, Event: e}
			s = interaction.Apply(s, r)
			events = append(events, r)
		}
	}
	seconds := func(from, to int) time.Duration {
		return time.Duration(from*1000+p.dice.IntN((to-from)*1000)) * time.Millisecond
	}
	step(0, interaction.Arrived{Arrival: interaction.Arrival{
		Tenant: p.tenant, Project: e.ProjectID, Channel: interaction.Voice, Origin: interaction.Inbound,
		CustomerAddress: who.Number, CenterAddress: e.Number, Entry: e.ID, Customer: c.ID, CustomerName: c.Name,
		Language: string(e.Language), Flow: e.FlowID, Codec: "PCMU",
	}})
	if p.dice.IntN(25) == 0 { // hung up in the menu
		step(seconds(2, 9), interaction.CustomerLeft{Cause: interaction.ByCustomer})
		return events
	}
	step(seconds(4, 12), interaction.FlowQueued{Rules: interaction.QueueRules{
		Queue: q.ID, Target: q.Target(), ShortAbandon: q.ShortAbandon(), OfferTime: q.Offer(), WrapUp: q.WrapUp(),
		DispositionRequired: q.DispositionRequired,
		After:               interaction.AfterTalk{Flow: q.AfterFlowID, Share: int(q.AfterShare), Days: int(q.AfterDays)},
	}})
	agent, wait := p.taker(q.ID, at)
	patience := time.Duration((12 + 170*p.dice.ExpFloat64()) * float64(time.Second))
	if p.dice.IntN(14) == 0 {
		patience = seconds(2, 9) // has thought better of it
	}
	if agent == "" || wait >= patience { // gave up in line
		step(patience, interaction.CustomerLeft{Cause: interaction.ByCustomer})
		return events
	}
	if other := p.idle(q.ID, at.Add(wait), agent); p.dice.IntN(20) == 0 && other != "" && wait+q.Offer() < patience { // somebody let it ring
		step(wait, interaction.OfferMade{Agent: other})
		step(q.Offer(), interaction.TimerFired{Timer: interaction.OfferTimer})
		p.free[other] = at
		wait = max(time.Second, p.free[agent].Sub(at))
	}
	step(wait, interaction.OfferMade{Agent: agent})
	began := at
	step(seconds(1, 7), interaction.AgentAccepted{Agent: agent})
	step(400*time.Millisecond, interaction.PhoneConnected{Agent: agent})
	talk, often := seconds(25, 380), 6
	if q.AfterFlowID != "" {
		often = 2
	}
	wrap := seconds(3, int(q.WrapUp().Seconds())-1)
	if p.dice.IntN(often) == 0 {
		step(talk, interaction.AgentHungUp{Agent: agent})
		if s.Kept.On {
			asked := at
			p.survey(step, seconds)
			wrap = max(wrap-at.Sub(asked), time.Second)
		}
	} else {
		step(talk, interaction.CustomerLeft{Cause: interaction.ByCustomer})
	}
	outcomes := p.outcomes[string(q.ProjectID)]
	step(wrap, interaction.Disposed{Agent: agent, Disposition: outcomes[p.dice.IntN(len(outcomes))].ID})
	p.free[agent] = at
	p.roster.worked(agent, began, at)
	return events
}

// survey answers what is asked after the talk, mostly well; one in six hangs up.
func (p *past) survey(step func(time.Duration, interaction.Input), seconds func(from, to int) time.Duration) {
	score := []int{5, 5, 5, 5, 4, 4, 4, 3, 2, 1}[p.dice.IntN(10)]
	if p.dice.IntN(6) == 0 {
		step(seconds(1, 6), interaction.CustomerLeft{Cause: interaction.ByCustomer})
		return
	}
	step(seconds(6, 9), interaction.SurveyAnswered{Node: "service", Question: "service", Scale: interaction.Five, Score: score})
	if score > 2 {
		step(seconds(7, 10), interaction.SurveyAnswered{Node: "recommend", Question: "recommend", Scale: interaction.Ten, Score: min(2*score-p.dice.IntN(3), 10)})
	}
	step(seconds(2, 4), interaction.FlowEnded{})
}
