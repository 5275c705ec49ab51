package media

import (
	"sync"

	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/tone"
)

// coded is a clip in a codec with memory. Its frames are encoded in their order, each when the first
// player comes to it, so that a long clip costs nobody a pause, and kept for all players after it.
type coded struct {
	name    string
	samples []int16

	mu      sync.Mutex
	encoder codec.Encoder
	done    [][]byte
	over    bool // all is encoded, or nothing can be
}

// get is a frame; nil if there is none.
func (f *coded) get(i int) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i >= len(f.done) && !f.over {
		f.more()
	}
	if i < len(f.done) {
		return f.done[i]
	}
	return nil
}

// more encodes the next frame; what the last one lacks is silence.
func (f *coded) more() {
	if f.encoder == nil {
		var err error
		if f.encoder, err = codec.NewEncoderAt(f.name, tone.Rate); err != nil {
			f.over = true
			return
		}
	}
	at := len(f.done) * frameSamples
	var pcm [frameSamples]int16
	copy(pcm[:], f.samples[min(at, len(f.samples)):])
	var payload [codec.MaxPayload]byte
	n, err := f.encoder.Encode(pcm[:], payload[:])
	if err != nil {
		n = 0 // a frame of nothing
	}
	f.done = append(f.done, append([]byte(nil), payload[:n]...))
	if at+frameSamples >= len(f.samples) {
		f.over, f.encoder = true, nil
	}
}
