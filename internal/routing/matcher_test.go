package routing

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// world is a matcher and the naive one, told the same.
type world struct {
	t   *rapid.T
	m   *Matcher
	n   *naive
	now time.Time
	ids int

	agents []access.UserID
	queues []queue.ID
	media  []interaction.Medium
	skills []skill.ID
}

func newWorld(t *rapid.T) *world {
	w := &world{
		t: t, m: NewMatcher(), now: time.Unix(1_800_000_000, 0),
		agents: []access.UserID{"ann", "bob", "cat", "dan"}, queues: []queue.ID{"a", "b", "c"}, skills: []skill.ID{"thai", "lao"},
		media: rapid.SampledFrom([][]interaction.Medium{{""}, {"", interaction.Voice, interaction.Chat, emails}}).Draw(t, "media"),
	}
	w.n = newNaive(w.m)
	rules := Rules{
		Order:   rapid.SampledFrom([]Order{ByCost, FirstCome, ByRatio}).Draw(t, "order"),
		Overdue: time.Duration(rapid.SampledFrom([]int{0, 90}).Draw(t, "overdue")) * time.Second,
	}
	w.m.SetRules(rules)
	w.n.rules = rules
	w.setQueues(w.queues)
	return w
}

func (w *world) seconds(max int, name string) time.Duration {
	return time.Duration(rapid.IntRange(0, max).Draw(w.t, name)) * time.Second
}

func (w *world) setQueues(there []queue.ID) {
	all := []Queue{}
	for _, id := range w.queues {
		q, known := w.n.queues[id]
		if !known {
			q = Queue{ID: id, Ageing: w.seconds(1, "ages") * 25}
			if rapid.Bool().Draw(w.t, "rings") {
				q.Rings = []time.Duration{10 * time.Second, 40 * time.Second}
			}
		}
		q.Weight = float64(rapid.IntRange(0, 2).Draw(w.t, "weight"))
		q.Target = w.seconds(3, "target") * 10
		strategies := slices.DeleteFunc(queue.Strategies(), func(s queue.Strategy) bool { return s == queue.Random })
		q.Strategy = rapid.SampledFrom(strategies).Draw(w.t, "strategy")
		w.n.queues[id] = q
		w.n.gone[id] = !slices.Contains(there, id)
		if !w.n.gone[id] {
			all = append(all, q)
		}
	}
	var want, got []string
	for key, p := range w.n.places {
		if p.Only == "" && w.n.gone[p.Queue] {
			want = append(want, fmt.Sprint(key))
			delete(w.n.places, key)
		}
	}
	for _, p := range w.m.SetQueues(w.now, all) {
		got = append(got, fmt.Sprint(keyOf(p)))
	}
	if !slices.Equal(sorted(got), sorted(want)) {
		w.t.Fatalf("stranded %v, want %v", got, want)
	}
}

func (w *world) agent() access.UserID { return rapid.SampledFrom(w.agents).Draw(w.t, "agent") }

func (w *world) setAgent() {
	a := Agent{
		ID: w.agent(), Queues: rapid.SliceOfN(rapid.SampledFrom(w.queues), 0, 3).Draw(w.t, "serves"),
		Ready: rapid.IntRange(0, 3).Draw(w.t, "ready") > 0, Present: rapid.Bool().Draw(w.t, "present"),
		SecondLine: rapid.Bool().Draw(w.t, "second"), Misses: rapid.IntRange(0, 5).Draw(w.t, "misses"),
		AtOnce: rapid.IntRange(0, 3).Draw(w.t, "at once"), Tiers: map[queue.ID]int{},
	}
	for _, q := range w.queues {
		a.Tiers[q] = rapid.IntRange(0, 3).Draw(w.t, "tier") / 2
	}
	for _, s := range w.skills {
		if l := rapid.IntRange(0, 4).Draw(w.t, "level"); l > 0 {
			a.Skills = append(a.Skills, skill.Level{Skill: s, Level: l})
		}
	}
	switch a.ID { // what was got before there was a cap is not counted, so they stay
	case "ann":
		a.Caps = []Cap{{"a", 1, time.Minute}, {"a", 3, 3 * time.Minute}}
	case "bob":
		a.Caps = []Cap{{"a", 2, time.Minute}, {"b", 0, time.Minute}}
	}
	if rapid.Bool().Draw(w.t, "capacity") {
		a.Capacity = map[interaction.Medium]int{interaction.Chat: 3, emails: 2}
	}
	w.m.SetAgent(w.now, a)
	w.n.setAgent(w.now, a)
}

