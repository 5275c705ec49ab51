package wait

import "math"

// lesson learns the wait as a sum of what is seen when a customer comes, by recursive least squares: each answer
// moves the factors by as much as it tells beyond those before. Its zero value has learned nothing.
type lesson struct {
	factors [seen]float64
	unsure  [seen][seen]float64 // covariance of the factors
	first   float64             // its trace at the beginning: it is never less sure again
	mean    float64             // wait, s, fading
	of      int                 // answers
}

// seen are the figures that are seen: the place in line by agents; one by agents, since whoever is served frees the
// way no sooner for one place than for two; and how long the first in line has waited, s.
const seen = 3

const (
	keeps = 0.998 // of what was learned, with each answer
	fades = 0.03  // of the mean wait, likewise
	// chance is the variance of a wait that nobody can know, by the square of the mean one.
	chance = 0.5
	// usual is the talk that is expected before anything was learned, s; the first answers correct it quickly.
	usual = 200
)

// ready says whether it may be asked.
func (s *lesson) ready() bool { return s.of > 0 }

func (s *lesson) expect(x [seen]float64) (wait float64) {
	for i, f := range s.factors {
		wait += f * x[i]
	}
	return max(0, wait)
}

// learn takes the wait, in seconds, of who came when this was seen.
func (s *lesson) learn(x [seen]float64, wait float64) {
	if !(x[0] > 0) || math.IsInf(x[0], 0) || !(wait > 0) {
		return
	}
	if s.of == 0 {
		s.begin(wait)
	}
	s.of++
	s.mean += fades * (wait - s.mean)
	var gain [seen]float64
	noise := chance * s.mean * s.mean
	for i := range x {
		for j := range x {
			gain[i] += s.unsure[i][j] * x[j]
		}
	}
	for i := range x {
		noise += x[i] * gain[i]
	}
	off := wait
	for i, f := range s.factors {
		off -= f * x[i]
	}
	trace := 0.0
	for i := range x {
		s.factors[i] += gain[i] / noise * off
	}
	for i := range x {
		for j := range x {
			s.unsure[i][j] -= gain[i] * gain[j] / noise
		}
		trace += s.unsure[i][i]
	}
	if trace < keeps*s.first {
		for i := range x {
			for j := range x {
				s.unsure[i][j] /= keeps
			}
		}
	}
}

// begin expects what is usual, and is nearly as unsure of it as one can be.
func (s *lesson) begin(wait float64) {
	*s = lesson{mean: wait}
	s.factors[0] = usual
	s.unsure[0][0], s.unsure[1][1], s.unsure[2][2] = usual*usual, usual*usual/3, 0.1
	s.first = s.unsure[0][0] + s.unsure[1][1] + s.unsure[2][2]
}

// Lesson is what a line has learned from those who were answered after a wait, as it is kept over a restart.
type Lesson struct {
	Factors [seen]float64       `json:"factors"`
	Unsure  [seen][seen]float64 `json:"unsure"`
	Mean    float64             `json:"mean"` // wait, seconds
	Of      int                 `json:"of"`   // answers
}

func (s *lesson) keep() Lesson {
	return Lesson{Factors: s.factors, Unsure: s.unsure, Mean: s.mean, Of: s.of}
}

// recall begins with what was kept; what cannot have been kept is taken for nothing.
func (s *lesson) recall(k Lesson) {
	*s = lesson{}
	if k.Of <= 0 || !(k.Mean > 0) {
		return
	}
	s.begin(k.Mean)
	s.of, s.factors, s.unsure = k.Of, k.Factors, k.Unsure
	for i := range s.unsure {
		for j := range s.unsure {
			if s.unsure[i][i] < 0 || s.unsure[i][j] != s.unsure[j][i] {
				*s = lesson{}
				return
			}
		}
	}
}
