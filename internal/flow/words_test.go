package flow

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
)

// spokenLine is a line whose customer can be heard.
type spokenLine struct {
	*line
	mu     sync.Mutex
	open   int // microphones
	opened []string
}

// Sound gives 20 ms of silence every 20 ms.
func (l *spokenLine) Sound(rate int, give func([]int16)) (func() uint64, error) {
	l.mu.Lock()
	l.open++
	l.opened = append(l.opened, l.at())
	l.mu.Unlock()
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				give(make([]int16, rate/50))
			case <-done:
				return
			}
		}
	}()
	return func() uint64 {
		close(done)
		<-over
		l.mu.Lock()
		defer l.mu.Unlock()
		l.open--
		return 0
	}, nil
}

// utterance is what a fake recognizer hears so long after it began to listen.
type utterance struct {
	after time.Duration
	heard Heard
	err   error
	noise bool // it begins a second before and is nothing
}

// recognizer hears one utterance after the other, each time it listens, and then nothing.
type recognizer struct {
	mu    sync.Mutex
	says  []utterance
	asked []Hearing
	knows string // the language
}

func (r *recognizer) Rate(_ project.ID, language string) int {
	if language != r.knows {
		return 0
	}
	return 8000
}

func (r *recognizer) Recognize(ctx context.Context, h Hearing, audio <-chan []int16) (Heard, error) {
	r.mu.Lock()
	r.asked = append(r.asked, h)
	var u utterance
	if len(r.says) > 0 {
		u, r.says = r.says[0], r.says[1:]
	}
	r.mu.Unlock()
	samples := 0
	begun := false
	for {
		select {
		case pcm, ok := <-audio:
			if !ok {
				return u.heard, nil // what was said so far
			}
			samples += len(pcm)
		case <-ctx.Done():
			return Heard{}, ctx.Err()
		}
		at := time.Duration(samples) * time.Second / 8000
		if u.after == 0 {
			continue
		}
		if !begun && at >= u.after-time.Second {
			begun = true
			words, _, _ := strings.Cut(u.heard.Text, " ")
			h.Told(true, words)
		}
		if at >= u.after {
			if u.noise {
				h.Told(false, "")
				u = utterance{}
				continue
			}
			return u.heard, u.err
		}
	}
}

func hears(text string) utterance { return utterance{after: 2 * time.Second, heard: Heard{Text: text}} }

const ends = `"good":{"kind":"tag","tag":"good","next":"end"},"other":{"kind":"tag","tag":"other","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"},"none":{"kind":"tag","tag":"none","next":"end"}` + end

const wordMenu = `"a":{"kind":"menu","text":"Billing or repair?","tries":2,"words":{"1":{"en":"billing, my bill","ru":"счёт"},"2":{"en":"repair, no","ru":"ремонт"}},"edges":{"1":"good","2":"other","invalid":"bad","no_input":"none"}},` + ends

