package flow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// Tallies keeps the named counters of projects; Store implements it.
type Tallies interface {
	// Tally adds to a counter in the period that began then, and gives what it has now; adding 0 only reads.
	// The zero time is a counter that never begins anew.
	Tally(ctx context.Context, t tenant.ID, p project.ID, name string, began time.Time, add int64) (int64, error)
}

// counterKind is the name of the node that counts.
const counterKind = "counter"

// The periods of counters.
const (
	PerHour  = "hour"
	PerDay   = "day"
	PerMonth = "month"
	PerEver  = "ever"
)

// tallyTime is how long a customer waits for a counter at most.
const tallyTime = 2 * time.Second

// counterKinds are the nodes that count.
func counterKinds() []Kind {
	return []Kind{{
		Name: counterKind, Doc: "Adds to a named counter of the project, which a restart does not touch; after a crash the same customer may be counted again.", Next: true,
		Params: []Param{
			{Name: "counter", Type: TemplateParam, Required: true, Doc: "the counter's name"},
			{Name: "per", Type: ChoiceParam, Options: []string{PerHour, PerDay, PerMonth, PerEver}, Default: PerDay, Doc: "when it begins anew, in the center's time zone"},
			{Name: "add", Type: IntegerParam, Default: 1.0, Min: -1_000_000, Max: 1_000_000, Doc: "what is added; 0 only reads"},
			{Name: "variable", Type: VariableParam, Yields: NumberVar, On: []string{"next"}, Doc: "the variable that is set to what it has now"},
		},
		Edges: []Edge{{Name: "failed", Optional: true, Doc: "it cannot be read or written; without this way the flow fails"}},
		run:   runCounter, check: checkCounter,
	}}
}

func checkCounter(n *node) (found Problems) {
	if t, _ := n.params["counter"].(*template); !fieldKey.MatchString(t.fixed()) {
		found.add(n.id, "counter", "must be a name without expressions: small letters, digits, _ and -")
	}
	return found
}

func runCounter(ctx context.Context, r *run, n *node) (string, error) {
	t, _ := n.params["counter"].(*template)
	now, err := r.tally(ctx, t.fixed(), n.str("per"), int64(n.number("add")))
	if err == nil && n.str("variable") != "" {
		err = r.set(n.str("variable"), float64(now))
	}
	if err != nil {
		return r.failed(ctx, n, err)
	}
	r.step(n, StepCounted, fmt.Sprintf("%s = %d", t.fixed(), now))
	return "next", nil
}

// counted is what a counter has: counted("vip", "hour"); today's when no period is named.
func counted(ctx context.Context, r *run) any {
	return func(name string, per ...string) (float64, error) {
		if len(per) == 0 {
			per = []string{PerDay}
		}
		n, err := r.tally(ctx, name, per[0], 0)
		return float64(n), err
	}
}

// tally adds to a counter of the project, or only reads it.
func (r *run) tally(ctx context.Context, name, per string, add int64) (int64, error) {
	facts, err := r.setup(ctx)
	if err != nil {
		return 0, err
	}
	began, err := periodOf(per, r.cfg.Clock.Now(), facts.Zone)
	switch {
	case err != nil:
		return 0, err
	case r.cfg.Tallies == nil:
		return 0, errors.New("nothing is counted here")
	case !fieldKey.MatchString(name):
		return 0, fmt.Errorf("%q is no name of a counter", name)
	}
	within, cancel := context.WithTimeout(ctx, tallyTime)
	defer cancel()
	n, err := r.cfg.Tallies.Tally(within, r.tenant(), r.spec.State.Arrival.Project, per+"/"+name, began, add)
	if err != nil {
		return 0, fmt.Errorf("counter %s: %s", name, fault.Message(err))
	}
	return n, nil
}

// periodOf is when the period began in which now is; zone may be nil.
func periodOf(per string, now time.Time, zone *time.Location) (time.Time, error) {
	if zone != nil {
		now = now.In(zone)
	}
	year, month, day := now.Date()
	switch per {
	case PerHour: // by the clock on the wall, also where summer time shifts it by half an hour
		return now.Truncate(time.Second).Add(-time.Duration(now.Minute())*time.Minute - time.Duration(now.Second())*time.Second), nil
	case PerDay:
		return time.Date(year, month, day, 0, 0, 0, 0, now.Location()), nil
	case PerMonth:
		return time.Date(year, month, 1, 0, 0, 0, 0, now.Location()), nil
	case PerEver:
		return time.Time{}, nil
	}
	return time.Time{}, fmt.Errorf("%q is no period of a counter: hour, day, month or ever", per)
}
