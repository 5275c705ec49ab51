package flow

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
)

// program writes a program with variables for a test; the nodes are JSON.
func program(variables, start, nodes string) string {
	return fmt.Sprintf(`{"schema":1,"variables":{%s},"start":%q,"nodes":{%s}}`, variables, start, nodes)
}

const end = `,"end":{"kind":"hangup"}`

func TestLanguageProblems(t *testing.T) {
	t.Parallel()
	count := `"tally":{"type":"number","default":0}`
	tests := []struct {
		name, variables, node string
		want                  string // all problems; empty: it compiles
	}{
		{"a sum", count, `{"kind":"set","values":{"tally":"tally + 1"},"next":"end"}`, ""},
		{"a name that is not there", count, `{"kind":"set","values":{"tally":"taly + 1"},"next":"end"}`,
			`a.values: tally: unknown name taly (1:1); did you mean "tally"?`},
		{"text into a number", count, `{"kind":"set","values":{"tally":"now()"},"next":"end"}`,
			`a.values: tally: gives a time where a number is needed`},
		{"a number is no condition", count, `{"kind":"branch","cases":[{"way":"x","when":"tally"}],"edges":{"x":"end","otherwise":"end"}}`,
			`a.cases: case 1: gives a number where true or false is needed`},
		{"a case that leads nowhere", count, `{"kind":"branch","cases":[{"way":"x","when":"tally > 1"}],"edges":{"otherwise":"end"}}`,
			`a.edges.x: must name a node: a case of it goes there`},
		{"a way that is no case", count, `{"kind":"branch","cases":[{"way":"x","when":"tally > 1"}],"edges":{"x":"end","y":"end","otherwise":"end"}}`,
			`a.edges.y: branch has no such way out; its ways out are "otherwise"`},
		{"a loop in a loop", `"list":{"type":"data","default":[]}`, `{"kind":"branch","cases":[{"way":"x","when":"all(list, all(list, true))"}],"edges":{"x":"end","otherwise":"end"}}`,
			`a.cases: case 1: a loop within a loop is not allowed: set a variable in between`},
		{"never set", `"name":{"type":"text"}`, `{"kind":"say","text":"Hello {{name}}","next":"end"}`,
			`a: reads the variable "name", which is not set on every way here: give it a default, or set it before`},
		{"given", `"name":{"type":"text","input":true}`, `{"kind":"say","text":"Hello {{name}}","next":"end"}`, ""},
		{"a secret is not said", `"pin":{"type":"text","default":"","secret":true}`, `{"kind":"say","text":"You typed {{pin}}","next":"end"}`,
			`a.text: {{pin}} is secret and cannot be said or shown`},
		{"a secret is not copied", `"pin":{"type":"text","default":"","secret":true},"shown":{"type":"text"}`, `{"kind":"set","values":{"shown":"pin"},"next":"end"}`,
			`a.values: shown: a secret cannot be put into a variable that is not secret`},
		{"an open bracket", count, `{"kind":"say","text":"You have {{tally","next":"end"}`, `a.text: "{{" without "}}"`},
		{"a name of the language", `"now":{"type":"time"}`, `{"kind":"wait","seconds":1,"next":"end"}`,
			`variables.now: "now" is a word of expressions; choose another name, such as "my_now". Taken are call, counted, customer, day, `},
		{"no type", `"x":{}`, `{"kind":"wait","seconds":1,"next":"end"}`, `variables.x.type: must be one of text, number, boolean, time, data`},
		{"a default of another type", `"x":{"type":"number","default":"many"}`, `{"kind":"wait","seconds":1,"next":"end"}`, `variables.x.default: is text, not number`},
		{"shares above 100", count, `{"kind":"share","shares":[{"way":"x","percent":60},{"way":"y","percent":50}],"edges":{"otherwise":"end"}}`,
			`a.shares: the shares make 110 percent together, more than 100`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile([]byte(program(tt.variables, "a", `"a":`+tt.node+end)))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestUnsetOnSomeWay(t *testing.T) {
	t.Parallel()
	nodes := `"m":{"kind":"menu","prompt":"menu","edges":{"1":"s","2":"t","invalid":"t","no_input":"t"}},
		"s":{"kind":"set","values":{"name":"\"Ann\""},"next":"t"},
		"t":{"kind":"say","text":"Hello {{name}}","next":"end"}` + end
	if _, err := Compile([]byte(program(`"name":{"type":"text"}`, "m", nodes))); err == nil || !strings.Contains(err.Error(), `"name"`) {
		t.Errorf("got %v, want a complaint of name", err)
	}
	nodes = strings.ReplaceAll(nodes, `"2":"t","invalid":"t","no_input":"t"`, `"2":"s","invalid":"s","no_input":"end"`)
	if _, err := Compile([]byte(program(`"name":{"type":"text"}`, "m", nodes))); err != nil {
		t.Errorf("got %v, want none: it is set on every way", err)
	}
}

func TestChannelsOfAProgram(t *testing.T) {
	t.Parallel()
	text := func(channels string) string {
		return `{"schema":1,"channels":` + channels + `,"start":"m","nodes":{"m":{"kind":"music","next":"end"}` + end + `}}`
	}
	if _, err := Compile([]byte(text(`["voice"]`))); err != nil {
		t.Error(err)
	}
	_, err := Compile([]byte(text(`["voice","chat"]`)))
	if want := `m: music cannot run on chat: it needs "play"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Compile([]byte(text(`["smoke"]`))); err == nil {
		t.Error("smoke is no channel")
	}
}

// known is a center that knows its customers.
type known struct{}

func (known) Facts(context.Context, interaction.Arrival) (Facts, error) {
	return Facts{Entry: "front", Project: "bank", Queue: "sales", Safety: "safe", Zone: time.UTC}, nil
}

func (known) Customer(context.Context, tenant.ID, customer.ID) (Customer, error) {
	return Customer{Known: true, Name: "Anna"}, nil
}

func (known) FindCustomers(context.Context, tenant.ID, string, string) ([]Customer, error) {
	return nil, nil
}

func (known) ChangeCustomer(context.Context, tenant.ID, ID, customer.ID, CustomerChange) (Customer, error) {
	return Customer{}, nil
}

func (known) QueueState(_ context.Context, _ tenant.ID, key string) (QueueState, error) {
	if key == "gone" {
		return QueueState{}, fmt.Errorf("not there")
	}
	return QueueState{Waiting: 7}, nil
}

func withFacts(c *RunnerConfig) {
	c.Setup, c.Customers, c.States = known{}, known{}, known{}
	c.Chance = func() float64 { return 0.42 }
}

// TestDataNodes runs one node each and looks at what the time line says.
func TestDataNodes(t *testing.T) {
	t.Parallel()
	branch := func(when string) string {
		return `"a":{"kind":"branch","cases":[{"way":"yes","when":` + fmt.Sprintf("%q", when) + `}],"edges":{"yes":"line","otherwise":"end"}},"line":{"kind":"enqueue","queue":"sales"}` + end
	}
	tests := []struct {
		name, variables, nodes string
		other                  string // the flow "other"
		told                   []string
	}{
		{name: "set", variables: `"n":{"type":"number","default":2},"s":{"type":"text","secret":true}`,
			nodes: `"a":{"kind":"set","values":{"n":"n * 3","s":"call.number"},"next":"end"}` + end,
			told:  []string{"a set n = 6", "a set s = …", "ended hung up by the flow at end"}},
		{name: "division by nothing", variables: `"l":{"type":"data","default":[]},"n":{"type":"number"}`,
			nodes: `"a":{"kind":"set","values":{"n":"l[3]"},"next":"end","edges":{"failed":"line"}},"line":{"kind":"enqueue","queue":"sales"}` + end,
			told:  []string{`a failed l[3]: index out of range: 3 (array length is 0) (1:2)`, "queued sales 0"}},
		{name: "a customer who is known", nodes: branch(`customer.known && customer.name == "Anna"`), told: []string{"a took yes", "queued sales 0"}},
		{name: "the number", nodes: branch(`call.number startsWith "+66" && call.country == "TH" && call.entry == "front" && call.project == "bank"`), told: []string{"a took yes", "queued sales 0"}},
		{name: "the queue is long", nodes: branch(`queue("support").waiting > 5 and open("office")`), told: []string{"a took yes", "queued sales 0"}},
		{name: "the queue is not there", nodes: branch(`queue("gone").waiting > 5`),
			told: []string{`a failed queue("gone").waiting > 5: queue "gone": not there (1:1)`, "a took otherwise", "ended hung up by the flow at end"}},
		{name: "share", nodes: `"a":{"kind":"share","shares":[{"way":"x","percent":40},{"way":"y","percent":10}],"edges":{"x":"end","y":"line","otherwise":"end"}},"line":{"kind":"enqueue","queue":"sales","priority":3}` + end,
			told: []string{"a took y", "queued sales 3"}},
		{name: "the project's own queue", nodes: `"a":{"kind":"enqueue"}`, told: []string{"queued sales 0"}},
		{name: "tag", nodes: `"a":{"kind":"tag","tag":"from {{call.line}}","next":"end"}` + end, told: []string{"a tagged from +74951234567", "ended hung up by the flow at end"}},
		{name: "run", variables: `"n":{"type":"number","default":0}`,
			nodes: `"a":{"kind":"run","flow":"other","give":{"x":"{{n + 1}}"},"take":{"n":"result.y"},"next":"b"},
				"b":{"kind":"branch","cases":[{"way":"yes","when":"n == 10"}],"edges":{"yes":"line","otherwise":"end"}},"line":{"kind":"enqueue","queue":"sales"}` + end,
			other: program(`"x":{"type":"number","input":true},"y":{"type":"number","default":0,"output":true}`, "o",
				`"o":{"kind":"set","values":{"y":"x * 10"},"next":"w"},"w":{"kind":"wait","seconds":1,"next":"back"},"back":{"kind":"return"}`),
			told: []string{"a entered other", "o set y = 10", "a set n = 10", "b took yes", "queued sales 0"}},
		{name: "run what is not there", nodes: `"a":{"kind":"run","flow":"nothing","next":"end","edges":{"failed":"line"}},"line":{"kind":"enqueue","queue":"sales"}` + end,
			told: []string{`a failed flow "nothing": there is no flow nothing`, "queued sales 0"}},
		{name: "run without its input", nodes: `"a":{"kind":"run","flow":"other","next":"end","edges":{"failed":"line"}},"line":{"kind":"enqueue","queue":"sales"}` + end,
			other: program(`"x":{"type":"number","input":true}`, "back", `"back":{"kind":"return"}`),
			told:  []string{`a failed flow "other" needs the input "x"`, "queued sales 0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				programs := map[string]string{"p": program(tt.variables, "a", tt.nodes)}
				if tt.other != "" {
					programs["other"] = tt.other
				}
				c, l := newCenter(t, programs, withFacts), newLine()
				run := spec(l, "p", "en")
				run.State.Arrival.Customer = "c1"
				run.State.Arrival.CustomerAddress, run.State.Arrival.CenterAddress = "+66812345678", "+74951234567"
				c.runner.Start(run)
				passes(time.Minute)
				wantLines(t, "told", c.log(), tt.told...)
			})
		})
	}
}

// TestRunsOutOfBudget: flows that run each other, or turn for ever, are stopped, and the customer gets
// the project's safety flow.
func TestRunsOutOfBudget(t *testing.T) {
	t.Parallel()
	safe := `{"schema":1,"start":"s","nodes":{"s":{"kind":"say","prompt":"sorry","next":"line"},"line":{"kind":"enqueue"}}}`
	tests := []struct {
		name, nodes, why string
	}{
		{"runs itself", `"a":{"kind":"run","flow":"p","next":"end"}` + end, `flow "p": flows run each other more than 10 deep`},
		{"runs another in a circle", `"a":{"kind":"run","flow":"quick","next":"b"},"b":{"kind":"run","flow":"quick","next":"w"},"w":{"kind":"music","seconds":1,"next":"w"}`,
			"The flow did not end within"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, l := newCenter(t, map[string]string{"p": program("", "a", tt.nodes), "safe": safe,
					"quick": program("", "back", `"back":{"kind":"return"}`)}, withFacts), newLine()
				c.runner.Start(spec(l, "p", "en"))
				passes(5 * time.Hour)
				got := c.log()
				failed := slices.IndexFunc(got, func(s string) bool { return strings.Contains(s, tt.why) })
				if failed < 0 || !slices.Contains(got, "s played sorry") || got[len(got)-1] != "queued sales 0" {
					t.Errorf("got %q, want %q and the safety flow", got, tt.why)
				}
			})
		})
	}
}

// TestResume goes on in each waiting node, with variables, in a flow that another runs, on the version
// it began with.
func TestResumeInPlace(t *testing.T) {
	t.Parallel()
	programs := map[string]string{
		"p": program(`"n":{"type":"number","default":1},"pin":{"type":"text","default":"none","secret":true}`, "s",
			`"s":{"kind":"set","values":{"n":"41","pin":"call.line"},"next":"a"},"a":{"kind":"run","flow":"other","take":{"n":"n + result.y"},"next":"b"},
			"b":{"kind":"branch","cases":[{"way":"yes","when":"n == 42"}],"edges":{"yes":"line","otherwise":"end"}},"line":{"kind":"enqueue","queue":"sales"}`+end),
		"other": program(`"y":{"type":"number","default":1,"output":true}`, "w", `"w":{"kind":"wait","seconds":100,"next":"back"},"back":{"kind":"return"}`),
	}
	synctest.Test(t, func(t *testing.T) {
		first, l := newCenter(t, programs), newLine()
		first.runner.Start(spec(l, "p", "ru"))
		passes(50 * time.Second)
		var at Position
		found := false
		for _, in := range first.inputs {
			if s, ok := in.(interaction.FlowStepped); ok && s.What == StepWaits {
				at, found = ParsePosition(s)
				if strings.Contains(s.Text, "pin") {
					t.Errorf("the position tells a secret: %s", s.Text)
				}
			}
		}
		first.runner.Close()
		if !found || at.Node != "w" || len(at.Frames) != 1 || at.Frames[0].Vars["n"] != 41.0 {
			t.Fatalf("got position %+v", at)
		}
		second, l := newCenter(t, programs), newLine()
		second.runner.Resume(spec(l, "p", "en"), at)
		passes(101 * time.Second)
		wantLines(t, "told", second.log(), "a set n = 42", "b took yes", "queued sales 0")
	})
}

// page is a customer who reads and types; what he sees is shown.
type page struct {
	shown []string
	types []string
}

// written is a channel without sound.
type written struct{ *page }

func (written) Answer()                         {}
func (written) Ring(access.UserID, time.Time)   {}
func (written) StopRinging(access.UserID)       {}
func (written) Connect(access.UserID)           {}
func (written) Arrange(interaction.Arrangement) {}
func (written) DropAgent(access.UserID)         {}
func (written) Disconnect(interaction.Cause)    {}

func (p written) Write(_ context.Context, m Message) error {
	line := m.Text
	for _, b := range m.Buttons {
		line += " [" + b.Label + "]"
	}
	p.shown = append(p.shown, line)
	return nil
}

func (p written) Read(ctx context.Context, patience time.Duration) (string, bool, error) {
	if len(p.types) == 0 {
		return "", false, pause(ctx, patience)
	}
	text := p.types[0]
	p.types = p.types[1:]
	return text, true, nil
}

func TestWrittenMenu(t *testing.T) {
	t.Parallel()
	text := `{"schema":1,"channels":["voice","chat"],"start":"g","nodes":{
		"g":{"kind":"say","prompt":"greeting","next":"m"},
		"m":{"kind":"menu","text":{"en":"What is it about?","ru":"О чём речь?"},"labels":{"1":{"en":"Sales","ru":"Продажи"},"2":{"en":"Help","ru":"Помощь"}},
			"tries":2,"edges":{"1":"sales","2":"help","invalid":"end","no_input":"end"}},
		"sales":{"kind":"enqueue","queue":"sales"},"help":{"kind":"enqueue","queue":"help"}` + end + `}}`
	tests := []struct {
		name, language string
		types          []string
		shown, told    []string
	}{
		{"a button", "en", []string{"2"},
			[]string{"Welcome, and thank you for calling.", "What is it about? [Sales] [Help]"}, []string{"m chose 2", "queued help 0"}},
		{"its words, after nonsense", "ru", []string{"что?", " продажи "},
			[]string{"Здравствуйте! Спасибо за звонок.", "О чём речь? [Продажи] [Помощь]", "Извините, такого варианта нет.", "О чём речь? [Продажи] [Помощь]"},
			[]string{"m chose 1", "queued sales 0"}},
		{"silence", "th", nil,
			[]string{"สวัสดีค่ะ ขอบคุณที่โทรหาเรา", "What is it about? [Sales] [Help]", "What is it about? [Sales] [Help]"}, []string{"m no_input", "ended hung up by the flow at end"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, p := newCenter(t, map[string]string{"p": text}), &page{types: tt.types}
				run := spec(nil, "p", tt.language)
				run.Channel = written{p}
				c.runner.Start(run)
				passes(time.Hour)
				wantLines(t, "shown", p.shown, tt.shown...)
				log := c.log()
				wantLines(t, "told", log[max(0, len(log)-2):], tt.told...)
			})
		})
	}
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"n + 1", `customer.name + "!"`, `queue("a").waiting > 3`, "all(list, # > 1)", "1..1000000", "list[n]", `s matches "(a+)+"`, "{", "now()"} {
		f.Add(s)
	}
	vars := map[string]Variable{"n": {Type: NumberVar}, "s": {Type: TextVar}, "list": {Type: DataVar}, "yes": {Type: BooleanVar}, "at": {Type: TimeVar}}
	values := map[string]any{"n": 3.0, "s": "aaaaaaaaaaaaaaaaaaaa!", "list": []any{1.0, "two", map[string]any{"a": nil}}, "yes": true, "at": time.Unix(0, 0)}
	f.Fuzz(func(t *testing.T, text string) {
		for _, want := range VarTypes() {
			e, problem := newLanguage(vars).compile(text, want, nil)
			if !problem.Empty() {
				continue
			}
			r := &run{cfg: &RunnerConfig{Clock: wallClock{}}, program: &Program{variables: vars}}
			r.position.Vars = maps.Clone(values)
			began := time.Now()
			_, _ = r.eval(t.Context(), e, nil) // an error is an answer
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("%q took %s", text, took)
			}
		}
	})
}
