package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/plugin"
	"linekeeper/internal/tenant"
)

func showFlow(f flow.Flow) Flow {
	return Flow{
		ID: string(f.ID), FlowFields: FlowFields{Key: f.Key, Name: f.Name, Program: f.Program},
		Version: f.Version, Draft: f.Draft, DraftBy: f.DraftBy, Revision: f.Revision,
	}
}

// FlowKinds is what an editor of flows must know.
type FlowKinds struct {
	Kinds     []flow.Kind     `json:"kinds"`
	Types     []flow.VarType  `json:"types" doc:"Of variables"`
	Names     []FlowName      `json:"names" doc:"What expressions know beside the variables"`
	Schema    json.RawMessage `json:"schema" doc:"JSON Schema of programs"`
	Languages []string        `json:"languages"`
	Prompts   []string        `json:"prompts" doc:"Keys of the prompts that come along"`
	Templates []FlowTemplate  `json:"templates" doc:"Programs to begin a flow from, with their tests"`
	Offers    []FlowOffer     `json:"offers" doc:"What plug-ins offer, for nodes of the kind plugin"`
}

// FlowOffer is one thing a plug-in offers.
type FlowOffer struct {
	Plugin string `json:"plugin" doc:"Its key"`
	Name   string `json:"name" doc:"Of the plug-in"`
	PluginKind
}

// FlowTemplate is a program to begin a flow from.
type FlowTemplate struct {
	Key     string            `json:"key"`
	Name    map[string]string `json:"name" doc:"By language"`
	Program json.RawMessage   `json:"program"`
}

// TransformSchema lets the program be any object.
func (FlowTemplate) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "program")
}

// TransformSchema lets the schema be any object.
func (FlowKinds) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "schema")
}

func (s *server) flowKinds(ctx context.Context, _ *struct{}) (*oneOutput[FlowKinds], error) {
	offers := []FlowOffer{}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := plugin.List(tx, viewerOf(ctx).Tenant, db.Page{Limit: 1000})
		for _, p := range all {
			for _, k := range showPlugin(p).Kinds {
				offers = append(offers, FlowOffer{Plugin: p.Key, Name: p.Name, PluginKind: k})
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var names []FlowName
	for _, n := range flow.Names() {
		names = append(names, FlowName(n))
	}
	var templates []FlowTemplate
	for _, t := range flow.Templates() {
		templates = append(templates, FlowTemplate(t))
	}
	return &oneOutput[FlowKinds]{FlowKinds{
		Templates: templates, Offers: offers,
		Kinds: flow.Kinds(), Types: flow.VarTypes(), Names: names, Schema: flow.JSONSchema(),
		Languages: flow.Languages(), Prompts: flow.ShippedPrompts(),
	}}, nil
}

// ProgramInput is a program as it is drawn, perhaps with mistakes.
type ProgramInput struct {
	Program json.RawMessage `json:"program"`
	FlowID  string          `json:"flow_id,omitempty" maxLength:"64" doc:"The flow it is of, for the languages of its entries; empty: all languages of the center"`
}

// TransformSchema lets package flow check the program.
func (ProgramInput) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "program")
}

// ProgramProblems is all that is wrong with a program; none, or warnings only: it can be published.
type ProgramProblems struct {
	Problems []FlowProblem `json:"problems"`
}

// FlowProblem is one thing that is wrong with a program.
type FlowProblem struct {
	Node  string `json:"node,omitempty" doc:"Absent: the program itself"`
	Field string `json:"field,omitempty" doc:"A parameter, next, or edges.1; absent: the whole node"`
	// Said is the problem in words.
	flow.Said
	Warning bool `json:"warning,omitempty" doc:"The program can be published all the same"`
}

// FlowName is a word expressions know.
type FlowName struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

func (s *server) checkFlow(ctx context.Context, in *createInput[ProgramInput]) (*oneOutput[ProgramProblems], error) {
	found := ProgramProblems{Problems: []FlowProblem{}}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := s.checker().Problems(tx, viewerOf(ctx).Tenant, flow.ID(in.Body.FlowID), in.Body.Program)
		for _, p := range all {
			found.Problems = append(found.Problems, FlowProblem(p))
		}
		return err
	})
	return &oneOutput[ProgramProblems]{found}, err
}

// checker knows which languages the engines speak and which databases flows look up in.
func (s *server) checker() flow.Checker {
	if s.deps.Speech == nil {
		return flow.Checker{Sources: s.deps.Sources}
	}
	engines := s.deps.Speech().Engines
	return flow.Checker{Sources: s.deps.Sources, Speaks: func(language string) bool {
		base, _, _ := strings.Cut(language, "-")
		return slices.ContainsFunc(engines, func(e SpeechEngine) bool { return slices.Contains(e.Languages, base) })
	}}
}

