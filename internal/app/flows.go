package app

import (
	"context"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// queueStates tells flows how queues stand, from the board.
type queueStates struct{ app *App }

// QueueState implements flow.States.
func (s queueStates) QueueState(_ context.Context, _ tenant.ID, key string) (flow.QueueState, error) {
	for id, q := range s.app.dir.page().queues {
		if q.Key != key {
			continue
		}
		v, ok := s.app.live.Queue(id)
		if !ok {
			return flow.QueueState{}, fault.Unavailable.New("The board is not there.")
		}
		state := flow.QueueState{Waiting: v.Waiting, Agents: v.Agents, Available: v.Available}
		if e, ok := s.app.live.Wait(id, 0); ok {
			state.Wait = e.Wait.Seconds()
		}
		if v.LongestSince > 0 {
			state.Longest = max(0, time.Since(time.UnixMilli(v.LongestSince)).Seconds())
		}
		return state, nil
	}
	return flow.QueueState{}, fault.NotFound.New("There is no queue %q.", key)
}

// midnight is when the center's day began.
func (a *App) midnight() time.Time {
	now := time.Now().In(a.dir.page().zone)
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
}
