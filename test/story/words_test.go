package story

import (
	"slices"
	"testing"
	"time"

	"linekeeper/test/vosk"
	"linekeeper/test/world"
)

// words is a flow that asks for a choice, for digits and for anything, and tags what it took.
const words = `"variables":{"code":{"type":"text","default":""},"what":{"type":"text","default":""}},"nodes":{
	"a":{"kind":"menu","text":"Billing or repair?","tries":3,"words":{"1":"billing, yes","2":"repair, no"},"edges":{"1":"number","2":"end","invalid":"lost","no_input":"lost"}},
	"number":{"kind":"collect","text":"Your number?","variable":"code","speech":true,"confirm":true,"next":"ask","edges":{"invalid":"lost","no_input":"lost"}},
	"ask":{"kind":"ask","text":"What is it?","variable":"what","next":"tag","edges":{"no_input":"lost","no_match":"lost"}},
	"tag":{"kind":"tag","tag":"{{code}} {{what}}","next":"end"},
	"lost":{"kind":"tag","tag":"lost","next":"end"},
	"end":{"kind":"hangup"}}`

// TestCallerAnswersInWords: over a real line, to a real socket: a word, digits with yes, and own words; keys between.
func TestCallerAnswersInWords(t *testing.T) {
	world.Hearing(t, func(w *world.World, ears *vosk.Server) {
		w.Flow("words", "+4420800", words)
		c := w.Caller().Dials("+4420800")
		c.IsAnswered()
		w.Passes(1500 * time.Millisecond) // the question takes a second
		c.Says("hello")                   // no choice
		w.Passes(4 * time.Second)         // that is said, and the question again
		c.Says("billing")
		w.Passes(2500 * time.Millisecond)
		c.Says("three", "one", "two")
		w.Passes(2500 * time.Millisecond)
		c.Says("yes")
		w.Passes(2500 * time.Millisecond)
		c.Says("hello", "repair")
		c.IsHungUpOn()
		if got := w.Tags(); !slices.Equal(got, []string{"312 hello repair"}) {
			t.Errorf("tagged %q", got)
		}
		configs := ears.Configs()
		if len(configs) != 5 || !slices.Contains(configs[0].Phrases, "billing") || !slices.Contains(configs[0].Phrases, "[unk]") || len(configs[4].Phrases) != 0 {
			t.Errorf("listened with %+v", configs)
		}
		if n := ears.Open(); n != 0 {
			t.Errorf("%d still listen", n)
		}
	})
}

// TestKeysWorkWithoutRecognizer: nobody hears; the caller presses keys as ever.
func TestKeysWorkWithoutRecognizer(t *testing.T) {
	world.Hearing(t, func(w *world.World, ears *vosk.Server) {
		ears.Deaf(true)
		w.Flow("words", "+4420800", words)
		c := w.Caller().Dials("+4420800")
		c.IsAnswered()
		w.Passes(2 * time.Second)
		c.Says("billing")
		c.Presses("1")
		w.Passes(2 * time.Second)
		c.Presses("42#")
		w.Passes(3 * time.Second)
		c.Presses("1")
		w.Passes(30 * time.Second) // nobody can hear what it is
		c.IsHungUpOn()
		if got := w.Tags(); !slices.Equal(got, []string{"lost"}) {
			t.Errorf("tagged %q", got)
		}
	})
}

// TestCrashAsksInWordsAgain: the process dies while a caller is listened to; the next one asks him again.
func TestCrashAsksInWordsAgain(t *testing.T) {
	world.Hearing(t, func(w *world.World, ears *vosk.Server) {
		w.Flow("words", "+4420800", words)
		c := w.Caller().Dials("+4420800")
		c.IsAnswered()
		w.Passes(2 * time.Second)
		c.Says("billing")
		w.Passes(2500 * time.Millisecond) // he is asked for his number
		c.Says("one")
		w.Crashes()
		w.Passes(time.Second)
		if n := ears.Open(); n != 0 {
			t.Errorf("%d still listen to a dead process", n)
		}
		w.Starts()
		w.Passes(3 * time.Second)
		c.Says("two")
		w.Passes(2500 * time.Millisecond)
		c.Says("yes")
		w.Passes(2500 * time.Millisecond)
		c.Says("repair")
		c.IsHungUpOn()
		if got := w.Tags(); !slices.Equal(got, []string{"2 repair"}) {
			t.Errorf("tagged %q", got)
		}
	})
}
