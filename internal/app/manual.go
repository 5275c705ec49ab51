package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/queue"
)

// callers are the queues that a user may call customers for, those of one project together.
func callers(p *page, user access.UserID) (all []queue.Queue) {
	for _, id := range p.serves[user] {
		if q, ok := p.queues[id]; ok {
			all = append(all, q)
		}
	}
	slices.SortFunc(all, func(a, b queue.Queue) int {
		return cmp.Or(cmp.Compare(p.projects[a.ProjectID].Name, p.projects[b.ProjectID].Name), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// CallLines implements desk.Control.
func (c *control) CallLines(user access.UserID) []desk.CallLine {
	p := c.app.dir.page()
	all := []desk.CallLine{}
	for _, q := range callers(p, user) {
		country, _ := c.app.dir.Project(p.tenant.ID, q.ProjectID)
		all = append(all, desk.CallLine{Queue: string(q.ID), Name: q.Name, Project: string(q.ProjectID),
			ProjectName: p.projects[q.ProjectID].Name, Country: country})
	}
	return all
}

// Dial implements desk.Control: an agent calls a customer from his desk. The queue may be empty: the first he
// may call for.
func (c *control) Dial(ctx context.Context, user access.UserID, id queue.ID, dialed string, message interaction.ID) (interaction.ID, error) {
	want := wanted{queue: id, number: dialed, message: message}
	if message != "" {
		if err := c.answering(ctx, user, &want); err != nil {
			return "", err
		}
	}
	return c.call(ctx, user, want)
}

// wanted is a call that an agent wants to make.
type wanted struct {
	queue   queue.ID // empty: the first he may call for
	number  string   // as typed
	byPhone bool     // his phone has dialed, and waits
	noDesk  bool     // he asks at his phone, which is called then: his desk may be closed
	message interaction.ID
}

// answering takes the number and the queue of a message that a call answers, where none is given.
func (c *control) answering(ctx context.Context, user access.UserID, want *wanted) error {
	m, err := interaction.NewStore(c.app.db).Load(ctx, want.message)
	if err != nil {
		return err
	}
	if !m.Lineless() || m.Phase != interaction.Connected || m.Agent != user {
		return fault.Conflict.New("This is not in your hand any more.")
	}
	want.number = cmp.Or(want.number, m.Arrival.CustomerAddress)
	own := m.Segment.Rules.Queue
	if want.queue == "" && slices.Contains(c.app.dir.page().serves[user], own) {
		want.queue = own
	}
	return nil
}

// Call implements voice.Handsets.
func (c *control) Call(ctx context.Context, user access.UserID, dialed string) (interaction.ID, error) {
	return c.call(ctx, user, wanted{number: dialed, byPhone: true})
}

// call begins a manual call.
func (c *control) call(ctx context.Context, user access.UserID, w wanted) (interaction.ID, error) {
	a, p, byPhone := c.app, c.app.dir.page(), w.byPhone
	q, want, err := c.wayOut(p, user, w)
	if err != nil {
		return "", err
	}
	if err := a.duty.mayCall(p, user, byPhone, w.noDesk); err != nil {
		return "", err
	}
	id := interaction.NewID()
	if !a.router.Take(id, user, w.message) {
		return "", &desk.Refused{Code: "dial_in_hand", Err: fault.Conflict.New("You have a call in hand, or one rings. Finish it first; then call.")}
	}
	if !byPhone {
		want.Agent = ""
	}
	leg := a.voice.Promise(want, string(p.tenant.Language))
	leg.Known(id)
	err = a.registry.BeginAs(ctx, id, interaction.Arrived{Arrival: interaction.Arrival{
		Tenant: p.tenant.ID, Project: q.ProjectID, Channel: interaction.Voice, Origin: interaction.ByHand,
		CustomerAddress: want.Number, CenterAddress: want.Caller, Language: string(p.tenant.Language),
		Manual: &interaction.Manual{Agent: user, Rules: flow.RulesOf(q, p.projects[q.ProjectID]), Device: byPhone, Message: w.message},
	}}, leg)
	if err != nil {
		leg.Disconnect(interaction.BySystem)
		a.router.Release(interaction.Release{Interaction: id, Agent: user})
		return "", err
	}
	return id, nil
}

// wayOut finds the queue a call is for and the call to be made; the error says why there is none now.
func (c *control) wayOut(p *page, user access.UserID, w wanted) (queue.Queue, voice.OutCall, error) {
	q, err := callerOf(p, user, w.queue)
	if err != nil {
		return q, voice.OutCall{}, err
	}
	country, _ := c.app.dir.Project(p.tenant.ID, q.ProjectID)
	called, ok := number.Dialed(w.number, country)
	if !ok {
		return q, voice.OutCall{}, &desk.Refused{Code: "dial_number", Err: fault.OneField("number", fault.Malformed, "%q is not a telephone number; with another country's code it begins with +.", w.number)}
	}
	want := voice.OutCall{Tenant: p.tenant.ID, Project: q.ProjectID, Number: called, Caller: q.Callback.Caller, Agent: user}
	if want.Caller, err = c.app.voice.MayCall(want); err != nil {
		return q, want, noLine(err)
	}
	return q, want, nil
}

// noLine says why no trunk carries a call.
func noLine(err error) error {
	code := "dial_no_line"
	switch {
	case errors.Is(err, voice.ErrSpent):
		code = "dial_spent"
	case fault.Is(err, fault.Busy):
		code = "dial_busy"
	}
	return &desk.Refused{Code: code, Err: err}
}

// callerOf is the queue that a user calls for.
func callerOf(p *page, user access.UserID, id queue.ID) (queue.Queue, error) {
	mine := callers(p, user)
	switch {
	case !works(p, user):
		return queue.Queue{}, fault.Denied.New("Your role takes no calls.")
	case len(mine) == 0:
		return queue.Queue{}, &desk.Refused{Code: "dial_no_queue", Err: fault.Denied.New("You serve no queue, and calls are made for one. Ask an administrator.")}
	case id == "":
		return mine[0], nil
	}
	if i := slices.IndexFunc(mine, func(q queue.Queue) bool { return q.ID == id }); i >= 0 {
		return mine[i], nil
	}
	return queue.Queue{}, fault.OneField("queue", fault.Unknown, "You do not serve this queue any more; choose another one.")
}

// mayCall refuses an agent who cannot call anybody just now.
func (d *duty) mayCall(p *page, user access.UserID, byPhone, noDesk bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.board.Get(p.tenant.ID, user).Status == agent.Offline:
		return &desk.Refused{Code: "dial_offline", Err: fault.Conflict.New("You are offline. Become available, or go on a break; then call.")}
	case !byPhone && !noDesk && !d.present[user]:
		return fault.Conflict.New("This agent's desk is closed. Open it; then call.")
	case !byPhone && !d.reached(p, user):
		return desk.ErrPhoneAway
	}
	return nil
}
