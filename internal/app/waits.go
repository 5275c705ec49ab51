package app

import (
	"context"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/wait"
)

// keepWaitsTime is how often what the estimates of waits have learned is written, where it is new.
const keepWaitsTime = time.Minute

// recallWaits gives the board what an earlier process had learned.
func (a *App) recallWaits(ctx context.Context) error {
	var all map[queue.ID]wait.Learned
	err := a.db.Write(ctx, func(tx *db.Tx) (err error) {
		all, err = wait.Read(tx, a.dir.page().tenant.ID, time.Now())
		return err
	})
	if err == nil {
		a.live.Recall(all)
	}
	return err
}

// keepWaitsEvery writes it until ctx ends.
func (a *App) keepWaitsEvery(ctx context.Context) {
	t := time.NewTicker(keepWaitsTime)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			a.keepWaits(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// keepWaits writes what is new, all queues in one transaction. What cannot be written is learned again.
func (a *App) keepWaits(ctx context.Context) {
	all := a.live.Learned()
	if len(all) == 0 {
		return
	}
	err := a.db.Write(ctx, func(tx *db.Tx) error { return wait.Save(tx, a.dir.page().tenant.ID, all, time.Now()) })
	if err != nil && ctx.Err() == nil {
		a.log.Warn("what was learned about waits is not written", "error", err)
	}
}
