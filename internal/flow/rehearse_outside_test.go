package flow

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// due asks a service for a balance, and a database when that fails.
const due = `{"schema":1,"variables":{"balance":{"type":"number","default":-1},"code":{"type":"number","default":0}},"start":"ask","nodes":{
	"ask":{"kind":"http","url":"https://bank.example/balance","timeout":3,"take":{"balance":"response.body.balance","code":"response.status"},"next":"end","edges":{"failed":"look"}},
	"look":{"kind":"sql","source":"bank","query":"SELECT balance FROM accounts","take":{"balance":"row.balance"},"next":"end","edges":{"none":"end","failed":"sales"}},
	"sales":{"kind":"enqueue","queue":"sales"},
	"end":{"kind":"hangup"}}}`

func TestRehearseAnswers(t *testing.T) {
	t.Parallel()
	body := func(v float64) any { return map[string]any{"balance": v} }
	rows := []map[string]any{{"balance": 7.0}}
	tests := []struct {
		name    string
		answers map[string][]Answer
		expect  Expect
		took    float64
	}{
		{"answered", map[string][]Answer{"ask": {{Body: body(12)}}}, Expect{End: EndEnded, Passes: []string{"ask", "end"}, Variables: map[string]string{"balance": "12", "code": "200"}}, 0},
		{"slowly", map[string][]Answer{"ask": {{Status: 201, Body: body(12), After: 2.5}}}, Expect{End: EndEnded, Variables: map[string]string{"code": "201"}}, 2.5},
		{"too slowly, and the database knows", map[string][]Answer{"ask": {{Body: body(12), After: 30}}, "look": {{Rows: rows}}}, Expect{End: EndEnded, Variables: map[string]string{"balance": "7"}}, 3},
		{"an error, and the database knows nobody", map[string][]Answer{"ask": {{Status: 500}}, "look": {{}}}, Expect{End: EndEnded, Passes: []string{"ask", "look", "end"}, Variables: map[string]string{"balance": "-1"}}, 0},
		{"not what was expected", map[string][]Answer{"ask": {{Body: "<html>"}}}, Expect{End: EndQueue, Passes: []string{"look", "sales"}}, 0},
		{"nothing is reached", map[string][]Answer{"ask": {{Fails: true}}, "look": {{Fails: true}}}, Expect{End: EndQueue}, 0},
		{"the database is too slow", map[string][]Answer{"look": {{Rows: rows, After: 5}}}, Expect{End: EndQueue}, 2},
		{"nothing is said", nil, Expect{End: EndQueue}, 0},
	}
	p := compiled1(t, due)
	for _, tt := range tests {
		got, _ := Rehearse(t.Context(), Stage{Tenant: "t1"}, p, []Script{{Name: tt.name, Answers: tt.answers, Expect: tt.expect}})
		if r := got[0]; len(r.Failures) > 0 || r.Took != tt.took {
			t.Errorf("%s: took %g, want %g; %q; %+v", tt.name, r.Took, tt.took, r.Failures, r.Steps)
		}
	}
}

