package flow

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"

	"linekeeper/internal/audit"
)

// outer is what counts, who is there and what can be looked up, all made up.
type outer struct {
	counts map[string]int64
	agents map[string]AgentState
	last   string
	rows   []map[string]any
	bound  map[string]string
	slow   time.Duration
	err    error
}

func (o *outer) Tally(_ context.Context, _ tenant.ID, _ project.ID, name string, _ time.Time, add int64) (int64, error) {
	o.counts[name] += add
	return o.counts[name], o.err
}

func (o *outer) Agent(_ context.Context, _ tenant.ID, login string) (access.UserID, AgentState, error) {
	if state, ok := o.agents[login]; ok {
		return access.UserID("id-" + login), state, nil
	}
	return "", AgentUnknown, nil
}

func (o *outer) FirstAgent(context.Context, tenant.ID, queue.ID, customer.ID) (access.UserID, time.Duration, error) {
	return "", 0, nil
}

func (o *outer) Skill(_ context.Context, _ tenant.ID, key string) (skill.ID, bool) {
	return skill.ID(key), key != "unknown"
}

func (o *outer) LastAgent(context.Context, tenant.ID, customer.ID, time.Time) (string, error) {
	return o.last, o.err
}

func (o *outer) Look(ctx context.Context, _, _ string, values map[string]string, _ int) ([]map[string]any, error) {
	o.bound = values
	return o.rows, errors.Join(pause(ctx, o.slow), o.err)
}

const seekVariables = `"n":{"type":"number","default":0},"pin":{"type":"text","secret":true,"default":"47"}`

func TestCounterAgentSQL(t *testing.T) {
	t.Parallel()
	const over = "ended hung up by the flow at end"
	const good = `,"good":{"kind":"tag","tag":"{{n}} {{counted(\"vip\")}}","next":"end"}`
	const bad = `,"bad":{"kind":"tag","tag":"bad","next":"end"}` + end
	const other = `,"other":{"kind":"tag","tag":"other","next":"end"}` + bad
	const count = `"a":{"kind":"counter","counter":"vip","variable":"n","next":"b","edges":{"failed":"bad"}},"b":{"kind":"counter","counter":"vip","add":2,"next":"good"}` + good + bad
	const agent = `"a":{"kind":"agent","queue":"sales","seconds":30,"edges":{"busy":"bad","away":"other"}}`
	const named = `"a":{"kind":"agent","login":"ann","queue":"sales","priority":3,"edges":{"busy":"bad","away":"other","unknown":"good"}}`
	const seek = `"a":{"kind":"sql","source":"bank","query":"SELECT due FROM t WHERE pin = :pin","bind":{"pin":"{{pin}}"},"take":{"n":"row.due + len(rows)"},"next":"good","edges":{"none":"other","failed":"bad"}}`
	rows := []map[string]any{{"due": 12.5}, {"due": 1.0}}
	tests := []struct {
		name, nodes string
		o           outer
		told        []string
	}{
		{"counts", count, outer{counts: map[string]int64{"day/vip": 4}}, []string{"a counted vip = 5", "b counted vip = 7", "good tagged 5 7", over}},
		{"cannot count", count, outer{err: errors.New("gone")}, []string{"a failed counter vip: Something went wrong on our side.", "bad tagged bad", over}},
		{"the last agent", agent + other, outer{last: "ann", agents: map[string]AgentState{"ann": AgentFree}}, []string{"a agent_wanted ann", "queued sales 0 only id-ann 30s"}},
		{"nobody was last", agent + other, outer{}, []string{"a agent_wanted unknown", "other tagged other", over}},
		{"he is busy", agent + other, outer{last: "ann", agents: map[string]AgentState{"ann": AgentBusy}}, []string{"a agent_wanted ann busy", "bad tagged bad", over}},
		{"he is away", agent + other, outer{last: "ann", agents: map[string]AgentState{"ann": AgentAway}}, []string{"a agent_wanted ann away", "other tagged other", over}},
		{"by name", named + good + other, outer{agents: map[string]AgentState{"ann": AgentFree}}, []string{"a agent_wanted ann", "queued sales 3 only id-ann 20s"}},
		{"a name nobody has", named + good + other, outer{counts: map[string]int64{}}, []string{"a agent_wanted ann unknown", "good tagged 0 0", over}},
		{"rows", seek + good + other, outer{rows: rows, slow: 300 * time.Millisecond, counts: map[string]int64{}}, []string{"a sought bank, 2 found in 300ms", "a set n = 14.5", "good tagged 14.5 0", over}},
		{"no row", seek + good + other, outer{}, []string{"a sought bank, 0 found in 0s", "other tagged other", over}},
		{"too slow", seek + good + other, outer{rows: rows, slow: 3 * time.Second}, []string{"a failed source bank: context deadline exceeded", "bad tagged bad", over}},
		{"another column", seek + good + other, outer{rows: []map[string]any{{"sum": 1.0}}}, []string{"a sought bank, 1 found in 0s", "a failed row.due + len(rows): ", "bad tagged bad", over}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := &tt.o
				if o.counts == nil {
					o.counts = map[string]int64{}
				}
				c := newCenter(t, map[string]string{"p": program(seekVariables, "a", tt.nodes)}, func(c *RunnerConfig) { c.Tallies, c.Agents, c.Sources = o, o, o })
				run := spec(newLine(), "p", "en")
				run.State.Arrival.Customer = "c1"
				c.runner.Start(run)
				passes(time.Minute)
				got := c.log()
				for i, want := range tt.told { // of what an expression says only the beginning is ours
					if i < len(got) && strings.HasSuffix(want, ": ") && strings.HasPrefix(got[i], want) {
						got[i] = want
					}
				}
				wantLines(t, "told", got, tt.told...)
				if o.bound != nil && o.bound["pin"] != "47" {
					t.Errorf("bound %v", o.bound)
				}
			})
		})
	}
}

