package media

import "time"

// FrameTime is the length of the packets we originate.
const FrameTime = 20 * time.Millisecond

// Codec is one audio encoding as negotiated with one party.
type Codec struct {
	// Name is the encoding's name in SDP: "PCMU", "PCMA", "G722", "opus".
	Name string
	// PayloadType is the number this party uses for it.
	PayloadType uint8
	// ClockRate is the rate of RTP timestamps in Hz.
	ClockRate int
	// EventRate is the clock rate of the party's telephone-event in Hz; 0: ClockRate. Some have it at
	// 8000 beside a codec with another clock. Only durations are counted in it.
	EventRate int
}

// eventRate is the clock of durations of telephone events.
func (c Codec) eventRate() int {
	if c.EventRate != 0 {
		return c.EventRate
	}
	return c.ClockRate
}

// PCMU is G.711 mu-law with its static payload type.
func PCMU() Codec { return Codec{Name: "PCMU", PayloadType: 0, ClockRate: 8000} }

// PCMA is G.711 A-law with its static payload type.
func PCMA() Codec { return Codec{Name: "PCMA", PayloadType: 8, ClockRate: 8000} }

// G722 is G.722 with its static payload type. Its clock is 8000 although it samples at 16 kHz.
func G722() Codec { return Codec{Name: "G722", PayloadType: 9, ClockRate: 8000} }

// Opus is Opus with the payload type browsers like.
func Opus() Codec { return Codec{Name: "opus", PayloadType: 111, ClockRate: 48000} }