// TestRehearseSlots: a customer chooses when he is called, takes the next time when his is full, or does not care.
func TestRehearseSlots(t *testing.T) {
	t.Parallel()
	p := compiled1(t, `{"schema":1,"start":"ask","nodes":{"ask":{"kind":"offer_callback","queue":"sales","slots":true,"next":"end"},"end":{"kind":"hangup"}}}`)
	keys := func(all ...string) (acts []Act) {
		for _, k := range append([]string{"1", "1"}, all...) { // yes, and that number
			acts = append(acts, Act{Keys: k})
		}
		return acts
	}
	for name, test := range map[string]struct {
		acts []Act
		full []string
		want string // the time he has; "turn": when it is his; empty: no call
	}{
		"today":                      {keys("2", "1", "15", "1"), nil, "2026-11-22T15:00:00Z"},
		"tomorrow, one digit":        {keys("2", "2", "9#", "1"), nil, "2026-11-23T09:00:00Z"},
		"full, so an hour later":     {keys("2", "1", "15", "1"), []string{"15:00", "16:00"}, "2026-11-22T17:00:00Z"},
		"another time after all":     {keys("2", "1", "15", "2", "1", "18", "1"), nil, "2026-11-22T18:00:00Z"},
		"past already":               {keys("2", "1", "07", "1"), nil, "2026-11-22T13:00:00Z"},
		"no hour, then one":          {keys("2", "1", "77", "1", "15", "1"), nil, "2026-11-22T15:00:00Z"},
		"when it is his turn":        {keys("1"), nil, "turn"},
		"silent":                     {keys(), nil, ""},
		"silent at the reading back": {keys("2", "1", "15"), nil, ""},
	} {
		script := Script{Name: name, Number: "+79161234567", CallsBack: true, Full: test.full, Acts: test.acts,
			At: time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC), Expect: Expect{End: EndEnded}}
		got, _ := Rehearse(t.Context(), Stage{Tenant: "t1"}, p, []Script{script})
		has := ""
		for _, s := range got[0].Steps {
			switch {
			case s.What == StepSlot:
				has = s.Text
			case s.What == StepPromised:
				has = "turn"
			}
		}
		if len(got[0].Failures) > 0 || has != test.want {
			t.Errorf("%s: has %q, want %q; %q", name, has, test.want, got[0].Failures)
		}
	}
}

func TestScriptAnswers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"ask":[{"body":{"a":1},"after":2}]}`: "",
		`{"ask":[{},{"status":7}]}`:            "answers.ask.1.status: must be 100 to 599",
		`{"ask":[{"after":-1}]}`:               "answers.ask.0.after: must be",
		`{"ask":[{"delay":1}]}`:                "is not a test",
	} {
		program := `{"schema":1,"start":"a","nodes":{"a":{"kind":"hangup"}},"tests":[{"name":"x","answers":` + text + `}]}`
		_, err := Scripts(json.RawMessage(program))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// shops are queues of which two close for the night.
type shops struct{}

func (shops) QueueByKey(_ context.Context, _ tenant.ID, key string) (queue.Queue, bool, error) {
	all := map[string]queue.Queue{
		"sales":  {Key: "sales", HoursID: "office", Closing: queue.Closing{After: queue.Act{Do: queue.OtherQueue, Queue: "night"}}},
		"office": {Key: "office", HoursID: "office", Closing: queue.Closing{After: queue.Act{Do: queue.CallBack}}},
		"night":  {Key: "night"},
	}
	q, ok := all[key]
	return q, ok, nil
}

func (shops) HoursByID(_ context.Context, _ tenant.ID, id string) (hours.Hours, bool, error) {
	week := hours.Week{}
	for _, day := range hours.Days() {
		week[day] = []hours.Interval{"09:00-18:00"}
	}
	return hours.Hours{Key: "office", TimeZone: "UTC", Week: week}, id == "office", nil
}

func TestRehearseClosedQueues(t *testing.T) {
	t.Parallel()
	day, night := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
	tests := []struct {
		name, queue string
		script      Script
		expect      Expect
	}{
		{"by day", "sales", Script{At: day}, Expect{Queue: "sales"}},
		{"at night another takes him", "sales", Script{At: night}, Expect{Queue: "night"}},
		{"at night he is promised a call", "office", Script{At: night}, Expect{Queue: "office", Closed: "callback"}},
		{"closed by day", "office", Script{At: day, Closed: []string{"office"}}, Expect{Queue: "office", Closed: "callback"}},
		{"open at night", "office", Script{At: night, Open: []string{"office"}}, Expect{Queue: "office"}},
		{"the night's queue is gone", "sales", Script{At: night, Missing: []string{"night"}}, Expect{Queue: "sales"}},
		{"one that is not set up serves", "other", Script{At: night}, Expect{Queue: "other"}},
	}
	for _, tt := range tests {
		p := compiled1(t, `{"schema":1,"start":"a","nodes":{"a":{"kind":"enqueue","queue":"`+tt.queue+`"}}}`)
		tt.script.Name, tt.script.Expect = tt.name, tt.expect
		got, _ := Rehearse(t.Context(), Stage{Tenant: "t1", Queues: shops{}}, p, []Script{tt.script})
		if r := got[0]; len(r.Failures) > 0 || r.Closed != tt.expect.Closed || r.End != EndQueue {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}
