package app

import (
	"context"
	"os"
	"strings"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/outbound"
	"linekeeper/internal/kit/sqlsource"
	"linekeeper/internal/plugin"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// queueStates tells flows how queues stand, from the board.
type queueStates struct{ app *App }

// QueueState implements flow.States.
func (s queueStates) QueueState(_ context.Context, _ tenant.ID, key string) (flow.QueueState, error) {
	for id, q := range s.app.dir.page().queues {
		if q.Key != key {
			continue
		}
		v, ok := s.app.live.Queue(id)
		if !ok {
			return flow.QueueState{}, fault.Unavailable.New("The board is not there.")
		}
		state := flow.QueueState{Waiting: v.Waiting, Agents: v.Agents, Available: v.Available}
		if e, ok := s.app.live.Wait(id, 0); ok {
			state.Wait = e.Wait.Seconds()
		}
		if v.LongestSince > 0 {
			state.Longest = max(0, time.Since(time.UnixMilli(v.LongestSince)).Seconds())
		}
		return state, nil
	}
	return flow.QueueState{}, fault.NotFound.New("There is no queue %q.", key)
}

// midnight is when the center's day began.
func (a *App) midnight() time.Time {
	now := time.Now().In(a.dir.page().zone)
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
}

// prompt is a prompt as a project's customers hear it beside flows.
func (a *App) prompt(ctx context.Context, t tenant.ID, p project.ID, key, language string) (flow.Clip, error) {
	return a.library.For(p).Prompt(ctx, t, key, language)
}

// makeFlows makes the runner of flows with all that its nodes reach for.
func (a *App) makeFlows() error {
	speaker, err := a.makeSpeaker()
	if err != nil {
		return err
	}
	if err := a.makeListener(); err != nil {
		return err
	}
	a.warnOfSpeech()
	store := a.programs
	a.library = flow.NewLibrary(flow.LibraryConfig{Prompts: store, Files: os.DirFS(a.cfg.Data), Speaker: speaker})
	outside := outbound.Config{Inside: strings.FieldsFunc(a.cfg.FlowHosts, func(r rune) bool { return r == ',' || r == ' ' })}
	if a.opt.Network != nil {
		outside.Dial = a.net.DialTCP
	}
	web := outbound.New(outside)
	a.onUndo(web.Close)
	a.plugins = &plugin.Client{Web: web, Open: opening(a.cfg)}
	sources, err := sqlsource.Open(a.cfg.FlowSources)
	if err != nil {
		return err
	}
	a.onUndo(sources.Close)
	a.sources = append([]string{}, sources.Names()...)
	a.passed = flow.NewCounter(a.midnight)
	a.flows = flow.NewRunner(flow.RunnerConfig{
		Passed: a.passed.Passed,
		Tell:   a.registry.Tell, Programs: store, Library: a.library, Queues: store, Turns: store, Hours: store,
		States: queueStates{a}, Setup: store, Customers: store, Tallies: store, Agents: agentPort{a}, Entries: store, Sources: sources,
		Places: a.router, Callbacks: callbackPort{a}, Messages: messagePort{a}, Tasks: taskPort{a}, Web: web, Recognizer: a.ear, Plugins: store, Asker: a.plugins, Outgoing: letters{a}, Waits: a.live, Log: a.log,
		Rescued: func(what any, stack []byte) { a.log.Error("flow panicked", "panic", what, "stack", string(stack)) },
	})
	a.onUndo(a.flows.Close)
	return nil
}
