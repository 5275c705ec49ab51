package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/kit/outbound"
	"linekeeper/internal/plugin"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"

	"linekeeper/internal/interaction"
)

// What is outside of the program answers as the script says: services, databases, and queues that are closed.

// Answer is what a service or a database outside answers in a rehearsal.
type Answer struct {
	// Status is that of HTTP; 0: 200.
	Status int `json:"status,omitempty"`
	// Body is what an http node gets: JSON, or a text; of a plugin node what the plug-in answers, with its actions.
	Body any `json:"body,omitempty"`
	// Rows are what an sql node finds.
	Rows []map[string]any `json:"rows,omitempty"`
	// After is how many seconds it takes; longer than the node waits: there is no answer.
	After float64 `json:"after,omitempty"`
	// Fails says that nothing is reached.
	Fails bool `json:"fails,omitempty"`
}

func (a Answer) problem() Said {
	switch {
	case a.Status != 0 && (a.Status < 100 || a.Status > 599):
		return saidf("status: must be 100 to 599")
	case a.After < 0 || a.After > 3600 || math.IsNaN(a.After):
		return saidf("after: must be 0 to 3600 seconds")
	}
	return Said{}
}

var (
	errNoAnswer = errors.New("the test has no more answers for this node")
	errSilent   = errors.New("there was no answer in time")
	errUnasked  = errors.New("it cannot be reached")
)

// answer is the next of the script's answers for the node the program is at; the time it takes passes, limit at the most.
func (s *scene) answer(limit time.Duration) (Answer, error) {
	n := s.actor.node()
	all, at := s.actor.script.Answers[n.id], s.answered[n.id]
	if at >= len(all) {
		return Answer{}, errNoAnswer
	}
	s.answered[n.id]++
	a := all[at]
	takes := time.Duration(a.After * float64(time.Second))
	if takes > limit {
		return Answer{}, errors.Join(s.actor.pass(limit), errSilent)
	}
	if err := s.actor.pass(takes); err != nil {
		return Answer{}, err
	}
	if a.Fails {
		return Answer{}, errUnasked
	}
	return a, nil
}

// Do implements Web.
func (s *scene) Do(ctx context.Context, _ outbound.Request) (outbound.Answer, error) {
	if ctx.Err() != nil {
		return outbound.Answer{}, ctx.Err()
	}
	a, err := s.answer(s.actor.node().seconds("timeout"))
	if err != nil {
		return outbound.Answer{}, err
	}
	out := outbound.Answer{Status: a.Status, Type: "application/json"}
	if out.Status == 0 {
		out.Status = http.StatusOK
	}
	if text, ok := a.Body.(string); ok {
		out.Body, out.Type = []byte(text), "text/plain"
		return out, nil
	}
	if out.Body, err = json.Marshal(a.Body); err != nil {
		return outbound.Answer{}, fmt.Errorf("the test's answer: %w", err)
	}
	return out, nil
}

// Plugin implements Plugins. One that is not known here may do whatever the node wants of it.
func (s *scene) Plugin(ctx context.Context, t tenant.ID, key string) (plugin.Plugin, error) {
	if s.stage.Plugins != nil {
		return s.stage.Plugins.Plugin(ctx, t, key)
	}
	return plugin.Plugin{Key: key, Kinds: []plugin.Kind{{Key: s.actor.node().str("does"), Talks: true}}}, nil
}

// Ask implements Asker: the body of the script's answer is what the plug-in sends.
func (s *scene) Ask(ctx context.Context, p plugin.Plugin, _ plugin.Question) (plugin.Answer, error) {
	if ctx.Err() != nil {
		return plugin.Answer{}, ctx.Err()
	}
	a, err := s.answer(p.Timeout())
	if err != nil {
		return plugin.Answer{}, err
	}
	if a.Status != 0 && a.Status != http.StatusOK {
		return plugin.Answer{}, fmt.Errorf("the answer has the status %d", a.Status)
	}
	body, err := json.Marshal(a.Body)
	if err != nil {
		return plugin.Answer{}, fmt.Errorf("the test's answer: %w", err)
	}
	return plugin.ParseAnswer(body)
}

// Look implements Sources: from the answers of the node, or else from the rows of the source.
func (s *scene) Look(_ context.Context, source, _ string, _ map[string]string, most int) ([]map[string]any, error) {
	if n := s.actor.node(); s.actor.script.Answers[n.id] != nil {
		a, err := s.answer(n.seconds("timeout"))
		return a.Rows[:min(most, len(a.Rows))], err
	}
	all, n := s.actor.script.Rows[source], s.sought[source]
	if n >= len(all) {
		return nil, errors.New("the test has no more rows of it")
	}
	s.sought[source]++
	return all[n][:min(most, len(all[n]))], nil
}

// QueueSetup tells how queues are set up.
type QueueSetup interface {
	// QueueByKey gives false when there is no queue of this key.
	QueueByKey(ctx context.Context, t tenant.ID, key string) (queue.Queue, bool, error)
	// HoursByID gives false when there is no calendar of this identity; it is given by Queue.HoursID.
	HoursByID(ctx context.Context, t tenant.ID, id string) (hours.Hours, bool, error)
}

// Turn implements Turns: a queue is closed when the script says so, or when its calendar is at that time, and then
// does with the customer what it is set up to do.
func (s *scene) Turn(ctx context.Context, t tenant.ID, key string, at time.Time) (Turn, error) {
	rules, err := s.Rules(ctx, t, key)
	if err != nil || s.stage.Queues == nil {
		return Turn{Rules: rules}, err
	}
	var trouble error
	find := func(key string) (queue.Queue, bool) {
		if slices.Contains(s.actor.script.Missing, key) {
			return queue.Queue{}, false
		}
		q, ok, err := s.stage.Queues.QueueByKey(ctx, t, key)
		trouble = errors.Join(trouble, err)
		return q, ok && err == nil
	}
	calendar := func(id string) (hours.Hours, bool) {
		h, ok, err := s.stage.Queues.HoursByID(ctx, t, id)
		trouble = errors.Join(trouble, err)
		switch {
		case slices.Contains(s.actor.script.Closed, h.Key):
			h.Closed = true
		case slices.Contains(s.actor.script.Open, h.Key):
			return hours.Hours{}, false // the queue serves
		}
		return h, ok && err == nil
	}
	q, there := find(key)
	if !there {
		return Turn{Rules: rules}, trouble
	}
	to, act := queue.Turn(q, at, false, find, calendar)
	turn := Turn{Rules: interaction.QueueRules{Queue: queue.ID(to.Key)}}
	if act.Do != queue.Serve {
		turn.Closed = &interaction.ClosedFlow{Do: string(act.Do), Flow: act.Flow}
	}
	return turn, trouble
}

// Send implements Outgoing: nothing is sent. Where the script has answers for the node, one that fails keeps the message from
// being taken.
func (s *scene) Send(ctx context.Context, l Letter) (string, error) {
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if s.actor.script.Answers[s.actor.node().id] == nil {
		return l.To, nil
	}
	_, err := s.answer(longestWait)
	return l.To, err
}

// Code implements Outgoing: a made-up customer knows it beforehand.
func (s *scene) Code(digits int) string { return rehearsedCode[:digits] }

// Mark implements Outgoing.
func (s *scene) Mark(text string) (string, error) { return text, nil }

// rehearsedCode begins every code of a rehearsal.
const rehearsedCode = "12345678"
