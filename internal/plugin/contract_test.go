package plugin

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/kit/outbound"
	"linekeeper/internal/kit/secret"
)

// TestSchema: the schema in the guide names the actions and fields that are read, and no others.
func TestSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/plugins/contract.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]json.RawMessage
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for name, rule := range fields {
		want := append([]string{"action"}, rule.may...)
		slices.Sort(want)
		if d := cmp.Diff(want, slices.Sorted(maps.Keys(schema.Defs[name].Properties))); d != "" {
			t.Errorf("%s (-code +schema):\n%s", name, d)
		}
	}
	for name, value := range map[string]any{"question": Question{State: json.RawMessage("null"), Heard: &Heard{}}, "answer": Answer{Do: []Action{}, State: json.RawMessage("1")}} {
		written, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var have map[string]json.RawMessage
		if err := json.Unmarshal(written, &have); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(slices.Sorted(maps.Keys(have)), slices.Sorted(maps.Keys(schema.Defs[name].Properties))); d != "" {
			t.Errorf("%s (-code +schema):\n%s", name, d)
		}
	}
}

// TestExample runs the guide's plug-in, which is to be short, and leads a talk with it.
func TestExample(t *testing.T) {
	t.Parallel()
	const file = "../../docs/plugins/example.mjs"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 40 {
		t.Errorf("the example has %d lines, want 40 at the most", n)
	}
	box, err := secret.NewBox("a key of sixteen letters")
	if err != nil {
		t.Fatal(err)
	}
	p := Plugin{URL: example(t, file), Secret: box.Seal("s3cret"), TimeoutMS: 30_000}
	web := outbound.New(outbound.Config{Inside: []string{"127.0.0.1"}, Failures: 1000})
	t.Cleanup(web.Close)
	c := &Client{Web: web, Open: box.Open}
	if p.Kinds, err = c.Manifest(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	told := p
	told.Key, told.Name, told.TimeoutMS = "promise", "Promise", 0
	if err := told.Validate(); err != nil {
		t.Error(err)
	}
	talk := func(language string, heard ...Heard) (last Answer) {
		q := Question{Contract: 1, Run: "r", Talk: "t", Kind: "promise", Language: language, Parameters: map[string]any{"due": 20.5}}
		for i := 0; ; i++ {
			q.Step = i + 1
			if last, err = c.Ask(t.Context(), p, q); err != nil {
				t.Fatalf("step %d: %v", q.Step, err)
			}
			if i == len(heard) {
				return last
			}
			q.State, q.Heard = last.State, &heard[i]
		}
	}
	yes := Heard{Action: Menu, Key: "1"}
	if a := talk("ru"); a.Do[0].Action != Menu || !strings.Contains(a.Do[0].Text[""], "20.5. Заплатите?") {
		t.Errorf("the question is %+v", a)
	}
	if a := talk("en", Heard{Action: Menu, Key: "2"}); a.Do[0].Action != Finish || a.Do[0].Branch != "" {
		t.Errorf("after no: %+v", a)
	}
	if a := talk("th", yes, Heard{Action: Digits, Digits: "45"}); len(a.Do) != 2 || a.Do[1].Action != Digits {
		t.Errorf("after too many days: %+v", a)
	}
	if a := talk("en", yes, Heard{Action: Digits, Nothing: "no_input"}, Heard{Action: Digits, Digits: "3"}); a.Do[0].Values["days"] != 3.0 || a.Do[1].Branch != "promised" {
		t.Errorf("after three days: %+v", a)
	}
	p.Secret = box.Seal("another")
	if _, err := c.Ask(t.Context(), p, Question{}); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong signature: %v", err)
	}
}

// example runs the plug-in on a free port until the test ends, and gives its address.
func example(t *testing.T, file string) string {
	t.Helper()
	node := exec.Command("node", file)
	node.Env = append(os.Environ(), "PORT=0", "SECRET=s3cret")
	node.Stderr = os.Stderr
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatalf("the example needs Node.js, as the README says: %v", err)
	}
	t.Cleanup(func() {
		_ = node.Process.Kill() // it runs for ever
		_ = node.Wait()
	})
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(out).ReadString('\n')
		line <- text
	}()
	select {
	case text := <-line:
		if port, ok := strings.CutPrefix(strings.TrimSpace(text), "listening on "); ok {
			return "http://127.0.0.1:" + port
		}
		t.Fatalf("the example said %q", text)
	case <-time.After(60 * time.Second):
		t.Fatal("the example does not begin")
	}
	return ""
}
