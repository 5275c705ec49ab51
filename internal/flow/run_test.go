package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/interaction"
)

const second = time.Second

func main1() map[string]string { return map[string]string{"main": string(SampleMain())} }

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestMainFlow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		do    func(l *line)
		heard []string
		told  []string
	}{
		{
			name:  "presses 1 in the menu",
			do:    func(l *line) { passes(5 * second); l.presses("1"); passes(second) },
			heard: []string{"0 greeting.en", "2 menu.en", "5 #stop"},
			told:  []string{"greeting played greeting", "menu played menu", "menu chose 1", "queued sales 0"},
		},
		{
			name:  "presses 2 during the greeting",
			do:    func(l *line) { passes(second); l.presses("2"); passes(second) },
			heard: []string{"0 greeting.en", "1 #stop"},
			told:  []string{"greeting played greeting", "menu played menu", "menu chose 2", "queued support 0"},
		},
		{
			name:  "presses 2 after the prompt",
			do:    func(l *line) { passes(10 * second); l.presses("2"); passes(second) },
			heard: []string{"0 greeting.en", "2 menu.en"},
			told:  []string{"greeting played greeting", "menu played menu", "menu chose 2", "queued support 0"},
		},
		{
			name: "a wrong key, typed with more behind it, then 1",
			do: func(l *line) {
				passes(4 * second)
				l.presses("999")
				passes(5 * second)
				l.presses("1")
				passes(second)
			},
			heard: []string{"0 greeting.en", "2 menu.en", "4 #stop", "4 invalid_choice.en", "6 menu.en", "9 #stop"},
			told:  []string{"greeting played greeting", "menu played menu", "menu invalid 9", "menu chose 1", "queued sales 0"},
		},
		{
			name:  "never presses anything",
			do:    func(l *line) { passes(time.Minute) },
			heard: []string{"0 greeting.en", "2 menu.en", "11 menu.en", "21 menu.en"},
			told: []string{"greeting played greeting", "menu played menu", "menu no_input", "menu no_input", "menu no_input",
				"queued support 0"},
		},
		{
			name:  "hangs up in the greeting",
			do:    func(l *line) { passes(second); l.hangsUp(); passes(time.Minute) },
			heard: []string{"0 greeting.en"},
			told:  nil, // the channel tells
		},
		{
			name:  "hangs up in the menu",
			do:    func(l *line) { passes(4 * second); l.hangsUp(); passes(time.Minute) },
			heard: []string{"0 greeting.en", "2 menu.en"},
			told:  []string{"greeting played greeting", "menu played menu"},
		},
		{
			name:  "is gone while silent: the keys are closed",
			do:    func(l *line) { passes(8 * second); close(l.digits); passes(time.Minute) },
			heard: []string{"0 greeting.en", "2 menu.en"},
			told:  []string{"greeting played greeting", "menu played menu"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, l := newCenter(t, main1()), newLine()
				c.runner.Start(spec(l, "main", "en"))
				tt.do(l)
				wantLines(t, "heard", l.said(), tt.heard...)
				wantLines(t, "told", c.log(), tt.told...)
				if n := c.runner.Running(); n != 0 {
					t.Errorf("got %d flows still running, want none", n)
				}
				if l.most > 1 {
					t.Errorf("got %d sounds at once", l.most)
				}
			})
		})
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{"ru": "ru", "th": "th", "": "en", "en-GB": "en", "fr": "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, l := newCenter(t, main1()), newLine()
				c.runner.Start(spec(l, "main", language))
				passes(second)
				wantLines(t, "heard", l.said(), "0 greeting."+want)
			})
		})
	}
}

func TestStopWhilePlaying(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, main1()), newLine()
		c.runner.Start(spec(l, "main", "en"))
		passes(4 * second)
		c.runner.Stop("i1")
		c.runner.Stop("i1")
		c.runner.Stop("nobody")
		synctest.Wait()
		if got := c.runner.Running(); got != 0 {
			t.Errorf("got %d running after Stop, want 0", got)
		}
		passes(time.Minute)
		wantLines(t, "heard", l.said(), "0 greeting.en", "2 menu.en", "4 #stop")
		wantLines(t, "told", c.log(), "greeting played greeting", "menu played menu")
	})
}

func TestStartReplaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, main1()), newLine()
		for range 50 {
			c.runner.Start(spec(l, "main", "en"))
		}
		passes(second)
		waiting := spec(l, "", "en")
		waiting.Waiting = true
		c.runner.Start(waiting)
		passes(second)
		if l.most > 1 {
			t.Errorf("got %d flows playing at once, want one", l.most)
		}
		if got := l.said()[len(l.said())-1]; got != "1 please_hold.en" {
			t.Errorf("got %q last, want the waiting flow", got)
		}
		if got := c.runner.Running(); got != 1 {
			t.Errorf("got %d running, want 1", got)
		}
	})
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, nil), newLine()
		c.moves(3)
		run := spec(l, "", "en")
		run.Waiting = true
		c.runner.Start(run)
		passes(40 * second)
		c.moves(1)
		passes(35 * second)
		c.moves(0) // being offered
		passes(35 * second)
		c.moves(27)
		passes(60 * second)
		c.runner.Stop("i1")
		synctest.Wait()
		var words, bars []string
		for _, h := range l.said() {
			_, what, _ := strings.Cut(h, " ")
			switch {
			case strings.HasPrefix(what, "music"):
				bars = append(bars, what)
			case what != "#stop":
				words = append(words, h)
			}
		}
		wantLines(t, "words", words, "0 please_hold.en", "2 position_3.en", "34 position_3.en", "66 position_1.en",
			"128 position_many.en", "160 position_many.en")
		wantLines(t, "told", c.log(), "please_hold played please_hold", "position place 3", "position place 1", "position place 27")
		// The music goes on from where it was, bar by bar, and round.
		for i := range bars[:20] {
			if want := fmt.Sprintf("music@%ds", i*4%48); bars[i] != want {
				t.Fatalf("bar %d: got %s, want %s", i, bars[i], want)
			}
		}
		if slices.ContainsFunc(c.inputs, func(in interaction.Input) bool {
			s, ok := in.(interaction.FlowStepped)
			return ok && s.What == StepWaits
		}) {
			t.Error("a waiting flow wrote its position, which nobody needs")
		}
	})
}

func TestWaitingFlowThatFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ program, want string }{
		"is not there": {"", "failed flow mine: there is no flow mine"},
		"queues again": {`{"schema":1,"start":"q","nodes":{"q":{"kind":"enqueue","queue":"sales"}}}`, `q failed node q: queue "sales": the customer is in line already`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				programs := map[string]string{}
				if tt.program != "" {
					programs["mine"] = tt.program
				}
				c, l := newCenter(t, programs), newLine()
				run := spec(l, "mine", "en")
				run.Waiting = true
				c.runner.Start(run)
				passes(10 * second)
				if !slices.Contains(c.log(), tt.want) {
					t.Errorf("got %q, want among them %q", c.log(), tt.want)
				}
				if got := l.said(); len(got) == 0 || got[0] != "0 please_hold.en" {
					t.Errorf("heard %q, want the built-in waiting flow", got)
				}
				if c.runner.Running() != 1 {
					t.Error("the customer is left in silence")
				}
			})
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, program string
		flow          string
		change        func(*RunnerConfig)
		blow          bool
		last          string
	}{
		{name: "no such flow", flow: "nope", last: "ended the flow failed: flow nope: there is no flow nope"},
		{name: "no such queue", program: `{"schema":1,"start":"q","nodes":{"q":{"kind":"enqueue","queue":"gone"}}}`,
			last: `ended the flow failed: node q: queue "gone": not there`},
		{name: "no such queue, with a way out",
			program: `{"schema":1,"start":"q","nodes":{"q":{"kind":"enqueue","queue":"gone","edges":{"failed":"h"}},"h":{"kind":"hangup"}}}`,
			last:    `ended hung up by the flow at h`},
		{name: "a node panics", program: string(SampleMain()), blow: true,
			last: "ended the flow failed: node greeting: internal error: the line blew up"},
		{name: "a node panics in its own goroutine", blow: true,
			program: `{"schema":1,"start":"m","nodes":{"m":{"kind":"menu","prompt":"menu","edges":{"1":"h","invalid":"h","no_input":"h"}},"h":{"kind":"hangup"}}}`,
			last:    "ended the flow failed: node m: internal error: the line blew up"},
		{name: "no queues", change: func(c *RunnerConfig) { c.Queues = nil },
			program: `{"schema":1,"start":"q","nodes":{"q":{"kind":"enqueue","queue":"sales"}}}`,
			last:    `ended the flow failed: node q: queue "sales": there are no queues here`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				programs, id := map[string]string{}, tt.flow
				if tt.program != "" {
					id, programs["p"] = "p", tt.program
				}
				var change []func(*RunnerConfig)
				if tt.change != nil {
					change = append(change, tt.change)
				}
				c, l := newCenter(t, programs, change...), newLine()
				l.blow = tt.blow
				if tt.name == "a node panics" { // outside the listening goroutine
					c.programs["p"].nodes["greeting"].params["barge_in"] = false
				}
				c.runner.Start(spec(l, id, "en"))
				passes(time.Minute)
				got := c.log()
				if len(got) == 0 || got[len(got)-1] != tt.last {
					t.Errorf("got %q, want last %q", got, tt.last)
				}
				if tt.blow != (c.rescued > 0) {
					t.Errorf("got %d rescued panics", c.rescued)
				}
				if n := c.runner.Running(); n != 0 {
					t.Errorf("got %d running, want none", n)
				}
			})
		})
	}
}

// mute is a channel that is no Talker.
type mute struct{ interaction.Channel }

func TestChannelThatCannotPlay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCenter(t, main1())
		c.runner.Start(spec(mute{}, "main", "en"))
		synctest.Wait()
		wantLines(t, "told", c.log(), "ended the flow failed: the channel can neither play nor write")
	})
}

