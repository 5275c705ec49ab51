package report

import (
	"fmt"
	"strings"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// This file holds all SQL of the package. It reads tables other packages own and writes none.

// where collects conditions and their arguments in the order of their placeholders.
type where struct {
	conditions []string
	args       *[]any
	begin      string // a list of ids to begin with, as a source to join before interaction i
}

// from is the source of the interactions. A list to begin with comes first and by CROSS JOIN: SQLite
// then takes it first, instead of walking all arrivals and looking each up in the list.
func (w *where) from() string {
	if w.begin == "" {
		return "interaction i"
	}
	return w.begin + " CROSS JOIN interaction i"
}

// arg adds an argument and gives its placeholder.
func (w *where) arg(v any) string {
	*w.args = append(*w.args, v)
	return fmt.Sprintf("$%d", len(*w.args))
}

// add adds a condition; each %s in it is a placeholder for the next value.
func (w *where) add(condition string, values ...any) {
	marks := make([]any, len(values))
	for i, v := range values {
		marks[i] = w.arg(v)
	}
	w.conditions = append(w.conditions, fmt.Sprintf(condition, marks...))
}

func (w *where) text() string { return strings.Join(w.conditions, " AND ") }

// segmentSums are the columns of Sums that come from segments. A segment that was handed over by another
// agent counts for its agent, but not as a further customer of the queue; one of a call that an agent made
// is counted apart from all others.
func segmentSums(byAgent bool) string {
	counted := "NOT s.handed AND NOT s.outbound"
	if byAgent {
		counted = "NOT s.outbound"
	}
	return strings.NewReplacer("{counted}", counted, "{served}", "NOT s.outbound AND s.outcome = 'answered'", "{called}", "s.outbound AND s.seq = 1").Replace(
		`COUNT(*) FILTER (WHERE {counted}),
	COUNT(*) FILTER (WHERE {counted} AND s.outcome = 'answered'),
	COUNT(*) FILTER (WHERE {counted} AND s.outcome = 'answered' AND s.in_time),
	COUNT(*) FILTER (WHERE {counted} AND s.outcome = 'abandoned'),
	COUNT(*) FILTER (WHERE {counted} AND s.outcome = 'short_abandon'),
	COUNT(*) FILTER (WHERE {counted} AND s.outcome = 'lost'),
	COUNT(*) FILTER (WHERE {counted} AND s.outcome = 'overflowed'),
	COUNT(*) FILTER (WHERE {counted} AND s.outcome = 'answered' AND s.promised_ms > 0),
	CAST(COALESCE(SUM(s.answered_ms - s.queued_ms) FILTER (WHERE {counted} AND s.promised_ms = 0 AND s.outcome = 'answered'), 0) AS BIGINT),
	COALESCE(MAX(CASE WHEN s.answered_ms > 0 THEN s.answered_ms ELSE s.left_ms END - s.queued_ms)
		FILTER (WHERE {counted} AND s.promised_ms = 0 AND (s.answered_ms > 0 OR s.left_ms > 0)), 0),
	COUNT(*) FILTER (WHERE {served} AND s.ended_ms > 0),
	CAST(COALESCE(SUM(s.talk_ms) FILTER (WHERE {served} AND s.ended_ms > 0), 0) AS BIGINT),
	CAST(COALESCE(SUM(s.hold_ms) FILTER (WHERE {served} AND s.ended_ms > 0), 0) AS BIGINT),
	CAST(COALESCE(SUM(s.wrap_up_ms) FILTER (WHERE {served} AND s.ended_ms > 0), 0) AS BIGINT),
	CAST(COALESCE(SUM(s.missed), 0) AS BIGINT),
	COUNT(*) FILTER (WHERE {called}),
	COUNT(*) FILTER (WHERE {called} AND s.outcome = 'answered'),
	CAST(COALESCE(SUM(s.talk_ms) FILTER (WHERE {called} AND s.outcome = 'answered' AND s.ended_ms > 0), 0) AS BIGINT),
	COUNT(*) FILTER (WHERE {called} AND s.outcome = 'answered' AND s.ended_ms > 0)`)
}

// joinInteraction is needed only when a condition is about the interaction.
const joinInteraction = ` JOIN interaction i ON i.tenant_id = s.tenant_id AND i.id = s.interaction_id`

// missedOffers joins a segment with the offers made for it in vain.
const missedOffers = ` JOIN offer o ON o.tenant_id = s.tenant_id AND o.interaction_id = s.interaction_id
	AND o.queue_id = s.queue_id AND o.at_ms >= s.queued_ms
	AND (s.answered_ms = 0 OR o.at_ms <= s.answered_ms) AND (s.left_ms = 0 OR o.at_ms <= s.left_ms)
	AND o.outcome IN ('declined', 'timed_out', 'failed')`

// group is the expression a summary's rows are told apart by.
func (q Request) group(agent string) string {
	switch q.By {
	case ByAgent:
		return agent
	case ByHour, ByDay:
		return "CAST(s.queued_ms / 900000 AS TEXT)"
	case ByQuestion:
		return "a.question"
	default:
		return "s.queue_id"
	}
}

// from is the source of a summary's segments and the conditions of the request, agents aside.
func (q Request) from(args *[]any) (string, *where) {
	w := &where{args: args}
	source := "segment s"
	w.add("s.tenant_id = %s", q.Tenant)
	w.add("s.queued_ms >= %s AND s.queued_ms < %s", db.Millis(q.From), db.Millis(q.To))
	if q.Queue != "" {
		w.add("s.queue_id = %s", q.Queue)
	}
	if q.Entry != "" || q.Project != "" || q.Channel != "" {
		source += joinInteraction
	}
	if q.Entry != "" {
		w.add("i.entry_id = %s", q.Entry)
	}
	if q.Project != "" {
		w.add("i.project_id = %s", q.Project)
	}
	q.Channel.condition(w)
	return source, w
}

// readSums adds up the segments of the request by the key of its rows.
func readSums(tx *db.Tx, q Request) (map[string]Sums, error) {
	groups := map[string]Sums{}
	if q.ofQuestions() {
		return groups, addSurveys(tx, q, groups)
	}
	var args []any
	source, w := q.from(&args)
	if q.Agent != "" {
		w.add("s.agent_id = %s", q.Agent)
	} else if q.By == ByAgent {
		w.add("s.agent_id <> ''")
	}
	byAgent := q.byAgent()
	keyed, err := db.All(tx, scanSums, "SELECT "+q.group("s.agent_id")+", "+segmentSums(byAgent)+
		" FROM "+source+" WHERE "+w.text()+" GROUP BY 1", args...)
	if err != nil {
		return nil, err
	}
	for _, k := range keyed {
		if byAgent {
			k.sums.Missed = 0 // what others missed before this agent took it
		}
		groups[k.key] = k.sums
	}
	if err := addSurveys(tx, q, groups); err != nil {
		return nil, err
	}
	if !byAgent {
		return groups, nil
	}
	return groups, addMissedByAgent(tx, q, groups)
}

// addMissedByAgent counts offers by who missed them; the segment may have gone to another agent.
func addMissedByAgent(tx *db.Tx, q Request, groups map[string]Sums) error {
	var args []any
	source, w := q.from(&args)
	w.add("s.missed > 0")
	if q.Agent != "" {
		w.add("o.agent_id = %s", q.Agent)
	}
	counts, err := db.All(tx, func(row db.Row) (keyedSums, error) {
		var k keyedSums
		return k, row.Scan(&k.key, &k.sums.Missed)
	}, "SELECT "+q.group("o.agent_id")+", COUNT(*) FROM "+source+missedOffers+
		" WHERE "+w.text()+" GROUP BY 1", args...)
	for _, k := range counts {
		groups[k.key] = groups[k.key].Add(k.sums)
	}
	return err
}

type keyedSums struct {
	key  string
	sums Sums
}

func scanSums(row db.Row) (keyedSums, error) {
	var k keyedSums
	s := &k.sums
	err := row.Scan(&k.key, &s.Offered, &s.Answered, &s.InTime, &s.Abandoned, &s.ShortAbandon, &s.Lost, &s.Overflowed,
		&s.Promised, &s.WaitMs, &s.LongestMs, &s.Handled, &s.TalkMs, &s.HoldMs, &s.WrapUpMs, &s.Missed,
		&s.Outbound, &s.Reached, &s.OutTalkMs, &s.OutHandled)
	return k, err
}

// readRowNames gives the names of queues or agents.
func readRowNames(tx *db.Tx, q Request) (map[string]string, error) {
	switch q.By {
	case ByQueue:
		return readNames(tx, `SELECT id, name FROM queue WHERE tenant_id = $1`, q.Tenant)
	case ByAgent:
		return readNames(tx, `SELECT id, name FROM users WHERE tenant_id = $1`, q.Tenant)
	}
	return nil, nil
}

func readNames(tx *db.Tx, query string, args ...any) (map[string]string, error) {
	names := map[string]string{}
	pairs, err := db.All(tx, func(row db.Row) ([2]string, error) {
		var p [2]string
		return p, row.Scan(&p[0], &p[1])
	}, query, args...)
	for _, p := range pairs {
		names[p[0]] = p[1]
	}
	return names, err
}

// readDay sums what an agent did in the segments that began to wait in the range.
func readDay(tx *db.Tx, t tenant.ID, agent access.UserID, from, to int64) (Day, error) {
	d, err := db.One(tx, func(row db.Row) (Day, error) {
		var d Day
		return d, row.Scan(&d.Calls, &d.TalkMs, &d.WrapUpMs, &d.HoldMs, &d.Handled, &d.HandledMs)
	}, `SELECT COUNT(*) FILTER (WHERE s.answered_ms > 0 AND i.channel <> $5), CAST(COALESCE(SUM(s.talk_ms), 0) AS BIGINT),
			CAST(COALESCE(SUM(s.wrap_up_ms), 0) AS BIGINT), CAST(COALESCE(SUM(s.hold_ms), 0) AS BIGINT),
			COUNT(*) FILTER (WHERE NOT s.outbound AND s.outcome = 'answered' AND s.ended_ms > 0),
			CAST(COALESCE(SUM(s.talk_ms + s.hold_ms + s.wrap_up_ms) FILTER (WHERE NOT s.outbound AND s.outcome = 'answered' AND s.ended_ms > 0), 0) AS BIGINT)
		FROM segment s`+joinInteraction+` WHERE s.tenant_id = $1 AND s.agent_id = $2 AND s.queued_ms >= $3 AND s.queued_ms < $4`,
		t, agent, from, to, string(interaction.TaskWork))
	if err != nil {
		return d, err
	}
	d.Missed, err = db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM offer WHERE tenant_id = $1 AND agent_id = $2
		AND at_ms >= $3 AND at_ms < $4 AND outcome IN ('declined', 'timed_out', 'failed')`, t, agent, from, to)
	if err != nil {
		return d, err
	}
	return readDayRatings(tx, d, t, agent, from, to)
}

// readDayRatings adds what customers answered about an agent, on a scale of 1 to 5.
func readDayRatings(tx *db.Tx, d Day, t tenant.ID, agent access.UserID, from, to int64) (Day, error) {
	return db.One(tx, func(row db.Row) (Day, error) {
		return d, row.Scan(&d.Ratings, &d.RatingSum)
	}, `SELECT COUNT(*), CAST(COALESCE(SUM(a.score), 0) AS BIGINT) FROM answer a
			JOIN segment s ON s.tenant_id = a.tenant_id AND s.interaction_id = a.interaction_id AND s.seq = a.seq
		WHERE a.tenant_id = $1 AND a.agent_id = $2 AND a.at_ms >= $3 AND s.queued_ms >= $3 AND s.queued_ms < $4 AND a.scale = 'five'`,
		t, agent, from, to)
}

// conditions turns a filter into conditions on interaction i, as the viewer may see it.
func (f Filter) conditions(v Viewer, args *[]any) *where {
	w := &where{args: args}
	w.add("i.tenant_id = %s", v.Tenant)
	if !f.bySegment() && f.At != Asked {
		f.addRange(w, "i.arrived_ms")
	}
	equal := func(column, value string) {
		if value != "" {
			w.add("i."+column+" = %s", value)
		}
	}
	equal("entry_id", string(f.Entry))
	equal("project_id", string(f.Project))
	equal("customer_id", string(f.Customer))
	equal("phase", string(f.Phase))
	equal("origin", f.Origin)
	f.Channel.condition(w)
	equal("cause", string(f.Cause))
	equal("disposition_id", string(f.Disposition))
	equal("recording", f.Recording)
	switch f.Review {
	case Abuse:
		w.conditions = append(w.conditions, "i.abuse_ms > 0")
	case HangUp:
		w.conditions = append(w.conditions, "i.hang_up_review")
	}
	switch f.Outcome {
	case StillOpen:
		w.conditions = append(w.conditions, "i.ended_ms = 0")
	case NotQueued:
		w.conditions = append(w.conditions, "i.queued_ms = 0 AND i.ended_ms > 0")
	}
	f.addSegments(v, w)
	f.addCallback(v, w)
	f.addText(v, w)
	switch {
	case v.SeesAll:
	case w.begin == "" && !f.eachOwn():
		w.beginWith("i.id", "SELECT v.interaction_id AS id FROM segment v WHERE v.tenant_id = %s AND v.agent_id = %s", v.Tenant, v.User)
	default:
		v.addOwn(w)
	}
	return w
}

// beginWith has the list of ids, which the query selects, joined with a column of the interaction.
func (w *where) beginWith(column, query string, values ...any) {
	marks := make([]any, len(values))
	for i, v := range values {
		marks[i] = w.arg(v)
	}
	w.begin = "(SELECT DISTINCT id FROM (" + fmt.Sprintf(query, marks...) + ") y) x"
	w.conditions = append(w.conditions, column+" = x.id")
}

// addOwn restricts to what the viewer took. Not by the index of agents: SQLite would go through all
// his segments for each interaction.
func (v Viewer) addOwn(w *where) {
	w.add(`EXISTS (SELECT 1 FROM segment v WHERE v.tenant_id = %s AND v.interaction_id = i.id AND v.agent_id || '' = %s)`, v.Tenant, v.User)
}

func (f Filter) addRange(w *where, column string) {
	if !f.From.IsZero() {
		w.add(column+" >= %s", db.Millis(f.From))
	}
	if !f.To.IsZero() {
		w.add(column+" < %s", db.Millis(f.To))
	}
}

// eachOwn says how segments are found: within a range of arrivals by looking at each interaction's
// own; else by beginning with the segments, which have indexes by time and by agent.
func (f Filter) eachOwn() bool { return !f.bySegment() && f.At != Asked && !f.From.IsZero() }

// bySegment says that From and To are about segments.
func (f Filter) bySegment() bool { return f.At == Queued || f.At == Served }

// addCounted leaves the segments that figures count, as segmentSums does.
func (f Filter) addCounted(w *where) {
	f.addRange(w, "s.queued_ms")
	switch {
	case f.Origin == string(interaction.ByHand):
		w.conditions = append(w.conditions, "s.outbound AND s.seq = 1")
	case f.At == Queued:
		w.conditions = append(w.conditions, "NOT s.handed AND NOT s.outbound")
	default:
		w.conditions = append(w.conditions, "NOT s.outbound")
	}
}

// addSegments adds what must hold for one segment.
func (f Filter) addSegments(v Viewer, w *where) {
	c := &where{args: w.args}
	source := "segment s"
	if f.bySegment() {
		f.addCounted(c)
	}
	if f.Queue != "" && f.At != Asked {
		c.add("s.queue_id = %s", f.Queue)
	}
	if f.Agent != "" && f.eachOwn() {
		// Not by the index of agents: SQLite would go through all his segments for each interaction.
		c.add("s.agent_id || '' = %s", f.Agent)
	} else if f.Agent != "" {
		c.add("s.agent_id = %s", f.Agent)
	}
	switch interaction.Outcome(f.Outcome) {
	case interaction.Answered, interaction.Abandoned, interaction.ShortAbandon, interaction.Lost, interaction.OverflowedOut:
		c.add("s.outcome = %s", f.Outcome)
	case Handled:
		c.conditions = append(c.conditions, "s.outcome = 'answered' AND s.ended_ms > 0")
	}
	if f.InTime {
		c.conditions = append(c.conditions, "s.in_time")
	}
	f.addSurvey(c)
	if f.MissedBy != "" {
		source += missedOffers
		c.conditions = append(c.conditions, "s.missed > 0")
		if f.MissedBy != Anybody {
			c.add("o.agent_id = %s", f.MissedBy)
		}
	}
	if len(c.conditions) == 0 {
		return
	}
	c.add("s.tenant_id = %s", v.Tenant)
	if f.eachOwn() {
		w.conditions = append(w.conditions, "EXISTS (SELECT 1 FROM "+source+" WHERE s.interaction_id = i.id AND "+c.text()+")")
		return
	}
	w.begin = "(SELECT DISTINCT s.interaction_id AS id FROM " + source + " WHERE " + c.text() + ") x"
	w.conditions = append(w.conditions, "i.id = x.id")
}

// interactionColumns are those of Interaction, names included.
const interactionColumns = `i.id, i.project_id, i.channel, i.origin, i.phase, i.customer_address, i.center_address,
	i.entry_id, i.trunk_id, i.customer_id, i.language, i.queue_id, i.agent_id, i.arrived_ms, i.queued_ms,
	i.answered_ms, i.left_ms, i.ended_ms, i.talk_ms, i.hold_ms, i.wrap_up_ms, i.cause, i.cause_detail,
	i.disposition_id, i.note, i.recording, i.hang_up_reason, i.hang_up_review, i.abuse_ms,
	COALESCE(pr.name, ''), COALESCE(en.name, ''), COALESCE(tr.name, ''), COALESCE(cu.name, ''),
	COALESCE(qu.name, ''), COALESCE(us.name, ''), COALESCE(di.names, ''),
	COALESCE((SELECT g.outcome FROM segment g WHERE g.tenant_id = i.tenant_id AND g.interaction_id = i.id
		ORDER BY g.seq DESC LIMIT 1), ''),
	COALESCE((SELECT g.promised_ms FROM segment g WHERE g.tenant_id = i.tenant_id AND g.interaction_id = i.id AND g.seq = 1), 0)`

const interactionNames = `
	LEFT JOIN project pr ON pr.tenant_id = i.tenant_id AND pr.id = i.project_id
	LEFT JOIN entry en ON en.tenant_id = i.tenant_id AND en.id = i.entry_id
	LEFT JOIN trunk tr ON tr.tenant_id = i.tenant_id AND tr.id = i.trunk_id
	LEFT JOIN customer cu ON cu.tenant_id = i.tenant_id AND cu.id = i.customer_id
	LEFT JOIN queue qu ON qu.tenant_id = i.tenant_id AND qu.id = i.queue_id
	LEFT JOIN users us ON us.tenant_id = i.tenant_id AND us.id = i.agent_id
	LEFT JOIN disposition di ON di.tenant_id = i.tenant_id AND di.id = i.disposition_id`

// readInteractions reads a page; after is the last row seen, or its zero value.
func readInteractions(tx *db.Tx, v Viewer, f Filter, p Page, after position) ([]Interaction, error) {
	var args []any
	w := f.conditions(v, &args)
	beyond, order := "<", "DESC"
	if p.Oldest {
		beyond, order = ">", "ASC"
	}
	if after.id != "" {
		w.add("(i.arrived_ms, i.id) "+beyond+" (%s, %s)", after.arrivedMs, after.id)
	}
	limit := w.arg(p.rows())
	// The page is found first and named afterwards, so that names cost nothing for what is skipped.
	return db.All(tx, scanInteraction, `SELECT `+interactionColumns+` FROM (SELECT i.* FROM `+w.from()+` WHERE `+
		w.text()+` ORDER BY i.arrived_ms `+order+`, i.id `+order+` LIMIT `+limit+`) i`+interactionNames+
		` ORDER BY i.arrived_ms `+order+`, i.id `+order, args...)
}

// countInteractions counts up to limit.
func countInteractions(tx *db.Tx, v Viewer, f Filter, limit int) (int64, error) {
	var args []any
	w := f.conditions(v, &args)
	n := w.arg(limit)
	return db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM (SELECT 1 FROM `+w.from()+` WHERE `+w.text()+` LIMIT `+n+`) x`, args...)
}

