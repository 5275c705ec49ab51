package flow

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestValues: what expressions say is words on voice and figures in writing, in the language of the text.
func TestValues(t *testing.T) {
	t.Parallel()
	const variables = `"total":{"type":"number","default":2},"due":{"type":"time","default":"2026-11-22T15:05:00Z"},"code":{"type":"text","default":"407"}`
	tests := []struct{ name, text, language, spoken, written string }{
		{"number", `{{number(total)}}`, "en", "two", "2"},
		{"number with a form", `{{number(total, "feminine")}} {{number(code, "genitive")}}`, "ru", "две четырёхсот семи", "2 407"},
		{"money", `{{money(total * 10 + 0.5, "RUB")}}`, "ru", "двадцать рублей пятьдесят копеек", "20,50\u00a0₽"},
		{"day and hour", `{{day(due)}}, {{hour(due)}}`, "en", "November twenty-second, twenty twenty-six, three oh five p.m.", "November 22, 2026, 3:05 PM"},
		{"a plain date", `{{day("2026-01-02")}}`, "th", "วันที่สอง มกราคม สองพันห้าร้อยหกสิบเก้า", "2 มกราคม 2569"},
		{"digits", `{{digits(code)}}`, "th", "สี่, ศูนย์, เจ็ด", "407"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				text := `{"schema":1,"channels":["voice","chat"],"variables":{` + variables + `},"start":"a","nodes":{
					"a":{"kind":"say","text":{"` + tt.language + `":` + quoted(tt.text) + `},"next":"end"}` + end + `}}`
				c := newCenter(t, map[string]string{"p": text}, withFacts)
				c.runner.Start(spec(newLine(), "p", tt.language))
				passes(time.Minute)
				// There is no engine for speech here: what would be said stands in the time line.
				wantLines(t, "told", c.log()[1:], "a played "+tt.spoken, "ended hung up by the flow at end")
				p := &page{}
				run := spec(nil, "p", "en") // the text is there in one language only
				run.Channel = written{p}
				c.runner.Start(run)
				passes(time.Minute)
				wantLines(t, "shown", p.shown, tt.written)
			})
		})
	}
}

// TestValuesThatAreNone: a value that is none is skipped with a note, and the flow goes on.
func TestValuesThatAreNone(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`number("many")`:           "the value is text, not number",
		`number(1, "small")`:       `"small" is neither a gender`,
		`money(1, "XXX")`:          `"XXX" is not one of the currencies`,
		`day("tomorrow")`:          "the value is text, not time",
		`digits([1])`:              "the value is a list, not text",
		`hour(call.began) + money`: "",
	} {
		e, problem := newLanguage(nil).compile(expression, TextVar, nil)
		if want == "" {
			if problem.Empty() {
				t.Errorf("%s compiles", expression)
			}
			continue
		}
		if !problem.Empty() {
			t.Errorf("%s: %s", expression, problem)
			continue
		}
		r := &run{cfg: &RunnerConfig{Clock: wallClock{}}, program: &Program{}}
		if got, err := r.eval(t.Context(), e, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v, want %s", expression, got, err, want)
		}
	}
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
