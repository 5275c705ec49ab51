package simulate

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"
)

// erlang gives the chance to wait, the share answered in a time, the share that gives up and the mean wait of all who
// come to n agents with exponential service and patience, by summing the steady state of the chain of who is there.
func erlang(perSecond, service, patience, target float64, n int) (waits, level, gone, mean float64) {
	mu, theta := 1/service, 0.0
	if patience > 0 {
		theta = 1 / patience
	}
	const most = 5000
	p := make([]float64, most)
	p[0] = 1
	sum := 1.0
	for i := 1; i < most; i++ {
		p[i] = p[i-1] * perSecond / (float64(min(i, n))*mu + float64(max(0, i-n))*theta)
		if sum += p[i]; p[i] > 1e200 {
			for j := range i + 1 {
				p[j] /= sum
			}
			sum = 1
		}
	}
	line := 0.0
	for i := range p {
		p[i] /= sum
		if i >= n {
			waits += p[i]
			line += p[i] * float64(i-n)
		} else {
			level += p[i]
		}
	}
	gone, mean = theta*line/perSecond, line/perSecond
	level += inTime(p, n, mu, theta, target)
	return waits, level, gone, mean
}

// inTime is the share of those who come to a line and are answered within the target: a customer with k ahead is
// followed, step by step in time, through the chain of who is still ahead of him (a step takes 5 ms).
func inTime(p []float64, n int, mu, theta, target float64) (share float64) {
	const step = 0.005
	ahead := append([]float64(nil), p[n:min(len(p), n+400)]...) // by who is ahead of him; he is the one who waits behind them
	for t := 0.0; t < target; t += step {
		for k := range ahead { // upwards: what moves from k+1 to k in this step moves on in the next one only
			out := float64(n)*mu + float64(k)*theta // one ahead of him leaves, or he is taken when nobody is ahead
			moved := ahead[k] * out * step
			if k == 0 {
				share += moved
			} else {
				ahead[k-1] += moved
			}
			ahead[k] -= moved + ahead[k]*theta*step
		}
	}
	return share
}

func TestErlang(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		perHour, service, patience, target float64
		agents                             int
	}{
		"C, 10 agents":           {120, 240, 0, 20, 10},
		"C, 3 agents":            {30, 240, 0, 20, 3},
		"C, 50 agents":           {700, 240, 0, 10, 50},
		"A, overloaded":          {180, 240, 300, 20, 10},
		"A, 10 agents":           {140, 240, 120, 20, 10},
		"A, 3 impatient, 5 busy": {60, 300, 60, 30, 3},
		"A, 50 agents":           {760, 240, 180, 10, 50},
	} {
		center := Center{Closes: 24 * 3600, WarmUp: 2 * 3600, Seed: 7,
			Classes: []Class{{Name: "all", PerHour: []float64{c.perHour}, Target: c.target, Goal: 0.8, Handle: Times{Kind: "exponential", Mean: c.service}}},
			Groups:  []Group{{Agents: c.agents, Skills: []string{"all"}}},
		}
		if c.patience > 0 {
			center.Classes[0].Patience = &Times{Kind: "exponential", Mean: c.patience}
		}
		const days = 40
		runs, err := Compare(t.Context(), []Case{{Name: "first-come", Center: &center, Rule: func() Rule { return Rival("first-come") }}}, days, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, level, gone, mean := erlang(c.perHour/3600, c.service, c.patience, c.target, c.agents)
		for what, m := range map[string]struct {
			want float64
			got  func(ClassResult) float64
		}{
			"service level": {level, func(r ClassResult) float64 { return r.Level }},
			"abandoned":     {gone, func(r ClassResult) float64 { return r.Abandoned / r.Offered }},
			"mean wait":     {mean, func(r ClassResult) float64 { return r.MeanWait }},
		} {
			sum, square := 0.0, 0.0
			for _, d := range runs[0].days {
				v := m.got(d.Classes[0])
				sum, square = sum+v, square+v*v
			}
			got := sum / days
			unsure := math.Sqrt(max(0, square/days-got*got) / (days - 1))
			if math.Abs(got-m.want) > 3.5*unsure+0.002*m.want {
				t.Errorf("%s: %s is %.4f ± %.4f, by formula %.4f", name, what, got, unsure, m.want)
			}
		}
	}
}

func TestSameSeedSameDay(t *testing.T) {
	t.Parallel()
	c, err := Load("../../docs/operating/simulate/agency.yaml")
	if err != nil {
		t.Fatal(err)
	}
	play := func(days int) []Run {
		var cases []Case
		for _, name := range Rivals() {
			cases = append(cases, Case{Name: name, Center: &c, Rule: func() Rule { return Rival(name) }})
		}
		runs, err := Compare(t.Context(), cases, days, nil)
		if err != nil {
			t.Fatal(err)
		}
		return runs
	}
	a, b := play(3), play(3)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gives another result")
	}
	for _, r := range a {
		if r.Result.Wrong > 0 {
			t.Errorf("%s: %d assignments were refused", r.Rule, r.Result.Wrong)
		}
		for i, class := range r.Result.Classes {
			if class.Offered != a[0].Result.Classes[i].Offered {
				t.Errorf("%s met other customers", r.Rule)
			}
			if sum := class.Answered + class.Abandoned + class.Left; math.Abs(sum-class.Offered) > 1e-9 {
				t.Errorf("%s, %s: %g came, and of %g is known what became of them", r.Rule, class.Name, class.Offered, sum)
			}
		}
	}
}

// TestOtherAgentsSameCustomers holds that a change of the agents leaves the customers as they were.
func TestOtherAgentsSameCustomers(t *testing.T) {
	t.Parallel()
	c, err := Load("../../docs/operating/simulate/bilingual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	before := c.Make(4)
	c.Groups[0].Agents++
	after := c.Make(4)
	if !reflect.DeepEqual(before.Calls, after.Calls) || len(after.Agents) != len(before.Agents)+1 {
		t.Error("another agent changes who calls")
	}
	if again := c.Make(5); reflect.DeepEqual(again.Calls, after.Calls) {
		t.Error("two days are the same")
	}
}

func TestCompareStops(t *testing.T) {
	t.Parallel()
	c, err := Load("../../docs/operating/simulate/bilingual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Compare(ctx, []Case{{Name: "random", Center: &c, Rule: func() Rule { return Rival("random") }}}, 1000, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run gives %v", err)
	}
}

func TestStudent(t *testing.T) {
	t.Parallel()
	for freedom, want := range map[int]float64{1: 12.706, 5: 2.571, 10: 2.228, 11: 2.201, 19: 2.093, 30: 2.042, 100: 1.984, 100000: 1.960} {
		if got := student(freedom); math.Abs(got-want) > 0.003 {
			t.Errorf("t of %d degrees is %.4f, want %.3f", freedom, got, want)
		}
	}
}
