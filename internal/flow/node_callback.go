package flow

import (
	"context"
	"errors"
	"strings"
	"time"

	"linekeeper/internal/flow/spoken"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
)

// Callbacks promises customers to be called back; app has them.
type Callbacks interface {
	// Offers says whether a queue calls customers back.
	Offers(s interaction.State, rules interaction.QueueRules) bool
	// Request promises it and takes the customer out of the line; he is still there to be told. An error
	// means that nothing was promised; one of kind Invalid that the number is none.
	Request(ctx context.Context, w CallbackWish) error
}

// CallbackWish is a customer's wish to be called back.
type CallbackWish struct {
	State  interaction.State // in which he asks
	Rules  interaction.QueueRules
	Number string
	// CustomerFirst has him called before an agent is asked.
	CustomerFirst bool
	Prompt        string // what he is asked then; empty: shipped words
}

// offerKind is the name of the node that offers a callback.
const offerKind = "offer_callback"

// callbackKinds are the nodes about being called back.
func callbackKinds() []Kind {
	return []Kind{{
		Name: offerKind, Doc: "Offers to call the customer back when it is his turn. One who accepts keeps his place, and the call ends; next is for the others.",
		Next: true, Waits: true, Needs: []Ability{CanPlay, CanKeys},
		Params: []Param{
			{Name: "queue", Type: QueueParam, Doc: "the queue; absent: the one the customer waits in, or that closed for him"},
			{Name: "prompt", Type: PromptParam, Doc: "the offer, with key 1 for yes; absent: shipped words"},
			{Name: "at_once", Type: BooleanParam, Default: false, Doc: "who has a number is promised the call without being asked"},
			{Name: "customer_first", Type: BooleanParam, Default: false, Doc: "the customer is called before an agent is asked, when one is free or soon will be; who picks up presses 1, and waits at the head of the line"},
			{Name: "called_prompt", Type: PromptParam, Doc: "what who picks up hears then, with key 1 for yes and 2 for no longer; absent: shipped words"},
			{Name: "timeout", Type: SecondsParam, Default: 5.0, Min: 0.5, Max: 60, Doc: "how long to wait for a key"},
			{Name: "tries", Type: IntegerParam, Default: 3.0, Min: 1, Max: 10, Doc: "how often to ask for the number"},
		},
		Edges: []Edge{{Name: "failed", Optional: true, Doc: "the queue calls nobody back, or the number is none; without this way as next"}},
		run:   runOfferCallback,
	}}
}

// callbackTexts are the words of the dialogue by language; {number} is read digit by digit.
var callbackTexts = map[string]map[string]string{
	"offer": {
		"en": "You can keep your place in line and hang up; we will call you back. To be called back, press one.",
		"ru": "Вы можете сохранить место в очереди и положить трубку: мы перезвоним. Чтобы вам перезвонили, нажмите один.",
		"th": "คุณสามารถวางสายโดยยังคงลำดับคิวไว้ แล้วเราจะโทรกลับ หากต้องการให้โทรกลับ กดหนึ่ง",
	},
	"number": {
		"en": "We will call {number}. If this is right, press one. For another number, press two.",
		"ru": "Мы перезвоним по номеру {number}. Если он верный, нажмите один. Чтобы назвать другой, нажмите два.",
		"th": "เราจะโทรกลับที่หมายเลข {number} หากถูกต้อง กดหนึ่ง หากต้องการใช้หมายเลขอื่น กดสอง",
	},
	"enter": {
		"en": "Enter the number, then press the hash key.",
		"ru": "Наберите номер и нажмите решётку.",
		"th": "กดหมายเลขโทรศัพท์ แล้วกดสี่เหลี่ยม",
	},
	"promised": {
		"en": "Your place is kept. We will call you back. Goodbye.",
		"ru": "Ваше место сохранено. Мы вам перезвоним. До свидания.",
		"th": "เราเก็บลำดับคิวของคุณไว้แล้ว และจะโทรกลับ สวัสดีค่ะ",
	},
}

// The steps of a callback in the time line.
const (
	StepOffered  = "callback_offered"
	StepPromised = "callback_promised"
)

// digitPause is how long may pass between two keys of a number.
const digitPause = 5 * time.Second

