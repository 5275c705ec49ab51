package api

import (
	"context"
	"net/http"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
)

// Leader changes agents for those who look after them. Who asks has seen what was: if it is not so any more, that is a
// conflict.
type Leader interface {
	SetStatus(ctx context.Context, by audit.Author, user access.UserID, seen, to agent.Standing) error
	SetQueues(ctx context.Context, by audit.Author, user access.UserID, seen, to []queue.ID) error
}

// AgentStatus is an agent's status and its reason.
type AgentStatus struct {
	Status string `json:"status" enum:"available,break,offline"`
	Reason string `json:"reason,omitempty" maxLength:"64" doc:"Of a break: its reason's key. Of offline, when it is set: nothing"`
}

type (
	agentStatusInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Seen AgentStatus `json:"seen" doc:"As the asker saw it; a conflict, if it is not so any more"`
			To   AgentStatus `json:"to"`
		}
	}
	agentQueuesInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Seen []string `json:"seen" maxItems:"1000" doc:"Ids, as the asker saw them; a conflict, if they are others now"`
			To   []string `json:"to" maxItems:"1000"`
		}
	}
)

func (s *server) leaderRoutes() []route {
	need, done := may(access.SetOthersStatus), status(http.StatusNoContent)
	return []route{
		rt(http.MethodPut, "/agents/{id}/status", "setAgentStatus", need, "Set another agent's status; a talk goes on", s.setAgentStatus, done),
		rt(http.MethodPut, "/agents/{id}/queues", "setAgentQueues", need, "Set which queues an agent serves, at once", s.setAgentQueues, done),
	}
}

func (s *server) setAgentStatus(ctx context.Context, in *agentStatusInput) (*struct{}, error) {
	if s.deps.Leader == nil {
		return nil, fault.Unavailable.New("This server has no agents.")
	}
	standing := func(a AgentStatus) agent.Standing {
		return agent.Standing{Status: agent.Status(a.Status), Reason: a.Reason}
	}
	return nil, s.deps.Leader.SetStatus(ctx, viewerOf(ctx).author(), access.UserID(in.ID), standing(in.Body.Seen), standing(in.Body.To))
}

func (s *server) setAgentQueues(ctx context.Context, in *agentQueuesInput) (*struct{}, error) {
	if s.deps.Leader == nil {
		return nil, fault.Unavailable.New("This server has no agents.")
	}
	return nil, s.deps.Leader.SetQueues(ctx, viewerOf(ctx).author(), access.UserID(in.ID), idsOf[queue.ID](in.Body.Seen), idsOf[queue.ID](in.Body.To))
}

func idsOf[T ~string](texts []string) []T {
	ids := make([]T, len(texts))
	for i, text := range texts {
		ids[i] = T(text)
	}
	return ids
}
