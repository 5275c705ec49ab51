package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
)

// Board is the present of all queues and agents; the WebSocket pushes its changes.
type Board struct {
	NowMs  int64            `json:"now_ms" doc:"The server's clock"`
	Queues []live.QueueView `json:"queues"`
	Agents []live.AgentView `json:"agents"`
}

type boardOutput struct {
	Body Board
}

func (s *server) board(ctx context.Context, _ *nothing) (*boardOutput, error) {
	now := s.deps.Board.Present()
	b := Board{NowMs: db.Millis(time.Now()), Queues: now.Queues, Agents: now.Agents}
	if b.Queues == nil {
		b.Queues = []live.QueueView{}
	}
	if b.Agents == nil {
		b.Agents = []live.AgentView{}
	}
	return &boardOutput{b}, nil
}

// desk hands the connection to the WebSocket's own package.
func (s *server) desk(ctx context.Context, _ *nothing) (*huma.StreamResponse, error) {
	if s.socket == nil {
		return nil, fault.Unavailable.New("The desk is not open.")
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		r, w := humago.Unwrap(hctx)
		s.socket.ServeHTTP(w, r)
	}}, nil
}
