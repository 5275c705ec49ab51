package interaction

import (
	"context"
	"time"
)

// Places are the places in line that an interaction should have now: its customer's while he waits, and
// one for each party that is sought among all of a queue.
func (s State) Places() (all []Place) {
	if s.Phase == Waiting {
		p := headPlace(s, s.Segment.Queued)
		p.Only = s.Segment.Only
		p.Head = s.Segment.Missed > 0 || p.Only != ""
		all = append(all, p)
	}
	for _, p := range s.Parties {
		if p.State == PartySeeking && p.Queue != nil {
			all = append(all, Place{Interaction: s.ID, Party: p.ID, Queue: p.Queue.Queue, Since: p.Since, Priority: s.Segment.Priority, Language: s.language()})
		}
	}
	return all
}

// CloseLost ends the record of an interaction that nobody works on any more, with cause system. One that
// has an actor, or is over, is left alone, and one that has nobody on the line is taken up.
func (r *Registry) CloseLost(ctx context.Context, id ID, detail string) error {
	if r.Lives(id) {
		return nil
	}
	s, err := r.store.Load(ctx, id)
	if err != nil || !s.Open() {
		return err
	}
	if s.Lineless() {
		r.takeUp(s)
		return nil
	}
	return r.closeOne(ctx, s, time.Now(), detail)
}

// OpenRecords reads which interactions have not ended, as the database has it.
func (r *Registry) OpenRecords(ctx context.Context) ([]ID, error) { return r.store.Open(ctx) }