func runOfferCallback(ctx context.Context, r *run, n *node) (string, error) {
	rules, err := r.callbackRules(ctx, n)
	if err == nil && (r.cfg.Callbacks == nil || !r.cfg.Callbacks.Offers(r.spec.State, rules)) {
		err = errors.New("the queue calls nobody back")
	}
	if err != nil {
		return r.noCallback(ctx, n, err)
	}
	r.waits(n)
	if number := r.spec.State.Arrival.CustomerAddress; n.flag("at_once") && number != "" {
		return r.promise(ctx, n, rules, number)
	}
	offer := r.speech(ctx, n, "offer", "")
	if key := n.str("prompt"); key != "" {
		offer = r.prompt(ctx, n, key)
	}
	r.stepOnce(n, StepOffered, "")
	if digit, pressed, err := r.listen(ctx, []Clip{offer}, n.seconds("timeout")); err != nil || !pressed || digit != '1' {
		return "next", err
	}
	number, err := r.confirmed(ctx, n)
	if err != nil || number == "" {
		return "next", err
	}
	return r.promise(ctx, n, rules, number)
}

// promise takes the customer out of the line and tells him.
func (r *run) promise(ctx context.Context, n *node, rules interaction.QueueRules, number string) (string, error) {
	err := r.cfg.Callbacks.Request(ctx, CallbackWish{State: r.spec.State, Rules: rules, Number: number,
		CustomerFirst: n.flag("customer_first"), Prompt: n.str("called_prompt")})
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return r.noCallback(ctx, n, errors.New(fault.Message(err)))
	}
	r.step(n, StepPromised, "")
	if err := r.play(ctx, r.speech(ctx, n, "promised", "")); err != nil {
		return "", err
	}
	r.end("called back")
	return "", nil
}

// noCallback goes on without: a customer who only hears music is no failure.
func (r *run) noCallback(ctx context.Context, n *node, err error) (string, error) {
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	r.stepOnce(n, StepFailed, err.Error())
	// The node always takes time, so that a waiting flow cannot turn on it without end.
	if err := r.rest(ctx, time.Second); err != nil {
		return "", err
	}
	if n.edges["failed"] != "" {
		return "failed", nil
	}
	return "next", nil
}

// callbackRules are the rules of the queue that is to call back.
func (r *run) callbackRules(ctx context.Context, n *node) (interaction.QueueRules, error) {
	if r.spec.Waiting {
		return r.spec.State.Segment.Rules, nil
	}
	key := n.str("queue")
	if closed := r.spec.State.ClosedQueue; key == "" && closed != nil {
		return *closed, nil
	}
	if key == "" {
		return interaction.QueueRules{}, errors.New("the customer waits in no queue, and none is named")
	}
	return r.rules(ctx, key)
}

// confirmed asks which number is to be called; empty: the customer gave none.
func (r *run) confirmed(ctx context.Context, n *node) (string, error) {
	number := r.spec.State.Arrival.CustomerAddress
	for range int(n.number("tries")) {
		if number == "" {
			var err error
			if number, err = r.dialed(ctx, n); err != nil {
				return "", err
			}
		}
		if number == "" {
			continue
		}
		digit, pressed, err := r.listen(ctx, []Clip{r.speech(ctx, n, "number", number)}, n.seconds("timeout"))
		switch {
		case err != nil:
			return "", err
		case pressed && digit == '1':
			return number, nil
		case pressed && digit == '2':
			number = ""
		}
	}
	return "", nil
}

// dialed takes a number by keys, up to the hash key or a pause.
func (r *run) dialed(ctx context.Context, n *node) (string, error) {
	var number strings.Builder
	clips := []Clip{r.speech(ctx, n, "enter", "")}
	for number.Len() < 15 {
		digit, pressed, err := r.listen(ctx, clips, digitPause)
		if err != nil {
			return "", err
		}
		if !pressed || digit == '#' {
			break
		}
		clips = nil
		if digit >= '0' && digit <= '9' {
			number.WriteRune(digit)
		}
	}
	return number.String(), nil
}

// speech is one sentence of the dialogue; a beep where nothing can speak.
func (r *run) speech(ctx context.Context, n *node, which, number string) Clip {
	texts := callbackTexts[which]
	language := nearest(r.position.Language, texts)
	return r.spoken(ctx, n, "callback "+which, strings.ReplaceAll(texts[language], "{number}", spoken.Digits(strings.TrimPrefix(number, "+"), language)), language)
}

// phrase is one sentence of a dialogue in the customer's language.
func (r *run) phrase(ctx context.Context, n *node, texts map[string]map[string]string, which string) Clip {
	language := nearest(r.position.Language, texts[which])
	return r.spoken(ctx, n, which, texts[which][language], language)
}

// spoken is a text as it sounds; a beep where nothing can speak.
func (r *run) spoken(ctx context.Context, n *node, which, text, language string) Clip {
	within, cancel := context.WithTimeout(ctx, speechLimit)
	defer cancel()
	clip, err := r.library().Text(within, text, language)
	if err != nil {
		r.missing(ctx, n, which, err)
		return beep()
	}
	return clip
}
