package simulate

import (
	"encoding/json"
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

// Records are what a center has kept of one of its days, with its queues and agents as they are set up now.
type Records struct {
	From, To time.Time // from the first to the next midnight of the zone; To is exclusive
	Zone     *time.Location
	Queues   []queue.Queue
	People   []Person
	Segments []Segment // in order of Queued; also those of before From that agents still had then
	Missed   []Missed
}

// Person is an agent.
type Person struct {
	ID          access.UserID
	Login, Name string
	Queues      []queue.ID
	Skills      []skill.Level
	Available   [][2]time.Time // in order; within From and To
}

// Segment is what the report counts, as far as a day is made of it.
type Segment struct {
	Queue    queue.ID
	Agent    access.UserID // empty: nobody took it
	Calls    bool          // somebody was on the line and waited for it
	Queued   time.Time
	Offered  time.Time // to the agent who took it; zero: it came without an offer
	Answered time.Time // zero: not
	Left     time.Time // zero: not yet
	Ended    time.Time // zero: not yet
	Outcome  interaction.Outcome
	Priority int
}

// Missed is an offer that the agent did not take.
type Missed struct {
	Agent    access.UserID
	From, To time.Time
}

// before is how long before midnight a talk may have begun that is still looked for.
const before = 12 * time.Hour

// maxSegments keeps a mistake from filling the memory.
const maxSegments = 500_000

// ReadDay reads a day, which begins with from and ends before to.
func ReadDay(tx *db.Tx, t tenant.ID, from, to time.Time, zone *time.Location) (Records, error) {
	r := Records{From: from, To: to, Zone: zone}
	var err error
	if r.Queues, err = queue.List(tx, t, db.Page{Limit: db.Unlimited}); err != nil {
		return r, err
	}
	if err = r.readPeople(tx, t); err != nil {
		return r, err
	}
	if r.Segments, err = readSegments(tx, t, from, to); err != nil {
		return r, err
	}
	if len(r.Segments) >= maxSegments {
		return r, fmt.Errorf("%s has more than %d customers", from.In(zone).Format(time.DateOnly), maxSegments)
	}
	r.Missed, err = db.All(tx, func(row db.Row) (Missed, error) {
		var m Missed
		return m, row.Scan(&m.Agent, db.FromMillis(&m.From), db.FromMillis(&m.To))
	}, `SELECT o.agent_id, o.at_ms, o.ended_ms FROM offer o
			JOIN segment s ON s.tenant_id = o.tenant_id AND s.interaction_id = o.interaction_id
				AND s.queue_id = o.queue_id AND o.at_ms >= s.queued_ms AND (s.left_ms = 0 OR o.at_ms <= s.left_ms)
		WHERE s.tenant_id = $1 AND s.queued_ms >= $2 AND s.queued_ms < $3 AND s.missed > 0
			AND o.outcome IN ('declined', 'timed_out', 'failed') AND o.ended_ms > o.at_ms
		ORDER BY o.at_ms, o.agent_id`, t, db.Millis(from), db.Millis(to))
	return r, err
}

func (r *Records) readPeople(tx *db.Tx, t tenant.ID) error {
	index := make(map[access.UserID]int)
	var err error
	r.People, err = db.All(tx, func(row db.Row) (Person, error) {
		var p Person
		return p, row.Scan(&p.ID, &p.Login, &p.Name)
	}, `SELECT id, login, name FROM users WHERE tenant_id = $1 ORDER BY login, id`, t)
	if err != nil {
		return err
	}
	for i, p := range r.People {
		index[p.ID] = i
	}
	members, err := queue.AllMembers(tx, t)
	if err != nil {
		return err
	}
	for _, m := range members {
		if i, ok := index[m.UserID]; ok {
			r.People[i].Queues = append(r.People[i].Queues, m.QueueID)
		}
	}
	held, err := skill.AllHeld(tx, t)
	if err != nil {
		return err
	}
	for _, h := range held {
		if i, ok := index[h.User]; ok {
			r.People[i].Skills = append(r.People[i].Skills, h.Level)
		}
	}
	type stretch struct {
		user     access.UserID
		from, to time.Time
	}
	all, err := db.All(tx, func(row db.Row) (stretch, error) {
		var s stretch
		return s, row.Scan(&s.user, db.FromMillis(&s.from), db.FromMillis(&s.to))
	}, `SELECT user_id, from_ms, to_ms FROM agent_status
		WHERE tenant_id = $1 AND status = $4 AND from_ms < $3 AND (to_ms = 0 OR to_ms > $2) ORDER BY user_id, from_ms, seq`,
		t, db.Millis(r.From), db.Millis(r.To), agent.Available)
	for _, s := range all {
		i, ok := index[s.user]
		if s.to.IsZero() || s.to.After(r.To) {
			s.to = r.To
		}
		if s.from.Before(r.From) {
			s.from = r.From
		}
		if ok && s.from.Before(s.to) {
			r.People[i].Available = append(r.People[i].Available, [2]time.Time{s.from, s.to})
		}
	}
	return err
}

func readSegments(tx *db.Tx, t tenant.ID, from, to time.Time) ([]Segment, error) {
	return db.All(tx, func(row db.Row) (Segment, error) {
		var s Segment
		var body string
		err := row.Scan(&s.Queue, &s.Agent, &s.Calls, db.FromMillis(&s.Queued), db.FromMillis(&s.Answered), db.FromMillis(&s.Left),
			db.FromMillis(&s.Ended), &s.Outcome, db.FromMillis(&s.Offered), &body)
		if err != nil || body == "" {
			return s, err
		}
		var queued interaction.EventQueued
		if err := json.Unmarshal([]byte(body), &queued); err != nil {
			return s, fmt.Errorf("reading how a customer was put in line: %w", err)
		}
		s.Priority = queued.Priority
		return s, nil
	}, `SELECT s.queue_id, s.agent_id, (i.channel = 'voice' AND NOT s.handed AND NOT s.outbound AND s.promised_ms = 0),
			s.queued_ms, s.answered_ms, s.left_ms, s.ended_ms, s.outcome,
			COALESCE((SELECT MAX(o.at_ms) FROM offer o WHERE o.tenant_id = s.tenant_id AND o.interaction_id = s.interaction_id
				AND o.agent_id = s.agent_id AND o.at_ms >= s.queued_ms AND o.at_ms <= s.answered_ms AND o.outcome = 'accepted'), 0),
			COALESCE((SELECT MAX(e.body) FROM event e WHERE e.tenant_id = s.tenant_id AND e.interaction_id = s.interaction_id
				AND e.kind = 'queued' AND e.at_ms = s.queued_ms), '')
		FROM segment s JOIN interaction i ON i.tenant_id = s.tenant_id AND i.id = s.interaction_id
		WHERE s.tenant_id = $1 AND s.queued_ms >= $2 AND s.queued_ms < $3
		ORDER BY s.queued_ms, s.interaction_id, s.seq LIMIT $4`,
		t, db.Millis(from.Add(-before)), db.Millis(to), maxSegments)
}
