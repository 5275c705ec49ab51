package routing

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// naive is a matcher that keeps nothing in order: it looks at every place and every agent each time. It is what
// Matcher is compared with. Only the cost of waiting is the matcher's: it learns.
type naive struct {
	rules  Rules
	queues map[queue.ID]Queue
	gone   map[queue.ID]bool
	agents map[access.UserID]*person
	places map[placeKey]*waiting
	turns  int
	price  func(queue.ID, time.Duration) float64 // of a second's wait
}

type person struct {
	Agent
	here    bool
	work    map[interaction.ID]*holding
	idle    time.Time
	turn    int
	handled int
	told    int
	gone    bool
	got     []holding
}

type holding struct {
	medium interaction.Medium
	held   bool
	queue  queue.ID
	at     time.Time
}

type waiting struct {
	Place
	waited time.Duration
	opened bool
}

func newNaive(m *Matcher) *naive {
	return &naive{
		queues: map[queue.ID]Queue{}, gone: map[queue.ID]bool{}, agents: map[access.UserID]*person{}, places: map[placeKey]*waiting{},
		price: func(q queue.ID, waited time.Duration) float64 { return m.line(q).price(waited) },
	}
}

func (n *naive) person(id access.UserID) *person {
	if n.agents[id] == nil {
		n.agents[id] = &person{Agent: Agent{ID: id}, work: map[interaction.ID]*holding{}}
	}
	return n.agents[id]
}

func (n *naive) setAgent(now time.Time, a Agent) {
	p := n.person(a.ID)
	if a.Misses < p.told {
		a.Ready = false
	}
	if a.Ready && !p.Ready {
		p.idle = now
	}
	here := a.Ready || a.Present
	if here && !p.here {
		p.handled = 0
	}
	p.Agent, p.here, p.gone = a, here, false
	n.reopen(now, a.ID)
}

func (n *naive) removeAgent(now time.Time, id access.UserID) {
	p := n.agents[id]
	if p == nil {
		return
	}
	p.Ready, p.Present, p.here, p.gone = false, false, false, true
	n.bury(p)
	n.reopen(now, id)
}

func (n *naive) bury(p *person) {
	if p.gone && len(p.work) == 0 {
		delete(n.agents, p.ID)
	}
}

// reopen gives what an agent (empty: any) was to have first to everybody, when it is his no longer. Others' is looked
// at when time has passed, as the matcher does: a clock that jumps back before was never seen.
func (n *naive) reopen(now time.Time, whose access.UserID) {
	for _, w := range n.places {
		if w.First == "" || w.opened || w.Only != "" || whose != "" && w.First != whose {
			continue
		}
		if !n.isFirsts(w, now) {
			w.opened = true
			w.pass(now)
		}
	}
}

func (n *naive) isFirsts(w *waiting, now time.Time) bool {
	p := n.agents[w.First]
	return p != nil && p.here && slices.Contains(p.Queues, w.Queue) && now.Before(w.FirstUntil)
}

func (n *naive) enqueue(now time.Time, p Place) bool {
	delete(n.places, keyOf(p))
	if p.Only == "" && n.gone[p.Queue] {
		return false
	}
	w := &waiting{Place: p, opened: p.First == ""}
	n.places[keyOf(p)] = w
	if !w.opened && !n.isFirsts(w, now) {
		w.opened = true
	}
	w.pass(now)
	return true
}

// pass lets time go on until now.
func (n *naive) pass(now time.Time) {
	n.reopen(now, "")
	for _, w := range n.places {
		w.pass(now)
	}
}

// pass lets a place wait until now; a clock that jumps back takes nothing away.
func (w *waiting) pass(now time.Time) {
	if w.opened && w.Only == "" {
		w.waited = max(w.waited, now.Sub(w.Since))
	}
}

func (n *naive) release(now time.Time, rel interaction.Release) {
	p := n.agents[rel.Agent]
	if p == nil || p.work[rel.Interaction] == nil {
		return
	}
	if rel.NotReady == interaction.NotReadyMissed {
		p.forget(rel.Interaction)
	}
	delete(p.work, rel.Interaction)
	p.idle = now
	if rel.NotReady != "" {
		p.Ready = false
		p.told++
		p.here = p.Present
	}
	n.bury(p)
	n.reopen(now, rel.Agent)
}

