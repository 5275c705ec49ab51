package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/mailbox"
	"linekeeper/internal/live"
	"linekeeper/internal/routing"
	"linekeeper/internal/shift"
)

// duty brings together what an agent chose (agent.Board), whether somebody sits at the desk, and what
// the set-up says, and tells router and live board. It implements desk.Agents. Safe for concurrent use.
type duty struct {
	db     *db.DB
	dir    *directory
	board  *agent.Board
	phones *bindings
	router *routing.Router
	live   *live.Board
	log    *slog.Logger

	mu      sync.Mutex
	present map[access.UserID]bool
	closed  map[access.UserID]time.Time // when the desks of those who are not present were closed, for deskGrace
	known   map[access.UserID]bool
	leaving map[access.UserID]int // breaks the router asked for and that are not written yet
	misses  map[access.UserID]int // how often the router has told that one has missed

	// notices counts what somebody has confirmed. Set before start.
	notices func(context.Context, access.UserID) (noticeCount, error)

	shifts *shifts // what the agents have done before the shift

	// withdraw takes back what is offered to an agent whose desk is closed. Set before start.
	withdraw func(access.UserID)
	// gates say what keeps an agent from becoming available. Set before start.
	gates    []agent.Gate
	notReady *mailbox.Mailbox[missed]
	stop     context.CancelFunc // ends what run waits for
	done     chan struct{}
	shown    chan struct{} // closed when followShifts has ended
}

// breakAgain is how long after a failure an agent's break is tried again.
const breakAgain = 2 * time.Second

// missed is the router's wish to make an agent unavailable.
type missed struct {
	user   access.UserID
	reason string
	length time.Duration  // the break ends by itself after it; 0: it does not
	rested agent.Standing // the break that is to be ended; zero: one is to begin

	arrival shift.Arrival   // to be written down instead; zero: none
	counts  []access.UserID // whose notices are to be counted instead; nil: nobody's
}

func newDuty(d *db.DB, dir *directory, board *agent.Board, phones *bindings, log *slog.Logger) *duty {
	return &duty{
		db: d, dir: dir, board: board, phones: phones, log: log,
		present: make(map[access.UserID]bool), closed: make(map[access.UserID]time.Time), known: make(map[access.UserID]bool), leaving: make(map[access.UserID]int), misses: make(map[access.UserID]int),
		shifts: newShifts(), notReady: mailbox.New[missed](), done: make(chan struct{}), shown: make(chan struct{}),
	}
}

// start follows the statuses; close ends it.
func (d *duty) start(router *routing.Router, board *live.Board) {
	d.router, d.live = router, board
	d.board.Watch(func(c agent.Change) {
		d.tell(c.After.User)
		d.rests(c.After)
	})
	for _, s := range d.board.All(d.dir.page().tenant.ID) {
		d.rests(s)
	}
	d.refresh()
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	go d.run(ctx)
	go d.followShifts(ctx)
}

// run carries out the router's wishes, which need the database.
func (d *duty) run(ctx context.Context) {
	defer close(d.done)
	for range d.notReady.Wake() {
		for _, m := range d.notReady.Take() {
			if m.counts != nil {
				d.countNow(ctx, m.counts)
				continue
			}
			if m.arrival.User != "" {
				d.arrival(ctx, m.arrival)
				continue
			}
			if m.rested.User != "" {
				d.endRest(ctx, m.rested)
				continue
			}
			d.breakFor(ctx, m)
			d.mu.Lock()
			if d.leaving[m.user]--; d.leaving[m.user] <= 0 {
				delete(d.leaving, m.user)
			}
			d.mu.Unlock()
			d.tell(m.user)
		}
		if d.notReady.Closed() {
			return
		}
	}
}

func (d *duty) close() {
	d.notReady.Close()
	d.stop()
	<-d.done
	<-d.shown
}

// breakFor gives an available agent a break; one who has chosen otherwise meanwhile keeps that. While
// the database is gone it is tried again, or the agent would be shown as available and get nothing.
func (d *duty) breakFor(ctx context.Context, m missed) {
	for {
		if d.board.Get(d.dir.page().tenant.ID, m.user).Status != agent.Available {
			return
		}
		once, cancel := context.WithTimeout(ctx, 10*time.Second)
		var err error
		if m.length > 0 {
			_, err = d.board.Rest(once, d.system(), m.user, m.reason, time.Now().Add(m.length))
		} else {
			_, err = d.board.Set(once, d.system(), m.user, agent.Break, m.reason)
		}
		cancel()
		if err == nil || ctx.Err() != nil {
			return
		}
		again := fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Busy)
		d.log.Error("agent not put on break", "agent", m.user, "reason", m.reason, "error", err, "trying_again", again)
		if !again {
			return // his user is gone, for one
		}
		select {
		case <-time.After(breakAgain):
		case <-ctx.Done():
			return
		}
	}
}

func (d *duty) system() audit.Author {
	return audit.Author{Tenant: string(d.dir.page().tenant.ID), Source: "system"}
}

// Missed is the router's port: who says at the same time that the agent is ready, without knowing of it,
// is not believed there.
func (d *duty) Missed(user access.UserID, reason string) {
	d.mu.Lock()
	d.misses[user]++
	d.mu.Unlock()
	d.NotReady(user, reason)
}

// NotReady gives an agent a break as soon as it can be written.
func (d *duty) NotReady(user access.UserID, reason string) {
	d.mu.Lock()
	d.leaving[user]++ // until the break is written nobody calls him ready, whatever he presses meanwhile
	d.mu.Unlock()
	d.notReady.Put(missed{user: user, reason: reason})
}

