package media

import (
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/g711"
)

// joinable says whether audio in one codec can be given to a party that has the other: as it is, by
// table, or transcoded.
func joinable(from, to Codec) bool {
	return convertible(from, to) || codable(from) && codable(to)
}

// convertible says whether convert can do it.
func convertible(from, to Codec) bool {
	return from.Name == to.Name && from.ClockRate == to.ClockRate || isG711(from) && isG711(to)
}

// codable says whether audio of the codec can be decoded and encoded here.
func codable(c Codec) bool {
	if c.Name == "opus" {
		return codec.OpusLibrary() != ""
	}
	return codec.Rate(c.Name) != 0
}

func isG711(c Codec) bool { return c.Name == "PCMU" || c.Name == "PCMA" }

// convert changes a payload in place; false if it cannot.
func convert(payload []byte, from, to Codec) bool {
	switch {
	case from.Name == to.Name:
		return true
	case from.Name == "PCMU" && to.Name == "PCMA":
		g711.MulawToAlaw(payload)
	case from.Name == "PCMA" && to.Name == "PCMU":
		g711.AlawToMulaw(payload)
	default:
		return false
	}
	return true
}

// hush replaces a payload by silence of the same size; false for unknown codecs.
func hush(payload []byte, c Codec) bool { return codec.Silence(c.Name, payload) }

// ticksIn is how much time a payload holds, in timestamp units.
func ticksIn(payload []byte, c Codec) uint32 {
	switch {
	case c.Name == "opus":
		return uint32(codec.OpusSamples(payload))
	case isG711(c), c.Name == "G722":
		return uint32(len(payload)) // G.722 has two samples to a byte, and a clock of half its sample rate
	}
	return timeToTicks(FrameTime, c.ClockRate)
}
