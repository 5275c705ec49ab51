package flow

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"maps"
)

// trustKinds are the nodes about whom one talks to and what he agrees to.
func trustKinds() []Kind {
	return []Kind{
		{
			Name: "consent", Doc: "Says a notice, such as that the call is recorded, to its end, and keeps the proof in the time line. It may ask for an answer: 1 is yes, 2 is no.",
			Next: true, Waits: true, Needs: []Ability{CanSay, CanAsk},
			Params: []Param{
				{Name: "prompt", Type: PromptParam, Doc: "the prompt with the notice, and the question if one is asked"},
				{Name: "text", Type: TextParam, Doc: "the text of it, if there is no prompt"},
				{Name: "about", Type: ChoiceParam, Options: []string{"recording", "data", "marketing", "contract"}, Default: "recording", Doc: "what is agreed to"},
				{Name: "ask", Type: BooleanParam, Default: false, Doc: "waits for an answer; else to go on is to agree"},
				{Name: "timeout", Type: SecondsParam, Default: 5.0, Min: 0.5, Max: 60, Doc: "how long to wait for a key after the notice"},
				{Name: "tries", Type: IntegerParam, Default: 2.0, Min: 1, Max: 10, Doc: "how often to ask"},
				{Name: "patience", Type: SecondsParam, Default: 600.0, Min: 10, Max: 86400, Doc: "how long to wait for an answer in writing"},
			},
			Edges: []Edge{{Name: "refused", Doc: "the customer said no, or nothing; not taken when nothing is asked"}},
			run:   runConsent, check: checkSay,
		},
		{
			Name: "verify", Doc: "Compares what the customer gave, such as a PIN, with what is right, and counts how often it was wrong.",
			Params: []Param{
				{Name: "given", Type: ExpressionParam, Required: true, Yields: TextVar, Secrets: true, Doc: "what the customer gave"},
				{Name: "expected", Type: ExpressionParam, Required: true, Yields: TextVar, Secrets: true, Doc: "what is right; nothing is never right"},
				{Name: "tries", Type: IntegerParam, Default: 3.0, Min: 1, Max: 10, Doc: "how often it may be wrong in one call"},
			},
			Edges: []Edge{
				{Name: "right", Doc: "they are the same"},
				{Name: "wrong", Doc: "they differ; there is another try"},
				{Name: "locked", Doc: "it was wrong too often; nothing is right any more in this call"},
			},
			run: runVerify,
		},
	}
}

// Consent is the proof of what a customer was told and answered; the step it stands in says when.
type Consent struct {
	About    string `json:"about"`
	Language string `json:"language"`
	Prompt   string `json:"prompt,omitempty"` // its key, when a prompt was played
	Text     string `json:"text"`             // what was said
	Answer   string `json:"answer"`           // heard, yes, no, none
}

// The answers.
const (
	ConsentHeard = "heard" // the notice, to its end; nothing was asked
	ConsentYes   = "yes"
	ConsentNo    = "no"
	ConsentNone  = "none"
)

func runConsent(ctx context.Context, r *run, n *node) (string, error) {
	r.waits(n)
	proof := Consent{About: n.str("about"), Language: r.position.Language, Prompt: n.str("prompt")}
	text, err := r.written(ctx, n, "prompt")
	if err != nil && n.str("prompt") == "" {
		return "", err // a notice nobody can be told is no notice
	}
	proof.Text = text
	if t, in := n.text("text", r.position.Language); t != nil {
		proof.Language = in
	}
	proof.Answer, err = r.agree(ctx, n, text)
	if err != nil {
		return "", err
	}
	kept, err := json.Marshal(proof)
	if err != nil {
		return "", fmt.Errorf("writing the proof: %w", err)
	}
	r.step(n, StepConsent, string(kept))
	if proof.Answer == ConsentHeard || proof.Answer == ConsentYes {
		return "next", nil
	}
	return "refused", nil
}

// agree says the notice and gives the answer.
func (r *run) agree(ctx context.Context, n *node, text string) (string, error) {
	tries := 1
	if n.flag("ask") {
		tries = int(n.number("tries"))
	}
	for range tries {
		key, err := r.agreeOnce(ctx, n, text)
		switch {
		case err != nil:
			return "", err
		case !n.flag("ask"):
			return ConsentHeard, nil
		case key == "1":
			return ConsentYes, nil
		case key == "2":
			return ConsentNo, nil
		}
	}
	return ConsentNone, nil
}

var yesTexts = map[string]string{"en": "Yes", "ru": "Да", "th": "ใช่"}
var noTexts = map[string]string{"en": "No", "ru": "Нет", "th": "ไม่ใช่"}

// agreeOnce says the notice once and gives the key, or the key that was meant; empty: none.
func (r *run) agreeOnce(ctx context.Context, n *node, text string) (string, error) {
	if r.talker == nil {
		return r.agreeWritten(ctx, n, text)
	}
	clip, said := r.words(ctx, n)
	if said == "" || clip.ID == beep().ID {
		return "", fmt.Errorf("the notice cannot be said")
	}
	if err := r.play(ctx, clip); err != nil {
		return "", err
	}
	if !n.flag("ask") {
		return "", nil
	}
	key, pressed, err := r.listen(ctx, nil, n.seconds("timeout"))
	if err != nil || !pressed {
		return "", err
	}
	return string(key), nil
}

func (r *run) agreeWritten(ctx context.Context, n *node, text string) (string, error) {
	if text == "" {
		return "", fmt.Errorf("the notice has no words")
	}
	m := Message{Text: text}
	if n.flag("ask") {
		in := nearest(r.position.Language, yesTexts)
		m.Buttons = []Button{{Key: "1", Label: yesTexts[in]}, {Key: "2", Label: noTexts[in]}}
	}
	if err := r.writer.Write(ctx, m); err != nil {
		return "", err
	}
	if !n.flag("ask") {
		return "", nil
	}
	typed, given, err := r.writer.Read(ctx, n.seconds("patience"))
	if err != nil || !given {
		return "", err
	}
	return chosen(m.Buttons, typed), nil
}

func runVerify(ctx context.Context, r *run, n *node) (string, error) {
	given, _ := n.params["given"].(*expression)
	expected, _ := n.params["expected"].(*expression)
	key, way := string(r.position.Flow)+"."+n.id, "wrong"
	have, err := r.eval(ctx, given, nil)
	var want any
	if err == nil {
		want, err = r.eval(ctx, expected, nil)
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	switch {
	case r.position.Wrong[key] >= int(n.number("tries")):
		way = "locked"
	case err != nil: // it may hold a secret
		r.step(n, StepFailed, "what is compared has no value")
	case want != "" && subtle.ConstantTimeCompare([]byte(have.(string)), []byte(want.(string))) == 1:
		way = "right"
	}
	if way == "wrong" {
		wrong := maps.Clone(r.position.Wrong) // the position may be in the hands of who writes it down
		if wrong == nil {
			wrong = map[string]int{}
		}
		wrong[key]++
		r.position.Wrong = wrong
		if wrong[key] >= int(n.number("tries")) {
			way = "locked"
		}
	}
	r.step(n, StepTook, way)
	return way, nil
}
