package outgoing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// Ports are what an engine uses; app plugs them in.
type Ports struct {
	DB *db.DB
	// Gateways are all there are; of two that carry the same way the first is the usual one.
	Gateways []Named
	// Seal and Open lock and open what nobody may read while it waits.
	Seal func(string) (secret.Sealed, error)
	Open func(secret.Sealed) (string, error)
	Log  *slog.Logger
}

// Reasons for which a message is not even queued.
var (
	ErrNoGateway = errors.New("no gateway for this is configured")
	ErrCountry   = errors.New("the gateway sends nothing to numbers of this country")
	ErrTooMany   = errors.New("too many messages went there within the last hour")
)

const (
	writeTime = 10 * time.Second
	lookMost  = time.Hour // how often the table is looked at, whatever is known
	lookAgain = 5 * time.Second
	// restAfter failures in a row a gateway is left alone for a while, so that those who wait do not use up their tries on it.
	restAfter = 3
	restLeast = 5 * time.Second
	restMost  = time.Minute
)

// Stats are figures of a gateway since the start, but for Waiting, which is of the last look.
type Stats struct {
	Gateway string
	Sent    int64
	Failed  int64 // refused
	GivenUp int64
	Tries   int64 // that failed
	Waiting int64
	InRow   int64  // rounds that failed since the last one in which it took something
	Detail  string // why the last try failed; empty: it did not
}

// Engine sends what is wanted. Each gateway has a goroutine of its own, so that none delays another. Safe for concurrent use.
type Engine struct {
	ports Ports
	lines []*line
	life  context.Context
	stop  context.CancelFunc
	wg    sync.WaitGroup

	mu      sync.Mutex // guards what follows
	waiters map[ID][]chan struct{}
}

// New gives an engine that stands still until Start. Close it.
func New(ports Ports) *Engine {
	e := &Engine{ports: ports, waiters: map[ID][]chan struct{}{}}
	e.life, e.stop = context.WithCancel(context.Background())
	for _, g := range ports.Gateways {
		l := &line{engine: e, gateway: g, wake: make(chan struct{}, 1)}
		l.detail.Store(new(string))
		e.lines = append(e.lines, l)
	}
	return e
}

// Start begins with what earlier processes left unsent.
func (e *Engine) Start() {
	for _, l := range e.lines {
		e.wg.Go(l.run)
	}
	e.wg.Go(e.lost)
}

// Close ends it; what is queued is sent by the next start.
func (e *Engine) Close() {
	e.stop()
	e.wg.Wait()
}

// Gateways are all there are.
func (e *Engine) Gateways() []Named { return e.ports.Gateways }

// gateway is the one that a message names, or the usual one for its way.
func (e *Engine) gateway(m Message) (*line, error) {
	i := slices.IndexFunc(e.lines, func(l *line) bool {
		return l.gateway.Carries == m.Way && (m.Gateway == "" || l.gateway.Name == m.Gateway)
	})
	switch {
	case i < 0 && m.Gateway != "":
		return nil, fmt.Errorf("%w: %s by %q", ErrNoGateway, m.Way, m.Gateway)
	case i < 0:
		return nil, fmt.Errorf("%w: %s", ErrNoGateway, m.Way)
	}
	return e.lines[i], nil
}