// refresh tells everything anew after the set-up changed.
func (d *duty) refresh() {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.dir.page()
	d.live.SetQueues(p.boardQueues())
	d.router.SetQueues(p.routes())
	for u := range d.known {
		if !works(p, u) {
			delete(d.known, u)
			d.router.RemoveAgent(u)
			d.live.RemoveAgent(u)
		}
	}
	for u := range p.users {
		if works(p, u) {
			d.known[u] = true
			d.show(p, u)
		}
	}
}

// works says whether somebody takes calls: an agent, or another role that serves a queue.
func works(p *page, u access.UserID) bool {
	user, ok := p.users[u]
	return ok && !user.Disabled && access.May(user.Role, access.WorkCalls) &&
		(user.Role == access.Agent || len(p.serves[u]) > 0)
}

// tell shows an agent's present to router and board.
func (d *duty) tell(u access.UserID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.dir.page(); works(p, u) {
		d.show(p, u)
	}
}

// show needs the lock, and everything it shows is read under it: two who tell at the same time would
// otherwise overtake each other with an older present.
func (d *duty) show(p *page, u access.UserID) {
	s := d.board.Get(p.tenant.ID, u)
	reached, ready := d.reached(p, u), d.readyNow(s, u)
	d.router.SetAgent(routing.Agent{ID: u, Queues: p.serves[u], Ready: ready, Present: d.present[u] && onDuty(s), Skills: p.levels[u], Caps: p.caps(u),
		SecondLine: p.users[u].SecondLine, Misses: d.misses[u]})
	d.live.SetAgent(live.Agent{
		ID: u, Name: p.users[u].Name, Status: string(s.Status), Reason: s.Reason, SetBy: p.users[s.By].Name, Since: s.Since, Queues: p.serves[u],
		Shift: d.shifts.view(p, p.users[u]),
		Phone: string(p.users[u].Phone), PhoneAway: !reached, Until: s.Until,
	})
}

// reached says whether an agent's phone can be called: a SIP phone that signs in must have done so.
func (d *duty) reached(p *page, user access.UserID) bool {
	u := p.users[user]
	return u.Phone != access.SIPPhone || u.PhoneURI != "" || d.phones.reached(p.phones[user])
}

// phoneGrace is how long an available agent's phone may be away until he is not available any more.
// Nothing is offered to him meanwhile.
const phoneGrace = 15 * time.Second

// phoneChanged follows the registrations of an account.
func (d *duty) phoneChanged(account string, phones int) {
	user := d.dir.page().accounts[account].User
	if user == "" {
		return
	}
	d.tell(user)
	if phones > 0 {
		return
	}
	time.AfterFunc(phoneGrace, func() {
		p := d.dir.page()
		if !d.reached(p, user) && d.board.Get(p.tenant.ID, user).Status == agent.Available {
			d.NotReady(user, agent.PhoneLost)
		}
	})
}

func (d *duty) readyNow(s agent.Standing, u access.UserID) bool {
	return s.Status == agent.Available && d.present[u] && d.leaving[u] == 0 && d.reached(d.dir.page(), u)
}

// ready says whether an agent is available and at the desk.
func (d *duty) ready(u access.UserID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.readyNow(d.board.Get(d.dir.page().tenant.ID, u), u)
}

// SetStatus implements desk.Agents.
func (d *duty) SetStatus(ctx context.Context, user access.UserID, session, status, reason string) error {
	if status == string(agent.Offline) && reason == "" {
		reason = agent.SignedOut
	}
	p := d.dir.page()
	if status == string(agent.Available) && !d.reached(p, user) {
		return desk.ErrPhoneAway
	}
	if err := d.pass(ctx, user, session, agent.Status(status)); err != nil {
		return err
	}
	by := audit.Author{Tenant: string(p.tenant.ID), User: string(user), Source: "desk"}
	if _, err := d.board.Set(ctx, by, user, agent.Status(status), reason); err != nil {
		return err
	}
	// Setting what it is already tells nobody; an agent whom the router took for not ready and who
	// says available again must be heard.
	d.tell(user)
	return nil
}

// pass asks the gates before somebody becomes available; who is it already passes.
// A leader's word stands for everything that is asked.
func (d *duty) pass(ctx context.Context, user access.UserID, session string, to agent.Status) error {
	if to != agent.Available || d.board.Get(d.dir.page().tenant.ID, user).Status == agent.Available || d.shifts.mayWithout(user) {
		return nil
	}
	return agent.Pass(ctx, user, append([]agent.Gate{d.shiftGate(session)}, d.gates...)...)
}

// Present implements desk.Agents.
func (d *duty) Present(user access.UserID, here bool) {
	d.mu.Lock()
	if here {
		d.present[user] = true
		delete(d.closed, user)
	} else {
		delete(d.present, user)
		at := time.Now()
		d.closed[user] = at
		time.AfterFunc(deskGrace, func() { d.closedDesk(user, at) })
	}
	d.mu.Unlock()
	if here {
		d.arrives(user)
	}
	d.tell(user)
}

// deskGrace is how long an offer waits for a desk that was closed: a reload takes less.
const deskGrace = 5 * time.Second

// closedDesk withdraws what is offered to an agent who did not come back.
func (d *duty) closedDesk(user access.UserID, at time.Time) {
	d.mu.Lock()
	gone := d.closed[user].Equal(at)
	if gone {
		delete(d.closed, user)
	}
	d.mu.Unlock()
	if gone && d.withdraw != nil {
		d.withdraw(user)
	}
}
