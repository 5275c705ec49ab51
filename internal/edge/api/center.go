package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
)

// CenterDiff is what an applied file changed, or would change.
type CenterDiff struct {
	DryRun  bool           `json:"dry_run" doc:"Nothing was changed"`
	Changes []CenterChange `json:"changes" doc:"In the order of the file; empty: the center is already so"`
}

// CenterChange is one thing made, changed or removed.
type CenterChange struct {
	Action string              `json:"action" enum:"create,change,delete"`
	Kind   string              `json:"kind" doc:"queue, user, entry, ..."`
	Key    string              `json:"key"`
	Fields []CenterFieldChange `json:"fields" doc:"What changes; secrets are not shown"`
}

// CenterFieldChange is a field before and after, as in the file.
type CenterFieldChange struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type applyInput struct {
	DryRun  bool   `query:"dry_run" doc:"Only tell what would change"`
	RawBody []byte `contentType:"application/yaml"`
}

type applyOutput struct {
	Body CenterDiff
}

func (s *server) applyCenter(ctx context.Context, in *applyInput) (*applyOutput, error) {
	return nil, errUnfinished
}

func (s *server) exportCenter(ctx context.Context, _ *nothing) (*huma.StreamResponse, error) {
	return nil, errUnfinished
}
