package desk

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
)

// AwayTime is how long an agent whose desk closed stays signed in as before: a reload, a network
// that changes. Meanwhile nothing is offered to him. After it he is offline.
const AwayTime = 30 * time.Second

// Hub knows the open desks. Safe for concurrent use.
type Hub struct {
	ports Ports
	log   *slog.Logger

	mu     sync.Mutex
	open   map[access.UserID]map[*Session]bool
	away   map[access.UserID]*time.Timer
	closed bool
	wg     sync.WaitGroup // of timers that fired and of connections
}

// NewHub gives a hub without desks.
func NewHub(ports Ports, log *slog.Logger) *Hub {
	return &Hub{
		ports: ports, log: log,
		open: make(map[access.UserID]map[*Session]bool), away: make(map[access.UserID]*time.Timer),
	}
}

// Open opens a desk. Close of the session must follow.
func (h *Hub) Open(u User) (*Session, error) {
	sub, now, ok := h.ports.Board.Subscribe(u.ID)
	if !ok {
		return nil, fault.Unavailable.New("The center is closing down.")
	}
	if access.May(u.Role, access.Monitor) {
		sub.Leads()
	}
	s := &Session{hub: h, user: u, sub: sub, now: now, kick: make(chan string, 4), news: make(chan struct{}, 1)}
	s.look()
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		sub.Leave()
		return nil, fault.Unavailable.New("The center is closing down.")
	}
	if t := h.away[u.ID]; t != nil {
		t.Stop()
		delete(h.away, u.ID)
	}
	tabs := h.open[u.ID]
	if tabs == nil {
		tabs = make(map[*Session]bool)
		h.open[u.ID] = tabs
	}
	tabs[s] = true
	if len(tabs) > 1 {
		for tab := range tabs {
			tab.notify("other_tab")
		}
	}
	h.mu.Unlock()
	h.ports.Agents.Opened(u.ID, u.Session)
	h.ports.Agents.Present(u.ID, true)
	return s, nil
}

// notify sends a notice unless the session has too many already.
func (s *Session) notify(code string) {
	select {
	case s.kick <- code:
	default:
	}
}

// Notify sends a notice to the desks of a user.
func (h *Hub) Notify(user access.UserID, code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.open[user] {
		s.notify(code)
	}
}

// NotifyAll sends a notice to every desk.
func (h *Hub) NotifyAll(code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, tabs := range h.open {
		for s := range tabs {
			s.notify(code)
		}
	}
}

// NoticesOf has the desks of users read what leaders have written to them; without users, every desk.
func (h *Hub) NoticesOf(users ...access.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(users) == 0 {
		users = slices.Collect(maps.Keys(h.open))
	}
	for _, u := range users {
		for s := range h.open[u] {
			s.look()
		}
	}
}

func (h *Hub) leave(s *Session) {
	s.sub.Leave()
	h.mu.Lock()
	defer h.mu.Unlock()
	tabs := h.open[s.user.ID]
	if !tabs[s] {
		return
	}
	delete(tabs, s)
	if len(tabs) > 0 {
		return
	}
	delete(h.open, s.user.ID)
	h.ports.Agents.Present(s.user.ID, false)
	if h.closed {
		return
	}
	h.away[s.user.ID] = time.AfterFunc(AwayTime, func() { h.gone(s.user.ID) })
}

// Expect awaits the desks of agents who were on duty before a restart, as if they had just gone.
func (h *Hub) Expect(users []access.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range users {
		if !h.closed && h.open[u] == nil && h.away[u] == nil {
			h.away[u] = time.AfterFunc(AwayTime, func() { h.gone(u) })
		}
	}
}

// gone makes an agent offline who did not come back.
func (h *Hub) gone(user access.UserID) {
	h.mu.Lock()
	if h.closed || h.away[user] == nil {
		h.mu.Unlock()
		return
	}
	delete(h.away, user)
	h.wg.Add(1)
	h.mu.Unlock()
	defer h.wg.Done()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := h.ports.Agents.SetStatus(ctx, user, "", "offline", "desk_gone")
	if err == nil {
		return
	}
	again := fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Busy)
	h.log.Error("agent not set offline", "agent", user, "error", err, "trying_again", again)
	if !again {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed && h.open[user] == nil && h.away[user] == nil { // or he would be shown as available for ever
		h.away[user] = time.AfterFunc(goneAgain, func() { h.gone(user) })
	}
}

// goneAgain is how long after a failure somebody who is gone is set offline again.
const goneAgain = 5 * time.Second

// Desks is the number of open desks.
func (h *Hub) Desks() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, tabs := range h.open {
		n += len(tabs)
	}
	return n
}

// Close stops the timers; connections are ended by their HTTP server. It waits for what runs.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for _, t := range h.away {
		t.Stop()
	}
	h.mu.Unlock()
	h.wg.Wait()
}
