package flow

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/outbound"
)

// web is a service outside with one answer.
type web struct {
	asked  []outbound.Request
	answer outbound.Answer
	err    error
	slow   time.Duration
}

func (w *web) Do(ctx context.Context, r outbound.Request) (outbound.Answer, error) {
	w.asked = append(w.asked, r)
	return w.answer, errors.Join(pause(ctx, w.slow), w.err)
}

func httpNode(more string) string {
	return `"a":{"kind":"http",` + more + `,"next":"good","edges":{"failed":"bad"}},
		"good":{"kind":"tag","tag":"{{sum_due}}","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"}` + end
}

const httpVariables = `"sum_due":{"type":"number","default":0},"name":{"type":"text","default":"Ö \"../&\n"},"pin":{"type":"text","secret":true,"default":"47 11"},"dots":{"type":"text","default":".."}`

func TestHTTP(t *testing.T) {
	t.Parallel()
	const over = "ended hung up by the flow at end"
	const take = `,"take":{"sum_due":"response.body.balance.due"}`
	json := func(body string) outbound.Answer { return outbound.Answer{Status: 200, Body: []byte(body)} }
	tests := []struct {
		name, more string
		web        *web
		url, body  string // as asked; empty: not asked
		told       []string
	}{
		{"a GET", `"url":"https://bank.example/v1/{{name}}?pin={{pin}}"` + take, &web{answer: json(`{"balance":{"due":12.5}}`), slow: 300 * time.Millisecond},
			"https://bank.example/v1/%C3%96%20%22..%2F%26%0A?pin=47%2011", "", []string{"a asked GET, answered 200 in 300ms", "a set sum_due = 12.5", "good tagged 12.5", over}},
		{"a POST", `"method":"POST","url":"https://bank.example/","headers":{"X-Pin":"{{pin}}"},"body":"{\"name\":\"{{name}}\",\"n\":{{sum_due}}}"`, &web{answer: json("")},
			"https://bank.example/", `{"name":"Ö \"../\u0026\n","n":0}`, []string{"a asked POST, answered 200 in 0s", "good tagged 0", over}},
		{"the text of an answer", `"url":"https://x.example","take":{"name":"response.body","sum_due":"response.status"}`, &web{answer: json("plain\xff")},
			"https://x.example", "", []string{"a asked GET, answered 200 in 0s", "a set name = plain\ufffd", "a set sum_due = 200", "good tagged 200", over}},
		{"it is not found", `"url":"https://x.example/"`, &web{answer: outbound.Answer{Status: 404}},
			"https://x.example/", "", []string{"a asked GET, answered 404 in 0s", "a failed the answer has the status 404", "bad tagged bad", over}},
		{"it cannot be asked", `"url":"https://x.example/"`, &web{err: outbound.ErrBusy},
			"https://x.example/", "", []string{"a failed too many ask it already", "bad tagged bad", over}},
		{"the answer has not what is wanted", `"url":"https://x.example/"` + take, &web{answer: json(`{"balance":{"due":"much"}}`)},
			"https://x.example/", "", []string{"a asked GET, answered 200 in 0s", "a failed response.body.balance.due is text, not number", "bad tagged bad", over}},
		{"the way up", `"url":"https://x.example/a/{{dots}}/b"`, &web{},
			"", "", []string{`a failed url: a part of its path is ".."`, "bad tagged bad", over}},
		{"a header in two lines", `"url":"https://x.example/","headers":{"X-Name":"{{name}}"}`, &web{},
			"", "", []string{"a failed header X-Name: its value holds a control character", "bad tagged bad", over}},
		{"no JSON", `"method":"PUT","url":"https://x.example/","body":"{{name}}"`, &web{},
			"", "", []string{"a failed body: is not JSON once its expressions are filled in", "bad tagged bad", over}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, l := newCenter(t, map[string]string{"p": program(httpVariables, "a", httpNode(tt.more))}, func(c *RunnerConfig) { c.Web = tt.web }), newLine()
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				wantLines(t, "told", c.log(), tt.told...)
				url, body := "", ""
				for _, r := range tt.web.asked {
					url, body = url+r.URL, body+r.Body
					if tt.name == "a POST" && (r.Header.Get("X-Pin") != "47 11" || r.Header.Get("Content-Type") != "application/json") {
						t.Errorf("headers %v", r.Header)
					}
				}
				if url != tt.url || body != tt.body {
					t.Errorf("asked %s with %s, want %s with %s", url, body, tt.url, tt.body)
				}
			})
		})
	}
}

// TestHTTPOfOneWhoHangsUp: nothing is waited for when the customer is gone.
func TestHTTPOfOneWhoHangsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &web{slow: 10 * time.Second}
		c := newCenter(t, map[string]string{"p": program(httpVariables, "a", httpNode(`"url":"https://x.example/"`))}, func(c *RunnerConfig) { c.Web = w })
		c.runner.Start(spec(newLine(), "p", "en"))
		passes(time.Second)
		c.runner.Stop("i1")
		passes(time.Millisecond)
		if n := c.runner.Running(); n != 0 {
			t.Errorf("%d flows still run", n)
		}
	})
}

func TestHTTPProblems(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]string{
		`"url":"ftp://x.example/"`:                                        "a.url: must begin with https://",
		`"url":"{{name}}"`:                                                "a.url: must begin with https://",
		`"url":"https://{{name}}/"`:                                       "a.url: must begin with https://",
		`"url":"https://x.example{{name}}"`:                               "a.url: must begin with https://",
		`"url":"https://a@x.example/"`:                                    "a.url: must begin with https://",
		`"url":"https://x.example/","headers":{"Host":"y"}`:               `a.headers: "Host" cannot be set`,
		`"url":"https://x.example/","body":"{}"`:                          "a.body: cannot be sent with GET",
		`"url":"https://x.example/","timeout":11`:                         "a.timeout: must be a number between 0.1 and 10",
		`"url":"https://x.example/","take":{"sum_due":"answer.body"}`:     "a.take: sum_due: unknown name answer",
		`"url":"https://x.example/","take":{"sum_due":"response[0] + 1"}`: "",
	} {
		_, err := Compile([]byte(program(httpVariables, "a", httpNode(more))))
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: got %v, want %s", more, err, want)
		}
	}
}

// FuzzHTTPAnswer: whatever a service answers, the run has a value or an error, never a panic.
func FuzzHTTPAnswer(f *testing.F) {
	for _, s := range []string{`{"a":[{"b":1}]}`, "", "null", `[1,2]`, `"x"`, "\xff\xfe", strings.Repeat("[", 5000), `{"a":1e999}`, `{"a":{"b":"2026-01-01"}}`} {
		f.Add([]byte(s), uint16(200))
	}
	var all []*expression
	for _, text := range []string{"response.body.a[0].b", "response.body", "response.body?.a ?? 1", "len(response.body)", "response.status", `response.body.a.b`} {
		for _, want := range VarTypes() {
			if e, problem := newLanguage(nil).compile(text, want, extra{"response": nil}); problem.Empty() {
				all = append(all, e)
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, status uint16) {
		r := &run{cfg: &RunnerConfig{Clock: wallClock{}}, program: &Program{}}
		got := response(outbound.Answer{Status: int(status), Body: body})
		for _, e := range all {
			if v, err := r.eval(t.Context(), e, extra{"response": got}); err == nil && size(v) > maxValue {
				t.Errorf("%s gives %d bytes", e.text, size(v))
			}
		}
	})
}
