package voice

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/media"
)

// join lets customer and agent hear each other. When the agent's phone went between PhoneConnected
// and now, the wish stays, and a phone that comes up again is bridged.
func (l *Leg) join(user access.UserID) {
	a := l.agent
	if a == nil || a.user != user || l.state != Answered && l.state != Joined {
		return
	}
	if !l.joined {
		l.joined, l.joinedAt = true, time.Now()
		l.enter(Joined)
	}
	if a.device != nil {
		l.bridge()
	} else {
		l.customer.StopPlaying()
		l.silence()
	}
	l.recording.joined(l.customer)
}

// bridge joins the customer's leg and the agent's device in use.
func (l *Leg) bridge() {
	d := l.agent.device
	if err := media.Bridge(l.customer, d.media); err != nil {
		// One codec was offered to both; only a peer that answers with another one comes here.
		l.log.Error("joining customer and agent", "err", err)
		l.agent.device = nil
		l.closeDevice(d)
		l.phoneLost(l.agent, err.Error())
	}
}

// part takes the agent out; the customer's leg stays for a flow to talk to.
func (l *Leg) part() {
	if !l.joined {
		return
	}
	l.joined = false
	l.customer.Unbridge()
	l.recording.parted()
	l.FlushDigits() // what was pressed during the talk is no choice in a menu
	if !l.ending {
		l.enter(Answered)
		l.idle()
	}
}

// idle lets a customer to whom nobody talks hear silence: a stream that stops looks like a broken call
// to carriers, and keeps ways through address translators from closing.
func (l *Leg) idle() {
	if l.state == Answered && !l.joined {
		l.silence()
	}
}

func (l *Leg) silence() { l.customer.Play(media.Silence(), nil) }

// Mute implements interaction.Muter: the customer, and the recording, hear silence instead of the
// agent.
func (l *Leg) Mute(on bool) {
	l.tell(func() {
		l.muted = on
		if l.agent != nil && l.agent.device != nil {
			l.agent.device.media.MuteHeard(on)
		}
	})
}

// SendDigits implements interaction.DigitSender.
func (l *Leg) SendDigits(digits string) {
	l.tell(func() {
		if err := l.customer.SendDigits(digits); err != nil {
			l.log.Warn("sending keys to the customer", "err", err)
		}
	})
}