func (n *naive) giveBack(id interaction.ID, agent access.UserID) {
	if p := n.agents[agent]; p != nil && p.work[id] != nil {
		p.forget(id)
		delete(p.work, id)
		n.bury(p)
	}
}

// forget says that what he got was nothing.
func (p *person) forget(id interaction.ID) {
	h := p.work[id]
	if h.queue == "" {
		return
	}
	p.handled = max(0, p.handled-1)
	if i := slices.IndexFunc(p.got, func(g holding) bool { return g.queue == h.queue && g.at.Equal(h.at) }); i >= 0 {
		p.got = slices.Delete(p.got, i, i+1)
	}
}

func (p *person) room(m interaction.Medium) bool {
	has := []work{}
	for _, h := range p.work {
		has = append(has, work{medium: h.medium, held: h.held})
	}
	return fits(p.Agent, has, m) // a rule with a table test of its own
}

func (p *person) level(id skill.ID) (best int) {
	for _, l := range p.Skills {
		if l.Skill == id {
			best = max(best, l.Level)
		}
	}
	return best
}

func (p *person) flex() int {
	distinct := map[string]bool{}
	for _, q := range p.Queues {
		distinct["q"+string(q)] = true
	}
	for _, l := range p.Skills {
		if l.Level > 0 {
			distinct["s"+string(l.Skill)] = true
		}
	}
	return len(distinct)
}

// may says whether an agent may take a place now.
func (n *naive) may(p *person, w *waiting, now time.Time) bool {
	switch {
	case !p.room(w.Medium):
		return false
	case w.Only != "":
		return w.Only == p.ID
	case !w.opened:
		return w.First == p.ID
	case !slices.Contains(p.Queues, w.Queue):
		return false
	}
	ring := 0
	rings := n.queues[w.Queue].Rings
	for _, after := range rings {
		if w.waited >= after {
			ring++
		}
	}
	if len(rings) == ring {
		ring = math.MaxInt
	}
	if p.Tiers[w.Queue] > ring {
		return false
	}
	for _, need := range w.Needs {
		if p.level(need.Skill) < need.After(w.waited) {
			return false
		}
	}
	for _, c := range p.Caps {
		got := 0
		for _, g := range p.got {
			if g.queue == c.Queue && now.Sub(g.at) < c.Per {
				got++
			}
		}
		if c.Queue == w.Queue && got >= c.Max {
			return false
		}
	}
	return true
}

// before says whether a's turn comes before b's, of those who wait for everybody.
func (n *naive) before(a, b *waiting, now time.Time) bool {
	oa, ob := n.overdue(a), n.overdue(b)
	switch {
	case oa != ob:
		return oa
	case !oa && n.priority(a) != n.priority(b):
		return n.priority(a) > n.priority(b)
	case !oa && a.Head != b.Head:
		return a.Head
	}
	if ca, cb := n.cost(a, now), n.cost(b, now); !oa && ca != cb {
		return ca > cb
	}
	return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Interaction, b.Interaction), cmp.Compare(a.Party, b.Party)) < 0
}

func (n *naive) overdue(w *waiting) bool {
	return !w.Absent && w.waited >= cmp.Or(n.rules.Overdue, UsualOverdue)
}

func (n *naive) priority(w *waiting) int {
	if age := n.queues[w.Queue].Ageing; age > 0 && w.opened && w.Only == "" {
		return w.Priority + min(MaxAgeing, int(w.waited/age))
	}
	return w.Priority
}

func (n *naive) cost(w *waiting, now time.Time) float64 {
	q := n.queues[w.Queue]
	weight, target := cmp.Or(q.Weight, 1), cmp.Or(q.Target, UsualTarget).Seconds()
	waited := float64(max(0, now.Sub(w.Since)))
	switch n.rules.Order {
	case FirstCome:
		return 0
	case ByRatio:
		return weight / target * waited
	}
	return n.price(w.Queue, time.Duration(waited))
}

