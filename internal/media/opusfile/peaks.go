package opusfile

import (
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/media/ogg"
)

const (
	// peaksComment is the name of the comment with the peaks: rate, frames, frames a peak, and the peaks
	// in base64, all of the left before all of the right.
	peaksComment = "PEAKS"
	// maxPeaks is how many a side has at most.
	maxPeaks = 4000
	// leastPeak is how short a stretch is at least, in parts of a second.
	leastPeak = 50
)

// Peaks are the largest samples of equal stretches of a sound, as drawn.
type Peaks struct {
	rate   int
	frames int64
	per    int64 // frames a stretch
	side   [2][]byte
}

func newPeaks(rate int, frames int64) *Peaks {
	p := &Peaks{rate: rate, frames: frames, per: max(int64(rate/leastPeak), (frames+maxPeaks-1)/maxPeaks)}
	for side := range p.side {
		p.side[side] = make([]byte, p.count())
	}
	return p
}

func (p *Peaks) count() int64 { return (p.frames + p.per - 1) / p.per }

// add takes the sound from a frame on, left and right in turn.
func (p *Peaks) add(at int64, pcm []int16) {
	for i, v := range pcm {
		peak := &p.side[i%2][(at+int64(i/2))/p.per]
		*peak = max(*peak, byte((max(int(v), -int(v))+127)/129)) // 32767 is 255, 1 is 1
	}
}

func (p *Peaks) text() string {
	return fmt.Sprintf("%d %d %d %s", p.rate, p.frames, p.per, base64.StdEncoding.EncodeToString(append(p.side[0][:len(p.side[0]):len(p.side[0])], p.side[1]...)))
}

// parsePeaks reads what text gives, from wherever it comes.
func parsePeaks(text string) (*Peaks, error) {
	part := strings.Split(text, " ")
	if len(part) != 4 {
		return nil, fmt.Errorf("%w: its peaks cannot be read", ogg.ErrFormat)
	}
	var number [3]int64
	for i := range number {
		var err error
		if number[i], err = strconv.ParseInt(part[i], 10, 64); err != nil || number[i] < 1 || number[i] > 1<<40 {
			return nil, fmt.Errorf("%w: its peaks cannot be read", ogg.ErrFormat)
		}
	}
	p := &Peaks{rate: int(number[0]), frames: number[1], per: number[2]}
	b, err := base64.StdEncoding.DecodeString(part[3])
	if n := p.count(); err != nil || p.rate > 192_000 || int64(len(b)) != 2*n {
		return nil, fmt.Errorf("%w: its peaks cannot be read", ogg.ErrFormat)
	}
	p.side = [2][]byte{b[:len(b)/2], b[len(b)/2:]}
	return p, nil
}

// ReadPeaks reads the peaks of a file that Convert wrote; nothing but its beginning is read. ogg.ErrFormat
// means another file.
func ReadPeaks(file io.Reader) (*Peaks, error) {
	r, err := ogg.NewReader(file)
	if err != nil {
		return nil, err
	}
	text, ok := r.Comment(peaksComment)
	if !ok {
		return nil, fmt.Errorf("%w: it has no peaks", ogg.ErrFormat)
	}
	return parsePeaks(text)
}

// Duration is the length of the sound.
func (p *Peaks) Duration() time.Duration {
	rate := int64(p.rate)
	return time.Duration(p.frames/rate)*time.Second + time.Duration(p.frames%rate)*time.Second/time.Duration(rate)
}

// Points divides the sound in so many stretches, at least one, and gives the largest sample of each from
// 0 to 1; what lies across two stretches counts in both. A sound with fewer frames leaves the last ones 0.
func (p *Peaks) Points(n int) (left, right []float32) {
	n = max(1, n)
	per := max(1, (p.frames+int64(n)-1)/int64(n))
	var out [2][]float32
	for side := range out {
		out[side] = make([]float32, n)
		for i := range out[side] {
			from := int64(i) * per
			to := min(p.frames, from+per)
			for at := from / p.per; at*p.per < to; at++ {
				out[side][i] = max(out[side][i], float32(p.side[side][at])/255)
			}
		}
	}
	return out[0], out[1]
}
