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

// TestDemoFlowsAreTemplates: what the demo shows is what comes along, with the demo's own services.
func TestDemoFlowsAreTemplates(t *testing.T) {
	t.Parallel()
	file, err := center.Parse(demoFile)
	if err != nil {
		t.Fatal(err)
	}
	type program struct {
		Start     string
		Variables map[string]any
		Nodes     map[string]map[string]any
	}
	read := func(text []byte) (p program) {
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	here := map[string]program{}
	for _, f := range file.Flows {
		here[f.Key] = read([]byte(f.Program))
	}
	templates := map[string]program{}
	for _, of := range flow.Templates() {
		templates[of.Key] = read(of.Program)
	}
	templates["balance"].Nodes["account"]["url"] = "http://" + demoBilling.String() + "/balance"
	for key, template := range map[string]string{"balance": "balance", "identity": "identity-by-code"} {
		want := templates[template]
		want.Nodes["agent"]["queue"] = "support"
		if d := cmp.Diff(want, here[key]); d != "" {
			t.Errorf("%s (-template +demo):\n%s", key, d)
		}
	}
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
