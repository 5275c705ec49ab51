package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/interaction"
	"linekeeper/internal/plugin"
	"linekeeper/internal/tenant"
)

// registered are plug-ins by key.
type registered map[string]plugin.Plugin

func (r registered) Plugin(_ context.Context, _ tenant.ID, key string) (plugin.Plugin, error) {
	if p, ok := r[key]; ok {
		return p, nil
	}
	return plugin.Plugin{}, errors.New("it is not registered")
}

// bankPlugin offers a talk and a look-up.
var bankPlugin = registered{"bank": {Key: "bank", Kinds: []plugin.Kind{
	{
		Key: "pay", Talks: true, Wants: []string{"call.number", "call.line", "customer.name", "contract", "pin", "now", "unset"},
		Parameters: []plugin.Parameter{
			{Key: "amount", Type: plugin.Number, Required: true}, {Key: "how", Type: plugin.Choice, Options: []string{"card", "cash"}, Default: "card"},
			{Key: "secret", Type: plugin.Text}, {Key: "fast", Type: plugin.Boolean},
		},
		Branches: []plugin.Branch{{Key: "paid"}, {Key: "later"}},
	},
	{Key: "look"},
}}}

// asked is a plug-in with answers, one after the other; a text that is no JSON is an error.
type asked struct {
	answers   []string
	questions []plugin.Question
	slow      time.Duration
}

func (a *asked) Ask(ctx context.Context, _ plugin.Plugin, q plugin.Question) (plugin.Answer, error) {
	a.questions = append(a.questions, q)
	if err := pause(ctx, a.slow); err != nil {
		return plugin.Answer{}, err
	}
	if len(a.answers) == 0 {
		return plugin.Answer{}, errors.New("no answer in time")
	}
	text := a.answers[0]
	a.answers = a.answers[1:]
	if text == "again" {
		a.answers, text = append(a.answers, text), `{"do":[{"action":"wait","seconds":1}]}`
	}
	return plugin.ParseAnswer([]byte(text))
}

// turns are answers a plug-in may give.
var turns = []string{
	`{"do":[{"action":"menu","text":"One or two?","choices":{"1":"One","2":"Two"}}],"state":{"at":1}}`,
	`{"do":[{"action":"digits","prompt":"menu","most":4,"secret":true}]}`,
	`{"do":[{"action":"digits","text":"Digits","confirm":true,"tries":2}]}`,
	`{"do":[{"action":"play","prompt":"greeting","barge_in":true},{"action":"wait","seconds":2}]}`,
	`{"do":[{"action":"set","values":{"n":1}},{"action":"finish"}]}`,
	`{"do":[{"action":"finish","branch":"way"}]}`, "nonsense",
}

const pluginVariables = `"due":{"type":"number","default":0},"contract":{"type":"text","default":"c7"},"pin":{"type":"text","secret":true,"default":"4711"},"unset":{"type":"text","input":true}`

func pluginNode(more string) string {
	return `"a":{"kind":"plugin","plugin":"bank","does":"pay",` + more + `,"take":{"due":"result.due"},"next":"good","edges":{"failed":"bad","paid":"paid"}},
		"good":{"kind":"tag","tag":"good {{due}}","next":"end"},"paid":{"kind":"tag","tag":"paid {{due}}","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"}` + end
}

const (
	askMenu = `{"do":[{"action":"say","text":{"en":"Hello {{pin}}"}},{"action":"set","values":{"due":7,"x":1}},
		{"action":"menu","prompt":"menu","choices":{"1":"Pay","2":{"en":"Later"}},"timeout":3,"tries":2}],"state":{"at":"menu"}}`
	askDigits = `{"do":[{"action":"digits","prompt":"menu","least":4,"most":4}]}`
	askSecret = `{"do":[{"action":"digits","prompt":"menu","least":4,"most":4,"secret":true}]}`
	paid      = `{"do":[{"action":"set","values":{"due":12.5}},{"action":"finish","branch":"paid"}]}`
)

// led1 are the steps of asking once.
func led1(step int) string {
	return fmt.Sprintf("a asked bank/pay, step %d, answered in 0s", step)
}

