package voice

import "context"

// Wait waits until the legs there are now have ended and their peers were told, or ctx ends. It is
// for stopping in order: end the interactions, Wait, Close.
func (e *Edge) Wait(ctx context.Context) {
	e.mu.Lock()
	legs := make([]*Leg, 0, len(e.legs))
	for _, l := range e.legs {
		legs = append(legs, l)
	}
	e.mu.Unlock()
	for _, l := range legs {
		select {
		case <-l.over:
		case <-ctx.Done():
			return
		}
	}
}
