package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

	"linekeeper/internal/callback"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/report"
)

// TestSummaryIsWhatHappened compares reports over random segments with the naive model, and each
// figure with the search its drill-down filter leads to.
func TestSummaryIsWhatHappened(t *testing.T) {
	t.Parallel()
	zones := zones(t, "UTC", "Asia/Bangkok", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const seed = 7
		r := rand.New(rand.NewPCG(seed, seed))
		start := time.Date(2026, 10, 31, 3, 0, 0, 0, time.UTC) // New York sets its clocks back in between
		c := newCenter(t, d)
		c.happens(t, d, r, start, 250)
		reader := report.New(d)
		for n := range 30 {
			q := report.Request{Tenant: c.tenant, By: pick(r, []report.By{report.ByQueue, report.ByAgent, report.ByHour, report.ByDay, report.ByQuestion}),
				Zone: pick(r, zones)}
			q.From = start.Add(time.Duration(r.IntN(40*60)) * time.Minute)
			q.To = q.From.Add(time.Duration(1+r.IntN(40*60)) * time.Minute)
			if r.IntN(3) == 0 {
				q.Queue = pick(r, c.queues)
			}
			if r.IntN(3) == 0 {
				q.Agent = pick(r, c.agents)
			}
			if r.IntN(4) == 0 {
				q.Entry = pick(r, c.entries)
			}
			if r.IntN(4) == 0 {
				q.Project = pick(r, c.projects)
			}
			if r.IntN(4) == 0 {
				q.Channel = pick(r, []report.Channel{report.Voice, report.CallBack, report.VoiceMail})
			}
			if r.IntN(5) == 0 {
				q.Question = pick(r, []string{"q0", "q1", "none"})
			}
			t.Run(fmt.Sprintf("%d by %s", n, q.By), func(t *testing.T) { compare(t, reader, c, q, r) })
		}
	})
}