// FlowDraft is a program to keep, and the revision of the flow it was made from.
type FlowDraft struct {
	Revision int64           `json:"revision"`
	Program  json.RawMessage `json:"program,omitempty" doc:"Absent: the draft is thrown away"`
}

// TransformSchema lets package flow check the program.
func (FlowDraft) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "program")
}

func (s *server) saveDraft(ctx context.Context, in *replaceInput[FlowDraft]) (*oneOutput[Flow], error) {
	var f flow.Flow
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) (err error) {
		f, err = flow.SaveDraft(tx, viewerOf(ctx).author(), flow.ID(in.ID), in.Body.Revision, in.Body.Program)
		return err
	})
	return &oneOutput[Flow]{showFlow(f)}, err
}

// FlowPublication says what is to be published.
type FlowPublication struct {
	Revision int64  `json:"revision" doc:"Of the flow as the author has seen it"`
	Version  int64  `json:"version,omitempty" minimum:"1" doc:"An earlier version to publish again; absent: the draft"`
	Note     string `json:"note,omitempty" maxLength:"1000" doc:"What has changed, for the list of versions"`
}

func (s *server) publishFlow(ctx context.Context, in *replaceInput[FlowPublication]) (*oneOutput[Flow], error) {
	var f flow.Flow
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) (err error) {
		by, id := viewerOf(ctx).author(), flow.ID(in.ID)
		if in.Body.Version > 0 {
			f, err = s.checker().Restore(tx, by, id, in.Body.Revision, in.Body.Version, in.Body.Note)
		} else {
			f, err = s.checker().Publish(tx, by, id, in.Body.Revision, in.Body.Note)
		}
		return err
	})
	return &oneOutput[Flow]{showFlow(f)}, s.changed("flow", err)
}

// FlowVersion is a program that was published.
type FlowVersion struct {
	Version int64           `json:"version"`
	At      time.Time       `json:"at"`
	Author  string          `json:"author" doc:"Id of the user; empty: the system or the center file"`
	Note    string          `json:"note"`
	Program json.RawMessage `json:"program,omitempty" doc:"Only when one version is asked for"`
}

// TransformSchema lets the program be any object.
func (FlowVersion) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "program")
}

