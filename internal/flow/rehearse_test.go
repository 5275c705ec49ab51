package flow

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// bank is a program with a choice, a variable, a chance, a calendar and another way for everything.
const bank = `{"schema":1,"channels":["voice","chat"],"variables":{"tries":{"type":"number","default":0},"vip":{"type":"boolean","input":true,"default":false}},
	"start":"open","nodes":{
	"open":{"kind":"hours","hours":"office","edges":{"open":"hello","closed":"closed"}},
	"hello":{"kind":"say","text":{"en":"Hello {{customer.name}}","ru":"Здравствуйте"},"next":"vip"},
	"vip":{"kind":"branch","cases":[{"way":"yes","when":"vip || queue(\"sales\").waiting > 5"}],"edges":{"yes":"line","otherwise":"menu"}},
	"menu":{"kind":"menu","prompt":"menu","tries":2,"timeout":4,"edges":{"1":"line","2":"again","invalid":"bye","no_input":"bye"}},
	"again":{"kind":"set","values":{"tries":"tries + 1"},"next":"menu"},
	"line":{"kind":"enqueue","queue":"sales","edges":{"failed":"bye"}},
	"closed":{"kind":"say","prompt":"closed","next":"bye"},
	"bye":{"kind":"hangup"}}}`

func compiled1(t testing.TB, text string) *Program {
	t.Helper()
	p, err := Compile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p.Flow = "bank"
	return p
}

func TestRehearse(t *testing.T) {
	t.Parallel()
	sunday := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		script Script
		end    End
		took   float64
		fails  []string
	}{
		{name: "presses 1 a second after the menu", script: Script{Acts: []Act{{Keys: "1"}},
			Expect: Expect{End: EndQueue, Queue: "sales", Hears: []string{"Hello", "menu"}, Passes: []string{"open", "menu", "line"}, Within: 60}}, end: EndQueue},
		{name: "twice round", script: Script{Acts: []Act{{Keys: "2", After: 1}, {Keys: "2"}, {Keys: "1"}},
			Expect: Expect{Variables: map[string]string{"tries": "2"}}}, end: EndQueue},
		{name: "types ahead", script: Script{Acts: []Act{{Keys: "21"}}, Expect: Expect{Variables: map[string]string{"tries": "1"}}}, end: EndQueue},
		{name: "silence", script: Script{}, end: EndEnded},
		{name: "a wrong key, then the right one", script: Script{Acts: []Act{{Keys: "9"}, {Keys: "1", Node: "menu"}}}, end: EndQueue},
		{name: "hangs up in the menu", script: Script{Acts: []Act{{HangUp: true, After: 2}}}, end: EndGone},
		{name: "hangs up during the greeting", script: Script{HangUpAfter: 0.5, Expect: Expect{End: EndGone}}, end: EndGone, took: 0.5},
		{name: "closed", script: Script{Closed: []string{"office"}, Expect: Expect{Hears: []string{"closed"}}}, end: EndEnded},
		{name: "a guest of honour", script: Script{Inputs: map[string]any{"vip": true}}, end: EndQueue},
		{name: "a long line", script: Script{Queues: map[string]QueueState{"sales": {Waiting: 9}}}, end: EndQueue},
		{name: "no such queue", script: Script{Missing: []string{"sales"}, Inputs: map[string]any{"vip": true},
			Expect: Expect{End: EndEnded}}, end: EndEnded},
		{name: "in writing", script: Script{Channel: "chat", Language: "ru", Acts: []Act{{Text: "1"}}, Expect: Expect{Hears: []string{"Здравствуйте"}}}, end: EndQueue},
		{name: "somebody we know", script: Script{Customer: &Customer{Known: true, Name: "Anna"}, HangUpAfter: 3, Expect: Expect{Hears: []string{"Hello Anna"}}}, end: EndGone},
		{name: "everything otherwise", script: Script{Acts: []Act{{Keys: "1", Node: "elsewhere"}, {Keys: "5"}},
			Expect: Expect{End: EndEnded, Queue: "support", Within: 1, Hears: []string{"menu", "Hello"}, Passes: []string{"closed"}, Variables: map[string]string{"tries": "7"}}},
			end: EndQueue, fails: []string{
				`the customer is asked at "menu", not at "elsewhere"`, "the end is queue, not ended", `the queue is "sales", not "support"`, "it took ",
				`the customer does not hear "Hello" there`, `the way does not pass "closed" there`, `the variable tries is "0", not "7"`,
				"the customer was not asked for his last 1 acts",
			}},
	}
	p := compiled1(t, bank)
	seen := 0
	for _, tt := range tests {
		tt.script.Name, tt.script.At = tt.name, sunday
		got, coverage := Rehearse(t.Context(), Stage{Tenant: "t1"}, p, []Script{tt.script})
		seen = coverage.Nodes - len(coverage.Unseen)
		if r := got[0]; r.End != tt.end || tt.took > 0 && r.Took != tt.took || len(r.Failures) != len(tt.fails) {
			t.Errorf("%s: %+v", tt.name, r)
		} else {
			for i, f := range tt.fails {
				if !strings.HasPrefix(r.Failures[i].Text, f) {
					t.Errorf("%s: got %q, want %q", tt.name, r.Failures[i], f)
				}
			}
		}
		if seen == 0 {
			t.Errorf("%s: nothing was passed", tt.name)
		}
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	_, c := Rehearse(t.Context(), Stage{Tenant: "t1"}, compiled1(t, bank), []Script{{Name: "one", Acts: []Act{{Keys: "1"}}}, {Name: "two", Acts: []Act{{Keys: "2"}, {Keys: "1"}}}})
	want := Coverage{Nodes: 8, Ways: 12, Unseen: []string{"bye", "closed"},
		UnseenWays: []string{"closed.next", "line.failed", "menu.invalid", "menu.no_input", "open.closed", "vip.yes"}}
	if d := cmp.Diff(want, c); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	with := func(tests string) json.RawMessage {
		return json.RawMessage(`{"schema":1,"start":"a","nodes":{"a":{"kind":"hangup"}},"tests":` + tests + `}`)
	}
	tests := []struct{ tests, want string }{
		{`[{"name":"one","acts":[{"keys":"12#"}],"expect":{"end":"ended"}}]`, ""},
		{`{}`, "tests: must be a list of tests"},
		{`[{"name":""}]`, "tests.0: name: must be"},
		{`[{"name":"a","keys":"1"}]`, "tests.0: is not a test"},
		{`[{"name":"a","acts":[{"keys":"x"}]}]`, "tests.0: acts.0.keys: must be keys"},
		{`[{"name":"a","expect":{"end":"late"}}]`, "tests.0: expect.end: must be"},
	}
	for _, tt := range tests {
		_, err := Compile(with(tt.tests))
		if got := ""; err != nil {
			if got = err.Error(); tt.want == "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s: got %q, want %q", tt.tests, got, tt.want)
			}
		} else if tt.want != "" {
			t.Errorf("%s: got no error, want %q", tt.tests, tt.want)
		}
	}
}

