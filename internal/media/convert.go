package media

import "linekeeper/internal/media/g711"

// joinable says whether audio of one codec can be given to a party that has the other.
func joinable(a, b Codec) bool {
	return a.Name == b.Name && a.ClockRate == b.ClockRate || isG711(a) && isG711(b)
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

// hush replaces a payload by silence; false for codecs whose silence is not a constant.
func hush(payload []byte, c Codec) bool {
	var silence byte
	switch c.Name {
	case "PCMU":
		silence = g711.MulawSilence
	case "PCMA":
		silence = g711.AlawSilence
	default:
		return false
	}
	for i := range payload {
		payload[i] = silence
	}
	return true
}

// ticksIn is how much time a payload holds, in timestamp units. G.722 has a clock of 8000 Hz although
// it samples at 16 kHz (RFC 3551, section 4.5.2), so a byte is a tick there too.
func ticksIn(size int, c Codec) uint32 {
	if isG711(c) || c.Name == "G722" {
		return uint32(size)
	}
	return timeToTicks(FrameTime, c.ClockRate)
}
