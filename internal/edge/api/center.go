package api

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/audit"
	"linekeeper/internal/center"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
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
	RawBody []byte `contentType:"application/yaml" doc:"YAML, or a zip archive of center.yaml and the recorded prompts it names"`
}

type exportInput struct {
	Recordings bool `query:"recordings" doc:"A zip archive with the recorded prompts, which makes the same center on another server"`
}

type applyOutput struct {
	Body CenterDiff
}

func (s *server) applyCenter(ctx context.Context, in *applyInput) (*applyOutput, error) {
	if len(in.RawBody) > maxCenter && !center.Packed(in.RawBody) {
		return nil, newProblem(http.StatusRequestEntityTooLarge, fault.Invalid, fmt.Sprintf("The file has more than %d MB.", maxCenter>>20))
	}
	if !center.Packed(in.RawBody) && !isText(in.RawBody) {
		return nil, errNoText()
	}
	diff, err := s.deps.Center.Apply(ctx, viewerOf(ctx).author(), in.RawBody, in.DryRun)
	if err != nil {
		return nil, err
	}
	if !in.DryRun {
		_ = s.changed("center", nil)
	}
	return &applyOutput{diff}, nil
}

func (s *server) exportCenter(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	v := viewerOf(ctx)
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Note(tx, v.author(), audit.Export, "center", string(v.Tenant), nil)
	})
	if err != nil {
		return nil, err
	}
	contentType, name := yamlType, "center.yaml"
	if in.Recordings {
		contentType, name = zipType, "center.zip"
	}
	return s.file(contentType, name, func(w io.Writer) error { return s.deps.Center.Export(ctx, v.Tenant, in.Recordings, w) }), nil
}