// better says whether a takes the place rather than b.
func (n *naive) better(a, b *person, w *waiting) bool {
	liked := func(p *person, all bool) (sum int) {
		for _, need := range w.Needs {
			if all || need.After(w.waited) == 0 {
				sum += p.level(need.Skill)
			}
		}
		return sum
	}
	strategy := n.queues[w.Queue].Strategy
	all := strategy == queue.ByLevel
	c := cmp.Compare(liked(b, all), liked(a, all))
	switch strategy {
	case queue.LeastFlexible:
		c = cmp.Or(c, cmp.Compare(a.flex(), b.flex()))
	case queue.LeastHandled:
		c = cmp.Or(c, cmp.Compare(a.handled, b.handled))
	case queue.RoundRobin:
		c = cmp.Or(c, cmp.Compare(a.turn, b.turn))
	}
	return cmp.Or(c, a.idle.Compare(b.idle), strings.Compare(string(a.ID), string(b.ID))) < 0
}

// next is the next pair; nil: there is none.
func (n *naive) next(now time.Time) (who *person, what *waiting) {
	for _, w := range n.places { // who is for one agent comes first, the lesser agent before others
		agent := w.Only
		if agent == "" && !w.opened {
			agent = w.First
		}
		p := n.agents[agent]
		if p == nil || !n.may(p, w, now) {
			continue
		}
		if who == nil || p.ID < who.ID || p == who && Before(w.Place, what.Place) {
			who, what = p, w
		}
	}
	if who != nil {
		return who, what
	}
	for _, w := range n.heads(now) {
		if what != nil && !n.before(w, what, now) {
			continue
		}
		var best *person
		for _, p := range n.agents {
			if n.may(p, w, now) && (best == nil || n.better(p, best, w)) {
				best = p
			}
		}
		if best != nil {
			who, what = best, w
		}
	}
	return who, what
}

// heads are the first of each class: those of a queue who may be taken by the same agents. Who is behind another one of
// his class comes after him, whatever his wait costs.
func (n *naive) heads(now time.Time) map[string]*waiting {
	all := map[string]*waiting{}
	for _, w := range n.places {
		if w.Only != "" || !w.opened {
			continue
		}
		slot := w.Medium
		if !shared(slot) {
			slot = interaction.Voice
		}
		key := fmt.Sprint(w.Queue, slot, n.overdue(w))
		for _, after := range n.queues[w.Queue].Rings {
			key += fmt.Sprint(w.waited >= after)
		}
		var needs []string
		for _, need := range w.Needs {
			needs = append(needs, fmt.Sprint(need.Skill, need.After(w.waited)))
		}
		slices.Sort(needs) // in whatever order they are asked for
		key += fmt.Sprint(needs)
		if o := all[key]; o == nil || n.inTurn(w, o) {
			all[key] = w
		}
	}
	return all
}

// inTurn is the order within a class.
func (n *naive) inTurn(a, b *waiting) bool {
	switch {
	case n.overdue(a): // and so is b
	case n.priority(a) != n.priority(b):
		return n.priority(a) > n.priority(b)
	case a.Head != b.Head:
		return a.Head
	}
	return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Interaction, b.Interaction), cmp.Compare(a.Party, b.Party)) < 0
}

func (n *naive) match(now time.Time) (pairs []Pair) {
	n.pass(now)
	for {
		p, w := n.next(now)
		if p == nil {
			return pairs
		}
		delete(n.places, keyOf(w.Place))
		n.turns++
		p.turn = n.turns
		p.handled++
		h := holding{medium: w.Medium, queue: w.Queue, at: now}
		p.work[w.Interaction] = &h
		if w.Queue != "" {
			p.got = append(p.got, h)
		}
		pairs = append(pairs, Pair{w.Place, p.ID})
	}
}

// wouldMatch says whether something is possible at a later time.
func (n *naive) wouldMatch(at time.Time) bool {
	later := *n
	later.places = map[placeKey]*waiting{}
	for key, w := range n.places {
		c := *w
		later.places[key] = &c
	}
	later.pass(at)
	p, _ := later.next(at)
	return p != nil
}
