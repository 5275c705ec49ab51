package flow

import (
	"context"
	"crypto/subtle"
	"fmt"
	"maps"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/id"
)

// codeKinds are the nodes that verify by a one-time code.
func codeKinds() []Kind {
	return []Kind{{
		Name: codeKind, Doc: "Sends a one-time code by SMS or e-mail and asks for it: who enters it has that telephone or mailbox. The code is in no time line, log or recording. After a restart the customer is asked again for the same code.",
		Waits: true, Needs: []Ability{CanSay, CanKeys},
		Params: append(letterParams(),
			Param{Name: "subject", Type: TextParam, Letter: true, Doc: "the subject of an e-mail; missing: one that says what it is"},
			Param{Name: "message", Type: TextParam, Letter: true, With: map[string]any{codeName: ""}, Doc: "what is sent, with {{code}} where the code stands; missing: a sentence with the code and how long it is valid"},
			Param{Name: "digits", Type: IntegerParam, Default: 6.0, Min: 4, Max: 8, Doc: "how many digits the code has"},
			Param{Name: "expires", Type: SecondsParam, Default: 300.0, Min: 30, Max: 3600, Doc: "how long the code is valid"},
			Param{Name: "prompt", Type: PromptParam, Doc: "the prompt that asks for the code"},
			Param{Name: "text", Type: TextParam, Doc: "the text that asks for the code, if there is no prompt"},
			Param{Name: "timeout", Type: SecondsParam, Default: 30.0, Min: 1, Max: 60, Doc: "how long to wait for the first key after the prompt, and for each that follows"},
			Param{Name: "tries", Type: IntegerParam, Default: 3.0, Min: 1, Max: 5, Doc: "how often to ask"},
			Param{Name: "barge_in", Type: BooleanParam, Default: true, Doc: "a key counts while the prompt still plays"},
			Param{Name: "invalid_prompt", Type: PromptParam, Default: "invalid_choice", Doc: "said after a wrong code, before asking again"},
			Param{Name: "no_input_prompt", Type: PromptParam, Doc: "said after no key came, before asking again"},
		),
		Edges: []Edge{
			{Name: "right", Doc: "the code is right"},
			{Name: "wrong", Doc: "the last try ended with a wrong code"},
			{Name: "expired", Doc: "the code is not valid any more"},
			{Name: "no_input", Doc: "the last try ended without a key"},
			{Name: failedWay, Doc: "the code cannot be sent: there is nowhere to send it to, no gateway for it, or too many codes went there"},
		},
		run: runCode, check: checkCode,
	}}
}

// codeName is the code in the text of its message.
const codeName = "code"

// sentCode is a code that was sent; it is written with the position.
type sentCode struct {
	Key   string    `json:"key"`  // of the message
	Mark  string    `json:"mark"` // of the key and the code
	Until time.Time `json:"until"`
}

// What is sent when the node says nothing: the code, and for how many minutes it is valid.
var codeTexts = map[string]string{
	"en": "Your code is %s. It is valid for %d min. Tell it to nobody.",
	"ru": "Ваш код: %s. Он действует %d мин. Никому его не сообщайте.",
	"th": "รหัสของคุณคือ %s ใช้ได้ภายใน %d นาที โปรดอย่าบอกรหัสนี้แก่ผู้ใด",
}

var codeSubjects = map[string]string{"en": "Your code", "ru": "Ваш код", "th": "รหัสของคุณ"}

func checkCode(n *node) Problems {
	found := checkSay(n)
	if _, subject := n.params["subject"]; subject && n.str("channel") != "email" {
		found.add(n.id, "subject", "an SMS has no subject")
	}
	var texts []*template
	switch t := n.params["message"].(type) {
	case *template:
		texts = append(texts, t)
	case map[string]*template:
		for one := range maps.Values(t) {
			texts = append(texts, one)
		}
	}
	for _, t := range texts {
		if !t.names(codeName) {
			found.add(n.id, "message", "must say the code as {{code}}")
			break
		}
	}
	return found
}

