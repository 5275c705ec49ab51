package media

import (
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/tone"
)

// feed gives a tap a tone in packets of 20 ms as they come; those it says are lost do not.
func feed(t *testing.T, e *Ear, c Codec, hz float64, from, n int, lost func(int) bool) {
	t.Helper()
	encoder, err := codec.NewEncoderAt(c.Name, tone.Rate)
	if err != nil {
		t.Fatal(err)
	}
	sound := tone.Sine(hz, 0.5, time.Duration(n)*FrameTime)
	payload := make([]byte, codec.MaxPayload)
	for i := range n {
		size, err := encoder.Encode(sound[i*160:(i+1)*160], payload)
		if err != nil {
			t.Fatal(err)
		}
		if lost == nil || !lost(i) {
			e.Packet(Heard, &Packet{Codec: c, SSRC: 7, Sequence: uint16(from + i), Payload: payload[:size]})
		}
		time.Sleep(FrameTime)
	}
	synctest.Wait()
}

// pcmKept is what an ear has given.
type pcmKept struct {
	mu  sync.Mutex
	pcm []int16
}

func (k *pcmKept) put(pcm []int16) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pcm = append(k.pcm, pcm...)
}

func (k *pcmKept) all() []int16 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.pcm)
}

func TestEarGivesWhatIsHeardInItsTime(t *testing.T) {
	for _, c := range []Codec{PCMU(), PCMA(), G722()} {
		synctest.Test(t, func(t *testing.T) {
			var k pcmKept
			e := NewEar(8000, k.put)
			feed(t, e, c, 500, 65500, 100, func(i int) bool { return i%10 == 3 }) // over the end of the numbers
			got := k.all()
			if len(got) != 16000 || tone.Level(got[800:15200], 500) < 0.4 {
				t.Errorf("%s: got %d samples, level %.2f; want 2 s of the tone", c.Name, len(got), tone.Level(got, 500))
			}
			// Nothing comes for a while: that is silence, which takes its time as well.
			time.Sleep(2 * time.Second)
			synctest.Wait()
			got = k.all()
			if off := math.Abs(float64(len(got) - 32000)); off > 8000*0.35 || tone.Loudness(got[17000:]) > 0.01 {
				t.Errorf("%s: %d samples after 4 s", c.Name, len(got))
			}
			// Old numbers and what cannot be decoded are nothing.
			n := len(got)
			e.Packet(Heard, &Packet{Codec: c, SSRC: 7, Sequence: 65510, Payload: make([]byte, 160)})
			e.Packet(Heard, &Packet{Codec: Codec{Name: "L16"}, SSRC: 7, Sequence: 200, Payload: make([]byte, 160)})
			synctest.Wait()
			if more := len(k.all()); more != n {
				t.Errorf("%s: an old packet gave %d samples", c.Name, more-n)
			}
			if lost := e.Close(); lost != 0 {
				t.Errorf("%s: lost %d", c.Name, lost)
			}
		})
	}
}

func TestEarNeverHoldsUpTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		e := NewEar(16000, func([]int16) { <-release })
		began := time.Now()
		for i := range 300 {
			e.Packet(Heard, &Packet{Codec: PCMU(), SSRC: 1, Sequence: uint16(i), Payload: make([]byte, 160)})
			synctest.Wait()
		}
		if time.Since(began) != 0 {
			t.Errorf("the line waited %v", time.Since(began))
		}
		close(release)
		synctest.Wait()
		if lost := e.Close(); lost != 300-earQueue-1 {
			t.Errorf("lost %d, want what did not fit", lost)
		}
		e.Packet(Heard, &Packet{Codec: PCMU(), Payload: make([]byte, 160)}) // one on its way does no harm
		e.Close()
	})
}
