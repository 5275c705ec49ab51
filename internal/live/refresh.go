package live

import (
	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// InHand asks what each agent is shown to have in hand; agents without work are left out. Not ok: the
// board is closed.
func (b *Board) InHand() (all map[access.UserID][]interaction.ID, ok bool) {
	reply := make(chan map[access.UserID][]interaction.ID, 1)
	if !b.box.Put(func() {
		all := make(map[access.UserID][]interaction.ID)
		for user, a := range b.agents {
			for id := range a.work {
				all[user] = append(all[user], id)
			}
		}
		reply <- all
	}) {
		return nil, false
	}
	select {
	case all = <-reply:
		return all, true
	case <-b.done:
		return nil, false
	}
}

// Refresh shows an interaction anew, as s says. The day's figures are left as they are.
func (b *Board) Refresh(s interaction.State) {
	b.box.Put(func() {
		before := b.work[s.ID]
		if s.Open() {
			b.work[s.ID] = s
		} else {
			delete(b.work, s.ID)
		}
		b.line(before, s)
		for user, a := range b.agents {
			switch {
			case s.Open() && s.InHand(user):
				a.work[s.ID] = true
				b.showWork(user, s)
			case a.work[s.ID]:
				delete(a.work, s.ID)
				b.gone(user, s.ID, "done")
			default:
				continue
			}
			b.showAgent(user)
		}
		if s.Phase == interaction.Parked || before.Phase == interaction.Parked {
			b.showParked()
		}
	})
}
