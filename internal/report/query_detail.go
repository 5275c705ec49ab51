package report

import (
	"fmt"
	"strings"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/recording"
	"linekeeper/internal/sound"
	"linekeeper/internal/tenant"
	"linekeeper/internal/transcript"
)

// The queries about one interaction; query.go has the others.

// maxRows bounds the parts of one interaction: a call is offered or speaks no oftener than this.
const maxRows = 10_000

func readSegments(tx *db.Tx, t tenant.ID, id interaction.ID) ([]Segment, error) {
	return db.All(tx, func(row db.Row) (Segment, error) {
		var s Segment
		return s, row.Scan(&s.Seq, &s.Queue, &s.QueueName, &s.Agent, &s.AgentName,
			db.FromMillis(&s.Queued), db.FromMillis(&s.Answered), db.FromMillis(&s.Left), db.FromMillis(&s.Ended),
			&s.Outcome, &s.InTime, &s.TalkMs, &s.HoldMs, &s.WrapUpMs, &s.Missed,
			&s.Disposition, db.FromJSON(&s.DispositionNames), &s.Note)
	}, `SELECT s.seq, s.queue_id, COALESCE(qu.name, ''), s.agent_id, COALESCE(us.name, ''),
			s.queued_ms, s.answered_ms, s.left_ms, s.ended_ms, s.outcome, s.in_time, s.talk_ms, s.hold_ms, s.wrap_up_ms, s.missed,
			s.disposition_id, COALESCE(di.names, ''), s.note
		FROM segment s
		LEFT JOIN disposition di ON di.tenant_id = s.tenant_id AND di.id = s.disposition_id
		LEFT JOIN queue qu ON qu.tenant_id = s.tenant_id AND qu.id = s.queue_id
		LEFT JOIN users us ON us.tenant_id = s.tenant_id AND us.id = s.agent_id
		WHERE s.tenant_id = $1 AND s.interaction_id = $2 ORDER BY s.seq LIMIT $3`, t, id, maxRows)
}

func readOffers(tx *db.Tx, t tenant.ID, id interaction.ID) ([]Offer, error) {
	return db.All(tx, func(row db.Row) (Offer, error) {
		var o Offer
		return o, row.Scan(db.FromMillis(&o.At), db.FromMillis(&o.Ended), &o.Agent, &o.AgentName, &o.Queue, &o.QueueName, &o.Outcome)
	}, `SELECT o.at_ms, o.ended_ms, o.agent_id, COALESCE(us.name, ''), o.queue_id, COALESCE(qu.name, ''), o.outcome
		FROM offer o
		LEFT JOIN queue qu ON qu.tenant_id = o.tenant_id AND qu.id = o.queue_id
		LEFT JOIN users us ON us.tenant_id = o.tenant_id AND us.id = o.agent_id
		WHERE o.tenant_id = $1 AND o.interaction_id = $2 ORDER BY o.at_ms, o.agent_id LIMIT $3`, t, id, maxRows)
}

func readRecordings(tx *db.Tx, t tenant.ID, id interaction.ID) ([]Recording, error) {
	words, err := transcript.Of(tx, t, id)
	if err != nil {
		return nil, err
	}
	return db.All(tx, func(row db.Row) (Recording, error) {
		var r Recording
		var marks, key string
		err := row.Scan(&r.ID, &r.Codec, db.FromMillis(&r.Started), db.FromMillis(&r.Ended), &r.State, &r.Bytes, &r.Detail,
			&marks, &r.Format, &key, &r.Days)
		if err != nil {
			return r, err
		}
		r.Sealed, r.Transcript = key != "", words[r.ID]
		r.Marks, err = recording.ParseMarks(marks)
		return r, err
	}, `SELECT r.id, r.codec, r.started_ms, r.ended_ms, r.state, r.bytes, r.detail, r.marks, r.format, r.key_id,
			COALESCE(p.recording_days, 0)
		FROM recording r LEFT JOIN project p ON p.tenant_id = r.tenant_id AND p.id = r.project_id
		WHERE r.tenant_id = $1 AND r.interaction_id = $2 ORDER BY r.started_ms, r.id LIMIT $3`, t, id, maxRows)
}

// readHold finds the legal hold; its zero value is none.
func readHold(tx *db.Tx, t tenant.ID, id interaction.ID) (Hold, error) {
	all, err := db.All(tx, func(row db.Row) (Hold, error) {
		var h Hold
		return h, row.Scan(&h.Reason, &h.User, &h.UserName, db.FromMillis(&h.At))
	}, `SELECT h.reason, h.user_id, COALESCE(us.name, ''), h.at_ms FROM recording_hold h
		LEFT JOIN users us ON us.tenant_id = h.tenant_id AND us.id = h.user_id
		WHERE h.tenant_id = $1 AND h.interaction_id = $2 LIMIT 1`, t, id)
	if err != nil || len(all) == 0 {
		return Hold{}, err
	}
	return all[0], nil
}

