package speech

import (
	"context"
	"io"
	"sync"
	"time"

	"linekeeper/internal/media/codec"
)

// maxTake bounds what is kept of one utterance.
const maxTake = 2 * time.Minute

// take is what was said since somebody listened. It grows while engines read it, each from its beginning.
type take struct {
	rate int

	mu    sync.Mutex // guards what follows
	pcm   []int16
	from  int // where speech begins
	spoke bool
	over  bool
	grown chan struct{} // closed at the next change
}

func newTake(rate int) *take { return &take{rate: rate, grown: make(chan struct{})} }

// add takes samples; spoke says that speech has begun by now. False: it is full, and over.
func (t *take) add(pcm []int16, spoke bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pcm = append(t.pcm, pcm...)
	if spoke && !t.spoke {
		t.spoke, t.from = true, max(0, len(t.pcm)-len(pcm)-t.samples(endLead+endWindow*endFrame))
	}
	t.over = t.over || len(t.pcm) >= t.samples(maxTake)
	t.changed()
	return !t.over
}

// end says that nothing more comes.
func (t *take) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.changed()
}

func (t *take) changed() {
	close(t.grown)
	t.grown = make(chan struct{})
}

func (t *take) samples(d time.Duration) int { return int(d * time.Duration(t.rate) / time.Second) }

// speech waits until somebody speaks, and says from where on; false: nobody has.
func (t *take) speech(ctx context.Context) (from int, ok bool) {
	for {
		t.mu.Lock()
		from, spoke, over, grown := t.from, t.spoke, t.over, t.grown
		t.mu.Unlock()
		if spoke || over {
			return from, spoke
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return 0, false
		}
	}
}

// reader reads a take at a rate of its own.
type reader struct {
	take      *take
	at        int
	resampler *codec.Resampler // nil: the rates are the same
}

func (t *take) reader(from, rate int) (*reader, error) {
	r := &reader{take: t, at: from &^ 1}
	if rate == t.rate {
		return r, nil
	}
	var err error
	r.resampler, err = codec.NewResampler(t.rate, rate)
	return r, err
}

// Next implements Audio.
func (r *reader) Next(ctx context.Context) ([]int16, error) {
	for {
		t := r.take
		t.mu.Lock()
		n, over, grown := (len(t.pcm)-r.at)&^1, t.over, t.grown // even, so that every second can be left out
		var pcm []int16
		if n > 0 {
			pcm = append(pcm, t.pcm[r.at:r.at+n]...)
		}
		t.mu.Unlock()
		switch {
		case n > 0:
			r.at += n
			return r.convert(pcm), nil
		case over:
			return nil, io.EOF
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (r *reader) convert(pcm []int16) []int16 {
	if r.resampler == nil {
		return pcm
	}
	out := make([]int16, r.resampler.Size(len(pcm)))
	return out[:r.resampler.Resample(pcm, out)]
}
