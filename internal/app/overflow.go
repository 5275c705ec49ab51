package app

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/agent"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/overflow"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// makeOverflow makes the engine that watches those in line; it stands still until Start.
func (a *App) makeOverflow() {
	a.programs = flow.NewStore(a.db)
	a.overflow = overflow.New(overflow.Ports{Acts: a.queueCloses, Turn: a.closingTurn, Tell: a.registry.Tell,
		Rules: func(q queue.ID) []queue.Overflow { return a.dir.page().queues[q].Overflow },
		There: a.someoneThere, Overflow: a.overflows, Log: a.log})
	a.registry.Watch(a.overflow.Committed)
	a.onUndo(a.overflow.Close)
}

// queueCloses says whether a queue does something with those in line at an instant.
func (a *App) queueCloses(id queue.ID, at time.Time) bool {
	p := a.dir.page()
	q, ok := p.queues[id]
	h, known := p.hours[hours.ID(q.HoursID)]
	return ok && known && q.Closing.Act(h, at, true) != queue.Act{}
}

// closingTurn is what is told those in line of a queue that has closed.
func (a *App) closingTurn(ctx context.Context, t tenant.ID, id queue.ID, at time.Time) (interaction.Input, error) {
	turn, err := a.programs.InLine(ctx, t, id, at)
	switch {
	case fault.Is(err, fault.NotFound): // the router tells of queues that are gone
		return nil, nil
	case err != nil:
		return nil, err
	case turn.Closed != nil:
		return interaction.QueueClosed{Do: turn.Closed.Do, Flow: turn.Closed.Flow, Number: turn.Closed.Number, Rules: turn.Rules}, nil
	case turn.Rules.Queue != id:
		return interaction.QueueClosed{Do: string(queue.OtherQueue), Rules: turn.Rules}, nil
	}
	return nil, nil
}

// someoneThere says whether an agent of a queue is available, or on a break that counts. Who talks is available too.
func (a *App) someoneThere(id queue.ID, breaks []string) bool {
	p := a.dir.page()
	for u, queues := range p.serves {
		if !slices.Contains(queues, id) || !works(p, u) {
			continue
		}
		s := a.agents.Get(p.tenant.ID, u)
		if s.Status == agent.Available || s.Status == agent.Break && slices.Contains(breaks, s.Reason) {
			return true
		}
	}
	return false
}

// overflows is what is told those for whom a rule of a queue is carried out.
func (a *App) overflows(ctx context.Context, t tenant.ID, q queue.ID, rule queue.Overflow, at time.Time) (interaction.Input, error) {
	in, err := a.programs.Overflow(ctx, t, q, rule, at)
	if err != nil || in == nil {
		return nil, err
	}
	return *in, nil
}
