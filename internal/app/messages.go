package app

import (
	"context"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/recording"
	"linekeeper/internal/tenant"
	"linekeeper/internal/voicemail"
)

// makeMessages makes the engine that takes messages; it stands still until Start.
func (a *App) makeMessages(ctx context.Context) (err error) {
	a.messages, err = voicemail.New(ctx, voicemail.Ports{
		DB: a.db, Folder: a.cfg.Data, Begin: a.registry.BeginMessage, Begun: a.registry.Begun, Lives: a.registry.Lives, Log: a.log,
		Adopt: func(ctx context.Context, r voicemail.Recorded) error {
			return a.recorder.Adopt(ctx, recording.Finished{Tenant: r.Arrival.Tenant, Project: r.Arrival.Project,
				Interaction: r.Interaction, Path: r.Path, Codec: r.Codec, Started: r.Started, Ended: r.Ended, Bytes: r.Bytes,
				Also: a.toWriteDown(r)})
		},
	})
	if err != nil {
		return err
	}
	a.registry.Watch(a.messages.Committed)
	a.registry.Watch(a.answered)
	a.onUndo(a.messages.Close)
	return nil
}

// answered tells a message of the call that answers it: meanwhile it stays with its agent.
func (a *App) answered(k interaction.Commit) {
	m := k.State.Arrival.Manual
	if m == nil || m.Message == "" {
		return
	}
	for _, r := range k.Events {
		switch r.Event.(type) {
		case interaction.EventArrived, interaction.EventRestored:
			a.registry.Tell(m.Message, interaction.MessageCalled{Call: k.State.ID})
		case interaction.EventEnded:
			a.registry.Tell(m.Message, interaction.MessageCallOver{Call: k.State.ID})
		}
	}
}

// messagePort lets flows take messages.
type messagePort struct{ app *App }

var _ flow.Messages = messagePort{}

// Owner implements flow.Messages.
func (p messagePort) Owner(_ context.Context, _ tenant.ID, login string) (access.UserID, error) {
	for id, u := range p.app.dir.page().users {
		if u.Login == login {
			return id, nil
		}
	}
	return "", fault.NotFound.New("There is no user %q.", login)
}

// Take implements flow.Messages.
func (p messagePort) Take(ctx context.Context, w flow.MessageWish) (flow.MessageTake, error) {
	t, err := p.app.messages.Record(ctx, voicemail.Wish{State: w.State, Channel: w.Channel, Rules: w.Rules, Language: w.Language, Deadline: w.Deadline,
		Priority: w.Priority, Only: w.Owner, Minimum: w.Minimum, Pause: w.Pause, Paused: w.Paused, Unwritten: w.Unwritten})
	if err != nil {
		return nil, err
	}
	return t, nil
}
