package media

import (
	"math"
	"time"

	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

// Mark is a stretch of a recording that was not recorded: both channels are silent there, and the
// sound after it is where it belongs in time.
type Mark struct {
	From time.Duration // since the file's first sample
	To   time.Duration // 0: it goes on
	Why  string        // the caller's word
}

// span is a mark in frames.
type span struct {
	from, to int64 // to is openEnd while it goes on
	why      string
}

const openEnd = math.MaxInt64

// Pause keeps what follows out of the file: from this instant until Resume both channels hold silence.
// What arrived before is kept. A recorder that is paused stays so for its first reason. It never waits
// for the disk.
func (r *Recorder) Pause(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.paused {
		return
	}
	from := max(r.written, r.position(time.Now()))
	r.paused = true
	r.spans = append(r.spans, span{from, openEnd, why})
	// A channel whose clock is ahead of ours has been placed beyond this instant.
	for first, i := r.written/blockFrames, int64(0); i < recordBacklog; i++ {
		if b := r.ring[(first+i)%recordBacklog]; b != nil {
			r.silenceSpans(b, (first+i)*blockFrames, blockFrames)
		}
	}
}

// Resume ends Pause.
func (r *Recorder) Resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.paused {
		return
	}
	r.paused = false
	last := &r.spans[len(r.spans)-1]
	last.to = max(last.from, r.position(time.Now()))
	if last.to == last.from { // nothing was missed
		r.spans = r.spans[:len(r.spans)-1]
	}
}

// Paused says whether the recorder is paused.
func (r *Recorder) Paused() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.paused
}

// Marks lists what was not recorded, in order; the last is open while the recorder is paused.
func (r *Recorder) Marks() []Mark {
	r.mu.Lock()
	defer r.mu.Unlock()
	return marksOf(r.spans)
}

// resumeMarks takes over the marks of a file that is taken up, and marks the hole after its sound.
func (r *Recorder) resumeMarks(sound int64) {
	for _, m := range r.config.Marks {
		s := span{frames(m.From), frames(m.To), m.Why}
		if m.To == 0 {
			s.to, r.paused = openEnd, true
			s.from = min(s.from, sound)
		}
		r.spans = append(r.spans, s)
	}
	if !r.paused && r.offset > sound {
		r.spans = append(r.spans, span{sound, r.offset, r.config.ResumeWhy})
	}
}

// silenceSpans silences the frames of a block, from at on, that belong to a span. r.mu is held.
func (r *Recorder) silenceSpans(b *block, at, length int64) {
	for i := len(r.spans) - 1; i >= 0 && r.spans[i].to > at; i-- {
		from, to := max(at, r.spans[i].from), min(at+length, r.spans[i].to)
		if from >= to {
			continue
		}
		start := from % blockFrames
		for c := range b {
			fill(b[c][start:start+to-from], r.silence)
		}
	}
}

func marksOf(spans []span) []Mark {
	var all []Mark
	for _, s := range spans {
		m := Mark{From: duration(s.from), Why: s.why}
		if s.to != openEnd {
			m.To = duration(s.to)
		}
		all = append(all, m)
	}
	return all
}

// duration of that many frames; whole seconds first, so that nothing overflows.
func duration(n int64) time.Duration {
	return time.Duration(n/tone.Rate)*time.Second + time.Duration(n%tone.Rate)*time.Second/tone.Rate
}

// toFrames prepares marks for a file with that many frames.
func toFrames(marks []Mark, length int64) []wav.Mark {
	var all []wav.Mark
	for _, m := range marks {
		from, to := frames(m.From), frames(m.To)
		if m.To == 0 || to > length {
			to = length
		}
		if from < to {
			all = append(all, wav.Mark{From: from, Length: to - from, Text: m.Why})
		}
	}
	return all
}

// FileMarks reads the marks of a complete recording.
func FileMarks(r *wav.Reader) ([]Mark, error) {
	found, err := r.Marks()
	if err != nil {
		return nil, err
	}
	var all []Mark
	for _, m := range found {
		all = append(all, Mark{duration(m.From), duration(m.From + m.Length), m.Text})
	}
	return all, nil
}
