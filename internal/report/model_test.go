package report_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/callback"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

// center is a tenant with a few of everything, and what happened in it, as plain lists: the naive
// model the SQL is compared with.
type center struct {
	tenant   tenant.ID
	projects []project.ID
	queues   []queue.ID
	agents   []access.UserID
	entries  []entry.ID
	work     []work
	asked    []asked
}

// asked is a request to be called back, made in some work.
type asked struct {
	callback.Callback
	in     work
	talked time.Time // zero: he did not
}

type work struct {
	id       interaction.ID
	entry    entry.ID
	project  project.ID
	arrived  time.Time
	ended    time.Time
	outbound bool // an agent has called
	segments []segment
	channel  report.Channel
}

type segment struct {
	queue                         queue.ID
	agent                         access.UserID
	queued, answered, left, ended time.Time
	outcome                       string
	inTime, handed                bool
	promised                      time.Time // since when he waits who is called back; zero: he is not
	talk, hold, wrapUp            time.Duration
	missed                        []access.UserID
	taken                         bool // an offer that is not missed exists too
	asked                         bool // about the talk
	answers                       []report.Answer
}

// newCenter makes the tenant with its people and queues.
func newCenter(t testing.TB, d *db.DB) *center {
	t.Helper()
	c := &center{entries: []entry.ID{entry.ID(id.New()), entry.ID(id.New())}}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "Test", TimeZone: "Asia/Bangkok", Language: "en"})
		if err != nil {
			return err
		}
		c.tenant = home.ID
		by := audit.Author{Tenant: string(home.ID)}
		for i := range 2 {
			p, err := project.Create(tx, by, project.Project{Key: fmt.Sprint("p", i), Name: fmt.Sprint("Project ", i)})
			if err != nil {
				return err
			}
			c.projects = append(c.projects, p.ID)
		}
		for i := range 3 {
			q := queue.Usual()
			q.Key, q.Name, q.ProjectID = fmt.Sprint("q", i), fmt.Sprint("Queue ", i), c.projects[i%2]
			q, err := queue.Create(tx, by, q)
			if err != nil {
				return err
			}
			c.queues = append(c.queues, q.ID)
		}
		for i := range 4 {
			u, err := access.CreateUser(tx, by, access.User{Login: fmt.Sprint("a", i), Name: fmt.Sprint("=Agent ", i), Role: access.Agent, Phone: access.BrowserPhone})
			if err != nil {
				return err
			}
			c.agents = append(c.agents, u.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// happens makes n random interactions around three days and writes them down.
func (c *center) happens(t testing.TB, d *db.DB, r *rand.Rand, start time.Time, n int) {
	t.Helper()
	for range n {
		c.work = append(c.work, c.random(r, start))
	}
	for range n / 3 {
		c.asked = append(c.asked, c.asks(r))
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		all := rows{}
		for _, w := range c.work {
			all.put(c, w)
		}
		if err := all.insert(tx); err != nil {
			return err
		}
		for _, a := range c.asked {
			if err := callback.Insert(tx, a.Callback); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// asks makes a random request in a work that has made none yet, with its last call among the others.
func (c *center) asks(r *rand.Rand) asked {
	first := pick(r, c.work)
	for slices.ContainsFunc(c.asked, func(a asked) bool { return a.First == first.id }) {
		first = pick(r, c.work)
	}
	a := asked{in: first, Callback: callback.Callback{ID: callback.ID("cb-" + string(id.New())), Tenant: c.tenant, First: first.id,
		Project: first.project, Queue: pick(r, c.queues), Number: string(first.id), Asked: first.arrived.Add(time.Minute),
		State: pick(r, []callback.State{callback.Waiting, callback.Reached, callback.Reached, callback.GivenUp, callback.Cancelled})}}
	if a.State.Over() {
		a.Ended = a.Asked.Add(time.Hour)
	}
	if r.IntN(3) == 0 {
		a.Slot = a.Asked.Add(time.Hour)
	}
	if a.State == callback.Reached {
		last := pick(r, c.work)
		a.Last = last.id
		for _, s := range last.segments {
			if a.talked.IsZero() {
				a.talked = s.answered
			}
		}
	}
	return a
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (c *center) random(r *rand.Rand, start time.Time) work {
	upTo := func(d time.Duration) time.Duration {
		return time.Duration(r.Int64N(int64(d/time.Millisecond))) * time.Millisecond
	}
	w := work{channel: pick(r, []report.Channel{report.Voice, report.CallBack, report.VoiceMail}), id: interaction.ID(id.New()), entry: pick(r, c.entries), project: pick(r, c.projects), arrived: start.Add(upTo(72 * time.Hour)), outbound: r.IntN(5) == 0}
	if w.outbound {
		w.channel = report.Voice
		c.calls(r, upTo, &w)
		return w
	}
	at := w.arrived.Add(upTo(time.Minute))
	handed := false // by the agent of the segment before
	for range r.IntN(4) {
		s := segment{queue: pick(r, c.queues), queued: at, handed: handed}
		end := at.Add(time.Millisecond + upTo(2*time.Minute))
		for range r.IntN(3) {
			s.missed = append(s.missed, pick(r, c.agents))
		}
		outcome := r.IntN(6)
		if handed {
			outcome = 5
		}
		switch outcome {
		case 0:
			s.outcome, s.left, s.ended = "abandoned", end, end
		case 1:
			s.outcome, s.left, s.ended = "short_abandon", end, end
		case 2:
			s.outcome, s.left, s.ended = "lost", end, end
		case 3: // waits still
			w.segments = append(w.segments, s)
			return w
		default:
			s.outcome, s.agent, s.answered, s.taken = "answered", pick(r, c.agents), end, true
			s.inTime = end.Sub(at) <= 20*time.Second
			if w.channel == report.CallBack && len(w.segments) == 0 {
				s.handed, s.promised, s.inTime = true, at.Add(-time.Hour), false
			}
			if r.IntN(8) == 0 { // talks still
				w.segments = append(w.segments, s)
				return w
			}
			s.talk, s.hold, s.wrapUp = upTo(10*time.Minute), upTo(time.Minute), upTo(time.Minute)
			s.left = end.Add(s.talk + s.hold)
			s.ended = s.left.Add(s.wrapUp)
			handed = r.IntN(3) == 0
		}
		w.segments = append(w.segments, s)
		at = s.ended.Add(time.Millisecond)
	}
	w.ended = at
	if n := len(w.segments); n > 0 && w.segments[n-1].taken && r.IntN(3) > 0 {
		w.segments[n-1].survey(r)
	}
	return w
}

// calls makes the segments of a call that an agent made: his own, and of whom he handed the customer to.
func (c *center) calls(r *rand.Rand, upTo func(time.Duration) time.Duration, w *work) {
	at := w.arrived
	for n := range 1 + r.IntN(2) {
		s := segment{queue: pick(r, c.queues), agent: pick(r, c.agents), queued: at, handed: n > 0, outcome: "not_reached"}
		s.ended = at.Add(time.Millisecond + upTo(time.Minute))
		s.left = s.ended
		reached := r.IntN(3) > 0
		if reached {
			s.outcome, s.answered, s.talk, s.wrapUp = "answered", s.ended, upTo(10*time.Minute), upTo(time.Minute)
			s.left = s.answered.Add(s.talk)
			s.ended = s.left.Add(s.wrapUp)
		}
		talksStill := reached && r.IntN(6) == 0
		if talksStill {
			s.left, s.ended, s.talk, s.wrapUp = time.Time{}, time.Time{}, 0, 0
		}
		w.segments = append(w.segments, s)
		if talksStill {
			return
		}
		at = s.ended.Add(time.Millisecond)
		if !reached {
			break
		}
	}
	w.ended = at
}

func columns(table string) string {
	return map[string]string{
		"segment": `tenant_id, interaction_id, seq, queue_id, agent_id, queued_ms, answered_ms,
			left_ms, ended_ms, outcome, in_time, talk_ms, hold_ms, wrap_up_ms, missed, handed, outbound, promised_ms`,
		"survey": `tenant_id, interaction_id, seq, address, asked_ms, answered`,
		"answer": `tenant_id, interaction_id, question, seq, project_id, queue_id, agent_id, scale, score, at_ms`,
		"offer":  `tenant_id, interaction_id, at_ms, agent_id, queue_id, ended_ms, outcome`,
		"interaction": `tenant_id, id, project_id, channel, origin, phase, customer_address, center_address,
			entry_id, trunk_id, customer_id, language, queue_id, agent_id, arrived_ms, queued_ms, answered_ms, left_ms, ended_ms,
			talk_ms, hold_ms, wrap_up_ms, cause, cause_detail, disposition_id, note, recording, last_seq`,
	}[table]
}

// insert writes the rows, many with each statement where that is quicker.
func (all rows) insert(tx *db.Tx) error {
	together := 200
	if tx.Engine() == db.SQLite {
		together = 1 // it takes longer to read a long statement than to run a short one
	}
	for table, list := range all {
		for chunk := range slices.Chunk(list, together) {
			var args []any
			var values []string
			for _, row := range chunk {
				var marks []string
				for _, v := range row {
					args = append(args, v)
					marks = append(marks, fmt.Sprint("$", len(args)))
				}
				values = append(values, "("+strings.Join(marks, ", ")+")")
			}
			if _, err := tx.Exec("INSERT INTO "+table+" ("+columns(table)+") VALUES "+strings.Join(values, ", "), args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// put adds an interaction with its segments and offers.
func (all rows) put(c *center, w work) {
	var queued, answered, left int64
	var q queue.ID
	var agent access.UserID
	offer := func(s segment, who access.UserID, at int64, outcome string) {
		all["offer"] = append(all["offer"], []any{c.tenant, w.id, at, who, s.queue, at, outcome})
	}
	for i, s := range w.segments {
		if i == 0 {
			queued = db.Millis(s.queued)
		}
		if answered == 0 {
			answered = db.Millis(s.answered)
		}
		q, agent, left = s.queue, s.agent, db.Millis(s.left)
		all["segment"] = append(all["segment"], []any{c.tenant, w.id, i + 1, s.queue, s.agent, db.Millis(s.queued), db.Millis(s.answered),
			db.Millis(s.left), db.Millis(s.ended), s.outcome, s.inTime, s.talk.Milliseconds(), s.hold.Milliseconds(), s.wrapUp.Milliseconds(), len(s.missed), s.handed, w.outbound, db.Millis(s.promised)})
		for n, who := range s.missed {
			offer(s, who, db.Millis(s.queued)+int64(n), []string{"declined", "timed_out", "failed"}[(n+int(db.Millis(s.queued)))%3])
		}
		if s.asked {
			all["survey"] = append(all["survey"], []any{c.tenant, w.id, i + 1, "", db.Millis(s.left), len(s.answers) > 0})
		}
		for _, a := range s.answers {
			all["answer"] = append(all["answer"], []any{c.tenant, w.id, a.Question, i + 1, w.project, s.queue, s.agent, string(a.Scale), a.Score, db.Millis(s.left)})
		}
		if s.taken {
			offer(s, s.agent, db.Millis(s.answered), "accepted")
		}
	}
	medium, origin := "voice", "inbound"
	switch w.channel {
	case report.VoiceMail:
		medium = "voicemail"
	case report.CallBack:
		origin = "callback"
	}
	if w.outbound {
		origin = "manual"
	}
	phase := "done"
	if w.ended.IsZero() {
		phase = "waiting"
	}
	all["interaction"] = append(all["interaction"], []any{c.tenant, w.id, w.project, medium, origin, phase,
		"+7495" + strconv.FormatInt(w.arrived.UnixMilli()%10_000_000, 10), "+6620001", w.entry, "", "", "en", q, agent,
		db.Millis(w.arrived), queued, answered, left, db.Millis(w.ended), 0, 0, 0, "customer", "", "", "", "", 1})
}

// counted is the model of a summary: which key each segment adds to, and what. It also lists, for
// each key and metric, the interactions counted, and how often each was.
type counted struct {
	sums map[string]report.Sums
	ids  map[string]map[string]map[interaction.ID]int
}

// list is what was counted over all keys.
func (c counted) list(metric string) map[interaction.ID]int {
	all := map[interaction.ID]int{}
	for _, metrics := range c.ids {
		for id, times := range metrics[metric] {
			all[id] += times
		}
	}
	return all
}

func (c *center) count(q report.Request) counted {
	out := counted{sums: map[string]report.Sums{}, ids: map[string]map[string]map[interaction.ID]int{}}
	add := func(key string, w work, s report.Sums, metrics ...string) {
		out.sums[key] = out.sums[key].Add(s)
		if out.ids[key] == nil {
			out.ids[key] = map[string]map[interaction.ID]int{}
		}
		for _, m := range metrics {
			if out.ids[key][m] == nil {
				out.ids[key][m] = map[interaction.ID]int{}
			}
			out.ids[key][m][w.id]++
		}
	}
	ofQuestions := q.By == report.ByQuestion || q.Question != ""
	for _, w := range c.work {
		for i, s := range w.segments {
			if s.queued.Before(q.From) || !s.queued.Before(q.To) || q.Queue != "" && s.queue != q.Queue ||
				q.Entry != "" && w.entry != q.Entry || q.Project != "" && w.project != q.Project ||
				q.Channel != "" && w.channel != q.Channel {
				continue
			}
			aboutAgents := q.By == report.ByAgent || q.Agent != ""
			if ofQuestions {
				if (!aboutAgents || s.agent != "") && (q.Agent == "" || s.agent == q.Agent) {
					c.countAnswers(q, s, func(key string, sums report.Sums, metrics []string) { add(key, w, sums, metrics...) })
				}
				continue
			}
			for _, who := range s.missed {
				if q.Agent == "" || who == q.Agent {
					add(c.key(q, s, who), w, report.Sums{Missed: 1}, "missed")
				}
			}
			if aboutAgents && s.agent == "" || q.Agent != "" && s.agent != q.Agent {
				continue
			}
			sums, metrics := servedIn(s)
			switch {
			case w.outbound && i > 0:
				continue // handed on by the agent who had called: counted nowhere
			case w.outbound:
				sums, metrics = calledIn(s)
			case !s.handed || aboutAgents:
				line, more := sumsOf(s)
				sums, metrics = sums.Add(line), append(metrics, more...)
			}
			asked, more := surveyIn(s)
			sums, metrics = sums.Add(asked), append(metrics, more...)
			if !cmp.Equal(sums, report.Sums{}) {
				add(c.key(q, s, s.agent), w, sums, metrics...)
			}
		}
	}
	for _, a := range c.asked {
		if ofQuestions || q.By == report.ByAgent || q.Agent != "" || q.Channel != "" && q.Channel != report.CallBack ||
			a.Asked.Before(q.From) || !a.Asked.Before(q.To) || q.Queue != "" && a.Queue != q.Queue ||
			q.Entry != "" && a.in.entry != q.Entry || q.Project != "" && a.Project != q.Project {
			continue
		}
		sums, metrics := sumsOfAsked(a)
		add(c.key(q, segment{queue: a.Queue, queued: a.Asked}, ""), a.in, sums, metrics...)
	}
	return out
}

func (c *center) key(q report.Request, s segment, agent access.UserID) string {
	local := s.queued.In(q.Zone)
	switch q.By {
	case report.ByAgent:
		return string(agent)
	case report.ByHour:
		return local.Format("2006-01-02 15:00")
	case report.ByDay:
		return local.Format(time.DateOnly)
	}
	return string(s.queue)
}

// servedIn is what a segment adds to the times of handling, whoever brought the customer.
func servedIn(s segment) (report.Sums, []string) {
	if s.outcome != "answered" || s.ended.IsZero() {
		return report.Sums{}, nil
	}
	return report.Sums{Handled: 1, TalkMs: s.talk.Milliseconds(), HoldMs: s.hold.Milliseconds(), WrapUpMs: s.wrapUp.Milliseconds()},
		[]string{"handle_time", "talk", "hold", "wrap_up"}
}

// calledIn is what the segment of an agent adds who has called.
func calledIn(s segment) (report.Sums, []string) {
	sums, metrics := report.Sums{Outbound: 1}, []string{"outbound"}
	if s.outcome == "answered" {
		sums.Reached = 1
		metrics = append(metrics, "outbound_reached")
		if !s.ended.IsZero() {
			sums.OutTalkMs, sums.OutHandled = s.talk.Milliseconds(), 1
			metrics = append(metrics, "outbound_talk")
		}
	}
	return sums, metrics
}

// sumsOf is what a segment adds to the figures of its line or, of an agent, to those of what he took.
func sumsOf(s segment) (report.Sums, []string) {
	sums, metrics := report.Sums{Offered: 1}, []string{"offered"}
	switch s.outcome {
	case "answered":
		metrics = append(metrics, "answered", "speed_of_answer")
		sums.Answered = 1
		if s.promised.IsZero() {
			sums.WaitMs = s.answered.Sub(s.queued).Milliseconds()
		} else {
			sums.Promised = 1
		}
		sums.LongestMs = sums.WaitMs
		if s.inTime {
			sums.InTime = 1
			metrics = append(metrics, "service_level")
		}
	case "abandoned", "short_abandon", "lost":
		sums.LongestMs = s.left.Sub(s.queued).Milliseconds()
		switch s.outcome {
		case "abandoned":
			sums.Abandoned = 1
			metrics = append(metrics, "abandoned")
		case "short_abandon":
			sums.ShortAbandon = 1
			metrics = append(metrics, "short_abandons")
		default:
			sums.Lost = 1
		}
	}
	return sums, metrics
}
