package media

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/media/rtp"
)

// capture is a transport that keeps the headers of what is sent.
type capture struct {
	*PipeEnd
	sent []rtp.Header
}

func (c *capture) Write(pkt []byte) error {
	var h rtp.Header
	if _, _, err := rtp.Parse(pkt, &h); err != nil {
		return err
	}
	c.sent = append(c.sent, h)
	return nil
}

// Whatever sources do (loss, repeats, reordering, restarts with and without a new SSRC, comfort noise)
// and whatever call control does (bridges change, keys are sent, players speak), the party sees one
// SSRC, never a sequence number twice, no gap we made, and time that does not run backwards.
func TestOneStreamWhateverHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		near, _ := Pipe()
		out := &capture{PipeEnd: near}
		party := NewLeg(LegConfig{Transport: out, Codec: PCMU(), Events: 101})
		defer party.Close()
		type source struct {
			leg *Leg
			h   rtp.Header
		}
		var sources []*source
		for i := range 2 {
			end, _ := Pipe()
			s := &source{leg: NewLeg(LegConfig{Transport: silent{end}, Codec: PCMU(), Events: 96, Noise: true})}
			s.h = rtp.Header{SSRC: uint32(i + 1), Sequence: rapid.Uint16().Draw(t, "sequence"), Timestamp: rapid.Uint32().Draw(t, "timestamp")}
			defer s.leg.Close()
			sources = append(sources, s)
		}
		lost := 0 // numbers sources skipped, the only holes the party may see
		say := func(s *source, pt uint8) {
			b := make([]byte, 172)
			h := s.h
			h.PayloadType = pt
			h.Put(b)
			s.leg.receive(b, time.Now())
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			s := sources[rapid.IntRange(0, 1).Draw(t, "source")]
			switch rapid.IntRange(0, 11).Draw(t, "what") {
			case 0:
				if err := Bridge(party, s.leg); err != nil {
					t.Fatal(err)
				}
			case 1:
				party.Unbridge()
			case 2: // lost
				n := rapid.Uint16Range(1, 20).Draw(t, "lost")
				s.h.Sequence += n
				s.h.Timestamp += uint32(n) * 160
				lost += int(n)
			case 3: // again, or an old one
				old := *s
				back := rapid.Uint16Range(1, 30).Draw(t, "back")
				old.h.Sequence -= back
				old.h.Timestamp -= uint32(back) * 160
				lost += int(back) // if the source was silent so far, its stream begins with this hole
				say(&old, 0)
			case 4: // restart
				s.h.SSRC += 2
				s.h.Sequence, s.h.Timestamp = rapid.Uint16().Draw(t, "new sequence"), rapid.Uint32().Draw(t, "new timestamp")
			case 5:
				say(s, 13)
				s.h.Sequence++
			case 6: // a key of ours between the packets
				party.out.inject(make([]byte, rtp.HeaderSize+rtp.EventSize), 101, false, 0)
			case 7:
				p := &Playing{leg: party}
				party.out.mu.Lock()
				party.out.player = p
				party.out.mu.Unlock()
				party.out.play(p, make([]byte, 172), PCMU(), false, party.made)
				p.forget()
			default:
				say(s, 0)
				s.h.Sequence++
				s.h.Timestamp += 160
			}
		}
		seen := map[uint16]bool{}
		var newest rtp.Header
		var ts uint32
		spoke := false
		span := 0
		for i, h := range out.sent {
			if h.SSRC != out.sent[0].SSRC {
				t.Fatalf("packet %d: another SSRC", i)
			}
			if seen[h.Sequence] {
				t.Fatalf("packet %d: sequence %d again", i, h.Sequence)
			}
			seen[h.Sequence] = true
			ahead := int16(h.Sequence - newest.Sequence)
			if i > 0 && ahead < 0 {
				continue // an old packet keeps its old number
			}
			if i > 0 {
				span += int(ahead)
			}
			newest = h
			if h.PayloadType == 0 {
				if spoke && int32(h.Timestamp-ts) <= 0 {
					t.Fatalf("packet %d: time went from %d to %d", i, ts, h.Timestamp)
				}
				ts, spoke = h.Timestamp, true
			}
		}
		if n := len(out.sent); n > 0 && span > n-1+lost {
			t.Fatalf("%d numbers for %d packets, but the sources lost only %d", span, n, lost)
		}
	})
}