func TestAnswersInWords(t *testing.T) {
	t.Parallel()
	const over, asked = "ended hung up by the flow at end", "a played Billing or repair?"
	const number = `"a":{"kind":"collect","text":"Number?","variable":"code","speech":true,"confirm":true,"tries":2,"next":"good","edges":{"invalid":"bad","no_input":"none"}},` + `"other":{"kind":"hangup"},` + ends
	collect := strings.Replace(number, `"other":{"kind":"hangup"},`, "", 1)
	collect = strings.Replace(collect, `"other":{"kind":"tag","tag":"other","next":"end"},`, "", 1)
	const ask = `"a":{"kind":"ask","text":"What for?","variable":"code","tries":2,"next":"good","edges":{"no_input":"none","no_match":"bad","key":"other"}},` + ends
	strictAsk := strings.Replace(ask, `"tries":2,`, `"tries":2,"phrases":"my bill, a new phone","only_phrases":true,`, 1)
	for _, tt := range []struct {
		name, nodes string
		says        []utterance
		keys        []keyed
		told        []string
	}{
		{"a word", wordMenu, []utterance{hears("it is about billing")}, nil, []string{asked, "a said it is about billing", "a chose 1", "good tagged good", over}},
		{"another word for no", wordMenu, []utterance{hears("nope")}, nil, []string{asked, "a said nope", "a chose 2", "other tagged other", over}},
		{"a key's name", wordMenu, []utterance{hears("two")}, nil, []string{asked, "a said two", "a chose 2", "other tagged other", over}},
		{"a key while he is listened to", wordMenu, []utterance{hears("billing")}, []keyed{{1.5, '2'}}, []string{asked, "a chose 2", "other tagged other", over}},
		{"other words, then a key", wordMenu, []utterance{hears("good morning")}, []keyed{{8, '1'}}, []string{asked, "a said good morning", "a invalid good morning", "a chose 1", "good tagged good", over}},
		{"nobody is sure", wordMenu, []utterance{{2 * time.Second, Heard{"billing", 0.3}, nil, false}, hears("billing")}, nil,
			[]string{asked, "a said billing", "a invalid billing", "a said billing", "a chose 1", "good tagged good", over}},
		{"silence", wordMenu, nil, nil, []string{asked, "a no_input", "a no_input", "none tagged none", over}},
		{"noise at the end of the time", wordMenu, []utterance{{5500 * time.Millisecond, Heard{}, nil, true}}, []keyed{{10, '1'}}, []string{asked, "a no_input", "a chose 1", "good tagged good", over}},
		{"he speaks at the end of the time", wordMenu, []utterance{{5500 * time.Millisecond, Heard{Text: "billing"}, nil, false}}, nil, []string{asked, "a said billing", "a chose 1", "good tagged good", over}},
		{"he speaks for too long", wordMenu, []utterance{{5*time.Second + 500*time.Millisecond, Heard{Text: "billing"}, nil, false}}, nil, []string{asked, "a said billing", "a chose 1", "good tagged good", over}},
		{"the recognizer fails", wordMenu, []utterance{{1 * time.Second, Heard{}, errors.New("gone"), false}}, []keyed{{4, '1'}}, []string{asked, "a not_heard gone", "a chose 1", "good tagged good", over}},
		{"digits", collect, []utterance{hears("four seven double one"), hears("yes")}, nil, []string{"a played Number?", "a said four seven double one", "a said yes", "a set code = 4711", "good tagged good", over}},
		{"digits that are not right", collect, []utterance{hears("four"), hears("no"), hears("five"), hears("correct")}, nil,
			[]string{"a played Number?", "a said four", "a said no", "a invalid 4", "a said five", "a said correct", "a set code = 5", "good tagged good", over}},
		{"no digits, then keys", collect, []utterance{hears("I do not know")}, []keyed{{8, '4'}, {9, '2'}, {10, '#'}, {12, '1'}},
			[]string{"a played Number?", "a said I do not know", "a invalid I do not know", "a set code = 42", "good tagged good", over}},
		{"keys from the first on", collect, []utterance{{30 * time.Second, Heard{Text: "nine"}, nil, false}}, types("42#1"), []string{"a played Number?", "a set code = 42", "good tagged good", over}},
		{"own words", ask, []utterance{hears("I have lost my key")}, nil, []string{"a played What for?", "a set code = I have lost my key", "good tagged good", over}},
		{"unclear, then own words", ask, []utterance{hears(Unclear), hears("hello")}, nil, []string{"a played What for?", "a invalid …", "a set code = hello", "good tagged good", over}},
		{"a key instead", ask, nil, []keyed{{2, '5'}}, []string{"a played What for?", "other tagged other", over}},
		{"not a word", ask, nil, nil, []string{"a played What for?", "a no_input", "a no_input", "none tagged none", over}},
		{"a phrase", strictAsk, []utterance{hears("it is about my bill please")}, nil, []string{"a played What for?", "a set code = my bill", "good tagged good", over}},
		{"none of the phrases", strictAsk, []utterance{hears("hello"), hears("hello")}, nil, []string{"a played What for?", "a invalid hello", "a invalid hello", "bad tagged bad", over}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ears := &recognizer{says: tt.says, knows: "en"}
				c := newCenter(t, map[string]string{"p": program(`"code":{"type":"text"}`, "a", tt.nodes)}, withSpeech, func(c *RunnerConfig) { c.Recognizer = ears })
				l := &spokenLine{line: newLine()}
				l.playKeys(tt.keys)
				c.runner.Start(spec(l, "p", "en"))
				passes(time.Minute)
				wantLines(t, "told", c.log(), tt.told...)
				if l.open != 0 {
					t.Errorf("%d microphones are still open", l.open)
				}
			})
		})
	}
}

