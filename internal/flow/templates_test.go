package flow

import "testing"

// TestTemplates rehearses what comes along: every test passes, and together they pass every node.
func TestTemplates(t *testing.T) {
	t.Parallel()
	for _, one := range Templates() {
		t.Run(one.Key, func(t *testing.T) {
			t.Parallel()
			p, err := Compile(one.Program)
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range Languages() {
				if one.Name[in] == "" {
					t.Errorf("it has no name in %s", in)
				}
			}
			scripts, err := Scripts(one.Program)
			if err != nil || len(scripts) == 0 {
				t.Fatalf("%d tests, %v", len(scripts), err)
			}
			all, coverage := Rehearse(t.Context(), Stage{}, p, scripts)
			for _, r := range all {
				if len(r.Failures) > 0 {
					t.Errorf("%s: %q\n%+v", r.Script, r.Failures, r.Steps)
				}
			}
			if len(coverage.Unseen) > 0 {
				t.Errorf("no test passes %q", coverage.Unseen)
			}
		})
	}
}
