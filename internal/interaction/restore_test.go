package interaction_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestRestartTakesUpWhatGoesOn: of four interactions cut by a crash those go on whose call is there, and the
// wrap-up; each knows where it was.
func TestRestartTakesUpWhatGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		first := interaction.NewRegistry(d, ports(&outside{}), slog.New(slog.DiscardHandler))
		lead := func(agent access.UserID, also ...interaction.Input) interaction.ID {
			t.Helper()
			id, err := first.Begin(ctx, arrival, &outside{})
			if err != nil {
				t.Fatal(err)
			}
			inputs := also
			if agent != "" {
				inputs = append([]interaction.Input{
					interaction.FlowQueued{Rules: rules}, interaction.OfferMade{Agent: agent},
					interaction.AgentAccepted{Agent: agent}, interaction.PhoneConnected{Agent: agent},
				}, also...)
			}
			for _, in := range inputs {
				if err := first.Ask(ctx, id, in); err != nil {
					t.Fatalf("%T: %v", in, err)
				}
			}
			return id
		}
		talk := lead("ann", interaction.RecordingChanged{State: "running"})
		wrap := lead("bob", interaction.CustomerLeft{Cause: interaction.ByCustomer})
		menu := lead("", interaction.FlowStepped{Node: "menu", What: interaction.FlowWaits, Text: "here"})
		waiting := lead("", interaction.FlowQueued{Rules: rules})
		gone := lead("", interaction.FlowQueued{Rules: rules})
		first.Close()

		o := &outside{}
		second := interaction.NewRegistry(d, interaction.Ports{Router: o, Flows: placed{o}, Recorder: recorder{o}}, slog.New(slog.DiscardHandler))
		defer second.Close()
		died := time.Now().UTC().Truncate(time.Millisecond)
		found, err := second.Restore(ctx, interaction.Revival{
			Died: died, Detail: "restart",
			Revive: func(s interaction.State) (interaction.Revived, error) {
				switch s.ID {
				case gone:
					return interaction.Revived{}, errors.New("its leg is lost")
				case wrap:
					t.Error("the edge is asked for a customer who had left")
				}
				return interaction.Revived{Channel: o}, nil
			},
		})
		if err != nil || found.Restored != 4 || found.Closed != 1 || second.Running() != 4 {
			t.Fatalf("got %+v, %d running, error %v; want 4 restored, 1 closed", found, second.Running(), err)
		}
		second.Tell(talk, interaction.PhoneConnected{Agent: "ann"}) // before it begins: comes after Restored
		found.Begin()
		for id, in := range map[interaction.ID]interaction.Input{
			talk: interaction.PhoneConnected{Agent: "ann"}, waiting: interaction.OfferMade{Agent: "eve"}, menu: interaction.FlowStepped{Node: "x"},
			wrap: interaction.DraftSaved{Agent: "bob"},
		} {
			if err := second.Ask(ctx, id, in); err != nil && id != talk {
				t.Errorf("%T: %v", in, err)
			}
		}
		for id, want := range map[interaction.ID]interaction.Phase{
			talk: interaction.Connected, wrap: interaction.WrappingUp, menu: interaction.InFlow, waiting: interaction.Offered, gone: interaction.Done,
		} {
			s, err := interaction.NewStore(d).Load(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if s.Phase != want {
				t.Errorf("got phase %s, want %s", s.Phase, want)
			}
		}
		for _, want := range []string{"keep ann", "connect ann", "record on", "keep bob", "flow main at here", "enqueue q", "ring eve"} {
			if !o.has(want) {
				t.Errorf("nobody was told %q; told: %q", want, o.calls)
			}
		}
	})
}

// placed notes where flows begin.
type placed struct{ *outside }

func (f placed) Start(r interaction.FlowRun) { f.note("flow %s at %s", r.Flow, r.At) }
func (f placed) Stop(interaction.ID)         {}
