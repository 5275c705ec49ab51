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

func at(s int) time.Time { return time.Unix(int64(1_800_000_000+s), 0) }

// waits is a place in the queue sales since a second.
func waits(id string, since int, with func(*Place)) Place {
	p := Place{Interaction: interaction.ID(id), Queue: "sales", Since: at(since)}
	if with != nil {
		with(&p)
	}
	return p
}

func in(q queue.ID) func(*Place) { return func(p *Place) { p.Queue = q } }

// idle is an agent who is free since a second.
type idle struct {
	since int
	Agent
}

func TestMatch(t *testing.T) {
	t.Parallel()
	needs := func(level int, relax ...skill.Relaxation) func(*Place) {
		return func(p *Place) { p.Needs = []skill.Need{{Skill: "thai", Level: level, Relax: relax}} }
	}
	thai := func(id access.UserID, level int) Agent {
		return Agent{ID: id, Queues: []queue.ID{"sales"}, Ready: true, Skills: []skill.Level{{Skill: "thai", Level: level}}}
	}
	firsts := func(agent access.UserID, until int) func(*Place) {
		return func(p *Place) { p.First, p.FirstUntil = agent, at(until) }
	}
	ann, bob, both := ready("ann", "sales"), ready("bob", "sales"), ready("both", "sales", "support")
	busy := Agent{ID: "cat", Queues: []queue.ID{"sales"}, Present: true}
	for _, tt := range []struct {
		name   string
		places []Place
		seats  []idle
		want   string // at second 10
	}{
		{"nobody waits", nil, []idle{{0, ann}}, ""},
		{"nobody free", []Place{waits("a", 0, nil)}, nil, ""},
		{"longest idle agent", []Place{waits("a", 0, nil)}, []idle{{2, ann}, {1, bob}}, "a:bob"},
		{"longest waiting customer over queues", []Place{waits("a", 5, nil), waits("b", 3, in("support"))}, []idle{{0, both}}, "b:both"},
		{"whose target is nearer, over queues", []Place{waits("a", 5, nil), waits("b", 3, in("slow"))}, []idle{{0, ready("ann", "sales", "slow")}}, "a:ann"},
		{"whose weight is greater, over queues", []Place{waits("a", 5, nil), waits("b", 7, in("gold"))}, []idle{{0, ready("ann", "sales", "gold")}}, "b:ann"},
		{"not another queue's agent", []Place{waits("a", 5, nil)}, []idle{{0, ready("ann", "support")}}, ""},
		{"who had his turn goes first", []Place{waits("a", 1, nil), waits("b", 9, func(p *Place) { p.Head = true })}, []idle{{0, ann}}, "b:ann"},
		{"priority before all", []Place{waits("b", 1, func(p *Place) { p.Head = true }), waits("a", 9, func(p *Place) { p.Priority = 1 })}, []idle{{0, ann}}, "a:ann"},
		{"the overdue before priority", []Place{waits("a", -3000, nil), waits("b", 1, func(p *Place) { p.Priority = 9 })}, []idle{{0, ann}}, "a:ann"},
		{"nobody on the line is never overdue", []Place{waits("a", -3000, func(p *Place) { p.Absent = true }), waits("b", 1, func(p *Place) { p.Priority = 1 })}, []idle{{0, ann}}, "b:ann"},
		{"ageing raises priority", []Place{waits("a", -60, in("ages")), waits("b", 1, func(p *Place) { p.Priority = 1; p.Queue = "ages" })},
			[]idle{{0, ready("ann", "ages")}}, "a:ann"},
		{"the least flexible first", []Place{waits("a", 0, nil)}, []idle{{0, both}, {5, ann}}, "a:ann"},
		{"the longest idle first, by choice", []Place{waits("a", 0, in("support"))}, []idle{{0, both}, {5, ready("ann", "support")}}, "a:both"},
		{"who has the skill", []Place{waits("a", 8, needs(3))}, []idle{{0, ann}, {1, thai("bob", 2)}, {2, thai("cat", 3)}}, "a:cat"},
		{"nobody has it", []Place{waits("a", 8, needs(3))}, []idle{{0, ann}, {1, thai("bob", 2)}}, ""},
		{"it is relaxed", []Place{waits("a", 8, needs(3, skill.Relaxation{AfterMS: 2000, Level: 2}))}, []idle{{0, ann}, {1, thai("bob", 2)}}, "a:bob"},
		{"who has more of what is preferred", []Place{waits("a", 8, needs(0))}, []idle{{0, ann}, {1, thai("bob", 2)}, {2, thai("cat", 3)}}, "a:cat"},
		{"a need does not hold up others", []Place{waits("a", 1, needs(3)), waits("b", 8, nil)}, []idle{{0, ann}}, "b:ann"},
		{"the first tier only", []Place{waits("a", 8, in("rings"))}, []idle{{0, Agent{ID: "ann", Queues: []queue.ID{"rings"}, Ready: true, Tiers: map[queue.ID]int{"rings": 1}}}}, ""},
		{"the second tier later", []Place{waits("a", 5, in("rings"))}, []idle{{0, Agent{ID: "ann", Queues: []queue.ID{"rings"}, Ready: true, Tiers: map[queue.ID]int{"rings": 1}}}}, "a:ann"},
		{"first his, who is busy", []Place{waits("a", 5, firsts("cat", 60))}, []idle{{0, ann}, {0, busy}}, ""},
		{"first his, for no longer", []Place{waits("a", 5, firsts("cat", 10))}, []idle{{0, ann}, {0, busy}}, "a:ann"},
		{"first his, who is not there", []Place{waits("a", 5, firsts("dan", 60))}, []idle{{0, ann}, {0, busy}}, "a:ann"},
		{"first his", []Place{waits("b", 1, nil), waits("a", 5, firsts("bob", 60))}, []idle{{0, bob}}, "a:bob"},
		{"a chat beside a chat", []Place{waits("a", 1, func(p *Place) { p.Medium = interaction.Chat }), waits("b", 2, func(p *Place) { p.Medium = interaction.Chat })},
			[]idle{{0, Agent{ID: "ann", Queues: []queue.ID{"sales"}, Ready: true, Capacity: map[interaction.Medium]int{interaction.Chat: 3}}}}, "a:ann b:ann"},
		{"a call over an e-mail, not the other way round", []Place{waits("a", 1, func(p *Place) { p.Medium = emails }), waits("b", 2, nil), waits("c", 3, func(p *Place) { p.Medium = emails })},
			[]idle{{0, ann}}, "a:ann b:ann"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := NewMatcher()
			m.SetQueues(at(0), []Queue{{ID: "sales"}, {ID: "support", Strategy: queue.LongestIdle}, {ID: "slow", Target: time.Minute},
				{ID: "gold", Weight: 3}, {ID: "rings", Rings: []time.Duration{5 * time.Second}}, {ID: "ages", Ageing: 30 * time.Second}})
			for _, s := range tt.seats {
				m.SetAgent(at(s.since), s.Agent)
			}
			for _, p := range tt.places {
				m.Enqueue(at(8), p)
			}
			var got []string
			for _, p := range m.Match(at(10)) {
				got = append(got, fmt.Sprintf("%s:%s", p.Place.Interaction, p.Agent))
			}
			if want := tt.want; fmt.Sprint(got) != "["+want+"]" {
				t.Errorf("got %v, want %q", got, want)
			}
		})
	}
}

