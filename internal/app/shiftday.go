package app

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/shift"
	"linekeeper/internal/tenant"
)

// readDay takes over what is on disk of checklist and clock. The lock is held.
func (s *shifts) readDay(tx *db.Tx, t tenant.ID, since time.Time) (err error) {
	if s.items, err = shift.Items(tx, t); err != nil {
		return err
	}
	ticks, err := shift.Ticks(tx, t, since)
	if err != nil {
		return err
	}
	clear(s.ticks)
	for _, k := range ticks {
		s.addTick(k.User, k.Item, k.At)
	}
	if s.spots, err = shift.Spots(tx, t, since); err != nil {
		return err
	}
	if s.starts, err = shift.Starts(tx, t); err != nil {
		return err
	}
	arrivals, err := shift.Arrivals(tx, t, time.Now().Add(-arrivalsKept))
	if err != nil {
		return err
	}
	clear(s.arrived)
	for _, a := range arrivals {
		s.arrived[a.User] = a
	}
	return nil
}

// arrivalsKept is how long an arrival is looked at: longer than any shift with the time before it.
const arrivalsKept = 48 * time.Hour

// addTick needs the lock; the zero time takes a tick back.
func (s *shifts) addTick(user access.UserID, item string, at time.Time) {
	if s.ticks[user] == nil {
		s.ticks[user] = make(map[string]time.Time)
	}
	s.ticks[user][item] = at
}

// ticked says whether an item is done in this shift. The lock is held.
func (s *shifts) ticked(user access.UserID, item string, now time.Time) bool {
	at := s.ticks[user][item]
	return !at.IsZero() && now.Sub(at) < s.terms.Holds()
}

// missing counts the items for the start that are not ticked. The lock is held.
func (s *shifts) missing(user access.UserID, now time.Time) (n int) {
	for _, i := range s.items {
		if i.Part == shift.AtStart && !s.ticked(user, i.Key, now) {
			n++
		}
	}
	return n
}

// viewDay adds checklist and clock to a view. The lock is held.
func (s *shifts) viewDay(v *live.ShiftView, p *page, user access.UserID, now time.Time) {
	for _, i := range s.items {
		if s.ticked(user, i.Key, now) {
			v.Ticked = append(v.Ticked, i.Key)
		} else if i.Part == shift.AtEnd && s.terms.Checklist != shift.Off {
			v.EndLeft++
		}
	}
	if spot, ok := s.spots[user]; ok && now.Sub(spot.At) < s.terms.Holds() {
		v.Spot = &live.SpotView{At: spot.At.UnixMilli(), By: p.users[access.UserID(spot.By)].Name, Good: spot.Good, Note: spot.Note}
	}
	day, planned := shift.Planned(s.starts[user], now, p.zone)
	if !planned.IsZero() {
		v.Planned = planned.UnixMilli()
		v.AbsentAt = planned.Add(time.Duration(s.terms.AbsentMin) * time.Minute).UnixMilli()
	}
	if a, ok := s.arrived[user]; ok && a.Day == day {
		v.Arrived, v.Credited = a.At.UnixMilli(), a.Credited.UnixMilli()
	}
}

// arrives has an agent's arrival written, if it is his first for this shift.
func (d *duty) arrives(user access.UserID) {
	p, s := d.dir.page(), d.shifts
	if !works(p, user) {
		return
	}
	s.mu.Lock()
	a := shift.Arrive(s.terms, s.starts[user], user, time.Now(), p.zone)
	known := s.arrived[user].Day == a.Day
	s.mu.Unlock()
	if !known {
		d.notReady.Put(missed{user: user, arrival: a})
	}
}

// arrival is written by the goroutine that does what needs the database. While that is gone it is tried again: who was in
// time must not be late for it.
func (d *duty) arrival(ctx context.Context, a shift.Arrival) {
	s := d.shifts
	for {
		once, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := d.db.Write(once, func(tx *db.Tx) error {
			kept, err := shift.SaveArrival(tx, d.dir.page().tenant.ID, a)
			tx.AfterCommit(func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.arrived[a.User] = kept
			})
			return err
		})
		cancel()
		if err == nil {
			d.tell(a.User)
			return
		}
		if ctx.Err() != nil {
			return
		}
		again := fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Busy)
		d.log.Error("an arrival was not written down", "agent", a.User, "at", a.At, "error", err, "trying_again", again)
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

