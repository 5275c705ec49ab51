package routing

import (
	"log/slog"
	"slices"
	"sort"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/queue"
)

// Agent is what the router must know about an agent.
type Agent struct {
	ID     access.UserID
	Queues []queue.ID
	Ready  bool // available, and somebody sits at the desk
	// SecondLine lets him have another interaction while the first is on hold.
	SecondLine bool
	// Misses is how often NotReady had told of him when this was said. Ready is taken for an older present
	// when the router has told more often since.
	Misses int
}

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

// Router is the one owner of places, seats and reservations. Its methods never block, but for those
// that ask. It implements interaction.Router.
type Router struct {
	ports Ports
	log   *slog.Logger
	box   *mailbox.Mailbox[func()]
	done  chan struct{}

	// Owned by the goroutine.
	lines    map[queue.ID][]Place      // of everybody; in the order of Before
	personal map[access.UserID][]Place // for one agent only, likewise
	places   map[placeKey]Place
	seats    map[access.UserID]*seat
	free     Free              // those of seats that are
	queues   map[queue.ID]bool // those there are, and those there were: false
}

// placeKey names a place: an interaction may have one of its customer and one of each party it asks for.
type placeKey struct {
	id    interaction.ID
	party interaction.PartyID
}

func keyOf(p Place) placeKey { return placeKey{p.Interaction, p.Party} }

// seat is an agent's capacity for exclusive work: one interaction, and with a second line another one
// while the first is on hold.
type seat struct {
	agent Agent
	idle  time.Time
	work  map[interaction.ID]bool // what it is reserved for; true: on hold
	gone  bool                    // to be forgotten once it is free
	told  int                     // how often he was made not ready from here
}

func newSeat(a Agent) *seat { return &seat{agent: a, work: make(map[interaction.ID]bool)} }

// free says whether another interaction may be offered.
func (s *seat) free() bool {
	lines := 1
	if s.agent.SecondLine {
		lines = 2
	}
	if !s.agent.Ready || len(s.work) >= lines {
		return false
	}
	for _, held := range s.work {
		if !held {
			return false
		}
	}
	return true
}

// New starts a router; Close ends it.
func New(ports Ports, log *slog.Logger) *Router {
	r := &Router{
		ports: ports, log: log, box: mailbox.New[func()](), done: make(chan struct{}),
		lines:    make(map[queue.ID][]Place),
		personal: make(map[access.UserID][]Place),
		places:   make(map[placeKey]Place),
		seats:    make(map[access.UserID]*seat),
		queues:   make(map[queue.ID]bool),
	}
	go r.run()
	return r
}

func (r *Router) run() {
	defer close(r.done)
	for range r.box.Wake() {
		batch := r.box.Take()
		for _, do := range batch {
			do()
		}
		if len(batch) > 0 {
			r.match()
		}
		if r.box.Closed() {
			return
		}
	}
}

// Close ends the router and waits for it. What is told later is dropped.
func (r *Router) Close() {
	r.box.Close()
	<-r.done
}

// Backlog is how many messages wait.
func (r *Router) Backlog() int { return r.box.Len() }

// Enqueue implements interaction.Router. A second place for the same customer or party replaces the first.
func (r *Router) Enqueue(p Place) {
	r.box.Put(func() {
		r.remove(keyOf(p))
		if p.Only != "" {
			r.personal[p.Only] = inserted(r.personal[p.Only], p)
		} else {
			r.lines[p.Queue] = inserted(r.lines[p.Queue], p)
		}
		r.places[keyOf(p)] = p
		if p.OrNot {
			r.nowOrNever(p)
		} else if p.Only == "" {
			r.strand(p.Queue)
		}
	})
}

// inserted puts a place where it belongs.
func inserted(line []Place, p Place) []Place {
	i := sort.Search(len(line), func(i int) bool { return Before(p, line[i]) })
	return slices.Insert(line, i, p)
}

