package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/live"
	"linekeeper/test/rig"
)

// shiftPlan is a load of agents who work: they talk, wrap up, and are free again.
type shiftPlan struct {
	agents  int
	rate    int           // calls per second
	lasts   time.Duration // so long calls come
	talk    time.Duration
	wrapLow time.Duration // wrap-up takes from here to twice as long
}

// desks measures a full shift of agents at their desks, with a supervisor who watches the board of all.
// When the machine cannot carry the calls and who makes them, it tries with half as many and says so.
func desks(ctx context.Context, b *bench) ([]figure, error) {
	p := shiftPlan{
		agents: pick(b, 1000, 100), rate: pick(b, 50, 5), lasts: pick(b, 60*time.Second, 10*time.Second),
		talk: 3 * time.Second, wrapLow: 7 * time.Second,
	}
	wanted := p.rate
	for {
		f, err := shift(ctx, b, p)
		if err == nil || !errors.Is(err, errOverloaded) || p.rate < 4 {
			for i := range f {
				if p.rate != wanted {
					f[i].how += fmt.Sprintf("; %d a second were too many for this machine together with their load", wanted)
				}
			}
			return f, err
		}
		b.say("  %d calls a second: %v; half of them", p.rate, err)
		p.rate /= 2
	}
}

func shift(ctx context.Context, b *bench, p shiftPlan) ([]figure, error) {
	s, err := b.open(ctx, plan{name: fmt.Sprintf("desks-%d", p.rate), agents: p.agents, offer: 30 * time.Second, wrapUp: 2 * time.Minute, board: true,
		incoming: func(c *carrier.Call) { go talksFor(ctx, c, p.talk) }})
	if err != nil {
		return nil, err
	}
	defer s.close()
	work := &workday{life: ctx, own: pushes{seen: map[string]bool{}}, board: pushes{seen: map[string]bool{}}}
	for _, a := range s.agents {
		a.desk.Follow(work.follow(a, p))
	}
	s.board.Follow(work.boardTold)
	if _, err := s.board.Ask(ctx, desk.Command{Kind: desk.CmdWatchBoard}); err != nil {
		return nil, err
	}
	for _, a := range s.agents {
		if err := a.desk.Status(ctx, "available", ""); err != nil {
			return nil, err
		}
	}
	if err := tick(ctx, 2*time.Second); err != nil {
		return nil, err
	}
	idle, err := s.during(func() error { return tick(ctx, pick(b, 10*time.Second, 3*time.Second)) })
	if err != nil {
		return nil, err
	}
	work.forget() // the agents' becoming available
	dialed := 0
	busy, err := s.during(func() error {
		dialed, err = s.dialAll(ctx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	ended, err := s.allFree(ctx, p)
	if err != nil {
		return nil, err
	}
	work.over()
	var page struct {
		Total int `json:"total"`
	}
	if err := s.admin.Get(ctx, "/interactions?outcome=answered&limit=1", &page); err != nil {
		return nil, err
	}
	switch {
	case work.failed() != nil:
		return nil, work.failed()
	case page.Total < dialed*99/100:
		return nil, fmt.Errorf("%w: %d of %d calls were answered", errOverloaded, page.Total, dialed)
	}
	how := fmt.Sprintf("%d agents at WebSockets of their own and a supervisor who watches the board of all; %d calls a second for %s to SIP phones that pick up at once and talk %s, wrap-up %s to %s ended at the desk; %d of %d answered, %d offers missed; all calls over and all seats free %s after the last came",
		p.agents, p.rate, p.lasts, p.talk, p.wrapLow, 2*p.wrapLow, page.Total, dialed, work.missed.Load(), ended.Round(100*time.Millisecond))
	ownHow, boardHow := how+"; from the event to its arrival at the agent's own desk, "+work.own.count(), how+"; from the beginning of an agent's activity to its arrival at the board, "+work.board.count()
	each := func(s spell) string {
		return fmt.Sprintf("%.3f", s.cpu.Seconds()*1000/s.took.Seconds()/float64(p.agents))
	}
	return []figure{
		{"desks, push to the agent, p50", work.own.at(50), "ms", ownHow}, {"desks, push to the agent, p99", work.own.at(99), "ms", ownHow},
		{"desks, push to a board of all, p50", work.board.at(50), "ms", boardHow}, {"desks, push to a board of all, p99", work.board.at(99), "ms", boardHow},
		{"desks, an agent who works", each(busy), "CPU-ms per s", how}, {"desks, an agent who waits for calls", each(idle), "CPU-ms per s", how},
	}, nil
}

// talksFor is a phone that picks up, and hangs up when it has heard the caller for a while.
func talksFor(ctx context.Context, c *carrier.Call, long time.Duration) {
	c.Answer()
	wait := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return true
		case <-c.Done():
		case <-ctx.Done():
		}
		return false
	}
	for c.Sound().Heard == 0 { // until then the phone is only connecting
		if !wait(20 * time.Millisecond) {
			return
		}
	}
	wait(long)
	c.HangUp()
}

// workday is what agents and supervisor are told, and what agents do.
type workday struct {
	life       context.Context
	own, board pushes
	agents     sync.WaitGroup
	missed     atomic.Int64 // offers

	mu  sync.Mutex
	err error
}

// follow is an agent who ends his wrap-up after a while.
func (w *workday) follow(a *agent, p shiftPlan) func(desk.Change) {
	return func(c desk.Change) {
		if c.Kind == desk.ChgGone && c.Why == "missed" {
			w.missed.Add(1)
		}
		if c.Kind != desk.ChgWork {
			return
		}
		id := string(c.Work.Interaction)
		if !w.own.note(id+c.Work.Phase, c.Work.PhaseSince) || c.Work.Phase != "wrapping_up" {
			return
		}
		w.agents.Go(func() {
			if tick(w.life, p.wrapLow+rand.N(p.wrapLow)) != nil {
				return
			}
			if _, err := a.desk.Ask(w.life, desk.Command{Kind: desk.CmdFinish, Interaction: id}); err != nil {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.err = errors.Join(w.err, fmt.Errorf("%s ends his wrap-up: %w", a.login, err))
			}
		})
	}
}

func (w *workday) boardTold(c desk.Change) {
	for _, a := range c.Agents {
		if a.Activity != live.Idle {
			w.board.note(string(a.Agent)+strconv.FormatInt(a.ActivitySince, 10), a.ActivitySince)
		}
	}
}

// forget begins the figures anew.
func (w *workday) forget() { w.own.forget(); w.board.forget() }

// over waits for the agents.
func (w *workday) over() { w.agents.Wait() }

func (w *workday) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// pushes are how long it took until something was told for the first time. Safe for concurrent use.
type pushes struct {
	mu   sync.Mutex
	seen map[string]bool
	took []time.Duration
}

// note says whether it is told for the first time; since is in milliseconds.
func (p *pushes) note(what string, since int64) (first bool) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen[what] {
		return false
	}
	p.seen[what] = true
	p.took = append(p.took, now.Sub(time.UnixMilli(since)))
	return true
}

