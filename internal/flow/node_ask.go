package flow

import (
	"context"
	"errors"

	"linekeeper/internal/flow/said"
)

// askKind asks a question that is answered in the customer's own words.
const askKind = "ask"

// The ways out of an ask that others have not.
const (
	wayNoMatch  = "no_match"
	wayKey      = "key"
	wayNotHeard = "not_heard"
)

func askKinds() []Kind {
	return []Kind{{
		Name: askKind, Doc: "Asks a question and puts what the customer says into a variable; in writing, what he types.",
		Next: true, Waits: true, Needs: []Ability{CanSay, CanAsk},
		Params: []Param{
			{Name: "prompt", Type: PromptParam, Doc: "the prompt that asks"},
			{Name: "text", Type: TextParam, Doc: "the text that asks, if there is no prompt"},
			{Name: "variable", Type: VariableParam, Required: true, Yields: TextVar, On: []string{"next"}, Doc: "the variable the words are put into"},
			{Name: "phrases", Type: TextParam, Spoken: true, Doc: "what is likely to be said, with commas between: a recognizer hears it better"},
			{Name: "only_phrases", Type: BooleanParam, Default: false, Doc: "nothing but one of the phrases is an answer, and the variable gets the phrase"},
			{Name: "timeout", Type: SecondsParam, Default: 5.0, Min: 0.5, Max: 60, Doc: "how long to wait for the first word after the prompt"},
			{Name: "longest", Type: SecondsParam, Default: 15.0, Min: 1, Max: 60, Doc: "how long the answer may be; what was said until then counts"},
			{Name: "tries", Type: IntegerParam, Default: 2.0, Min: 1, Max: 10, Doc: "how often to ask"},
			{Name: "speech_barge_in", Type: BooleanParam, Default: false, Doc: "words count while the prompt still plays and stop it; on a loudspeaker the prompt itself may be taken for an answer"},
			{Name: "no_match_prompt", Type: PromptParam, Doc: "said after words that are no answer, before asking again"},
			{Name: "no_input_prompt", Type: PromptParam, Doc: "said after nothing was said, before asking again"},
			{Name: "patience", Type: SecondsParam, Default: 600.0, Min: 10, Max: 86400, Doc: "how long to wait for an answer in writing"},
		},
		Edges: []Edge{
			{Name: "no_input", Doc: "the last try ended without a word"},
			{Name: wayNoMatch, Doc: "the last try ended with words that are no answer, or a key"},
			{Name: wayKey, Optional: true, Doc: "a key is pressed instead; it counts for the node that follows"},
			{Name: wayNotHeard, Optional: true, Doc: "there is no recognizer for the language, or none answers; without this way the customer is asked all the same"},
		},
		run: runAsk, check: checkAsk,
	}}
}

func checkAsk(n *node) Problems {
	found := checkSay(n)
	if n.flag("only_phrases") && n.params["phrases"] == nil {
		found.add(n.id, "phrases", "must be set, for nothing else is an answer")
	}
	return found
}

func runAsk(ctx context.Context, r *run, n *node) (string, error) {
	if r.talker == nil {
		return r.askWritten(ctx, n)
	}
	w := &wanted{phrases: r.phrasesOf(ctx, n, n.params["phrases"]), only: n.flag("only_phrases"), over: n.flag("speech_barge_in"), most: n.seconds("longest")}
	if way := r.unheard(ctx, n); way != "" {
		return way, nil
	}
	question, text := r.words(ctx, n)
	tries := int(n.number("tries"))
	var before []Clip
	way := ""
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if way == "" {
			r.played(n, text)
		}
		a, err := r.answer(ctx, n, append(before, question), n.seconds("timeout"), w)
		if err != nil {
			return "", err
		}
		switch value := r.accepted(n, a.heard, w); {
		case a.pressed && n.edges[wayKey] != "":
			r.ahead = append(r.ahead, a.key)
			return wayKey, nil
		case value != "":
			return "next", r.collected(n, value)
		case a.pressed || a.spoken():
			r.forgetKeys()
			way, before = wayNoMatch, r.aside(ctx, n, "no_match_prompt")
			shown := short(a.heard.Text)
			if a.pressed {
				shown = string(a.key)
			}
			r.step(n, StepInvalid, shown)
		default:
			way, before = "no_input", r.aside(ctx, n, "no_input_prompt")
			r.step(n, StepNoInput, "")
			if r.told[n.id+" "+StepDeaf] && n.edges[wayNotHeard] != "" {
				return wayNotHeard, nil
			}
		}
	}
	return way, nil
}

// unheard is the way out when words are not heard here, if there is one.
func (r *run) unheard(ctx context.Context, n *node) string {
	err := error(nil)
	if _, rehearsal := r.talker.(wordEar); !rehearsal {
		_, err = r.hears()
	} else if a, ok := r.talker.(caller); ok && a.script.Deaf {
		err = errors.New("the test has no recognizer")
	}
	if err == nil {
		return ""
	}
	r.deaf(ctx, n, err)
	if n.edges[wayNotHeard] == "" {
		return ""
	}
	return wayNotHeard
}

// accepted is the value of an answer; empty: it is none.
func (r *run) accepted(n *node, h Heard, w *wanted) string {
	if !w.only {
		if h.Text == Unclear {
			return ""
		}
		return h.Text
	}
	var choices []said.Choice
	for _, p := range w.phrases {
		choices = append(choices, said.Choice{Key: p, Phrases: []string{p}})
	}
	return r.meant(h, choices)
}

// askWritten asks in writing.
func (r *run) askWritten(ctx context.Context, n *node) (string, error) {
	w := &wanted{phrases: r.phrasesOf(ctx, n, n.params["phrases"]), only: n.flag("only_phrases")}
	tries := int(n.number("tries"))
	way := ""
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if err := r.write(ctx, n, nil); err != nil {
			return "", err
		}
		text, given, err := r.writer.Read(ctx, n.seconds("patience"))
		if err != nil {
			return "", err
		}
		switch value := r.accepted(n, Heard{Text: text}, w); {
		case !given:
			way = "no_input"
			r.step(n, StepNoInput, "")
		case value == "":
			way = wayNoMatch
			r.step(n, StepInvalid, short(text))
		default:
			return "next", r.collected(n, value)
		}
	}
	return way, nil
}
