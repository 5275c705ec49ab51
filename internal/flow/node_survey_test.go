package flow

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
)

// surveyNode is one question with ways to three ends.
func surveyNode(more string) string {
	return `"a":{"kind":"survey","question":"service","text":"Well?",` + more + `"next":"good","edges":{"unanswered":"none","low":"bad"}},
		"good":{"kind":"tag","tag":"good","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"},"none":{"kind":"tag","tag":"none","next":"end"}` + end
}

func TestSurveyNode(t *testing.T) {
	t.Parallel()
	const over, asked = "ended hung up by the flow at end", "a played Well?"
	tests := []struct {
		name, more string
		keys       []keyed
		told       []string
	}{
		{"five", "", types("5"), []string{asked, "service five 5 next", "good tagged good", over}},
		{"a bad one", "", types("2"), []string{asked, "service five 2 low", "bad tagged bad", over}},
		{"a key that is no answer", "", []keyed{{1, '9'}, {8, '3'}}, []string{asked, "a invalid 9", "service five 3 next", "good tagged good", over}},
		{"never one", `"tries":1,`, types("*"), []string{asked, "a invalid *", "none tagged none", over}},
		{"nothing", `"timeout":2,`, nil, []string{asked, "a no_input", "a no_input", "none tagged none", over}},
		{"ten", `"scale":"ten",`, types("10"), []string{asked, "service ten 10 next", "good tagged good", over}},
		{"nought of ten", `"scale":"ten",`, types("0"), []string{asked, "service ten 0 low", "bad tagged bad", over}},
		{"one of ten, ended by a key", `"scale":"ten",`, types("1#"), []string{asked, "service ten 1 low", "bad tagged bad", over}},
		{"one of ten, ended by silence", `"scale":"ten",`, types("1"), []string{asked, "service ten 1 low", "bad tagged bad", over}},
		{"more than ten", `"scale":"ten","tries":1,`, types("15"), []string{asked, "a invalid 15", "none tagged none", over}},
		{"yes", `"scale":"yes_no",`, types("1"), []string{asked, "service yes_no 1 next", "good tagged good", over}},
		{"no", `"scale":"yes_no",`, types("2"), []string{asked, "service yes_no 0 low", "bad tagged bad", over}},
		{"neither", `"scale":"yes_no","tries":1,`, types("3"), []string{asked, "a invalid 3", "none tagged none", over}},
		{"not while it is asked", `"barge_in":false,`, []keyed{{0.5, '1'}, {2, '4'}}, []string{asked, "service five 4 next", "good tagged good", over}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, l := newCenter(t, map[string]string{"p": program(`"n":{"type":"number"}`, "a", surveyNode(`"variable":"n",`+tt.more))}, withSpeech), newLine()
				l.playKeys(tt.keys)
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				wantLines(t, "told", c.log(), tt.told...)
			})
		})
	}
}

// TestSurveyGoesOnBehindTheAnswer: an answer says where the flow goes on after a restart, with what it has put into a
// variable: the question is not asked again.
func TestSurveyGoesOnBehindTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		text := map[string]string{"p": program(`"n":{"type":"number"}`, "a", `"a":{"kind":"survey","question":"service","text":"Well?","variable":"n","next":"b","edges":{"unanswered":"end"}},
			"b":{"kind":"tag","tag":"{{n}} stars","next":"end"}`+end)}
		first, l := newCenter(t, text, withSpeech), newLine()
		l.playKeys(types("4"))
		first.runner.Start(spec(l, "p", "en"))
		passes(time.Minute)
		var answer interaction.SurveyAnswered
		for _, in := range first.inputs {
			if a, ok := in.(interaction.SurveyAnswered); ok {
				answer = a
			}
		}
		at, ok := ParsePosition(interaction.FlowStepped{What: StepWaits, Text: answer.At})
		if !ok || answer.Way != "next" || answer.Node != "a" {
			t.Fatalf("the answer is %+v", answer)
		}
		second, again := newCenter(t, text, withSpeech), newLine()
		run := spec(again, "p", "en")
		run.Way = answer.Way
		second.runner.Resume(run, at)
		passes(time.Minute)
		wantLines(t, "told", second.log(), "a took next", "b tagged 4 stars", "ended hung up by the flow at end")
	})
}

// TestSurveyIsChecked: a question has a key by which it is counted.
func TestSurveyIsChecked(t *testing.T) {
	t.Parallel()
	for question, ok := range map[string]bool{"service": true, "q_1-a": true, "Service": false, "how was it": false, "{{call.line}}": false} {
		_, err := Compile([]byte(program("", "a", `"a":{"kind":"survey","question":"`+question+`","prompt":"menu","next":"end","edges":{"unanswered":"end"}}`+end)))
		if (err == nil) != ok {
			t.Errorf("question %q: %v", question, err)
		}
	}
}

// TestSurveyInWriting: the answers are buttons.
func TestSurveyInWriting(t *testing.T) {
	t.Parallel()
	source := `{"schema":1,"start":"a","channels":["chat"],"nodes":{` + surveyNode(`"scale":"yes_no","patience":100,`) + `},"tests":[
		{"name":"by its name","channel":"chat","acts":[{"text":"yes"}],"expect":{"end":"ended","passes":["good"]}},
		{"name":"by its key","channel":"chat","acts":[{"keys":"2"}],"expect":{"end":"ended","passes":["bad"]}},
		{"name":"something else, then","channel":"chat","acts":[{"text":"perhaps"},{"text":"No"}],"expect":{"end":"ended","passes":["bad"]}},
		{"name":"nothing","channel":"chat","expect":{"passes":["none"]}}]}`
	p, err := Compile([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := Scripts([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	all, _ := Rehearse(t.Context(), Stage{}, p, scripts)
	for _, r := range all {
		if len(r.Failures) > 0 {
			t.Errorf("%s: %q\n%+v", r.Script, r.Failures, r.Steps)
		}
	}
	if b := scoreButtons(interaction.Ten, "en"); len(b) != 11 || b[0].Key != "0" || b[10].Label != "10" {
		t.Errorf("the buttons of ten are %+v", b)
	}
}

// TestLanguageIsKept: the language that one flow has found is that of the next.
func TestLanguageIsKept(t *testing.T) {
	t.Parallel()
	run := spec(nil, "", "en")
	c := newCenter(t, nil)
	if r := newRun(t.Context(), c.runner, run); r.position.Language != "en" {
		t.Errorf("without a choice: %s", r.position.Language)
	}
	run.State.Language = "ru"
	if r := newRun(t.Context(), c.runner, run); r.position.Language != "ru" {
		t.Errorf("after the choice: %s", r.position.Language)
	}
}
