package voice

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
	"linekeeper/internal/voicemail"
	"linekeeper/internal/wire/sip"
)

// mailboxNumber is what a registered phone dials to hear the messages for who uses it. Message lights tell it to phones.
const mailboxNumber = "*97"

// mailboxPause is how long who hears his messages may think which key to press.
const mailboxPause = 5 * time.Second

// Mailbox has the messages that agents hear at their phones. Its methods may wait, as long as their ctx lives.
type Mailbox interface {
	// Messages are those a user may take or has in hand, in the order in which he hears them.
	Messages(user access.UserID) []interaction.ID
	// Sound is how something is said to a user, in his language; of a message that is not for him any more it is that.
	// Nothing: it cannot be said.
	Sound(ctx context.Context, user access.UserID, say voicemail.Said) []flow.Clip
	// Do does what he wants with a message, and gives what is said of how it went, for Visit.Did.
	Do(ctx context.Context, user access.UserID, act voicemail.Act, id interaction.ID) voicemail.Saying
	// CallBack has his phone called and then who left a message that he has in hand. The error, a fault, says why not.
	CallBack(ctx context.Context, user access.UserID, id interaction.ID) error
}

// visitor is a phone in whose call messages are heard.
type visitor struct {
	edge  *Edge
	user  access.UserID
	sound *media.Leg
	keys  chan rune
}

// mailboxCall lets a user hear his messages. It is on the call's goroutine.
func (e *Edge) mailboxCall(ctx context.Context, user access.UserID, call *sip.Call) error {
	if !e.beginCheck() {
		e.refuse(call, TooManyCalls, nil)
		return nil
	}
	defer e.figures.count(func(f *Figures) { f.Checks-- })
	s, body, ok := e.phoneSession(user, call, sdpCodecs(nil))
	if !ok {
		return nil
	}
	v := visitor{edge: e, user: user, keys: make(chan rune, keysKept)}
	call.OnDigit(func(d sip.Digit) { press(v.keys, d.Key) })
	v.sound = s.open(media.LegConfig{Inband: true, Log: e.log, OnDigit: func(d media.Digit) { press(v.keys, rune(d.Key)) }})
	defer v.sound.Close()
	if err := call.Answer(ctx, body); err != nil {
		return err
	}
	ctx, over := context.WithCancel(ctx)
	defer over()
	e.wg.Go(func() {
		select {
		case <-call.Done():
			over()
		case <-ctx.Done():
		}
	})
	calls := v.visit(ctx)
	hangUp(call, normalClearing)
	<-call.Done()
	if calls == "" {
		return nil
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
	defer cancel()
	return e.config.Mailbox.CallBack(asking, user, calls)
}

// visit goes through the messages until the call or the visit is over, and gives the one whose customer is to be called.
func (v visitor) visit(ctx context.Context) (calls interaction.ID) {
	box := v.edge.config.Mailbox
	at, turn := voicemail.BeginVisit(box.Messages(v.user))
	for {
		for turn.Do != voicemail.Nothing {
			at, turn = at.Did(box.Do(ctx, v.user, turn.Do, turn.Message))
		}
		key, pressed := v.says(ctx, turn)
		switch {
		case turn.Over || ctx.Err() != nil:
			return turn.Call
		case pressed:
			at, turn = at.Pressed(key)
		default:
			at, turn = at.Silent()
		}
	}
}

// says says what is to be said, until a key is pressed, and waits for one behind it.
func (v visitor) says(ctx context.Context, turn voicemail.Turn) (key rune, pressed bool) {
	for _, say := range turn.Say {
		ended := make(chan media.End, 1)
		clips := v.edge.config.Mailbox.Sound(ctx, v.user, say)
		if len(clips) == 0 {
			continue
		}
		playing := v.sound.Play(v.edge.clips.source(clips, false), func(e media.End) { ended <- e })
		select {
		case <-ended:
		case key = <-v.keys:
			playing.Stop()
			return key, true
		case <-ctx.Done():
			playing.Stop()
			return 0, false
		}
	}
	if turn.Over {
		return 0, false
	}
	pause := time.NewTimer(mailboxPause)
	defer pause.Stop()
	select {
	case key = <-v.keys:
		return key, true
	case <-pause.C:
	case <-ctx.Done():
	}
	return 0, false
}