// TestWordsStopTheQuestion: only where the flow wants it the customer is listened to while he is asked.
func TestWordsStopTheQuestion(t *testing.T) {
	t.Parallel()
	for over, want := range map[bool]string{false: "1", true: "0"} {
		synctest.Test(t, func(t *testing.T) {
			nodes := wordMenu
			if over {
				nodes = strings.Replace(nodes, `"tries":2,`, `"tries":2,"speech_barge_in":true,`, 1)
			}
			ears := &recognizer{says: []utterance{{1500 * time.Millisecond, Heard{Text: "billing please"}, nil, false}}, knows: "en"}
			c := newCenter(t, map[string]string{"p": program("", "a", nodes)}, withSpeech, func(c *RunnerConfig) { c.Recognizer = ears })
			l := &spokenLine{line: newLine()}
			c.runner.Start(spec(l, "p", "en"))
			passes(time.Minute)
			if len(l.opened) != 1 || l.opened[0] != want {
				t.Errorf("over %t: listened from %q on, want %s", over, l.opened, want)
			}
			stopped := strings.Contains(strings.Join(l.said(), " "), "#stop")
			if log := strings.Join(c.log(), "; "); stopped != over || !strings.Contains(log, "a chose 1") {
				t.Errorf("over %t: stopped %t, told %s", over, stopped, log)
			}
		})
	}
}

// TestNobodyHears: without a recognizer for the language a question is answered by keys, and noted once.
func TestNobodyHears(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ears := &recognizer{knows: "en"}
		texts := map[string]string{"menu": program("", "a", wordMenu), "ask": program(`"code":{"type":"text"}`, "a",
			`"a":{"kind":"ask","text":"?","variable":"code","next":"good","edges":{"no_input":"none","no_match":"bad","not_heard":"other"}},`+ends)}
		c := newCenter(t, texts, withSpeech, func(c *RunnerConfig) { c.Recognizer = ears })
		l := &spokenLine{line: newLine()}
		l.playKeys([]keyed{{8, '1'}})
		c.runner.Start(spec(l, "menu", "ru"))
		passes(time.Minute)
		wantLines(t, "told", c.log(), "a played Billing or repair?", "a not_heard there is no recognizer for the language ru", "a no_input", "a chose 1", "good tagged good", "ended hung up by the flow at end")
		c.told = nil
		c.runner.Start(spec(newLine(), "ask", "en")) // a channel without a microphone
		passes(time.Minute)
		wantLines(t, "told", c.log(), "a not_heard there is no recognizer", "other tagged other", "ended hung up by the flow at end")
		// Words of the language are expected, with all that mean the same.
		c.runner.Start(spec(l, "menu", "en"))
		passes(time.Minute)
		if len(ears.asked) == 0 || !ears.asked[0].Only || !strings.Contains(strings.Join(ears.asked[0].Phrases, ","), "nope") || strings.Contains(strings.Join(ears.asked[0].Phrases, ","), "счёт") {
			t.Errorf("asked for %+v", ears.asked)
		}
	})
}

