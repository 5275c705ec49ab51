package media

import (
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/media/codec"
)

const (
	// earQueue is how many packets wait to be decoded: 2 s.
	earQueue = 100
	// earLag is how far what was given may stay behind the time before silence is made up: longer than jitter.
	earLag = 200 * time.Millisecond
	// earLook is how often that is looked at.
	earLook = 100 * time.Millisecond
	// earRepaired is how many lost packets are made up.
	earRepaired = 5
)

// Ear is a tap that gives what is heard as linear samples, in the time they take: where nothing comes, as silence
// suppression has it, it gives silence. It decodes on a goroutine of its own and never holds up the packet path:
// when it is behind, packets are lost and counted.
type Ear struct {
	give  func(pcm []int16)
	rate  int
	queue chan *earPacket
	spare sync.Pool
	lost  atomic.Uint64

	stop   chan struct{}
	closed sync.Once
	done   chan struct{}
}

// earPacket is a copy of a packet.
type earPacket struct {
	codec    string
	ssrc     uint32
	sequence uint16
	payload  []byte
}

// NewEar makes a tap that gives samples at 8000 or 16000 Hz. give owns them; it is called on one goroutine and may
// block. Close ends it.
func NewEar(rate int, give func(pcm []int16)) *Ear {
	e := &Ear{give: give, rate: rate, queue: make(chan *earPacket, earQueue), stop: make(chan struct{}), done: make(chan struct{})}
	e.spare.New = func() any { return &earPacket{} }
	go e.run()
	return e
}

// Packet implements Tap.
func (e *Ear) Packet(_ Direction, p *Packet) {
	c := e.spare.Get().(*earPacket)
	c.codec, c.ssrc, c.sequence, c.payload = p.Codec.Name, p.SSRC, p.Sequence, append(c.payload[:0], p.Payload...)
	select {
	case e.queue <- c:
	default:
		e.lost.Add(1)
		e.spare.Put(c)
	}
}

// Close ends the tap, waits until nothing is given any more, and says how many packets were lost because it was
// behind. A give that blocks must end by then.
func (e *Ear) Close() (lost uint64) {
	e.closed.Do(func() { close(e.stop) })
	<-e.done
	return e.lost.Load()
}

func (e *Ear) run() {
	defer close(e.done)
	look := time.NewTicker(earLook)
	defer look.Stop()
	d := earDecoder{rate: e.rate}
	began, given := time.Now(), 0
	pass := func(pcm []int16) {
		if len(pcm) > 0 {
			given += len(pcm)
			e.give(pcm)
		}
	}
	for {
		select {
		case <-e.stop:
			return
		case p := <-e.queue:
			pass(d.decode(p))
			e.spare.Put(p)
		case now := <-look.C:
			due := int(now.Sub(began) * time.Duration(e.rate) / time.Second)
			if behind := due - given; len(e.queue) == 0 && behind > int(earLag*time.Duration(e.rate)/time.Second) {
				pass(make([]int16, behind))
			}
		}
	}
}

// earDecoder makes samples of packets, those of lost ones too if they are few.
type earDecoder struct {
	rate     int
	codec    string
	ssrc     uint32
	sequence uint16 // of the latest packet
	size     int    // samples of it
	decoder  codec.Decoder
	pcm      []int16
}

// decode gives the samples of a packet in memory of their own; nil if it cannot be decoded or came too late.
func (d *earDecoder) decode(p *earPacket) []int16 {
	missing := 0
	if d.codec != p.codec || d.ssrc != p.ssrc || d.decoder == nil {
		var err error
		if d.decoder, err = codec.NewDecoderAt(p.codec, d.rate); err != nil {
			d.decoder = nil
			return nil
		}
		d.codec, d.ssrc, d.size = p.codec, p.ssrc, 0
		if d.pcm == nil {
			d.pcm = make([]int16, codec.MaxSamples)
		}
	} else if ahead := int16(p.sequence - d.sequence); ahead <= 0 {
		return nil
	} else if missing = int(ahead) - 1; missing > earRepaired {
		missing = 0
	}
	d.sequence = p.sequence
	out := make([]int16, missing*d.size, (missing+1)*max(d.size, 160))
	for i := range missing {
		d.decoder.Conceal(out[i*d.size : (i+1)*d.size])
	}
	n, err := d.decoder.Decode(p.payload, d.pcm)
	if err != nil {
		return out
	}
	d.size = n
	return append(out, d.pcm[:n]...)
}