type versionsInput struct {
	ID    string `path:"id" maxLength:"64"`
	Below int64  `query:"below" minimum:"0" doc:"Only versions before this one; 0: from the last"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *server) flowVersions(ctx context.Context, in *versionsInput) (*oneOutput[List[FlowVersion]], error) {
	list := List[FlowVersion]{Items: []FlowVersion{}}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		t := viewerOf(ctx).Tenant
		if _, err := flow.Get(tx, t, flow.ID(in.ID)); err != nil {
			return err
		}
		all, err := flow.Versions(tx, t, flow.ID(in.ID), in.Below, in.Limit)
		for _, v := range all {
			v.Program = nil
			list.Items = append(list.Items, showVersion(v))
		}
		return err
	})
	return &oneOutput[List[FlowVersion]]{list}, err
}

func showVersion(v flow.Version) FlowVersion {
	return FlowVersion{Version: v.Number, At: v.At, Author: v.Author, Note: v.Note, Program: v.Program}
}

type versionInput struct {
	ID      string `path:"id" maxLength:"64"`
	Version int64  `path:"version" minimum:"1"`
}

func (s *server) flowVersion(ctx context.Context, in *versionInput) (*oneOutput[FlowVersion], error) {
	var v flow.Version
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		v, err = flow.GetVersion(tx, viewerOf(ctx).Tenant, flow.ID(in.ID), in.Version)
		return err
	})
	return &oneOutput[FlowVersion]{showVersion(v)}, err
}

type diffInput struct {
	ID   string `path:"id" maxLength:"64"`
	From int64  `query:"from" minimum:"0" doc:"The earlier version; 0: the published one"`
	To   int64  `query:"to" minimum:"0" doc:"The later version; 0: the draft, or the published one when there is none"`
}

// FlowDiff is in what two programs differ; none: only in the drawing, or not at all.
type FlowDiff struct {
	Differences []FlowDifference `json:"differences"`
}

// FlowDifference is one thing in which two programs differ.
type FlowDifference struct {
	Node  string          `json:"node" doc:"Empty: the program itself"`
	Field string          `json:"field" doc:"A parameter, next, or edges.1; empty: the whole node"`
	Was   json.RawMessage `json:"was,omitempty" doc:"Absent: it is new"`
	Is    json.RawMessage `json:"is,omitempty" doc:"Absent: it is gone"`
}

// TransformSchema lets the values be anything.
func (FlowDifference) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	for _, name := range []string{"was", "is"} {
		s.Properties[name] = &huma.Schema{Description: s.Properties[name].Description}
	}
	return s
}

func (s *server) flowDiff(ctx context.Context, in *diffInput) (*oneOutput[FlowDiff], error) {
	out := FlowDiff{Differences: []FlowDifference{}}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		was, is, err := programs(tx, viewerOf(ctx).Tenant, flow.ID(in.ID), in.From, in.To)
		if err != nil {
			return err
		}
		all, err := flow.Diff(was, is)
		for _, d := range all {
			out.Differences = append(out.Differences, FlowDifference(d))
		}
		return err
	})
	return &oneOutput[FlowDiff]{out}, err
}

// programs are the two to compare.
func programs(tx *db.Tx, t tenant.ID, id flow.ID, from, to int64) (was, is json.RawMessage, err error) {
	f, err := flow.Get(tx, t, id)
	if err != nil {
		return nil, nil, err
	}
	was, is = f.Program, f.Program
	if len(f.Draft) > 0 {
		is = f.Draft
	}
	for _, side := range []struct {
		number int64
		into   *json.RawMessage
	}{{from, &was}, {to, &is}} {
		if side.number == 0 {
			continue
		}
		v, err := flow.GetVersion(tx, t, id, side.number)
		if fault.Is(err, fault.NotFound) {
			return nil, nil, fault.NotFound.New("This flow has no version %d.", side.number)
		}
		if err != nil {
			return nil, nil, err
		}
		*side.into = v.Program
	}
	return was, is, nil
}

// FlowRehearsal asks for a rehearsal of a program.
type FlowRehearsal struct {
	Program json.RawMessage   `json:"program"`
	Tests   []json.RawMessage `json:"tests,omitempty" maxItems:"200" doc:"Instead of those the program carries"`
}

// TransformSchema lets package flow check the program and the tests.
func (FlowRehearsal) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	anyObject(s, "program")
	s.Properties["tests"].Items = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
	return s
}

// FlowRehearsed is what came of a rehearsal.
type FlowRehearsed struct {
	Rehearsals []flow.Rehearsal `json:"rehearsals"`
	Coverage   flow.Coverage    `json:"coverage"`
	Failed     int              `json:"failed" doc:"Tests of which an expectation was not met"`
}

func (s *server) rehearseFlow(ctx context.Context, in *createInput[FlowRehearsal]) (*oneOutput[FlowRehearsed], error) {
	program, err := flow.Compile(in.Body.Program)
	if err == nil && in.Body.Tests != nil {
		in.Body.Program, err = json.Marshal(map[string]any{"tests": in.Body.Tests})
	}
	var scripts []flow.Script
	if err == nil {
		scripts, err = flow.Scripts(in.Body.Program)
	}
	var problems flow.Problems
	if errors.As(err, &problems) {
		return nil, problems.Fields().Err()
	}
	if err != nil {
		return nil, err
	}
	store := flow.NewStore(s.deps.DB)
	stage := flow.Stage{Tenant: viewerOf(ctx).Tenant, Programs: store, Prompts: store, Hours: store, Queues: store, Plugins: store}
	var out FlowRehearsed
	out.Rehearsals, out.Coverage = flow.Rehearse(ctx, stage, program, scripts)
	for _, r := range out.Rehearsals {
		if len(r.Failures) > 0 {
			out.Failed++
		}
	}
	return &oneOutput[FlowRehearsed]{out}, nil
}

// FlowCounts are how often today's interactions have passed a flow's nodes.
type FlowCounts struct {
	Since  time.Time        `json:"since" doc:"The center's midnight; after a restart less is counted"`
	Counts map[string]int64 `json:"counts" doc:"By node (menu) and by its way out (menu.1)"`
}

func (s *server) flowCounts(ctx context.Context, in *idInput) (*oneOutput[FlowCounts], error) {
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := flow.Get(tx, viewerOf(ctx).Tenant, flow.ID(in.ID))
		return err
	})
	out := FlowCounts{Counts: map[string]int64{}}
	if err == nil && s.deps.FlowCounts != nil {
		out.Counts, out.Since = s.deps.FlowCounts(flow.ID(in.ID))
	}
	return &oneOutput[FlowCounts]{out}, err
}