// readLegs reads how the legs sounded.
func readLegs(tx *db.Tx, t tenant.ID, id interaction.ID) ([]Leg, error) {
	legs, err := sound.Load(tx, t, id)
	if err != nil {
		return nil, err
	}
	var users []string
	for _, l := range legs {
		if l.User != "" {
			users = append(users, string(l.User))
		}
	}
	names, err := readNamesOf(tx, t, users)
	all := make([]Leg, len(legs))
	for i, l := range legs {
		all[i] = Leg{l, names[string(l.User)]}
	}
	return all, err
}

func readEvents(tx *db.Tx, t tenant.ID, id interaction.ID) ([]Event, error) {
	return db.All(tx, func(row db.Row) (Event, error) {
		var e Event
		var body string
		err := row.Scan(&e.Seq, db.FromMillis(&e.At), &e.Kind, &body)
		e.Body = []byte(body)
		return e, err
	}, `SELECT seq, at_ms, kind, body FROM event WHERE tenant_id = $1 AND interaction_id = $2 ORDER BY seq LIMIT $3`,
		t, id, maxRows)
}

// readNamesOf finds which of the texts are ids of something with a name.
func readNamesOf(tx *db.Tx, t tenant.ID, ids []string) (map[string]string, error) {
	found := map[string]string{}
	if len(ids) == 0 {
		return found, nil
	}
	args := []any{t}
	marks := make([]string, len(ids))
	for i, id := range ids {
		args = append(args, id)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	in := " WHERE tenant_id = $1 AND id IN (" + strings.Join(marks, ", ") + ")"
	names, err := readNames(tx, `SELECT id, name FROM users`+in+
		` UNION ALL SELECT id, name FROM queue`+in+
		` UNION ALL SELECT id, name FROM entry`+in+
		` UNION ALL SELECT id, name FROM trunk`+in+
		` UNION ALL SELECT id, name FROM project`+in+
		` UNION ALL SELECT id, name FROM flow`+in+
		` UNION ALL SELECT id, name FROM hours`+in+
		` UNION ALL SELECT id, name FROM prompt`+in+
		` UNION ALL SELECT id, name FROM api_token`+in+
		` UNION ALL SELECT id, name FROM customer`+in+
		` UNION ALL SELECT id, names FROM break_reason`+in+
		` UNION ALL SELECT id, names FROM skill`+in+
		` UNION ALL SELECT id, names FROM disposition`+in, args...)
	return names, err
}

// readLeftIn finds the interaction in which a message was left, if the viewer may see that; empty: not.
func readLeftIn(tx *db.Tx, v Viewer, id interaction.ID) (interaction.ID, error) {
	var args []any
	w := &where{args: &args}
	w.add("m.tenant_id = %s AND m.id = %s AND m.left_in <> ''", v.Tenant, id)
	if !v.SeesAll {
		v.addOwn(w)
	}
	all, err := db.All(tx, db.Scalar[interaction.ID], `SELECT i.id FROM interaction m
		JOIN interaction i ON i.tenant_id = m.tenant_id AND i.id = m.left_in WHERE `+w.text(), args...)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}

// readMessages reads what was left in an interaction, the oldest first.
func readMessages(tx *db.Tx, v Viewer, id interaction.ID) ([]LeftMessage, error) {
	var args []any
	w := &where{args: &args}
	w.add("i.tenant_id = %s AND i.left_in = %s AND i.left_in <> ''", v.Tenant, id)
	if !v.SeesAll {
		v.addOwn(w)
	}
	limit := w.arg(maxRows)
	all, err := db.All(tx, func(row db.Row) (LeftMessage, error) {
		var m LeftMessage
		return m, row.Scan(&m.ID, db.FromMillis(&m.Arrived))
	}, `SELECT i.id, i.arrived_ms FROM interaction i WHERE `+w.text()+` ORDER BY i.arrived_ms, i.id LIMIT `+limit, args...)
	if err != nil {
		return nil, err
	}
	for i, m := range all {
		words, err := transcript.Of(tx, v.Tenant, m.ID)
		if err != nil {
			return nil, err
		}
		for _, t := range words { // a message has one recording
			all[i].Transcript = t
		}
	}
	return all, nil
}
