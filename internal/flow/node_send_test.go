package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
)

// post is what sends in tests: it notes what it is given, and draws the codes it is told.
type post struct {
	mu   sync.Mutex
	sent []Letter
	fail error
}

func (p *post) Send(_ context.Context, l Letter) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return "", p.fail
	}
	p.sent = append(p.sent, l)
	return strings.ReplaceAll(l.To, " ", ""), nil
}

func (p *post) Code(digits int) string { return "739182645"[:digits] }

func (p *post) Mark(text string) (string, error) {
	var sum uint64 = 14695981039346656037
	for _, b := range []byte(text) {
		sum = (sum ^ uint64(b)) * 1099511628211
	}
	return fmt.Sprintf("%x", sum), nil
}

func (p *post) all() []Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Letter(nil), p.sent...)
}

func sending(p *post) func(*RunnerConfig) { return func(c *RunnerConfig) { c.Outgoing = p } }

func numbered(l interaction.Channel, number, language string) interaction.FlowRun {
	s := spec(l, "p", language)
	s.State.Arrival.CustomerAddress = number
	return s
}

// TestSend: what is sent, to whom, and the way on when it cannot be.
func TestSend(t *testing.T) {
	t.Parallel()
	const over = "ended hung up by the flow at end"
	for name, tt := range map[string]struct {
		more, number, language string
		fail                   error
		told                   string
		want                   Letter
	}{
		"to who calls": {`"message":"Balance: {{money(1200.5, \"THB\")}}"`, "+66 81", "en", nil, "a message_sent sms, +6681: Balance: ฿1,200.50", Letter{Way: "sms", To: "+66 81"}},
		"in his language": {`"message":{"en":"Hello","ru":"Здравствуйте"}`, "+79", "ru", nil,
			"a message_sent sms, +79: Здравствуйте", Letter{Way: "sms", To: "+79", Text: "Здравствуйте"}},
		"an e-mail": {`"channel":"email","to":"\"anna@example.com\"","subject":"For {{call.number}}","message":"Hello","wait":5`, "+66", "en", nil,
			"a message_sent email, anna@example.com: Hello", Letter{Way: "email", To: "anna@example.com", Subject: "For +66", Text: "Hello", Wait: 5 * time.Second}},
		"nowhere":            {`"message":"Hello"`, "", "en", nil, "a failed there is no address to send to", Letter{}},
		"no mailbox":         {`"channel":"email","subject":"s","message":"Hello"`, "+66", "en", nil, "a failed there is no address to send to", Letter{}},
		"what has no value":  {`"message":"{{money(call.line, \"THB\")}}"`, "+66", "en", nil, "a failed message:", Letter{}},
		"nobody to carry it": {`"message":"Hello"`, "+66", "en", errors.New("no gateway"), "a failed sms: no gateway", Letter{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &post{fail: tt.fail}
				c, l := newCenter(t, map[string]string{"p": program("", "a", `"a":{"kind":"send",`+tt.more+`,"next":"end","edges":{"failed":"end"}}`+end)}, sending(p)), newLine()
				c.runner.Start(numbered(l, tt.number, tt.language))
				passes(time.Minute)
				log := c.log()
				if len(log) != 2 || !strings.HasPrefix(log[0], tt.told) || log[1] != over {
					t.Errorf("told %q, want %q", log, tt.told)
				}
				sent := p.all()
				if (len(sent) == 1) != (tt.want.Way != "") {
					t.Fatalf("sent %+v", sent)
				}
				if len(sent) == 0 {
					return
				}
				got := sent[0]
				if got.Way != tt.want.Way || got.To != tt.want.To || got.Subject != tt.want.Subject || got.Wait != tt.want.Wait || tt.want.Text != "" && got.Text != tt.want.Text ||
					got.Key == "" || got.Node != "a" || got.Interaction != "i1" || got.Secret {
					t.Errorf("sent %+v, want %+v", got, tt.want)
				}
			})
		})
	}
}

// lastPosition is the position told last.
func (c *center) lastPosition(t *testing.T) (at Position) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, in := range c.inputs {
		if s, ok := in.(interaction.FlowStepped); ok && s.What == StepWaits {
			at, _ = ParsePosition(s)
		}
	}
	return at
}

