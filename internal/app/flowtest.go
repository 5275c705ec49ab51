package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/center"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/plugin"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

func flowCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "flow", Short: "Work on flows"}
	test := &cobra.Command{
		Use: "test FILE...", Short: "Rehearse flows with the tests they carry, and say what they have passed", Args: cobra.MinimumNArgs(1),
		Long: "Rehearse flows with the tests they carry. A file is a flow's program (JSON, or .zip as the editor exports it), or a center file (YAML) with flows in it, which may then run each other.\n" +
			"Nothing is called and no time passes. The exit code is 1 when a test has failed.",
	}
	only := test.Flags().String("flow", "", "Only the flow with this key.")
	verbose := test.Flags().BoolP("verbose", "v", false, "Show every step of every test.")
	test.RunE = func(cmd *cobra.Command, files []string) error {
		failed := 0
		for _, name := range files {
			n, err := testFlows(cmd.Context(), cmd.OutOrStdout(), name, *only, *verbose)
			if err != nil {
				return err
			}
			failed += n
		}
		if failed > 0 {
			return fmt.Errorf("%d tests have failed", failed)
		}
		return nil
	}
	cmd.AddCommand(test, replayCommand())
	return cmd
}

// testFlows rehearses the flows of a file and gives the number of tests that failed.
func testFlows(ctx context.Context, out io.Writer, name, only string, verbose bool) (failed int, err error) {
	shelf, err := readFlows(name)
	if err != nil {
		return 0, err
	}
	tested := 0
	for _, f := range shelf.flows {
		if only != "" && f.Key != only {
			continue
		}
		tested++
		p, err := flow.Compile(f.Program)
		if err != nil {
			return failed, fmt.Errorf("%s: flow %s cannot be rehearsed:\n%w", name, f.Key, err)
		}
		p.Flow = f.ID
		scripts, err := flow.Scripts(f.Program)
		if err != nil {
			return failed, fmt.Errorf("%s: flow %s: %w", name, f.Key, err)
		}
		stage := flow.Stage{Programs: shelf, Prompts: shelf, Hours: shelf, Queues: shelf}
		if shelf.plugins != nil {
			stage.Plugins = shelf
		}
		played, coverage := flow.Rehearse(ctx, stage, p, scripts)
		failed += tellResult(out, f.Key, played, coverage, verbose)
	}
	if tested == 0 {
		return 0, fmt.Errorf("%s: there is no flow %q in it", name, only)
	}
	return failed, nil
}

func tellResult(out io.Writer, key string, played []flow.Rehearsal, c flow.Coverage, verbose bool) (failed int) {
	for _, r := range played {
		sign := "ok    "
		if len(r.Failures) > 0 {
			sign = "FAILED"
			failed++
		}
		fmt.Fprintf(out, "%s %s: %s (%s, %.0f s)\n", sign, key, r.Script, strings.TrimSpace(string(r.End)+" "+r.Queue), r.Took)
		for _, f := range r.Failures {
			fmt.Fprintf(out, "         %s\n", f)
		}
		if verbose {
			for _, m := range r.Steps {
				fmt.Fprintf(out, "         %6.1f s  %-20s %-12s %s\n", m.At, m.Node, m.What, m.Text)
			}
		}
	}
	fmt.Fprintf(out, "%s: %d tests, %d of %d nodes and %d of %d ways passed\n", key, len(played), c.Nodes-len(c.Unseen), c.Nodes, c.Ways-len(c.UnseenWays), c.Ways)
	if missed := slices.Concat(c.Unseen, c.UnseenWays); len(missed) > 0 && len(played) > 0 {
		fmt.Fprintf(out, "         not passed: %s\n", strings.Join(missed, ", "))
	}
	return failed
}

// shelf is the set-up of a file as rehearsals see it.
type shelf struct {
	flows   []flow.Flow
	hours   map[string]hours.Hours
	prompts map[string]flow.Prompt
	queues  map[string]queue.Queue
	plugins map[string]plugin.Plugin // nil: the file is a flow alone
}

// one takes a flow that has a file of its own.
func (s *shelf) one(name string, f flow.File) {
	key := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	s.flows = append(s.flows, flow.Flow{ID: flow.ID(key), Key: key, Program: f.Program})
	for _, p := range f.Prompts {
		s.prompts[p.Key] = p
	}
}

func readFlows(name string) (*shelf, error) {
	s := &shelf{hours: map[string]hours.Hours{}, prompts: map[string]flow.Prompt{}, queues: map[string]queue.Queue{}}
	if filepath.Ext(name) == ".json" {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s.one(name, flow.File{Program: text})
		return s, nil
	}
	if packed(name) {
		file, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if f, err := flow.ParseFile(file); err == nil {
			s.one(name, f)
			return s, nil
		}
	}
	f, err := center.Load(name)
	if err != nil {
		return nil, err
	}
	flows, calendars, prompts, queues, plugins := f.Rehearsable()
	s.flows = flows
	for _, h := range calendars {
		s.hours[h.Key] = h
	}
	for _, p := range prompts {
		s.prompts[p.Key] = p
	}
	for _, q := range queues {
		s.queues[q.Key] = q
	}
	s.plugins = map[string]plugin.Plugin{}
	for _, p := range plugins {
		s.plugins[p.Key] = p
	}
	return s, nil
}

func (s *shelf) Program(_ context.Context, _ tenant.ID, id flow.ID, _ int64) (*flow.Program, error) {
	for _, f := range s.flows {
		if f.ID == id {
			p, err := flow.Compile(f.Program)
			if err == nil {
				p.Flow = f.ID
			}
			return p, err
		}
	}
	return nil, fault.NotFound.New("There is no flow %q in the file.", id)
}

func (s *shelf) ProgramByKey(ctx context.Context, t tenant.ID, key string) (*flow.Program, error) {
	return s.Program(ctx, t, flow.ID(key), 0)
}

func (s *shelf) PromptByKey(_ context.Context, _ tenant.ID, key string) (flow.Prompt, bool, error) {
	p, ok := s.prompts[key]
	return p, ok, nil
}

func (s *shelf) Open(_ context.Context, _ tenant.ID, key string, at time.Time) (bool, error) {
	h, ok := s.hours[key]
	if !ok {
		return false, errors.New("it is not in the file")
	}
	return h.OpenAt(at), nil
}

func (s *shelf) QueueByKey(_ context.Context, _ tenant.ID, key string) (queue.Queue, bool, error) {
	q, ok := s.queues[key]
	return q, ok, nil
}

func (s *shelf) Plugin(_ context.Context, _ tenant.ID, key string) (plugin.Plugin, error) {
	p, ok := s.plugins[key]
	if ok && len(p.Kinds) == 0 {
		return p, errors.New("the file does not say what it offers")
	}
	if !ok {
		return p, errors.New("it is not in the file")
	}
	return p, nil
}

func (s *shelf) HoursByID(_ context.Context, _ tenant.ID, key string) (hours.Hours, bool, error) {
	h, ok := s.hours[key]
	return h, ok, nil
}