func (w *world) place() Place {
	w.ids++
	p := Place{
		Interaction: interaction.ID(fmt.Sprintf("i%03d", w.ids)), Queue: rapid.SampledFrom(w.queues).Draw(w.t, "queue"),
		Since: w.now.Add(-w.seconds(60, "since")), Priority: rapid.IntRange(0, 5).Draw(w.t, "priority") / 4,
		Head: rapid.IntRange(0, 4).Draw(w.t, "head") == 0, Medium: rapid.SampledFrom(w.media).Draw(w.t, "medium"),
		Absent: rapid.IntRange(0, 4).Draw(w.t, "absent") == 0,
	}
	for _, s := range w.skills {
		if rapid.Bool().Draw(w.t, "asked") {
			continue
		}
		n := skill.Need{Skill: s, Level: rapid.IntRange(0, 4).Draw(w.t, "level")}
		if n.Level > 1 && rapid.Bool().Draw(w.t, "relaxes") {
			n.Relax = []skill.Relaxation{{AfterMS: 15_000, Level: n.Level - 1}, {AfterMS: 50_000, Level: 0}}
		}
		p.Needs = append(p.Needs, n)
	}
	switch rapid.IntRange(0, 7).Draw(w.t, "whose") {
	case 0:
		p.Only = w.agent()
	case 1, 2:
		p.First, p.FirstUntil = w.agent(), w.now.Add(w.seconds(60, "until"))
	}
	return p
}

func (w *world) enqueue() {
	p := w.place()
	if got, want := w.m.Enqueue(w.now, p), w.n.enqueue(w.now, p); got != want {
		w.t.Fatalf("there is a place: %v, want %v", got, want)
	}
}

// anyWork is one of what agents have in hand.
func (w *world) anyWork() (interaction.ID, access.UserID) {
	var all []Reservation
	for id, p := range w.n.agents {
		for i := range p.work {
			all = append(all, Reservation{id, i})
		}
	}
	if len(all) == 0 {
		return "none", w.agent()
	}
	slices.SortFunc(all, func(a, b Reservation) int { return placeKey{a.Interaction, ""}.compare(placeKey{b.Interaction, ""}) })
	r := rapid.SampledFrom(all).Draw(w.t, "work")
	return r.Interaction, r.Agent
}

func (w *world) step() {
	switch rapid.SampledFrom([]string{"agent", "agent", "enqueue", "enqueue", "enqueue", "withdraw", "keep", "take", "hold", "release",
		"release", "release", "missed", "lost", "back", "remove", "queues", "pass", "pass", "pass", "sleep", "jump"}).Draw(w.t, "what") {
	case "agent":
		w.setAgent()
	case "enqueue":
		w.enqueue()
	case "withdraw":
		id := interaction.ID(fmt.Sprintf("i%03d", rapid.IntRange(0, w.ids).Draw(w.t, "who")))
		w.m.Withdraw(id, "")
		delete(w.n.places, placeKey{id: id})
	case "keep", "take":
		w.ids++
		id, agent := interaction.ID(fmt.Sprintf("i%03d", w.ids)), w.agent()
		p := w.n.person(agent)
		if rapid.Bool().Draw(w.t, "kept") {
			w.m.Keep(w.now, id, agent)
			p.work[id] = &holding{}
		} else if w.m.Take(w.now, id, agent, "") {
			p.work[id] = &holding{}
		}
	case "hold":
		id, agent := w.anyWork()
		on := rapid.Bool().Draw(w.t, "on")
		w.m.Hold(w.now, id, agent, on)
		if p := w.n.agents[agent]; p != nil && p.work[id] != nil {
			p.work[id].held = on
		}
	case "release":
		w.release("")
	case "missed":
		w.release(interaction.NotReadyMissed)
	case "lost":
		w.release(interaction.NotReadyPhoneLost)
	case "back":
		id, agent := w.anyWork()
		w.m.GiveBack(w.now, id, agent)
		w.n.giveBack(id, agent)
	case "remove":
		agent := w.agent()
		w.m.RemoveAgent(w.now, agent)
		w.n.removeAgent(w.now, agent)
	case "queues":
		w.setQueues(rapid.SliceOfNDistinct(rapid.SampledFrom(w.queues), 2, 3, rapid.ID).Draw(w.t, "there"))
	case "pass":
		w.now = w.now.Add(w.seconds(40, "pass"))
	case "sleep":
		w.sleep()
	case "jump":
		w.now = w.now.Add(-w.seconds(30, "back"))
	}
}

func (w *world) release(notReady string) {
	id, agent := w.anyWork()
	rel := interaction.Release{Interaction: id, Agent: agent, NotReady: notReady}
	w.m.Release(w.now, rel)
	w.n.release(w.now, rel)
}

