package world

import (
	"slices"
	"strings"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
)

// Everybody speaks in a tone of his own, so that what is heard tells who is.
var voices = map[string]float64{"caller": 440, "ann": 700, "bob": 900, "sue": 1100, "outside": 1300}

// span is how much of what was heard is looked at; a frame less may be silence of a change.
const span = 200 * time.Millisecond

// audible is the level of a voice, against music and rests of other tones: they speak with 0.24 and more.
const audible = 0.12

// voiceOf is the tone of the agent who makes an offer.
func voiceOf(offer string) float64 {
	login := offer[strings.LastIndexByte(offer, ' ')+1:]
	if hz := voices[login]; hz != 0 {
		return hz
	}
	return voices["ann"]
}

// note keeps what was heard lately.
func (b *browser) note(pkt []byte) {
	if pkt[1]&0x7f != b.codec.PayloadType {
		return
	}
	decode := g711.DecodeMulaw
	if b.codec.Name == "PCMA" {
		decode = g711.DecodeAlaw
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if now.Sub(b.when) > span {
		b.lately = b.lately[:0]
	}
	b.when = now
	for _, s := range pkt[12:] {
		b.lately = append(b.lately, decode(s))
	}
	if most := int(span.Seconds() * tone.Rate); len(b.lately) > most {
		b.lately = slices.Clone(b.lately[len(b.lately)-most:])
	}
}

func (b *browser) heardLately() []int16 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.when) > span {
		return nil
	}
	return slices.Clone(b.lately)
}

// who names the voices in a sound, sorted; "music" when there is sound of nobody.
func who(sound []int16) string {
	var names []string
	for name, hz := range voices {
		if tone.Level(sound, hz) > audible {
			names = append(names, name)
		}
	}
	if len(names) == 0 && loud(sound) {
		return "music"
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// Hears waits until the agent hears exactly these, by name and sorted; "music" is music, "" nobody.
func (a *Agent) Hears(names string) {
	a.w.T.Helper()
	got := ""
	a.w.Eventually(5*time.Second, a.Login+" hears \""+names+"\"", func() bool {
		got = who(a.page.heardLately())
		return got == names
	}, func() string { return "but \"" + got + "\"" })
}

// Listens does the same for the caller.
func (c *Caller) Listens(names string) {
	c.w.T.Helper()
	got := ""
	c.w.Eventually(5*time.Second, "the caller hears \""+names+"\"", func() bool {
		got = who(c.Call.Heard(span))
		return got == names
	}, func() string { return "but \"" + got + "\"" })
}

// HearsRinging waits until the caller hears a ringing tone of this frequency, in Hz.
func (c *Caller) HearsRinging(hz float64) {
	c.w.T.Helper()
	c.w.Eventually(10*time.Second, "the caller hears it ring", func() bool {
		heard := c.Call.Heard(span)
		return tone.Level(heard, hz) > 0.04 && tone.Share(heard, hz) > 0.4
	})
}

// Listens does the same for whoever is outside.
func (p *SIPPhone) Listens(names string) {
	p.w.T.Helper()
	got := ""
	p.w.Eventually(5*time.Second, "the number outside hears \""+names+"\"", func() bool {
		got = who(p.Call.Heard(span))
		return got == names
	}, func() string { return "but \"" + got + "\"" })
}

// Controls sends a command about the interaction in hand, which must be taken.
func (a *Agent) Controls(c desk.Command) {
	a.w.T.Helper()
	if c.Interaction == "" {
		c.Interaction = a.current()
	}
	a.must(c)
}

// ID is a user's id.
func (w *World) ID(login string) string { return w.App.ID("user", login) }
