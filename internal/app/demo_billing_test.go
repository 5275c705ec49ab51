package app

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/center"
	"linekeeper/internal/demo/billing"
	"linekeeper/internal/flow"
	"linekeeper/internal/plugin"
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

// TestDemoPluginIsItsManifest: the demo offers what the plug-in itself would tell who reads its manifest.
func TestDemoPluginIsItsManifest(t *testing.T) {
	t.Parallel()
	file, err := center.Parse(demoFile)
	if err != nil {
		t.Fatal(err)
	}
	_, _, _, _, plugins := file.Rehearsable()
	want, err := plugin.ParseManifest([]byte(billing.Manifest))
	if err != nil {
		t.Fatal(err)
	}
	if len(plugins) != 1 || plugins[0].URL != "http://"+demoBilling.String()+"/promise" {
		t.Fatalf("got %+v", plugins)
	}
	if d := cmp.Diff(want, plugins[0].Kinds); d != "" {
		t.Errorf("(-manifest +demo):\n%s", d)
	}
}
