package app

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"linekeeper/internal/callback"
	"linekeeper/internal/interaction"
	"linekeeper/internal/repair"
)

// repairEvery is how often the parts are compared. What is wrong is put right at the second look in a row
// that finds it: within 8 seconds.
const repairEvery = 4 * time.Second

// repairs compares what the parts hold and puts right what differs; package repair has the rules.
type repairs struct {
	app   *App
	watch repair.Watch // of run's goroutine

	mu     sync.Mutex
	states map[interaction.ID]interaction.State // open ones, as committed
	counts map[repair.Kind]int
}

func newRepairs(a *App) *repairs {
	r := &repairs{app: a, states: make(map[interaction.ID]interaction.State), counts: make(map[repair.Kind]int)}
	for _, kind := range repair.Kinds() {
		r.counts[kind] = 0
	}
	return r
}

// committed keeps the open states; it is a watcher of the registry.
func (r *repairs) committed(c interaction.Commit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.State.Open() {
		r.states[c.State.ID] = c.State
	} else {
		delete(r.states, c.State.ID)
	}
}

// counted is what was put right so far, by kind.
func (r *repairs) counted() map[repair.Kind]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}

// run looks until ctx ends.
func (r *repairs) run(ctx context.Context) {
	tick := time.NewTicker(repairEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		look, ok := r.look(ctx)
		if !ok {
			continue // the database is gone, or we are closing
		}
		for _, d := range r.watch.Due(repair.Compare(look)) {
			r.fix(ctx, d, look)
		}
	}
}

// look asks all parts. Not ok: one does not answer.
func (r *repairs) look(ctx context.Context) (l repair.Look, ok bool) {
	a := r.app
	within, cancel := context.WithTimeout(ctx, repairEvery)
	defer cancel()
	l.Busy = a.registry.Busy()
	var err error
	if l.Records, err = a.registry.OpenRecords(within); err != nil {
		return l, false
	}
	held, ok := a.router.Holds()
	if !ok {
		return l, false
	}
	for _, p := range held.Places {
		if !callback.Is(p.Interaction) { // the engine of callbacks looks after its own
			l.Places = append(l.Places, p)
		}
	}
	for _, s := range held.Seats {
		l.Seats = append(l.Seats, repair.Seat(s))
	}
	if l.Shown, ok = a.live.InHand(); !ok {
		return l, false
	}
	l.Legs = a.voice.Legs()
	for _, c := range a.voice.Calls() {
		l.Calls = append(l.Calls, repair.Call(c))
	}
	r.mu.Lock()
	l.States = maps.Clone(r.states)
	r.mu.Unlock()
	l.Running = make(map[interaction.ID]bool, len(l.States))
	for _, ids := range [][]interaction.ID{slices.Collect(maps.Keys(l.States)), l.Records, l.Legs} {
		for _, id := range ids {
			l.Running[id] = a.registry.Lives(id)
		}
	}
	maps.Copy(l.Busy, a.registry.Busy()) // at both ends of the look: it takes its time
	return l, true
}

// fix puts one thing right.
func (r *repairs) fix(ctx context.Context, d repair.Difference, l repair.Look) {
	a := r.app
	r.mu.Lock()
	r.counts[d.Kind]++
	r.mu.Unlock()
	a.log.Error("repaired what differed between the parts", "kind", string(d.Kind), "interaction", string(d.Interaction),
		"agent", string(d.Agent), "party", string(d.Party), "call", d.Call)
	switch d.Kind {
	case repair.SeatKept:
		a.router.Release(interaction.Release{Interaction: d.Interaction, Agent: d.Agent})
	case repair.LegAstray:
		a.voice.HangUp(d.Interaction)
	case repair.CallAstray:
		a.voice.HangUpCall(d.Interaction, d.Call)
	case repair.LegLost:
		a.registry.Tell(d.Interaction, interaction.CustomerLeft{Cause: interaction.ByCarrier, Detail: "leg lost"})
	case repair.PlaceAstray:
		a.router.Withdraw(d.Interaction, d.Party)
	case repair.PlaceLost:
		for _, p := range l.States[d.Interaction].Places() {
			if p.Party == d.Party {
				a.lines().Enqueue(p)
			}
		}
	case repair.ShownWrong:
		s := l.States[d.Interaction] // nothing is open: it is taken off the screens
		if !l.Running[d.Interaction] {
			s = interaction.State{}
		}
		s.ID = d.Interaction
		a.live.Refresh(s)
	case repair.RecordOpen:
		if err := a.registry.CloseLost(ctx, d.Interaction, "nobody worked on it any more"); err != nil && ctx.Err() == nil {
			a.log.Error("an open record is not closed", "interaction", string(d.Interaction), "error", err)
		}
		a.flows.Stop(d.Interaction)
		a.recorder.Stop(d.Interaction)
	}
}
