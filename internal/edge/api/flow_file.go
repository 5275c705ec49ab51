package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
)

func (s *server) flowFileRoutes() []route {
	takes := []option{bodyLimit(flow.MaxFile), takesBytes()}
	return []route{
		rt(http.MethodPost, "/flows/file", "packFlow", may(access.SeeSetup), "A program as a file, with the prompts it names and their recordings", s.packFlow, answers("The file", zipType)),
		rt(http.MethodPost, "/flows/file/look", "lookFlow", may(access.SeeSetup), "What is in a flow's file, and what its prompts would replace", s.lookFlow, takes...),
		rt(http.MethodPost, "/flows/file/prompts", "takeFlowPrompts", may(access.ChangeSetup), "Put the prompts of a flow's file in, all or nothing", s.takeFlowPrompts, takes...),
	}
}

// ProgramAlone is a program as it is drawn, perhaps with mistakes.
type ProgramAlone struct {
	Program json.RawMessage `json:"program"`
}

// TransformSchema lets the program be any object.
func (ProgramAlone) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "program")
}

func (s *server) packFlow(ctx context.Context, in *createInput[ProgramAlone]) (*huma.StreamResponse, error) {
	var f flow.File
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		f, err = flow.FileOf(tx, viewerOf(ctx).Tenant, s.deps.PromptFiles, in.Body.Program)
		return err
	})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		_, w := humago.Unwrap(hctx)
		w.Header().Set("Content-Type", zipType)
		_, _ = w.Write(b.Bytes()) // the client has gone
	}}, nil
}

type flowFileInput struct {
	RawBody []byte `contentType:"application/zip"`
}

// FlowFile is what a flow's file holds.
type FlowFile struct {
	Program json.RawMessage   `json:"program"`
	Prompts []flow.FilePrompt `json:"prompts"`
}

// TransformSchema lets the program be any object.
func (FlowFile) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "program")
}

func (s *server) lookFlow(ctx context.Context, in *flowFileInput) (*oneOutput[FlowFile], error) {
	f, err := flow.ParseFile(in.RawBody)
	if err != nil {
		return nil, err
	}
	out := FlowFile{Program: f.Program}
	err = s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.Prompts, err = f.Compare(tx, viewerOf(ctx).Tenant, s.deps.PromptFiles)
		return err
	})
	return &oneOutput[FlowFile]{out}, err
}

type takePromptsInput struct {
	Replace []string `query:"replace" maxItems:"500" doc:"Keys of prompts that take the place of the center's own; others of them stay as they are"`
	RawBody []byte   `contentType:"application/zip"`
}

func (s *server) takeFlowPrompts(ctx context.Context, in *takePromptsInput) (*oneOutput[flow.PromptsTaken], error) {
	if s.deps.PromptFiles == nil {
		return nil, fault.Conflict.New("Recorded prompts are not kept here.")
	}
	f, err := flow.ParseFile(in.RawBody)
	if err != nil {
		return nil, err
	}
	taken, err := s.deps.PromptFiles.TakeFile(ctx, viewerOf(ctx).author(), f, in.Replace)
	return &oneOutput[flow.PromptsTaken]{taken}, s.changed("prompt", err)
}
