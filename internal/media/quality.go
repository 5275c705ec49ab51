package media

import (
	"math"
	"time"
)

// Sound is how good a stretch of one direction's sound is.
type Sound struct {
	// Packets is how many should have arrived.
	Packets uint64
	// Loss is the part of them that did not, 0 to 1.
	Loss float64
	// Jitter is the unevenness of arrival (RFC 3550, section 6.4.1 and A.8): its mean over the stretch.
	Jitter time.Duration
	// MOS is the opinion that listeners would have, 1 (bad) to 4.5 (excellent), estimated with the
	// E-model; 0: too little was heard to judge.
	MOS float64
}

// Quality is how good a leg's sound is.
type Quality struct {
	// Now and Call are what we hear of the party: in the last 5 seconds, and since the leg was made.
	Now, Call Sound
	// FarNow and FarCall are what the party says it hears of us: in its latest report, if that is not
	// older than 15 s, and on the whole. Packets are 0 in FarNow. The zero value: it does not report.
	FarNow, FarCall Sound
	// RoundTrip is the time to the party and back; 0: not known. The MOS values take it into account.
	RoundTrip time.Duration
}

// Spell is news of a leg's quality: a bad spell began or ended.
type Spell struct {
	Bad     bool // it began; false: it ended
	Far     bool // it is what the party hears of us that is bad; false: what we hear of it
	At      time.Time
	Quality Quality
}

// The E-model (ITU-T G.107) with all parameters at their default values, for G.711 whose receiver
// repeats what is lost (G.113, Appendix I). Delay is taken in the simplified form of Cole and Rosenbluth.
const (
	bestRating     = 93.2
	lossRobustness = 25.1  // Bpl
	delayKnee      = 177.3 // ms: beyond it a talk gets difficult
	packetDelay    = 20.0  // ms: what filling a packet takes
	leastBuffer    = 40.0  // ms: what the receiver's jitter buffer takes at least
)

// rating is the R factor, 0 to 100. loss is 0 to 1; bursts is how many packets are lost together, as a
// multiple of what it were if each was lost by chance (1 or more); delay is one way, mouth to ear.
func rating(loss, bursts float64, delay time.Duration) float64 {
	percent := 100 * min(max(loss, 0), 1)
	lossy := 95 * percent / (percent/max(bursts, 1) + lossRobustness)
	ms := delay.Seconds() * 1000
	late := 0.024*ms + 0.11*max(0, ms-delayKnee)
	return min(max(bestRating-late-lossy, 0), 100)
}

// opinion is the mean opinion score of a rating (G.107, Annex B).
func opinion(r float64) float64 {
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}

// earDelay is the delay from mouth to ear that round trip and jitter suggest.
func earDelay(roundTrip, jitter time.Duration) time.Duration {
	buffer := max(leastBuffer, 2*jitter.Seconds()*1000)
	return roundTrip/2 + time.Duration((packetDelay+buffer)*float64(time.Millisecond))
}

// burstiness is how much longer losses in a row are than chance would make them (G.107, section 3.5).
// gaps is how many rows of lost packets there were.
func burstiness(loss float64, lost, gaps uint64) float64 {
	if lost == 0 || gaps == 0 || loss >= 1 {
		return 1
	}
	return max(1, float64(lost)/float64(gaps)*(1-loss))
}

// judge completes a Sound; with fewer packets than enough there is no opinion.
func judge(s Sound, bursts float64, roundTrip time.Duration, enough uint64) Sound {
	if s.Packets >= enough {
		s.MOS = score(s, bursts, roundTrip)
	}
	return s
}

// Opinion is the opinion that listeners would have of a sound with such a loss (0 to 1), jitter and round trip, if packets
// were lost by chance.
func Opinion(loss float64, jitter, roundTrip time.Duration) float64 {
	return score(Sound{Loss: loss, Jitter: jitter}, 1, roundTrip)
}

// score is the opinion of a sound, to two digits.
func score(s Sound, bursts float64, roundTrip time.Duration) float64 {
	return math.Round(100*opinion(rating(s.Loss, bursts, earDelay(roundTrip, s.Jitter)))) / 100
}

const (
	// A spell is bad below the first score and over above the second: many are dissatisfied, some are
	// (G.107, Annex B, has 3.6 between the two).
	badBelow, goodAbove = 3.5, 3.8
)

// spellOf says whether it is a bad spell after another second; was is what it was before. Without a
// score there is nothing bad to hear.
func spellOf(was bool, mos float64) bool {
	if was {
		return mos > 0 && mos < goodAbove
	}
	return mos > 0 && mos < badBelow
}

// sample is where the counters of what we hear stood at some second.
type sample struct {
	packets, lost, gaps uint64
	jitter              time.Duration // at that moment
}

// since is the sound between two samples; jitter is its mean. bursts is its burstiness.
func (s sample) since(before sample, jitter time.Duration) (sound Sound, bursts float64) {
	got := s.packets - before.packets
	lost := uint64(max(0, int64(s.lost-before.lost))) // what came late is taken back
	sound.Packets, sound.Jitter = got+lost, jitter
	if sound.Packets > 0 {
		sound.Loss = float64(lost) / float64(sound.Packets)
	}
	return sound, burstiness(sound.Loss, lost, s.gaps-before.gaps)
}
