package flow

import (
	"maps"
	"time"

	"linekeeper/internal/interaction"
)

// enderTime is how long after digits of the full length the key that ends digits still belongs to them.
const enderTime = 2 * time.Second

// ender is the key that ends digits, after digits that were complete without it: who presses it all the same means
// them, not what comes next. The zero value expects none.
type ender struct {
	key   rune
	until time.Time
}

// complete notes that digits are over because there cannot be more of them; ends is the key that would have ended
// them, or none.
func (r *run) complete(ends string) {
	r.ender = ender{}
	if key := []rune(ends); len(key) == 1 {
		r.ender = ender{key: key[0], until: r.cfg.Clock.Now().Add(enderTime)}
	}
}

// belated says whether a key, the first one read after the digits, only ends them: in time, or pressed while nothing
// was asked, when it could not be read.
func (r *run) belated(key rune, waited bool) bool {
	e := r.ender
	r.ender = ender{}
	return e.key != 0 && key == e.key && (waited || !r.cfg.Clock.Now().After(e.until))
}

// typed is the key that was pressed before it was asked for, where one that only ends digits may be among them.
func (r *run) typed() (key rune, pressed bool) {
	for r.ender.key != 0 {
		select {
		case key, pressed = <-r.talker.Digits():
			if !pressed || !r.belated(key, true) {
				return key, pressed
			}
		default:
			return 0, false
		}
	}
	return 0, false
}

// leftOf is what is left of a question of which so much has passed: clips from the first that was not played out, and
// the time after them.
func leftOf(clips []Clip, after, passed time.Duration) ([]Clip, time.Duration) {
	for i, c := range clips {
		if d := c.Duration(); passed < d {
			first := Clip{ID: c.ID + "@" + passed.String(), PCM: c.PCM[int(passed*SampleRate/time.Second):]}
			return append([]Clip{first}, clips[i+1:]...), after
		}
		passed -= c.Duration()
	}
	return nil, max(0, after-passed)
}

// enders are those of flows that have ended, for the next flow of the same interaction. It belongs to its runner's lock.
type enders map[interaction.ID]ender

// leave keeps one, and forgets those whose customers got no other flow.
func (all enders) leave(id interaction.ID, e ender, now time.Time) {
	maps.DeleteFunc(all, func(_ interaction.ID, e ender) bool { return now.After(e.until) })
	if e.key != 0 {
		all[id] = e
	}
}

// take gives the one of an interaction to its next flow.
func (all enders) take(id interaction.ID) ender {
	e := all[id]
	delete(all, id)
	return e
}