func TestHoursAndLanguage(t *testing.T) {
	t.Parallel()
	program := `{"schema":1,"start":"l","nodes":{
		"l":{"kind":"language","language":"th","next":"h"},
		"h":{"kind":"hours","hours":"office","edges":{"open":"q","closed":"c"}},
		"c":{"kind":"say","prompt":"closed","next":"end"},
		"q":{"kind":"enqueue","queue":"sales","priority":5},
		"end":{"kind":"hangup"}}}`
	tests := []struct {
		name, program string
		closed        bool
		told          []string
	}{
		{"open", program, false, []string{"l language th", "h took open", "queued sales 5"}},
		{"closed", program, true, []string{"l language th", "h took closed", "c played closed", "ended hung up by the flow at end"}},
		{"no such calendar", strings.Replace(program, "office", "gone", 1), true,
			[]string{"l language th", "h failed hours \"gone\": not there", "h took open", "queued sales 5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, l := newCenter(t, map[string]string{"p": tt.program}), newLine()
				c.closed = tt.closed
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				wantLines(t, "told", c.log(), tt.told...)
				if tt.name == "closed" {
					wantLines(t, "heard", l.said(), "0 closed.th")
				}
			})
		})
	}
}

func TestMissingPromptBeepsAndGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, map[string]string{"p": `{"schema":1,"start":"a","nodes":{
			"a":{"kind":"say","prompt":"nothing","next":"b"},
			"b":{"kind":"say","text":{"ru":"Привет"},"next":"c"},
			"c":{"kind":"hangup"}}}`}), newLine()
		c.runner.Start(spec(l, "p", "ru"))
		passes(time.Minute)
		wantLines(t, "heard", l.said(), "0 beep", "0 beep")
		wantLines(t, "told", c.log(),
			`a prompt_missing nothing (ru): no sound: there is no prompt "nothing"`, "a played nothing",
			"b prompt_missing text (ru): no sound: there is no engine to speak the text", "b played Привет",
			"ended hung up by the flow at c")
	})
}

func TestMenuWithoutBargeIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, map[string]string{"p": `{"schema":1,"start":"m","nodes":{
			"m":{"kind":"menu","prompt":"menu","barge_in":false,"tries":1,"timeout":3,"edges":{"1":"q","invalid":"e","no_input":"e"}},
			"q":{"kind":"enqueue","queue":"sales"},"e":{"kind":"hangup"}}}`}), newLine()
		c.runner.Start(spec(l, "p", "en"))
		passes(2 * second)
		l.presses("1") // does not count yet
		passes(4 * second)
		l.presses("1")
		passes(second)
		wantLines(t, "heard", l.said(), "0 menu.en")
		wantLines(t, "told", c.log(), "m played menu", "m chose 1", "queued sales 0")
	})
}

func TestResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, main1()), newLine()
		run := spec(l, "main", "ru")
		c.runner.Start(run)
		passes(15 * second) // in the second try
		c.runner.Close()
		var last Position
		for _, in := range c.inputs {
			if s, ok := in.(interaction.FlowStepped); ok {
				if p, ok := ParsePosition(s); ok {
					last = p
				}
			}
		}
		want := Position{Flow: "main", Version: 7, Node: "menu", Tries: 1, Language: "ru"}
		if d := cmp.Diff(want, last); d != "" {
			t.Fatalf("position (-want +got):\n%s", d)
		}
		again, l2 := newCenter(t, main1()), newLine()
		run.Channel, run.State.Arrival.Language = l2, "en"
		again.runner.Resume(run, last)
		passes(time.Minute)
		wantLines(t, "heard", l2.said(), "0 menu.ru", "9 menu.ru")
		wantLines(t, "told", again.log(), "menu played menu", "menu no_input", "menu no_input", "queued support 0")

		fresh, l3 := newCenter(t, main1()), newLine()
		run.Channel = l3
		fresh.runner.Resume(run, Position{Node: "no longer there"})
		passes(second)
		wantLines(t, "heard", l3.said(), "0 greeting.en")
	})
}

// TestClose is run in a bubble, which fails when a goroutine is left.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCenter(t, main1())
		for i := range 200 {
			run := spec(newLine(), "main", "en")
			run.State.ID = interaction.ID(fmt.Sprint(i))
			run.Waiting = i%2 == 0
			if run.Waiting {
				run.Flow = ""
			}
			c.runner.Start(run)
		}
		passes(3 * second)
		if got := c.runner.Running(); got != 200 {
			t.Errorf("got %d running, want 200", got)
		}
		c.runner.Close()
		if got := c.runner.Running(); got != 0 {
			t.Errorf("got %d running after Close, want 0", got)
		}
		before := len(c.log())
		c.runner.Start(spec(newLine(), "main", "en"))
		c.runner.Close()
		passes(time.Minute)
		if got := len(c.log()); got != before {
			t.Errorf("got %d things told after Close", got-before)
		}
	})
}
