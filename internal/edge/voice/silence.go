package voice

import (
	"slices"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
)

// silentIn says whether nothing comes from a party that somebody is to hear. Silence counts from when that
// began. A nil hearing is a phone that is not up.
func (h *hearing) silentIn(e interaction.Ear) bool {
	if h == nil || h.hush == nil {
		return false
	}
	if counts := !e.Muted && !e.Music && len(e.Hears) > 0; counts != h.counts {
		h.counts, h.silent = counts, false
		h.hush.Afresh()
	}
	return h.counts && h.silent
}

// customerSilent says the same of the customer, of whom there may be no packets at all.
func (l *Leg) customerSilent() bool {
	h := l.hearings[l.customer]
	i := slices.IndexFunc(l.arranged, func(e interaction.Ear) bool { return e.Of == interaction.TheCustomer })
	if h == nil || i < 0 {
		return false
	}
	silent := !l.heldBy && (h.silentIn(l.arranged[i]) || h.counts && l.dead)
	l.note(h, silent)
	return silent
}

// note writes into the time line when a party is silent and when it is heard again.
func (l *Leg) note(h *hearing, silent bool) {
	if h == nil || h.noted == silent {
		return
	}
	h.noted = silent
	what := interaction.HeardAgain
	if silent {
		what = interaction.Silence
	} else if !h.counts {
		return // nobody is to hear the party now: it was not heard
	}
	l.input(interaction.SoundDetected{Sound: what, User: h.user})
}

// deadAt is when a customer who talks counts as silent because no packets come, nor reports if silence is
// suppressed; zero: not now. Whether one comes again is looked at each second.
func (l *Leg) deadAt() time.Time {
	alarm := l.edge.limit.Alarm
	if alarm <= 0 || l.state != Joined || l.heldBy {
		return time.Time{}
	}
	if l.dead {
		return time.Now().Add(time.Second)
	}
	return latest(latest(l.since, l.joinedAt), l.customer.LastSign()).Add(alarm)
}

// checkDead does what is due then.
func (l *Leg) checkDead(now time.Time) {
	alarm := l.edge.limit.Alarm
	dead := alarm > 0 && l.state == Joined && !l.heldBy &&
		!now.Before(latest(latest(l.since, l.joinedAt), l.customer.LastSign()).Add(alarm))
	if dead != l.dead {
		l.dead = dead
		l.showTroubles()
	}
}

var _ flow.Detector = (*Leg)(nil)

// detections are the sounds that media finds, as the interaction calls them.
var detections = map[media.Signal]interaction.Detection{
	media.FaxCalls: interaction.FaxCalling, media.FaxAnswers: interaction.FaxAnswering, media.Beep: interaction.AnsweringBeep,
}

// Detect implements flow.Detector.
func (l *Leg) Detect(fax, beep bool, found func(interaction.Detection)) (stop func(), err error) {
	tones := media.NewTones(fax, beep, func(s media.Signal) {
		what := detections[s]
		l.input(interaction.SoundDetected{Sound: what})
		found(what)
	})
	if !l.ask(func() { stop = l.customer.AddTapOn(media.Heard, tones) }) {
		return nil, flow.ErrGone
	}
	return stop, nil
}
