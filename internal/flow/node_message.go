package flow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
)

// Messages takes messages of customers; app has it.
type Messages interface {
	// Owner finds the user with a login.
	Owner(ctx context.Context, t tenant.ID, login string) (access.UserID, error)
	// Take begins to record.
	Take(ctx context.Context, w MessageWish) (MessageTake, error)
}

// MessageWish is a message to be taken.
type MessageWish struct {
	State    interaction.State
	Channel  interaction.Channel
	Rules    interaction.QueueRules
	Language string        // the customer is spoken to in
	Deadline time.Duration // 0: the queue's target
	Priority int
	Owner    access.UserID // whom it is for; empty: the queue
	Minimum  time.Duration
	Pause    time.Duration // that ends it
	Paused   func()        // told then
	// Unwritten keeps it from being written down.
	Unwritten bool
}

// MessageTake is a message being left. It must be closed, and is for one goroutine.
type MessageTake interface {
	// Stop ends the recording and says how much was said, and whether that is enough to be kept.
	Stop() (said time.Duration, enough bool, err error)
	// Sound is what was said, after Stop.
	Sound() ([]int16, error)
	// Discard throws it away.
	Discard() error
	// Close sends what was not thrown away, if it is enough; it does not wait for that.
	Close()
}

// messageKind is the name of the node that takes a message.
const messageKind = "voicemail"

// The steps of a message in the time line.
const (
	StepMessageLeft  = "message_left"  // the text is how many seconds
	StepMessageShort = "message_short" // too short to be kept
)

// messageKinds are the nodes about messages.
func messageKinds() []Kind {
	return []Kind{{
		Name: messageKind, Doc: "Lets the customer leave a message after a beep; agents get it like a call. A key, silence or hanging up ends it.",
		Next: true, Waits: true, Needs: []Ability{CanPlay, CanKeys},
		Params: []Param{
			{Name: "queue", Type: QueueParam, Doc: "the queue whose agents get it; absent: the project's own"},
			{Name: "user", Type: TemplateParam, Names: UserThing, Doc: "the login of the one agent it is for; absent: all of the queue"},
			{Name: "prompt", Type: PromptParam, Doc: "the greeting; absent: the prompt voicemail_ and the user's login or the queue's key, or shipped words"},
			{Name: "minimum", Type: SecondsParam, Default: 2.0, Min: 0.5, Max: 60, Doc: "who says less has left nothing"},
			{Name: "maximum", Type: SecondsParam, Default: 180.0, Min: 5, Max: 1800, Doc: "how long it may be"},
			{Name: "silence", Type: SecondsParam, Default: 5.0, Min: 1, Max: 60, Doc: "how long a silence ends it"},
			{Name: "review", Type: BooleanParam, Default: true, Doc: "lets the customer listen to it and say it again before it is sent"},
			{Name: "tries", Type: IntegerParam, Default: 3.0, Min: 1, Max: 10, Doc: "how often to record and to ask"},
			{Name: "transcript", Type: BooleanParam, Default: true, Doc: "has it written down, where a recognizer knows the customer's language"},
			{Name: "deadline", Type: SecondsParam, Default: 14400.0, Min: 30, Max: 604800, Doc: "how soon an agent is to take it: what is in time"},
			{Name: "priority", Type: IntegerParam, Default: -10.0, Min: -100, Max: 100, Doc: "higher goes first; calls have 0"},
		},
		Edges: []Edge{
			{Name: "empty", Optional: true, Doc: "nothing was left; without this way as next"},
			{Name: "failed", Optional: true, Doc: "no message can be taken; without this way the flow fails"},
		},
		run: runMessage,
	}}
}