func compare(t *testing.T, reader *report.Reader, c *center, q report.Request, r *rand.Rand) {
	got, err := reader.Summary(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := c.count(q)
	sums, total := map[string]report.Sums{}, report.Sums{}
	for _, row := range got.Rows {
		key := row.Key
		if q.By == report.ByHour {
			key = row.Name[:13] + ":00"
		} else if q.By == report.ByDay {
			key = row.Name
		}
		if !cmp.Equal(row.Sums, report.Sums{}) {
			sums[key] = sums[key].Add(row.Sums) // an hour that comes twice has two rows of one name
		}
		total = total.Add(row.Sums)
	}
	anyOrder := cmpopts.SortSlices(func(a, b int64) bool { return a < b })
	maps.DeleteFunc(want.sums, func(_ string, s report.Sums) bool { return cmp.Equal(s, report.Sums{}) })
	if diff := cmp.Diff(want.sums, sums, anyOrder); diff != "" {
		t.Errorf("%+v: -want +got\n%s", q, diff)
	}
	if !cmp.Equal(got.Total.Sums, total, anyOrder) {
		t.Errorf("total: got %+v, want the rows' sum %+v", got.Total.Sums, total)
	}
	lists(t, reader, q, got.Total, want.list)
	busy := slices.DeleteFunc(slices.Clone(got.Rows), func(row report.Row) bool { return cmp.Equal(row.Sums, report.Sums{}) })
	r.Shuffle(len(busy), func(i, j int) { busy[i], busy[j] = busy[j], busy[i] })
	for _, row := range busy[:min(4, len(busy))] {
		if q.By == report.ByHour || q.By == report.ByDay {
			part := q
			part.From, part.To = row.Filter.From, row.Filter.To
			lists(t, reader, q, row, c.count(part).list)
			continue
		}
		lists(t, reader, q, row, func(metric string) map[interaction.ID]int { return want.ids[row.Key][metric] })
	}
}

// lists compares each figure of a row with the list its filter leads to: those that were counted, each once,
// and the figure is how often they were.
func lists(t *testing.T, reader *report.Reader, q report.Request, row report.Row, counted func(metric string) map[interaction.ID]int) {
	t.Helper()
	all := report.Viewer{Tenant: q.Tenant, SeesAll: true}
	for i, cell := range row.Cells {
		if cell.Value == nil || cell.Metric == "longest_wait" { // which is one of the offered
			continue
		}
		want, times := map[interaction.ID]bool{}, 0
		for one, n := range counted(cell.Metric) {
			want[one] = true
			times += n
		}
		if report.Metrics()[i].Unit == report.Count && int(*cell.Value) != times {
			t.Errorf("%+v: %s of %q is %v, counted were %d", q, cell.Metric, row.Name, *cell.Value, times)
		}
		found, err := reader.Search(t.Context(), all, cell.Filter, report.Page{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		ids := map[interaction.ID]bool{}
		for _, one := range found.Items {
			ids[one.ID] = true
		}
		if diff := cmp.Diff(want, ids); diff != "" || found.Total != len(want) || len(found.Items) != len(want) {
			t.Errorf("%s of %q: filter %v finds %d (total %d): -counted +found\n%s", cell.Metric, row.Name, cell.Filter.Params(), len(ids), found.Total, diff)
		}
	}
}

// TestDrillDownOfIntervals sums the interactions of all hours: none is lost between two rows.
// A customer who is handed on counts once for the queue, with the wait in its line; for the agents, each counts his own.
func TestWaitOfWhoIsHandedOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
		in := func(seconds int) time.Time { return at.Add(time.Duration(seconds) * time.Second) }
		w := work{id: interaction.ID(id.New()), entry: c.entries[0], project: c.projects[0], arrived: at, ended: in(200), segments: []segment{
			{queue: c.queues[0], agent: c.agents[0], queued: in(0), answered: in(10), left: in(50), ended: in(60), outcome: "answered"},
			{queue: c.queues[0], agent: c.agents[1], queued: in(60), answered: in(100), left: in(150), ended: in(200), outcome: "answered", handed: true},
		}}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { all := rows{}; all.put(c, w); return all.insert(tx) }); err != nil {
			t.Fatal(err)
		}
		for by, want := range map[report.By]report.Sums{
			report.ByQueue: {Offered: 1, Answered: 1, WaitMs: 10_000, LongestMs: 10_000, Handled: 2},
			report.ByAgent: {Offered: 2, Answered: 2, WaitMs: 50_000, LongestMs: 40_000, Handled: 2},
		} {
			got, err := report.New(d).Summary(t.Context(), report.Request{Tenant: c.tenant, By: by, Zone: time.UTC, From: at, To: at.Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			var sums report.Sums
			for _, r := range got.Rows {
				sums = sums.Add(r.Sums)
			}
			if !cmp.Equal(sums, want) {
				t.Errorf("%v: got %+v, want %+v", by, sums, want)
			}
		}
	})
}

// TestMedianOfCallbacks: the median of days is the one of all delays, not of the days' medians.
func TestMedianOfCallbacks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCenter(t, d)
		at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			all := rows{}
			for i, minutes := range []int{1, 2, 3, 50, 60} { // three on one day, two on the next
				asked := at.AddDate(0, 0, i/3).Add(time.Duration(i) * time.Second)
				w := work{id: interaction.ID(id.New()), entry: c.entries[0], project: c.projects[0], arrived: asked, channel: report.CallBack,
					segments: []segment{{queue: c.queues[0], agent: c.agents[0], queued: asked.Add(time.Minute), answered: asked.Add(time.Duration(minutes) * time.Minute),
						promised: asked, handed: true, outcome: "answered"}}}
				all.put(c, w)
				r := callback.Callback{ID: callback.ID(w.id), Tenant: c.tenant, First: w.id, Last: w.id, Queue: c.queues[0],
					Number: string(w.id), Asked: asked, Ended: asked, State: callback.Reached}
				if err := callback.Insert(tx, r); err != nil {
					return err
				}
			}
			return all.insert(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		q := report.Request{Tenant: c.tenant, By: report.ByDay, Zone: time.UTC, From: at, To: at.AddDate(0, 0, 2)}
		s, err := report.New(d).Summary(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		column := slices.IndexFunc(s.Metrics, func(m report.Metric) bool { return m.Key == "callback_delay" })
		var got []float64
		for _, row := range append(s.Rows[:2:2], s.Total) {
			got = append(got, *row.Cells[column].Value/60_000)
		}
		if diff := cmp.Diff([]float64{2, 50, 3}, got); diff != "" {
			t.Errorf("minutes of two days and of both: -want +got\n%s", diff)
		}
		found, err := report.New(d).Search(t.Context(), report.Viewer{Tenant: c.tenant, SeesAll: true}, s.Total.Cells[column].Filter, report.Page{})
		if err != nil || found.Total != 5 || found.Items[4].Wait() != time.Minute || found.Items[0].Wait() != time.Hour {
			t.Errorf("found %d, error %v, or not with the customers' waits: %+v", found.Total, err, found.Items)
		}
		days, err := report.New(d).CallbackDays(t.Context(), c.tenant, "", at.AddDate(0, 0, 1))
		if want := (report.CallbackDay{Asked: 2, Reached: 2, DelayMs: 50 * 60_000}); err != nil || days[c.queues[0]] != want {
			t.Errorf("the second day is %+v, error %v, want %+v", days[c.queues[0]], err, want)
		}
	})
}

