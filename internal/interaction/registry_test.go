package interaction_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
)

// outside notes what an interaction asks of the rest of the world, as names.
type outside struct {
	mu    sync.Mutex
	calls []string
}

func (o *outside) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls = append(o.calls, fmt.Sprintf(format, args...))
}

func (o *outside) has(call string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.calls {
		if c == call {
			return true
		}
	}
	return false
}

func (o *outside) Answer()                                      { o.note("answer") }
func (o *outside) Ring(a access.UserID, _ time.Time)            { o.note("ring %s", a) }
func (o *outside) StopRinging(a access.UserID)                  { o.note("stop ringing %s", a) }
func (o *outside) Connect(a access.UserID)                      { o.note("connect %s", a) }
func (o *outside) Arrange(a interaction.Arrangement)            { o.note("arrange %d", len(a)) }
func (o *outside) DropAgent(a access.UserID)                    { o.note("drop %s", a) }
func (o *outside) Disconnect(c interaction.Cause)               { o.note("disconnect %s", c) }
func (o *outside) Enqueue(p interaction.Place)                  { o.note("enqueue %s", p.Queue) }
func (o *outside) Withdraw(interaction.ID, interaction.PartyID) { o.note("withdraw") }
func (o *outside) Hold(interaction.ID, access.UserID, bool)     {}
func (o *outside) Keep(_ interaction.ID, a access.UserID)       { o.note("keep %s", a) }
func (o *outside) Release(r interaction.Release)                { o.note("release %s", r.Agent) }

type flows struct{ *outside }

func (f flows) Start(r interaction.FlowRun) { f.note("flow %s", r.Flow) }
func (f flows) Stop(interaction.ID)         { f.note("flow stopped") }

type recorder struct{ *outside }

func (r recorder) Start(interaction.State, interaction.Channel)    { r.note("record") }
func (r recorder) Continue(interaction.State, interaction.Channel) { r.note("record on") }
func (r recorder) Stop(interaction.ID)                             { r.note("recorded") }
func (r recorder) Pause(_ interaction.ID, why string)              { r.note("pause recording for %s", why) }
func (r recorder) Resume(interaction.ID)                           { r.note("resume recording") }

func ports(o *outside) interaction.Ports {
	return interaction.Ports{Router: o, Flows: flows{o}, Recorder: recorder{o}}
}

var (
	rules = interaction.QueueRules{
		Queue: "q", Target: 20 * time.Second, ShortAbandon: 5 * time.Second, OfferTime: 15 * time.Second,
		WrapUp: 30 * time.Second, DispositionRequired: true,
	}
	arrival = interaction.Arrived{Arrival: interaction.Arrival{
		Tenant: "t", Channel: interaction.Voice, Origin: interaction.Inbound, CustomerAddress: "+1", Flow: "main", Restore: []byte("leg"),
	}}
)

func TestWholeLifeIsWrittenDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		o := &outside{}
		reg := interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
		defer reg.Close()
		var mu sync.Mutex
		var last interaction.State
		reg.Watch(func(c interaction.Commit) { mu.Lock(); last = c.State; mu.Unlock() })
		id, err := reg.Begin(ctx, arrival, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []interaction.Input{
			interaction.FlowQueued{Rules: rules}, interaction.OfferMade{Agent: "ann"},
			interaction.AgentAccepted{Agent: "ann"}, interaction.PhoneConnected{Agent: "ann"},
			interaction.DraftSaved{Agent: "ann", Note: "wants more"}, interaction.CustomerLeft{Cause: interaction.ByCustomer},
		} {
			if err := reg.Ask(ctx, id, in); err != nil {
				t.Fatalf("%T: %v", in, err)
			}
		}
		if err := reg.Ask(ctx, id, interaction.Disposed{Agent: "ann"}); fault.KindOf(err) != fault.Invalid {
			t.Fatalf("finishing without a disposition: got %v, want an invalid field", err)
		}
		if err := reg.Ask(ctx, id, interaction.Disposed{Agent: "ann", Disposition: "sold"}); err != nil {
			t.Fatal(err)
		}
		if err := reg.Ask(ctx, id, interaction.MuteSet{Agent: "ann", On: true}); !errors.Is(err, interaction.ErrLate) {
			t.Fatalf("after the end: got %v, want ErrLate", err)
		}
		mu.Lock()
		watched := last
		mu.Unlock()
		loaded, err := interaction.NewStore(d).Load(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(watched, loaded); diff != "" {
			t.Errorf("the journal folds to another state than was announced (-announced +folded):\n%s", diff)
		}
		for _, want := range []string{"answer", "flow main", "enqueue q", "ring ann", "connect ann", "arrange 2", "release ann", "disconnect customer"} {
			if !o.has(want) {
				t.Errorf("nobody was told %q; told: %q", want, o.calls)
			}
		}
	})
}

// TestRestartClosesWhatWasOpen is a process that dies in mid-call and the next one.
func TestRestartClosesWhatWasOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		o := &outside{}
		first := interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
		id, err := first.Begin(ctx, arrival, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []interaction.Input{
			interaction.FlowQueued{Rules: rules}, interaction.OfferMade{Agent: "ann"},
			interaction.AgentAccepted{Agent: "ann"}, interaction.PhoneConnected{Agent: "ann"},
		} {
			if err := first.Ask(ctx, id, in); err != nil {
				t.Fatal(err)
			}
		}
		first.Close() // without ending anything, as a crash would

		second := interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
		defer second.Close()
		died := time.Now().Add(90 * time.Second).UTC().Truncate(time.Millisecond)
		var legs []string
		how := interaction.Revival{Died: died, Detail: "restart",
			Closed: func(s interaction.State, _ error) { legs = append(legs, string(s.Arrival.Restore)) }}
		found, err := second.Restore(ctx, how)
		if err != nil || found.Closed != 1 || found.Restored != 0 {
			t.Fatalf("got %+v, error %v; want 1 closed", found, err)
		}
		found.Begin()
		s, err := interaction.NewStore(d).Load(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if s.Phase != interaction.Done || s.Cause != interaction.BySystem || !s.Ended.Equal(died) {
			t.Errorf("got phase %s, cause %s, ended %v; want done, system, %v", s.Phase, s.Cause, s.Ended, died)
		}
		if got := s.Talk - died.Sub(s.Answered); got != 0 {
			t.Errorf("talk differs from the time between answer and death by %v", got)
		}
		if len(legs) != 1 || legs[0] != "leg" {
			t.Errorf("legs to hang up: got %q, want the one of the arrival", legs)
		}
		if found, err := second.Restore(ctx, how); err != nil || found.Closed != 0 {
			t.Errorf("a second recovery: got %+v, error %v; want nothing", found, err)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := &outside{}
		reg := interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
		defer reg.Close()
		const calls = 200
		var wg sync.WaitGroup
		for range calls {
			wg.Go(func() {
				id, err := reg.Begin(t.Context(), arrival, o)
				if err != nil {
					t.Error(err)
					return
				}
				if err := reg.Ask(t.Context(), id, interaction.CustomerLeft{Cause: interaction.ByCustomer}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		reg.StopAll(ctx, "test")
		if n := reg.Running(); n != 0 {
			t.Errorf("%d interactions still run", n)
		}
		open, err := interaction.NewStore(d).Open(t.Context())
		if err != nil || len(open) != 0 {
			t.Errorf("got %d open records, error %v; want none", len(open), err)
		}
	})
}
