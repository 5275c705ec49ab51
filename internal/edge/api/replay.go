package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
)

// replayPage is how many interactions one request looks at: little enough to answer soon.
const replayPage = 200

// FlowReplay asks to play past calls through a program.
type FlowReplay struct {
	Program json.RawMessage `json:"program,omitempty" doc:"Absent: the flow's draft, or what is published when there is none"`
	From    time.Time       `json:"from" doc:"Calls that came at this time or later"`
	To      time.Time       `json:"to" doc:"Calls that came before this time; at most 31 days after from"`
	Cursor  string          `json:"cursor,omitempty" maxLength:"200" doc:"Where the last answer ended; absent: the first calls"`
}

// TransformSchema lets package flow check the program.
func (FlowReplay) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "program")
}

// FlowReplayed is what would change for some of the calls; who asks adds up the answers.
type FlowReplayed struct {
	flow.Replayed
	Cursor string    `json:"cursor" doc:"For the next calls; empty: there are no more"`
	UpTo   time.Time `json:"up_to" doc:"Calls that came until then were looked at"`
}

func (s *server) replayFlow(ctx context.Context, in *replaceInput[FlowReplay]) (*oneOutput[FlowReplayed], error) {
	q, t := in.Body, viewerOf(ctx).Tenant
	if !q.From.Before(q.To) || q.To.Sub(q.From) > 31*24*time.Hour {
		return nil, fault.OneField("to", fault.OutOfRange, "must be after from, by at most 31 days")
	}
	behind, err := parseBegan(q.Cursor)
	if err != nil {
		return nil, err
	}
	program, err := s.replayed(ctx, flow.ID(in.ID), q.Program)
	if err != nil {
		return nil, err
	}
	store := flow.NewStore(s.deps.DB)
	calls, next, err := store.PastCalls(ctx, t, flow.ID(in.ID), q.From, q.To, behind, replayPage)
	if err != nil {
		return nil, err
	}
	out := FlowReplayed{Replayed: flow.NewReplayed(), Cursor: writeBegan(next), UpTo: q.To}
	if next.ID != "" {
		out.UpTo = next.At
	}
	stage := flow.Stage{Tenant: t, Programs: store, Prompts: store, Hours: store, Queues: store, Plugins: store}
	return &oneOutput[FlowReplayed]{out}, out.Replay(ctx, stage, program, calls)
}

// replayed is the program to play calls through.
func (s *server) replayed(ctx context.Context, id flow.ID, given json.RawMessage) (*flow.Program, error) {
	var f flow.Flow
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		f, err = flow.Get(tx, viewerOf(ctx).Tenant, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, text := range []json.RawMessage{f.Draft, f.Program} {
		if len(given) == 0 {
			given = text
		}
	}
	p, err := flow.Compile(given)
	var problems flow.Problems
	if errors.As(err, &problems) {
		return nil, problems.Fields().Err()
	}
	return p, err
}

// writeBegan makes a cursor; empty: none.
func writeBegan(b interaction.Began) string {
	if b.ID == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(b.At.UnixMilli(), 10) + " " + string(b.ID)))
}

func parseBegan(cursor string) (b interaction.Began, err error) {
	if cursor == "" {
		return b, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	at, id, ok := strings.Cut(string(text), " ")
	ms, bad := strconv.ParseInt(at, 10, 64)
	if err != nil || bad != nil || !ok || id == "" || !clean(id) {
		return b, fault.OneField("cursor", fault.Malformed, "This is not the cursor of an earlier answer.")
	}
	return interaction.Began{ID: interaction.ID(id), At: time.UnixMilli(ms)}, nil
}
