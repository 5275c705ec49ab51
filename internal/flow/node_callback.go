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
	// Asked says whether who is on the line waits for a call of the queue already.
	Asked(ctx context.Context, s interaction.State, rules interaction.QueueRules) (bool, error)
	// Revoke cancels that call; that there is none is no error.
	Revoke(ctx context.Context, s interaction.State, rules interaction.QueueRules) error
	// Zone is the one in which customers of the queue are told times; nil: they may not choose one for the call.
	Zone(s interaction.State, rules interaction.QueueRules) *time.Location
	// Slot is the first time at or after one at which one more can be called; false: there is none.
	Slot(ctx context.Context, s interaction.State, rules interaction.QueueRules, from time.Time) (time.Time, bool, error)
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
	Prompt        string    // what he is asked then; empty: shipped words
	At            time.Time // that he has chosen; zero: when it is his turn
}

// offerKind is the name of the node that offers a callback.
const offerKind = "offer_callback"

// callbackKinds are the nodes about being called back.
func callbackKinds() []Kind {
	return []Kind{{
		Name: offerKind, Doc: "Offers to call the customer back when it is his turn. One who accepts keeps his place, and the call ends; next is for the others. Who calls again is asked whether to keep the call or to cancel it and wait.",
		Next: true, Waits: true, Needs: []Ability{CanPlay, CanKeys},
		Params: []Param{
			{Name: "queue", Type: QueueParam, Doc: "the queue; absent: the one the customer waits in, or that closed for him"},
			{Name: "prompt", Type: PromptParam, Doc: "the offer, with key 1 for yes; absent: shipped words"},
			{Name: "at_once", Type: BooleanParam, Default: false, Doc: "who has a number is promised the call without being asked"},
			{Name: "customer_first", Type: BooleanParam, Default: false, Doc: "the customer is called before an agent is asked, when one is free or soon will be; who picks up presses 1, and waits at the head of the line"},
			{Name: "called_prompt", Type: PromptParam, Doc: "what who picks up hears then, with key 1 for yes and 2 for no longer; absent: shipped words"},
			{Name: "slots", Type: BooleanParam, Default: false, Doc: "the customer may choose a time, today or tomorrow, where the queue gives times away"},
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
	"again": {
		"en": "You have asked us to call you back, and your place in line is kept. To keep it and hang up, press one. To cancel the call and wait on the line, press two.",
		"ru": "Вы уже просили перезвонить, и ваше место в очереди сохранено. Чтобы оставить просьбу и положить трубку, нажмите один. Чтобы отменить её и ждать на линии, нажмите два.",
		"th": "คุณขอให้เราโทรกลับไว้แล้ว และเรายังเก็บลำดับคิวของคุณไว้ หากต้องการให้โทรกลับตามเดิมและวางสาย กดหนึ่ง หากต้องการยกเลิกและรอสาย กดสอง",
	},
	"revoked": {
		"en": "We will not call you back. Please stay on the line.",
		"ru": "Мы не будем перезванивать. Пожалуйста, оставайтесь на линии.",
		"th": "เราจะไม่โทรกลับ กรุณาถือสายรอ",
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
	StepRevoked  = "callback_revoked" // he has called again and waits on the line instead
)

// maxDialed is how many digits a number has at most (E.164).
const maxDialed = 15

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
	number := r.spec.State.Arrival.CustomerAddress
	if n.flag("at_once") && number != "" {
		return r.promise(ctx, n, rules, number)
	}
	asked, err := r.cfg.Callbacks.Asked(ctx, r.spec.State, rules)
	if err != nil {
		return r.noCallback(ctx, n, err)
	}
	if asked {
		return r.keptOrCancelled(ctx, n, rules, number)
	}
	offer := r.speech(ctx, n, "offer", "")
	if key := n.str("prompt"); key != "" {
		offer = r.prompt(ctx, n, key)
	}
	r.stepOnce(n, StepOffered, "")
	if digit, pressed, err := r.listen(ctx, []Clip{offer}, n.seconds("timeout")); err != nil || !pressed || digit != '1' {
		return "next", err
	}
	number, err = r.confirmed(ctx, n)
	if err != nil || number == "" {
		return "next", err
	}
	at, chosen, err := r.slot(ctx, n, rules, number)
	if err != nil || !chosen {
		return "next", err
	}
	return r.promiseAt(ctx, n, rules, number, at)
}

// keptOrCancelled asks who has called again what becomes of the call he was promised; while he is on the line he is not called.
func (r *run) keptOrCancelled(ctx context.Context, n *node, rules interaction.QueueRules, number string) (string, error) {
	r.stepOnce(n, StepOffered, "again")
	digit, pressed, err := r.listen(ctx, []Clip{r.speech(ctx, n, "again", "")}, n.seconds("timeout"))
	switch {
	case err != nil || !pressed:
		return "next", err
	case digit == '1':
		return r.promise(ctx, n, rules, number)
	case digit != '2':
		return "next", nil
	}
	if err := r.cfg.Callbacks.Revoke(ctx, r.spec.State, rules); err != nil {
		return r.noCallback(ctx, n, err)
	}
	r.step(n, StepRevoked, "")
	return "next", r.play(ctx, r.speech(ctx, n, "revoked", ""))
}

// promise takes the customer out of the line, to be called when it is his turn, and tells him.
func (r *run) promise(ctx context.Context, n *node, rules interaction.QueueRules, number string) (string, error) {
	return r.promiseAt(ctx, n, rules, number, time.Time{})
}

// promiseAt does the same for a time he has chosen.
func (r *run) promiseAt(ctx context.Context, n *node, rules interaction.QueueRules, number string, at time.Time) (string, error) {
	err := r.cfg.Callbacks.Request(ctx, CallbackWish{State: r.spec.State, Rules: rules, Number: number,
		CustomerFirst: n.flag("customer_first"), Prompt: n.str("called_prompt"), At: at})
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return r.noCallback(ctx, n, errors.New(fault.Message(err)))
	}
	r.step(n, StepPromised, "")
	words := func() Clip { return r.speech(ctx, n, "promised", "") }
	if !at.IsZero() {
		r.step(n, StepSlot, at.Format(time.RFC3339))
		words = func() Clip { return r.slotted(ctx, n, "booked", "", at) }
	}
	if err := r.play(ctx, words()); err != nil {
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
	if sent := r.spec.State.SentOn.Rules; key == "" && sent.Queue != "" {
		return sent, nil
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
	for number.Len() < maxDialed {
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
		if number.Len() == maxDialed {
			r.complete("#")
		}
	}
	return number.String(), nil
}

// speech is one sentence of the dialogue; a beep where nothing can speak.
func (r *run) speech(ctx context.Context, n *node, which, number string) Clip {
	return r.voiced(ctx, n, "callback "+which, callbackTexts[which], func(text, language string) string {
		return strings.ReplaceAll(text, "{number}", spoken.Digits(strings.TrimPrefix(number, "+"), language))
	})
}

// phrase is one sentence of a dialogue in the customer's language.
func (r *run) phrase(ctx context.Context, n *node, texts map[string]map[string]string, which string) Clip {
	return r.voiced(ctx, n, which, texts[which], func(text, _ string) string { return text })
}

// voiced is a sentence in the customer's language as it sounds. Where nothing can speak that it is said in English, for a
// beep tells nobody which key to press; and where nothing can speak at all it is a beep.
func (r *run) voiced(ctx context.Context, n *node, which string, texts map[string]string, filled func(text, language string) string) Clip {
	language := nearest(r.position.Language, texts)
	say := func(language string) (Clip, error) {
		within, cancel := context.WithTimeout(ctx, speechLimit)
		defer cancel()
		return r.library().Text(within, filled(texts[language], language), language)
	}
	clip, err := say(language)
	if err == nil {
		return clip
	}
	r.missing(ctx, n, which, err)
	if other := Languages()[0]; language != other {
		if clip, err := say(other); err == nil {
			return clip
		}
	}
	return beep()
}
