package media_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/tone"
)

// speaks says a tone in any codec for a time.
func speaks(t *testing.T, p *party, c media.Codec, hz float64, d time.Duration) {
	e, err := codec.NewEncoderAt(c.Name, tone.Rate)
	if err != nil {
		t.Error(err)
		return
	}
	wave := tone.Sine(hz, 0.2, time.Second)
	b := make([]byte, codec.MaxPayload)
	for i := range int(d / media.FrameTime) {
		n, err := e.Encode(wave[i%50*160:][:160], b)
		if err != nil {
			t.Error(err)
			return
		}
		p.packet(c.PayloadType, false, p.ts, b[:n])
		p.ts += uint32(c.ClockRate / 50)
		time.Sleep(media.FrameTime)
	}
}

// heardIn is what the party heard, decoded.
func heardIn(t *testing.T, p *party, c media.Codec) (sound []int16) {
	d, err := codec.NewDecoderAt(c.Name, tone.Rate)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, codec.MaxSamples)
	for _, h := range p.packets() {
		if h.PayloadType != c.PayloadType {
			t.Fatalf("a packet of type %d, want %d", h.PayloadType, c.PayloadType)
		}
		n, err := d.Decode(h.payload, pcm)
		if err != nil {
			t.Fatal(err)
		}
		sound = append(sound, pcm[:n]...)
	}
	return sound
}

// Parties whose codecs have nothing in common hear each other all the same.
func TestEveryCodecHearsEveryOther(t *testing.T) {
	t.Parallel()
	pcmu, g722 := media.PCMU(), media.Codec{Name: "G722", PayloadType: 9, ClockRate: 8000}
	opus := media.Codec{Name: "opus", PayloadType: 111, ClockRate: 48000}
	all := [][]media.Codec{{pcmu, g722}, {media.PCMA(), g722, g722}}
	if codec.OpusLibrary() != "" { // it decides itself whether it is there; without it such calls are refused
		all = append(all, []media.Codec{pcmu, opus}, []media.Codec{g722, opus}, []media.Codec{pcmu, g722, opus, opus})
	}
	for _, codecs := range all {
		t.Run(fmt.Sprint(codecs), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := network.NewMemory()
				room := media.NewRoom()
				var parties []*party
				var legs []*media.Leg
				for i, c := range codecs {
					p := newParty(t, n, fmt.Sprintf("10.0.0.%d:4000", i+2))
					parties, legs = append(parties, p), append(legs, leg(t, n, p, media.LegConfig{Codec: c}))
				}
				var parts []media.Part
				for i, l := range legs {
					parts = append(parts, media.Part{Leg: l, Hears: slices.Delete(slices.Clone(legs), i, i+1)})
				}
				if err := room.Arrange(parts); err != nil {
					t.Fatal(err)
				}
				for i, c := range codecs {
					go speaks(t, parties[i], c, sixTones[i], 1200*time.Millisecond)
				}
				time.Sleep(1200 * time.Millisecond)
				room.Close()
				for i, c := range codecs {
					s := heardIn(t, parties[i], c)
					s = s[len(s)-6400:]
					for k := range codecs {
						if l := tone.Level(s, sixTones[k]); (l > 0.1) != (k != i) {
							t.Errorf("%s at %d hears %d (%s) at %.2f", c.Name, i, k, codecs[k].Name, l)
						}
					}
					for k := 1; k < len(parties[i].packets()); k++ {
						a, b := parties[i].packets()[k-1], parties[i].packets()[k]
						if b.Timestamp-a.Timestamp != uint32(c.ClockRate/50) || b.Sequence != a.Sequence+1 {
							t.Fatalf("packet %d: timestamp %d after %d, sequence %d after %d", k, b.Timestamp, a.Timestamp, b.Sequence, a.Sequence)
						}
					}
					legs[i].Close()
					parties[i].close()
				}
			})
		})
	}
}
