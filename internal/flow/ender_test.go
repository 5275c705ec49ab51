package flow

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
)

// enderNodes are digits of two, a sentence of five seconds when it is asked for, and a menu in which # is a choice.
const enderNodes = `"menu":{"kind":"menu","text":"Menu?","timeout":5,"tries":2,"edges":{"1":"one","#":"hash","invalid":"bad","no_input":"none"}},
	"one":{"kind":"tag","tag":"one","next":"end"},"hash":{"kind":"tag","tag":"hash","next":"end"},
	"bad":{"kind":"tag","tag":"bad","next":"end"},"none":{"kind":"tag","tag":"none","next":"end"}` + end

func enderProgram(collect, between string) string {
	return program(`"code":{"type":"text"}`, "a", `"a":{"kind":"collect","text":"Number?","variable":"code","most":2,"next":"menu","edges":{"invalid":"bad","no_input":"none"}`+collect+`},`+between+enderNodes)
}

// TestEnderOfFullDigits: the key that ends digits belongs to them when they were complete without it, if it comes soon
// or while nothing is asked; it neither answers nor stops what comes next.
func TestEnderOfFullDigits(t *testing.T) {
	t.Parallel()
	const over = "ended hung up by the flow at end"
	const asked, took = "a played Number?", "a set code = 47"
	const menu = "menu played Menu?"
	// The first menu is asked at 2 s, its prompt lasts one.
	tests := []struct {
		name, collect, between string
		keys                   []keyed
		told                   []string
	}{
		{"pressed all the same", "", "", []keyed{{1, '4'}, {2, '7'}, {2.5, '#'}, {4, '1'}}, []string{asked, took, menu, "menu chose 1", "one tagged one", over}},
		{"as the last moment", "", "", []keyed{{1, '4'}, {2, '7'}, {4, '#'}}, []string{asked, took, menu, "menu no_input", "menu no_input", "none tagged none", over}},
		{"too late for that", "", "", []keyed{{1, '4'}, {2, '7'}, {4.1, '#'}}, []string{asked, took, menu, "menu chose #", "hash tagged hash", over}},
		{"twice", "", "", []keyed{{1, '4'}, {2, '7'}, {2.5, '#'}, {3, '#'}}, []string{asked, took, menu, "menu chose #", "hash tagged hash", over}},
		{"behind another key", "", "", []keyed{{1, '4'}, {2, '7'}, {2.2, '1'}, {2.4, '#'}}, []string{asked, took, menu, "menu chose 1", "one tagged one", over}},
		{"in one go with the answer", "", "", []keyed{{1, '4'}, {1.01, '7'}, {1.02, '#'}, {1.03, '1'}}, []string{asked, took, menu, "menu chose 1", "one tagged one", over}},
		{"not the key that ends", `,"terminator":"*"`, "", []keyed{{1, '4'}, {2, '7'}, {2.5, '#'}}, []string{asked, took, menu, "menu chose #", "hash tagged hash", over}},
		{"another key that ends", `,"terminator":"*"`, "", []keyed{{1, '4'}, {2, '7'}, {2.5, '*'}, {4, '1'}}, []string{asked, took, menu, "menu chose 1", "one tagged one", over}},
		{"no key ends", `,"terminator":"none"`, "", []keyed{{1, '4'}, {2, '7'}, {2.5, '#'}}, []string{asked, took, menu, "menu chose #", "hash tagged hash", over}},
		{"ended by it, then pressed again", "", "", []keyed{{1, '4'}, {1.5, '#'}, {2, '#'}}, []string{asked, "a set code = 4", menu, "menu chose #", "hash tagged hash", over}},
		{"wrong digits", `,"format":"card","least":2`, "", []keyed{{1, '4'}, {2, '7'}, {2.5, '#'}, {4, '1'}, {5, '8'}, {5.5, '#'}, {7, '1'}},
			[]string{asked, "a invalid 47", "a set code = 18", menu, "menu chose 1", "one tagged one", over}},
		{"read back", `,"confirm":true`, "", []keyed{{1, '4'}, {2, '7'}, {2.5, '#'}, {3.5, '1'}, {5, '1'}}, []string{asked, took, menu, "menu chose 1", "one tagged one", over}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, l := newCenter(t, map[string]string{"p": enderProgram(tt.collect, tt.between)}, withSpeech), newLine()
				l.playKeys(tt.keys)
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				wantLines(t, "told", c.log(), tt.told...)
			})
		})
	}
}

