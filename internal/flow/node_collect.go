package flow

import (
	"context"
	"fmt"
	"strings"

	"linekeeper/internal/flow/said"
	"linekeeper/internal/flow/spoken"
	"linekeeper/internal/interaction"
)

// collectKinds are the nodes that take digits.
func collectKinds() []Kind {
	ways := []Edge{
		{Name: "invalid", Doc: "the last try ended with digits that cannot be right"},
		{Name: "no_input", Doc: "the last try ended without a digit"},
	}
	return []Kind{
		{
			Name: "collect", Doc: "Takes digits into a variable; * begins anew unless it is the key that ends them. In writing the customer types them.",
			Next: true, Waits: true, Needs: []Ability{CanSay, CanAsk}, Edges: ways,
			Params: append(collectParams(Param{Name: "variable", Type: VariableParam, Required: true, Yields: TextVar, On: []string{"next"}, Doc: "the variable the digits are put into"}),
				Param{Name: "speech", Type: BooleanParam, Default: false, Doc: "the digits may be said too, one by one or as numbers; and yes or no to confirm them"},
				Param{Name: "speech_barge_in", Type: BooleanParam, Default: false, Doc: "words count while the prompt still plays and stop it; on a loudspeaker the prompt itself may be taken for an answer"},
				Param{Name: "confirm", Type: BooleanParam, Default: false, Doc: "reads the digits back; the customer says by a key whether they are right"},
				Param{Name: "patience", Type: SecondsParam, Default: 600.0, Min: 10, Max: 86400, Doc: "how long to wait for an answer in writing"},
			),
			run: runCollect, check: checkCollect,
		},
		{
			Name: "collect_secret", Doc: "Takes digits nobody else may know, such as a PIN or a card: they are in no time line, log or position, and nothing is recorded meanwhile.",
			Next: true, Waits: true, Needs: []Ability{CanSay, CanKeys}, Edges: ways,
			Params: collectParams(Param{Name: "variable", Type: VariableParam, Required: true, Yields: TextVar, Hidden: true, On: []string{"next"}, Doc: "the secret variable the digits are put into"}),
			run:    runCollectSecret, check: checkCollect,
		},
	}
}

// collectParams are those both nodes have.
func collectParams(variable Param) []Param {
	return []Param{
		{Name: "prompt", Type: PromptParam, Doc: "the prompt that asks for the digits"},
		{Name: "text", Type: TextParam, Doc: "the text that asks for the digits, if there is no prompt"},
		variable,
		{Name: "least", Type: IntegerParam, Default: 1.0, Min: 1, Max: 64, Doc: "how many digits there are at least"},
		{Name: "most", Type: IntegerParam, Default: 20.0, Min: 1, Max: 64, Doc: "how many there are at most; with the last one the node is done"},
		{Name: "terminator", Type: ChoiceParam, Options: []string{"#", "*", "none"}, Default: "#", Doc: "the key that ends the digits; pressed behind the last of the most all the same, it is no answer to what comes next"},
		{Name: "format", Type: ChoiceParam, Options: []string{"any", "card"}, Default: "any", Doc: "card: the last digit must check the others, as on payment cards"},
		{Name: "timeout", Type: SecondsParam, Default: 5.0, Min: 0.5, Max: 60, Doc: "how long to wait for the first key after the prompt, and for each that follows"},
		{Name: "tries", Type: IntegerParam, Default: 3.0, Min: 1, Max: 10, Doc: "how often to ask"},
		{Name: "barge_in", Type: BooleanParam, Default: true, Doc: "a key counts while the prompt still plays"},
		{Name: "invalid_prompt", Type: PromptParam, Doc: "said after digits that cannot be right, before asking again"},
		{Name: "no_input_prompt", Type: PromptParam, Doc: "said after no digit came, before asking again"},
	}
}

func checkCollect(n *node) Problems {
	found := checkSay(n)
	if n.number("least") > n.number("most") {
		found.add(n.id, "most", "must not be less than least, which is %g", n.number("least"))
	}
	return found
}

func runCollect(ctx context.Context, r *run, n *node) (string, error) {
	if r.talker == nil {
		return r.collectWritten(ctx, n)
	}
	return r.collect(ctx, n, func(digits string) string { return digits })
}

func runCollectSecret(ctx context.Context, r *run, n *node) (string, error) {
	r.tell(interaction.FlowSecret{On: true})
	defer r.tell(interaction.FlowSecret{On: false})
	return r.collect(ctx, n, func(string) string { return "" })
}

// collect asks for digits and puts them into the variable.
func (r *run) collect(ctx context.Context, n *node, shown func(string) string) (string, error) {
	digits, way, err := r.takeDigits(ctx, n, shown)
	if err != nil || way != "next" {
		return way, err
	}
	return way, r.collected(n, digits)
}

// takeDigits asks for digits until they can be right; the way is next when they are. Shown is what the time line may say
// of wrong ones.
func (r *run) takeDigits(ctx context.Context, n *node, shown func(string) string) (digits, way string, err error) {
	question, said := r.words(ctx, n)
	tries := int(n.number("tries"))
	var before []Clip
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if way == "" {
			r.played(n, said)
		}
		var wrong string
		digits, wrong, err = r.keys(ctx, n, append(before, question))
		if err != nil {
			return "", "", err
		}
		switch {
		case wrong != "":
			way, before = "invalid", r.aside(ctx, n, "invalid_prompt")
			r.step(n, StepInvalid, wrong)
			continue
		case digits == "":
			way, before = "no_input", r.aside(ctx, n, "no_input_prompt")
			r.step(n, StepNoInput, "")
			continue
		case !n.accepts(digits):
			r.forgetKeys()
			way, before = "invalid", r.aside(ctx, n, "invalid_prompt")
			r.step(n, StepInvalid, shown(digits))
			continue
		}
		if n.flag("confirm") {
			right, err := r.confirm(ctx, n, digits)
			if err != nil {
				return "", "", err
			}
			if !right {
				way, before = "invalid", nil
				r.step(n, StepInvalid, shown(digits))
				continue
			}
		}
		return digits, "next", nil
	}
	return "", way, nil
}

