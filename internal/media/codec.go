package media

import "time"

// FrameTime is the length of the packets we originate.
const FrameTime = 20 * time.Millisecond

// Codec is one audio encoding as negotiated with one party.
type Codec struct {
	// Name is the encoding's name in SDP: "PCMU", "PCMA", later "G722", "opus".
	Name string
	// PayloadType is the number this party uses for it.
	PayloadType uint8
	// ClockRate is the rate of RTP timestamps in Hz.
	ClockRate int
}

// PCMU is G.711 mu-law with its static payload type.
func PCMU() Codec { return Codec{Name: "PCMU", PayloadType: 0, ClockRate: 8000} }

// PCMA is G.711 A-law with its static payload type.
func PCMA() Codec { return Codec{Name: "PCMA", PayloadType: 8, ClockRate: 8000} }