func (p *pushes) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = nil
}

func (p *pushes) count() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("%d of them", len(p.took))
}

func (p *pushes) at(percent int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.took) == 0 {
		return "none"
	}
	slices.Sort(p.took)
	return fmt.Sprintf("%.0f", p.took[len(p.took)*percent/100].Seconds()*1000)
}

// spell is what the server used in a time.
type spell struct{ took, cpu time.Duration }

func (s *site) during(do func() error) (spell, error) {
	before, err := s.server.CPU()
	if err != nil {
		return spell{}, err
	}
	began := time.Now()
	if err := do(); err != nil {
		return spell{}, err
	}
	took := time.Since(began)
	after, err := s.server.CPU()
	return spell{took, after - before}, err
}

// dialAll lets the calls come and says how many there were.
func (s *site) dialAll(ctx context.Context, p shiftPlan) (dialed int, err error) {
	pace := time.NewTicker(time.Second / time.Duration(p.rate))
	defer pace.Stop()
	began := time.Now()
	for n := int(p.lasts.Seconds()) * p.rate; dialed < n; dialed++ {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return dialed, ctx.Err()
		}
		if _, err := s.lines.Dial(ctx, carrier.Numbers{From: fmt.Sprintf("+4420700%05d", dialed), To: rig.Number}); err != nil {
			return dialed, err
		}
	}
	if took := time.Since(began); took > p.lasts*11/10 {
		return dialed, fmt.Errorf("%w: the calls of %s took %s to make", errOverloaded, p.lasts, took.Round(time.Second))
	}
	return dialed, nil
}

// allFree waits until no call is left, every seat is free and every agent has nothing in hand, and says how long that took.
func (s *site) allFree(ctx context.Context, p shiftPlan) (time.Duration, error) {
	began := time.Now()
	ctx, stop := context.WithTimeout(ctx, 30*time.Second+p.talk+2*p.wrapLow)
	defer stop()
	for {
		left, err := s.left(ctx)
		switch {
		case err == nil && left == "":
			return time.Since(began), nil
		case ctx.Err() != nil || err != nil:
			return 0, fmt.Errorf("stuck after the last call: %s; %s: %w", left, s.phases(context.WithoutCancel(ctx)), errors.Join(err, ctx.Err()))
		}
		_ = tick(ctx, 200*time.Millisecond)
	}
}

// left is what there is still of calls; empty: nothing.
func (s *site) left(ctx context.Context) (string, error) {
	text, _, err := s.admin.Bytes(ctx, "/metrics", nil)
	if err != nil {
		return "", err
	}
	var left []string
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "linekeeper_interactions_running", "linekeeper_seats_reserved", "linekeeper_places_waiting":
			if value != "0" {
				left = append(left, name+" "+value)
			}
		}
	}
	for _, k := range []*carrier.Carrier{s.lines, s.phones} {
		if n := k.Calls(); n > 0 {
			left = append(left, fmt.Sprintf("%d calls outside", n))
		}
	}
	atWork := 0
	for _, a := range s.agents {
		_ = a.desk.Await(ctx, "", func(v *rig.View) bool {
			if _, has := v.Work(); has || v.Me().Activity != live.Idle {
				atWork++
			}
			return true
		})
	}
	if atWork > 0 {
		left = append(left, fmt.Sprintf("%d agents with something in hand", atWork))
	}
	return strings.Join(left, ", "), nil
}