func TestPlugin(t *testing.T) {
	t.Parallel()
	const over = "ended hung up by the flow at end"
	const with = `"with":{"amount":"{{due + 1}}","secret":"{{pin}}","fast":"true"}`
	tests := []struct {
		name, node string
		answers    []string
		keys       string // a second apart, from the fifth on
		told       []string
	}{
		{"a menu, then finished", pluginNode(with), []string{askMenu, paid}, "9", // no choice, asked anew
			[]string{led1(1), "a prompt_missing text (en): no sound: there is no engine to speak the text", "a played Hello {{pin}}", "a played menu", "a invalid 9", "a no_input",
				led1(2), "a set due = 12.5", "a took paid", "paid tagged paid 12.5", over}},
		{"digits", pluginNode(with), []string{askDigits, paid}, "1234", []string{led1(1), "a played menu", "a chose 1234", led1(2), "a set due = 12.5", "a took paid", "paid tagged paid 12.5", over}},
		{"secret digits", pluginNode(with), []string{askSecret, paid}, "1234", []string{led1(1), "secret true", "a played menu", "secret false", "a chose …", led1(2), "a set due = 12.5", "a took paid", "paid tagged paid 12.5", over}},
		{"what is taken is not there", pluginNode(with), []string{`{"do":[{"action":"finish"}]}`}, "", []string{led1(1), "a failed result.due is nothing, not number", "bad tagged bad", over}},
		{"a way that is not drawn", pluginNode(with), []string{`{"do":[{"action":"finish","branch":"later"}]}`}, "", []string{led1(1), `a failed plug-in bank finishes by "later", which leads nowhere`, "bad tagged bad", over}},
		{"no answer", pluginNode(with), nil, "", []string{"a failed plug-in bank: no answer in time", "bad tagged bad", over}},
		{"a wrong answer", pluginNode(with), []string{`{"do":[{"action":"sing"}]}`}, "",
			[]string{"a failed plug-in bank: do.0: action: must be one of digits, finish, menu, play, say, set, wait", "bad tagged bad", over}},
		{"a parameter is missing", pluginNode(`"with":{"how":"cash"}`), nil, "", []string{`a failed plug-in bank: the parameter "amount" is missing`, "bad tagged bad", over}},
		{"a parameter is wrong", pluginNode(`"with":{"amount":"{{pin}}x"}`), nil, "", []string{`a failed plug-in bank: the parameter "amount" is text, not number`, "bad tagged bad", over}},
		{"not registered", strings.Replace(pluginNode(with), `"bank"`, `"shop"`, 1), nil, "", []string{"a failed plug-in shop: it is not registered", "bad tagged bad", over}},
		{"not offered", strings.Replace(pluginNode(with), `"pay"`, `"buy"`, 1), nil, "", []string{`a failed plug-in bank: it does not offer "buy"`, "bad tagged bad", over}},
		{"what does not talk", strings.Replace(pluginNode(`"with":{}`), `"pay"`, `"look"`, 1), []string{askMenu}, "",
			[]string{"a asked bank/look, step 1, answered in 0s", `a failed plug-in bank: its kind "look" does not talk, but it wants to say`, "bad tagged bad", over}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCenter(t, map[string]string{"p": program(pluginVariables, "a", tt.node)}, func(c *RunnerConfig) { c.Plugins, c.Asker = bankPlugin, &asked{answers: tt.answers} })
				l := newLine()
				c.runner.Start(spec(l, "p", "en"))
				passes(4 * time.Second)
				for _, k := range tt.keys {
					passes(time.Second)
					l.presses(string(k))
				}
				passes(time.Minute)
				wantLines(t, "told", c.log(), tt.told...)
			})
		})
	}
}

