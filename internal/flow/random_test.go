package flow

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"

	"pgregory.net/rapid"
)

// TestRandomPrograms draws programs and customers and lets them meet: whatever compiles ends or
// waits, tells its end at most once and leaves nothing behind when it is stopped.
func TestRandomPrograms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		program := drawProgram(rt)
		compiled, err := Compile(program)
		if err != nil {
			return // what is wrong with it is told elsewhere
		}
		keys := rapid.SliceOfN(rapid.RuneFrom([]rune("0123456789*#A")), 0, 40).Draw(rt, "keys")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 20), len(keys), len(keys)).Draw(rt, "pauses")
		leaves := rapid.Bool().Draw(rt, "leaves")
		waiting := rapid.Bool().Draw(rt, "waiting")
		drawn := rapid.SliceOfN(rapid.SampledFrom(turns), 0, 5).Draw(rt, "answers")
		synctest.Test(t, func(t *testing.T) {
			c, l := newCenter(t, nil, func(c *RunnerConfig) { c.Plugins, c.Asker = bankPlugin, &asked{answers: drawn} }), newLine()
			c.programs["p"] = compiled
			c.place = len(keys)
			run := spec(l, "p", "en")
			run.Waiting = waiting
			c.runner.Start(run)
			for i, k := range keys {
				passes(time.Duration(pauses[i]) * time.Second)
				select {
				case l.digits <- k:
				default:
				}
			}
			if leaves {
				l.hangsUp()
			}
			passes(time.Hour)
			ends := 0
			for _, in := range c.inputs {
				switch in.(type) {
				case interaction.FlowQueued, interaction.FlowEnded:
					ends++
				}
			}
			if running := c.runner.Running(); ends > 1 || running > 1 || ends+running > 1 || leaves && running > 0 {
				rt.Errorf("%d ends told, %d running; program %s, told %q", ends, running, program, c.log())
			}
			if c.rescued > 0 || l.most > 1 {
				rt.Errorf("%d panics, %d sounds at once; program %s", c.rescued, l.most, program)
			}
			c.runner.Close()
		})
	})
}

// drawnVariable is one that fits the parameter.
func drawnVariable(p Param) string {
	if p.Hidden {
		return "hidden"
	}
	return map[VarType]string{NumberVar: "n", TextVar: "seen", BooleanVar: "yes", TimeVar: "when", DataVar: "any", "": "any"}[p.Yields]
}

func drawProgram(t *rapid.T) []byte {
	n := rapid.IntRange(1, 6).Draw(t, "nodes")
	id := func(i int) string { return fmt.Sprintf("n%d", i) }
	nodes := map[string]any{}
	for i := range n {
		to := func(what string) string { return id(rapid.IntRange(0, n-1).Draw(t, what)) }
		k := rapid.SampledFrom(Kinds()).Draw(t, "kind")
		node := map[string]any{"kind": k.Name}
		for _, p := range k.Params {
			switch p.Type {
			case PromptParam:
				node[p.Name] = rapid.SampledFrom([]string{"menu", "greeting", "missing"}).Draw(t, p.Name)
			case QueueParam, HoursParam:
				node[p.Name] = rapid.SampledFrom([]string{"sales", "gone"}).Draw(t, p.Name)
			case LanguageParam:
				node[p.Name] = rapid.SampledFrom(Languages()).Draw(t, p.Name)
			case SecondsParam, IntegerParam:
				node[p.Name] = rapid.IntRange(max(1, int(p.Min)), int(min(p.Max, 40))).Draw(t, p.Name)
			case BooleanParam:
				node[p.Name] = rapid.Bool().Draw(t, p.Name)
			case ChoiceParam:
				node[p.Name] = rapid.SampledFrom(p.Options).Draw(t, p.Name)
			case FlowParam:
				node[p.Name] = rapid.SampledFrom([]string{"p", "gone"}).Draw(t, p.Name)
			case TemplateParam:
				node[p.Name] = rapid.SampledFrom([]string{"a", "{{n}} of {{call.line}}", "{{seen}}"}).Draw(t, p.Name)
			case PluginParam, OfferParam:
				node[p.Name] = rapid.SampledFrom([]string{"bank", "gone"}).Draw(t, p.Name)
			case VariableParam:
				node[p.Name] = drawnVariable(p)
			case ExpressionParam:
				node[p.Name] = rapid.SampledFrom([]string{"n", "1", "n + 1"}).Draw(t, p.Name)
			case AssignParam:
				node[p.Name] = map[string]string{"n": rapid.SampledFrom([]string{"n + 1", "1 / n", "0"}).Draw(t, p.Name)}
			case CasesParam:
				node[p.Name] = []any{map[string]string{"way": "way", "when": rapid.SampledFrom([]string{"n > 3", `open("gone")`, "now() > call.began"}).Draw(t, p.Name)}}
			case SharesParam:
				node[p.Name] = []any{map[string]any{"way": "way", "percent": 50}}
			}
		}
		if k.Next {
			node["next"] = to("next")
		}
		edges := map[string]any{}
		for _, e := range k.Edges {
			if !e.Optional || rapid.Bool().Draw(t, e.Name) {
				edges[e.Name] = to(e.Name)
			}
		}
		if k.Ways && k.Name != "run" {
			edges["way"] = to("way")
		}
		if k.Keys {
			edges["1"], edges["#"] = to("1"), to("#")
		}
		if len(edges) > 0 {
			node["edges"] = edges
		}
		nodes[id(i)] = node
	}
	// What no way leads to is left out, or hardly any program would compile.
	reached := map[string]any{}
	for todo := []string{id(0)}; len(todo) > 0; todo = todo[1:] {
		node, _ := nodes[todo[0]].(map[string]any)
		if reached[todo[0]] != nil {
			continue
		}
		reached[todo[0]] = node
		if next, ok := node["next"].(string); ok {
			todo = append(todo, next)
		}
		edges, _ := node["edges"].(map[string]any)
		for _, to := range edges {
			todo = append(todo, to.(string))
		}
	}
	text, err := json.Marshal(map[string]any{
		"schema": SchemaVersion, "start": id(0), "nodes": reached,
		"variables": map[string]any{
			"n": map[string]any{"type": "number", "default": 0}, "seen": map[string]any{"type": "text", "default": ""},
			"hidden": map[string]any{"type": "text", "secret": true}, "any": map[string]any{"type": "data"},
			"yes": map[string]any{"type": "boolean"}, "when": map[string]any{"type": "time"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
