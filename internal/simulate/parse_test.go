package simulate

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const small = `opens: 08:00
closes: "09:00"
classes:
  - name: a
    per_hour: [10]
    target_s: 20
    goal: 0.8
    handle: {kind: exponential, mean_s: 60}
groups:
  - agents: 2
    skills: [a]
`

func TestParseSaysWhere(t *testing.T) {
	t.Parallel()
	if _, err := Parse("x.yaml", []byte(small)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"unknown field":    {"goal: 0.8", "gaol: 0.8", "x.yaml:7: gaol: there is no such field here"},
		"no number":        {"target_s: 20", "target_s: soon", "x.yaml:6: `soon` is not what belongs here: a number is"},
		"goal in percent":  {"goal: 0.8", "goal: 80", "x.yaml:7: classes[0].goal: must be from 0 to 1"},
		"unknown skill":    {"skills: [a]", "skills: [b]", `x.yaml:11: groups[0].skills[0]: there is no class "b"`},
		"no distribution":  {"kind: exponential", "kind: normal", `x.yaml:8: classes[0].handle.kind: "normal" is none of`},
		"time of day":      {"opens: 08:00", "opens: 8 o'clock", `x.yaml:1: "8 o'clock" is not a time of day`},
		"closed":           {`"09:00"`, `"07:00"`, "x.yaml:2: closes: must be after opens (08:00)"},
		"nobody":           {"agents: 2", "agents: 0", "x.yaml:9: groups: needs at least one agent"},
		"no YAML":          {"classes:", "\tclasses:", "x.yaml:3: this is not YAML"},
		"no number at all": {"mean_s: 60", "mean_s: .nan", "x.yaml:8: classes[0].handle.mean_s: must be from"},
		"two documents":    {"    skills: [a]", "    skills: [a]\n---\nx: 1", "x.yaml: the file has more than one document"},
	} {
		_, err := Parse("x.yaml", []byte(strings.Replace(small, c.from, c.to, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %s", name, err, c.want)
		}
	}
	if _, err := Parse("x.yaml", nil); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty file: %v", err)
	}
}

// TestCenterThroughJSON holds that a center says the same as YAML and as JSON.
func TestCenterThroughJSON(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/operating/simulate/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		c, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("again.json", text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if a, b := c.Make(1), again.Make(1); len(a.Calls) == 0 || len(a.Calls) != len(b.Calls) || a.Calls[5] != b.Calls[5] {
			t.Errorf("%s says something else as JSON", name)
		}
		if _, err := yaml.Marshal(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTimesHaveTheirMean(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		times Times
		cv    float64
	}{
		"exponential": {Times{Kind: "exponential", Mean: 100}, 1},
		"lognormal":   {Times{Kind: "lognormal", Mean: 100, CV: 0.7}, 0.7},
		"gamma":       {Times{Kind: "gamma", Mean: 100, CV: 0.5}, 0.5},
		"gamma, wide": {Times{Kind: "gamma", Mean: 100, CV: 1.5}, 1.5},
		"fixed":       {Times{Kind: "fixed", Mean: 100}, 0},
		"observed":    {Times{Kind: "observed", Values: []float64{50, 150}}, 0.5},
		"mixture":     {Times{Kind: "mixture", Of: []Part{{1, Times{Kind: "fixed", Mean: 40}}, {3, Times{Kind: "fixed", Mean: 120}}}}, math.Sqrt(1200) / 100},
	} {
		random := rand.New(rand.NewPCG(1, 2))
		const n = 200_000
		sum, square := 0.0, 0.0
		for range n {
			v := c.times.draw(random)
			sum, square = sum+v, square+v*v
		}
		mean := sum / n
		if cv := math.Sqrt(max(0, square/n-mean*mean)) / mean; math.Abs(mean-100) > 1.5 || math.Abs(cv-c.cv) > 0.05 || math.Abs(c.times.mean()-100) > 1e-9 {
			t.Errorf("%s: mean %.2f and cv %.3f, want 100 and %.3f", name, mean, cv, c.cv)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	files, _ := filepath.Glob("../../docs/operating/simulate/*.yaml")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("f.yaml", text)
		if err != nil {
			if c.Classes != nil {
				t.Error("a center comes with an error")
			}
			return
		}
		expected := 0.0
		for _, class := range c.Classes {
			expected += class.expected(c.Horizon())
		}
		if expected > 5_000 || len(c.agents()) > 500 {
			return
		}
		day := c.Make(0)
		if r := Play(&c, &day, Rival("first-come")); r.Wrong > 0 {
			t.Errorf("%d assignments were refused", r.Wrong)
		}
	})
}
