package api

import (
	"context"
	"net/http"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/queue"
)

// Line changes places of waiting customers. Who asks has seen a place: if it is another now, that is a conflict which
// names who changed it.
type Line interface {
	Move(ctx context.Context, id interaction.ID, seen interaction.Seen, to queue.ID) error
	Reprioritise(ctx context.Context, id interaction.ID, seen interaction.Seen, to int) error
	// Pick offers a customer to one agent next.
	Pick(ctx context.Context, id interaction.ID, seen interaction.Seen, to access.UserID) error
}

// SeenPlace is the place that somebody saw who changes it.
type SeenPlace struct {
	Queue    string `json:"queue" maxLength:"64" doc:"Id of the queue he waits in, as the asker saw it: another has changed it meanwhile if that is not so, and the answer is a conflict"`
	Priority int    `json:"priority" doc:"Likewise"`
	Note     string `json:"note,omitempty" maxLength:"200" doc:"Why, for the time line and the audit"`
}

func (p SeenPlace) seen(v viewer) interaction.Seen {
	return interaction.Seen{By: access.UserID(v.author().User), Note: p.Note, Queue: queue.ID(p.Queue), Priority: p.Priority}
}

type (
	lineInput struct {
		ID string `path:"id" maxLength:"64"`
	}
	lineOutput struct {
		Body live.LineView
	}
	moveInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Seen SeenPlace `json:"seen"`
			To   string    `json:"to" maxLength:"64" doc:"Id of the queue he waits in from now on; he keeps the age of his place"`
		}
	}
	priorityInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Seen SeenPlace `json:"seen"`
			To   int       `json:"to" minimum:"-100" maximum:"100" doc:"Higher goes first"`
		}
	}
	pickInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Seen  SeenPlace `json:"seen"`
			Agent string    `json:"agent,omitempty" maxLength:"64" doc:"Id of the user who is offered him next, and alone for 30 s; empty: the asker. He must be available and free"`
		}
	}
)

func (s *server) lineRoutes() []route {
	const post, put = http.MethodPost, http.MethodPut
	done := status(http.StatusNoContent)
	return []route{
		rt(http.MethodGet, "/queues/{id}/line", "queueLine", may(access.SeeLive), "Who waits in a queue, in the order of their places; the WebSocket pushes it after watch_line", s.line),
		rt(post, "/interactions/{id}/move", "moveWaiting", may(access.MoveWaiting), "Move a waiting customer to another queue", s.moveWaiting, done),
		rt(put, "/interactions/{id}/priority", "prioritiseWaiting", may(access.MoveWaiting), "Change the priority of a waiting customer", s.prioritise, done),
		rt(post, "/interactions/{id}/pick", "pickWaiting", may(access.MoveWaiting), "Give a waiting customer to one agent", s.pick, done),
	}
}

func (s *server) line(_ context.Context, in *lineInput) (*lineOutput, error) {
	v, ok := s.deps.Board.Line(queue.ID(in.ID))
	if !ok {
		return nil, fault.NotFound.New("There is no such queue.")
	}
	return &lineOutput{v}, nil
}

func (s *server) lines() (Line, error) {
	if s.deps.Line == nil {
		return nil, fault.Unavailable.New("Nobody waits at this server.")
	}
	return s.deps.Line, nil
}

func (s *server) moveWaiting(ctx context.Context, in *moveInput) (*struct{}, error) {
	l, err := s.lines()
	if err == nil {
		err = l.Move(ctx, interaction.ID(in.ID), in.Body.Seen.seen(viewerOf(ctx)), queue.ID(in.Body.To))
	}
	return nil, err
}

func (s *server) prioritise(ctx context.Context, in *priorityInput) (*struct{}, error) {
	l, err := s.lines()
	if err == nil {
		err = l.Reprioritise(ctx, interaction.ID(in.ID), in.Body.Seen.seen(viewerOf(ctx)), in.Body.To)
	}
	return nil, err
}

func (s *server) pick(ctx context.Context, in *pickInput) (*struct{}, error) {
	v, to := viewerOf(ctx), access.UserID(in.Body.Agent)
	if to == "" {
		to = v.User
	}
	if to == "" {
		return nil, fault.OneField("agent", fault.Required, "Say for whom: an API token takes no calls.")
	}
	l, err := s.lines()
	if err == nil {
		err = l.Pick(ctx, interaction.ID(in.ID), in.Body.Seen.seen(v), to)
	}
	return nil, err
}
