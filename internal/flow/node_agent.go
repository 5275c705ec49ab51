package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

// AgentState is how an agent stands towards one more customer.
type AgentState string

// The states of agents.
const (
	AgentFree    AgentState = "free"    // available, with nothing in hand
	AgentBusy    AgentState = "busy"    // talks, is being asked or wraps up
	AgentAway    AgentState = "away"    // on a break, without a phone or not signed in
	AgentUnknown AgentState = "unknown" // there is no such agent
)

// Agents knows who is there; app has them.
type Agents interface {
	// Agent gives the agent with a user name and how he stands.
	Agent(ctx context.Context, t tenant.ID, login string) (access.UserID, AgentState, error)
	// LastAgent is the user name of who talked last with a customer who came since then; empty: nobody, or
	// one who is gone.
	LastAgent(ctx context.Context, t tenant.ID, c customer.ID, since time.Time) (string, error)
	// FirstAgent is who is to take a customer of a queue for so long, before everybody may, because he talked with him
	// last; empty: nobody.
	FirstAgent(ctx context.Context, t tenant.ID, q queue.ID, c customer.ID) (access.UserID, time.Duration, error)
	// Skill is the identity of a skill; not ok: there is none of this key.
	Skill(ctx context.Context, t tenant.ID, key string) (skill.ID, bool)
}

// agentKind is the name of the node that wants one certain agent.
const agentKind = "agent"

// agentKinds are the nodes that want one certain agent.
func agentKinds() []Kind {
	return []Kind{{
		Name: agentKind, Doc: "Puts the customer in line for one agent, who for some seconds is the only one to be asked; then all of the queue may take him, or the flow goes on. The queue's waiting flow follows.",
		Params: []Param{
			{Name: "login", Type: TemplateParam, Names: UserThing, Doc: "user name of the agent, as text or {{customer.fields.agent}}; absent: who talked with the customer last"},
			{Name: "days", Type: IntegerParam, Default: 30.0, Min: 1, Max: 3650, Doc: "how many days back the last talk is looked for"},
			{Name: "seconds", Type: SecondsParam, Default: 20.0, Min: 5, Max: 600, Doc: "how long nobody else is asked"},
			{Name: "queue", Type: QueueParam, Doc: "the queue; absent: the project's own"},
			{Name: "priority", Type: IntegerParam, Default: 0.0, Min: -100, Max: 100, Doc: "higher goes first"},
		},
		Edges: []Edge{
			{Name: "busy", Doc: "the agent has somebody else"},
			{Name: "away", Doc: "the agent is on a break or not here; also without a way of its own for one who is unknown"},
			{Name: "unknown", Optional: true, Doc: "there is no such agent, or nobody talked with the customer; without this way as away"},
			{Name: interaction.WayNoAnswer, Optional: true, Doc: "the agent does not answer in time, or declines; without this way all of the queue may take the customer"},
			{Name: "failed", Optional: true, Doc: "the queue is not there; without this way the flow fails"},
		},
		Needs: []Ability{CanServe},
		run:   runAgent,
	}}
}

func runAgent(ctx context.Context, r *run, n *node) (string, error) {
	login, err := r.wantedAgent(ctx, n)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	var who access.UserID
	state := AgentUnknown
	if r.cfg.Agents != nil && login != "" {
		if who, state, err = r.cfg.Agents.Agent(ctx, r.tenant(), login); err != nil {
			return r.failed(ctx, n, errors.New(fault.Message(err)))
		}
	}
	if state != AgentFree {
		r.step(n, StepAgent, strings.TrimSpace(login+" "+string(state)))
		if state == AgentUnknown && n.edges["unknown"] == "" {
			state = AgentAway
		}
		return string(state), nil
	}
	key, err := r.queueKey(ctx, n)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	turn, err := r.turn(ctx, key)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	r.step(n, StepAgent, login)
	queued := interaction.FlowQueued{Rules: turn.Rules, Priority: int(n.number("priority")), Closed: turn.Closed, Only: who, OnlyFor: n.seconds("seconds")}
	if n.edges[interaction.WayNoAnswer] != "" {
		queued.Back = interaction.WayNoAnswer
		r.waits(n)
	}
	r.tell(queued)
	return "", nil
}

// wantedAgent is the user name of whom the node wants; empty: nobody talked with the customer.
func (r *run) wantedAgent(ctx context.Context, n *node) (string, error) {
	if t, _ := n.params["login"].(*template); t != nil {
		login, err := r.fill(ctx, t, nil)
		return strings.TrimSpace(login), err
	}
	id := r.spec.State.Arrival.Customer
	if r.cfg.Agents == nil || id == "" {
		return "", nil
	}
	since := r.cfg.Clock.Now().AddDate(0, 0, -int(n.number("days")))
	login, err := r.cfg.Agents.LastAgent(ctx, r.tenant(), id, since)
	if err != nil {
		return "", fmt.Errorf("the last agent cannot be looked up: %s", fault.Message(err))
	}
	return login, nil
}
