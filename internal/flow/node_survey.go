package flow

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"linekeeper/internal/interaction"
)

// surveyKind is the name of the node that asks a question of a survey.
const surveyKind = "survey"

// surveyKinds are the nodes that ask about a talk.
func surveyKinds() []Kind {
	return []Kind{{
		Name: surveyKind, Doc: "Asks a question and keeps the answer, which reports count by queue and agent. After the call it is about the talk that was; to let the customer say more, go on to a voice message.",
		Next: true, Waits: true, Needs: []Ability{CanSay, CanAsk},
		Params: []Param{
			{Name: "question", Type: TemplateParam, Required: true, Doc: "a key of the question, by which answers are counted: small letters, digits, _ and -"},
			{Name: "scale", Type: ChoiceParam, Options: []string{string(interaction.Five), string(interaction.Ten), string(interaction.YesNo)}, Default: string(interaction.Five),
				Doc: "five: 1 to 5; ten: 0 to 10, would the customer recommend you; yes_no: 1 is yes, 2 is no"},
			{Name: "prompt", Type: PromptParam, Doc: "the prompt that asks"},
			{Name: "text", Type: TextParam, Doc: "the text that asks, if there is no prompt"},
			{Name: "variable", Type: VariableParam, Yields: NumberVar, On: []string{"next", "low"}, Doc: "the variable the answer is put into: the number, for yes 1 and for no 0"},
			{Name: "timeout", Type: SecondsParam, Default: 5.0, Min: 0.5, Max: 60, Doc: "how long to wait for a key after the question"},
			{Name: "tries", Type: IntegerParam, Default: 2.0, Min: 1, Max: 10, Doc: "how often to ask"},
			{Name: "barge_in", Type: BooleanParam, Default: true, Doc: "a key counts while the question still plays"},
			{Name: "invalid_prompt", Type: PromptParam, Default: "invalid_choice", Doc: "said after a key that is no answer, before asking again"},
			{Name: "no_input_prompt", Type: PromptParam, Doc: "said after no key came, before asking again"},
			{Name: "patience", Type: SecondsParam, Default: 600.0, Min: 10, Max: 86400, Doc: "how long to wait for an answer in writing"},
		},
		Edges: []Edge{
			{Name: "unanswered", Doc: "the last try ended without an answer"},
			{Name: "low", Optional: true, Doc: "the answer is a bad one: 1 or 2 of five, 0 to 6 of ten, no; without this way as next"},
		},
		run: runSurvey, check: checkSurvey,
	}}
}

// StepAnswered is what a rehearsal tells of an answer: the question and the score. A call's time line has an event.
const StepAnswered = "answered"

func checkSurvey(n *node) Problems {
	found := checkSay(n)
	if t, _ := n.params["question"].(*template); t != nil && !isQuestion(t.fixed()) {
		found.add(n.id, "question", "must be 1 to %d small letters, digits, _ and -", interaction.MaxQuestion)
	}
	return found
}

func isQuestion(key string) bool {
	for _, c := range key {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return key != "" && len(key) <= interaction.MaxQuestion
}

func runSurvey(ctx context.Context, r *run, n *node) (string, error) {
	if r.talker == nil {
		return r.surveyWritten(ctx, n)
	}
	question, said := r.words(ctx, n)
	scale, tries := n.scale(), int(n.number("tries"))
	var before []Clip
	asked := false
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if !asked {
			r.played(n, said)
			asked = true
		}
		clips := append(before, question)
		if !n.flag("barge_in") {
			if err := r.play(ctx, clips...); err != nil {
				return "", err
			}
			r.forgetKeys()
			clips = nil
		}
		keys, err := r.scoreKeys(ctx, n, scale, clips)
		if err != nil {
			return "", err
		}
		score, ok := scoreOf(scale, keys)
		switch {
		case keys == "":
			before = r.aside(ctx, n, "no_input_prompt")
			r.step(n, StepNoInput, "")
		case !ok:
			r.forgetKeys()
			before = r.aside(ctx, n, "invalid_prompt")
			r.step(n, StepInvalid, keys)
		default:
			return r.answered(n, score)
		}
	}
	return "unanswered", nil
}

