package app

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// agentPort tells flows how agents stand.
type agentPort struct{ app *App }

var _ flow.Agents = agentPort{}

// Agent implements flow.Agents.
func (p agentPort) Agent(_ context.Context, _ tenant.ID, login string) (access.UserID, flow.AgentState, error) {
	page := p.app.dir.page()
	for id, u := range page.users {
		if u.Login != login || !works(page, id) {
			continue
		}
		switch {
		case p.app.control.free(id):
			return id, flow.AgentFree, nil
		case p.app.control.occupied(id):
			return id, flow.AgentBusy, nil
		}
		return id, flow.AgentAway, nil
	}
	return "", flow.AgentUnknown, nil
}

// LastAgent implements flow.Agents.
func (p agentPort) LastAgent(ctx context.Context, t tenant.ID, c customer.ID, since time.Time) (login string, err error) {
	var who access.UserID
	err = p.app.db.Read(ctx, func(tx *db.Tx) (err error) {
		who, err = interaction.LastAgent(tx, t, c, since)
		return err
	})
	if err != nil || who == "" {
		return "", err
	}
	return p.app.dir.page().users[who].Login, nil // empty for one who is gone
}
