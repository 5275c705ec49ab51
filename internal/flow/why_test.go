package flow

import (
	"errors"
	"testing"

	"linekeeper/internal/kit/fault"
)

// TestWhy: what failed in a step is told with the step, in codes a screen has words for.
func TestWhy(t *testing.T) {
	t.Parallel()
	said := fault.Why(nodeError{"ask", fault.Invalid.New("The input %q is missing.", "number")})
	if said.Code != "flow_step" || said.Params[0].Text != "ask" || said.Params[1].Code != "flow_input_missing" || said.Params[1].Params[0].Text != "number" {
		t.Errorf("got %+v", said)
	}
	if said = fault.Why(nodeError{"ask", errors.New("connection refused")}); said.Text != "Step ask: connection refused" || said.Params[1].Code != "" {
		t.Errorf("got %+v", said)
	}
}
