package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/schema"
	"linekeeper/internal/tenant"
)

// journal measures events committed by running interactions, each with its record in one durable
// transaction, in this process and on SQLite with synchronous=FULL.
func journal(ctx context.Context, b *bench) ([]figure, error) {
	data := filepath.Join(b.folder, "journal")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, db.Config{Folder: data})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if err := d.Migrate(ctx, schema.Files()); err != nil {
		return nil, err
	}
	var center tenant.Tenant
	if err := d.Write(ctx, func(tx *db.Tx) error {
		center, err = tenant.Create(tx, audit.Author{Source: "system"}, tenant.Tenant{Name: "Bench", TimeZone: "UTC", Language: tenant.English})
		return err
	}); err != nil {
		return nil, err
	}
	var figures []figure
	for _, at := range []int{1, pick(b, 200, 50)} {
		r := interaction.NewRegistry(d, interaction.Ports{Router: idle{}, Flows: idle{}, Recorder: recorder{}}, slog.New(slog.DiscardHandler))
		var events atomic.Int64
		r.Watch(func(c interaction.Commit) { events.Add(int64(len(c.Events))) })
		span := pick(b, 10*time.Second, 2*time.Second)
		load, stop := context.WithTimeout(ctx, span)
		before, began := d.Stats(), time.Now()
		errs := make([]error, at)
		var wg sync.WaitGroup
		for i := range at {
			wg.Go(func() {
				for load.Err() == nil && errs[i] == nil {
					errs[i] = oneCall(ctx, r, center.ID)
				}
			})
		}
		wg.Wait()
		stop()
		took, after := time.Since(began), d.Stats()
		r.Close()
		if err := errors.Join(errs...); err != nil {
			return nil, err
		}
		figures = append(figures, figure{fmt.Sprintf("journal events committed with sync, %d interactions at once", at),
			fmt.Sprintf("%.0f", float64(events.Load())/took.Seconds()), "per s",
			fmt.Sprintf("registry, actors and store in one process over %s; each event with its record and segment; %.0f commits/s", span, float64(after.Commits-before.Commits)/took.Seconds())})
	}
	return figures, nil
}

// oneCall is an interaction from arrival to an abandonment, each step awaited.
func oneCall(ctx context.Context, r *interaction.Registry, t tenant.ID) error {
	id, err := r.Begin(ctx, interaction.Arrived{Arrival: interaction.Arrival{
		Tenant: t, Channel: interaction.Voice, Origin: interaction.Inbound, CustomerAddress: "+442070000000", CenterAddress: "1000",
	}}, idle{})
	if err != nil {
		return err
	}
	for _, in := range []interaction.Input{
		interaction.FlowStepped{Node: "greeting", What: "played"},
		interaction.FlowStepped{Node: "menu", What: "chose", Text: "1"},
		interaction.FlowQueued{Rules: interaction.QueueRules{Queue: "q"}},
		interaction.CustomerLeft{Cause: interaction.ByCustomer},
	} {
		if err := r.Ask(ctx, id, in); err != nil {
			return fmt.Errorf("%T: %w", in, err)
		}
	}
	return nil
}

// idle is a channel, a router and a flow runner that do nothing.
type idle struct{}

func (idle) Answer()                                      {}
func (idle) Ring(access.UserID, time.Time)                {}
func (idle) StopRinging(access.UserID)                    {}
func (idle) Connect(access.UserID)                        {}
func (idle) Arrange(interaction.Arrangement)              {}
func (idle) DropAgent(access.UserID)                      {}
func (idle) Disconnect(interaction.Cause)                 {}
func (idle) Enqueue(interaction.Place)                    {}
func (idle) Withdraw(interaction.ID, interaction.PartyID) {}
func (idle) Hold(interaction.ID, access.UserID, bool)     {}
func (idle) Keep(interaction.ID, access.UserID)           {}
func (idle) Release(interaction.Release)                  {}
func (idle) Start(interaction.FlowRun)                    {}
func (idle) Stop(interaction.ID)                          {}

// recorder is apart: its Start has another shape.
type recorder struct{}

func (recorder) Start(interaction.State, interaction.Channel)    {}
func (recorder) Continue(interaction.State, interaction.Channel) {}
func (recorder) Stop(interaction.ID)                             {}
func (recorder) Pause(interaction.ID, string)                    {}
func (recorder) Resume(interaction.ID)                           {}
