package app

import (
	"context"

	"linekeeper/internal/edge/voice"
	"linekeeper/internal/interaction"
	"linekeeper/internal/ladder"
	"linekeeper/internal/tenant"
)

// makeLadders makes what keeps the ladders of calls, unless the configuration wants none. It outlives
// telephony, so that the last messages are written.
func (a *App) makeLadders() {
	if a.cfg.SIPTraceDays < 1 {
		return
	}
	a.ladders = ladder.NewKeeper(ladder.Config{DB: a.db, Days: a.cfg.SIPTraceDays, Log: a.log})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.ladders.Run(ctx)
	}()
	a.onUndo(func() {
		stop()
		<-done
	})
}

// wantLadders is a nil interface if there are none.
func (a *App) wantLadders() voice.Ladders {
	if a.ladders == nil {
		return nil
	}
	return a.ladders
}

// readLadder gives an interaction's ladder; an empty one when none are kept.
func (a *App) readLadder(ctx context.Context, t tenant.ID, id interaction.ID) (ladder.Ladder, error) {
	if a.ladders == nil {
		return ladder.Ladder{}, nil
	}
	return a.ladders.Read(ctx, t, id)
}

// sweepLadders removes old ones.
func (a *App) sweepLadders(ctx context.Context) {
	if a.ladders == nil {
		return
	}
	if err := a.ladders.Sweep(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("old SIP ladders not removed", "error", err)
	}
}
