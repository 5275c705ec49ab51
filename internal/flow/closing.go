package flow

import (
	"context"
	_ "embed" // the program below
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

//go:embed programs/closed-callback.json
var closedCallbackProgram []byte

// ClosedCallback names the built-in flow of a customer whom a closed queue promises a call. It can be given
// wherever a flow's identity can.
const ClosedCallback ID = "built-in:closed-callback"

// Turn is where a customer of a queue waits now.
type Turn struct {
	Rules  interaction.QueueRules  // of the queue he waits in, or of the one that is closed
	Closed *interaction.ClosedFlow // the flow that takes him because it is closed; nil: he waits
}

// Turns says what becomes of customers who come to a queue.
type Turns interface {
	// Turn is asked for one who comes now. The error is NotFound when there is no queue of this key.
	Turn(ctx context.Context, t tenant.ID, key string, at time.Time) (Turn, error)
}

// Turn implements Turns.
func (s *Store) Turn(ctx context.Context, t tenant.ID, key string, at time.Time) (turn Turn, err error) {
	err = s.read(ctx, func(tx *db.Tx) error {
		q, err := queue.ByKey(tx, t, key)
		if err != nil {
			return err
		}
		turn, err = turnOf(tx, t, q, at, false)
		return err
	})
	return turn, err
}

// InLine is the turn of those who wait in a queue already.
func (s *Store) InLine(ctx context.Context, t tenant.ID, id queue.ID, at time.Time) (turn Turn, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		q, err := queue.Get(tx, t, id)
		if err != nil {
			return err
		}
		turn, err = turnOf(tx, t, q, at, true)
		return err
	})
	return turn, err
}

// turnOf reads what the rule asks for. What is not there serves the customer.
func turnOf(tx *db.Tx, t tenant.ID, q queue.Queue, at time.Time, inLine bool) (Turn, error) {
	var trouble error
	there := func(err error) bool {
		if err != nil && !fault.Is(err, fault.NotFound) && trouble == nil {
			trouble = err
		}
		return err == nil
	}
	find := func(key string) (queue.Queue, bool) { next, err := queue.ByKey(tx, t, key); return next, there(err) }
	calendar := func(id string) (hours.Hours, bool) {
		if id == "" {
			return hours.Hours{}, false
		}
		h, err := hours.Get(tx, t, hours.ID(id))
		return h, there(err)
	}
	to, act := queue.Turn(q, at, inLine, find, calendar)
	p, err := project.Get(tx, t, to.ProjectID)
	if err != nil {
		return Turn{}, err
	}
	turn := Turn{Rules: RulesOf(to, p)}
	if id, err := flowOf(tx, t, act, false); there(err) && id != "" {
		turn.Closed = &interaction.ClosedFlow{Do: string(act.Do), Flow: string(id), Number: act.Number}
	}
	return turn, trouble
}
