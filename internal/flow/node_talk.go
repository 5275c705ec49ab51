package flow

import (
	"context"
	"errors"
	"time"

	"linekeeper/internal/interaction"
)

// talkKinds are the nodes that speak and listen.
func talkKinds() []Kind {
	return []Kind{
		{
			Name: "say", Doc: "Plays a prompt or speaks a text.", Next: true, Needs: []Ability{CanSay},
			Params: []Param{
				{Name: "prompt", Type: PromptParam, Doc: "the prompt to play"},
				{Name: "text", Type: TextParam, Doc: "the text to speak, if there is no prompt"},
				{Name: "barge_in", Type: BooleanParam, Default: false, Doc: "a key stops the sound and is kept for the menu that follows"},
			},
			run: runSay, check: checkSay,
		},
		{
			Name: "menu", Doc: "Asks for one key and goes where it leads.", Keys: true, Waits: true,
			Needs: []Ability{CanSay, CanAsk},
			Params: []Param{
				{Name: "prompt", Type: PromptParam, Doc: "the prompt that names the choices"},
				{Name: "text", Type: TextParam, Doc: "the text that names the choices, if there is no prompt"},
				{Name: "timeout", Type: SecondsParam, Default: 5.0, Min: 0.5, Max: 60, Doc: "how long to wait for a key after the prompt"},
				{Name: "tries", Type: IntegerParam, Default: 3.0, Min: 1, Max: 10, Doc: "how often to ask"},
				{Name: "barge_in", Type: BooleanParam, Default: true, Doc: "a key counts while the prompt still plays"},
				{Name: "invalid_prompt", Type: PromptParam, Default: "invalid_choice", Doc: "said after a key that is no choice, before asking again"},
				{Name: "no_input_prompt", Type: PromptParam, Doc: "said after no key came, before asking again"},
				{Name: "labels", Type: LabelsParam, Doc: "what the buttons of a written menu say, by key"},
				{Name: "words", Type: LabelsParam, Doc: "what the customer may say instead of a key, by key, with commas between; with yes or no come all words for it, and the names of the digits"},
				{Name: "speech_barge_in", Type: BooleanParam, Default: false, Doc: "words count while the prompt still plays and stop it; on a loudspeaker the prompt itself may be taken for an answer"},
				{Name: "patience", Type: SecondsParam, Default: 600.0, Min: 10, Max: 86400, Doc: "how long to wait for an answer in writing"},
			},
			Edges: []Edge{
				{Name: "invalid", Doc: "the last try ended with a key that is no choice"},
				{Name: "no_input", Doc: "the last try ended without a key"},
			},
			run: runMenu, check: func(n *node) Problems { return append(checkSay(n), checkWords(n)...) },
		},
		{
			Name: "listen", Doc: "Waits for a fax machine or the beep of an answering machine and goes on where that leads.",
			Next: true, Waits: true, Needs: []Ability{CanDetect},
			Params: []Param{
				{Name: "seconds", Type: SecondsParam, Default: 4.0, Min: 0.5, Max: 120, Doc: "how long; a fax machine that calls sounds every 3.5 seconds"},
			},
			Edges: []Edge{
				{Name: "fax", Optional: true, Doc: "a fax machine calls or has answered; without this way none is looked for"},
				{Name: "beep", Optional: true, Doc: "an answering machine has ended its greeting; without this way it is not looked for"},
			},
			run: runListen,
		},
		{
			Name: "music", Doc: "Plays a clip over and over for a time, going on where it stopped before.",
			Next: true, Waits: true, Needs: []Ability{CanPlay},
			Params: []Param{
				{Name: "prompt", Type: PromptParam, Default: "music", Doc: "the clip"},
				{Name: "seconds", Type: SecondsParam, Default: 30.0, Min: 1, Max: 3600, Doc: "how long"},
			},
			run: runMusic,
		},
	}
}

// checkSay wants exactly one of prompt and text.
func checkSay(n *node) (found Problems) {
	_, prompt := n.params["prompt"]
	_, text := n.params["text"]
	switch {
	case !prompt && !text:
		found.add(n.id, "prompt", "must be set, or else text")
	case prompt && text:
		found.add(n.id, "text", "cannot be set beside prompt")
	}
	return found
}

func runSay(ctx context.Context, r *run, n *node) (string, error) {
	if r.talker == nil {
		return "next", r.write(ctx, n, nil)
	}
	if r.talker != nil && r.steps > 1 { // after a restart the first node is where a flow begins anyway
		r.waits(n)
	}
	return "next", r.utter(ctx, n)
}

