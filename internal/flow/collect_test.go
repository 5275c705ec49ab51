package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
)

// engine speaks every text as a second of silence and notes it.
type engine struct{ said *[]string }

func (engine) Voice(project.ID, string) string { return "engine" }

func (e engine) Speak(_ context.Context, s Speech) (Spoken, error) {
	if e.said != nil {
		*e.said = append(*e.said, s.Text)
	}
	return Spoken{Voice: "engine", PCM: make([]int16, SampleRate)}, nil
}

func withSpeech(c *RunnerConfig) { c.Library = NewLibrary(LibraryConfig{Speaker: engine{}}) }

// keyed is a key pressed so long after the start.
type keyed struct {
	at  float64
	key rune
}

// types are keys, the first at a second, a second apart.
func types(keys string) (all []keyed) {
	for i, k := range keys {
		all = append(all, keyed{float64(i) + 1, k})
	}
	return all
}

func (l *line) playKeys(keys []keyed) {
	for _, k := range keys {
		at, key := time.Duration(k.at*float64(time.Second)), k.key
		time.AfterFunc(at, func() { l.digits <- key })
	}
}

// collectNode is one node with ways to three ends.
func collectNode(kind, more string) string {
	return `"a":{"kind":"` + kind + `","text":"Number?","variable":"code",` + more + `"next":"good","edges":{"invalid":"bad","no_input":"none"}},
		"good":{"kind":"tag","tag":"good","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"},"none":{"kind":"tag","tag":"none","next":"end"}` + end
}

func TestCollect(t *testing.T) {
	t.Parallel()
	const over = "ended hung up by the flow at end"
	const asked = "a played Number?"
	tests := []struct {
		name, kind, more string
		keys             []keyed
		told             []string
	}{
		{"ended by a key", "collect", "", types("4711#"), []string{asked, "a set code = 4711", "good tagged good", over}},
		{"ended by enough", "collect", `"most":4,`, types("4711"), []string{asked, "a set code = 4711", "good tagged good", over}},
		{"ended by silence", "collect", "", types("47"), []string{asked, "a set code = 47", "good tagged good", over}},
		{"leading noughts stay", "collect", `"most":3,`, types("007"), []string{asked, "a set code = 007", "good tagged good", over}},
		{"begun anew", "collect", "", types("99*12#"), []string{asked, "a set code = 12", "good tagged good", over}},
		{"another key ends", "collect", `"terminator":"*",`, types("1#2*"), []string{asked, "a set code = 12", "good tagged good", over}},
		{"too few, then enough", "collect", `"least":3,`, types("12#345#"), []string{asked, "a invalid 12", "a set code = 345", "good tagged good", over}},
		{"never enough", "collect", `"least":3,"tries":2,`, types("1#2#"), []string{asked, "a invalid 1", "a invalid 2", "bad tagged bad", over}},
		{"nothing", "collect", `"tries":2,"timeout":2,`, nil, []string{asked, "a no_input", "a no_input", "none tagged none", over}},
		{"confirmed", "collect", `"confirm":true,`, types("42#1"), []string{asked, "a set code = 42", "good tagged good", over}},
		{"not confirmed, then confirmed", "collect", `"confirm":true,`, types("42#243#1"), []string{asked, "a invalid 42", "a set code = 43", "good tagged good", over}},
		{"never confirmed", "collect", `"confirm":true,"tries":1,`, types("42#"), []string{asked, "a invalid 42", "bad tagged bad", over}},
		{"a card", "collect", `"format":"card","least":16,"most":16,`, types("4111111111111111"), []string{asked, "a set code = 4111111111111111", "good tagged good", over}},
		{"no card", "collect", `"format":"card","least":16,"most":16,"tries":1,`, types("4111111111111112"), []string{asked, "a invalid 4111111111111112", "bad tagged bad", over}},
		{"no barge-in", "collect", `"barge_in":false,`, append([]keyed{{0.5, '9'}}, types(" 42#")[1:]...), []string{asked, "a set code = 42", "good tagged good", over}},
		{"a secret", "collect_secret", `"least":4,`, types("471#4712#"), []string{"secret true", asked, "a invalid", "a set code = …", "secret false", "good tagged good", over}},
		{"a secret that never comes", "collect_secret", `"tries":1,`, nil, []string{"secret true", asked, "a no_input", "secret false", "none tagged none", over}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				variable := `"code":{"type":"text"}`
				if tt.kind == "collect_secret" {
					variable = `"code":{"type":"text","secret":true}`
				}
				c, l := newCenter(t, map[string]string{"p": program(variable, "a", collectNode(tt.kind, tt.more))}, withSpeech), newLine()
				l.playKeys(tt.keys)
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				wantLines(t, "told", c.log(), tt.told...)
				if tt.kind != "collect_secret" {
					return
				}
				for _, in := range c.inputs {
					if text := fmt.Sprintf("%+v", in); strings.Contains(text, "471") {
						t.Errorf("the secret is in %s", text)
					}
				}
			})
		})
	}
}

