package media

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/media/rtp"
	"linekeeper/internal/media/tone"
)

// conference is parties who all hear each other, without the goroutine that paces the mixer.
type conference struct {
	legs []*Leg
	room *Room
	h    rtp.Header
	now  time.Time
	b    [172]byte
}

func newConference(t testing.TB, parties int, codecs ...Codec) *conference {
	c := &conference{room: NewRoom(), h: rtp.Header{SSRC: 1}, now: time.Now()}
	for i := range parties {
		near, _ := Pipe()
		c.legs = append(c.legs, NewLeg(LegConfig{Transport: silent{near}, Codec: codecs[i%len(codecs)]}))
	}
	var parts []Part
	for i, l := range c.legs {
		parts = append(parts, Part{Leg: l, Hears: slices.Delete(slices.Clone(c.legs), i, i+1)})
	}
	c.room.mixing = true
	if err := c.room.Arrange(parts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.room.Close()
		for _, l := range c.legs {
			l.Close()
		}
	})
	return c
}

// tick lets all parties say a frame and the mixer answer.
func (c *conference) tick() {
	c.now = c.now.Add(FrameTime)
	c.h.Sequence++
	c.h.Timestamp += 160
	for _, l := range c.legs {
		c.h.PayloadType = l.Codec().PayloadType
		c.h.Put(c.b[:])
		l.receive(c.b[:], c.now)
	}
	c.room.plan.tick(false, c.now)
}

func TestMixingDoesNotAllocate(t *testing.T) {
	for _, codecs := range [][]Codec{{PCMU()}, {PCMU(), PCMA()}, {{Name: "G722", PayloadType: 9, ClockRate: 8000}}} {
		c := newConference(t, 3, codecs...)
		for range 50 {
			c.tick()
		}
		if n := testing.AllocsPerRun(200, c.tick); n != 0 {
			t.Errorf("%s: %v allocations per tick, want none", codecs[0].Name, n)
		}
		if got := c.legs[0].Stats().Sent.Packets; got < 200 {
			t.Errorf("%d packets sent", got)
		}
	}
}

// What a tick costs, the parties' packets included.
func BenchmarkTick(b *testing.B) {
	for _, parties := range []int{3, 6} {
		b.Run(fmt.Sprint(parties), func(b *testing.B) {
			c := newConference(b, parties, PCMU())
			b.ReportAllocs()
			for b.Loop() {
				c.tick()
			}
		})
	}
}

// Loud parties together are clipped, not wrapped.
func TestMixesSaturate(t *testing.T) {
	t.Parallel()
	p := &mixPlan{samples: 160}
	loud := tone.Sine(400, 1, FrameTime)
	for range 3 {
		in := &input{leg: &Leg{}, sounds: true}
		copy(in.pcm[:], loud)
		p.inputs = append(p.inputs, in)
	}
	near, _ := Pipe()
	l := NewLeg(LegConfig{Transport: silent{near}, Codec: PCMU()})
	defer l.Close()
	e := (&Room{over: map[*Leg]*prompt{}}).ear(l, mixRate)
	sum := p.sum[:p.samples]
	add(sum, p.inputs)
	p.send(&mix{hears: p.inputs, ears: []*mixEar{e}}, sum, false, time.Now())
	for i, v := range p.pcm[:160] {
		if want := min(max(3*int(loud[i]), -32768), 32767); int(v) != want {
			t.Fatalf("sample %d: got %d, want %d", i, v, want)
		}
	}
}
