package flow

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// actor is the customer of a script: his channel, and the clock he lives by. It belongs to the one
// goroutine of its rehearsal.
type actor struct {
	script     Script
	acts       []Act
	began, now time.Time
	where      func() string // the node the program is at
	node       func() *node
	passed     []string // nodes, in order
	keys       []rune   // pressed and not read
	gone       bool
	draws      int
	surprises  []Said
	back       string        // the way by which the program gets him back
	away       time.Duration // after so long
	past       *memory       // of a call that is played again; nil: the script says what he does
}

// patience is how long a customer who has nothing more to say stays on the line.
const patience = 10 * time.Minute

func (a *actor) seconds() float64 { return a.now.Sub(a.began).Seconds() }

// Now implements Clock.
func (a *actor) Now() time.Time { return a.now }

// Sleep implements Clock.
func (a *actor) Sleep(ctx context.Context, d time.Duration) error {
	if err := a.pass(d); err != nil {
		return err
	}
	return ctx.Err()
}

// pass lets time go on, until the customer hangs up.
func (a *actor) pass(d time.Duration) error {
	if a.gone {
		return ErrGone
	}
	if d > 0 {
		a.now = a.now.Add(d)
	}
	if limit := a.script.HangUpAfter; limit > 0 && a.seconds() >= limit {
		a.now = a.began.Add(time.Duration(limit * float64(time.Second)))
		a.gone = true
		return ErrGone
	}
	return nil
}

func (a *actor) chance() float64 {
	a.draws++
	if a.draws > len(a.script.Chance) {
		return 0
	}
	return a.script.Chance[a.draws-1]
}

// told notes what the program tells.
func (a *actor) told(out *Rehearsal, in interaction.Input) {
	note := func(node, what, text string) {
		out.Steps = append(out.Steps, Moment{At: a.seconds(), Node: node, What: what, Text: text})
	}
	switch in := in.(type) {
	case interaction.FlowStepped:
		if in.What != StepWaits {
			note(in.Node, in.What, in.Text)
		}
	case interaction.SurveyAnswered:
		note(in.Node, StepAnswered, scoreText(in))
	case interaction.FlowTransferred:
		a.sent(out, in, note)
	case interaction.FlowQueued:
		if in.Back != "" && a.script.Agents[string(in.Only)] == agentSilent {
			a.back, a.away = in.Back, in.OnlyFor
			return
		}
		out.End, out.Queue = EndQueue, string(in.Rules.Queue)
		if in.Closed != nil {
			out.Closed = in.Closed.Do
		}
		note(a.where(), string(EndQueue), out.Queue)
	case interaction.FlowEnded:
		out.End, out.Detail = EndEnded, in.Detail
		note(a.where(), string(EndEnded), in.Detail)
	}
}

// next is what the customer does about a question that takes so long and then waits for so long, and
// when. An act that would come too late is kept for the next question, and so is one without a time
// while nothing is asked: the program only lets itself be interrupted.
func (a *actor) next(question, after time.Duration) (act Act, in time.Duration) {
	if a.past != nil {
		return a.past.next(a, question, after)
	}
	if len(a.acts) == 0 {
		if a.now.Sub(a.began) > patience {
			return Act{HangUp: true}, question
		}
		return Act{}, question + after
	}
	act = a.acts[0]
	in = question + time.Second
	if act.After > 0 {
		in = time.Duration(act.After * float64(time.Second))
	}
	silence := act.Keys == "" && act.Text == "" && act.Say == "" && !act.HangUp
	if after == 0 && act.After == 0 || in > question+after && !silence {
		return Act{}, question + after
	}
	a.acts = a.acts[1:]
	if at := a.where(); act.Node != "" && act.Node != at {
		a.surprises = append(a.surprises, saidf("the customer is asked at %q, not at %q", at, act.Node))
	}
	if silence {
		in = question + after
	}
	return act, in
}

func length(clips []Clip) (d time.Duration) {
	for _, c := range clips {
		d += c.Duration()
	}
	return d
}

// channel is the customer's channel.
func (a *actor) channel() interaction.Channel {
	if a.script.channel() == interaction.Voice {
		return caller{silent{}, a}
	}
	return reader{silent{}, a}
}

// silent is a channel of which nothing is wanted.
type silent struct{}

func (silent) Answer()                         {}
func (silent) Ring(access.UserID, time.Time)   {}
func (silent) StopRinging(access.UserID)       {}
func (silent) Connect(access.UserID)           {}
func (silent) Arrange(interaction.Arrangement) {}
func (silent) DropAgent(access.UserID)         {}
func (silent) Disconnect(interaction.Cause)    {}

// caller is an actor on the telephone.
type caller struct {
	silent
	*actor
}

var (
	_ Talker  = caller{}
	_ Ear     = caller{}
	_ wordEar = caller{}
	_ Writer  = reader{}
	_ Clock   = (*actor)(nil)
)

// Play implements Talker.
func (c caller) Play(ctx context.Context, clips []Clip, o PlayOptions) error {
	if o.Loop {
		return c.PlayFor(ctx, clips, patience)
	}
	if err := c.pass(length(clips)); err != nil {
		return err
	}
	return ctx.Err()
}

// PlayFor implements Ear.
func (c caller) PlayFor(ctx context.Context, _ []Clip, d time.Duration) error { return c.Sleep(ctx, d) }

// Digits implements Talker; Listen is asked instead.
func (c caller) Digits() <-chan rune { return nil }

// FlushDigits implements Talker.
func (c caller) FlushDigits() { c.keys = nil }

// Listen implements Ear.
func (c caller) Listen(ctx context.Context, clips []Clip, after time.Duration) (rune, bool, error) {
	a, _, err := c.listenWords(ctx, clips, after, nil)
	return a.key, a.pressed, err
}

// listenWords implements wordEar. What is said where words do not count is said to nobody.
func (c caller) listenWords(ctx context.Context, clips []Clip, after time.Duration, w *wanted) (a answer, deaf bool, err error) {
	if ctx.Err() != nil {
		return a, false, ctx.Err()
	}
	deaf = w != nil && c.script.Deaf
	if len(c.keys) == 0 {
		question := length(clips)
		act, in := c.next(question, after)
		if err := c.pass(in); err != nil {
			return a, deaf, err
		}
		switch {
		case act.HangUp:
			c.gone = true
			return a, deaf, ErrGone
		case act.Say != "" && w != nil && !deaf && (w.over || in >= question):
			return answer{heard: Heard{Text: act.Say}}, false, nil
		case act.Say != "":
			return a, deaf, c.pass(question + after - in)
		case act.Keys == "":
			return a, deaf, nil
		}
		c.keys = []rune(act.Keys)
	}
	a.key, a.pressed = c.keys[0], true
	c.keys = c.keys[1:]
	return a, deaf, nil
}

// reader is an actor who reads and types.
type reader struct {
	silent
	*actor
}

// Write implements Writer. Reading takes its time.
func (r reader) Write(ctx context.Context, m Message) error {
	if err := r.pass(time.Duration(len(m.Text)) * 30 * time.Millisecond); err != nil {
		return err
	}
	return ctx.Err()
}

// Read implements Writer.
func (r reader) Read(ctx context.Context, most time.Duration) (string, bool, error) {
	if ctx.Err() != nil {
		return "", false, ctx.Err()
	}
	act, in := r.next(0, most)
	if err := r.pass(in); err != nil {
		return "", false, err
	}
	if act.HangUp {
		r.gone = true
		return "", false, ErrGone
	}
	text := act.Text + act.Keys + act.Say
	return text, text != "", nil
}
