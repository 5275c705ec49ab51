package flow

import (
	"context"
	"strings"
	"time"

	"linekeeper/internal/interaction"
)

// CallingBack names the built-in flow of a customer who is called back before an agent is asked: who has picked up
// is to press 1. That also tells him from a machine, which does not. It can be given wherever a flow's identity can.
const CallingBack ID = "built-in:calling-back"

// callingBack is that flow; its one node is in no other.
var callingBack = &Program{start: "confirm", nodes: map[string]*node{
	"confirm": {id: "confirm", kind: &Kind{Name: "confirm_callback", Waits: true, run: runConfirm}},
}, channels: []interaction.Medium{interaction.Voice}}

// calledBackTexts are its words by language; {name} is who calls.
var calledBackTexts = map[string]map[string]string{
	"confirm": {
		"en": "This is {name}. You asked us to call you back. To be connected, press one. If you do not need the call any more, press two.",
		"ru": "Это {name}. Вы просили перезвонить. Чтобы вас соединили, нажмите один. Если звонок больше не нужен, нажмите два.",
		"th": "ที่นี่ {name} คุณขอให้เราโทรกลับ หากต้องการให้ต่อสาย กดหนึ่ง หากไม่ต้องการแล้ว กดสอง",
	},
	"hold": {
		"en": "Thank you. You are next.",
		"ru": "Спасибо. Вы следующий.",
		"th": "ขอบคุณค่ะ คุณเป็นคิวถัดไป",
	},
	"gone": {
		"en": "Thank you. We will not call again. Goodbye.",
		"ru": "Спасибо. Мы больше не позвоним. До свидания.",
		"th": "ขอบคุณค่ะ เราจะไม่โทรอีก สวัสดีค่ะ",
	},
}

// How who has picked up is asked.
const (
	confirmTries = 3               // the words are said so often: a greeting may have been spoken over the first
	confirmPause = 4 * time.Second // after each
)

// StepConfirmed is in the time line when who has picked up has pressed the key; StepMachine when a machine was heard.
const (
	StepConfirmed = "callback_confirmed"
	StepMachine   = "callback_machine"
)

// runConfirm asks who has picked up.
func runConfirm(ctx context.Context, r *run, n *node) (string, error) {
	promise := r.spec.State.Arrival.Promise
	if promise == nil || r.talker == nil {
		r.end("nobody was promised a call here")
		return "", nil
	}
	words := r.confirming(ctx, n, "confirm", promise.Name)
	if promise.Prompt != "" {
		words = r.prompt(ctx, n, promise.Prompt)
	}
	listening, heard := context.WithCancel(ctx)
	defer heard()
	if d, ok := r.talker.(Detector); ok {
		stop, err := d.Detect(true, true, func(interaction.Detection) { heard() })
		if err != nil {
			return "", err
		}
		defer stop()
	}
	for range confirmTries {
		digit, pressed, err := r.listen(listening, []Clip{words}, confirmPause)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case listening.Err() != nil:
			r.step(n, StepMachine, "")
			return r.notConfirmed("a machine was heard")
		case err != nil:
			return "", err
		case pressed && digit == '1':
			r.step(n, StepConfirmed, "")
			if err := r.play(ctx, r.confirming(ctx, n, "hold", "")); err != nil {
				return "", err
			}
			r.tell(interaction.CallbackConfirmed{})
			return "", nil
		case pressed && digit == '2':
			if err := r.play(ctx, r.confirming(ctx, n, "gone", "")); err != nil {
				return "", err
			}
			r.tell(interaction.CustomerMissed{Why: interaction.MissedUnwanted, Detail: "the customer pressed 2"})
			return "", nil
		}
	}
	return r.notConfirmed("no key was pressed")
}

func (r *run) notConfirmed(detail string) (string, error) {
	r.tell(interaction.CustomerMissed{Why: interaction.MissedMachine, Detail: detail})
	return "", nil
}

// confirming is one sentence of it.
func (r *run) confirming(ctx context.Context, n *node, which, name string) Clip {
	return r.voiced(ctx, n, "callback "+which, calledBackTexts[which], func(text, _ string) string { return strings.ReplaceAll(text, "{name}", name) })
}