// TestSendResumes: the same wish has the same key after a restart; the next visit another one.
func TestSendResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		text := map[string]string{"p": program("", "a", `"a":{"kind":"send","message":"one","next":"b","edges":{"failed":"end"}},"b":{"kind":"send","message":"two","next":"end","edges":{"failed":"end"}}`+end)}
		p := &post{}
		first, l := newCenter(t, text, sending(p)), newLine()
		first.runner.Start(numbered(l, "+66", "en"))
		passes(time.Second)
		at := first.lastPosition(t)
		second := newCenter(t, text, sending(p))
		second.runner.Resume(numbered(newLine(), "+66", "en"), at)
		passes(time.Second)
		sent := p.all()
		if len(sent) != 3 || sent[1].Key != sent[2].Key || sent[0].Key == sent[1].Key || sent[2].Text != "two" {
			t.Errorf("sent %+v", sent)
		}
	})
}

const codeNodes = `"a":{"kind":"code","text":"Code?",%s"edges":{"right":"good","wrong":"bad","expired":"late","no_input":"none","failed":"fails"}},
	"good":{"kind":"tag","tag":"good","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"},"late":{"kind":"tag","tag":"late","next":"end"},
	"none":{"kind":"tag","tag":"none","next":"end"},"fails":{"kind":"tag","tag":"fails","next":"end"}` + end

func codeProgram(more string) map[string]string {
	return map[string]string{"p": program("", "a", fmt.Sprintf(codeNodes, more))}
}

// TestCode: the ways of a code that is entered, and that neither it nor what is typed is told to anybody.
func TestCode(t *testing.T) {
	t.Parallel()
	const begin, sent, asked, done = "secret true", "a message_sent sms, +66", "a played Code?", "secret false"
	for name, tt := range map[string]struct {
		more, number string
		keys         []keyed
		fail         error
		told         []string
	}{
		"right":        {"", "+66", types("739182"), nil, []string{begin, sent, asked, "a took right", done, "good tagged good"}},
		"at last":      {"", "+66", types("739183" + "#" + "739182"), nil, []string{begin, sent, asked, "a invalid", "a took right", done, "good tagged good"}},
		"short":        {`"tries":1,`, "+66", types("739#"), nil, []string{begin, sent, asked, "a invalid", "a took wrong", done, "bad tagged bad"}},
		"never":        {`"tries":2,"digits":4,`, "+66", types("73927393"), nil, []string{begin, sent, asked, "a invalid", "a invalid", "a took wrong", done, "bad tagged bad"}},
		"silence":      {`"tries":2,"timeout":10,`, "+66", nil, nil, []string{begin, sent, asked, "a no_input", "a no_input", "a took no_input", done, "none tagged none"}},
		"late":         {`"expires":30,"timeout":20,`, "+66", []keyed{{15, '7'}, {34, '3'}, {35, '9'}, {36, '1'}, {37, '8'}, {38, '2'}}, nil, []string{begin, sent, asked, "a took expired", done, "late tagged late"}},
		"nowhere":      {"", "", nil, nil, []string{begin, "a failed there is no address to send to", done, "fails tagged fails"}},
		"cannot go":    {"", "+66", nil, errors.New("too many"), []string{begin, "a failed sms: too many", done, "fails tagged fails"}},
		"eight digits": {`"digits":8,"message":"{{code}} is it",`, "+66", types("73918264"), nil, []string{begin, sent, asked, "a took right", done, "good tagged good"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &post{fail: tt.fail}
				c, l := newCenter(t, codeProgram(tt.more), withSpeech, sending(p)), newLine()
				l.playKeys(tt.keys)
				c.runner.Start(numbered(l, tt.number, "en"))
				passes(5 * time.Minute)
				wantLines(t, "told", c.log(), append(tt.told, "ended hung up by the flow at end")...)
				for _, in := range c.inputs {
					if text := fmt.Sprintf("%+v", in); strings.Contains(text, "7391") {
						t.Errorf("the code is in %s", text)
					}
				}
				if sent := p.all(); len(sent) == 1 && (!sent[0].Secret || !strings.Contains(sent[0].Text, "7391") || sent[0].Lasts == 0) {
					t.Errorf("sent %+v", sent[0])
				}
			})
		})
	}
}

