package app

import (
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
	queue queue.ID
	only  access.UserID
	taken bool
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
	now := message{s.Segment.Rules.Queue, s.Segment.Only, s.Phase != interaction.Waiting && s.Phase != interaction.Offered}
	l.mu.Lock()
	before, was := l.messages[s.ID]
	if s.Open() {
		l.messages[s.ID] = now
	} else {
		delete(l.messages, s.ID)
	}
	l.mu.Unlock()
	if was && s.Open() && before == now {
		return
	}
	l.worker.Put(func() {
		l.concerns(now)
		if was {
			l.concerns(before)
		}
	})
}

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
