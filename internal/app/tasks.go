package app

import (
	"context"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/task"
	"linekeeper/internal/tenant"
)

// makeTasks makes the engine that makes and changes tasks.
func (a *App) makeTasks() {
	a.tasks = task.New(task.Ports{
		DB: a.db, Begin: a.registry.BeginMessage, Ask: a.registry.Ask,
		Rules: func(_ tenant.ID, id queue.ID) (interaction.QueueRules, project.ID, bool) {
			p := a.dir.page()
			q, ok := p.queues[id]
			return flow.RulesOf(q, p.projects[q.ProjectID]), q.ProjectID, ok
		},
		Agent: func(id access.UserID) bool {
			_, ok := a.dir.page().users[id]
			return ok
		},
	})
}

// Tasks is the engine that makes and changes tasks; for stories.
func (a *App) Tasks() *task.Engine { return a.tasks }

// taskPort lets flows make tasks.
type taskPort struct{ app *App }

var _ flow.Tasks = taskPort{}

// Doer implements flow.Tasks.
func (p taskPort) Doer(ctx context.Context, t tenant.ID, login string) (access.UserID, error) {
	return messagePort(p).Owner(ctx, t, login)
}

// Make implements flow.Tasks.
func (p taskPort) Make(ctx context.Context, w flow.TaskWish) (int64, error) {
	a := w.State.Arrival
	set := p.app.dir.page()
	which := w.State.Segment.Rules.Queue // in which he waits
	for id, q := range set.queues {
		if w.Queue != "" && q.Key == w.Queue {
			which = id
		}
	}
	wish := task.Wish{
		Tenant: a.Tenant, Project: a.Project, Queue: which, Customer: a.Customer, Name: a.CustomerName, Address: a.CustomerAddress,
		Language: w.Language, Subject: short(w.Subject, interaction.MaxTaskSubject), Text: short(w.Text, interaction.MaxTaskText), Priority: w.Priority, Only: w.Doer, Start: w.Start, Due: w.Due,
		Maker: interaction.TaskMaker{Kind: interaction.MadeByFlow, Name: p.flow(ctx, a.Tenant, flow.ID(w.Flow))}, Once: w.Once,
	}
	if a.Channel == interaction.NoChannel {
		wish.Maker.Kind = interaction.MadeByTrigger
	} else {
		wish.From = w.State.ID
	}
	if w.Number != "" {
		country, _ := p.app.dir.Project(a.Tenant, a.Project)
		called, ok := number.Dialed(w.Number, country)
		if !ok {
			return 0, fault.OneField("number", fault.Malformed, "%q is not a telephone number.", w.Number)
		}
		wish.Address, wish.Customer, wish.Name = called, "", ""
	}
	if wish.Language == "" {
		wish.Language = string(set.tenant.Language)
	}
	made, err := p.app.tasks.Make(ctx, wish)
	return int64(made.Number), err
}

// flow is the name of a flow; empty: it has none, or it cannot be read now.
func (p taskPort) flow(ctx context.Context, t tenant.ID, id flow.ID) (name string) {
	if p.app.db.Read(ctx, func(tx *db.Tx) error {
		f, err := flow.Get(tx, t, id)
		name = f.Name
		return err
	}) != nil {
		return ""
	}
	return name
}

// short is the beginning of a text that is longer than so many characters.
func short(text string, most int) string {
	if all := []rune(text); len(all) > most {
		return string(all[:most-1]) + "…"
	}
	return text
}
