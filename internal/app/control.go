package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

// control is what call control asks of the set-up and of an agent's other calls. It implements
// desk.Control. Safe for concurrent use.
type control struct {
	app *App

	mu     sync.Mutex
	with   map[access.UserID]map[interaction.ID]interaction.PartyID // what each agent has in hand, and as whom
	talks  map[interaction.ID]talk                                  // with further parties
	parked map[interaction.ID]time.Time                             // since when
	rings  map[interaction.ID][]access.UserID                       // who is being asked
}

func newControl(a *App) *control {
	return &control{
		app: a, with: make(map[access.UserID]map[interaction.ID]interaction.PartyID),
		talks: make(map[interaction.ID]talk), parked: make(map[interaction.ID]time.Time), rings: make(map[interaction.ID][]access.UserID),
	}
}

// committed keeps who takes part where; it is a watcher of the registry.
func (c *control) committed(k interaction.Commit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(k.State)
	c.asks(k.State)
	var users []access.UserID
	if k.State.Open() { // one that has ended still names its agent
		users = k.State.Users()
	}
	for u, talks := range c.with {
		if _, was := talks[k.State.ID]; was && !slices.Contains(users, u) {
			delete(talks, k.State.ID)
			if len(talks) == 0 {
				delete(c.with, u)
			}
		}
	}
	for _, u := range users {
		if c.with[u] == nil {
			c.with[u] = make(map[interaction.ID]interaction.PartyID)
		}
		as := interaction.TheAgent
		if p, ok := k.State.PartyOf(u); ok {
			as = p.ID
		}
		c.with[u][k.State.ID] = as
	}
}

// asks keeps who is being asked. The lock is held.
func (c *control) asks(s interaction.State) {
	if asked := s.Asked(); len(asked) > 0 {
		c.rings[s.ID] = asked
	} else {
		delete(c.rings, s.ID)
	}
}

// withdraw takes back what is offered to an agent who is not there any more.
func (c *control) withdraw(user access.UserID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, asked := range c.rings {
		if slices.Contains(asked, user) {
			c.app.registry.Tell(id, interaction.PhoneFailed{Agent: user, Detail: "the desk was closed"})
		}
	}
}

// focus puts what else an agent has in hand on hold: only one talk is heard at a time.
func (c *control) focus(agent access.UserID, here interaction.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, as := range c.with[agent] {
		if id == here {
			continue
		}
		if as == interaction.TheAgent { // the customer hears music; who was asked to a talk leaves it for a while
			as = interaction.TheCustomer
		}
		c.app.registry.Tell(id, interaction.HoldSet{By: agent, Party: as, On: true})
	}
}

// Target implements desk.Control.
func (c *control) Target(_ context.Context, t desk.Target) (interaction.Target, error) {
	p := c.app.dir.page()
	kind := interaction.TargetKind(t.Kind)
	switch kind {
	case interaction.ToAgent:
		id := access.UserID(t.ID)
		u, ok := p.users[id]
		if !ok || !works(p, id) {
			return interaction.Target{}, fault.OneField("target.id", fault.Unknown, "This agent is not there any more.")
		}
		return interaction.Target{Kind: kind, Agent: u.ID}, nil
	case interaction.ToQueue:
		q, ok := p.queues[queue.ID(t.ID)]
		if !ok {
			return interaction.Target{}, fault.OneField("target.id", fault.Unknown, "This queue is not there any more.")
		}
		rules := flow.RulesOf(q, p.projects[q.ProjectID])
		return interaction.Target{Kind: kind, Queue: &rules}, nil
	case interaction.ToEntry:
		e, ok := p.byID[entry.ID(t.ID)]
		if !ok {
			return interaction.Target{}, fault.OneField("target.id", fault.Unknown, "This entry is not there any more.")
		}
		return interaction.Target{Kind: kind, Entry: e.ID, Flow: e.FlowID}, nil
	case interaction.ToOutside:
		if number.Normalize(t.Number) == "" {
			return interaction.Target{}, fault.OneField("target.number", fault.Malformed, "Type a telephone number, such as +7 495 123-45-67.")
		}
		return interaction.Target{Kind: kind, Address: t.Number}, nil
	}
	return interaction.Target{}, fault.OneField("target.kind", fault.Unknown, "Choose an agent, a queue, an entry or a number.")
}

// free says whether an agent can be asked now.
func (c *control) free(user access.UserID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.with[user]) == 0 && c.app.duty.ready(user)
}

// has says whether an interaction is in a user's hand, or asks for him.
func (c *control) has(user access.UserID, id interaction.ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, has := c.with[user][id]
	return has || slices.Contains(c.rings[id], user)
}

// occupied says whether an agent has something in hand.
func (c *control) occupied(user access.UserID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.with[user]) > 0
}

