package app

import (
	"maps"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// roster is when the demo's agents were there in its past: by day in shifts with a lunch and two short breaks, by night when
// somebody rang them out of bed.
type roster struct {
	logins map[access.UserID]string
	days   []time.Time // midnights
	nights map[access.UserID][][2]time.Time
}

func newRoster() *roster {
	return &roster{logins: make(map[access.UserID]string), nights: make(map[access.UserID][][2]time.Time)}
}

// watch is an agent's day, in minutes after midnight.
type watch struct{ from, lunch, to int }

// shiftOf is when an agent works; from 0 to 0: he does not.
func (d *roster) shiftOf(u access.UserID) watch {
	const hour = 60
	return map[string]watch{
		"anna": {8 * hour, 12 * hour, 17 * hour}, "somchai": {8 * hour, 13 * hour, 20 * hour}, "boris": {8 * hour, 11*hour + 30, 16 * hour},
		"vera": {8 * hour, 14 * hour, 20 * hour}, "nina": {11 * hour, 15 * hour, 20 * hour}, "arthit": {10 * hour, 13*hour + 30, 20 * hour},
	}[d.logins[u]]
}

// plan sets the days up to a moment.
func (d *roster) plan(now time.Time) {
	today := now.Truncate(24 * time.Hour)
	for day := today.AddDate(0, 0, -pastDays); !day.After(today); day = day.AddDate(0, 0, 1) {
		d.days = append(d.days, day)
	}
}

// parts are those of an agent's day in which he takes customers, with the reason of the break after each but the last.
func (s watch) parts() (parts [][2]int, breaks []string) {
	if s.to == 0 {
		return nil, nil
	}
	early, late := (s.from+s.lunch)/2, (s.lunch+45+s.to)/2
	return [][2]int{{s.from, early}, {early + 10, s.lunch}, {s.lunch + 45, late}, {late + 10, s.to}}, []string{"short", "lunch", "short"}
}

// next is from when on an agent takes customers, from a moment on; by night at once, as he is called at home.
func (d *roster) next(u access.UserID, at time.Time) time.Time {
	day := at.Truncate(24 * time.Hour)
	if h := at.Hour(); h < 8 || h >= 20 {
		return at
	}
	parts, _ := d.shiftOf(u).parts()
	for _, p := range parts {
		if to := day.Add(time.Duration(p[1]) * time.Minute); at.Before(to) {
			if from := day.Add(time.Duration(p[0]) * time.Minute); at.Before(from) {
				return from
			}
			return at
		}
	}
	return day.AddDate(0, 0, 1)
}

// worked notes what an agent did by night.
func (d *roster) worked(u access.UserID, from, to time.Time) {
	if h := from.Hour(); h < 8 || h >= 20 {
		d.nights[u] = append(d.nights[u], [2]time.Time{from.Add(-10 * time.Second), to.Add(10 * time.Second)})
	}
}

// write keeps the statuses up to now, when everybody is gone.
func (d *roster) write(tx *db.Tx, t tenant.ID, now time.Time) error {
	for _, u := range slices.Sorted(maps.Keys(d.logins)) {
		var log []agent.Stretch
		add := func(from time.Time, status agent.Status, reason string) {
			if last := len(log) - 1; last >= 0 && !log[last].From.Before(from) {
				from = log[last].From.Add(time.Second) // a night's talk that goes on into the shift
			}
			if from.Before(now) {
				log = append(log, agent.Stretch{User: u, From: from, Status: status, Reason: reason})
			}
		}
		nights := d.nights[u]
		until := func(end time.Time) {
			for len(nights) > 0 && nights[0][0].Before(end) {
				add(nights[0][0], agent.Available, "")
				add(nights[0][1], agent.Offline, agent.SignedOut)
				nights = nights[1:]
			}
		}
		for _, day := range d.days {
			parts, breaks := d.shiftOf(u).parts()
			for i, p := range parts {
				until(day.Add(time.Duration(p[0]) * time.Minute))
				add(day.Add(time.Duration(p[0])*time.Minute), agent.Available, "")
				end := day.Add(time.Duration(p[1]) * time.Minute)
				if i < len(breaks) {
					add(end, agent.Break, breaks[i])
				} else {
					add(end, agent.Offline, agent.SignedOut)
				}
			}
		}
		until(now)
		if last := len(log) - 1; last >= 0 && log[last].Status != agent.Offline {
			log = append(log, agent.Stretch{User: u, From: now, Status: agent.Offline, Reason: agent.SignedOut})
		}
		if err := agent.Import(tx, t, log); err != nil {
			return err
		}
	}
	return nil
}

// taker is who takes a customer of a queue that comes now, and after what wait: who is done first. Empty: nobody serves it.
func (p *past) taker(q queue.ID, at time.Time) (access.UserID, time.Duration) {
	var who access.UserID
	best := time.Time{}
	for _, u := range p.members[q] {
		from := at
		if p.free[u].After(from) {
			from = p.free[u]
		}
		from = p.roster.next(u, from)
		if who == "" || from.Before(best) || from.Equal(best) && p.free[u].Before(p.free[who]) {
			who, best = u, from
		}
	}
	return who, best.Sub(at) + time.Second
}

// idle is another agent of the queue who could take somebody at a moment; empty: nobody.
func (p *past) idle(q queue.ID, at time.Time, but access.UserID) access.UserID {
	for _, u := range p.members[q] {
		if u != but && !p.free[u].After(at) && p.roster.next(u, at).Equal(at) {
			return u
		}
	}
	return ""
}