// messageTexts are the words of the dialogue by language.
var messageTexts = map[string]map[string]string{
	"greeting": {
		"en": "Please leave a message after the tone. When you are done, press any key or hang up.",
		"ru": "Оставьте сообщение после сигнала. Закончив, нажмите любую клавишу или положите трубку.",
		"th": "กรุณาฝากข้อความหลังเสียงสัญญาณ เมื่อเสร็จแล้วกดปุ่มใดก็ได้หรือวางสาย",
	},
	"short": {
		"en": "We did not hear a message.",
		"ru": "Мы не услышали сообщения.",
		"th": "เราไม่ได้ยินข้อความ",
	},
	"review": {
		"en": "To send the message, press one or hang up. To listen to it, press two. To record it again, press three.",
		"ru": "Чтобы отправить сообщение, нажмите один или положите трубку. Чтобы прослушать его, нажмите два. Чтобы записать заново, нажмите три.",
		"th": "หากต้องการส่งข้อความ กดหนึ่งหรือวางสาย หากต้องการฟังข้อความ กดสอง หากต้องการบันทึกใหม่ กดสาม",
	},
	"sent": {
		"en": "Thank you. Your message was sent.",
		"ru": "Спасибо. Ваше сообщение отправлено.",
		"th": "ขอบคุณ ข้อความของคุณถูกส่งแล้ว",
	},
}

// reviewPause is how long a customer may think what to do with his message.
const reviewPause = 5 * time.Second

func runMessage(ctx context.Context, r *run, n *node) (string, error) {
	w, greeting, err := r.messageWish(ctx, n)
	if err != nil {
		return r.noMessage(ctx, n, err)
	}
	r.waits(n)
	said := []Clip{greeting}
	for range int(n.number("tries")) {
		r.forgetKeys()
		if err := r.play(ctx, append(said, tone())...); err != nil {
			return "", err
		}
		way, err := r.record(ctx, n, w)
		if err != nil && ctx.Err() == nil && !errors.Is(err, ErrGone) {
			return r.noMessage(ctx, n, err)
		}
		switch {
		case err != nil:
			return "", err
		case way == messageSent:
			return "next", r.play(ctx, r.phrase(ctx, n, messageTexts, "sent"))
		case way == messageShort:
			said = []Clip{r.phrase(ctx, n, messageTexts, "short"), greeting}
		default:
			said = nil
		}
	}
	if n.edges["empty"] != "" {
		return "empty", nil
	}
	return "next", nil
}

// noMessage fails; the node always takes time, so that no flow can turn on it without end.
func (r *run) noMessage(ctx context.Context, n *node, err error) (string, error) {
	if err := r.rest(ctx, time.Second); err != nil {
		return "", err
	}
	return r.failed(ctx, n, err)
}

// messageWish is what is wanted of a message, with its greeting.
func (r *run) messageWish(ctx context.Context, n *node) (w MessageWish, greeting Clip, err error) {
	if r.cfg.Messages == nil {
		return w, greeting, errors.New("no messages are taken here")
	}
	key := ""
	if w.Rules, key, err = r.messageRules(ctx, n); err != nil {
		return w, greeting, err
	}
	w.State, w.Channel, w.Language, w.Priority = r.spec.State, r.spec.Channel, r.position.Language, int(n.number("priority"))
	w.Minimum, w.Pause, w.Deadline = n.seconds("minimum"), n.seconds("silence"), n.seconds("deadline")
	w.Unwritten = !n.flag("transcript")
	prompts := []string{"voicemail_" + key}
	if t, _ := n.params["user"].(*template); t != nil {
		login, err := r.fill(ctx, t, nil)
		if err != nil {
			return w, greeting, err
		}
		if w.Owner, err = r.cfg.Messages.Owner(ctx, r.tenant(), login); err != nil {
			return w, greeting, err
		}
		prompts = []string{"voicemail_" + login, prompts[0]}
	}
	if own := n.str("prompt"); own != "" {
		return w, r.prompt(ctx, n, own), nil
	}
	for _, key := range prompts {
		within, cancel := context.WithTimeout(ctx, speechLimit)
		clip, err := r.library().Prompt(within, r.tenant(), key, r.position.Language)
		cancel()
		if err == nil {
			return w, clip, nil
		}
	}
	return w, r.phrase(ctx, n, messageTexts, "greeting"), nil
}

