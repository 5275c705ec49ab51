package flow

import (
	"testing"
	"testing/synctest"
	"time"
)

func consentNode(more string) string {
	return `"channels":["voice","chat"],"start":"a","nodes":{"a":{"kind":"consent","text":{"en":"We record. 1 yes, 2 no.","ru":"Идёт запись."},` + more + `"next":"good","edges":{"refused":"bad"}},
		"good":{"kind":"tag","tag":"good","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"}` + end + `}}`
}

func TestConsent(t *testing.T) {
	t.Parallel()
	proof := func(answer string) string {
		return `a consent {"about":"recording","language":"en","text":"We record. 1 yes, 2 no.","answer":"` + answer + `"}`
	}
	tests := []struct {
		name, more string
		keys       []keyed
		typed      []string
		told       string
		way        string
	}{
		{"only said", "", nil, nil, proof("heard"), "good"},
		{"yes", `"ask":true,`, []keyed{{1.5, '1'}}, []string{"yes"}, proof("yes"), "good"},
		{"no", `"ask":true,`, []keyed{{1.5, '2'}}, []string{"2"}, proof("no"), "bad"},
		{"yes, after nonsense", `"ask":true,`, []keyed{{1.5, '7'}, {3, '1'}}, []string{"what?", "Yes"}, proof("yes"), "good"},
		{"nothing", `"ask":true,`, nil, nil, proof("none"), "bad"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				text := map[string]string{"p": `{"schema":1,` + consentNode(tt.more)}
				want := []string{tt.told, tt.way + " tagged " + tt.way, "ended hung up by the flow at end"}
				c, l := newCenter(t, text, withSpeech), newLine()
				l.playKeys(tt.keys)
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				wantLines(t, "told by voice", c.log(), want...)
				c, run := newCenter(t, text), spec(nil, "p", "en")
				run.Channel = written{&page{types: tt.typed}}
				c.runner.Start(run)
				passes(time.Hour)
				wantLines(t, "told in writing", c.log(), want...)
			})
		})
	}
}

// TestConsentThatCannotBeSaid: a notice nobody hears is no consent; the flow fails, and the safety flow serves the customer.
func TestConsentThatCannotBeSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCenter(t, map[string]string{"p": `{"schema":1,` + consentNode("")}) // nobody speaks here
		c.runner.Start(spec(newLine(), "p", "en"))
		passes(time.Minute)
		for _, line := range c.log() {
			if line == "good tagged good" {
				t.Errorf("got %q", c.log())
			}
		}
	})
}

func TestVerify(t *testing.T) {
	t.Parallel()
	nodes := func(given string) string {
		return `"a":{"kind":"collect_secret","text":"PIN?","variable":"pin","most":4,"next":"v","edges":{"invalid":"end","no_input":"end"}},
			"v":{"kind":"verify","given":"pin","expected":` + quoted(given) + `,"tries":2,"edges":{"right":"good","wrong":"a","locked":"bad"}},
			"good":{"kind":"tag","tag":"good","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"}` + end
	}
	tests := []struct {
		name, expected, keys string
		told                 []string
	}{
		{"right", `"4711"`, "4711", []string{"v took right", "good tagged good"}},
		{"wrong, then right", `"4711"`, "12344711", []string{"v took right", "good tagged good"}},
		{"too often", `"4711"`, "123443214711", []string{"v took locked", "bad tagged bad"}},
		{"nothing is right", `""`, "12341234", []string{"v took locked", "bad tagged bad"}},
		{"no value", `[][0]`, "12341234", []string{"v took locked", "bad tagged bad"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, l := newCenter(t, map[string]string{"p": program(`"pin":{"type":"text","secret":true}`, "a", nodes(tt.expected))}, withSpeech), newLine()
				l.playKeys(types(tt.keys))
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				log := c.log()
				wantLines(t, "told", log[max(0, len(log)-3):len(log)-1], tt.told...)
			})
		})
	}
}