func runCode(ctx context.Context, r *run, n *node) (string, error) {
	r.tell(interaction.FlowSecret{On: true})
	defer r.tell(interaction.FlowSecret{On: false})
	defer func() { r.position.Code = nil }()
	if r.position.Code == nil {
		if err := r.sendCode(ctx, n); err != nil {
			return r.failed(ctx, n, err)
		}
	}
	way, err := r.askCode(ctx, n)
	if err != nil {
		return "", err
	}
	r.step(n, StepTook, way)
	return way, nil
}

// sendCode draws a code and sends it. Who dies before the position is written sends another one: only the last is right.
func (r *run) sendCode(ctx context.Context, n *node) error {
	l, err := r.newLetter(ctx, n)
	if err != nil {
		return err
	}
	code := r.cfg.Outgoing.Code(int(n.number("digits")))
	l.Key, l.Secret, l.Lasts = id.New(), true, n.seconds("expires")
	in := nearest(r.position.Language, codeTexts)
	l.Text = fmt.Sprintf(codeTexts[in], code, max(1, int(l.Lasts.Minutes())))
	if n.params["message"] != nil {
		if l.Text, err = r.lettered(ctx, n, "message", extra{codeName: code}); err != nil {
			return err
		}
	}
	if l.Way == "email" {
		l.Subject = codeSubjects[in]
		if n.params["subject"] != nil {
			if l.Subject, err = r.lettered(ctx, n, "subject", nil); err != nil {
				return err
			}
		}
	}
	sent := &sentCode{Key: l.Key, Until: r.cfg.Clock.Now().Add(l.Lasts).UTC().Truncate(time.Second)}
	if sent.Mark, err = r.cfg.Outgoing.Mark(l.Key + " " + code); err != nil {
		return err
	}
	to, err := r.cfg.Outgoing.Send(ctx, l)
	if err != nil {
		return fmt.Errorf("%s: %w", l.Way, err)
	}
	r.position.Code = sent
	r.step(n, StepSent, fmt.Sprintf("%s, %s", l.Way, to))
	return nil
}

// askCode asks for the code until it is right, no longer valid, or there are no tries left. What was entered is told to nobody:
// it may be the code but for a digit.
func (r *run) askCode(ctx context.Context, n *node) (way string, err error) {
	asked := n.asking(n.number("digits"))
	question, said := r.words(ctx, n)
	tries := int(n.number("tries"))
	var before []Clip
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if way == "" {
			r.played(n, said)
		}
		digits, _, err := r.keys(ctx, asked, append(before, question))
		if err != nil {
			return "", err
		}
		right := false
		if len(digits) == int(n.number("digits")) {
			if right, err = r.rightCode(digits); err != nil {
				return "", err
			}
		}
		switch {
		case r.cfg.Clock.Now().After(r.position.Code.Until):
			return "expired", nil
		case right:
			return "right", nil
		case digits == "":
			way, before = "no_input", r.aside(ctx, n, "no_input_prompt")
			r.step(n, StepNoInput, "")
		default:
			r.forgetKeys()
			way, before = "wrong", r.aside(ctx, n, "invalid_prompt")
			r.step(n, StepInvalid, "")
		}
	}
	return way, nil
}

// rightCode says whether the digits are the code that was sent.
func (r *run) rightCode(digits string) (bool, error) {
	mark, err := r.cfg.Outgoing.Mark(r.position.Code.Key + " " + digits)
	return err == nil && subtle.ConstantTimeCompare([]byte(mark), []byte(r.position.Code.Mark)) == 1, err
}

// asking is the node as one that collects so many digits.
func (n *node) asking(digits float64) *node {
	out := *n
	out.params = maps.Clone(n.params)
	out.params["least"], out.params["most"], out.params["terminator"] = digits, digits, "#"
	return &out
}
