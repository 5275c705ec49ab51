package voice

import (
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
)

// filler is what a leg is given to hear when it hears nobody.
type filler string

const (
	quiet  filler = "silence"
	melody filler = "music"
)

// Arrange implements interaction.Channel.
func (l *Leg) Arrange(a interaction.Arrangement) { l.tell(func() { l.arrange(a) }) }

// arrange takes over who is to hear whom. A phone that went between the decision and now keeps its place, and
// one that comes up takes it.
func (l *Leg) arrange(a interaction.Arrangement) {
	if l.state != Answered && l.state != Joined {
		return
	}
	l.arranged = a
	customer, in := a.Ear(interaction.TheCustomer)
	switch {
	case in && !l.joined:
		l.joined, l.joinedAt = true, time.Now()
		l.enter(Joined)
	case !in && l.joined:
		l.joined = false
		l.recording.parted()
		l.FlushDigits() // what was pressed during the talk is no choice in a menu
		l.enter(Answered)
	}
	l.rearrange()
	for _, a := range l.agents {
		if a.device != nil && a.device.second != nil {
			l.followSecond(a.device)
			l.rearrange()
		}
		l.tellHold(a.device) // it may have begun before
	}
	if len(customer.Hears) > 0 {
		l.recording.joined(l.customer)
	} else { // what a customer on hold hears is nobody's words
		l.recording.parted()
	}
	l.measureLevels(len(customer.Hears) > 0)
}

// rearrange makes the room what was arranged, with the phones that are up.
func (l *Leg) rearrange() {
	if l.state == Calling {
		l.arrangeCalling()
		return
	}
	legs := make(map[interaction.PartyID]*media.Leg, len(l.arranged))
	held := make(map[interaction.PartyID]bool) // at their phones
	for _, e := range l.arranged {
		if m := l.mediaOf(e); m != nil {
			legs[e.Of] = m
		}
		if l.onHold(e) {
			held[e.Of] = true
		}
	}
	var parts []media.Part
	fill := map[*media.Leg]filler{}
	for _, e := range l.arranged {
		m := legs[e.Of]
		if m == nil {
			continue
		}
		p := media.Part{Leg: m, Quiet: e.Muted}
		waits := e.Music
		for _, id := range e.Hears {
			if held[id] {
				waits = true
			} else if other := legs[id]; other != nil {
				p.Hears = append(p.Hears, other)
			}
		}
		early := l.rung(e.Rings)
		if early != nil && len(p.Hears) == 0 {
			p.Hears = append(p.Hears, early.media)
			parts = append(parts, media.Part{Leg: early.media})
			fill[early.media] = quiet
		}
		parts = append(parts, p)
		switch {
		case len(p.Hears) > 0:
		case e.Rings != "":
			fill[m] = ringing
		case waits:
			fill[m] = melody
		default:
			fill[m] = quiet
		}
	}
	if err := l.room.Arrange(parts); err != nil {
		// Codecs nobody can mix; the room stays as it was.
		l.log.Error("arranging who hears whom", "err", err)
		return
	}
	if !l.joined && l.playing == nil && l.state == Answered {
		fill[l.customer] = quiet // until a flow says something
	}
	l.fillWith(fill)
	l.showTroubles()
	l.showProtections(l.protections())
}

// mediaOf is the leg of a party; nil: its phone is not up.
func (l *Leg) mediaOf(e interaction.Ear) *media.Leg {
	switch {
	case e.Of == interaction.TheCustomer:
		return l.customer
	case e.User != "":
		if a := l.agents[e.User]; a != nil && a.device != nil {
			return a.device.sound()
		}
		return nil
	}
	if o := l.outsides[e.Of]; o != nil {
		return o.media
	}
	return nil
}

// fillWith lets legs that hear nobody hear music or silence: a stream that stops looks like a broken call
// to carriers, and keeps ways through address translators from closing. What plays already goes on.
func (l *Leg) fillWith(fill map[*media.Leg]filler) {
	for m := range l.filled {
		if fill[m] == "" {
			delete(l.filled, m)
		}
	}
	for m, f := range fill {
		if l.filled[m] == f {
			continue
		}
		l.filled[m] = f
		source := media.Silence()
		if f == ringing {
			source = l.edge.clips.source([]flow.Clip{l.ringback()}, true)
		} else if f == melody {
			if source = l.music(); source == nil {
				source, l.filled[m] = media.Silence(), "" // again when it is loaded
			}
		}
		m.Play(source, nil)
	}
}

// music is the project's music on hold; nil: it is being loaded, and rearrange follows.
func (l *Leg) music() media.Source {
	if l.melody != nil {
		return l.edge.clips.source([]flow.Clip{*l.melody}, true)
	}
	if l.edge.config.Prompt == nil || l.melodyAsked {
		return nil
	}
	l.melodyAsked = true
	key := "music"
	if own := l.edge.config.HoldMusic; own != nil {
		if k := own(l.project); k != "" {
			key = k
		}
	}
	l.load(key, func(clip flow.Clip) {
		l.melody = &clip
		l.rearrange()
	}, nil)
	return nil
}

// idle lets a customer to whom nobody talks hear silence.
func (l *Leg) idle() {
	if l.state == Answered && !l.joined {
		l.filled[l.customer] = quiet
		l.customer.Play(media.Silence(), nil)
	}
}

// SendDigits implements interaction.DigitSender.
func (l *Leg) SendDigits(digits string) {
	l.tell(func() {
		if err := l.customer.SendDigits(digits); err != nil {
			l.log.Warn("sending keys to the customer", "err", err)
		}
	})
}
