package routing

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// first is First by looking at everybody.
func first(seats map[access.UserID]Seat, q queue.ID) (best access.UserID) {
	for _, s := range seats {
		if slices.Contains(s.Queues, q) && (best == "" || sooner(s, seats[best]) < 0) {
			best = s.Agent
		}
	}
	return best
}

func TestFreeAgainstLookingAtAll(t *testing.T) {
	queues := []queue.ID{"a", "b", "c"}
	agents := []access.UserID{"u0", "u1", "u2", "u3", "u4", "u5"}
	rapid.Check(t, func(t *rapid.T) {
		var f Free
		model := map[access.UserID]Seat{}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			agent := rapid.SampledFrom(agents).Draw(t, "agent")
			if rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
				f.Remove(agent)
				delete(model, agent)
			} else {
				s := Seat{agent, rapid.SliceOfN(rapid.SampledFrom(queues), 0, 4).Draw(t, "serves"), at(rapid.IntRange(0, 4).Draw(t, "idle"))}
				f.Put(s)
				model[agent] = s
			}
			if f.Len() != len(model) {
				t.Fatalf("%d seats, want %d", f.Len(), len(model))
			}
			for _, q := range queues {
				got, ok := f.First(q)
				if want := first(model, q); got != want || ok != (want != "") {
					t.Fatalf("first of %s is %q (%v), want %q", q, got, ok, want)
				}
			}
		}
	})
}

// TestRouterKeepsItsIndex does anything in any order; afterwards exactly the free seats are indexed.
func TestRouterKeepsItsIndex(t *testing.T) {
	agents := []access.UserID{"ann", "bob", "cat"}
	ids := []interaction.ID{"1", "2", "3", "4"}
	queues := []queue.ID{"a", "b"}
	rapid.Check(t, func(rt *rapid.T) {
		r, _ := newRouter(t)
		r.SetQueues(known(queues...))
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			agent, id := rapid.SampledFrom(agents).Draw(rt, "agent"), rapid.SampledFrom(ids).Draw(rt, "id")
			switch rapid.SampledFrom([]string{"agent", "enqueue", "own", "withdraw", "keep", "hold", "release", "missed", "remove"}).Draw(rt, "what") {
			case "agent":
				r.SetAgent(Agent{ID: agent, Queues: rapid.SliceOfDistinct(rapid.SampledFrom(queues), rapid.ID).Draw(rt, "serves"),
					Ready: rapid.Bool().Draw(rt, "ready"), SecondLine: rapid.Bool().Draw(rt, "second")})
			case "enqueue":
				r.Enqueue(place(id, rapid.SampledFrom(queues).Draw(rt, "queue")))
			case "own":
				p := place(id, "a")
				p.Only, p.OrNot = agent, rapid.Bool().Draw(rt, "or not")
				r.Enqueue(p)
			case "withdraw":
				r.Withdraw(id, "")
			case "keep":
				r.Keep(id, agent)
			case "hold":
				r.Hold(id, agent, rapid.Bool().Draw(rt, "on"))
			case "release":
				r.Release(interaction.Release{Interaction: id, Agent: agent})
			case "missed":
				r.Release(interaction.Release{Interaction: id, Agent: agent, NotReady: "missed"})
			case "remove":
				r.RemoveAgent(agent)
			}
		}
		settled(r)
		r.Close()
		free := map[access.UserID]Seat{}
		for id, s := range r.m.seats {
			if s.free() {
				free[id] = Seat{id, s.agent.Queues, s.idle}
			}
		}
		if fmt.Sprint(r.m.free.seats) != fmt.Sprint(free) {
			rt.Fatalf("indexed are %v, free are %v", r.m.free.seats, free)
		}
		for _, q := range queues {
			if agent, ok := r.m.free.First(q); ok && len(r.m.lines[q]) > 0 {
				rt.Fatalf("%s is free for %s while %d wait there", agent, q, len(r.m.lines[q]))
			}
		}
	})
}

// BenchmarkOffer is one offer to one of a thousand agents who are all free.
func BenchmarkOffer(b *testing.B) {
	var f Free
	for i := range 1000 {
		f.Put(Seat{access.UserID(fmt.Sprintf("agent%04d", i)), []queue.ID{"sales", "support"}, at(i)})
	}
	lines := map[queue.ID][]Place{"sales": {place("a", "sales")}}
	i := 1000
	for b.Loop() {
		p, ok := Next(lines, &f)
		if !ok {
			b.Fatal("nobody is free")
		}
		f.Remove(p.Agent)
		f.Put(Seat{p.Agent, []queue.ID{"sales", "support"}, at(i)})
		i++
	}
}
