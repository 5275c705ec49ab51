package live

import "linekeeper/internal/interaction"

// countWork adds hold, and what is over, to the day's figures of whose segments a commit has changed: by the rows it
// has written, so that they are the report's.
func (b *Board) countWork(before interaction.State, c interaction.Commit) {
	if c.State.Segment.Agent == "" && before.Segment.Agent == "" && len(c.State.Handovers) == 0 {
		return
	}
	was, is := interaction.Segments(before, c.Events)
	for i, g := range is {
		if g.Agent == "" || g.Queued.Before(b.day) {
			continue
		}
		held, over := (g.Hold - was[i].Hold).Milliseconds(), handled(g) && !handled(was[i])
		if held == 0 && !over {
			continue
		}
		d := &b.agent(g.Agent).day
		d.HoldMs += held
		if over {
			d.Handled++
			d.HandledMs += (g.Talk + g.Hold + g.WrapUp).Milliseconds()
		}
		b.showDay(g.Agent)
	}
}

// handled says whether a segment counts for the handle time.
func handled(g interaction.Segment) bool {
	return !g.Outbound && g.Outcome == interaction.Answered && !g.Ended.IsZero()
}