// Queue has a message sent from the end of the transaction on, and gives it as it is kept. The same Key again gives the message
// that is there. Country says how a national number is read; empty: there must be an international one.
func (e *Engine) Queue(tx *db.Tx, m Message, country string) (Message, error) {
	if m.Key != "" {
		old, err := byKey(tx, m.Tenant, m.Key)
		if !fault.Is(err, fault.NotFound) {
			return old.forget(), err
		}
	}
	m, err := m.normal(country)
	if err != nil {
		return m, err
	}
	l, err := e.gateway(m)
	if err != nil {
		return m, err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	all, secrets, err := recent(tx, m, now.Add(-time.Hour))
	switch {
	case err != nil:
		return m, err
	case !l.gateway.reaches(m.To):
		return m, ErrCountry
	case all >= int64(l.gateway.limit(false)), secrets >= int64(l.gateway.limit(true)):
		return m, ErrTooMany
	}
	m.ID, m.Gateway, m.State, m.Created, m.Next = ID(id.New()), l.gateway.Name, Queued, now, now
	m.Key = cmp.Or(m.Key, string(m.ID))
	kept := m
	if m.Secret {
		sealed, err := e.ports.Seal(m.Body)
		if err != nil {
			return m, err
		}
		kept.Body = string(sealed)
	}
	if _, err := insert(tx, kept); err != nil {
		return m, err
	}
	tx.AfterCommit(l.look)
	return m.forget(), nil
}

// Email queues an e-mail of a project or, without one, of the center itself, in a transaction of its own.
func (e *Engine) Email(ctx context.Context, t tenant.ID, p project.Project, to, subject, text string) (m Message, err error) {
	err = e.ports.DB.Write(ctx, func(tx *db.Tx) error {
		m, err = e.Queue(tx, Message{Tenant: t, Project: p.ID, Way: Email, To: to, Subject: subject, Body: text}, "")
		return err
	})
	return m, err
}

// Wait waits until nothing more happens to a message, or ctx ends, and gives it as it is then.
func (e *Engine) Wait(ctx context.Context, t tenant.ID, which ID) (m Message, err error) {
	over := make(chan struct{})
	e.mu.Lock()
	e.waiters[which] = append(e.waiters[which], over)
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.waiters[which] = slices.DeleteFunc(e.waiters[which], func(c chan struct{}) bool { return c == over })
		if len(e.waiters[which]) == 0 {
			delete(e.waiters, which)
		}
	}()
	read := func(ctx context.Context) error {
		return e.ports.DB.Read(ctx, func(tx *db.Tx) error { m, err = Get(tx, t, which); return err })
	}
	if err := read(ctx); err != nil || m.State.Over() {
		return m, err
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	return m, read(within)
}

// settled wakes those who wait for a message.
func (e *Engine) settled(which ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.waiters[which] {
		close(c)
	}
	e.waiters[which] = nil
}

// lost looks after messages whose gateway is not configured any more: they are given up like those of a dead one, and go
// when it is back.
func (e *Engine) lost() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-e.life.Done():
			return
		case <-timer.C:
		}
		var waiting map[string]int64
		err := e.ports.DB.Read(e.life, func(tx *db.Tx) (err error) { waiting, err = gateways(tx); return err })
		next := time.Minute
		for name := range waiting {
			if slices.ContainsFunc(e.lines, func(l *line) bool { return l.gateway.Name == name }) {
				continue
			}
			l := &line{engine: e, gateway: Named{Name: name, Gateway: nobody{}}}
			if wait := l.round(); wait < next {
				next = wait
			}
		}
		if err != nil && e.life.Err() == nil {
			e.ports.Log.Error("outgoing messages cannot be read; it is tried again", "error", err)
		}
		timer.Reset(max(next, lookAgain))
	}
}

// nobody stands for a gateway that is not configured.
type nobody struct{}

// Send implements Gateway.
func (nobody) Send(context.Context, Message) (string, error) {
	return "", errors.New("the gateway is not configured")
}

// Stats gives the figures of each gateway.
func (e *Engine) Stats() []Stats {
	var all []Stats
	for _, l := range e.lines {
		all = append(all, Stats{
			Gateway: l.gateway.Name, Sent: l.sent.Load(), Failed: l.failed.Load(), GivenUp: l.givenUp.Load(), Tries: l.tries.Load(),
			Waiting: l.waiting.Load(), InRow: l.inRow.Load(), Detail: *l.detail.Load(),
		})
	}
	return all
}

// rescue makes an error of a panic: a mistake of ours is a try that failed.
func (e *Engine) rescue(err *error) {
	if what := recover(); what != nil {
		e.ports.Log.Error("panic while a message was sent", "panic", what, "stack", string(debug.Stack()))
		*err = fmt.Errorf("internal error: %v", what)
	}
}
