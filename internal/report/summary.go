package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/entry"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// By is what a row of a summary is.
type By string

// The rows there are.
const (
	ByQueue By = "queue"
	ByAgent By = "agent"
	ByHour  By = "hour" // of the clock in the request's time zone, each one of the range
	ByDay   By = "day"
	// ByQuestion has a row for each question customers have answered. Of all figures it has those of answers.
	ByQuestion By = "question"
)

// Limits of a summary's range, so that nobody asks for a million rows by mistake.
const (
	maxHours = 62 * 24
	maxDays  = 1100
)

// Request asks for a summary.
type Request struct {
	Tenant   tenant.ID
	From, To time.Time // To is exclusive
	By       By
	Zone     *time.Location // of hours and days
	Queue    queue.ID       // empty: all, as the next four
	Agent    access.UserID
	Entry    entry.ID
	Project  project.ID
	Channel  Channel
	Question string // its key, in rows of any kind: only figures of answers then, and of those to it; empty: all
}

// ofQuestions says that only answers are asked about.
func (q Request) ofQuestions() bool { return q.By == ByQuestion || q.Question != "" }

// Summary is the answer: a row for each queue or agent that had work, each question that was answered, or each hour or day.
type Summary struct {
	Request Request
	Metrics []Metric // the columns
	Rows    []Row
	Total   Row
}

// Row is one queue, agent, question, hour or day.
type Row struct {
	Key      string    // the queue's or agent's id, the question's key; an hour's or day's beginning in UTC milliseconds
	Name     string    // a queue's or agent's name, a question's key, a local time
	From, To time.Time // what the row covers
	Sums     Sums
	Filter   Filter // the row's segments
	Cells    []Cell // one for each metric
}

// Cell is one figure with the way to what was counted.
type Cell struct {
	Metric string
	Value  *float64 // nil: nothing to compute it from, or not for such rows
	Filter Filter
}

// Reader answers all questions of this package. It only reads and is safe for concurrent use.
type Reader struct {
	db *db.DB
}

// New makes a reader.
func New(d *db.DB) *Reader { return &Reader{db: d} }

// Summary computes a report.
func (r *Reader) Summary(ctx context.Context, q Request) (Summary, error) {
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	if err := q.check(); err != nil {
		return Summary{}, err
	}
	s := Summary{Request: q, Metrics: Metrics()}
	var groups map[string]Sums
	var names map[string]string
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		if groups, err = readSums(tx, q); err != nil {
			return err
		}
		if err := addCallbackSums(tx, q, groups); err != nil {
			return err
		}
		names, err = readRowNames(tx, q)
		return err
	})
	if err != nil {
		return Summary{}, fmt.Errorf("summing up %s to %s by %s: %w", q.From, q.To, q.By, err)
	}
	switch q.By {
	case ByHour, ByDay:
		s.Rows = q.intervals(groups)
	default:
		s.Rows = q.named(groups, names)
	}
	s.Total = Row{From: q.From, To: q.To, Filter: q.filter()}
	for i := range s.Rows {
		s.Total.Sums = s.Total.Sums.Add(s.Rows[i].Sums)
		s.Rows[i].Cells = q.cells(s.Metrics, s.Rows[i])
	}
	s.Total.Cells = q.cells(s.Metrics, s.Total)
	return s, nil
}

// check refuses ranges that make no sense or too many rows.
func (q Request) check() error {
	var f fault.Fields
	hours := q.To.Sub(q.From).Hours()
	switch {
	case !q.From.Before(q.To):
		f.Add("to", fault.OutOfRange, "The end must be after the beginning.")
	case q.By == ByHour && hours > maxHours:
		f.Add("to", fault.OutOfRange, "By hour at most %d days can be shown; choose a shorter range or go by day.", maxHours/24)
	case q.By == ByDay && hours > maxDays*24:
		f.Add("to", fault.OutOfRange, "By day at most %d days can be shown.", maxDays)
	}
	return f.Err()
}

// filter names the segments of the whole request.
func (q Request) filter() Filter {
	f := Filter{From: q.From, To: q.To, At: Queued, Queue: q.Queue, Agent: q.Agent, Entry: q.Entry, Project: q.Project, Channel: q.Channel, Question: q.Question}
	if q.byAgent() {
		f.At = Served
	}
	return f
}