// nowOrNever refuses a place that nobody took at once.
func (r *Router) nowOrNever(p Place) {
	r.match()
	if _, waits := r.places[keyOf(p)]; !waits {
		return
	}
	r.remove(keyOf(p))
	r.refuse(p)
}

func (r *Router) refuse(p Place) {
	if r.ports.Refused != nil {
		r.ports.Refused(p.Interaction, interaction.PlaceRefused{Party: p.Party})
	}
}

// SetQueues tells all queues there are. Who waits in one that is no longer there would wait for ever,
// since nobody serves it: he is told, now or when he comes back to the line.
func (r *Router) SetQueues(all []queue.ID) {
	r.box.Put(func() {
		for id := range r.queues {
			r.queues[id] = false
		}
		for _, id := range all {
			r.queues[id] = true
		}
		for id := range r.lines {
			r.strand(id)
		}
	})
}

// strand empties the line of a queue that was removed.
func (r *Router) strand(id queue.ID) {
	if there, known := r.queues[id]; there || !known {
		return
	}
	for _, p := range slices.Clone(r.lines[id]) {
		r.remove(keyOf(p))
		if p.Party != "" { // the customer is not in this line
			r.refuse(p)
			continue
		}
		if r.ports.Stranded != nil {
			r.ports.Stranded(p.Interaction)
		}
	}
}

// Withdraw implements interaction.Router.
func (r *Router) Withdraw(id interaction.ID, party interaction.PartyID) {
	r.box.Put(func() { r.remove(placeKey{id, party}) })
}

// Keep implements interaction.Router. An agent who is not known yet is remembered by his seat.
func (r *Router) Keep(id interaction.ID, agent access.UserID) {
	r.box.Put(func() {
		s := r.seats[agent]
		if s == nil {
			s = newSeat(Agent{ID: agent})
			r.seats[agent] = s
		}
		s.work[id] = false
		r.changed(s)
	})
}

// Take reserves the seat of an agent for what he begins by himself, ready or not; false: something else but beside,
// which he has in hand without talking (empty: nothing), is reserved for him, or the router is closed.
func (r *Router) Take(id interaction.ID, agent access.UserID, beside interaction.ID) bool {
	reply := make(chan bool, 1)
	if !r.box.Put(func() {
		s := r.seats[agent]
		if s == nil {
			s = newSeat(Agent{ID: agent})
			r.seats[agent] = s
		}
		_, has := s.work[beside]
		free := len(s.work) == 0 || has && len(s.work) == 1
		if free {
			s.work[id] = false
			r.changed(s)
		}
		reply <- free
	}) {
		return false
	}
	select {
	case free := <-reply:
		return free
	case <-r.done:
		return false
	}
}

// Hold implements interaction.Router.
func (r *Router) Hold(id interaction.ID, agent access.UserID, on bool) {
	r.box.Put(func() {
		if s := r.seats[agent]; s != nil {
			if _, mine := s.work[id]; mine {
				s.work[id] = on
				r.changed(s)
			}
		}
	})
}

// Release implements interaction.Router.
func (r *Router) Release(rel interaction.Release) {
	r.box.Put(func() {
		s := r.seats[rel.Agent]
		if s == nil {
			return
		}
		if _, mine := s.work[rel.Interaction]; !mine {
			return
		}
		delete(s.work, rel.Interaction)
		s.idle = time.Now()
		if rel.NotReady != "" {
			s.agent.Ready = false
			s.told++
			r.ports.NotReady(rel.Agent, rel.NotReady)
		}
		r.changed(s)
		if s.gone && len(s.work) == 0 {
			delete(r.seats, rel.Agent)
		}
	})
}

// GiveBack ends a reservation that was not used: the agent keeps his turn. A second call is harmless.
func (r *Router) GiveBack(id interaction.ID, agent access.UserID) {
	r.box.Put(func() {
		s := r.seats[agent]
		if s == nil {
			return
		}
		delete(s.work, id)
		r.changed(s)
		if s.gone && len(s.work) == 0 {
			delete(r.seats, agent)
		}
	})
}