// Control implements api.Controller: what the desk's commands do.
func (c *control) Control(ctx context.Context, by access.UserID, role access.Role, id interaction.ID, in api.Control) error {
	cmd := desk.Command{
		Kind: in.Action, Interaction: string(id), On: in.On, Party: in.Party, Digits: in.Digits,
		Mode: in.Mode, Reason: in.Reason, Note: in.Note, Prompt: in.Prompt, Flow: in.Flow,
	}
	if t := in.Target; t != nil {
		cmd.Target = &desk.Target{Kind: t.Kind, ID: t.ID, Number: t.Number}
	}
	ask, err := desk.ControlInput(ctx, c, by, role, cmd)
	if err == nil {
		err = c.app.registry.Ask(ctx, id, ask)
	}
	if !errors.Is(err, interaction.ErrLate) {
		return err
	}
	return fault.Conflict.New("Too late: the call has moved on, or this user is not in it.")
}

// Playable implements desk.Control: the center's own prompts, and the flows that take keys and lead nowhere else.
func (c *control) Playable(ctx context.Context) (desk.Playable, error) {
	all := desk.Playable{Prompts: []desk.PromptChoice{}, Secrets: []desk.Place{}}
	t := c.app.dir.page().tenant.ID
	err := c.app.db.Read(ctx, func(tx *db.Tx) error {
		prompts, err := flow.ListPrompts(tx, t, db.Page{Limit: db.Unlimited})
		if err != nil {
			return err
		}
		for _, p := range prompts {
			choice := desk.PromptChoice{Key: p.Key, Name: p.Name, Texts: []desk.PromptText{}}
			for _, in := range slices.Sorted(maps.Keys(p.Texts)) {
				choice.Texts = append(choice.Texts, desk.PromptText{Language: in, Text: p.Texts[in]})
			}
			all.Prompts = append(all.Prompts, choice)
		}
		flows, err := flow.List(tx, t, db.Page{Limit: db.Unlimited})
		for _, f := range flows {
			if flow.Aside(f.Program) {
				all.Secrets = append(all.Secrets, desk.Place{ID: string(f.ID), Name: f.Name})
			}
		}
		return err
	})
	return all, err
}

// MayPickUp implements desk.Control.
func (c *control) MayPickUp(user access.UserID) error {
	if !c.free(user) {
		return fault.Conflict.New("Become available first; then pick the call up.")
	}
	return nil
}

// Monitors implements desk.Control: each use is in the audit log, before it begins.
func (c *control) Monitors(ctx context.Context, user access.UserID, id interaction.ID, mode string) (announce bool, err error) {
	p := c.app.dir.page()
	s, err := interaction.NewStore(c.app.db).Load(ctx, id)
	if err != nil {
		return false, err
	}
	if !s.Open() { // or the audit would tell of what cannot have been
		return false, interaction.ErrLate
	}
	by := audit.Author{Tenant: string(p.tenant.ID), User: string(user), Source: "desk"}
	err = c.app.db.Write(ctx, func(tx *db.Tx) error {
		return audit.Note(tx, by, audit.Supervise, "interaction", string(id), map[string]string{"mode": mode, "agent": string(s.Agent)})
	})
	return p.projects[s.Arrival.Project].AnnounceMonitoring, err
}

// Helps implements desk.Control. What is written stands in the interaction's journal, and needs no second line.
func (c *control) Helps(ctx context.Context, user access.UserID, leads bool, id interaction.ID, what string) error {
	s, err := interaction.NewStore(c.app.db).Load(ctx, id)
	switch {
	case err != nil:
		return err
	case !s.HelpOpen() || s.Help.By != user && !leads:
		return interaction.ErrLate
	case s.Help.By == user || what == desk.CmdHelpSay && s.Help.Taken == user:
		return nil
	}
	by := audit.Author{Tenant: string(c.app.dir.page().tenant.ID), User: string(user), Source: "desk"}
	return c.app.db.Write(ctx, func(tx *db.Tx) error {
		return audit.Note(tx, by, audit.Supervise, "interaction", string(id), map[string]string{"mode": what, "agent": string(s.Help.By)})
	})
}

// holdMusic is the prompt a project's customers hear on hold.
func (c *control) holdMusic(id project.ID) string { return c.app.dir.page().projects[id].HoldMusic }

// country is where a project's people dial from.
func (c *control) country(id project.ID) string { return c.app.dir.page().projects[id].Country }

// Targets implements desk.Control: where calls can be sent, by name.
func (c *control) Targets() desk.Targets {
	p := c.app.dir.page()
	var t desk.Targets
	for id, q := range p.queues {
		t.Queues = append(t.Queues, desk.Place{ID: string(id), Name: q.Name, Detail: p.projects[q.ProjectID].Name})
	}
	for id, e := range p.byID {
		t.Entries = append(t.Entries, desk.Place{ID: string(id), Name: e.Name, Detail: e.Number})
	}
	for id, u := range p.users {
		if !works(p, id) {
			continue
		}
		status := c.app.agents.Get(p.tenant.ID, id)
		t.Agents = append(t.Agents, desk.Place{ID: string(id), Name: u.Name, Detail: string(status.Status), Free: c.free(id)})
	}
	for _, all := range [][]desk.Place{t.Queues, t.Entries, t.Agents} {
		slices.SortFunc(all, func(a, b desk.Place) int {
			if a.Name != b.Name {
				if a.Name < b.Name {
					return -1
				}
				return 1
			}
			return len(a.ID) - len(b.ID)
		})
	}
	return t
}