// utter says a node's words to who hears, or writes them.
func (r *run) utter(ctx context.Context, n *node) error {
	if r.talker == nil {
		return r.write(ctx, n, nil)
	}
	clip, said := r.words(ctx, n)
	if n.flag("barge_in") {
		digit, pressed, err := r.listen(ctx, []Clip{clip}, 0)
		if err != nil {
			return err
		}
		if pressed {
			r.ahead = append(r.ahead, digit)
		}
	} else if err := r.play(ctx, clip); err != nil {
		return err
	}
	r.played(n, said)
	return nil
}

func runMenu(ctx context.Context, r *run, n *node) (string, error) {
	if r.talker == nil {
		return r.writtenMenu(ctx, n)
	}
	question, said := r.words(ctx, n)
	choices, w := r.menuWords(ctx, n)
	tries := int(n.number("tries"))
	var before []Clip // what is said about the try that failed
	edge := ""        // how the last try ended
	for r.position.Tries = min(r.position.Tries, tries-1); r.position.Tries < tries; r.position.Tries++ {
		r.waits(n)
		if edge == "" {
			r.played(n, said)
		}
		clips := append(before, question)
		if !n.flag("barge_in") {
			if err := r.play(ctx, clips...); err != nil {
				return "", err
			}
			r.forgetKeys()
			clips = nil
		}
		a, err := r.answer(ctx, n, clips, n.seconds("timeout"), w)
		if err != nil {
			return "", err
		}
		key, shown := string(a.key), string(a.key)
		if a.spoken() {
			r.step(n, StepSaid, short(a.heard.Text))
			key, shown = r.meant(a.heard, choices), short(a.heard.Text)
		}
		_, known := n.edges[key]
		switch {
		case !a.pressed && !a.spoken():
			edge, before = "no_input", r.aside(ctx, n, "no_input_prompt")
			r.step(n, StepNoInput, "")
		case !known || !isKey(key):
			// More keys may have been typed on top of the wrong one; they would eat the next try.
			r.forgetKeys()
			edge, before = "invalid", r.aside(ctx, n, "invalid_prompt")
			r.step(n, StepInvalid, shown)
		default:
			r.step(n, StepChose, key)
			return key, nil
		}
	}
	return edge, nil
}

func runListen(ctx context.Context, r *run, n *node) (string, error) {
	r.waits(n)
	d, ok := r.talker.(Detector)
	if !ok {
		r.step(n, StepFailed, "nobody can listen on this channel")
		return "next", r.rest(ctx, n.seconds("seconds"))
	}
	listening, heard := context.WithCancel(ctx)
	defer heard()
	found := make(chan interaction.Detection, 1) // the first one decides
	stop, err := d.Detect(n.edges["fax"] != "", n.edges["beep"] != "", func(s interaction.Detection) {
		select {
		case found <- s:
			heard()
		default:
		}
	})
	if err != nil {
		return "", err
	}
	defer stop()
	err = r.rest(listening, n.seconds("seconds"))
	select {
	case s := <-found:
		edge := "fax"
		if s == interaction.AnsweringBeep {
			edge = "beep"
		}
		r.step(n, StepHeard, edge)
		return edge, ctx.Err()
	default:
		return "next", err
	}
}

func runMusic(ctx context.Context, r *run, n *node) (string, error) {
	key := n.str("prompt")
	clip := r.prompt(ctx, n, key)
	r.waits(n)
	bars := barsFrom(clip, r.bar)
	length := n.seconds("seconds")
	until := r.cfg.Clock.Now().Add(length)
	err := r.playFor(ctx, bars, length)
	r.bar = (r.bar + int((length+bar-1)/bar)) % len(bars)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, ErrGone):
		return "", err
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		r.step(n, StepFailed, "playing music: "+err.Error())
	}
	// A player that gives up early must not make the flow turn without end.
	if err := r.cfg.Clock.Sleep(ctx, until.Sub(r.cfg.Clock.Now())); err != nil {
		return "", err
	}
	return "next", nil
}

// bar is the unit music is cut in: it is resumed at the next beginning of one, not in mid-tone.
const bar = 4 * time.Second

// barsFrom is the clip cut into bars and turned so that this one comes first. The pieces have IDs of
// their own, so each is encoded once for all who wait.
func barsFrom(c Clip, first int) []Clip {
	const size = int(bar / time.Second * SampleRate)
	var bars []Clip
	for at := 0; at < len(c.PCM); at += size {
		bars = append(bars, Clip{
			ID:  c.ID + "@" + (time.Duration(at) * time.Second / SampleRate).String(),
			PCM: c.PCM[at:min(at+size, len(c.PCM))],
		})
	}
	first %= len(bars)
	return append(bars[first:len(bars):len(bars)], bars[:first]...)
}

// pause waits so long; nothing when d has passed.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
