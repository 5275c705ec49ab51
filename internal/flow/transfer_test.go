package flow

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
)

// entries are those of a test, with one that is there.
type entries struct{}

func (entries) Entry(_ context.Context, _ tenant.ID, key string) (interaction.Target, error) {
	if key != "night" {
		return interaction.Target{}, errors.New("gone")
	}
	return interaction.Target{Kind: interaction.ToEntry, Entry: "e1", Flow: "f1"}, nil
}

const toTaxi = `"a":{"kind":"transfer","number":"{{n}}","ring":20,"edges":{"failed":"bad","busy":"good","ended":"good"}}`

func TestTransfer(t *testing.T) {
	t.Parallel()
	const over = "ended hung up by the flow at end"
	const rest = `,"good":{"kind":"tag","tag":"good","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"}` + end
	const entry = `"a":{"kind":"transfer","entry":"{{n}}","edges":{"failed":"bad"}},"bad":{"kind":"tag","tag":"bad","next":"end"}` + end
	for _, tt := range []struct {
		name, nodes, n, way string
		waiting             bool
		told                []string
	}{
		{name: "a number", nodes: toTaxi + rest, n: " +7 999 ", told: []string{"transferred outside +7 999 20s true"}},
		{name: "no number", nodes: toTaxi + rest, n: "mama", told: []string{`a failed "mama" is no telephone number`, "bad tagged bad", over}},
		{name: "from the line", nodes: toTaxi + rest, n: "+7999", waiting: true, told: []string{"a failed the customer is in line: a waiting flow sends nobody on", "bad tagged bad", over}},
		{name: "back, busy", nodes: toTaxi + rest, n: "+7999", way: "busy", told: []string{"a took busy", "good tagged good", over}},
		{name: "back after the talk", nodes: toTaxi + rest, n: "+7999", way: "ended", told: []string{"a took ended", "good tagged good", over}},
		{name: "back, a way it has not", nodes: toTaxi + rest, n: "+7999", way: "no_answer", told: []string{"a took failed", "bad tagged bad", over}},
		{name: "an entry", nodes: entry, n: "night", told: []string{"transferred entry e1 30s false"}},
		{name: "no such entry", nodes: entry, n: "day", told: []string{`a failed entry "day": Something went wrong on our side.`, "bad tagged bad", over}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCenter(t, map[string]string{"p": program(`"n":{"type":"text","default":"`+tt.n+`"}`, "a", tt.nodes)}, func(c *RunnerConfig) { c.Entries = entries{} })
				run := spec(newLine(), "p", "en")
				run.Waiting, run.Way = tt.waiting, tt.way
				if tt.way == "" {
					c.runner.Start(run)
				} else {
					c.runner.Resume(run, Position{Flow: "p", Version: 7, Node: "a", Language: "en"})
				}
				passes(10 * time.Second)
				wantLines(t, "told", c.log(), tt.told...)
			})
		})
	}
}

func TestTransferProblems(t *testing.T) {
	t.Parallel()
	for node, want := range map[string]string{
		`{"kind":"transfer","edges":{"failed":"end"}}`:                                  "a.number: name a number, or an entry",
		`{"kind":"transfer","number":"1","entry":"x","edges":{"failed":"end"}}`:         "a.number: name a number, or an entry",
		`{"kind":"transfer","number":"1"}`:                                              "a.edges.failed: must name a node: not reached: a wrong number, not allowed, no line, no money left for it",
		`{"kind":"transfer","number":"1","edges":{"failed":"a","busy":"end"}}`:          "",
		`{"kind":"transfer","number":"1","ring":400,"edges":{"failed":"a"}}`:            "a.ring: must be a number between 5 and 180",
		`{"kind":"agent","edges":{"busy":"end","away":"end","no_answer":"end"}}`:        "",
		`{"kind":"enqueue","queue":"sales","edges":{"failed":"end","no_answer":"end"}}`: `a.edges.no_answer: enqueue has no such way out; its ways out are "failed"`,
	} {
		_, err := Compile([]byte(program("", "a", `"a":`+node+end)))
		if got := problemOf(err); got != want {
			t.Errorf("%s: got %q, want %q", node, got, want)
		}
	}
	if Aside([]byte(program("", "a", `"a":{"kind":"menu","prompt":"x","edges":{"1":"b","invalid":"end","no_input":"end"}},"b":{"kind":"transfer","number":"1","edges":{"failed":"end"}}`+end))) {
		t.Error("a flow that sends customers on may run beside a talk")
	}
}

func problemOf(err error) string {
	var all Problems
	if errors.As(err, &all) && len(all) > 0 {
		return all[0].String()
	}
	return ""
}

// TestTransferRehearsed: a script says what becomes of calls to numbers outside, and of agents who do not answer.
func TestTransferRehearsed(t *testing.T) {
	t.Parallel()
	p := compiled1(t, program(`"tries":{"type":"number","default":0}`, "a", `"a":{"kind":"agent","login":"ann","seconds":15,"queue":"sales","edges":{"busy":"b","away":"b","no_answer":"b"}},
		"b":{"kind":"set","values":{"tries":"tries + 1"},"next":"c"},
		"c":{"kind":"transfer","number":"{{tries == 1 ? \"+71\" : \"+72\"}}","edges":{"failed":"d","no_answer":"b","busy":"b","ended":"end"}},
		"d":{"kind":"transfer","entry":"night","edges":{"failed":"end"}}`+end))
	scripts := []Script{
		{Name: "she answers", Agents: map[string]AgentState{"ann": AgentFree}, Expect: Expect{End: EndQueue, Queue: "sales"}},
		{Name: "she does not, the second number does", Agents: map[string]AgentState{"ann": agentSilent}, Numbers: map[string]string{"+71": "no_answer"},
			Expect: Expect{End: EndSent, Within: 50, Passes: []string{"a", "b", "c", "b", "c"}, Variables: map[string]string{"tries": "2"}}},
		{Name: "they talk, and he is back", Numbers: map[string]string{"+71": "ended"}, Expect: Expect{End: EndEnded, Passes: []string{"c", "end"}}},
		{Name: "not reached", Numbers: map[string]string{"+71": "failed"}, Expect: Expect{End: EndSent, Passes: []string{"c", "d"}}},
		{Name: "nowhere to go", Numbers: map[string]string{"+71": "failed"}, Missing: []string{"night"}, Expect: Expect{End: EndEnded, Passes: []string{"d", "end"}}},
		{Name: "he hangs up while it rings", Numbers: map[string]string{"+71": "no_answer"}, HangUpAfter: 10, Expect: Expect{End: EndGone}},
	}
	got, coverage := Rehearse(t.Context(), Stage{Tenant: "t1"}, p, scripts)
	for _, r := range got {
		if len(r.Failures) > 0 {
			t.Errorf("%s: %v, %+v", r.Script, r.Failures, r.Steps)
		}
	}
	if len(coverage.Unseen) > 0 {
		t.Errorf("not passed: %v", coverage.Unseen)
	}
}
