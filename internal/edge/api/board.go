package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

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
	return nil, errUnfinished
}

// desk hands the connection to the WebSocket's own package.
func (s *server) desk(ctx context.Context, _ *nothing) (*huma.StreamResponse, error) {
	return nil, errUnfinished
}
