package flow

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/tenant"
)

// In a rehearsal the customer speaks until he presses a key, hangs up, or may not speak any longer.

// Owner implements Messages.
func (s *scene) Owner(context.Context, tenant.ID, string) (access.UserID, error) {
	return "rehearsal", nil
}

// Take implements Messages.
func (s *scene) Take(_ context.Context, w MessageWish) (MessageTake, error) {
	return &playedTake{actor: s.actor, began: s.actor.now, minimum: w.Minimum}, nil
}

type playedTake struct {
	actor   *actor
	began   time.Time
	minimum time.Duration
	said    time.Duration
}

func (t *playedTake) Stop() (time.Duration, bool, error) {
	t.said = t.actor.now.Sub(t.began)
	return t.said, t.said >= t.minimum, nil
}

func (t *playedTake) Sound() ([]int16, error) {
	return make([]int16, int(t.said.Seconds()*SampleRate)), nil
}

func (t *playedTake) Discard() error { return nil }
func (t *playedTake) Close()         {}
