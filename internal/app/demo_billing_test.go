package app

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/center"
	"linekeeper/internal/flow"
)

// TestDemoBalanceIsTheTemplate: what the demo shows is what comes along, asked of the demo's own service.
func TestDemoBalanceIsTheTemplate(t *testing.T) {
	t.Parallel()
	file, err := center.Parse(demoFile)
	if err != nil {
		t.Fatal(err)
	}
	program := func(text []byte) (p struct {
		Start     string
		Variables map[string]any
		Nodes     map[string]map[string]any
	}) {
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, of := range flow.Templates() {
		if of.Key != "balance" {
			continue
		}
		want := program(of.Program)
		want.Nodes["account"]["url"] = "http://" + demoBilling.String() + "/balance"
		want.Nodes["agent"]["queue"] = "support"
		for _, f := range file.Flows {
			if f.Key == "balance" {
				if d := cmp.Diff(want, program([]byte(f.Program))); d != "" {
					t.Errorf("(-template +demo):\n%s", d)
				}
				return
			}
		}
	}
	t.Error("there is no balance")
}
