package api

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
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
	diff, err := s.deps.Center.Apply(ctx, viewerOf(ctx).author(), in.RawBody, in.DryRun)
	if err != nil {
		return nil, err
	}
	if !in.DryRun {
		_ = s.changed("center", nil)
	}
	return &applyOutput{diff}, nil
}

func (s *server) exportCenter(ctx context.Context, _ *nothing) (*huma.StreamResponse, error) {
	v := viewerOf(ctx)
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Note(tx, v.author(), audit.Export, "center", string(v.Tenant), nil)
	})
	if err != nil {
		return nil, err
	}
	return s.file(yamlType, "center.yaml", func(w io.Writer) error { return s.deps.Center.Export(ctx, v.Tenant, w) }), nil
}