// TestPluginQuestions: what a plug-in is told, and what it is not.
func TestPluginQuestions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bank := &asked{answers: []string{askMenu, `{"do":[{"action":"wait","seconds":30}],"state":2}`, askSecret, paid}}
		c := newCenter(t, map[string]string{"p": program(pluginVariables, "a", pluginNode(`"with":{"amount":"{{due + 1}}","fast":"true"}`))}, func(c *RunnerConfig) { c.Plugins, c.Asker = bankPlugin, bank })
		l := newLine()
		run := spec(l, "p", "en")
		run.State.Arrival.Channel, run.State.Arrival.CustomerAddress = interaction.Voice, "+79991234567"
		c.runner.Start(run)
		passes(5 * time.Second)
		l.presses("2")
		passes(40 * time.Second)
		l.presses("4711")
		passes(time.Minute)
		heard := func(h plugin.Heard) *plugin.Heard { return &h }
		want := []plugin.Question{
			{},
			{State: json.RawMessage(`{"at":"menu"}`), Heard: heard(plugin.Heard{Action: "menu", Key: "2"})},
			{State: json.RawMessage(`2`), Heard: heard(plugin.Heard{Action: "wait"})},
			{Heard: heard(plugin.Heard{Action: "digits", Digits: "4711", Secret: true})},
		}
		for i := range want {
			q := &want[i]
			q.Contract, q.Run, q.Step, q.Kind, q.Channel, q.Language = 1, "i1", i+1, "pay", "voice", "en"
			q.Parameters = map[string]any{"amount": 1.0, "how": "card", "fast": true}
			q.Variables = map[string]any{"call.number": "+79991234567", "contract": "c7"}
		}
		talk := ""
		for i, q := range bank.questions {
			if i > 0 && q.Talk != talk || q.Talk == "" {
				t.Errorf("question %d is of the talk %q, the first of %q", i, q.Talk, talk)
			}
			talk, bank.questions[i].Talk = q.Talk, ""
		}
		if d := cmp.Diff(want, bank.questions); d != "" {
			t.Errorf("questions (-want +got):\n%s", d)
		}
		for _, in := range c.inputs {
			if s, ok := in.(interaction.FlowStepped); ok && strings.Contains(s.Text, "4711") {
				t.Errorf("the secret is in %+v", s)
			}
		}
	})
}

// TestPluginAfterRestart: wherever the process dies, the talk goes on there, and a question that is asked again is the
// same one.
func TestPluginAfterRestart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		answers []string
		dies    time.Duration
		after   []string
		keys    string
		told    []string
		same    bool // the first question after is the last before
	}{
		{"while it is asked", nil, time.Second, []string{askDigits, paid}, "1234", []string{led1(1), "a played menu", "a chose 1234", led1(2), "a set due = 12.5", "a took paid", "paid tagged paid 12.5", "ended hung up by the flow at end"}, true},
		{"in the menu", []string{askMenu}, 3 * time.Second, []string{`{"do":[{"action":"finish"}]}`}, "1",
			[]string{"a played menu", "a chose 1", led1(2), "a set due = 7", "a took next", "good tagged good 7", "ended hung up by the flow at end"}, false},
		{"in secret digits", []string{askSecret}, 3 * time.Second, []string{paid}, "1234",
			[]string{"secret true", "a played menu", "secret false", "a chose …", led1(3), "a set due = 12.5", "a took paid", "paid tagged paid 12.5", "ended hung up by the flow at end"}, false},
		{"while it waits", []string{`{"do":[{"action":"wait","seconds":50}]}`}, 3 * time.Second, []string{paid}, "",
			[]string{led1(2), "a set due = 12.5", "a took paid", "paid tagged paid 12.5", "ended hung up by the flow at end"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				text := map[string]string{"p": program(pluginVariables, "a", pluginNode(`"with":{"amount":"1"}`))}
				first := &asked{answers: tt.answers}
				if tt.answers == nil {
					first.slow = time.Hour
				}
				c := newCenter(t, text, func(c *RunnerConfig) { c.Plugins, c.Asker = bankPlugin, first })
				c.runner.Start(spec(newLine(), "p", "en"))
				passes(tt.dies)
				c.runner.Close()
				var at Position
				for _, in := range c.inputs {
					if s, ok := in.(interaction.FlowStepped); ok {
						if p, ok := ParsePosition(s); ok {
							at = p
						}
					}
				}
				then := &asked{answers: tt.after}
				again := newCenter(t, text, func(c *RunnerConfig) { c.Plugins, c.Asker = bankPlugin, then })
				l := newLine()
				again.runner.Resume(spec(l, "p", "en"), at)
				passes(5 * time.Second)
				l.presses(tt.keys)
				passes(2 * time.Minute)
				wantLines(t, "told", again.log(), tt.told...)
				before, now := first.questions[len(first.questions)-1], then.questions[0]
				if before.Talk != now.Talk || tt.same != (before.Step == now.Step) {
					t.Errorf("asked %s %d, then %s %d", before.Talk, before.Step, now.Talk, now.Step)
				}
			})
		})
	}
}

