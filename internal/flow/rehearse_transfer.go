package flow

import (
	"context"
	"errors"
	"slices"
	"time"

	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
)

// agentSilent is an agent of a script who is free and does not answer.
const agentSilent AgentState = "silent"

// rehearsedTalk is how long a number outside talks in a rehearsal.
const rehearsedTalk = time.Minute

// sent notes where the program sends its customer. A number of which the script says so gives him back.
func (a *actor) sent(out *Rehearsal, in interaction.FlowTransferred, note func(node, what, text string)) {
	to := in.Target.Address
	if in.Target.Kind == interaction.ToEntry {
		to = string(in.Target.Entry)
	}
	note(a.where(), string(EndSent), to)
	switch way := a.script.Numbers[to]; {
	case way == interaction.WayEnded && !in.After, way == "" || in.Target.Kind == interaction.ToEntry:
		out.End, out.Detail = EndSent, to
	case way == interaction.WayEnded:
		a.back, a.away = way, rehearsedTalk
	case way == interaction.WayNoAnswer:
		a.back, a.away = way, in.Ring
	default:
		a.back, a.away = way, time.Second
	}
}

// play runs the program to its end, also when its customer was away in between.
func (a *actor) play(ctx context.Context, r *run) {
	r.execute(ctx, nil)
	for a.back != "" {
		way := a.back
		a.back = ""
		if a.pass(a.away) != nil {
			return
		}
		r.way, r.position.Vars = way, r.program.shown(r.position.Vars)
		r.execute(ctx, nil)
	}
}

// Entry implements Entries.
func (s *scene) Entry(_ context.Context, _ tenant.ID, key string) (interaction.Target, error) {
	if slices.Contains(s.actor.script.Missing, key) {
		return interaction.Target{}, errors.New("it is not there")
	}
	return interaction.Target{Kind: interaction.ToEntry, Entry: entry.ID(key)}, nil
}

// Offers implements Callbacks.
func (s *scene) Offers(interaction.State, interaction.QueueRules) bool {
	return s.actor.script.CallsBack
}

// Asked implements Callbacks.
func (s *scene) Asked(context.Context, interaction.State, interaction.QueueRules) (bool, error) {
	return s.actor.script.Asked && !s.revoked, nil
}

// Revoke implements Callbacks.
func (s *scene) Revoke(context.Context, interaction.State, interaction.QueueRules) error {
	s.revoked = true
	return nil
}

// Zone implements Callbacks: a test tells times as it tells its own.
func (s *scene) Zone(interaction.State, interaction.QueueRules) *time.Location {
	if !s.actor.script.CallsBack {
		return nil
	}
	return s.actor.Now().Location()
}

// Slot implements Callbacks: full hours up to the end of tomorrow, but for those that the script says are full.
func (s *scene) Slot(_ context.Context, _ interaction.State, _ interaction.QueueRules, from time.Time) (time.Time, bool, error) {
	now := s.actor.Now()
	end := time.Date(now.Year(), now.Month(), now.Day()+2, 0, 0, 0, 0, now.Location())
	at := time.Date(from.Year(), from.Month(), from.Day(), from.Hour(), 0, 0, 0, now.Location())
	for ; at.Before(end); at = at.Add(time.Hour) {
		if !at.Before(from) && at.After(now) && !slices.Contains(s.actor.script.Full, at.Format("15:04")) {
			return at, true, nil
		}
	}
	return time.Time{}, false, nil
}

// Request implements Callbacks; nobody is called.
func (s *scene) Request(context.Context, CallbackWish) error {
	return nil
}
