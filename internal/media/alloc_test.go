package media

import (
	"testing"
	"time"

	"linekeeper/internal/media/rtp"
)

// The packet path allocates nothing, recorded or not. Packets are handed to the leg directly; its
// reader waits at a pipe.
func TestThePacketPathDoesNotAllocate(t *testing.T) {
	ends := make([]*PipeEnd, 2)
	legs := make([]*Leg, 2)
	for i := range legs {
		near, far := Pipe()
		ends[i] = far
		legs[i] = NewLeg(LegConfig{Transport: silent{near}, Codec: PCMU()})
	}
	if err := Bridge(legs[0], legs[1]); err != nil {
		t.Fatal(err)
	}
	defer legs[0].Close()
	defer legs[1].Close()
	h := rtp.Header{SSRC: 1}
	b := make([]byte, 172)
	one := func() {
		h.Sequence++
		h.Timestamp += 160
		h.Put(b)
		legs[0].receive(b, time.Now())
	}
	if n := testing.AllocsPerRun(1000, one); n != 0 {
		t.Errorf("relaying: %v allocations per packet, want none", n)
	}
	if got := legs[1].Stats().Sent.Packets; got < 1000 {
		t.Fatalf("%d packets relayed", got)
	}
	r := &Recorder{config: RecorderConfig{Codec: PCMU()}, origin: legs[0].made}
	defer r.Record(legs[1])()
	one() // the first packet makes the block
	if n := testing.AllocsPerRun(100, one); n != 0 {
		t.Errorf("recording: %v allocations per packet, want none", n)
	}
	if r.stats.Packets < 100 {
		t.Fatalf("%d packets recorded", r.stats.Packets)
	}
}

// silent is a transport that sends into nothing.
type silent struct{ *PipeEnd }

func (silent) Write([]byte) error { return nil }
