package app

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/live"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// unservedEvery is how often the board is told whom nobody can serve.
const unservedEvery = 5 * time.Second

// tellUnserved tells it until ctx ends.
func (a *App) tellUnserved(ctx context.Context) {
	t := time.NewTicker(unservedEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p, now := a.dir.page(), time.Now()
			all := make(map[interaction.ID]live.Unserved)
			for _, place := range a.router.Unserved() {
				if place.Party == "" {
					all[place.Interaction] = live.Unserved{Queue: place.Queue, Since: place.Since, Lack: p.lack(place.Queue, place.Needs, now.Sub(place.Since))}
				}
			}
			a.live.SetUnserved(all)
		case <-ctx.Done():
			return
		}
	}
}

// lack is the first of the needs that nobody who serves the queue meets after a wait; no skill: none is so by itself.
func (p *page) lack(q queue.ID, needs []skill.Need, waited time.Duration) skill.Level {
	for _, n := range needs {
		level := n.After(waited)
		met := level == 0
		for u, serves := range p.serves {
			met = met || slices.Contains(serves, q) && works(p, u) &&
				slices.ContainsFunc(p.levels[u], func(l skill.Level) bool { return l.Skill == n.Skill && l.Level >= level })
		}
		if !met {
			return skill.Level{Skill: n.Skill, Level: level}
		}
	}
	return skill.Level{}
}
