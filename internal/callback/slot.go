package callback

import (
	"context"
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// slotDays is how many days ahead a customer may choose a time: today and tomorrow.
const slotDays = 2

// Calendar says when a queue is served.
type Calendar struct {
	Open func(time.Time) bool // nil: always
	Zone *time.Location       // in which its customers are told times
}

// NextSlot finds the first time at or after one, behind now, at which one more customer can be called: within the
// queue's hours and those of its callbacks, which are of the center's time, with a call left to give. taken says how
// many of a slot are given away. False: there is none up to the end of tomorrow, or the queue gives away no times.
func NextSlot(rules queue.Callback, c Calendar, center *time.Location, from, now time.Time, taken func(time.Time) int64) (time.Time, bool) {
	if !rules.Slots() {
		return time.Time{}, false
	}
	y, m, d := now.In(c.Zone).Date()
	for day := range slotDays {
		for minute := 0; minute < 24*60; minute += int(rules.SlotMinutes) {
			at := hours.FirstAt(y, m, d+day, minute, c.Zone)
			switch {
			case at.Before(from) || !at.After(now):
			case c.Open != nil && !c.Open(at), !rules.May(at.In(center)):
			case taken(at) < rules.SlotCalls:
				return at, true
			}
		}
	}
	return time.Time{}, false
}

// Slot finds the first time at or after one at which a customer can be called for a queue; false: there is none.
func (e *Engine) Slot(ctx context.Context, t tenant.ID, q queue.ID, from time.Time) (at time.Time, ok bool, err error) {
	err = e.ask(ctx, func() error {
		at, ok = e.slot(t, q, from)
		return nil
	})
	return at, ok, err
}

func (e *Engine) slot(t tenant.ID, q queue.ID, from time.Time) (time.Time, bool) {
	rules, ok := e.ports.Rules(t, q)
	if !ok || !rules.On {
		return time.Time{}, false
	}
	return NextSlot(rules, e.ports.Calendar(t, q), e.ports.Zone(), from, time.Now(), func(at time.Time) int64 {
		n := int64(0)
		for _, c := range e.open {
			if c.Tenant == t && c.Queue == q && c.Slot.Equal(at) {
				n++
			}
		}
		return n
	})
}

// free refuses a time that somebody else was quicker to take, or at which nobody is called.
func (e *Engine) free(t tenant.ID, q queue.ID, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	if next, ok := e.slot(t, q, at); !ok || !next.Equal(at) {
		return fault.Conflict.New("This time is not free any more.")
	}
	return nil
}
