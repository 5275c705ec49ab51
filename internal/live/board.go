package live

import (
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/queue"
	"linekeeper/internal/sound"
	"linekeeper/internal/wait"
)

// Agent is what the board must be told about an agent.
type Agent struct {
	ID     access.UserID
	Name   string
	Status string
	Reason string
	SetBy  string // the name of who else set the status; empty: the agent, or the system
	Since  time.Time
	Queues []queue.ID
	// Phone is what the agent is called on: browser, sip, outside.
	Phone string
	// PhoneAway says that it cannot be called now.
	PhoneAway bool
	// Until is when a break ends by itself; zero: it does not.
	Until time.Time
	// Shift is what he has done before the shift, and what he lacks.
	Shift ShiftView
}

// Queue is what the board must be told about a queue.
type Queue struct {
	ID          queue.ID
	Name        string
	Project     string // the project's name
	Target      time.Duration
	TargetShare float64
}

// Names gives names for ids; it answers from memory.
type Names interface {
	Entry(id string) string
	Project(id string) string
	Queue(id queue.ID) string
	User(id access.UserID) string
}

// Board holds the present. It has one owner goroutine; everything is told through a mailbox that
// never blocks. New starts it, Close ends it.
type Board struct {
	names Names
	zone  func() *time.Location // of the day's figures
	box   *mailbox.Mailbox[func()]
	done  chan struct{}

	// Owned by the goroutine.
	day    time.Time // the midnight the counts begin at
	queues map[queue.ID]*queueState
	agents map[access.UserID]*agentState
	work   map[interaction.ID]interaction.State
	subs   map[*Subscription]bool

	quality map[talk]sound.Trouble    // of talks that sound wrong
	locks   map[talk]sound.Protection // of talks that are encrypted
	alerts  []AlertView               // that last, the newest first; replaced, never changed

	unserved map[interaction.ID]Unserved // replaced, never changed
}

// talk is an agent's part in an interaction.
type talk struct {
	id   interaction.ID
	user access.UserID
}

type queueState struct {
	info    Queue
	counts  Counts
	waiting map[interaction.ID]time.Time // customers on the line
	left    map[interaction.ID]bool      // messages
	tasks   map[interaction.ID]time.Time // when they are due
	agents  map[access.UserID]bool       // who is available or works; true: available and free
	line    wait.Line
	learns  bool // something happened since what the line learned was asked for
	shown   QueueView

	callbacks      int
	callbacksSince time.Time // zero: none
	callbackDay    CallbackDay
}

type agentState struct {
	info  Agent
	known bool                    // SetAgent was called; otherwise only figures are kept
	in    []queue.ID              // whose agents he is counted among
	work  map[interaction.ID]bool // in hand
	day   DayView
	shown AgentView
}

// Counts are a queue's figures of the day.
type Counts struct{ Offered, Answered, InTime, Abandoned, Short int }