// TestSpread gives a thousand calls to four agents: everybody gets what the strategy says.
func TestSpread(t *testing.T) {
	t.Parallel()
	even := func(n, _ int) bool { return n >= 249 && n <= 251 } // whoever is first while all are idle as long
	for strategy, fair := range map[queue.Strategy]func(n, level int) bool{
		queue.LongestIdle:   even,
		queue.LeastFlexible: even,
		queue.LeastHandled:  even,
		queue.RoundRobin:    even,
		queue.Random:        func(n, _ int) bool { return n > 200 && n < 300 },
		queue.ByLevel:       func(n, level int) bool { return n == map[bool]int{true: 1000, false: 0}[level == 4] },
	} {
		m := NewMatcher()
		m.SetRules(Rules{Seed: 7})
		m.SetQueues(at(0), []Queue{{ID: "sales", Strategy: strategy}})
		levels := map[access.UserID]int{}
		got := map[access.UserID]int{}
		for i, id := range []access.UserID{"ann", "bob", "cat", "dan"} {
			a := ready(id, "sales")
			a.Skills = []skill.Level{{Skill: "thai", Level: i + 1}}
			levels[id] = i + 1
			m.SetAgent(at(0), a)
		}
		for i := range 1000 {
			p := waits(fmt.Sprint(i), i, func(p *Place) { p.Needs = []skill.Need{{Skill: "thai", Level: 1}} })
			m.Enqueue(at(i), p)
			for _, pair := range m.Match(at(i)) {
				got[pair.Agent]++
				m.Release(at(i), interaction.Release{Interaction: pair.Place.Interaction, Agent: pair.Agent})
			}
		}
		for id, level := range levels {
			if !fair(got[id], level) {
				t.Errorf("%q gives %s %d of 1000", strategy, id, got[id])
			}
		}
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	call, held, chat, email, task := work{id: "1"}, work{id: "2", held: true}, work{id: "3", medium: interaction.Chat}, work{id: "4", medium: emails}, work{id: "5", medium: tasks}
	one, second := Agent{Ready: true}, Agent{Ready: true, SecondLine: true}
	three := Agent{Ready: true, Capacity: map[interaction.Medium]int{interaction.Chat: 3, tasks: 0}}
	two := Agent{Ready: true, Capacity: map[interaction.Medium]int{interaction.Chat: 3}, AtOnce: 2}
	for _, tt := range []struct {
		name  string
		agent Agent
		has   []work
		want  map[interaction.Medium]bool // what is not named: not
	}{
		{"free", one, nil, map[interaction.Medium]bool{"": true, interaction.Chat: true, emails: true, tasks: true}},
		{"not ready", Agent{}, nil, nil},
		{"in a call", one, []work{call}, nil},
		{"on hold", one, []work{held}, nil},
		{"on hold with a second line", second, []work{held}, map[interaction.Medium]bool{"": true}},
		{"both lines", second, []work{held, held}, nil},
		{"a chat", one, []work{chat}, nil},
		{"a chat of three", three, []work{chat}, map[interaction.Medium]bool{interaction.Chat: true, emails: true}},
		{"three chats", three, []work{chat, chat, chat}, nil},
		{"two at once", two, []work{chat, email}, nil},
		{"an e-mail", one, []work{email}, map[interaction.Medium]bool{"": true}},
		{"an e-mail and a task", one, []work{email, task}, map[interaction.Medium]bool{"": true}},
		{"an e-mail and a call", one, []work{email, call}, nil},
		{"an e-mail and a chat", three, []work{email, chat}, map[interaction.Medium]bool{interaction.Chat: true}},
	} {
		for _, m := range []interaction.Medium{"", interaction.Chat, emails, tasks} {
			if got := fits(tt.agent, tt.has, m); got != tt.want[m] {
				t.Errorf("%s: another %q fits: %v", tt.name, m, got)
			}
		}
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	m := NewMatcher()
	for i, id := range []string{"c", "b", "a"} {
		m.Enqueue(at(9), waits(id, i, nil))
	}
	m.Enqueue(at(9), waits("thai", 1, func(p *Place) { p.Needs = []skill.Need{{Skill: "thai", Level: 1}} }))
	m.Enqueue(at(9), waits("late", 8, func(p *Place) { p.Priority = 1 }))
	m.Enqueue(at(9), waits("overdue", -3000, nil))
	m.Enqueue(at(9), waits("other", 0, in("support")))
	m.Enqueue(at(9), waits("own", 0, func(p *Place) { p.Only = "ann" }))
	for id, want := range map[interaction.ID]int{"overdue": 1, "late": 2, "c": 3, "b": 4, "thai": 5, "a": 6, "other": 1, "own": 0, "none": 0} {
		if got := m.Position(id); got != want {
			t.Errorf("%s is at %d, want %d", id, got, want)
		}
	}
}

func TestUnserved(t *testing.T) {
	t.Parallel()
	m := NewMatcher()
	need := func(level int, relax ...skill.Relaxation) func(*Place) {
		return func(p *Place) { p.Needs = []skill.Need{{Skill: "thai", Level: level, Relax: relax}} }
	}
	m.SetAgent(at(0), Agent{ID: "ann", Queues: []queue.ID{"sales"}, Skills: []skill.Level{{Skill: "thai", Level: 3}}}) // at home
	m.Enqueue(at(0), waits("served", 0, need(3)))
	m.Enqueue(at(0), waits("relaxed", 0, need(4, skill.Relaxation{AfterMS: 5000, Level: 3})))
	m.Enqueue(at(0), waits("never", 0, need(4)))
	m.Enqueue(at(0), waits("nobody", 0, in("support")))
	for i, want := range [][]string{{"never", "nobody", "relaxed"}, {"never", "nobody"}} {
		var got []string
		for _, p := range m.Unserved(at(4 + i)) {
			got = append(got, string(p.Interaction))
		}
		if !slices.Equal(sorted(got), want) {
			t.Errorf("after %d s nobody can serve %v, want %v", 4+i, got, want)
		}
	}
}

func TestMeanHandleIsLearned(t *testing.T) {
	t.Parallel()
	m := NewMatcher()
	m.SetAgent(at(0), ready("ann", "sales"))
	now := 0
	if got := m.MeanHandle("sales"); got != UsualHandle {
		t.Errorf("begins with %v, want %v", got, UsualHandle)
	}
	for i := range 400 {
		m.Enqueue(at(now), waits(fmt.Sprint(i), now, nil))
		for _, p := range m.Match(at(now)) {
			now += 60
			m.Release(at(now), interaction.Release{Interaction: p.Place.Interaction, Agent: p.Agent})
		}
	}
	if got := m.MeanHandle("sales"); got < 60*time.Second || got > 70*time.Second {
		t.Errorf("after 400 minutes it is %v, want about one", got)
	}
}

// TestTree compares it with a sorted list.
func TestTree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tr := newTree(func(a, b int) bool { return a < b })
		var model []int
		for range 100 {
			v := rapid.IntRange(0, 40).Draw(t, "value")
			i, there := slices.BinarySearch(model, v)
			if there && rapid.Bool().Draw(t, "remove") {
				tr.remove(v)
				model = slices.Delete(model, i, i+1)
			} else if there {
				tr.remove(99) // is not there
			} else {
				tr.insert(v)
				model = slices.Insert(model, i, v)
			}
			if got := slices.Collect(tr.all()); !slices.Equal(got, model) || tr.len() != len(model) {
				t.Fatalf("has %v, want %v", got, model)
			}
			if first, ok := tr.first(); ok != (len(model) > 0) || ok && first != model[0] {
				t.Fatalf("first is %v of %v", first, model)
			}
			if i, _ := slices.BinarySearch(model, v); tr.rank(v) != i {
				t.Fatalf("%d has rank %d in %v", v, tr.rank(v), model)
			}
		}
	})
}
