package media

import (
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/network"
)

// MaxPacket is the size of the buffers packets are read into; a longer datagram is malformed.
const MaxPacket = 1500

// Transport is a party's RTP in and out, in the clear. One goroutine reads; any number write.
// UDPTransport, rtc.Endpoint and PipeEnd are transports.
type Transport interface {
	// Read waits for the next packet that is RTP and from the right party. What is not is counted
	// and skipped. The only errors are those of a closed transport.
	Read(b []byte) (n int, err error)
	// Write sends one RTP packet. A packet that cannot be sent is lost, as on any network; the
	// error is only for counting. pkt is not kept.
	Write(pkt []byte) error
	// Close ends Read. Closing twice is harmless.
	Close() error
	// Strays counts what was refused so far.
	Strays() Strays
}

// Pusher is a Transport that can hand its packets to the leg itself, so that no goroutine has to wait
// for them. A transport around another (decrypting, say) is one if the other is.
type Pusher interface {
	Transport
	// Push calls f from now on with every packet Read would have returned, one at a time; false: it
	// cannot, and Read must be used. b is lent for the call; f may change it up to its capacity, must not
	// block and must not close the transport. Close returns when no f is running and none will.
	Push(f func(b []byte, at time.Time)) bool
}

// Socketed is a Transport on a socket of its own. The sockets of two bridged legs are served by the same
// worker where that is possible.
type Socketed interface {
	Socket() network.UDPConn
}

// Strays counts refused packets by kind.
type Strays struct {
	Stranger    uint64 // RTP from an address that is not the party's, or without its seal
	Malformed   uint64 // neither RTP nor anything else we know, or broken or too long
	RTCP        uint64 // reports that were not agreed, or not from the party; what else comes to their port
	STUN        uint64
	DTLS        uint64
	UnknownType uint64 // RTP from the party with a payload type that was not negotiated
}

// Total is the sum over the kinds.
func (s Strays) Total() uint64 {
	return s.Stranger + s.Malformed + s.RTCP + s.STUN + s.DTLS + s.UnknownType
}

// strayCounts is Strays being counted; the reader adds, anyone looks.
type strayCounts struct {
	stranger, malformed, rtcp, stun, dtls, unknownType atomic.Uint64
}

func (c *strayCounts) snapshot() Strays {
	return Strays{
		Stranger:    c.stranger.Load(),
		Malformed:   c.malformed.Load(),
		RTCP:        c.rtcp.Load(),
		STUN:        c.stun.Load(),
		DTLS:        c.dtls.Load(),
		UnknownType: c.unknownType.Load(),
	}
}
