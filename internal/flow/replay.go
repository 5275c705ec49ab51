package flow

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"linekeeper/internal/interaction"
)

// Replayed is what changes when past calls are played through another program.
type Replayed struct {
	Calls int `json:"calls"` // that were played
	// Unknown calls come to where the record does not tell what the customer, or a service, would have answered.
	Unknown   int            `json:"unknown"`
	UnknownAt map[string]int `json:"unknown_at"` // of them by node; "": none
	// UnknownWhy counts them by the reason.
	UnknownWhy map[Why]int `json:"unknown_why"`
	// Guessed calls hang on how queues stood, which is not kept: they are taken for empty.
	Guessed int `json:"guessed"`
	// Was and Now count the calls that are not unknown: as they went, and as they would go.
	Was ReplayEnds `json:"was"`
	Now ReplayEnds `json:"now"`
	// Different calls end otherwise; Changes are the first of them.
	Different int            `json:"different"`
	Changes   []ReplayChange `json:"changes"`
}

// Why is why a past call is not counted.
type Why string

// The reasons.
const (
	WhyUnasked  Why = "unasked"  // nothing is recorded of what the customer answered at the node
	WhyTogether Why = "together" // his keys ran into the answer that confirms them: not to be told apart
	WhyOutside  Why = "outside"  // nothing is recorded of what a service, a database or a plug-in answered, or the way it led is not drawn
	WhyStuck    Why = "stuck"    // the program did not end
)

// ReplayEnds count how calls end.
type ReplayEnds struct {
	Contained int            `json:"contained"` // ended by the flow, without an agent
	Queued    int            `json:"queued"`
	Closed    int            `json:"closed"` // of those queued: the queue was closed
	Promised  int            `json:"promised"`
	Sent      int            `json:"sent"`     // to a number outside, or to another entry
	Gone      int            `json:"gone"`     // hung up in the flow
	Queues    map[string]int `json:"by_queue"` // by key
	Seconds   float64        `json:"seconds"`  // in the flow, of all together
}

// ReplayChange is a call that ends otherwise.
type ReplayChange struct {
	Interaction interaction.ID `json:"interaction"`
	At          time.Time      `json:"at"`
	Was         Outcome        `json:"was"`
	Now         Outcome        `json:"now"`
}

// MaxChanges is how many changes are listed.
const MaxChanges = 500

// NewReplayed is one of no calls.
func NewReplayed() Replayed {
	return Replayed{UnknownAt: map[string]int{}, UnknownWhy: map[Why]int{}, Was: ReplayEnds{Queues: map[string]int{}}, Now: ReplayEnds{Queues: map[string]int{}}, Changes: []ReplayChange{}}
}

// Replay plays past calls through a program, in no time, and adds what came of them. The error is
// of the context.
func (all *Replayed) Replay(ctx context.Context, stage Stage, p *Program, calls []PastCall) error {
	for i := range calls {
		c := &calls[i]
		script := Script{Name: string(c.ID), Channel: c.Arrival.Channel, Number: c.Arrival.CustomerAddress, Line: c.Arrival.CenterAddress,
			Language: c.Arrival.Language, At: c.At, Chance: c.chance(), Customer: c.Customer}
		r := rehearse(ctx, stage, p, script, c, map[string]bool{})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		all.add(c, r)
	}
	return nil
}

// chance is the same for a call whenever it is played.
func (c *PastCall) chance() (draws []float64) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(c.ID)) // never fails
	r := rand.New(rand.NewPCG(h.Sum64(), 0))
	for range 20 {
		draws = append(draws, r.Float64())
	}
	return draws
}

func (c *PastCall) facts() *Facts {
	if c == nil {
		return nil
	}
	return c.Facts
}

func (all *Replayed) add(c *PastCall, r Rehearsal) {
	all.Calls++
	if r.End == EndUnknown || r.End == EndStuck {
		all.Unknown++
		all.UnknownAt[r.Detail]++
		all.UnknownWhy[cmp.Or(r.why, WhyStuck)]++
		return
	}
	if r.guessed {
		all.Guessed++
	}
	now := Outcome{End: r.End, Queue: r.Queue, Closed: r.Closed, Took: r.Took}
	all.Was.count(c.Was)
	all.Now.count(now)
	if c.Was.same(now) {
		return
	}
	all.Different++
	if len(all.Changes) < MaxChanges {
		all.Changes = append(all.Changes, ReplayChange{Interaction: c.ID, At: c.At, Was: c.Was, Now: now})
	}
}

func (e *ReplayEnds) count(o Outcome) {
	e.Seconds += o.Took
	switch o.End {
	case EndQueue:
		e.Queued++
		e.Queues[o.Queue]++
		if o.Closed != "" {
			e.Closed++
		}
	case EndGone:
		e.Gone++
	case EndCallback:
		e.Promised++
	case EndSent:
		e.Sent++
	default:
		e.Contained++
	}
}

// Add joins what came of other calls.
func (all *Replayed) Add(other Replayed) {
	all.Calls += other.Calls
	all.Unknown += other.Unknown
	all.Guessed += other.Guessed
	all.Different += other.Different
	for _, node := range slices.Sorted(maps.Keys(other.UnknownAt)) {
		all.UnknownAt[node] += other.UnknownAt[node]
	}
	for why, n := range other.UnknownWhy {
		all.UnknownWhy[why] += n
	}
	all.Was.add(other.Was)
	all.Now.add(other.Now)
	room := max(0, MaxChanges-len(all.Changes))
	all.Changes = append(all.Changes, other.Changes[:min(room, len(other.Changes))]...)
}

func (e *ReplayEnds) add(other ReplayEnds) {
	e.Contained += other.Contained
	e.Queued += other.Queued
	e.Closed += other.Closed
	e.Promised += other.Promised
	e.Sent += other.Sent
	e.Gone += other.Gone
	e.Seconds += other.Seconds
	for key, n := range other.Queues {
		e.Queues[key] += n
	}
}