// TestCollectReadsBack: what is confirmed is read digit by digit, in the customer's language.
func TestCollectReadsBack(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{"en": "four, zero", "ru": "четыре, ноль", "th": "สี่, ศูนย์"} {
		synctest.Test(t, func(t *testing.T) {
			var said []string
			hear := func(c *RunnerConfig) { c.Library = NewLibrary(LibraryConfig{Speaker: engine{&said}}) }
			c, l := newCenter(t, map[string]string{"p": program(`"code":{"type":"text"}`, "a", collectNode("collect", `"confirm":true,`))}, hear), newLine()
			l.playKeys(types("40#1"))
			c.runner.Start(spec(l, "p", language))
			passes(time.Minute)
			if len(said) != 2 || !strings.Contains(said[1], want) {
				t.Errorf("in %s was said %q, want %s in it", language, said, want)
			}
		})
	}
}

// TestCollectResumes: after a restart the customer is asked again, as often as was left.
func TestCollectResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		text := map[string]string{"p": program(`"code":{"type":"text","secret":true}`, "a", collectNode("collect_secret", `"tries":2,"least":3,`))}
		first, l := newCenter(t, text, withSpeech), newLine()
		l.playKeys(types("1#2"))
		first.runner.Start(spec(l, "p", "en"))
		passes(3500 * time.Millisecond)
		var at Position
		for _, in := range first.inputs {
			if s, ok := in.(interaction.FlowStepped); ok && s.What == StepWaits {
				at, _ = ParsePosition(s)
			}
		}
		first.runner.Close()
		if at.Node != "a" || at.Tries != 1 {
			raw, _ := json.Marshal(at)
			t.Fatalf("got position %s", raw)
		}
		second, l := newCenter(t, text, withSpeech), newLine()
		l.playKeys(types("345#"))
		second.runner.Resume(spec(l, "p", "en"), at)
		passes(time.Minute)
		wantLines(t, "told", second.log(), "secret true", "a played Number?", "a set code = …", "secret false", "good tagged good", "ended hung up by the flow at end")
	})
}

func TestCollectWritten(t *testing.T) {
	t.Parallel()
	text := `{"schema":1,"channels":["voice","chat"],"variables":{"code":{"type":"text"}},"start":"a","nodes":{` + collectNode("collect", `"least":4,"most":6,"tries":2,"invalid_prompt":"invalid_choice","confirm":true,`) + `}}`
	tests := []struct {
		name        string
		types       []string
		shown, told []string
	}{
		{"typed", []string{" 47-11 "}, []string{"Number?"}, []string{"a set code = 4711", "good tagged good"}},
		{"nonsense first", []string{"no idea", "47 11"}, []string{"Number?", "Sorry, that is not one of the choices.", "Number?"}, []string{"a set code = 4711", "good tagged good"}},
		{"too many", []string{"1234567", "12345678"}, []string{"Number?", "Sorry, that is not one of the choices.", "Number?"}, []string{"a invalid 12345678", "bad tagged bad"}},
		{"silence", nil, []string{"Number?", "Number?"}, []string{"a no_input", "none tagged none"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, p := newCenter(t, map[string]string{"p": text}), &page{types: tt.types}
				run := spec(nil, "p", "en")
				run.Channel = written{p}
				c.runner.Start(run)
				passes(time.Hour)
				wantLines(t, "shown", p.shown, tt.shown...)
				log := c.log()
				wantLines(t, "told", log[max(0, len(log)-3):len(log)-1], tt.told...)
			})
		})
	}
}

func TestCollectProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ kind, variable, more, want string }{
		{"collect", `"code":{"type":"text"}`, `"least":5,"most":4,`, "a.most: must not be less than least, which is 5"},
		{"collect_secret", `"code":{"type":"text"}`, "", `a.variable: "code" must be declared secret`},
		{"collect", `"code":{"type":"number"}`, "", `a.variable: "code" holds number, but text is put into it`},
	} {
		_, err := Compile([]byte(program(tt.variable, "a", collectNode(tt.kind, tt.more))))
		if err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	_, err := Compile([]byte(`{"schema":1,"channels":["chat"],"variables":{"code":{"type":"text","secret":true}},"start":"a","nodes":{` + collectNode("collect_secret", "") + `}}`))
	if err == nil || !strings.Contains(err.Error(), "collect_secret cannot run on chat") {
		t.Errorf("got %v: in writing a secret would stand in the conversation", err)
	}
}

func TestLuhn(t *testing.T) {
	t.Parallel()
	for digits, want := range map[string]bool{
		"79927398713": true, "4111111111111111": true, "2200000000000004": true, "4111111111111112": false, "0": false, "": false, "00": true, "18": true, "81": false,
	} {
		if luhn(digits) != want {
			t.Errorf("%s: got %t", digits, !want)
		}
	}
}
