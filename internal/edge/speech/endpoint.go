package speech

import (
	"time"

	"linekeeper/internal/media"
)

const (
	// endFrame is what is judged at once.
	endFrame = 20 * time.Millisecond
	// endOnset frames of the last endWindow with voice are the beginning of speech: a click is none.
	endOnset, endWindow = 4, 6
	// usualPause after speech is its end.
	usualPause = 800 * time.Millisecond
	// endLead is what belongs to speech before it was noticed.
	endLead = 300 * time.Millisecond
)

// endpoint finds by the loudness where speech begins and ends.
type endpoint struct {
	rate  int
	pause time.Duration // 0: usualPause

	sum     float64 // of the frame that is begun
	samples int
	recent  uint8 // one bit for each of the latest frames, the latest the lowest: whether it had voice
	quiet   time.Duration
	began   bool
	ended   bool
}

// hear takes samples and says whether speech has begun, and whether it is over.
func (e *endpoint) hear(pcm []int16) (began, ended bool) {
	size := e.rate * int(endFrame/time.Millisecond) / 1000
	for _, s := range pcm {
		v := float64(s) / 32768
		e.sum += v * v
		if e.samples++; e.samples == size {
			e.frame(e.sum/float64(size) >= media.SpeechPower)
			e.sum, e.samples = 0, 0
		}
	}
	return e.began, e.ended
}

func (e *endpoint) frame(voice bool) {
	e.recent = e.recent<<1 | b2u(voice)
	count := 0
	for i := range endWindow {
		count += int(e.recent >> i & 1)
	}
	e.began = e.began || count >= endOnset
	if voice {
		e.quiet = 0
		return
	}
	e.quiet += endFrame
	pause := e.pause
	if pause == 0 {
		pause = usualPause
	}
	e.ended = e.ended || e.began && e.quiet >= pause
}

func b2u(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
