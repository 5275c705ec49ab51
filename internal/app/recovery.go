package app

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/kit/fault"
)

// recover gives an agent whom a customer has insulted a break that is over by itself; see interaction.Ports.
func (d *duty) recover(user access.UserID, length time.Duration) {
	d.mu.Lock()
	d.leaving[user]++
	d.mu.Unlock()
	d.tell(user) // before his seat is given back
	d.notReady.Put(missed{user: user, reason: agent.Recovery, length: length})
}

// rests has a break ended when it is over.
func (d *duty) rests(s agent.Standing) {
	if s.Status != agent.Break || s.Until.IsZero() {
		return
	}
	time.AfterFunc(time.Until(s.Until), func() { d.notReady.Put(missed{user: s.User, rested: s}) })
}

// endRest makes an agent available after his break, unless he has ended it himself. While the database is gone it
// is tried again.
func (d *duty) endRest(ctx context.Context, s agent.Standing) {
	for {
		now := d.board.Get(d.dir.page().tenant.ID, s.User)
		if now.Status != agent.Break || !now.Since.Equal(s.Since) || !now.Until.Equal(s.Until) {
			return
		}
		once, cancel := context.WithTimeout(ctx, 10*time.Second)
		_, err := d.board.Set(once, d.system(), s.User, agent.Available, "")
		cancel()
		if err == nil || ctx.Err() != nil {
			return
		}
		again := fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Busy)
		d.log.Error("a break was not ended", "agent", s.User, "error", err, "trying_again", again)
		if !again {
			return
		}
		select {
		case <-time.After(breakAgain):
		case <-ctx.Done():
			return
		}
	}
}
