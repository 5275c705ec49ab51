package trigger

import (
	"fmt"
	"time"

	"linekeeper/internal/agent"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// This file has the events that others have written down before they tell of them: ends of interactions, answers of
// customers, statuses of agents. Who tells is only quick. What was not told to the end, because the process died or the
// database was gone, is found in the records, and a moment that has a run is not begun again.

// Committed follows interactions; it is a watcher of the registry.
func (e *Engine) Committed(k interaction.Commit) {
	for _, r := range k.Events {
		if _, ended := r.Event.(interaction.EventEnded); ended {
			e.worker.Put(func() { e.ended(k.State); e.next() })
		}
	}
	for _, g := range k.Given() {
		e.worker.Put(func() { e.answered(g); e.next() })
	}
}

// StatusChanged follows agents; it is a watcher of their board.
func (e *Engine) StatusChanged(c agent.Change) {
	e.worker.Put(func() { e.status(c); e.next() })
}

// on are the triggers that a happening may start.
func (e *Engine) on(h Happening) (all []Trigger) {
	for _, t := range e.all {
		if !t.Disabled && t.Kind == Event && t.Rule.On == h {
			all = append(all, t)
		}
	}
	return all
}

// record starts a trigger's flow for what is in the records, once.
func (e *Engine) record(t Trigger, r Run) {
	if r.At.Before(t.Since) {
		return
	}
	if _, err := e.fire(e.life(), t, r, false); err != nil {
		e.fallsBehind(err)
	}
}

// fallsBehind has the records read later.
func (e *Engine) fallsBehind(err error) {
	if e.behind = true; e.life().Err() == nil {
		e.ports.Log.Error("flows are started later", "error", err)
	}
}

// endedHere says whether the end of an interaction is for a trigger.
func (e *Engine) endedHere(t Trigger, o interaction.Over) bool {
	return t.ProjectID == o.Project && (t.Rule.Queue == "" || t.Rule.Queue == e.ports.QueueKey(o.Queue))
}

func (e *Engine) ended(s interaction.State) {
	for _, t := range e.on(InteractionEnded) {
		if e.endedHere(t, interaction.Over{Project: s.Arrival.Project, Queue: s.Segment.Rules.Queue}) {
			e.endedFor(t, s)
		}
	}
}

func (e *Engine) endedFor(t Trigger, s interaction.State) {
	e.record(t, Run{Moment: string(s.ID), At: s.Ended, Inputs: map[string]any{
		"interaction": string(s.ID), "queue_key": e.ports.QueueKey(s.Segment.Rules.Queue), "outcome": string(s.Segment.Outcome), "cause": string(s.Cause),
		"customer_number": s.Arrival.CustomerAddress, "talk_seconds": s.Talk.Seconds(),
	}})
}

func (e *Engine) status(c agent.Change) {
	for _, t := range e.on(StatusChanged) {
		e.statusFor(t, c)
	}
}

func (e *Engine) statusFor(t Trigger, c agent.Change) {
	who := e.ports.Agent(c.After.User)
	if !t.Rule.matches(c) || !who.serves(t) {
		return
	}
	e.record(t, Run{Moment: statusMoment(c), At: c.After.Since, Inputs: map[string]any{
		"agent": who.Login, "agent_name": who.Name, "status_before": string(c.Before.Status), "reason_before": c.Before.Reason,
		"status": string(c.After.Status), "reason": c.After.Reason, "since": c.After.Since.UTC().Format(time.RFC3339),
	}})
}

func statusMoment(c agent.Change) string {
	return fmt.Sprintf("%s %s %d", c.After.User, c.After.Since.UTC().Format(time.RFC3339Nano), c.Seq)
}

// matches says whether a change of status is one the rule waits for.
func (r Rule) matches(c agent.Change) bool {
	return (r.Status == "" || r.Status == c.After.Status) && (r.Reason == "" || r.Reason == c.After.Reason)
}

// serves says whether a trigger is about an agent: he serves its queue, or any of its project.
func (a Agent) serves(t Trigger) bool {
	for _, s := range a.Serves {
		if s.Project == t.ProjectID && (t.Rule.Queue == "" || t.Rule.Queue == s.Key) {
			return true
		}
	}
	return false
}

func (e *Engine) answered(g interaction.Given) {
	for _, t := range e.on(LowScore) {
		if err := e.answeredFor(t, g); err != nil {
			e.fallsBehind(err)
		}
	}
}

func (e *Engine) answeredFor(t Trigger, g interaction.Given) error {
	r, key := t.Rule, e.ports.QueueKey(g.Queue)
	if t.ProjectID != g.Project || r.Question != "" && r.Question != g.Question || r.Queue != "" && r.Queue != key {
		return nil
	}
	yes, compared, err := e.isLow(t, g)
	if err != nil || !yes {
		return err
	}
	who := Agent{}
	if g.Agent != "" {
		who = e.ports.Agent(g.Agent)
	}
	e.record(t, Run{Moment: answerMoment(g), At: g.At, Inputs: map[string]any{
		"interaction": string(g.Interaction), "question": g.Question, "scale": string(g.Scale), "score": float64(g.Score), "mean": compared,
		"agent": who.Login, "agent_name": who.Name, "queue_key": key, "customer_number": g.Address,
	}})
	return nil
}

func answerMoment(g interaction.Given) string { return string(g.Interaction) + " " + g.Question }

// isLow says whether an answer starts a trigger's flow, and what was compared.
func (e *Engine) isLow(t Trigger, g interaction.Given) (yes bool, compared float64, err error) {
	r, score := t.Rule, float64(g.Score)
	switch {
	case r.AtMost == nil:
		return g.Scale.Low(g.Score), score, nil
	case r.Last == 0:
		return score <= *r.AtMost, score, nil
	}
	q := g.Queue
	if r.Queue == "" {
		q = ""
	}
	var scores []int
	err = e.ports.DB.Read(e.life(), func(tx *db.Tx) (err error) {
		scores, err = interaction.LastScores(tx, e.ports.Tenant(), g, q, int(r.Last)+1)
		return err
	})
	if err != nil || !fell(scores, int(r.Last), *r.AtMost) {
		return false, 0, err
	}
	return true, mean(scores[:r.Last]), nil
}

// catchUp starts what the records tell and nobody has begun.
func (e *Engine) catchUp(now time.Time) {
	if !e.behind {
		return
	}
	e.behind = false
	for _, h := range []Happening{InteractionEnded, StatusChanged, LowScore} {
		for _, t := range e.on(h) {
			since := later(t.Since, now.Add(-h.late()))
			if err := e.missed(t, since); err != nil {
				e.fallsBehind(err)
				return
			}
		}
	}
}

// missed starts a trigger's flow for what has happened since a time and has no run.
func (e *Engine) missed(t Trigger, since time.Time) error {
	var seen records
	err := e.ports.DB.Read(e.life(), func(tx *db.Tx) (err error) {
		seen, err = readRecords(tx, e.ports.Tenant(), t, since)
		return err
	})
	if err != nil {
		return err
	}
	store := interaction.NewStore(e.ports.DB)
	for _, o := range seen.ended {
		if seen.begun[string(o.ID)] || !e.endedHere(t, o) {
			continue
		}
		s, err := store.Load(e.life(), o.ID)
		if err != nil {
			return err
		}
		e.endedFor(t, s)
	}
	for _, g := range seen.given {
		if seen.begun[answerMoment(g)] {
			continue
		}
		if err := e.answeredFor(t, g); err != nil {
			return err
		}
	}
	for _, c := range seen.changes {
		if !seen.begun[statusMoment(c)] {
			e.statusFor(t, c)
		}
	}
	return nil
}

// records are what a trigger may have to start its flow for, and the moments it was begun for.
type records struct {
	begun   map[string]bool
	ended   []interaction.Over
	given   []interaction.Given
	changes []agent.Change
}

func readRecords(tx *db.Tx, home tenant.ID, t Trigger, since time.Time) (r records, err error) {
	if r.begun, err = Moments(tx, home, t.ID, since); err != nil {
		return r, err
	}
	switch t.Rule.On {
	case InteractionEnded:
		r.ended, err = interaction.EndedSince(tx, home, since)
	case LowScore:
		r.given, err = interaction.Answers(tx, home, since)
	case StatusChanged:
		r.changes, err = agent.Changes(tx, home, since)
	}
	return r, err
}