// TestCodeTexts: the words that come along, in three languages, by SMS and by e-mail.
func TestCodeTexts(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{"en": "Your code is 739182. It is valid for 5 min.", "ru": "Ваш код: 739182. Он действует 5 мин.", "th": "รหัสของคุณคือ 739182 ใช้ได้ภายใน 5 นาที"} {
		synctest.Test(t, func(t *testing.T) {
			p := &post{}
			c := newCenter(t, codeProgram(`"channel":"email","to":"\"a@example.com\"",`), withSpeech, sending(p))
			c.runner.Start(numbered(newLine(), "+66", language))
			passes(time.Second)
			c.runner.Stop("i1")
			sent := p.all()
			if len(sent) != 1 || !strings.HasPrefix(sent[0].Text, want) || sent[0].Subject != codeSubjects[language] || sent[0].To != "a@example.com" {
				t.Errorf("%s: sent %+v", language, sent)
			}
		})
	}
}

// TestCodeResumes: after a restart the customer is asked for the same code, as often as was left, and gets no other.
func TestCodeResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		first, l := newCenter(t, codeProgram(`"tries":2,`), withSpeech, sending(p)), newLine()
		l.playKeys(types("111111"))
		first.runner.Start(numbered(l, "+66", "en"))
		passes(20 * time.Second)
		at := first.lastPosition(t)
		first.runner.Close()
		raw, err := json.Marshal(at)
		if err != nil || at.Tries != 1 || at.Code == nil || strings.Contains(string(raw), "739182") {
			t.Fatalf("the position is %s, %v", raw, err)
		}
		second, l := newCenter(t, codeProgram(`"tries":2,`), withSpeech, sending(p)), newLine()
		l.playKeys(types("739182"))
		second.runner.Resume(numbered(l, "+66", "en"), at)
		passes(time.Minute)
		wantLines(t, "told", second.log(), "secret true", "a played Code?", "a took right", "secret false", "good tagged good", "ended hung up by the flow at end")
		if n := len(p.all()); n != 1 {
			t.Errorf("%d codes were sent", n)
		}
	})
}

// TestSendChecks: what is wrong before anybody calls.
func TestSendChecks(t *testing.T) {
	t.Parallel()
	for node, want := range map[string]string{
		`"kind":"send","next":"end","edges":{"failed":"end"}`:                                              "a.message: must be set",
		`"kind":"send","channel":"email","message":"x","next":"end","edges":{"failed":"end"}`:              "a.subject: an e-mail needs a subject",
		`"kind":"send","subject":"x","message":"x","next":"end","edges":{"failed":"end"}`:                  "a.subject: an SMS has no subject",
		`"kind":"send","channel":"fax","message":"x","next":"end","edges":{"failed":"end"}`:                "a.channel: must be one of sms, email",
		`"kind":"send","to":"7","message":"{{code}}","next":"end","edges":{"failed":"end"}`:                "unknown name code",
		`"kind":"send","message":"{{pin}}","next":"end","edges":{"failed":"end"}`:                          "is secret",
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf(codeNodes, `"message":"x",`), `"a":{`), "}"+end): "a.message: must say the code as {{code}}",
	} {
		_, err := Compile([]byte(program(`"pin":{"type":"text","secret":true}`, "a", `"a":{`+node+`}`+end)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", node, err, want)
		}
	}
}

// TestRehearseSending: a rehearsal sends nothing, shows what would be sent, and its customer knows the code.
func TestRehearseSending(t *testing.T) {
	t.Parallel()
	p, err := Compile([]byte(program("", "s", `"s":{"kind":"send","message":"Hello {{customer.name}}","next":"a","edges":{"failed":"fails"}},`+fmt.Sprintf(codeNodes, ""))))
	if err != nil {
		t.Fatal(err)
	}
	p.Flow = underTest
	all, _ := Rehearse(t.Context(), Stage{Tenant: "t"}, p, []Script{
		{Name: "right", Number: "+66812345678", Customer: &Customer{Known: true, Name: "Anna"}, Acts: []Act{{Keys: "123456"}}, Expect: Expect{Passes: []string{"s", "a", "good"}}},
		{Name: "wrong", Number: "+66812345678", Acts: []Act{{Keys: "123457"}, {}, {}}, Expect: Expect{Passes: []string{"a", "none"}}},
		{Name: "no number", Expect: Expect{Passes: []string{"s", "fails"}}},
		{Name: "no gateway", Number: "+66812345678", Answers: map[string][]Answer{"s": {{Fails: true}}}, Expect: Expect{Passes: []string{"s", "fails"}}},
	})
	for _, r := range all {
		if len(r.Failures) > 0 {
			t.Errorf("%s: %v; %+v", r.Script, r.Failures, r.Steps)
		}
	}
	if first := fmt.Sprint(all[0].Steps); !strings.Contains(first, "sms, +66812345678: Hello Anna") {
		t.Errorf("the steps are %s", first)
	}
}