// collected puts the digits into the variable.
func (r *run) collected(n *node, digits string) error {
	name := n.str("variable")
	if err := r.set(name, digits); err != nil {
		return err
	}
	if r.program.variables[name].Secret {
		digits = "…"
	}
	r.step(n, StepSet, name+" = "+digits)
	return nil
}

// keys plays the clips and takes keys until there are enough, the one that ends them, or none for a while; or digits
// that are said, as a whole. Wrong is what was said that is none.
func (r *run) keys(ctx context.Context, n *node, clips []Clip) (digits, wrong string, err error) {
	if !n.flag("barge_in") {
		if err := r.play(ctx, clips...); err != nil {
			return "", "", err
		}
		r.forgetKeys()
		clips = nil
	}
	w, most, ends := r.digitWords(n), int(n.number("most")), n.str("terminator")
	for len(digits) < most {
		a, err := r.answer(ctx, n, clips, n.seconds("timeout"), w)
		clips, w = nil, nil // who begins by keys goes on by keys
		switch {
		case err != nil:
			return "", "", err
		case a.spoken():
			r.step(n, StepSaid, short(a.heard.Text))
			digits, ok := said.Digits(a.heard.Text, r.position.Language)
			if !ok || a.heard.Confidence > 0 && a.heard.Confidence < sureEnough {
				return "", short(a.heard.Text), nil
			}
			return digits, "", nil
		case !a.pressed || string(a.key) == ends:
			return digits, "", nil
		case a.key >= '0' && a.key <= '9':
			digits += string(a.key)
		case a.key == '*':
			digits = ""
		}
	}
	r.complete(ends)
	return digits, "", nil
}

// accepts says whether the digits can be right.
func (n *node) accepts(digits string) bool {
	return len(digits) >= int(n.number("least")) && len(digits) <= int(n.number("most")) &&
		(n.str("format") != "card" || luhn(digits))
}

// luhn checks the last digit by the others (ISO/IEC 7812-1, annex B).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return len(digits) > 1 && sum%10 == 0
}

// confirmTexts ask whether the digits are right.
var confirmTexts = map[string]string{
	"en": "You entered: %s. If that is right, press one. To enter it again, press two.",
	"ru": "Вы ввели: %s. Если всё верно, нажмите один. Чтобы ввести заново, нажмите два.",
	"th": "คุณกด %s หากถูกต้อง กดหนึ่ง หากต้องการกดใหม่ กดสอง",
}

// confirm reads the digits back, twice when nothing is answered. Only a one makes them right.
func (r *run) confirm(ctx context.Context, n *node, digits string) (right bool, err error) {
	language := nearest(r.position.Language, confirmTexts)
	clip, err := r.speak(ctx, fmt.Sprintf(confirmTexts[language], spoken.Digits(digits, language)), language)
	if err != nil {
		r.missing(ctx, n, "confirm", err)
		clip = beep()
	}
	var w *wanted
	choices := said.YesNo("1", "2", r.position.Language)
	if n.flag("speech") {
		w = &wanted{only: true, over: n.flag("speech_barge_in"), most: spokenMost}
		for _, c := range choices {
			w.phrases = append(w.phrases, c.Whole(r.position.Language)...)
		}
	}
	for range 2 {
		a, err := r.answer(ctx, n, []Clip{clip}, n.seconds("timeout"), w)
		if err != nil {
			return false, err
		}
		if a.pressed {
			return a.key == '1', nil
		}
		if key := r.meant(a.heard, choices); key != "" {
			r.step(n, StepSaid, short(a.heard.Text))
			return key == "1", nil
		}
	}
	return false, nil
}

// speak is a text as sound.
func (r *run) speak(ctx context.Context, text, language string) (Clip, error) {
	within, cancel := context.WithTimeout(ctx, speechLimit)
	defer cancel()
	return r.library().Text(within, text, language)
}

func (r *run) collectWritten(ctx context.Context, n *node) (string, error) {
	digits, way, err := r.takeTyped(ctx, n)
	if err != nil || way != "next" {
		return way, err
	}
	return way, r.collected(n, digits)
}

// takeTyped asks in writing. What the customer typed stands before him, so nothing is read back.
func (r *run) takeTyped(ctx context.Context, n *node) (digits, way string, err error) {
	tries := int(n.number("tries"))
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if err := r.write(ctx, n, nil); err != nil {
			return "", "", err
		}
		text, given, err := r.writer.Read(ctx, n.seconds("patience"))
		if err != nil {
			return "", "", err
		}
		digits, plain := typedDigits(text)
		switch {
		case !given:
			way = "no_input"
			r.step(n, StepNoInput, "")
		case !plain || !n.accepts(digits):
			way = "invalid"
			r.step(n, StepInvalid, short(text))
			if n.str("invalid_prompt") != "" && r.position.Tries+1 < tries {
				if err := r.excuse(ctx, n); err != nil {
					return "", "", err
				}
			}
		default:
			return digits, "next", nil
		}
	}
	return "", way, nil
}

// typedDigits are the digits of a text with nothing else than blanks, hyphens, dots and brackets in it.
func typedDigits(text string) (digits string, plain bool) {
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\u00a0-.()", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(text))
	return text, text != "" && strings.Trim(text, "0123456789") == ""
}