// TestRandomRehearsals: whatever compiles comes to an end in no time with whatever customer.
func TestRandomRehearsals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p, err := Compile(drawProgram(rt))
		if err != nil {
			return
		}
		s := Script{Name: "x", Acts: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Act {
			return Act{Keys: rapid.StringMatching("[0-9*#]{0,4}").Draw(t, "keys"), HangUp: rapid.IntRange(0, 9).Draw(t, "hangs") == 0}
		}), 0, 10).Draw(rt, "acts")}
		began := time.Now()
		got, _ := Rehearse(t.Context(), Stage{Tenant: "t1"}, p, []Script{s})
		if took := time.Since(began); took > longest+5*time.Second {
			rt.Errorf("took %s", took)
		}
		if got[0].End == EndStuck && got[0].Took < 1 {
			rt.Errorf("stuck at once: %+v", got[0])
		}
	})
}

// FuzzScripts: whatever stands where a program's tests should, what is taken of it can be written and read again, and is
// within its bounds.
func FuzzScripts(f *testing.F) {
	for _, one := range Templates() {
		f.Add([]byte(one.Program))
	}
	f.Add([]byte(`{"tests":[{"name":"a","acts":[{"keys":"1#","after":0.5},{"say":"yes"},{"hangUp":true}],"expect":{"end":"queue"}}]}`))
	f.Add([]byte(`{"tests":[{"name":"a","answers":{"n":[{"status":200,"after":3,"body":{"a":1}}]},"customer":{"fields":{"a":"b"}}}]}`))
	f.Add([]byte(`{"tests":null}`))
	f.Fuzz(func(t *testing.T, program []byte) {
		all, err := Scripts(program)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		if len(all) > maxScripts {
			t.Errorf("%d tests were taken", len(all))
		}
		text, err := json.Marshal(map[string]any{"tests": all})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Scripts(text)
		if err != nil {
			t.Fatal(err)
		}
		back, err := json.Marshal(map[string]any{"tests": again})
		if d := cmp.Diff(string(text), string(back)); err != nil || d != "" {
			t.Errorf("%v (-first +again):\n%s", err, d)
		}
	})
}
