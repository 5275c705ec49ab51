package flow

import (
	"context"
	"fmt"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/number"
)

// What FlowStepped says of a node, in its field What; Text is given behind.
const (
	StepWaits    = interaction.FlowWaits    // Position as JSON; not for people
	StepPlayed   = "played"                 // the prompt's key or the text spoken
	StepChose    = "chose"                  // the key
	StepInvalid  = "invalid"                // the key that is no choice
	StepNoInput  = "no_input"               // nothing
	StepTook     = "took"                   // the edge a decision took: open, closed
	StepLanguage = interaction.FlowLanguage // the language from here on
	StepHeard    = "heard"                  // fax, beep
	StepPlace    = "place"                  // the number in line the customer was told
	StepExpected = "expected_wait"          // the range of minutes the customer was told: <1, 2-5, >60
	StepMissing  = "prompt_missing"         // the prompt's key and language, and why
	StepStoodIn  = "stood_in"               // the speech engine that spoke instead of another, and why
	StepFailed   = "failed"                 // why
	StepSet      = "set"                    // the variable and its value
	StepEntered  = "entered"                // the key of the flow that runs now
	StepTagged   = "tagged"                 // the tag
	StepAsked    = "asked"                  // how a service outside answered
	StepFound    = "customer_found"         // by what: number, or the field
	StepUnknown  = "customer_unknown"       // by what
	StepChanged  = "customer_changed"       // what of him, with commas between
	StepCounted  = "counted"                // the counter and what it has
	StepSought   = "sought"                 // the source, and how long it took
	StepAgent    = "agent_wanted"           // why not he: busy, away, unknown; or user name
	StepSent     = "message_sent"           // email or sms, to whom and, unless it is secret, what
	StepConsent  = "consent"                // Consent as JSON: the proof
)

// tell tells the interaction, unless the flow was stopped. A stop at the very same time may let one
// input through: it comes late and is refused there.
func (r *run) tell(in interaction.Input) {
	if r.life.Err() == nil {
		r.cfg.Tell(r.spec.State.ID, in)
	}
}

// step tells what a node did.
func (r *run) step(n *node, what, text string) {
	r.tell(interaction.FlowStepped{Node: n.id, What: what, Text: text})
}

// played tells that a node was heard; while somebody waits, only the first time.
func (r *run) played(n *node, said string) {
	if r.spec.Waiting {
		r.stepOnce(n, StepPlayed, said)
	} else {
		r.step(n, StepPlayed, said)
	}
}

// stepOnce tells it the first time only.
func (r *run) stepOnce(n *node, what, text string) {
	if key := n.id + " " + what; !r.told[key] {
		r.told[key] = true
		r.step(n, what, text)
	}
}

// failed tells that a node could not do its work, and takes the way for that. Without one it is an
// error of the flow.
func (r *run) failed(ctx context.Context, n *node, err error) (string, error) {
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if _, ok := n.edges["failed"]; ok {
		r.step(n, StepFailed, err.Error())
		return "failed", nil
	}
	return "", err
}

// setup is what the set-up says about the interaction.
func (r *run) setup(ctx context.Context) (Facts, error) {
	if r.facts != nil || r.cfg.Setup == nil {
		if r.facts == nil {
			r.facts = &Facts{}
		}
		return *r.facts, nil
	}
	f, err := r.cfg.Setup.Facts(ctx, r.spec.State.Arrival)
	if err != nil {
		return Facts{}, err
	}
	r.facts = &f
	return f, nil
}

func (r *run) now() time.Time {
	now := r.cfg.Clock.Now()
	if r.facts != nil && r.facts.Zone != nil {
		return now.In(r.facts.Zone)
	}
	return now
}

// call is what expressions see of the interaction.
func (r *run) call(ctx context.Context) (Call, error) {
	s := r.spec.State
	f, err := r.setup(ctx)
	if err != nil {
		return Call{}, err
	}
	c := Call{
		Number: s.Arrival.CustomerAddress, Line: s.Arrival.CenterAddress, Entry: f.Entry, Project: f.Project,
		Channel: string(s.Arrival.Channel), Language: r.position.Language, Country: number.Country(s.Arrival.CustomerAddress),
		Began: s.Arrived,
	}
	if r.spec.Waiting && !s.Queued.IsZero() {
		c.Waited = r.cfg.Clock.Now().Sub(s.Queued).Seconds()
	}
	return c, nil
}

// customer is who the customer is, as far as it is known.
func (r *run) customer(ctx context.Context) (Customer, error) {
	id := r.spec.State.Arrival.Customer
	if r.person == nil && id != "" && r.cfg.Customers != nil {
		c, err := r.cfg.Customers.Customer(ctx, r.tenant(), id)
		if err != nil {
			return Customer{}, err
		}
		r.person = &c
	}
	if r.person == nil {
		return Customer{}, nil
	}
	return *r.person, nil
}

func (r *run) queueState(ctx context.Context, key string) (QueueState, error) {
	if r.cfg.States == nil {
		return QueueState{}, fmt.Errorf("queue %q: there are no queues here", key)
	}
	s, err := r.cfg.States.QueueState(ctx, r.tenant(), key)
	if err != nil {
		return QueueState{}, fmt.Errorf("queue %q: %w", key, err)
	}
	return s, nil
}

func (r *run) open(ctx context.Context, key string) (bool, error) {
	if r.cfg.Hours == nil {
		return false, fmt.Errorf("hours %q: there are no calendars here", key)
	}
	open, err := r.cfg.Hours.Open(ctx, r.tenant(), key, r.cfg.Clock.Now())
	if err != nil {
		return false, fmt.Errorf("hours %q: %w", key, err)
	}
	return open, nil
}
