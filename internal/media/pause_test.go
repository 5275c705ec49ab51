package media

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/media/g711"
)

// TestPause: noise and nothing at all are a pause, speech is none, and it is told once.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := make(chan time.Duration, 10)
		began := time.Now()
		p := NewPause(4*time.Second, func() { told <- time.Since(began) })
		noise, speech := make([]byte, 160), make([]byte, 160)
		for i := range noise {
			noise[i], speech[i] = g711.EncodeMulaw(int16(60*(i%2))), g711.EncodeMulaw(int16(3000*(i%2)))
		}
		says := func(payload []byte, d time.Duration) {
			for range d / (20 * time.Millisecond) {
				p.Packet(Heard, &Packet{Codec: PCMU(), SSRC: 1, Payload: payload})
				time.Sleep(20 * time.Millisecond)
			}
			synctest.Wait()
		}
		says(noise, 3*time.Second)
		says(speech, 2*time.Second)
		says(noise, 3*time.Second)
		says(speech, 2*time.Second)
		if len(told) != 0 {
			t.Fatalf("told after %v", <-told)
		}
		time.Sleep(10 * time.Second) // not one packet
		says(noise, 10*time.Second)
		if n := len(told); n != 1 {
			t.Fatalf("told %d times, want once", n)
		}
		if got := <-told; got.Round(100*time.Millisecond) != 14*time.Second {
			t.Fatalf("told after %v, want 14 s", got)
		}
		p.Close()
		p = NewPause(time.Second, func() { t.Error("told after the end") })
		p.Close()
		time.Sleep(time.Minute)
	})
}
