package app

import (
	"context"
	"errors"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
)

// linePort changes places of waiting customers.
type linePort struct{ app *App }

var _ api.Line = linePort{}

// Move implements api.Line.
func (l linePort) Move(ctx context.Context, id interaction.ID, seen interaction.Seen, to queue.ID) error {
	p := l.app.dir.page()
	q, ok := p.queues[to]
	if !ok {
		return fault.OneField("to", fault.Unknown, "This queue is not there any more.")
	}
	return l.ask(ctx, id, interaction.Moved{Seen: seen, Rules: flow.RulesOf(q, p.projects[q.ProjectID])})
}

// Reprioritise implements api.Line.
func (l linePort) Reprioritise(ctx context.Context, id interaction.ID, seen interaction.Seen, to int) error {
	return l.ask(ctx, id, interaction.Reprioritised{Seen: seen, To: to})
}

// Pick implements api.Line.
func (l linePort) Pick(ctx context.Context, id interaction.ID, seen interaction.Seen, to access.UserID) error {
	p := l.app.dir.page()
	if !works(p, to) {
		return fault.OneField("agent", fault.Unknown, "This agent is not there any more.")
	}
	if !l.app.control.free(to) {
		return fault.Conflict.New("%s is not free just now: choose somebody who is available and has nothing in hand.", p.users[to].Name)
	}
	return l.ask(ctx, id, interaction.Picked{Seen: seen, Agent: to})
}

// ask gives the input to the interaction, and says why not in words for who stands at the board.
func (l linePort) ask(ctx context.Context, id interaction.ID, in interaction.Input) error {
	err := l.app.registry.Ask(ctx, id, in)
	switch {
	case errors.Is(err, interaction.ErrLate):
		return fault.Conflict.New("Too late: this customer does not wait any more, or an agent is being asked for him.")
	case errors.Is(err, interaction.ErrKept):
		return fault.Conflict.New("This customer waits for one agent just now. Move him to another queue, or wait until everybody may take him.")
	case errors.Is(err, interaction.ErrPlaceChanged):
		who := "Somebody else"
		s, found := interaction.NewStore(l.app.db).Load(ctx, id)
		if name := l.app.dir.page().users[s.PlacedBy].Name; found == nil && name != "" {
			who = name
		}
		return fault.Conflict.New("%s has changed the place of this customer meanwhile. Look where he waits now, then decide.", who)
	}
	return err
}

// LinePort changes places of waiting customers; for stories.
func (a *App) LinePort() api.Line { return linePort{a} }