func TestDrillDownOfIntervals(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	r := rand.New(rand.NewPCG(3, 3))
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	c := newCenter(t, d)
	c.happens(t, d, r, start, 100)
	reader := report.New(d)
	q := report.Request{Tenant: c.tenant, By: report.ByHour, Zone: time.UTC, From: start.Add(17 * time.Minute), To: start.Add(50 * time.Hour)}
	got, err := reader.Summary(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[interaction.ID]bool{}
	for _, row := range got.Rows {
		found, err := reader.Search(t.Context(), report.Viewer{Tenant: c.tenant, SeesAll: true}, row.Cells[0].Filter, report.Page{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range found.Items {
			ids[one.ID] = true
		}
	}
	q.By = report.ByQueue
	want := map[interaction.ID]bool{}
	for _, metrics := range c.count(q).ids {
		for one := range metrics["offered"] {
			want[one] = true
		}
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestDaysAreLocal pins the nasty dates: an hour that comes twice, a midnight that is skipped, zones
// off by 45 minutes.
func TestDaysAreLocal(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	c := newCenter(t, d)
	reader := report.New(d)
	for _, test := range []struct {
		zone     string
		by       report.By
		from, to string // UTC
		want     []string
	}{
		{"America/New_York", report.ByHour, "2026-11-01T04:00:00Z", "2026-11-01T08:00:00Z",
			[]string{"2026-11-01 00:00", "2026-11-01 01:00", "2026-11-01 01:00", "2026-11-01 02:00"}},
		{"America/New_York", report.ByDay, "2026-10-31T04:00:00Z", "2026-11-03T05:00:00Z", []string{"2026-10-31", "2026-11-01", "2026-11-02"}},
		{"America/Santiago", report.ByDay, "2026-09-05T04:00:00Z", "2026-09-07T03:00:00Z", []string{"2026-09-05", "2026-09-06"}},
		{"Asia/Kathmandu", report.ByHour, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", []string{"2026-01-01 05:00", "2026-01-01 06:00"}},
		{"Asia/Bangkok", report.ByDay, "2026-01-01T16:59:59Z", "2026-01-01T17:00:01Z", []string{"2026-01-01", "2026-01-02"}},
	} {
		from, _ := time.Parse(time.RFC3339, test.from)
		to, _ := time.Parse(time.RFC3339, test.to)
		s, err := reader.Summary(t.Context(), report.Request{Tenant: c.tenant, By: test.by, From: from, To: to, Zone: zones(t, test.zone)[0]})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, row := range s.Rows {
			got = append(got, row.Name)
			if i > 0 && !s.Rows[i-1].To.Equal(row.From) {
				t.Errorf("%s: row %d begins at %s, the one before ends at %s", test.zone, i, row.From, s.Rows[i-1].To)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s by %s: -want +got\n%s", test.zone, test.by, diff)
		}
	}
}

// TestFoolishRanges are refused with the field.
func TestFoolishRanges(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, q := range []report.Request{
		{By: report.ByQueue, From: now, To: now},
		{By: report.ByHour, From: now, To: now.AddDate(1, 0, 0)},
		{By: report.ByDay, From: now, To: now.AddDate(4, 0, 0)},
	} {
		_, err := report.New(d).Summary(t.Context(), q)
		if f := fault.FieldsOf(err); len(f) != 1 || f[0].Path != "to" {
			t.Errorf("%+v: got %v, want a fault of to", q, err)
		}
	}
}

// TestFiles reads back what was written.
func TestFiles(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	c := newCenter(t, d)
	c.happens(t, d, rand.New(rand.NewPCG(1, 1)), start, 50)
	for _, language := range []string{"en", "ru", "th", "xx"} {
		s, err := report.New(d).Summary(t.Context(), report.Request{Tenant: c.tenant, By: report.ByAgent, From: start, To: start.AddDate(0, 0, 4)})
		if err != nil {
			t.Fatal(err)
		}
		var text, book bytes.Buffer
		if err := report.WriteCSV(&text, s, language); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text.String(), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != len(s.Rows)+2 || len(lines[0]) != len(s.Metrics)+1 {
			t.Errorf("%s: got %d lines of %d, want %d of %d", language, len(lines), len(lines[0]), len(s.Rows)+2, len(s.Metrics)+1)
		}
		if got := lines[1][0]; got != "'=Agent 0" {
			t.Errorf("a name like a formula: got %q, want it protected", got)
		}
		if err := report.WriteXLSX(&book, s, language); err != nil {
			t.Fatal(err)
		}
		x, err := excelize.OpenReader(&book)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := x.GetRows(x.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(lines) || rows[1][0] != "'=Agent 0" || rows[len(rows)-1][0] != lines[len(lines)-1][0] {
			t.Errorf("%s: the workbook %q is not the text %q", language, rows, lines)
		}
	}
}

// TestEveryMetricIsExplained in every language, and its key is unique.
func TestEveryMetricIsExplained(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range report.Metrics() {
		if seen[m.Key] {
			t.Errorf("%s is there twice", m.Key)
		}
		seen[m.Key] = true
		for _, l := range []string{"en", "ru", "th"} {
			if m.Names[l] == "" || m.Formula[l] == "" {
				t.Errorf("%s has no name or formula in %s", m.Key, l)
			}
		}
		if len(m.By) == 0 || m.Unit == "" || m.Better == "" {
			t.Errorf("%s: %+v is not complete", m.Key, m)
		}
	}
}

func zones(t *testing.T, names ...string) []*time.Location {
	t.Helper()
	var all []*time.Location
	for _, name := range names {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, z)
	}
	return all
}