// New starts a board. Zone tells the time zone of the day's figures.
func New(names Names, zone func() *time.Location) *Board {
	b := &Board{
		names: names, zone: zone, box: mailbox.New[func()](), done: make(chan struct{}),
		queues: make(map[queue.ID]*queueState), agents: make(map[access.UserID]*agentState),
		work: make(map[interaction.ID]interaction.State), subs: make(map[*Subscription]bool),
		quality: make(map[talk]sound.Trouble), locks: make(map[talk]sound.Protection), alerts: []AlertView{},
	}
	b.day = midnight(time.Now().In(zone()))
	go b.run()
	return b
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

func (b *Board) run() {
	defer close(b.done)
	clock := time.NewTimer(b.nextLook())
	defer clock.Stop()
	renews := false // the clock is set for a queue in which somebody waits
	for {
		select {
		case <-b.box.Wake():
			for _, do := range b.box.Take() {
				do()
			}
			if b.box.Closed() {
				return
			}
			if !renews && b.waits() {
				clock.Reset(b.nextLook())
				renews = true
			}
		case <-clock.C:
			b.newDay(time.Now().In(b.zone()))
			b.renew()
			clock.Reset(b.nextLook())
			renews = b.waits()
		}
	}
}

// nextLook is when the clock is looked at again for midnight: then, but at least every few minutes,
// because a clock can be set, a machine suspended and the center's time zone changed.
func (b *Board) nextLook() time.Duration {
	if b.waits() {
		return renewEvery
	}
	return min(time.Until(b.day.AddDate(0, 0, 1)), lookEvery)
}

const lookEvery = 5 * time.Minute

// Close ends the board and waits for it.
func (b *Board) Close() {
	b.box.Close()
	<-b.done
}

// Backlog is how many messages wait.
func (b *Board) Backlog() int { return b.box.Len() }

// Today is the instant the day's figures count from.
func (b *Board) Today() time.Time {
	reply := make(chan time.Time, 1)
	if !b.box.Put(func() { reply <- b.day }) {
		return time.Time{}
	}
	select {
	case t := <-reply:
		return t
	case <-b.done:
		return time.Time{}
	}
}

// newDay begins a new day's figures if it is one. A clock set back does not bring yesterday back.
func (b *Board) newDay(now time.Time) {
	today := midnight(now)
	if !today.After(b.day) {
		return
	}
	b.day = today
	for id, q := range b.queues {
		q.counts, q.callbackDay = Counts{}, CallbackDay{}
		b.showQueue(id)
	}
	for id, a := range b.agents {
		a.day = DayView{}
		b.showDay(id)
	}
}

// SetQueues tells all queues there are.
func (b *Board) SetQueues(all []Queue) {
	b.box.Put(func() {
		keep := make(map[queue.ID]bool, len(all))
		for _, info := range all {
			keep[info.ID] = true
			b.queue(info.ID).info = info
		}
		for id := range b.queues {
			if !keep[id] {
				delete(b.queues, id)
			}
		}
		for _, a := range b.agents { // who was told of before a queue of his was
			b.serve(a)
		}
		for id := range b.queues {
			b.showQueue(id)
		}
	})
}

// SetAgent tells what is known about an agent.
func (b *Board) SetAgent(info Agent) {
	b.box.Put(func() {
		a := b.agent(info.ID)
		old := a.info.Queues
		a.info, a.known = info, true
		b.showAgent(info.ID)
		for _, q := range append(slices.Clone(old), info.Queues...) {
			b.showQueue(q)
		}
	})
}

// RemoveAgent takes an agent off the board. His day and what he has in hand stay known: he may come
// back, and a call he is in goes on.
func (b *Board) RemoveAgent(id access.UserID) {
	b.box.Put(func() {
		a := b.agents[id]
		if a == nil {
			return
		}
		old := a.info.Queues
		a.known, a.info.Queues = false, nil
		b.serve(a)
		for _, q := range old {
			b.showQueue(q)
		}
	})
}

// Seed sets the day's figures that were counted before this process began.
func (b *Board) Seed(queues map[queue.ID]Counts, agents map[access.UserID]DayView) {
	b.box.Put(func() {
		for id, c := range queues {
			b.queue(id).counts = c
			b.showQueue(id)
		}
		for id, d := range agents {
			b.agent(id).day = d
			b.showDay(id)
		}
	})
}

// Committed is to be called for every commit, in order; it never blocks.
func (b *Board) Committed(c interaction.Commit) {
	b.box.Put(func() { b.fold(c) })
}

// Quality tells what is wrong with the sound of an agent's talk; empty: nothing any more. The journal
// knows nothing of it.
func (b *Board) Quality(id interaction.ID, user access.UserID, t sound.Trouble) {
	b.box.Put(func() { learn(b, b.quality, talk{id, user}, t) })
}

// Protected tells how far an agent's talk is encrypted; empty: the agent's own leg is not.
func (b *Board) Protected(id interaction.ID, user access.UserID, p sound.Protection) {
	b.box.Put(func() { learn(b, b.locks, talk{id, user}, p) })
}

// learn keeps what was told about a talk, and shows it.
func learn[T ~string](b *Board, known map[talk]T, k talk, what T) {
	if known[k] == what {
		return
	}
	if what == "" {
		delete(known, k)
	} else {
		known[k] = what
	}
	if s, ok := b.work[k.id]; ok && s.InHand(k.user) {
		b.showWork(k.user, s)
		b.showAgent(k.user)
	}
}

func (b *Board) queue(id queue.ID) *queueState {
	q := b.queues[id]
	if q == nil {
		q = &queueState{info: Queue{ID: id}, waiting: make(map[interaction.ID]time.Time), left: make(map[interaction.ID]bool), tasks: make(map[interaction.ID]time.Time), agents: make(map[access.UserID]bool)}
		b.queues[id] = q
	}
	return q
}

func (b *Board) agent(id access.UserID) *agentState {
	a := b.agents[id]
	if a == nil {
		a = &agentState{info: Agent{ID: id}, work: make(map[interaction.ID]bool)}
		b.agents[id] = a
	}
	return a
}

// fold takes over a commit and shows what changed.
func (b *Board) fold(c interaction.Commit) {
	before, after := b.work[c.State.ID], c.State
	if after.Open() {
		b.work[after.ID] = after
	} else {
		delete(b.work, after.ID)
	}
	b.count(before, c)
	b.countHandovers(before, after)
	b.countAnswers(before, after)
	b.countWork(before, c)
	b.hand(before, after, c.Events) // first: whose phone is to ring does not wait while all others are told
	b.line(before, after)
	b.helped(before, after)
	b.asked(before, after)
	if before.Phase == interaction.Parked || after.Phase == interaction.Parked {
		b.showParked()
	}
}

// count adds to the day's figures. As in every report, all that becomes of a segment belongs to the
// day on which it began to wait, and a missed offer to the day it was made.
func (b *Board) count(before interaction.State, c interaction.Commit) {
	s := c.State
	if was := before.Segment; was.Seq == s.Segment.Seq && was.Handed && !s.Segment.Handed && !was.Queued.Before(b.day) {
		b.queue(was.Rules.Queue).counts.Offered++ // the agent he was sent to did not take him: now the queue has him
	}
	today := func(at time.Time) bool { return !at.Before(b.day) }
	for _, r := range c.Events {
		g := s.Segment
		if before.Segment.Seq > 0 && before.Segment.Seq < g.Seq {
			if _, again := r.Event.(interaction.EventQueued); !again {
				g = before.Segment // what ends it comes in the same commit as what begins the next
			}
		}
		if _, missed := r.Event.(interaction.EventMissed); missed {
			if !today(s.Offer.At) {
				continue
			}
		} else if !today(g.Queued) {
			continue
		}
		q := g.Rules.Queue
		queued := &b.queue(q).counts
		if g.Handed { // nobody waited in the queue for it
			queued = &Counts{}
		}
		switch e := r.Event.(type) {
		case interaction.EventQueued:
			queued.Offered++
		case interaction.EventConnected:
			queued.Answered++
			if s.Segment.InTime() {
				queued.InTime++
			}
			if !s.IsTask() {
				b.agent(e.Agent).day.Calls++
			}
			b.showDay(e.Agent)
		case interaction.EventCustomerLeft:
			switch s.Segment.Outcome {
			case interaction.Abandoned:
				queued.Abandoned++
			case interaction.ShortAbandon:
				queued.Short++
			}
			b.addTalk(before, s)
		case interaction.EventHandedOver:
			b.addTalk(before, s)
			b.agent(e.To).day.Calls++
			b.showDay(e.To)
		case interaction.EventAgentHungUp, interaction.EventCustomerKept, interaction.EventAgentLost, interaction.EventLetGo,
			interaction.EventTransferred, interaction.EventParked, interaction.EventForwarded, interaction.EventTaskDone, interaction.EventTaskPutBack:
			b.addTalk(before, s)
		case interaction.EventMissed:
			b.agent(e.Agent).day.Missed++
			b.showDay(e.Agent)
		case interaction.EventEnded, interaction.EventWorkLeft:
			if before.Phase == interaction.WrappingUp && before.Agent != "" {
				b.agent(before.Agent).day.WrapUpMs += (s.Segment.WrapUp - before.Segment.WrapUp).Milliseconds()
				b.showDay(before.Agent)
			}
		}
	}
}

func (b *Board) addTalk(before, after interaction.State) {
	if before.Agent == "" || before.Segment.Answered.IsZero() {
		return
	}
	// Talk is counted when it ends; an interruption has counted its part in the state already.
	b.agent(before.Agent).day.TalkMs += after.Talk.Milliseconds() - b.talkShown(before)
	b.showDay(before.Agent)
}

// talkShown is the talk of earlier segments, which was added when they ended.
func (b *Board) talkShown(s interaction.State) int64 {
	return (s.Talk - s.Segment.Talk).Milliseconds()
}

// line keeps who waits where.
func (b *Board) line(before, after interaction.State) {
	waits := func(s interaction.State) bool {
		switch s.Phase {
		case interaction.Waiting, interaction.Offered:
			return true
		case interaction.Connecting:
			return !s.Outbound() // its agent has called the customer
		}
		return false
	}
	b.follow(before, after)
	if q := before.Segment.Rules.Queue; q != "" {
		if waits(before) && !(waits(after) && after.Segment.Rules.Queue == q) {
			delete(b.queue(q).waiting, before.ID)
			delete(b.queue(q).left, before.ID)
			delete(b.queue(q).tasks, before.ID)
		}
		b.showQueue(q)
		if q != after.Segment.Rules.Queue {
			b.showLine(q)
		}
	}
	if q := after.Segment.Rules.Queue; q != "" {
		if waits(after) {
			b.queue(q).joined(after)
		}
		b.showQueue(q)
		if waits(before) || waits(after) {
			b.showLine(q)
		}
	}
}

// hand keeps what each agent has in hand.
func (b *Board) hand(before, after interaction.State, events []interaction.Recorded) {
	users := before.Users()
	for _, u := range after.Users() {
		if !slices.Contains(users, u) {
			users = append(users, u)
		}
	}
	for _, u := range users {
		switch {
		case after.InHand(u):
			b.agent(u).work[after.ID] = true
			b.showWork(u, after)
		case before.InHand(u):
			delete(b.agent(u).work, before.ID)
			b.gone(u, before.ID, why(u, after, events))
		default:
			continue
		}
		b.showAgent(u)
	}
}

// inHand is the interaction an agent is with: of several, the talk that is not on hold, then the newest.
func (b *Board) inHand(a *agentState) interaction.ID {
	best, rank := interaction.ID(""), -1
	for id := range a.work {
		s := b.work[id]
		r := 0
		if s.Agent == a.info.ID {
			r++
		}
		if s.Phase == interaction.Connected && !s.CustomerHeld() && !s.Lineless() {
			r += 2
		}
		if r > rank || r == rank && id > best {
			best, rank = id, r
		}
	}
	return best
}