// TestEnderWaitsForAQuestion: who pressed the key while something else was done is not asked what he meant by it.
func TestEnderWaitsForAQuestion(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]string{
		"a sentence":          `"b":{"kind":"say","text":"Thank you.","next":"menu"},`,
		"one to be stopped":   `"b":{"kind":"say","text":"Thank you.","barge_in":true,"next":"menu"},`,
		"a pause":             `"b":{"kind":"wait","seconds":4,"next":"menu"},`,
		"a menu that is deaf": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				text := program(`"code":{"type":"text"}`, "a", `"a":{"kind":"collect","text":"Number?","variable":"code","most":2,"next":"b","edges":{"invalid":"bad","no_input":"none"}},`+between+enderNodes)
				if between == "" {
					text = program(`"code":{"type":"text"}`, "a", `"a":{"kind":"collect","text":"Number?","variable":"code","most":2,"next":"b","edges":{"invalid":"bad","no_input":"none"}},
						"b":{"kind":"menu","text":"Which?","barge_in":false,"edges":{"1":"menu","invalid":"bad","no_input":"none"}},`+enderNodes)
				}
				c, l := newCenter(t, map[string]string{"p": text}, withSpeech), newLine()
				l.playKeys([]keyed{{1, '4'}, {2, '7'}, {2.5, '#'}})
				if between == "" {
					l.playKeys([]keyed{{3.5, '1'}}) // after the prompt
				}
				l.playKeys([]keyed{{9, '1'}})
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				log := c.log()
				wantLines(t, "the end", log[max(0, len(log)-3):], "menu chose 1", "one tagged one", "ended hung up by the flow at end")
			})
		})
	}
}

// TestEnderOfTheFlowBefore: the next flow of the same customer is not answered by it either.
func TestEnderOfTheFlowBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, map[string]string{
			"p": program(`"code":{"type":"text"}`, "a", `"a":{"kind":"collect","text":"Number?","variable":"code","most":2,"next":"line","edges":{"invalid":"end","no_input":"end"}},
				"line":{"kind":"enqueue","queue":"q","edges":{"failed":"end"}}`+end),
			"w": program("", "menu", enderNodes),
		}, withSpeech), newLine()
		l.playKeys([]keyed{{1, '4'}, {2, '7'}, {2.5, '#'}, {5, '1'}})
		c.runner.Start(spec(l, "p", "en"))
		passes(2100 * time.Millisecond)
		next := spec(l, "w", "en")
		c.runner.Start(next)
		passes(time.Minute)
		log := c.log()
		wantLines(t, "the end", log[max(0, len(log)-3):], "menu chose 1", "one tagged one", "ended hung up by the flow at end")
	})
}

// TestEndersAreForgotten: customers who get no other flow leave nothing.
func TestEndersAreForgotten(t *testing.T) {
	t.Parallel()
	now, all := time.Now(), enders{}
	for _, id := range []interaction.ID{"a", "b"} {
		all.leave(id, ender{key: '#', until: now.Add(enderTime)}, now)
	}
	all.leave("c", ender{}, now.Add(enderTime))
	if len(all) != 2 || all.take("a").key != '#' || all.take("a").key != 0 {
		t.Errorf("in time: %v", all)
	}
	if all.leave("c", ender{}, now.Add(enderTime+1)); len(all) != 0 {
		t.Errorf("kept %v", all)
	}
}

// TestEnderInARehearsal: a test's customer may press it too, and the time of the question is what it would have been.
func TestEnderInARehearsal(t *testing.T) {
	t.Parallel()
	p, err := Compile([]byte(enderProgram("", "")))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		acts []Act
		end  string
	}{
		{"in one go", []Act{{Keys: "47#"}, {Keys: "1"}}, "one"},
		{"in one go with the answer", []Act{{Keys: "47#1"}}, "one"},
		{"by itself", []Act{{Keys: "47"}, {Keys: "#", After: 0.4}, {Keys: "1"}}, "one"},
		{"late", []Act{{Keys: "47"}, {Keys: "#", After: 3}}, "hash"},
		{"and nothing more", []Act{{Keys: "47#"}}, "none"},
	}
	for _, tt := range tests {
		out, _ := Rehearse(t.Context(), Stage{Tenant: "t"}, p, []Script{{Name: tt.name, Acts: tt.acts}})
		passed := ""
		for _, s := range out[0].Steps {
			if s.What == StepTagged {
				passed = s.Text
			}
		}
		if passed != tt.end {
			t.Errorf("%s: got %q, want %q: %+v", tt.name, passed, tt.end, out[0].Steps)
		}
	}
}

func TestLeftOf(t *testing.T) {
	t.Parallel()
	clips := []Clip{{ID: "a", PCM: make([]int16, SampleRate)}, {ID: "b", PCM: make([]int16, 2*SampleRate)}}
	for passed, want := range map[time.Duration]time.Duration{0: 3, 500: 2500, 1000: 2000, 2500: 500, 3000: 0, 4000: 0} {
		if passed != 0 {
			want *= time.Millisecond
		} else {
			want *= time.Second
		}
		left, after := leftOf(clips, 5*time.Second, passed*time.Millisecond)
		if length(left) != want || after != 5*time.Second-max(0, passed*time.Millisecond-3*time.Second) {
			t.Errorf("after %d ms: %s and %s", passed, length(left), after)
		}
	}
}
