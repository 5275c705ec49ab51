package routing

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// told notes what a router tells; the router's goroutine writes, Held makes it safe to read.
type told struct {
	offers   []string
	stranded []string
	notReady []string
	refused  []string
}

func newRouter(t *testing.T) (*Router, *told) {
	n := &told{}
	r := New(Ports{
		Offer: func(id interaction.ID, o interaction.OfferMade) {
			n.offers = append(n.offers, string(id)+" "+string(o.Agent))
		},
		Stranded: func(id interaction.ID) { n.stranded = append(n.stranded, string(id)) },
		Refused: func(id interaction.ID, p interaction.PlaceRefused) {
			n.refused = append(n.refused, string(id)+" "+string(p.Party))
		},
		NotReady: func(a access.UserID, why string) { n.notReady = append(n.notReady, string(a)+" "+why) },
	}, slog.New(slog.DiscardHandler))
	t.Cleanup(r.Close)
	return r, n
}

// settled asks what is held when everything told so far was matched: that follows a batch of messages.
func settled(r *Router) (seats, places int) {
	r.Held()
	return r.Held()
}

func ready(id access.UserID, queues ...queue.ID) Agent {
	return Agent{ID: id, Queues: queues, Ready: true}
}

func place(id interaction.ID, q queue.ID) Place {
	return Place{Interaction: id, Queue: q, Since: time.Unix(0, 0)}
}

func TestRemovedQueue(t *testing.T) {
	r, n := newRouter(t)
	r.Enqueue(place("early", "new")) // a queue nobody was told of yet: it is just being made
	r.SetQueues(known("sales", "new"))
	r.Enqueue(place("a", "sales"))
	r.Enqueue(place("b", "sales"))
	r.SetQueues(known("new"))
	r.Enqueue(place("c", "sales")) // came back after a missed offer
	if _, places := settled(r); places != 1 || !slices.Equal(n.stranded, []string{"a", "b", "c"}) {
		t.Errorf("%d places are left and %v were told, want the early one left and a, b, c told", places, n.stranded)
	}
	r.SetQueues(known("new", "sales"))
	r.Enqueue(place("d", "sales"))
	if _, places := settled(r); places != 2 {
		t.Errorf("%d places, want 2: the queue is there again", places)
	}
}

func TestRemovedAgent(t *testing.T) {
	r, n := newRouter(t)
	r.SetAgent(ready("ann", "sales"))
	r.Enqueue(place("a", "sales"))
	settled(r)
	r.RemoveAgent("ann") // in mid-call
	r.Enqueue(place("b", "sales"))
	if seats, places := settled(r); seats != 1 || places != 1 {
		t.Errorf("%d seats and %d places are held, want her call and one who waits", seats, places)
	}
	release := interaction.Release{Interaction: "a", Agent: "ann"}
	r.Release(release)
	r.Release(release) // twice is harmless
	if seats, _ := settled(r); seats != 0 || len(r.m.seats) != 0 {
		t.Errorf("%d seats are held, %d known; want none", seats, len(r.m.seats))
	}
	r.SetAgent(ready("ann", "sales"))
	settled(r)
	r.Release(release) // a late one is not for the new call
	if seats, _ := settled(r); seats != 1 || !slices.Equal(n.offers, []string{"a ann", "b ann"}) {
		t.Errorf("%d seats are held after the offers %v", seats, n.offers)
	}
	r.Release(interaction.Release{Interaction: "b", Agent: "ann", NotReady: "missed"})
	r.Enqueue(place("c", "sales"))
	if seats, _ := settled(r); seats != 0 || !slices.Equal(n.notReady, []string{"ann missed"}) {
		t.Errorf("after a missed offer %d seats are held, told %v", seats, n.notReady)
	}
}

func known(ids ...queue.ID) (all []Queue) {
	for _, id := range ids {
		all = append(all, Queue{ID: id})
	}
	return all
}