// byAgent says that it is agents whose work is counted: who was handed a customer by another counts too.
func (q Request) byAgent() bool { return q.By == ByAgent || q.Agent != "" }

// has says whether the rows of a request have a metric.
func (q Request) has(m Metric) bool {
	if q.ofQuestions() {
		return m.AppliesTo(ByQuestion)
	}
	return m.AppliesTo(q.By) && (q.Agent == "" || m.AppliesTo(ByAgent))
}

// cells computes the metrics of a row. When the request is about one agent, what cannot be said of
// agents is left out.
func (q Request) cells(metrics []Metric, row Row) []Cell {
	cells := make([]Cell, len(metrics))
	for i, m := range metrics {
		cells[i] = Cell{Metric: m.Key, Filter: m.drill(row.Filter)}
		if m.Key == "missed" && row.Filter.Agent != "" {
			cells[i].Filter.MissedBy = row.Filter.Agent
		}
		if cells[i].Filter.Callback != "" && q.Channel != "" && q.Channel != CallBack {
			continue
		}
		if !q.has(m) {
			continue
		}
		if v, ok := m.value(row.Sums); ok {
			cells[i].Value = &v
		}
	}
	return cells
}

// named makes the rows of queues, agents or questions, in the order of their names.
func (q Request) named(groups map[string]Sums, names map[string]string) []Row {
	rows := make([]Row, 0, len(groups))
	for key, sums := range groups {
		f := q.filter()
		switch q.By {
		case ByQueue:
			f.Queue = queue.ID(key)
		case ByQuestion:
			f.Question = key
		default:
			f.Agent = access.UserID(key)
		}
		rows = append(rows, Row{Key: key, Name: cmp.Or(names[key], key), From: q.From, To: q.To, Sums: sums, Filter: f})
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key)) })
	return rows
}

// quarter is the interval of the glossary. Time zones differ by whole quarters of an hour, so that
// hours and days of any of them are made of quarters.
const quarter = 15 * time.Minute

// intervals makes a row for each hour or day, empty ones too, and puts the quarters in.
func (q Request) intervals(quarters map[string]Sums) []Row {
	var rows []Row
	begin, next, layout := q.hour, func(t time.Time) time.Time { return t.Add(time.Hour) }, "2006-01-02 15:04"
	if q.By == ByDay {
		begin, next, layout = q.day, func(t time.Time) time.Time { return q.day(t.Add(36 * time.Hour)) }, time.DateOnly
	}
	for t := begin(q.From); t.Before(q.To); t = next(t) {
		f := q.filter()
		f.From, f.To = later(t, q.From), earlier(next(t), q.To)
		rows = append(rows, Row{Key: strconv.FormatInt(t.UnixMilli(), 10), Name: t.In(q.Zone).Format(layout), From: t, To: next(t), Filter: f})
	}
	for key, sums := range quarters {
		n, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			continue // keys are made by our own query
		}
		start := time.UnixMilli(n * quarter.Milliseconds())
		i, found := slices.BinarySearchFunc(rows, start, func(row Row, t time.Time) int { return row.From.Compare(t) })
		if !found {
			i-- // the row that began before
		}
		rows[i].Sums = rows[i].Sums.Add(sums)
	}
	return rows
}

// hour is the beginning of the local hour t lies in. It is found by going back from t, so that the
// hour that comes twice in autumn stays two hours.
func (q Request) hour(t time.Time) time.Time {
	local := t.In(q.Zone)
	return t.Add(-time.Duration(local.Minute())*time.Minute - time.Duration(local.Second())*time.Second -
		time.Duration(local.Nanosecond())).UTC()
}

// day is the beginning of the local day t lies in. Where midnight is skipped by the clocks, the day
// begins when they arrive in it.
func (q Request) day(t time.Time) time.Time {
	y, m, d := t.In(q.Zone).Date()
	start := time.Date(y, m, d, 0, 0, 0, 0, q.Zone)
	for start.Day() != d {
		start = start.Add(quarter)
	}
	return start.UTC()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