// readInteraction reads one the viewer may see; else it is not found.
func readInteraction(tx *db.Tx, v Viewer, id interaction.ID) (Interaction, error) {
	var args []any
	w := &where{args: &args}
	w.add("i.tenant_id = %s", v.Tenant)
	w.add("i.id = %s", id)
	if !v.SeesAll {
		v.addOwn(w)
	}
	return db.One(tx, scanInteraction, `SELECT `+interactionColumns+` FROM interaction i`+interactionNames+` WHERE `+w.text(), args...)
}

func scanInteraction(row db.Row) (Interaction, error) {
	var i Interaction
	err := row.Scan(&i.ID, &i.Project, &i.Channel, &i.Origin, &i.Phase, &i.CustomerAddress, &i.CenterAddress,
		&i.Entry, &i.Trunk, &i.Customer, &i.Language, &i.Queue, &i.Agent, db.FromMillis(&i.Arrived), db.FromMillis(&i.Queued),
		db.FromMillis(&i.Answered), db.FromMillis(&i.Left), db.FromMillis(&i.Ended), &i.TalkMs, &i.HoldMs, &i.WrapUpMs,
		&i.Cause, &i.CauseDetail, &i.Disposition, &i.Note, &i.Recording, &i.HangUpReason, &i.HangUpReview, db.FromMillis(&i.Abuse),
		&i.ProjectName, &i.EntryName, &i.TrunkName, &i.CustomerName, &i.QueueName, &i.AgentName,
		db.FromJSON(&i.DispositionNames), &i.Outcome, db.FromMillis(&i.Promised))
	i.Outcome = i.outcome()
	return i, err
}
