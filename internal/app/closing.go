package app

import (
	"context"
	"time"

	"linekeeper/internal/closing"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// makeClosing makes the engine that watches the queues' hours; it stands still until Start.
func (a *App) makeClosing() {
	a.programs = flow.NewStore(a.db)
	a.closer = closing.New(closing.Ports{Acts: a.queueCloses, Turn: a.closingTurn, Tell: a.registry.Tell, Log: a.log})
	a.registry.Watch(a.closer.Committed)
	a.onUndo(a.closer.Close)
}

// queueCloses says whether a queue does something with those in line at an instant.
func (a *App) queueCloses(id queue.ID, at time.Time) bool {
	p := a.dir.page()
	q, ok := p.queues[id]
	h, known := p.hours[hours.ID(q.HoursID)]
	return ok && known && q.Closing.Act(h, at, true) != queue.ClosingAct{}
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
		return interaction.QueueClosed{Do: turn.Closed.Do, Flow: turn.Closed.Flow, Rules: turn.Rules}, nil
	case turn.Rules.Queue != id:
		return interaction.QueueClosed{Do: string(queue.OtherQueue), Rules: turn.Rules}, nil
	}
	return nil, nil
}
