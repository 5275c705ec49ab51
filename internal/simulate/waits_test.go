package simulate

import "testing"

// TestWaitsBeatSimpleMethods holds that what customers are told is nearer to what comes than the wait of the first in
// line, that of who was last answered, and the length of the line by the mean handle time, where agents have several skills.
func TestWaitsBeatSimpleMethods(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bilingual", "two-class", "agency"} {
		c, err := Load("../../docs/operating/simulate/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		runs, err := Compare(t.Context(), []Case{{Name: "router", Center: &c, Rule: func() Rule { return new(Router) }}}, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		told := runs[0].Result.Waits
		t.Logf("%s: of %d, mean %.1f s: MAE %.1f s, RRSE %.2f, bias %+.1f s", name, told.Of, told.Mean, told.MAE, told.RRSE, told.Bias)
		for method, simple := range runs[0].Result.Simple {
			t.Logf("    %-14s MAE %.1f s, RRSE %.2f, bias %+.1f s", method, simple.MAE, simple.RRSE, simple.Bias)
			if told.MAE > 0.97*simple.MAE || told.RRSE > 0.97*simple.RRSE {
				t.Errorf("%s: %s is as near", name, method)
			}
		}
	}
}