// TestPluginWithoutEnd: one that never finishes is stopped.
func TestPluginWithoutEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bank := &asked{answers: []string{"again"}}
		c := newCenter(t, map[string]string{"p": program(pluginVariables, "a", pluginNode(`"with":{"amount":"1"}`))}, func(c *RunnerConfig) { c.Plugins, c.Asker = bankPlugin, bank })
		c.runner.Start(spec(newLine(), "p", "en"))
		passes(time.Hour)
		log := c.log()
		if len(bank.questions) != maxTurns || log[maxTurns] != "a failed plug-in bank: it did not finish within 100 turns" {
			t.Errorf("asked %d times, told %q", len(bank.questions), log[min(maxTurns, len(log)):])
		}
	})
}

// offersOf checks a program against the bank's plug-in.
func offersOf(p *Program) error {
	var found Problems
	p.checkRefs(Known{PluginThing: {"bank"}}, &found)
	p.checkOffers(bankPlugin["bank"], &found)
	return found.err()
}

func TestPluginProblems(t *testing.T) {
	t.Parallel()
	all := program(pluginVariables, "a", pluginNode(`"with":{"amount":"{{due}}","how":"gold","speed":"1"}`))
	for _, tt := range []struct{ from, to, want string }{
		{`"how":"gold","speed":"1"`, `"how":"cash"`, ""},
		{"", "", `a.with: how: must be one of card, cash` + "\n" + `a.with: the plug-in has no parameter "speed"`},
		{`"amount":"{{due}}","how":"gold","speed":"1"`, `"fast":"perhaps"`, `a.with: the plug-in needs "amount"` + "\n" + `a.with: fast: is text, not boolean`},
		{`"bank"`, `"shop"`, `a.plugin: there is no plug-in "shop"`},
		{`"pay"`, `"paid"`, `a.does: the plug-in does not offer "paid"; did you mean "pay"?`},
	} {
		p, err := Compile([]byte(strings.Replace(all, tt.from, tt.to, 1)))
		if err == nil {
			err = offersOf(p)
		}
		if (err == nil) != (tt.want == "") || err != nil && err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.to, err, tt.want)
		}
	}
}

// TestPluginForNobody: what talks needs somebody to talk with.
func TestPluginForNobody(t *testing.T) {
	t.Parallel()
	for does, want := range map[string]string{"look": `a.with: the plug-in has no parameter "amount"`, "pay": "a.does: it talks, and a flow for the channel none runs without a customer"} {
		p := compiled1(t, `{"schema":1,"channels":["none"],"start":"a","nodes":{"a":{"kind":"plugin","plugin":"bank","does":"`+does+`",
			"with":{"amount":"1"},"next":"end","edges":{"failed":"end"}},"end":{"kind":"hangup"}}}`)
		err := offersOf(p)
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", does, err, want)
		}
	}
}

// TestRehearsePlugin: a rehearsal has answers of plug-ins as it has those of services.
func TestRehearsePlugin(t *testing.T) {
	t.Parallel()
	p := compiled1(t, program(pluginVariables, "a", pluginNode(`"with":{"amount":"1"}`)))
	answer := func(text string) (a Answer) {
		if err := json.Unmarshal([]byte(text), &a.Body); err != nil {
			t.Fatal(err)
		}
		return a
	}
	slow := answer(paid)
	slow.After = 3
	for _, tt := range []struct {
		name    string
		answers []Answer
		acts    []Act
		expect  Expect
	}{
		{"paid", []Answer{answer(askMenu), answer(paid)}, []Act{{Keys: "1"}}, Expect{End: EndEnded, Hears: []string{"Hello", "menu"}, Passes: []string{"a", "paid"}, Variables: map[string]string{"due": "12.5"}}},
		{"slow", []Answer{slow}, nil, Expect{Passes: []string{"a", "bad"}, Within: 2}},
		{"broken", []Answer{{Status: 500}}, nil, Expect{Passes: []string{"a", "bad"}}},
		{"forgotten", nil, nil, Expect{Passes: []string{"a", "bad"}}},
	} {
		script := Script{Name: tt.name, Acts: tt.acts, Answers: map[string][]Answer{"a": tt.answers}, Inputs: map[string]any{"unset": ""}, Expect: tt.expect}
		for _, stage := range []Stage{{Tenant: "t1"}, {Tenant: "t1", Plugins: bankPlugin}} {
			got, _ := Rehearse(t.Context(), stage, p, []Script{script})
			if len(got[0].Failures) > 0 {
				t.Errorf("%s: %q; %+v", tt.name, got[0].Failures, got[0].Steps)
			}
		}
	}
}