// sleep passes the time until something changes by itself: nothing may be possible before, whatever Next says.
func (w *world) sleep() {
	w.matched()
	next := w.m.Next(w.now)
	if next.IsZero() {
		if w.n.wouldMatch(w.now.Add(1000 * time.Hour)) {
			w.t.Fatalf("nothing changes by itself, it is said, but it does")
		}
		return
	}
	if !next.After(w.now) {
		w.t.Fatalf("next is %v after %v, and everything is done", next, w.now)
	}
	if w.n.wouldMatch(next.Add(-1)) {
		w.t.Fatalf("something changes before %v", next)
	}
	w.now = next
}

func (w *world) matched() {
	want, got := w.n.match(w.now), w.m.Match(w.now)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Fatalf("at %v matched\n%v, want\n%v", w.now, got, want)
	}
	for _, p := range got {
		w.alone(p)
	}
	if more := w.m.Match(w.now); len(more) > 0 {
		w.t.Fatalf("a second match gives %v", more)
	}
	w.holds()
}

// alone checks that who was given a call talks to nobody else.
func (w *world) alone(p Pair) {
	for _, h := range w.m.seats[p.Agent].work {
		if h.id != p.Place.Interaction && !shared(p.Place.Medium) && !h.held && !yields(h.medium) {
			w.t.Fatalf("%s got %s beside %+v", p.Agent, p.Place.Interaction, h)
		}
	}
}

// holds checks what must be so whatever happened.
func (w *world) holds() {
	with := map[interaction.ID]access.UserID{}
	for _, s := range w.m.seats {
		for _, h := range s.work {
			if other := with[h.id]; other != "" {
				w.t.Fatalf("%s is with %s and %s", h.id, other, s.agent.ID)
			}
			if with[h.id] = s.agent.ID; w.m.Waits(h.id, "") {
				w.t.Fatalf("%s waits, and is with %s", h.id, s.agent.ID)
			}
			if w.n.agents[s.agent.ID].work[h.id] == nil {
				w.t.Fatalf("the reservation of %s for %s is over, but there", s.agent.ID, h.id)
			}
		}
	}
	if len(w.m.places) != len(w.n.places) {
		w.t.Fatalf("%d places, want %d", len(w.m.places), len(w.n.places))
	}
	w.indexed()
}

// indexed checks the lists against what they list.
func (w *world) indexed() {
	listed := 0
	for _, l := range w.m.lines {
		for by, some := range l.doors {
			for i, d := range some {
				g := d.gate
				if g.by-anySkill != by || g.at != i || g.classes.len() == 0 || w.m.gates[g.key] != g {
					w.t.Fatalf("gate %d of %s is listed at %d with %d", i, l.set.ID, g.at, g.classes.len())
				}
				var last *class
				for c := range g.classes.all() {
					if first, _ := c.waiting.first(); first == nil || first != c.first || w.m.classes[c.key] != c {
						w.t.Fatalf("a class of %s is listed with %d", l.set.ID, c.waiting.len())
					}
					switch {
					case last == nil && g.first != headOf(c):
						w.t.Fatalf("the first at a gate of %s is not the first", l.set.ID)
					case last != nil && !g.inOrder(last.first, c.first):
						w.t.Fatalf("the classes of %s are out of order", l.set.ID)
					}
					last = c
					listed += c.waiting.len()
				}
			}
		}
		for i, sv := range l.free {
			if sv.at != i || sv.profile.free == 0 {
				w.t.Fatalf("a profile of %s is listed wrong", l.set.ID)
			}
		}
	}
	for _, own := range w.m.own {
		listed += own.len()
	}
	if listed != len(w.m.places) {
		w.t.Fatalf("%d places are listed, there are %d", listed, len(w.m.places))
	}
	for _, p := range w.m.profiles {
		free := 0
		for s := range p.seats {
			if s.slots != 0 {
				free++
			}
			for slot, r := range p.rooms {
				for k := range kinds {
					if r != nil && r[k] != nil && slices.Contains(slices.Collect(r[k].all()), s) != s.slots.has(slot) {
						w.t.Fatalf("%s is listed wrong", s.agent.ID)
					}
				}
			}
		}
		if free != p.free || len(p.seats) == 0 {
			w.t.Fatalf("a profile of %d has %d free, says %d", len(p.seats), free, p.free)
		}
	}
}

// TestMatcherAgainstNaiveModel lets anything happen in any order.
func TestMatcherAgainstNaiveModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range 60 {
			w.step()
			if rapid.IntRange(0, 2).Draw(t, "match") > 0 {
				w.matched()
			}
		}
		w.matched()
	})
}