// shiftsShownAgain is how often what time alone changes of shifts is shown: checks that hold no longer, the next day.
const shiftsShownAgain = 5 * time.Minute

// followShifts shows it until ctx ends.
func (d *duty) followShifts(ctx context.Context) {
	defer close(d.shown)
	tick := time.NewTicker(shiftsShownAgain)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			d.refresh()
		case <-ctx.Done():
			return
		}
	}
}

// Items implements api.Shifts.
func (p shiftPort) Items() []shift.Item {
	s := p.app.duty.shifts
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items // replaced as a whole, never changed
}

// SetItems implements api.Shifts.
func (p shiftPort) SetItems(ctx context.Context, by audit.Author, items []shift.Item) error {
	return p.write(ctx, func(tx *db.Tx) error { return shift.SetItems(tx, by, items) })
}

// write changes what all agents are asked, and shows it.
func (p shiftPort) write(ctx context.Context, change func(*db.Tx) error) error {
	d := p.app.duty
	if err := d.db.Write(ctx, change); err != nil {
		return err
	}
	if err := d.shifts.read(ctx, d.db, d.dir.page().tenant.ID); err != nil {
		return err
	}
	d.refresh()
	return nil
}

// Tick implements api.Shifts.
func (p shiftPort) Tick(ctx context.Context, user access.UserID, item string, done bool) error {
	d := p.app.duty
	if !works(d.dir.page(), user) {
		return fault.Denied.New("Your role takes no calls.")
	}
	s := d.shifts
	s.mu.Lock()
	since := time.Now().Add(-s.terms.Holds())
	s.mu.Unlock()
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		at, err := shift.SetTick(tx, d.dir.page().tenant.ID, user, item, done, since)
		tx.AfterCommit(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.addTick(user, item, at)
		})
		return err
	})
	if err == nil {
		d.tell(user)
	}
	return err
}

// Spot implements api.Shifts.
func (p shiftPort) Spot(ctx context.Context, by audit.Author, user access.UserID, good bool, note string) error {
	d := p.app.duty
	if !works(d.dir.page(), user) {
		return fault.OneField("id", fault.Unknown, "This agent is not there any more.")
	}
	s := d.shifts
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		spot, err := shift.SaveSpot(tx, by, user, good, note)
		tx.AfterCommit(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.spots[user] = spot
		})
		return err
	})
	if err == nil {
		d.tell(user)
	}
	return err
}

// Starts implements api.Shifts.
func (p shiftPort) Starts(user access.UserID) []shift.Start {
	s := p.app.duty.shifts
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.starts[user] // replaced as a whole, never changed
}

// SetStarts implements api.Shifts.
func (p shiftPort) SetStarts(ctx context.Context, by audit.Author, user access.UserID, starts []shift.Start) error {
	d := p.app.duty
	home := d.dir.page()
	if !works(home, user) {
		return fault.OneField("id", fault.Unknown, "This agent is not there any more.")
	}
	terms := p.Terms()
	return p.write(ctx, func(tx *db.Tx) error { return shift.SetStarts(tx, by, terms, user, starts, home.zone) })
}

// countNotices has what agents have confirmed counted anew; without users, what all have.
func (d *duty) countNotices(users ...access.UserID) {
	if len(users) == 0 {
		for u := range d.dir.page().users {
			users = append(users, u)
		}
	}
	d.notReady.Put(missed{counts: users})
}

// countNow counts them and shows who has another count. One that fails is counted again with the next change.
func (d *duty) countNow(ctx context.Context, users []access.UserID) {
	p, s := d.dir.page(), d.shifts
	for _, u := range users {
		if !works(p, u) {
			continue
		}
		n, err := d.notices(ctx, u)
		if err != nil {
			if ctx.Err() == nil {
				d.log.Error("the notices of an agent were not counted", "agent", u, "error", err)
			}
			return
		}
		s.mu.Lock()
		changed := s.notices[u] != n
		s.notices[u] = n
		s.mu.Unlock()
		if changed {
			d.tell(u)
		}
	}
}
