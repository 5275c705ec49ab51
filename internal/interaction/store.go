package interaction

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Commit is what a transaction added to one interaction: its state afterwards and the new events.
type Commit struct {
	State  State
	Events []Recorded
}

// Store keeps the journal and, in the same transaction, the record, its segments and offers. It
// owns the tables interaction, segment, offer, event, survey and answer. Safe for concurrent use.
type Store struct {
	db     *db.DB
	follow func(tx *db.Tx, before, after State, events []Recorded) error // Ports.Follow; nil: nobody does
}

// NewStore gives a store on d.
func NewStore(d *db.DB) *Store { return &Store{db: d} }

// append writes the events, which continue state before, and what follows from them.
func (st *Store) append(tx *db.Tx, before State, events []Recorded) (State, error) {
	s := before
	segments := map[int]row{}
	offers := map[int64]Offer{}
	for _, r := range events {
		s = Apply(s, r)
		changedSegments(before, s, segments)
		if s.Offer.Agent != "" && s.Offer != before.Offer {
			offers[s.Offer.At.UnixMilli()] = s.Offer
		}
		body, err := json.Marshal(r.Event)
		if err != nil {
			return s, fmt.Errorf("writing event %s: %w", r.Event.Kind(), err)
		}
		if _, err := tx.Exec(`INSERT INTO event (tenant_id, interaction_id, seq, at_ms, kind, body)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			s.Arrival.Tenant, s.ID, r.Seq, db.Millis(r.At), r.Event.Kind(), string(body)); err != nil {
			return s, err
		}
		if err := putAsked(tx, s, r); err != nil {
			return s, err
		}
		if err := notePlaced(tx, s, r); err != nil {
			return s, err
		}
		if err := noteMoreTime(tx, s, r); err != nil {
			return s, err
		}
		if err := putAbuse(tx, s, r); err != nil {
			return s, err
		}
	}
	if err := putRecord(tx, before, s); err != nil {
		return s, err
	}
	for _, g := range segments {
		if err := putSegment(tx, s, g); err != nil {
			return s, err
		}
	}
	for _, o := range offers {
		if err := putOffer(tx, s, o); err != nil {
			return s, err
		}
	}
	if st.follow != nil {
		return s, st.follow(tx, before, s, events)
	}
	return s, nil
}

// changedSegments adds to rows those segments of s that are not as before.
func changedSegments(before, s State, rows map[int]row) {
	if s.Segment.Seq > 0 && s.Segment != before.Segment {
		rows[s.Segment.Seq] = row{Segment: s.Segment}
	}
	for i, h := range s.Handovers {
		if i >= len(before.Handovers) || h != before.Handovers[i] || h.Segment.Seq == s.Segment.Seq {
			rows[h.Segment.Seq] = row{h.Segment, h.Disposition, h.Note}
		}
	}
}

// Segments gives the segments that events change, each as it was before them and as it is stored after: for readers
// whose figures are to be those of the table.
func Segments(before State, events []Recorded) (was, is []Segment) {
	rows := map[int]row{}
	s := before
	for _, r := range events {
		s = Apply(s, r)
		changedSegments(before, s, rows)
	}
	old := map[int]Segment{before.Segment.Seq: before.Segment}
	for _, h := range before.Handovers {
		old[h.Segment.Seq] = h.Segment
	}
	for seq, g := range rows {
		was, is = append(was, old[seq]), append(is, g.Segment)
	}
	return was, is
}

// Import writes a whole journal of an interaction that is new here: history from elsewhere, or made
// for the demo. Nobody is told.
func (st *Store) Import(tx *db.Tx, id ID, events []Recorded) error {
	_, err := st.append(tx, State{ID: id}, events)
	return err
}

// putRecord brings the record from one state to another. What is in indexes is named only if it has
// changed: SQLite writes an index anew whose columns are named, and every page costs.
func putRecord(tx *db.Tx, before, s State) error {
	if before.Seq == 0 {
		return newRecord(tx, s)
	}
	args := []any{
		s.Arrival.Tenant, s.ID, string(s.Phase), s.Segment.Rules.Queue, db.Millis(s.Queued), db.Millis(s.Answered), db.Millis(s.Left),
		s.Talk.Milliseconds(), s.Hold.Milliseconds(), s.WrapUp.Milliseconds(), string(s.Cause), s.CauseDetail, s.Disposition, s.Note,
		s.Recording, s.HangUp.Reason, s.Seq,
	}
	text := changeRecord
	if s.abused() != before.abused() {
		if _, err := tx.Exec(`UPDATE interaction SET abuse_ms = $3`+recordKey, s.Arrival.Tenant, s.ID, db.Millis(s.abused())); err != nil {
			return err
		}
	}
	if s.Arrival.Customer != before.Arrival.Customer {
		_, err := tx.Exec(`UPDATE interaction SET customer_id = $3`+recordKey, s.Arrival.Tenant, s.ID, s.Arrival.Customer)
		if err != nil {
			return err
		}
	}
	if s.lastAgent() != before.lastAgent() || s.Ended != before.Ended || s.HangUp.Review != before.HangUp.Review {
		text, args = changeIndexed, append(args, s.lastAgent(), db.Millis(s.Ended), s.HangUp.Review)
	}
	n, err := tx.Exec(text, args...)
	if err == nil && n == 0 {
		err = fault.Internal.New("the record of interaction %s is missing", s.ID)
	}
	return err
}

const (
	recordColumns = `UPDATE interaction SET phase = $3, queue_id = $4, queued_ms = $5, answered_ms = $6, left_ms = $7, talk_ms = $8, hold_ms = $9,
		wrap_up_ms = $10, cause = $11, cause_detail = $12, disposition_id = $13, note = $14, recording = $15, hang_up_reason = $16, last_seq = $17`
	recordKey     = ` WHERE tenant_id = $1 AND id = $2`
	changeRecord  = recordColumns + recordKey
	changeIndexed = recordColumns + `, agent_id = $18, ended_ms = $19, hang_up_review = $20` + recordKey
)

func newRecord(tx *db.Tx, s State) error {
	a := s.Arrival
	_, err := tx.Exec(`INSERT INTO interaction (tenant_id, id, project_id, channel, origin, phase,
			customer_address, center_address, entry_id, trunk_id, customer_id, language,
			queue_id, agent_id, arrived_ms, queued_ms, answered_ms, left_ms, ended_ms,
			talk_ms, hold_ms, wrap_up_ms, cause, cause_detail, disposition_id, note, recording, hang_up_reason, hang_up_review, left_in, abuse_ms, last_seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
			$20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)`,
		a.Tenant, s.ID, a.Project, string(a.Channel), string(a.Origin), string(s.Phase),
		a.CustomerAddress, a.CenterAddress, a.Entry, a.Trunk, a.Customer, a.Language,
		s.Segment.Rules.Queue, s.lastAgent(), db.Millis(s.Arrived), db.Millis(s.Queued), db.Millis(s.Answered),
		db.Millis(s.Left), db.Millis(s.Ended), s.Talk.Milliseconds(), s.Hold.Milliseconds(), s.WrapUp.Milliseconds(),
		string(s.Cause), s.CauseDetail, s.Disposition, s.Note, s.Recording,
		s.HangUp.Reason, s.HangUp.Review, a.leftIn(), db.Millis(s.abused()), s.Seq)
	return err
}

// LastAgent is who talked last with a customer who came since then; empty: nobody did. Interactions in
// which he met nobody are passed over.
func LastAgent(tx *db.Tx, t tenant.ID, c customer.ID, since time.Time) (access.UserID, error) {
	who, err := db.One(tx, db.Scalar[access.UserID], `SELECT agent_id FROM interaction
		WHERE tenant_id = $1 AND customer_id = $2 AND arrived_ms >= $3 AND agent_id <> '' AND channel <> $4 ORDER BY arrived_ms DESC, id DESC LIMIT 1`, t, c, db.Millis(since), string(TaskWork))
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return who, err
}

// lastAgent is who talked or talks with the customer; an agent who only was asked does not count.
func (s State) lastAgent() access.UserID {
	return s.Segment.Agent
}

// row is a segment with what its agent wrote at the end of his part; of the last one that is the record's.
type row struct {
	Segment
	disposition disposition.ID
	note        string
}

func putSegment(tx *db.Tx, s State, g row) error {
	_, err := tx.Exec(`INSERT INTO segment (tenant_id, interaction_id, seq, queue_id, agent_id, handed, outbound, promised_ms, queued_ms,
			answered_ms, left_ms, ended_ms, outcome, in_time, talk_ms, hold_ms, wrap_up_ms, missed, disposition_id, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
		ON CONFLICT (tenant_id, interaction_id, seq) DO UPDATE SET agent_id = excluded.agent_id,
			answered_ms = excluded.answered_ms, left_ms = excluded.left_ms, ended_ms = excluded.ended_ms,
			outcome = excluded.outcome, in_time = excluded.in_time, talk_ms = excluded.talk_ms,
			hold_ms = excluded.hold_ms, wrap_up_ms = excluded.wrap_up_ms, missed = excluded.missed,
			disposition_id = excluded.disposition_id, note = excluded.note`,
		s.Arrival.Tenant, s.ID, g.Seq, g.Rules.Queue, g.Agent, g.Handed, g.Outbound, db.Millis(g.Promised), db.Millis(g.Queued),
		db.Millis(g.Answered), db.Millis(g.Left), db.Millis(g.Ended), string(g.Outcome), g.InTime(),
		g.Talk.Milliseconds(), g.Hold.Milliseconds(), g.WrapUp.Milliseconds(), g.Missed, g.disposition, g.note)
	return err
}

func putOffer(tx *db.Tx, s State, o Offer) error {
	_, err := tx.Exec(`INSERT INTO offer (tenant_id, interaction_id, at_ms, agent_id, queue_id, ended_ms, outcome)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, interaction_id, at_ms, agent_id)
		DO UPDATE SET ended_ms = excluded.ended_ms, outcome = excluded.outcome`,
		s.Arrival.Tenant, s.ID, db.Millis(o.At), o.Agent, s.Segment.Rules.Queue, db.Millis(o.Ended), string(o.Outcome))
	return err
}

// Journal reads the events of an interaction in order.
func (st *Store) Journal(tx *db.Tx, id ID) ([]Recorded, error) {
	return db.All(tx, scanRecorded, `SELECT seq, at_ms, kind, body FROM event
		WHERE interaction_id = $1 ORDER BY seq`, id)
}

// Began is when an interaction began.
type Began struct {
	ID ID
	At time.Time
}

// Arrivals are the interactions of a channel whose customers came in [from, to), the first first: at most so many behind
// one of them; the zero Began is before all.
func Arrivals(tx *db.Tx, t tenant.ID, channel Medium, from, to time.Time, behind Began, limit int) ([]Began, error) {
	after := db.Millis(from)
	if behind.ID != "" {
		after = db.Millis(behind.At)
	}
	return db.All(tx, func(row db.Row) (b Began, err error) { return b, row.Scan(&b.ID, db.FromMillis(&b.At)) },
		`SELECT id, arrived_ms FROM interaction WHERE tenant_id = $1 AND channel = $2 AND origin = $3
			AND (arrived_ms > $4 OR arrived_ms = $4 AND id > $5) AND arrived_ms < $6 ORDER BY arrived_ms, id LIMIT $7`,
		t, string(channel), string(Inbound), after, behind.ID, db.Millis(to), limit)
}

// JournalFrom reads the first events of an interaction, at most so many.
func JournalFrom(tx *db.Tx, t tenant.ID, id ID, most int) ([]Recorded, error) {
	return db.All(tx, scanRecorded, `SELECT seq, at_ms, kind, body FROM event
		WHERE tenant_id = $1 AND interaction_id = $2 ORDER BY seq LIMIT $3`, t, id, most)
}

func scanRecorded(row db.Row) (Recorded, error) {
	var r Recorded
	var kind, body string
	if err := row.Scan(&r.Seq, db.FromMillis(&r.At), &kind, &body); err != nil {
		return r, err
	}
	e, err := DecodeEvent(kind, []byte(body))
	r.Event = e
	return r, err
}

// lastSeq is the number of the last event written for an interaction; 0: it was never written.
func (st *Store) lastSeq(tx *db.Tx, s State) (int64, error) {
	n, err := db.One(tx, db.Scalar[int64], `SELECT last_seq FROM interaction WHERE tenant_id = $1 AND id = $2`,
		s.Arrival.Tenant, s.ID)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	return n, err
}

// Open reads the ids of all interactions that have not ended, oldest first.
func (st *Store) Open(ctx context.Context) ([]ID, error) {
	var ids []ID
	err := st.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		ids, err = db.All(tx, db.Scalar[ID], `SELECT id FROM interaction WHERE ended_ms = 0 ORDER BY tenant_id, id`)
		return err
	})
	return ids, err
}

// Load folds an interaction from its journal.
func (st *Store) Load(ctx context.Context, id ID) (State, error) {
	var s State
	err := st.db.Read(ctx, func(tx *db.Tx) error {
		events, err := st.Journal(tx, id)
		if err != nil {
			return err
		}
		s = Fold(id, events)
		return nil
	})
	if err != nil {
		return s, fmt.Errorf("loading interaction %s: %w", id, err)
	}
	return s, nil
}
