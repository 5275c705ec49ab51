package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// worlds are random centers: two to five classes of unlike size, value and patience; specialists, agents with two
// skills and some with all; loads from easy to hopeless.
func worlds(t *testing.T, n int) (all []Center) {
	t.Helper()
	pick := func(r *rand.Rand, of ...float64) float64 { return of[r.IntN(len(of))] }
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 99))
		c := Center{Name: fmt.Sprint("world ", seed), Opens: 8 * 3600, Closes: 18 * 3600, Seed: uint64(seed) + 100}
		load := make([]float64, 2+r.IntN(4))
		for i := range load {
			handle := pick(r, 90, 180, 240, 300, 420)
			load[i] = 3 * math.Pow(8, r.Float64())
			var hours []float64
			for h := range 10 {
				hours = append(hours, load[i]/handle*3600*(1+0.35*math.Sin(float64(h)/5*2*math.Pi)))
			}
			c.Classes = append(c.Classes, Class{
				Name: fmt.Sprint("class ", i), PerHour: hours, DayCV: 0.1,
				Target: pick(r, 10, 20, 20, 30, 60), Goal: pick(r, 0.7, 0.8, 0.8, 0.9), Weight: pick(r, 1, 2, 3),
				Handle:   Times{Kind: "lognormal", Mean: handle, CV: 0.6 + r.Float64()*0.6},
				Patience: &Times{Kind: "exponential", Mean: 60 + r.Float64()*240},
			})
		}
		busy := 0.7 + r.Float64()*0.3
		for i, erlangs := range load {
			alone, agents := 0.3+0.5*r.Float64(), erlangs/busy
			skills := []string{c.Classes[i].Name, c.Classes[(i+1+r.IntN(len(load)-1))%len(load)].Name}
			if r.IntN(4) == 0 {
				skills = nil
				for _, other := range c.Classes {
					skills = append(skills, other.Name)
				}
			}
			c.Groups = append(c.Groups,
				Group{Agents: int(agents*alone + r.Float64()), Skills: []string{c.Classes[i].Name}},
				Group{Agents: int(agents*(1-alone) + r.Float64()), Skills: skills})
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// TestRouterBeatsRivals holds what DESIGN.md says: over many centers the router loses less than every simple rule,
// and neither do more customers give up nor do they wait longer.
func TestRouterBeatsRivals(t *testing.T) {
	t.Parallel()
	centers := worlds(t, 10)
	for _, name := range []string{"bilingual", "two-class", "agency"} {
		c, err := Load("../../docs/operating/simulate/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		centers = append(centers, c)
	}
	type sums struct{ loss, wait, abandoned, unfair, spread float64 }
	total := make([]sums, 1+len(Rivals()))
	var worse int
	for i := range centers {
		cases := []Case{{Name: "linekeeper", Center: &centers[i], Rule: func() Rule { return new(Router) }}}
		for _, name := range Rivals() {
			cases = append(cases, Case{Name: name, Center: &centers[i], Rule: func() Rule { return Rival(name) }})
		}
		runs, err := Compare(t.Context(), cases, 4, nil)
		if err != nil {
			t.Fatal(err)
		}
		best := runs[1].Result
		for j, run := range runs {
			r, s := run.Result, &total[j]
			s.loss, s.wait, s.abandoned, s.unfair, s.spread = s.loss+r.Loss, s.wait+r.MeanWait, s.abandoned+r.Abandoned, s.unfair+r.Unfair, s.spread+r.Spread
			if r.Wrong > 0 {
				t.Errorf("%s, %s: %d assignments were refused", centers[i].Name, run.Rule, r.Wrong)
			}
			if j > 0 && r.Loss < best.Loss {
				best = r
			}
		}
		mine := runs[0].Result
		if mine.Loss > best.Loss+0.002 || mine.Abandoned > 1.05*best.Abandoned || mine.MeanWait > 1.05*best.MeanWait {
			worse++
			t.Logf("%s: loss %.4f, wait %.1f, abandoned %.4f; the best rival of this center %.4f, %.1f, %.4f",
				centers[i].Name, mine.Loss, mine.MeanWait, mine.Abandoned, best.Loss, best.MeanWait, best.Abandoned)
		}
	}
	n := float64(len(centers))
	for j, name := range append([]string{"linekeeper"}, Rivals()...) {
		s := total[j]
		t.Logf("%-15s loss %.2f %%, mean wait %.1f s, abandoned %.2f %%, unfair %.2f %%, spread %.1f %%", name, 100*s.loss/n, s.wait/n, 100*s.abandoned/n, 100*s.unfair/n, 100*s.spread/n)
		if j > 0 && (total[0].loss > 0.9*s.loss || total[0].abandoned > 1.02*s.abandoned || total[0].wait > 1.02*s.wait) {
			t.Errorf("%s is as good", name)
		}
	}
	if worse > 2 {
		t.Errorf("in %d of %d centers a simple rule is better, or the price in waits is above 5 %%", worse, len(centers))
	}
}
