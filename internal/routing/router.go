package routing

import (
	"log/slog"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/mailbox"
)

// Ports are what the router tells others. They are called from its goroutine and must not block.
type Ports struct {
	// Offer tells an interaction that an agent is reserved for it.
	Offer func(interaction.ID, interaction.OfferMade)
	// Refused tells an interaction that nobody can take a place that was for now or never.
	Refused func(interaction.ID, interaction.PlaceRefused)
	// Stranded tells an interaction that the queue it waits in is no longer there. Nil: nobody is told.
	Stranded func(interaction.ID)
	// NotReady makes an agent unavailable: his offer was missed or his phone was lost.
	NotReady func(agent access.UserID, reason string)
}

// Router is the one owner of a Matcher in a running center: what it is told goes through a mailbox, what changes by
// itself through a timer. Its methods never block, but for those that ask. It implements interaction.Router.
type Router struct {
	ports Ports
	log   *slog.Logger
	box   *mailbox.Mailbox[func(now time.Time)]
	done  chan struct{}
	m     *Matcher // owned by the goroutine
}

// New starts a router; Close ends it.
func New(ports Ports, log *slog.Logger) *Router {
	r := &Router{
		ports: ports, log: log, box: mailbox.New[func(time.Time)](), done: make(chan struct{}), m: NewMatcher(),
	}
	go r.run()
	return r
}

func (r *Router) run() {
	defer close(r.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-r.box.Wake():
		case <-timer.C:
		}
		for _, do := range r.box.Take() {
			do(time.Now())
		}
		now := time.Now()
		r.match(now)
		if r.box.Closed() && r.box.Len() == 0 {
			return
		}
		if next := r.m.Next(now); next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(0, next.Sub(now)))
		}
	}
}

// match makes every reservation that is possible now.
func (r *Router) match(now time.Time) {
	for _, p := range r.m.Match(now) {
		r.ports.Offer(p.Place.Interaction, interaction.OfferMade{Agent: p.Agent, Party: p.Place.Party})
	}
}

// Close ends the router and waits for it. What is told later is dropped.
func (r *Router) Close() {
	r.box.Close()
	<-r.done
}

// Backlog is how many messages wait.
func (r *Router) Backlog() int { return r.box.Len() }

// ask has something found out by the router's goroutine. Not ok: the router is closed.
func ask[T any](r *Router, find func(now time.Time) T) (answer T, ok bool) {
	reply := make(chan T, 1)
	if !r.box.Put(func(now time.Time) { reply <- find(now) }) {
		return answer, false
	}
	select {
	case answer = <-reply:
		return answer, true
	case <-r.done:
		return answer, false
	}
}

// Enqueue implements interaction.Router. A second place for the same customer or party replaces the first.
func (r *Router) Enqueue(p Place) {
	r.box.Put(func(now time.Time) {
		if !r.m.Enqueue(now, p) {
			r.strand(p)
			return
		}
		if !p.OrNot {
			return
		}
		r.match(now)
		if r.m.Waits(p.Interaction, p.Party) {
			r.m.Withdraw(p.Interaction, p.Party)
			r.refuse(p)
		}
	})
}

func (r *Router) refuse(p Place) {
	if r.ports.Refused != nil {
		r.ports.Refused(p.Interaction, interaction.PlaceRefused{Party: p.Party})
	}
}

// strand tells who waits in a queue that is no longer there.
func (r *Router) strand(p Place) {
	switch {
	case p.Party != "": // the customer is not in this line
		r.refuse(p)
	case r.ports.Stranded != nil:
		r.ports.Stranded(p.Interaction)
	}
}

// SetQueues tells all queues there are. Who waits in one that is no longer there would wait for ever,
// since nobody serves it: he is told, now or when he comes back to the line.
func (r *Router) SetQueues(all []Queue) {
	all = slices.Clone(all)
	r.box.Put(func(now time.Time) {
		for _, p := range r.m.SetQueues(now, all) {
			r.strand(p)
		}
	})
}

// SetRules changes what holds for all queues.
func (r *Router) SetRules(rules Rules) {
	r.box.Put(func(time.Time) { r.m.SetRules(rules) })
}

// Withdraw implements interaction.Router.
func (r *Router) Withdraw(id interaction.ID, party interaction.PartyID) {
	r.box.Put(func(time.Time) { r.m.Withdraw(id, party) })
}

// Keep implements interaction.Router. An agent who is not known yet is remembered by his seat.
func (r *Router) Keep(id interaction.ID, agent access.UserID) {
	r.box.Put(func(now time.Time) { r.m.Keep(now, id, agent) })
}

// Take reserves the seat of an agent for what he begins by himself, ready or not; false: something else but beside,
// which he has in hand without talking (empty: nothing), is reserved for him, or the router is closed.
func (r *Router) Take(id interaction.ID, agent access.UserID, beside interaction.ID) bool {
	free, ok := ask(r, func(now time.Time) bool { return r.m.Take(now, id, agent, beside) })
	return free && ok
}

// Hold implements interaction.Router.
func (r *Router) Hold(id interaction.ID, agent access.UserID, on bool) {
	r.box.Put(func(now time.Time) { r.m.Hold(now, id, agent, on) })
}

// Release implements interaction.Router.
func (r *Router) Release(rel interaction.Release) {
	r.box.Put(func(now time.Time) {
		if r.m.Release(now, rel) {
			r.ports.NotReady(rel.Agent, rel.NotReady)
		}
	})
}

// GiveBack ends a reservation that was not used: the agent keeps his turn. A second call is harmless.
func (r *Router) GiveBack(id interaction.ID, agent access.UserID) {
	r.box.Put(func(now time.Time) { r.m.GiveBack(now, id, agent) })
}

// SetAgent adds an agent or changes what is known about him. A running interaction is not touched.
func (r *Router) SetAgent(a Agent) {
	a = a.clone()
	r.box.Put(func(now time.Time) { r.m.SetAgent(now, a) })
}

// RemoveAgent forgets an agent once his seat is free; until then he gets nothing new.
func (r *Router) RemoveAgent(id access.UserID) {
	r.box.Put(func(now time.Time) { r.m.RemoveAgent(now, id) })
}

// Position asks for an interaction's place in its line, 1 for the first. Not ok: it does not wait,
// or is being offered just now.
func (r *Router) Position(id interaction.ID) (n int, ok bool) {
	n, _ = ask(r, func(time.Time) int { return r.m.Position(id) })
	return n, n > 0
}

// Held asks how many seats are reserved and how many places are kept; both are zero when nothing runs.
func (r *Router) Held() (seats, places int) {
	h, _ := ask(r, func(time.Time) [2]int { s, p := r.m.Held(); return [2]int{s, p} })
	return h[0], h[1]
}

// Holds asks what is reserved and who has a place in line. Not ok: the router is closed.
func (r *Router) Holds() (h Holding, ok bool) {
	return ask(r, func(time.Time) Holding { return r.m.Holds() })
}

// Unserved asks who waits for what nobody can give, as Matcher.Unserved.
func (r *Router) Unserved() []Place {
	all, _ := ask(r, func(now time.Time) []Place { return r.m.Unserved(now) })
	return all
}
