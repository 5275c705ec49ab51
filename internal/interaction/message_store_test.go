package interaction_test

import (
	"log/slog"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestMessageOutlivesTheProcess: a message begins once however often it is tried, is left by a shutdown, and
// is taken up by the next process where it stood, days later.
func TestMessageOutlivesTheProcess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		r := rules
		r.Target = 4 * time.Hour
		a := arrival.Arrival
		a.Channel, a.Restore = interaction.Voicemail, nil
		a.Message = &interaction.Message{From: "call", Length: 9 * time.Second, Rules: r}
		o := &outside{}
		reg := interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
		for range 2 {
			if err := reg.BeginMessage(ctx, "m1", a); err != nil {
				t.Fatal(err)
			}
		}
		reg.StopAll(ctx, "the server was shut down")
		select {
		case <-reg.Drain():
		default:
			t.Error("a message holds up the shutdown")
		}
		if err := reg.BeginMessage(ctx, "m2", a); err == nil {
			t.Error("a message began while closing down")
		}
		reg.Close()

		o = &outside{}
		reg = interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
		defer reg.Close()
		found, err := reg.Restore(ctx, interaction.Revival{Died: time.Now().Add(-72 * time.Hour), Detail: "restarted"})
		if err != nil || found.Restored != 1 || found.Closed != 0 {
			t.Fatalf("found %+v, error %v, want one restored", found, err)
		}
		found.Begin()
		for _, in := range []interaction.Input{
			interaction.OfferMade{Agent: "ann"}, interaction.AgentAccepted{Agent: "ann"},
			interaction.AgentHungUp{Agent: "ann"}, interaction.Disposed{Agent: "ann", Disposition: "sold"},
		} {
			if err := reg.Ask(ctx, "m1", in); err != nil {
				t.Fatalf("%T: %v", in, err)
			}
		}
		if o.has("flow ") || o.has("record") || !o.has("enqueue q") {
			t.Errorf("asked %q of the world", o.calls)
		}
		s, err := interaction.NewStore(d).Load(ctx, "m1")
		if err != nil {
			t.Fatal(err)
		}
		if s.Phase != interaction.Done || s.Segment.Agent != "ann" || s.Arrival.Message.Length != 9*time.Second || s.Recording != "complete" {
			t.Errorf("the record is %+v", s)
		}
		if err := reg.BeginMessage(ctx, "m1", a); err != nil || reg.Running() != 0 {
			t.Errorf("begun again: error %v, %d running", err, reg.Running())
		}
	})
}
