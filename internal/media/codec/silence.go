package codec

import "linekeeper/internal/media/g711"

// Silence fills a payload with silence of its size; false for unknown codecs. It needs no state: what
// was heard before may be anything.
func Silence(name string, payload []byte) bool {
	switch canonical(name) {
	case "PCMU":
		fill(payload, g711.MulawSilence)
	case "PCMA":
		fill(payload, g711.AlawSilence)
	case "G722":
		fill(payload, g722Silence)
	case "OPUS":
		opusSilence(payload)
	default:
		return false
	}
	return true
}

// g722Silence is a difference of nothing in the lower band and the smallest in the upper one. Any
// decoder's quantizers shrink while they hear it; what may stay is a constant of some 30 of 32768 steps.
const g722Silence = 0xfc

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

// opusSilence fills the packet with 20 ms of silence in full band (RFC 6716, section 3.1: configuration
// 31) and pads it to its size (section 3.2.5).
func opusSilence(b []byte) {
	const toc, padded = 31 << 3, 3 // code 3: the number of frames follows
	frame := [...]byte{0xff, 0xfe}
	clear(b)
	switch n := len(b); n {
	case 0:
	case 1, 2, 3:
		b[0] = toc
		copy(b[1:], frame[:])
	case 4:
		copy(b, []byte{toc | padded, 1, frame[0], frame[1]})
	default:
		b[0], b[1] = toc|padded, 1|1<<6
		// What follows says how much padding there is: 255 means 254 and another number.
		rest, at := n-2-len(frame), 2
		for rest > 255 {
			b[at] = 255
			rest, at = rest-255, at+1
		}
		b[at] = byte(rest - 1)
		copy(b[at+1:], frame[:])
	}
}

// OpusSamples is how many samples at 48 kHz an Opus packet holds by its first bytes; 0 for an empty
// one.
func OpusSamples(payload []byte) int {
	if len(payload) == 0 {
		return 0
	}
	config := payload[0] >> 3
	var frame int // in samples at 48 kHz
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = [...]int{480, 960, 1920, 2880}[config%4]
	case config < 16: // hybrid: 10, 20 ms
		frame = 480 << (config % 2)
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = 120 << (config % 4)
	}
	switch payload[0] & 3 {
	case 0:
		return frame
	case 3:
		if len(payload) < 2 {
			return 0
		}
		return min(int(payload[1]&63)*frame, MaxSamples)
	}
	return 2 * frame
}
