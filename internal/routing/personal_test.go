package routing

import (
	"slices"
	"testing"

	"linekeeper/internal/interaction"
)

func TestOnlyOneAgentMayTakeIt(t *testing.T) {
	r, n := newRouter(t)
	r.SetAgent(ready("ann", "sales"))
	only := place("a", "sales")
	only.Only = "bob"
	r.Enqueue(only)
	if seats, places := settled(r); seats != 0 || places != 1 {
		t.Fatalf("%d seats and %d places are held, want a customer who waits for bob", seats, places)
	}
	r.SetAgent(ready("bob")) // he serves no queue
	r.Enqueue(place("b", "sales"))
	settled(r)
	if want := []string{"b ann", "a bob"}; !slices.Equal(sorted(n.offers), sorted(want)) {
		t.Errorf("offered %v, want %v", n.offers, want)
	}
}

func TestWhoIsAskedForComesFirst(t *testing.T) {
	r, n := newRouter(t)
	first := place("a", "sales")
	r.Enqueue(first)
	own := place("b", "")
	own.Only = "ann"
	r.Enqueue(own)
	r.SetAgent(ready("ann", "sales"))
	settled(r)
	if want := []string{"b ann"}; !slices.Equal(n.offers, want) {
		t.Errorf("offered %v, want %v: who asks for her comes before who takes anybody", n.offers, want)
	}
}

func TestNowOrNever(t *testing.T) {
	r, n := newRouter(t)
	r.SetAgent(Agent{ID: "ann"}) // not ready
	ask := Place{Interaction: "a", Party: "p1", Only: "ann", OrNot: true}
	r.Enqueue(ask)
	if _, places := settled(r); places != 0 || !slices.Equal(n.refused, []string{"a p1"}) {
		t.Fatalf("%d places wait and %v were refused, want none and a's p1", places, n.refused)
	}
	r.SetAgent(ready("ann"))
	r.Enqueue(ask)
	r.Enqueue(place("a", "sales")) // the customer's own place is another one
	if seats, places := settled(r); seats != 1 || places != 1 || !slices.Equal(n.offers, []string{"a ann"}) {
		t.Errorf("%d seats, %d places, offered %v; want ann reserved and the customer waiting", seats, places, n.offers)
	}
	r.Withdraw("a", "")
	if _, places := settled(r); places != 0 {
		t.Errorf("%d places are left, want none", places)
	}
}

func TestPartyOfARemovedQueue(t *testing.T) {
	r, n := newRouter(t)
	r.SetQueues(nil)
	r.SetQueues(known("experts"))
	p := place("a", "experts")
	p.Party = "p1"
	r.Enqueue(p)
	r.SetQueues(nil)
	settled(r)
	if !slices.Equal(n.refused, []string{"a p1"}) || len(n.stranded) != 0 {
		t.Errorf("refused %v, stranded %v; want the party refused and the customer left alone", n.refused, n.stranded)
	}
}

func TestSecondLine(t *testing.T) {
	for _, second := range []bool{false, true} {
		r, n := newRouter(t)
		a := ready("ann", "sales")
		a.SecondLine = second
		r.SetAgent(a)
		for _, id := range []interaction.ID{"a", "b", "c"} {
			r.Enqueue(place(id, "sales"))
		}
		settled(r)
		r.Hold("a", "ann", true)
		if settled(r); len(n.offers) != map[bool]int{false: 1, true: 2}[second] {
			t.Errorf("second line %t: with the first on hold offered %v", second, n.offers)
		}
		r.Hold("b", "ann", true) // two on hold are enough
		r.Release(interaction.Release{Interaction: "b", Agent: "ann"})
		settled(r)
		if want := map[bool]int{false: 1, true: 3}[second]; len(n.offers) != want {
			t.Errorf("second line %t: after the second call offered %v, want %d offers", second, n.offers, want)
		}
	}
}

func TestKeptSeat(t *testing.T) {
	r, n := newRouter(t)
	r.Keep("a", "ann") // before anybody told of her
	r.SetAgent(ready("ann", "sales"))
	r.Enqueue(place("b", "sales"))
	if seats, _ := settled(r); seats != 1 || len(n.offers) != 0 {
		t.Errorf("%d seats, offered %v; want her seat kept for the call she had", seats, n.offers)
	}
	r.Release(interaction.Release{Interaction: "a", Agent: "ann"})
	if settled(r); !slices.Equal(n.offers, []string{"b ann"}) {
		t.Errorf("afterwards offered %v, want b", n.offers)
	}
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}
