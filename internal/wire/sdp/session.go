package sdp

import (
	"errors"
	"net/netip"
	"time"
)

// Limits of what Parse takes. A description beyond them is ErrTooLarge.
const (
	MaxBytes      = 16 << 10 // size of a description
	MaxMedia      = 32       // m-lines
	MaxFormats    = 64       // formats of one m-line
	MaxAttributes = 256      // a-lines of one level
)

// Errors of this package that callers branch on.
var (
	// ErrSyntax is wrapped by every refusal of Parse that is about form.
	ErrSyntax = errors.New("malformed session description")
	// ErrTooLarge is wrapped when a description exceeds the limits of this package.
	ErrTooLarge = errors.New("session description too large")
	// ErrNoCodec says that offer and answerer share no audio codec; SIP edges say 488.
	ErrNoCodec = errors.New("no audio codec in common")
	// ErrNoAudio says that a description has no usable audio stream; SIP edges say 488.
	ErrNoAudio = errors.New("no audio stream")
)

// Direction is which way media flows, seen from the side whose description it is (RFC 3264
// section 5.1). The zero value is SendRecv, as in the RFC.
type Direction int

// Directions.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// Session is one description. The zero value is not a valid description; Parse and Offer make one.
type Session struct {
	Origin     Origin
	Name       string     // s=; "-" when empty
	Connection netip.Addr // session-level c=; the zero value if absent or a name
	Host       string     // the c= address as text, which may be a host name
	Direction  Direction  // session-level direction
	Attributes []Attribute
	Media      []Media
	// Lines are session lines that this package does not interpret (i=, u=, b=, t=, k= ...), in order.
	Lines []string
}

// Origin is the o= line (RFC 8866 section 5.2).
type Origin struct {
	User    string
	ID      uint64 // session id; 0 when it was not a number
	Version uint64 // grows with each change of the description by the same side
	Address string
}

// Attribute is one a= line; Value is empty for property attributes such as a=sendrecv.
type Attribute struct{ Name, Value string }

// Media is one m= line and what belongs to it.
type Media struct {
	Type       string     // "audio", "video", "image" ...
	Port       uint16     // 0: the stream is refused or off
	Proto      string     // "RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF" ...
	Connection netip.Addr // the address that holds for this stream, inherited from the session if absent
	Host       string     // the same as text, which may be a host name
	Formats    []Format
	Direction  Direction     // inherited from the session if absent; c=0.0.0.0 turns SendRecv into SendOnly
	Ptime      time.Duration // packet length; 0: not said
	// Attributes are the a= lines that the fields above do not carry (crypto, rtcp, ssrc ...), raw.
	Attributes []Attribute
	// Lines are other lines of the stream (i=, b=, k=), raw.
	Lines []string
}

// Format is one payload format of an m= line, with what rtpmap and fmtp say about it. For static
// payload types without an rtpmap, Name and ClockRate are those of RFC 3551.
type Format struct {
	PayloadType int    // -1 when the format is not a number (as in m=image)
	Token       string // the format as written
	Name        string // encoding name as written, such as "PCMU"; empty if unknown
	ClockRate   int    // Hz
	Channels    int    // 0 or 1: one
	Parameters  string // fmtp, raw
}

// Codec is an audio codec as negotiated: a plain value, comparable.
type Codec struct {
	Name        string // "PCMU", "PCMA", "G722", "opus" or another encoding name, upper case
	ClockRate   int    // Hz
	PayloadType uint8
}

// The codecs we know. The first two every carrier has.
var (
	pcmu = Codec{Name: "PCMU", ClockRate: 8000, PayloadType: 0}
	pcma = Codec{Name: "PCMA", ClockRate: 8000, PayloadType: 8}
	g722 = Codec{Name: "G722", ClockRate: 8000, PayloadType: 9}
	opus = Codec{Name: "opus", ClockRate: 48000, PayloadType: 111}
)

// OpusParameters is what we say of ourselves for Opus (RFC 7587, section 6.1): we make use of recovery
// data in packets, and want one channel.
const OpusParameters = "useinbandfec=1;stereo=0"

// PCMU is G.711 mu-law (RFC 3551).
func PCMU() Codec { return pcmu }

// PCMA is G.711 A-law (RFC 3551).
func PCMA() Codec { return pcma }

// G722 is G.722 at 64 kbit/s. Its clock rate is 8000 although it samples at 16000 (RFC 3551, section
// 4.5.2).
func G722() Codec { return g722 }

// Opus is RFC 7587 with the payload type that browsers use.
func Opus() Codec { return opus }

// Local is our side of an offer or answer.
type Local struct {
	Address   netip.AddrPort // where we receive media; required
	SessionID uint64         // o= session id; keep it for the life of the dialog; 0 is allowed
	Version   uint64         // o= version; add one with every changed description of the dialog
	Direction Direction
	Ptime     time.Duration // 0: 20 ms
	NoEvents  bool          // true: do not offer or accept telephone-event
	Protection
}

// Negotiated is what both sides agreed upon for the audio stream.
type Negotiated struct {
	Codec     Codec          // payload type is the one the peer expects in packets we send
	EventsPT  uint8          // payload type of telephone-event (RFC 4733), 0 if none
	EventRate int            // its clock rate in Hz: the codec's, or 8000 where the peer has no other
	Remote    netip.AddrPort // where to send media; zero if the peer gave a host name or 0.0.0.0
	Direction Direction      // seen from us: SendOnly means that the peer only listens
	Ptime     time.Duration  // packet length the peer wants; 20 ms if not said
	Mux       bool           // reports (RTCP) go on the port of the media (RFC 5761)
	Reports   netip.AddrPort // where the peer wants them otherwise (RFC 3605); zero: at the port after Remote's
	Protected
}
