package interaction_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
)

// TestDatabaseGone holds that nothing is claimed that was not written: new calls and the agent's
// commands are refused, while what has happened is kept to be written.
func TestDatabaseGone(t *testing.T) {
	d := dbtest.SQLite(t)
	o := &outside{}
	reg := interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
	defer reg.Close()
	id, err := reg.Begin(t.Context(), arrival, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []interaction.Input{
		interaction.FlowQueued{Rules: rules}, interaction.OfferMade{Agent: "ann"},
		interaction.AgentAccepted{Agent: "ann"}, interaction.PhoneConnected{Agent: "ann"},
	} {
		if err := reg.Ask(t.Context(), id, in); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := reg.Begin(t.Context(), arrival, o); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a new call without a database: got %v, want unavailable", err)
	}
	if err := reg.Ask(t.Context(), id, interaction.AgentHungUp{Agent: "ann"}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a command without a database: got %v, want unavailable", err)
	}
	if o.has("disconnect agent") {
		t.Error("the customer was let go although nothing was written")
	}
	reg.Tell(id, interaction.CustomerLeft{Cause: interaction.ByCustomer})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for reg.Stats().Failed < 4 { // it is tried again and again
		select {
		case <-ctx.Done():
			t.Fatalf("a hang-up was tried %d times only", reg.Stats().Failed)
		case <-time.After(10 * time.Millisecond):
		}
	}
	if reg.Running() != 1 {
		t.Errorf("%d interactions run, want the one whose end is not written", reg.Running())
	}
}
