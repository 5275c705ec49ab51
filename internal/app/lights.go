package app

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/queue"
)

// lightPause is how long changes wait for others: a phone is told of its messages once a second at most (RFC 3842).
const lightPause = time.Second

// lights keeps what messages there are, and has SIP phones told.
type lights struct {
	app    *App
	worker *mailbox.Worker

	mu       sync.Mutex
	messages map[interaction.ID]message

	// Owned by the worker.
	dirty  map[string]bool // accounts
	phones map[string]int  // registered, by account
	armed  bool
	tell   sync.WaitGroup
}

// message is one that waits, or that an agent has in hand.
type message struct {
	queue    queue.ID
	only     access.UserID
	taken    bool
	hand     access.UserID // of whom it is, until he has closed it
	priority int
	since    time.Time // when it was left
}

func messageOf(s interaction.State) message {
	m := message{
		queue: s.Segment.Rules.Queue, only: s.Segment.Only, priority: s.Segment.Priority, since: s.Arrived,
		taken: s.Phase != interaction.Waiting && s.Phase != interaction.Offered,
	}
	if s.Phase == interaction.Connected {
		m.hand = s.Agent
	}
	return m
}

func newLights(a *App) *lights {
	l := &lights{app: a, worker: mailbox.NewWorker(), messages: map[interaction.ID]message{}, dirty: map[string]bool{}, phones: map[string]int{}}
	a.registry.Watch(l.committed)
	return l
}

// start begins to tell.
func (l *lights) start() {
	l.worker.Start(func() {}, time.Hour, func() bool { return false })
}

func (l *lights) close() {
	l.worker.Close()
	l.tell.Wait()
}

// committed is a watcher of the registry.
func (l *lights) committed(k interaction.Commit) {
	s := k.State
	if !s.IsMessage() {
		return
	}
	now := messageOf(s)
	l.mu.Lock()
	before, was := l.messages[s.ID]
	if s.Open() {
		l.messages[s.ID] = now
	} else {
		delete(l.messages, s.ID)
	}
	l.mu.Unlock()
	if was && s.Open() && before.counted() == now.counted() {
		return
	}
	l.worker.Put(func() {
		l.concerns(now)
		if was {
			l.concerns(before)
		}
	})
}

// counted is what a phone's light hangs on.
func (m message) counted() message { return message{queue: m.queue, only: m.only, taken: m.taken} }

// concerns marks the accounts of who gets a message.
func (l *lights) concerns(m message) {
	p := l.app.dir.page()
	for user, account := range p.phones {
		if m.reaches(p, user) {
			l.mark(account)
		}
	}
}

// reaches says whether a user gets the message: it is for him, or for a queue he serves.
func (m message) reaches(p *page, user access.UserID) bool {
	if m.only != "" {
		return m.only == user
	}
	for _, q := range p.serves[user] {
		if q == m.queue {
			return true
		}
	}
	return false
}

// mayTake says whether a user may take the message, or has it in hand.
func (m message) mayTake(p *page, user access.UserID) bool {
	if m.taken {
		return m.hand == user
	}
	return m.reaches(p, user)
}

// heardBefore orders messages as they are heard: what is in hand, then as they wait in line.
func heardBefore(a, b message) int {
	switch {
	case a.taken != b.taken && a.taken:
		return -1
	case a.taken != b.taken:
		return 1
	}
	return cmp.Or(cmp.Compare(b.priority, a.priority), a.since.Compare(b.since))
}

// heard are the messages that a user hears, in order.
func (l *lights) heard(user access.UserID) []interaction.ID {
	p := l.app.dir.page()
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []interaction.ID
	for id, m := range l.messages {
		if m.mayTake(p, user) {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b interaction.ID) int {
		return cmp.Or(heardBefore(l.messages[a], l.messages[b]), cmp.Compare(a, b))
	})
	return all
}

// mayTake says whether a user may take a message, or has it in hand.
func (l *lights) mayTake(user access.UserID, id interaction.ID) bool {
	p := l.app.dir.page()
	l.mu.Lock()
	defer l.mu.Unlock()
	m, ok := l.messages[id]
	return ok && m.mayTake(p, user)
}

// mark has an account's phones told, with others, in a moment.
func (l *lights) mark(account string) {
	l.dirty[account] = true
	if l.armed {
		return
	}
	l.armed = true
	time.AfterFunc(lightPause, func() { l.worker.Put(l.flush) })
}

func (l *lights) flush() {
	l.armed = false
	for account := range l.dirty {
		if l.phones[account] > 0 || l.app.bindings.reached(account) {
			l.tell.Go(func() { l.app.voice.MessagesChanged(l.worker.Context(), account) })
		}
	}
	clear(l.dirty)
}

// registered follows how many phones an account has: a new one is told of what waits. It does not block.
func (l *lights) registered(account string, phones int) {
	l.worker.Put(func() {
		more := phones > l.phones[account]
		l.phones[account] = phones
		if more && l.count(account).New > 0 {
			l.mark(account)
		}
	})
}

// count are the messages for who uses an account.
func (l *lights) count(account string) (n voice.Messages) {
	p := l.app.dir.page()
	user := p.accounts[account].User
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.messages {
		switch {
		case !m.reaches(p, user):
		case m.taken:
			n.Old++
		default:
			n.New++
		}
	}
	return n
}