func TestWordsProblems(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		`{"1":{"en":"billing","ru":"счёт"},"2":{"en":"repair"}}`: "a.words.2: has no words in ru, which others have",
		`{"1":"billing","2":"Billing, repair"}`:                  `a.words.2: "Billing" is said for 1 too`,
		`{"one":"billing"}`:                                      "a.words.one: must be a key: 0-9, * or #",
	} {
		_, err := Compile([]byte(program("", "a", `"a":{"kind":"menu","text":"?","words":`+words+`,"edges":{"1":"good","2":"other","invalid":"bad","no_input":"none"}},`+ends)))
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", words, err, want)
		}
	}
	_, err := Compile([]byte(program(`"code":{"type":"text"}`, "a", `"a":{"kind":"ask","text":"?","variable":"code","only_phrases":true,"next":"good","edges":{"no_input":"none","no_match":"bad"}},`+strings.Replace(ends, `"other":{"kind":"tag","tag":"other","next":"end"},`, "", 1))))
	if err == nil || !strings.Contains(err.Error(), "a.phrases: must be set") {
		t.Errorf("got %v", err)
	}
}

// TestWordsInRehearsals: a script's customer speaks; where there is no recognizer, he presses keys.
func TestWordsInRehearsals(t *testing.T) {
	t.Parallel()
	p := compiled1(t, program(`"code":{"type":"text"}`, "a", strings.Replace(wordMenu, `"1":"good"`, `"1":"ask"`, 1)+
		`,"ask":{"kind":"ask","text":"What for?","variable":"code","tries":1,"next":"good","edges":{"no_input":"none","no_match":"bad","not_heard":"bad"}}`))
	scripts := []Script{
		{Name: "speaks", Acts: []Act{{Say: "billing"}, {Say: "the last bill"}}, Expect: Expect{Passes: []string{"a", "ask", "good"}, Variables: map[string]string{"code": "the last bill"}}},
		{Name: "deaf", Deaf: true, Acts: []Act{{Say: "billing"}, {Keys: "1"}}, Expect: Expect{Passes: []string{"a", "ask", "bad"}}},
		{Name: "says something else", Acts: []Act{{Say: "nonsense"}, {Keys: "2"}}, Expect: Expect{Passes: []string{"a", "other"}}},
	}
	all, _ := Rehearse(t.Context(), Stage{}, p, scripts)
	for _, r := range all {
		if len(r.Failures) > 0 {
			t.Errorf("%s: %q\n%+v", r.Script, r.Failures, r.Steps)
		}
	}
}

// TestSpokenQuestionResumes: a process that dies while somebody is asked asks him again.
func TestSpokenQuestionResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		text := map[string]string{"p": program("", "a", wordMenu)}
		first := newCenter(t, text, withSpeech, func(c *RunnerConfig) { c.Recognizer = &recognizer{knows: "en"} })
		l := &spokenLine{line: newLine()}
		first.runner.Start(spec(l, "p", "en"))
		passes(2 * time.Second)
		var at Position
		for _, in := range first.inputs {
			if s, ok := in.(interaction.FlowStepped); ok && s.What == StepWaits {
				at, _ = ParsePosition(s)
			}
		}
		first.runner.Close()
		if l.open != 0 || at.Node != "a" {
			raw, _ := json.Marshal(at)
			t.Fatalf("%d microphones open at %s", l.open, raw)
		}
		second := newCenter(t, text, withSpeech, func(c *RunnerConfig) { c.Recognizer = &recognizer{knows: "en", says: []utterance{hears("repair")}} })
		second.runner.Resume(spec(&spokenLine{line: newLine()}, "p", "en"), at)
		passes(time.Minute)
		wantLines(t, "told", second.log(), "a played Billing or repair?", "a said repair", "a chose 2", "other tagged other", "ended hung up by the flow at end")
	})
}