func (n *node) scale() interaction.Scale { return interaction.Scale(n.str("scale")) }

// tenPause is how long the 1 of a 10 waits for its 0.
const tenPause = 2 * time.Second

// scoreKeys plays the clips and takes the keys of an answer; empty: none came.
func (r *run) scoreKeys(ctx context.Context, n *node, scale interaction.Scale, clips []Clip) (string, error) {
	key, pressed, err := r.listen(ctx, clips, n.seconds("timeout"))
	if err != nil || !pressed {
		return "", err
	}
	if scale != interaction.Ten || key != '1' {
		return string(key), nil
	}
	next, pressed, err := r.listen(ctx, nil, tenPause)
	switch {
	case err != nil:
		return "", err
	case !pressed || next == '#':
		return "1", nil
	}
	r.complete("#")
	return "1" + string(next), nil
}

// scoreOf is the score that keys mean; false: they mean none.
func scoreOf(scale interaction.Scale, keys string) (int, bool) {
	score, err := strconv.Atoi(keys)
	if err != nil || len(keys) > 1 && keys[0] == '0' {
		return 0, false
	}
	if scale == interaction.YesNo { // 2 is no
		return 2 - score, score == 1 || score == 2
	}
	low, high, ok := scale.Bounds()
	return score, ok && score >= low && score <= high
}

// scoreKeys are the keys that mean a score.
func scoreKeys(scale interaction.Scale, score int) string {
	switch {
	case scale == interaction.YesNo:
		return strconv.Itoa(2 - score)
	case scale == interaction.Ten && score == 1:
		return "1#" // no 0 follows
	}
	return strconv.Itoa(score)
}

// answered keeps an answer, together with where to go on after a restart.
func (r *run) answered(n *node, score int) (string, error) {
	scale, way := n.scale(), "next"
	if scale.Low(score) && n.edges["low"] != "" {
		way = "low"
	}
	if name := n.str("variable"); name != "" {
		if err := r.set(name, float64(score)); err != nil {
			return "", err
		}
	}
	told := interaction.SurveyAnswered{Node: n.id, Question: n.params["question"].(*template).fixed(), Scale: scale, Score: score}
	at, err := r.where()
	if err != nil {
		return "", err
	}
	told.At, told.Way = at, way
	r.tell(told)
	return way, nil
}

// surveyWritten asks in writing, by buttons.
func (r *run) surveyWritten(ctx context.Context, n *node) (string, error) {
	scale, tries := n.scale(), int(n.number("tries"))
	buttons := scoreButtons(scale, r.position.Language)
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if err := r.write(ctx, n, buttons); err != nil {
			return "", err
		}
		text, given, err := r.writer.Read(ctx, n.seconds("patience"))
		if err != nil {
			return "", err
		}
		score, ok := scoreOf(scale, chosen(buttons, text))
		switch {
		case !given:
			r.step(n, StepNoInput, "")
		case !ok:
			r.step(n, StepInvalid, short(text))
			if r.position.Tries+1 < tries {
				if err := r.excuse(ctx, n); err != nil {
					return "", err
				}
			}
		default:
			return r.answered(n, score)
		}
	}
	return "unanswered", nil
}

// scoreButtons are the answers there are.
func scoreButtons(scale interaction.Scale, language string) (all []Button) {
	if scale == interaction.YesNo {
		in := nearest(language, yesTexts)
		return []Button{{Key: "1", Label: yesTexts[in]}, {Key: "2", Label: noTexts[in]}}
	}
	low, high, _ := scale.Bounds()
	for score := low; score <= high; score++ {
		key := strconv.Itoa(score)
		all = append(all, Button{Key: key, Label: key})
	}
	return all
}

// scoreText is an answer as rehearsals tell it.
func scoreText(in interaction.SurveyAnswered) string {
	if in.Scale == interaction.YesNo {
		return fmt.Sprintf("%s = %s", in.Question, []string{"no", "yes"}[min(max(in.Score, 0), 1)])
	}
	return fmt.Sprintf("%s = %d", in.Question, in.Score)
}