// messageRules are those of the queue that gets the message, with its key; who waits in line need not name it.
func (r *run) messageRules(ctx context.Context, n *node) (interaction.QueueRules, string, error) {
	if r.spec.Waiting && n.str("queue") == "" {
		return r.spec.State.Segment.Rules, "", nil
	}
	if sent := r.spec.State.SentOn.Rules; ID(r.spec.Flow) == LeaveMessage && sent.Queue != "" {
		return sent, "", nil
	}
	key, err := r.queueKey(ctx, n)
	if err != nil {
		return interaction.QueueRules{}, "", err
	}
	if r.cfg.Queues == nil {
		return interaction.QueueRules{}, "", fmt.Errorf("queue %q: there are no queues here", key)
	}
	rules, err := r.cfg.Queues.Rules(ctx, r.tenant(), key)
	if err != nil {
		err = fmt.Errorf("queue %q: %w", key, err)
	}
	return rules, key, err
}

// What became of a recording.
type messageEnd int

const (
	messageSent messageEnd = iota
	messageShort
	messageAgain
)

// record takes one message. Whatever ends it but the customer's own wish, it is sent if it is long enough.
func (r *run) record(ctx context.Context, n *node, w MessageWish) (messageEnd, error) {
	speaking, quiet := context.WithCancel(ctx)
	defer quiet()
	w.Paused = quiet
	take, err := r.cfg.Messages.Take(ctx, w)
	if err != nil {
		return 0, err
	}
	defer take.Close()
	if _, _, err := r.listen(speaking, nil, n.seconds("maximum")); err != nil && (ctx.Err() != nil || speaking.Err() == nil) {
		return 0, errors.Join(ctx.Err(), err)
	}
	said, enough, err := take.Stop()
	if err != nil {
		return 0, err
	}
	if !enough {
		r.step(n, StepMessageShort, fmt.Sprintf("%.1f", said.Seconds()))
		return messageShort, take.Discard()
	}
	if n.flag("review") {
		again, err := r.review(ctx, n, take)
		if err != nil {
			return 0, err
		}
		if again {
			return messageAgain, take.Discard()
		}
	}
	r.step(n, StepMessageLeft, fmt.Sprintf("%.1f", said.Seconds()))
	return messageSent, nil
}

// review lets the customer listen to his message and say it again.
func (r *run) review(ctx context.Context, n *node, take MessageTake) (again bool, err error) {
	clips := []Clip{r.phrase(ctx, n, messageTexts, "review")}
	for range int(n.number("tries")) {
		digit, pressed, err := r.listen(ctx, clips, reviewPause)
		switch {
		case err != nil || !pressed || digit == '1':
			return false, err
		case digit == '3':
			return true, nil
		case digit == '2':
			pcm, err := take.Sound()
			if err != nil {
				return false, err
			}
			own := Clip{ID: "message " + string(r.spec.State.ID) + r.cfg.Clock.Now().String(), PCM: pcm}
			clips = []Clip{own, r.phrase(ctx, n, messageTexts, "review")}
		default:
			clips = []Clip{r.phrase(ctx, n, messageTexts, "review")}
		}
	}
	return false, nil
}

// tone is what the customer speaks after: 400 ms of 1000 Hz, and a little silence.
func tone() Clip {
	const length, rest = SampleRate * 2 / 5, SampleRate / 10
	pcm := make([]int16, length+rest)
	for i := range length {
		fade := min(1, float64(min(i, length-i))/80) // 10 ms, against clicks
		pcm[i] = int16(8000 * fade * math.Sin(2*math.Pi*1000*float64(i)/SampleRate))
	}
	return Clip{ID: "message tone", PCM: pcm}
}
