package media

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
)

// sending is a packet on its way.
type sending struct {
	at time.Duration // when it arrives; negative: it is lost
	p  Packet
}

// speech is a tone in packets of that size that arrive in time.
func speech(d, size time.Duration) []sending {
	n := int(size * 8000 / time.Second)
	wave := tone.Sine(400, 0.5, time.Second+size)
	var all []sending
	for i := 0; time.Duration(i)*size < d; i++ {
		at := i * n % 8000
		b := make([]byte, n)
		for k, v := range wave[at : at+n] {
			b[k] = g711.EncodeMulaw(v)
		}
		all = append(all, sending{time.Duration(i) * size, Packet{
			Codec: PCMU(), SSRC: 1, Sequence: uint16(i), Timestamp: uint32(i*n) - 5000, Payload: b,
		}})
	}
	return all
}

// ride is what came out of a jitter buffer.
type ride struct {
	frames, silent, concealed int
	delay, longest            time.Duration // at the end, and the longest after a second
	sound                     []int16
	lastSeconds               []int16
}

// rideOver lets packets arrive and pulls a frame every 20 ms, out of step by 7 ms.
func rideOver(all []sending, d time.Duration) (r ride) {
	began := time.Unix(1000, 0)
	slices.SortStableFunc(all, func(a, b sending) int { return int(a.at - b.at) })
	j := newJitter(mixRate)
	pcm := make([]int16, mixRate/50)
	for now := 7 * time.Millisecond; now < d; now += FrameTime {
		for len(all) > 0 && all[0].at <= now {
			if s := all[0]; s.at >= 0 {
				s.p.Arrival = began.Add(s.at)
				j.Packet(Heard, &s.p)
			}
			all = all[1:]
		}
		sounds := j.pull(pcm)
		r.frames++
		if j.playing {
			r.delay = ticksToTime(j.held(j.next)+j.ticks(len(j.left)), 8000)
		}
		if now > time.Second {
			r.longest = max(r.longest, r.delay)
			r.sound = append(r.sound, pcm...)
			if !sounds {
				r.silent++
			} else if j.made > 0 {
				r.concealed++
			}
		}
	}
	r.lastSeconds = r.sound[max(0, len(r.sound)-16000):]
	return r
}

func TestJitterBuffer(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	const d = 30 * time.Second
	each := func(all []sending, f func(i int, s *sending)) []sending {
		for i := range all {
			f(i, &all[i])
		}
		return all
	}
	for _, c := range []struct {
		name      string
		all       []sending
		concealed float64 // share of frames that may be made up
		silent    int     // frames that may be silent
		delay     time.Duration
		longest   time.Duration
	}{
		{"in time", speech(d, FrameTime), 0, 0, 30 * time.Millisecond, 30 * time.Millisecond},
		{"10 ms packets", speech(d, 10*time.Millisecond), 0, 0, 30 * time.Millisecond, 40 * time.Millisecond},
		{"30 ms packets", speech(d, 30*time.Millisecond), 0, 0, 60 * time.Millisecond, 60 * time.Millisecond},
		{"60 ms packets", speech(d, 60*time.Millisecond), 0, 0, 100 * time.Millisecond, 100 * time.Millisecond},
		{"5 % lost", each(speech(d, FrameTime), func(_ int, s *sending) {
			if r.IntN(20) == 0 {
				s.at = -1
			}
		}), 0.06, 0, 50 * time.Millisecond, 60 * time.Millisecond},
		{"jitter of 60 ms", each(speech(d, FrameTime), func(_ int, s *sending) {
			s.at += time.Duration(r.IntN(60)) * time.Millisecond
		}), 0.02, 0, 100 * time.Millisecond, 120 * time.Millisecond},
		{"every second packet is overtaken", each(speech(d, FrameTime), func(i int, s *sending) {
			if i%2 == 0 {
				s.at += 25 * time.Millisecond
			}
		}), 0.01, 0, 60 * time.Millisecond, 80 * time.Millisecond},
		{"its clock is fast", each(speech(d, FrameTime), func(_ int, s *sending) { s.at -= s.at / 1000 }), 0, 0, 60 * time.Millisecond, 70 * time.Millisecond},
		{"its clock is slow", each(speech(d, FrameTime), func(_ int, s *sending) { s.at += s.at / 1000 }), 0.01, 0, 60 * time.Millisecond, 60 * time.Millisecond},
		{"a pause of 3 s", each(speech(d, FrameTime), func(_ int, s *sending) {
			if s.at > 10*time.Second && s.at < 13*time.Second {
				s.at = -1
			}
		}), 0.01, 150, 40 * time.Millisecond, 60 * time.Millisecond},
		{"a stall of 1 s and all at once", each(speech(d, FrameTime), func(_ int, s *sending) {
			if s.at > 10*time.Second && s.at < 11*time.Second {
				s.at = 11 * time.Second
			}
		}), 0.02, 50, 120 * time.Millisecond, 650 * time.Millisecond},
		{"timestamps begin anew", each(speech(d, FrameTime), func(_ int, s *sending) {
			if s.at > 10*time.Second {
				s.p.Timestamp += 1 << 30
			}
		}), 0.01, 2, 60 * time.Millisecond, 80 * time.Millisecond},
		{"another source", each(speech(d, FrameTime), func(_ int, s *sending) {
			if s.at > 10*time.Second {
				s.p.SSRC, s.p.Timestamp = 2, s.p.Timestamp+12345
			}
		}), 0.01, 3, 60 * time.Millisecond, 80 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := rideOver(c.all, d)
			if most := int(c.concealed * float64(got.frames)); got.concealed > most {
				t.Errorf("%d of %d frames were made up, want at most %d", got.concealed, got.frames, most)
			}
			if got.silent > c.silent {
				t.Errorf("%d frames were silent, want at most %d", got.silent, c.silent)
			}
			if got.delay > c.delay || got.longest > c.longest {
				t.Errorf("delay at the end %v, longest %v, want at most %v and %v", got.delay, got.longest, c.delay, c.longest)
			}
			if l := tone.Level(got.lastSeconds[:8000], 400); l < 0.35 {
				t.Errorf("the tone has %.2f of full scale, want nearly 0.5", l)
			}
		})
	}
}
