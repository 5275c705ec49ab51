package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"

	"linekeeper/internal/kit/fault"
)

// Times is how long something takes, as a distribution.
type Times struct {
	// Kind is exponential, lognormal, gamma, fixed, mixture or observed.
	Kind string  `yaml:"kind" json:"kind"`
	Mean float64 `yaml:"mean_s,omitempty" json:"mean_s,omitempty"` // seconds; of exponential, lognormal, gamma and fixed
	CV   float64 `yaml:"cv,omitempty" json:"cv,omitempty"`         // coefficient of variation of lognormal and gamma; 0: 1
	Of   []Part  `yaml:"of,omitempty" json:"of,omitempty"`         // of a mixture
	// Values are the times of which each is as likely, of observed; seconds.
	Values []float64 `yaml:"values_s,omitempty" json:"values_s,omitempty"`
}

// Part is one of a mixture.
type Part struct {
	Share float64 `yaml:"share" json:"share"` // by the sum of all shares
	Times `yaml:",inline"`
}

func (t Times) check(f *fault.Fields, at string) {
	switch t.Kind {
	case "exponential", "fixed":
		between(f, at+".mean_s", t.Mean, 0.001, maxSeconds)
	case "lognormal", "gamma":
		between(f, at+".mean_s", t.Mean, 0.001, maxSeconds)
		between(f, at+".cv", t.CV, 0, 10)
	case "observed":
		if len(t.Values) == 0 {
			f.Add(at+".values_s", fault.Required, "must not be empty")
		}
		for i, v := range t.Values {
			between(f, fmt.Sprintf("%s.values_s[%d]", at, i), v, 0, maxSeconds)
		}
	case "mixture":
		t.checkParts(f, at)
	case "":
		f.Add(at+".kind", fault.Required, "must be exponential, lognormal, gamma, fixed, mixture or observed")
	default:
		f.Add(at+".kind", fault.Unknown, "%q is none of exponential, lognormal, gamma, fixed, mixture and observed", t.Kind)
	}
}

func (t Times) checkParts(f *fault.Fields, at string) {
	if len(t.Of) == 0 {
		f.Add(at+".of", fault.Required, "must not be empty")
	}
	sum := 0.0
	for i, p := range t.Of {
		path := fmt.Sprintf("%s.of[%d]", at, i)
		between(f, path+".share", p.Share, 0, 1e6)
		sum += p.Share
		if p.Kind == "mixture" {
			f.Add(path+".kind", fault.NotAllowed, "a mixture must not be of mixtures")
			continue
		}
		p.check(f, path)
	}
	if len(t.Of) > 0 && !(sum > 0) {
		f.Add(at+".of", fault.OutOfRange, "must have a share above 0")
	}
}

// mean is the expectation in seconds.
func (t Times) mean() float64 {
	sum, n := 0.0, 0.0
	switch t.Kind {
	case "mixture":
		for _, p := range t.Of {
			sum += p.Share * p.mean()
			n += p.Share
		}
	case "observed":
		for _, v := range t.Values {
			sum += v
		}
		n = float64(len(t.Values))
	default:
		return t.Mean
	}
	return sum / n
}

// draw gives one time; the times must be checked.
func (t Times) draw(r *rand.Rand) float64 {
	cv := t.CV
	if cv == 0 {
		cv = 1
	}
	switch t.Kind {
	case "exponential":
		return t.Mean * r.ExpFloat64()
	case "lognormal":
		s2 := math.Log1p(cv * cv)
		return t.Mean * math.Exp(math.Sqrt(s2)*r.NormFloat64()-s2/2)
	case "gamma":
		return t.Mean * gamma(r, 1/(cv*cv)) * cv * cv
	case "observed":
		return t.Values[r.IntN(len(t.Values))]
	case "mixture":
		sum := 0.0
		for _, p := range t.Of {
			sum += p.Share
		}
		at := sum * r.Float64()
		for _, p := range t.Of {
			if at -= p.Share; at < 0 {
				return p.draw(r)
			}
		}
		return t.Of[len(t.Of)-1].draw(r)
	}
	return t.Mean
}

// gamma draws with this shape and scale 1 (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(1-r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for c := 1 / math.Sqrt(9*d); ; {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
