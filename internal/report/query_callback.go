package report

import (
	"strconv"

	"linekeeper/internal/callback"
	"linekeeper/internal/kit/db"
)

// The queries about requests to be called back. A request counts in the interval in which it was made.

// callbackRow is what a request adds to a row.
type callbackRow struct {
	key                   string
	state                 callback.State
	asked, wanted, talked int64 // ms; wanted is the time he chose, or as soon as he asked; talked is 0 if he did not come to talk
}

func (r callbackRow) sums() Sums {
	s := Sums{Asked: 1}
	switch r.state {
	case callback.Reached:
		s.CalledBack = 1
		if r.talked > 0 {
			s.Delays = []int64{max(0, r.talked-r.wanted)}
		}
	case callback.GivenUp:
		s.GivenUp = 1
	case callback.Cancelled:
		s.Cancelled = 1
	}
	return s
}

// addCallbackSums adds the requests to the rows of a report. Of an agent they cannot be said.
func addCallbackSums(tx *db.Tx, q Request, groups map[string]Sums) error {
	if q.ofQuestions() || q.By == ByAgent || q.Agent != "" || q.Channel != "" && q.Channel != CallBack {
		return nil
	}
	var args []any
	w := &where{args: &args}
	w.add("c.tenant_id = %s", q.Tenant)
	w.add("c.asked_ms >= %s AND c.asked_ms < %s", db.Millis(q.From), db.Millis(q.To))
	if q.Queue != "" {
		w.add("c.queue_id = %s", q.Queue)
	}
	if q.Project != "" {
		w.add("c.project_id = %s", q.Project)
	}
	first := ""
	if q.Entry != "" {
		first = " JOIN interaction f ON f.tenant_id = c.tenant_id AND f.id = c.first_id"
		w.add("f.entry_id = %s", q.Entry)
	}
	key := "c.queue_id"
	if q.By != ByQueue {
		key = "c.asked_ms"
	}
	found, err := db.All(tx, func(row db.Row) (callbackRow, error) {
		var r callbackRow
		return r, row.Scan(&r.key, &r.state, &r.asked, &r.wanted, &r.talked)
	}, "SELECT CAST("+key+" AS TEXT), c.state, c.asked_ms, CASE WHEN c.slot_ms > c.asked_ms THEN c.slot_ms ELSE c.asked_ms END, COALESCE(l.answered_ms, 0) FROM callback c"+first+
		" LEFT JOIN interaction l ON l.tenant_id = c.tenant_id AND l.id = c.last_id WHERE "+w.text(), args...)
	gathered := map[string]Sums{}
	for _, r := range found {
		key := r.key
		if q.By != ByQueue {
			key = strconv.FormatInt(r.asked/quarter.Milliseconds(), 10)
		}
		s, more := gathered[key], r.sums()
		delays := append(s.Delays, more.Delays...)
		s.Delays, more.Delays = nil, nil
		s = s.Add(more)
		s.Delays = delays
		gathered[key] = s
	}
	for key, s := range gathered {
		groups[key] = groups[key].Add(s)
	}
	return err
}

// addCallback restricts to interactions in which somebody asked to be called back, and begins with them if nothing
// else does.
func (f Filter) addCallback(v Viewer, w *where) {
	if f.Callback == "" {
		return
	}
	c := &where{args: w.args}
	c.add("c.tenant_id = %s", v.Tenant)
	if f.At == Asked {
		f.addRange(c, "c.asked_ms")
		if f.Queue != "" {
			c.add("c.queue_id = %s", f.Queue)
		}
	}
	switch f.Callback {
	case AnyAsked:
	case OpenAsked:
		c.conditions = append(c.conditions, "c.ended_ms = 0")
	case AskTalked:
		c.add("c.state = %s", string(callback.Reached))
		c.conditions = append(c.conditions, `EXISTS (SELECT 1 FROM interaction l WHERE l.tenant_id = c.tenant_id AND l.id = c.last_id AND l.answered_ms > 0)`)
	default:
		c.add("c.state = %s", string(f.Callback))
	}
	list := "SELECT c.first_id AS id FROM callback c WHERE " + c.text()
	if w.begin == "" && !f.eachOwn() {
		w.begin = "(" + list + ") x" // one interaction asks once
		w.conditions = append(w.conditions, "i.id = x.id")
		return
	}
	w.conditions = append(w.conditions, "i.id IN ("+list+")")
}