// SetAgent adds an agent or changes what is known about him. A running interaction is not touched.
func (r *Router) SetAgent(a Agent) {
	a.Queues = slices.Clone(a.Queues)
	r.box.Put(func() {
		s := r.seats[a.ID]
		if s == nil {
			s = newSeat(Agent{})
			r.seats[a.ID] = s
		}
		if a.Misses < s.told {
			a.Ready = false // somebody said so before he heard of the miss
		}
		if a.Ready && !s.agent.Ready {
			s.idle = time.Now()
		}
		s.agent, s.gone = a, false
		r.changed(s)
	})
}

// RemoveAgent forgets an agent once his seat is free; until then he gets nothing new.
func (r *Router) RemoveAgent(id access.UserID) {
	r.box.Put(func() {
		s := r.seats[id]
		switch {
		case s == nil:
		case len(s.work) == 0:
			r.free.Remove(id)
			delete(r.seats, id)
		default:
			s.agent.Ready, s.gone = false, true
			r.changed(s)
		}
	})
}

// Position asks for an interaction's place in its line, 1 for the first. Not ok: it does not wait,
// or is being offered just now.
func (r *Router) Position(id interaction.ID) (n int, ok bool) {
	reply := make(chan int, 1)
	if !r.box.Put(func() { reply <- r.position(id) }) {
		return 0, false
	}
	select {
	case n = <-reply:
	case <-r.done:
	}
	return n, n > 0
}

func (r *Router) position(id interaction.ID) int {
	p, ok := r.places[placeKey{id: id}]
	if !ok || p.Only != "" {
		return 0
	}
	return slices.IndexFunc(r.lines[p.Queue], func(o Place) bool { return o.Interaction == id }) + 1
}

// Held asks how many seats are reserved and how many places are kept; both are zero when nothing runs.
func (r *Router) Held() (seats, places int) {
	type held struct{ seats, places int }
	reply := make(chan held, 1)
	if !r.box.Put(func() {
		h := held{places: len(r.places)}
		for _, s := range r.seats {
			h.seats += len(s.work)
		}
		reply <- h
	}) {
		return 0, 0
	}
	select {
	case h := <-reply:
		return h.seats, h.places
	case <-r.done:
		return 0, 0
	}
}

func (r *Router) remove(key placeKey) {
	p, ok := r.places[key]
	if !ok {
		return
	}
	delete(r.places, key)
	if p.Only != "" {
		removeFrom(r.personal, p.Only, key)
	} else {
		removeFrom(r.lines, p.Queue, key)
	}
}

func removeFrom[K comparable](lines map[K][]Place, at K, key placeKey) {
	line := slices.DeleteFunc(lines[at], func(o Place) bool { return keyOf(o) == key })
	if len(line) == 0 {
		delete(lines, at)
		return
	}
	lines[at] = line
}

// match makes every reservation that is possible now. Who asks for one agent comes before who takes
// anybody.
func (r *Router) match() {
	for id, own := range r.personal {
		if s := r.seats[id]; s != nil && s.free() {
			r.reserve(own[0], s)
		}
	}
	for {
		p, ok := Next(r.lines, &r.free)
		if !ok {
			return
		}
		r.reserve(p.Place, r.seats[p.Agent])
	}
}

// changed brings a seat's place among the free ones up to date; to be called whenever anything that it
// hangs on has changed.
func (r *Router) changed(s *seat) {
	if s.free() {
		r.free.Put(Seat{s.agent.ID, s.agent.Queues, s.idle})
	} else {
		r.free.Remove(s.agent.ID)
	}
}

func (r *Router) reserve(p Place, s *seat) {
	r.remove(keyOf(p))
	s.work[p.Interaction] = false
	r.changed(s)
	r.ports.Offer(p.Interaction, interaction.OfferMade{Agent: s.agent.ID, Party: p.Party})
}
