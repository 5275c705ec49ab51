package app

import (
	"context"
	"errors"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/voicemail"
)

// messageBox lets agents hear their messages at their SIP phones, and do with them what the desk does.
type messageBox struct{ app *App }

var _ voice.Mailbox = messageBox{}

// actTime is how long who has pressed a key waits for what it does, and for a sentence.
const actTime = 5 * time.Second

// Messages implements voice.Mailbox.
func (b messageBox) Messages(user access.UserID) []interaction.ID { return b.app.lights.heard(user) }

// Sound implements voice.Mailbox.
func (b messageBox) Sound(ctx context.Context, user access.UserID, say voicemail.Said) []flow.Clip {
	var s interaction.State
	if say.Message != "" {
		if !b.app.lights.mayTake(user, say.Message) {
			if say.Saying == voicemail.SayMessage {
				return nil // it was told a moment ago
			}
			return b.speak(ctx, user, voicemail.Said{Saying: voicemail.SayTaken}, s)
		}
		var err error
		if s, err = interaction.NewStore(b.app.db).Load(ctx, say.Message); err != nil {
			b.app.log.Error("a message cannot be told at a phone", "interaction", say.Message, "error", err)
			return b.speak(ctx, user, voicemail.Said{Saying: voicemail.SayFailed}, s)
		}
	}
	if say.Saying != voicemail.SayMessage {
		return b.speak(ctx, user, say, s)
	}
	clip, err := b.message(ctx, user, s)
	if err != nil {
		b.app.log.Error("a message cannot be heard at a phone", "interaction", say.Message, "error", err)
		return b.speak(ctx, user, voicemail.Said{Saying: voicemail.SayFailed}, s)
	}
	return []flow.Clip{clip}
}

// speak says a sentence in the user's language, or where no engine speaks that, in English.
func (b messageBox) speak(ctx context.Context, user access.UserID, say voicemail.Said, s interaction.State) []flow.Clip {
	p := b.app.dir.page()
	language := string(p.users[user].Language)
	if language == "" {
		language = string(p.tenant.Language)
	}
	tell := func(language string) (flow.Clip, error) {
		within, cancel := context.WithTimeout(ctx, actTime)
		defer cancel()
		text := mailboxWords(say, language, s.Arrival.CustomerAddress, s.Arrived.In(p.zone), time.Now().In(p.zone))
		return b.app.library.For(s.Arrival.Project).Text(within, text, language)
	}
	clip, err := tell(language)
	if english := flow.Languages()[0]; err != nil && language != english {
		clip, err = tell(english)
	}
	if err != nil {
		b.app.log.Warn("nobody speaks to who hears his messages", "language", language, "error", err)
		return nil
	}
	return []flow.Clip{clip}
}

// message is what was left. That somebody listens is in the audit log before he hears it.
func (b messageBox) message(ctx context.Context, user access.UserID, s interaction.State) (clip flow.Clip, err error) {
	t := b.app.dir.page().tenant.ID
	id, err := b.app.recorder.Of(ctx, t, s.ID)
	if err != nil {
		return clip, err
	}
	file, err := b.app.recorder.Open(ctx, t, id)
	if err != nil {
		return clip, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	pcm, rate, err := file.Customer()
	if err != nil {
		return clip, err
	}
	by := audit.Author{Tenant: string(t), User: string(user), Source: "phone"}
	err = b.app.db.Write(ctx, func(tx *db.Tx) error {
		return audit.Note(tx, by, audit.Listen, "recording", id, map[string]any{"interaction_id": s.ID, "download": false})
	})
	return flow.Clip{ID: "recording:" + id, PCM: flow.Resample(pcm, rate)}, err
}

// Do implements voice.Mailbox.
func (b messageBox) Do(ctx context.Context, user access.UserID, act voicemail.Act, id interaction.ID) voicemail.Saying {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), actTime) // done also for who hangs up meanwhile
	defer cancel()
	how, err := b.do(ctx, user, act, id)
	if err != nil {
		b.app.log.Info("what an agent wants with a message at his phone is refused", "interaction", id, "agent", user, "act", act, "error", err)
	}
	return how
}

func (b messageBox) do(ctx context.Context, user access.UserID, act voicemail.Act, id interaction.ID) (voicemail.Saying, error) {
	if how, err := b.take(ctx, user, id); err != nil {
		return how, err
	}
	if act == voicemail.CallBack {
		return b.mayCallBack(ctx, user, id)
	}
	if err := b.app.registry.Ask(ctx, id, interaction.AgentHungUp{Agent: user}); err != nil {
		return voicemail.SayFailed, err
	}
	s, err := interaction.NewStore(b.app.db).Load(ctx, id)
	if err != nil {
		return voicemail.SayOutcome, err // it waits at the desk
	}
	if !s.Open() {
		return voicemail.SayDone, nil
	}
	if s.Segment.Rules.DispositionRequired || s.Disposition != "" || s.Note != "" {
		return voicemail.SayOutcome, nil // what he has begun at the desk he finishes there
	}
	err = b.app.registry.Ask(ctx, id, interaction.Disposed{Agent: user})
	if err != nil && !errors.Is(err, interaction.ErrLate) {
		return voicemail.SayOutcome, err
	}
	return voicemail.SayDone, nil
}

// take gives a message into a user's hand if it is not there yet.
func (b messageBox) take(ctx context.Context, user access.UserID, id interaction.ID) (voicemail.Saying, error) {
	a, p := b.app, b.app.dir.page()
	if !a.lights.mayTake(user, id) {
		return voicemail.SayTaken, interaction.ErrLate
	}
	if a.agents.Get(p.tenant.ID, user).Status == agent.Offline {
		return voicemail.SayOffline, fault.Conflict.New("Who is offline takes no messages.")
	}
	reserved := false
	if !a.control.has(user, id) {
		if reserved = a.router.Take(id, user, ""); !reserved {
			return voicemail.SayBusy, fault.Conflict.New("Something else is in hand, or rings.")
		}
	}
	err := a.registry.Ask(ctx, id, interaction.MessageTaken{Agent: user})
	switch {
	case err == nil:
		return voicemail.SayDone, nil
	case reserved && ctx.Err() == nil: // else it may have been taken
		a.router.GiveBack(id, user)
	}
	if errors.Is(err, interaction.ErrLate) {
		return voicemail.SayTaken, err
	}
	return voicemail.SayFailed, err
}

// mayCallBack says whether the customer can be called.
func (b messageBox) mayCallBack(ctx context.Context, user access.UserID, id interaction.ID) (voicemail.Saying, error) {
	c, p := b.app.control, b.app.dir.page()
	want := wanted{message: id, noDesk: true}
	err := c.answering(ctx, user, &want)
	if err == nil {
		_, _, err = c.wayOut(p, user, want)
	}
	if err == nil {
		err = b.app.duty.mayCall(p, user, false, true)
	}
	if err != nil {
		return voicemail.SayNoCall, err
	}
	return voicemail.SayCalling, nil
}

// CallBack implements voice.Mailbox.
func (b messageBox) CallBack(ctx context.Context, user access.UserID, id interaction.ID) error {
	want := wanted{message: id, noDesk: true}
	if err := b.app.control.answering(ctx, user, &want); err != nil {
		return err
	}
	_, err := b.app.control.call(ctx, user, want)
	return err
}
