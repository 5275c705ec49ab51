package agent_test

import (
	"context"
	"errors"
	"testing"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/kit/fault"
)

func TestGates(t *testing.T) {
	t.Parallel()
	because := func(all ...agent.Hindrance) agent.Gate {
		return func(context.Context, access.UserID) ([]agent.Hindrance, error) { return all, nil }
	}
	broken := errors.New("no database")
	if err := agent.Pass(t.Context(), "u"); err != nil {
		t.Errorf("without gates: %v", err)
	}
	if err := agent.Pass(t.Context(), "u", because(), because()); err != nil {
		t.Errorf("nothing hinders: %v", err)
	}
	a, b := agent.Hindrance{Code: "notice", About: "n1", Text: "Confirm it."}, agent.Hindrance{Code: "check", Text: "Check it."}
	err := agent.Pass(t.Context(), "u", because(a), because(), because(b))
	var not *agent.NotReady
	if !errors.As(err, &not) || len(not.Because) != 2 || not.Because[0] != a || not.Because[1] != b {
		t.Errorf("got %v, want both in their order", err)
	}
	if !fault.Is(err, fault.Conflict) || fault.Message(err) != "Confirm it. Check it." {
		t.Errorf("got %v %q", fault.KindOf(err), fault.Message(err))
	}
	failed := func(context.Context, access.UserID) ([]agent.Hindrance, error) { return nil, broken }
	if err := agent.Pass(t.Context(), "u", because(a), failed); !errors.Is(err, broken) {
		t.Errorf("who cannot look lets nobody in: %v", err)
	}
}
