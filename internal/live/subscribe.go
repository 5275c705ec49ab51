package live

import (
	"slices"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// Snapshot is what a screen begins with.
type Snapshot struct {
	Me     AgentView
	Work   []WorkView
	Day    DayView
	Queues []QueueView // the user's own; all when the board is watched
	Agents []AgentView // only when the board is watched
	Parked []ParkedView
}

// Changes are what is new since the last Take. Each view is whole and the latest of its kind.
type Changes struct {
	Me     *AgentView
	Work   []WorkView
	Gone   map[interaction.ID]string // interaction to why it left the hand
	Day    *DayView
	Queues []QueueView
	Agents []AgentView
	Parked *[]ParkedView   // all there are; nil: unchanged
	Line   *LineView       // whole; nil: unchanged, or none is watched
	Helps  *[]HelpView     // all there are; nil: unchanged, or the user does not lead
	Asks   *[]MoreTimeView // likewise
	Alerts *[]AlertView    // all that last; nil: unchanged, or the user does not lead
}

// Subscription follows the board for one screen. What is not taken is kept as the latest view of
// each thing, so that a slow screen costs no more memory than the board itself and never misses the
// present. Safe for concurrent use.
type Subscription struct {
	b    *Board
	user access.UserID
	wake chan struct{}

	// board, lead and line are owned by the board's goroutine.
	board bool
	lead  bool     // calls for help follow
	line  queue.ID // whose waiting customers are followed; empty: none's

	mu        sync.Mutex
	pending   pending
	gathering bool // a timer will wake the screen
}

type pending struct {
	me     *AgentView
	day    *DayView
	work   map[interaction.ID]WorkView
	gone   map[interaction.ID]string
	queues map[queue.ID]QueueView
	agents map[access.UserID]AgentView

	parked    []ParkedView
	parkedNew bool
	line      *LineView

	helps    []HelpView
	helpsNew bool
	asks     []MoreTimeView
	asksNew  bool

	alerts    []AlertView
	alertsNew bool
}

func newPending() pending {
	return pending{
		work: make(map[interaction.ID]WorkView), gone: make(map[interaction.ID]string),
		queues: make(map[queue.ID]QueueView), agents: make(map[access.UserID]AgentView),
	}
}

// Subscribe gives the present and follows it from there. Leave ends it. Not ok: the board is closed.
func (b *Board) Subscribe(user access.UserID) (sub *Subscription, now Snapshot, ok bool) {
	sub = &Subscription{b: b, user: user, wake: make(chan struct{}, 1), pending: newPending()}
	reply := make(chan Snapshot, 1)
	if !b.box.Put(func() {
		b.subs[sub] = true
		reply <- b.snapshot(user, false)
	}) {
		return nil, Snapshot{}, false
	}
	select {
	case now = <-reply:
		return sub, now, true
	case <-b.done:
		return nil, Snapshot{}, false
	}
}

// Present gives all queues and agents.
func (b *Board) Present() Snapshot {
	reply := make(chan Snapshot, 1)
	if !b.box.Put(func() { reply <- b.snapshot("", true) }) {
		return Snapshot{}
	}
	select {
	case s := <-reply:
		return s
	case <-b.done:
		return Snapshot{}
	}
}

// Queue gives a queue as it stands now; false: it is not known.
func (b *Board) Queue(id queue.ID) (v QueueView, ok bool) {
	reply := make(chan QueueView, 1)
	if !b.box.Put(func() {
		if q := b.queues[id]; q != nil {
			reply <- q.shown
			return
		}
		reply <- QueueView{}
	}) {
		return QueueView{}, false
	}
	select {
	case v := <-reply:
		return v, v.Queue != ""
	case <-b.done:
		return QueueView{}, false
	}
}

// Talking says whether a customer with this address speaks with an agent now.
func (b *Board) Talking(address string) bool {
	reply := make(chan bool, 1)
	if !b.box.Put(func() {
		for _, s := range b.work {
			if s.Arrival.CustomerAddress == address && s.Phase == interaction.Connected {
				reply <- true
				return
			}
		}
		reply <- false
	}) {
		return false
	}
	select {
	case yes := <-reply:
		return yes
	case <-b.done:
		return false
	}
}

func (b *Board) snapshot(user access.UserID, all bool) Snapshot {
	var s Snapshot
	if user != "" {
		a := b.agent(user)
		s.Me, s.Day = a.shown, a.day
		if s.Me.Agent == "" {
			s.Me = AgentView{Agent: user, Name: a.info.Name, Status: "offline", Activity: Idle}
		}
		for _, w := range b.work {
			if w.InHand(user) {
				s.Work = append(s.Work, b.workView(user, w))
			}
		}
	}
	for id, q := range b.queues {
		if q.shown.Name != "" && (all || slices.Contains(b.agent(user).info.Queues, id)) {
			s.Queues = append(s.Queues, q.shown)
		}
	}
	if all {
		for _, a := range b.agents {
			if a.known {
				s.Agents = append(s.Agents, a.shown)
			}
		}
	}
	s.Parked = b.parked()
	s.sort()
	return s
}

// WatchBoard begins or ends following all queues and agents; when it begins they all come as changes.
func (s *Subscription) WatchBoard(on bool) {
	s.b.box.Put(func() {
		s.board = on
		if !on {
			return
		}
		all := s.b.snapshot("", true)
		s.put(func(p *pending) {
			for _, q := range all.Queues {
				p.queues[q.Queue] = q
			}
			for _, a := range all.Agents {
				p.agents[a.Agent] = a
			}
		})
		s.rouse() // who has just opened the board does not wait
	})
}

// Leave ends the subscription.
func (s *Subscription) Leave() {
	s.b.box.Put(func() { delete(s.b.subs, s) })
}

// Wake is ready when there is something to take.
func (s *Subscription) Wake() <-chan struct{} { return s.wake }

// othersWait is how long news that is not the user's own may gather before a screen is woken. In a
// center of a thousand desks every step of every call would wake them all otherwise, and the one
// agent whose phone is to ring would be told among them.
const othersWait = 200 * time.Millisecond

func (s *Subscription) put(add func(*pending)) {
	s.mu.Lock()
	add(&s.pending)
	p := &s.pending
	own := p.me != nil || p.day != nil || len(p.work) > 0 || len(p.gone) > 0
	later := !own && !s.gathering
	s.gathering = s.gathering || later
	s.mu.Unlock()
	switch {
	case own:
		s.rouse()
	case later:
		time.AfterFunc(othersWait, func() {
			s.mu.Lock()
			s.gathering = false
			s.mu.Unlock()
			s.rouse()
		})
	}
}

func (s *Subscription) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Take empties the subscription.
func (s *Subscription) Take() Changes {
	s.mu.Lock()
	p := s.pending
	s.pending = newPending()
	s.mu.Unlock()
	c := Changes{Me: p.me, Day: p.day, Gone: p.gone, Line: p.line}
	if p.parkedNew {
		c.Parked = &p.parked
	}
	if p.helpsNew {
		c.Helps = &p.helps
	}
	if p.asksNew {
		c.Asks = &p.asks
	}
	if p.alertsNew {
		c.Alerts = &p.alerts
	}
	for _, v := range p.work {
		c.Work = append(c.Work, v)
	}
	for _, v := range p.queues {
		c.Queues = append(c.Queues, v)
	}
	for _, v := range p.agents {
		c.Agents = append(c.Agents, v)
	}
	sortViews(c.Queues, c.Agents, c.Work)
	return c
}

func (s *Snapshot) sort() { sortViews(s.Queues, s.Agents, s.Work) }

// sortViews gives every list the same order each time.
func sortViews(queues []QueueView, agents []AgentView, work []WorkView) {
	slices.SortFunc(queues, func(a, b QueueView) int { return compare(a.Name+string(a.Queue), b.Name+string(b.Queue)) })
	slices.SortFunc(agents, func(a, b AgentView) int { return compare(a.Name+string(a.Agent), b.Name+string(b.Agent)) })
	slices.SortFunc(work, func(a, b WorkView) int { return compare(string(a.Interaction), string(b.Interaction)) })
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
