package interaction_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
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

// TestAnswerLost holds that a commit whose answer got lost is neither taken for refused nor written
// twice, and that nothing later collides with it.
func TestAnswerLost(t *testing.T) {
	proxy := dbtest.NewProxy(t, dbtest.PostgresURL(t))
	d, err := db.Open(t.Context(), db.Config{URL: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	o := &outside{}
	reg := interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
	defer reg.Close()
	var commits atomic.Int64
	reg.Watch(func(interaction.Commit) { commits.Add(1) })
	proxy.LoseAnswers(1)
	id, err := reg.Begin(t.Context(), arrival, o)
	if err != nil {
		t.Fatalf("an arrival that was written: got %v, want the call", err)
	}
	inputs := []interaction.Input{
		interaction.FlowQueued{Rules: rules}, interaction.OfferMade{Agent: "ann"},
		interaction.AgentAccepted{Agent: "ann"}, interaction.PhoneConnected{Agent: "ann"},
		interaction.CustomerLeft{Cause: interaction.ByCustomer}, interaction.Disposed{Agent: "ann", Disposition: "sold"},
	}
	for i, in := range inputs {
		proxy.LoseAnswers(i%2 + 1) // some twice
		if err := reg.Ask(t.Context(), id, in); err != nil {
			t.Fatalf("%T: %v", in, err)
		}
	}
	proxy.LoseAnswers(0)
	if n := reg.Stats().Failed; n < int64(len(inputs)) {
		t.Errorf("%d answers got lost, want one at each input: the test tests nothing", n)
	}
	if n := commits.Load(); n != int64(len(inputs))+1 {
		t.Errorf("%d commits were announced, want %d", n, len(inputs)+1)
	}
	s, err := interaction.NewStore(d).Load(t.Context(), id)
	if err != nil || s.Phase != interaction.Done || s.Disposition != "sold" {
		t.Errorf("got phase %s, disposition %q, %v; want it done and sold", s.Phase, s.Disposition, err)
	}
}

// TestRefusedArrivalIsClosed holds that a customer who got no answer because the database gave none
// leaves no open record.
func TestRefusedArrivalIsClosed(t *testing.T) {
	proxy := dbtest.NewProxy(t, dbtest.PostgresURL(t))
	d, err := db.Open(t.Context(), db.Config{URL: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	reg := interaction.NewRegistry(d, ports(&outside{}), slog.New(slog.DiscardHandler))
	defer reg.Close()
	proxy.LoseAnswers(1000)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	go func() { // the first commit happens, then the database is away
		for reg.Stats().Failed == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		proxy.Down()
	}()
	if _, err := reg.Begin(ctx, arrival, &outside{}); fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("an arrival nobody knows of: got %v, want unavailable", err)
	}
	proxy.LoseAnswers(0)
	proxy.Up()
	for deadline := time.Now().Add(30 * time.Second); reg.Running() > 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	var open, all int64
	err = d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FILTER (WHERE ended_ms = 0), COUNT(*) FROM interaction`).Scan(&open, &all)
	})
	if err != nil || open != 0 || all != 1 {
		t.Errorf("%d of %d records are open, %v; want none of one", open, all, err)
	}
}

// TestOutageStretchesNoCall holds that a call ends when it ended, not when that could be written.
func TestOutageStretchesNoCall(t *testing.T) {
	proxy := dbtest.NewProxy(t, dbtest.PostgresURL(t))
	d, err := db.Open(t.Context(), db.Config{URL: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	reg := interaction.NewRegistry(d, ports(&outside{}), slog.New(slog.DiscardHandler))
	defer reg.Close()
	id, err := reg.Begin(t.Context(), arrival, &outside{})
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
	proxy.Down()
	reg.Tell(id, interaction.PhoneLost{Agent: "ann"})
	time.Sleep(200 * time.Millisecond)
	reg.Tell(id, interaction.RecordingChanged{State: "running"}) // written late, and before what follows
	left := time.Now()
	reg.Tell(id, interaction.CustomerLeft{Cause: interaction.ByCustomer})
	time.Sleep(2 * time.Second)
	proxy.Up()
	if err := reg.Ask(t.Context(), id, interaction.Disposed{Agent: "ann", Disposition: "sold"}); err != nil {
		t.Fatal(err)
	}
	s, err := interaction.NewStore(d).Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if off := s.Left.Sub(left).Abs(); off > 100*time.Millisecond {
		t.Errorf("the customer left %v from when he did", off)
	}
	if s.Hold < 150*time.Millisecond || s.Hold > 400*time.Millisecond {
		t.Errorf("the hold lasted %v, want 200ms", s.Hold)
	}
}
