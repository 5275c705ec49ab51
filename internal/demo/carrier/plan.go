package carrier

import (
	"context"
	"time"
)

// Plan is what a caller has in mind.
type Plan struct {
	Numbers
	// Keys are pressed KeysAfter the answer: what one hears of a menu before choosing.
	Keys      string
	KeysAfter time.Duration
	// KeysAgain presses them anew after so long, until a person is there; 0: once.
	KeysAgain time.Duration
	// SpeakAfter is what is listened to before speaking, with nobody there yet: a greeting and its beep.
	SpeakAfter time.Duration
	// Speak are sentences, said one after the other with pauses once somebody is there.
	Speak [][]int16
	Pause time.Duration
	// Connected tells whether a person is on the line; nil: from the answer on. It is polled.
	Connected func() bool
	// Stay is how long the talk lasts before the caller hangs up; 0: until the other side does.
	Stay time.Duration
	// Afterwards are keys pressed when the person is gone and the line is not, as in a survey: each 5 s after the one before.
	Afterwards []string
	// GiveUpAfter is how long the caller waits for a person; 0: for ever.
	GiveUpAfter time.Duration
}

// Call dials and acts out the plan in a goroutine of its own; the context ends the call.
func (k *Carrier) Call(ctx context.Context, p Plan) (*Call, error) {
	c, err := k.Dial(ctx, p.Numbers)
	if err != nil {
		return nil, err
	}
	k.wg.Add(1)
	go func() {
		defer k.wg.Done()
		c.follow(p)
	}()
	return c, nil
}

// follow acts out the plan and returns when the call is over.
func (c *Call) follow(p Plan) {
	var giveUp <-chan time.Time
	if p.GiveUpAfter > 0 {
		t := time.NewTimer(p.GiveUpAfter)
		defer t.Stop()
		giveUp = t.C
	}
	defer func() { <-c.done }()
	select {
	case <-c.answered:
	case <-giveUp:
		c.HangUp()
		return
	case <-c.done:
		return
	}
	if p.Keys != "" {
		if !c.pass(p.KeysAfter) {
			return
		}
		c.Press(p.Keys)
	}
	if !c.await(p, giveUp) || p.SpeakAfter > 0 && !c.pass(p.SpeakAfter) {
		return
	}
	c.chat(p)
}

// await listens until a person is on the line; false: nobody came, and the call is over.
func (c *Call) await(p Plan, giveUp <-chan time.Time) bool {
	again := time.Now().Add(p.KeysAgain)
	for p.Connected != nil && !p.Connected() {
		if p.KeysAgain > 0 && !time.Now().Before(again) {
			c.Press(p.Keys)
			again = time.Now().Add(p.KeysAgain)
		}
		poll := time.NewTimer(250 * time.Millisecond)
		select {
		case <-poll.C:
		case <-giveUp:
			poll.Stop()
			c.HangUp()
			return false
		case <-c.done:
			poll.Stop()
			return false
		}
	}
	return true
}

// chat says the sentences and hangs up after the stay.
func (c *Call) chat(p Plan) {
	var over <-chan time.Time
	if p.Stay > 0 {
		t := time.NewTimer(p.Stay)
		defer t.Stop()
		over = t.C
	}
	for i := 0; ; i++ {
		var said <-chan struct{} // nil when there is nothing to say
		if len(p.Speak) > 0 {
			said = c.Say(p.Speak[i%len(p.Speak)])
		}
		select {
		case <-said:
		case <-over:
			c.HangUp()
			return
		case <-c.done:
			return
		}
		if len(p.Afterwards) > 0 && p.Connected != nil && !p.Connected() {
			for _, keys := range p.Afterwards {
				if !c.pass(5 * time.Second) {
					return
				}
				c.Press(keys)
			}
			p.Afterwards, p.Speak = nil, nil
		}
		pause := time.NewTimer(max(p.Pause, 100*time.Millisecond))
		select {
		case <-pause.C:
		case <-over:
			pause.Stop()
			c.HangUp()
			return
		case <-c.done:
			pause.Stop()
			return
		}
	}
}

// pass waits; false if the call was over before.
func (c *Call) pass(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.done:
		return false
	}
}
