package media

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/media/rtp"
)

// Arrangements, prompts, codecs and hang-ups from several goroutines at once, while everybody speaks:
// nothing blocks, nothing is left, every prompt ends once, and each party hears one stream.
func TestARoomUnderStress(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) { stress(t, seed) })
	}
}

func stress(t *testing.T, seed uint64) {
	codecs := []Codec{PCMU(), PCMA(), {Name: "G722", PayloadType: 9, ClockRate: 8000}}
	var legs []*Leg
	var outs []*capture
	var far []*PipeEnd
	for i := range 5 {
		near, end := Pipe()
		out := &capture{PipeEnd: near}
		outs, far = append(outs, out), append(far, end)
		legs = append(legs, NewLeg(LegConfig{Transport: out, Codec: codecs[i%3], Events: 101}))
	}
	room := NewRoom()
	quit := make(chan struct{})
	var speakers, owners sync.WaitGroup
	for i, end := range far {
		speakers.Go(func() {
			h := rtp.Header{SSRC: uint32(i)}
			b := make([]byte, 172)
			for {
				select {
				case <-quit:
					return
				case <-time.After(FrameTime):
				}
				h.PayloadType = legs[i].Codec().PayloadType
				h.Sequence++
				h.Timestamp += 160
				h.Put(b)
				_ = end.Write(b)
			}
		})
	}
	var mu sync.Mutex
	begun, ended := 0, 0
	for k := range 3 {
		r := rand.New(rand.NewPCG(seed, uint64(k)))
		owners.Go(func() {
			for range 60 {
				time.Sleep(time.Duration(r.IntN(30000)) * time.Microsecond)
				l := legs[r.IntN(len(legs))]
				switch r.IntN(8) {
				case 0:
					mu.Lock()
					begun++
					mu.Unlock()
					p := room.Play(l, Silence(), func(End) {
						mu.Lock()
						defer mu.Unlock()
						ended++
					})
					if r.IntN(2) == 0 {
						p.Stop()
					}
				case 1:
					l.Renegotiate(codecs[r.IntN(3)], 101, false)
				case 2:
					_ = l.SendDigits("12")
				case 3:
					if seed%2 == 0 && r.IntN(10) == 0 {
						l.Close()
					}
				default:
					arrangeAnyhow(t, room, legs, r)
				}
			}
		})
	}
	owners.Wait()
	room.Close()
	close(quit)
	speakers.Wait()
	for i, l := range legs {
		l.Close()
		far[i].Close()
		if l.ears.Load() != nil || l.source.Load() != nil || l.taps[Heard].Load() != nil || l.taps[Sent].Load() != nil {
			t.Errorf("seed %d: leg %d is still joined to something", seed, i)
		}
		if n := l.rescued.Load(); n != 0 {
			t.Errorf("seed %d: %d panics", seed, n)
		}
	}
	synctest.Wait()
	if begun != ended {
		t.Errorf("seed %d: %d prompts began, %d ended", seed, begun, ended)
	}
	for i, o := range outs {
		for k := 1; k < len(o.sent); k++ {
			if a, b := o.sent[k-1], o.sent[k]; b.SSRC != a.SSRC || b.Sequence == a.Sequence {
				t.Fatalf("seed %d, leg %d, packet %d: %+v after %+v", seed, i, k, b, a)
			}
		}
	}
}

func arrangeAnyhow(t *testing.T, room *Room, legs []*Leg, r *rand.Rand) {
	var parts []Part
	for _, l := range legs {
		if r.IntN(5) != 0 {
			parts = append(parts, Part{Leg: l, Quiet: r.IntN(5) == 0})
		}
	}
	for i := range parts {
		for k := range parts {
			if i != k && r.IntN(2) == 0 {
				parts[i].Hears = append(parts[i].Hears, parts[k].Leg)
			}
		}
	}
	if err := room.Arrange(parts); err != nil {
		t.Error(err)
	}
}