func TestSeekProblems(t *testing.T) {
	t.Parallel()
	const ways = `"next":"end","edges":{"none":"end","failed":"end"}}`
	for node, want := range map[string]string{
		`{"kind":"counter","counter":"{{call.line}}","next":"end"}`:                                                   "a.counter: must be a name without expressions",
		`{"kind":"counter","counter":"vip","per":"week","next":"end"}`:                                                "a.per: must be one of hour, day, month, ever",
		`{"kind":"counter","counter":"vip","variable":"pin","next":"end"}`:                                            `a.variable: "pin" holds text, but number is put into it`,
		`{"kind":"agent","login":"{{pin}}","edges":{"busy":"end","away":"end"}}`:                                      "a.login: {{pin}} is secret",
		`{"kind":"agent","edges":{"busy":"end"}}`:                                                                     "a.edges.away: must name a node",
		`{"kind":"sql","source":"b","query":"SELECT 1",` + ways:                                                       "",
		`{"kind":"sql","source":"{{call.line}}","query":"SELECT 1",` + ways:                                           "a.source: must be the name of a source",
		`{"kind":"sql","source":"b","query":"SELECT {{call.line}}",` + ways:                                           "a.query: must not hold expressions",
		`{"kind":"sql","source":"b","query":"DELETE FROM t",` + ways:                                                  "a.query: cannot be asked: the query must begin with SELECT or WITH",
		`{"kind":"sql","source":"b","query":"SELECT :x","bind":{"y":"1"},` + ways:                                     "a.query: cannot be asked: the query has :x, which is not among its values",
		`{"kind":"branch","cases":[{"way":"x","when":"counted(\"vip\") > 3"}],"edges":{"x":"end","otherwise":"end"}}`: "",
	} {
		_, err := Compile([]byte(program(seekVariables, "a", `"a":`+node+end)))
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: got %v, want %s", node, err, want)
		}
	}
}

// TestSeekRehearsed: a script says what counters have, how agents stand and what look-ups find.
func TestSeekRehearsed(t *testing.T) {
	t.Parallel()
	p := compiled1(t, program(seekVariables, "a", `"a":{"kind":"counter","counter":"vip","variable":"n","next":"b"},
		"b":{"kind":"sql","source":"bank","query":"SELECT 1","take":{"n":"n + row.x"},"next":"c","edges":{"none":"c","failed":"end"}},
		"c":{"kind":"agent","edges":{"busy":"end","away":"end"}}`+end))
	scripts := []Script{
		{Name: "all well", Counters: map[string]int64{"vip": 4}, Rows: map[string][][]map[string]any{"bank": {{{"x": 2.0}}}}, LastAgent: "ann", Customer: &Customer{Known: true},
			Agents: map[string]AgentState{"ann": AgentFree}, Expect: Expect{End: EndQueue, Queue: ownQueue, Variables: map[string]string{"n": "7"}}},
		{Name: "no row", Rows: map[string][][]map[string]any{"bank": {{}}}, Expect: Expect{End: EndEnded, Passes: []string{"b", "c", "end"}}},
		{Name: "the source fails", Expect: Expect{End: EndEnded, Passes: []string{"b", "end"}}},
	}
	got, _ := Rehearse(t.Context(), Stage{Tenant: "t1"}, p, scripts)
	for _, r := range got {
		if len(r.Failures) > 0 {
			t.Errorf("%s: %v, %+v", r.Script, r.Failures, r.Steps)
		}
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	kathmandu := time.FixedZone("+5:45", 5*3600+45*60)
	now := time.Date(2026, 11, 22, 20, 10, 30, 5, time.UTC) // the 23rd, 1:55, there
	for per, want := range map[string]string{
		PerHour: "2026-11-23T01:00:00+05:45", PerDay: "2026-11-23T00:00:00+05:45", PerMonth: "2026-11-01T00:00:00+05:45", PerEver: "0001-01-01T00:00:00Z", "week": "",
	} {
		got, err := periodOf(per, now, kathmandu)
		if want == "" && err == nil || want != "" && (err != nil || got.Format(time.RFC3339) != want) {
			t.Errorf("%s: got %v, %v; want %s", per, got, err, want)
		}
	}
}

func TestTallyStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var home tenant.Tenant
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		s := NewStore(d)
		day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		for _, step := range []struct {
			name  string
			began time.Time
			add   int64
			want  int64
		}{
			{"day/a", day, 0, 0}, {"day/a", day, 1, 1}, {"day/a", day, 5, 6}, {"day/a", day, 0, 6}, {"day/b", day, 2, 2}, {"ever/a", time.Time{}, 3, 3},
			{"day/a", day.AddDate(0, 0, 1), 1, 1}, {"day/a", day, 0, 6}, {"day/a", day.AddDate(0, 0, 60), 1, 1}, {"day/a", day, 0, 0}, {"ever/a", time.Time{}, -1, 2},
		} {
			if got, err := s.Tally(t.Context(), home.ID, "", step.name, step.began, step.add); err != nil || got != step.want {
				t.Errorf("%+v: got %d, %v", step, got, err)
			}
		}
	})
}
