package app

import (
	"context"
	"fmt"
	"strings"

	"linekeeper/internal/audit"
	"linekeeper/internal/disposition"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/repair"
	"linekeeper/internal/routing"
)

// What stories look at: the running product from the inside, without sockets and pages.

// OpenDesk opens the desk of a user, as the WebSocket does after the sign-in.
func (a *App) OpenDesk(login, session string) (*desk.Session, error) {
	for _, u := range a.dir.page().users {
		if u.Login == login {
			return a.hub.Open(desk.User{ID: u.ID, Name: u.Name, Role: u.Role, Phone: string(u.Phone), Session: session})
		}
	}
	return nil, fault.NotFound.New("There is no user %q.", login)
}

// Change changes the set-up as the API does: in one transaction, and then it is in use.
func (a *App) Change(ctx context.Context, change func(tx *db.Tx, by audit.Author) error) error {
	by := audit.Author{Tenant: string(a.dir.page().tenant.ID), Source: "story"}
	if err := a.db.Write(ctx, func(tx *db.Tx) error { return change(tx, by) }); err != nil {
		return err
	}
	return a.Refresh(ctx)
}

// DB is the database.
func (a *App) DB() *db.DB { return a.db }

// Registry holds the actors of the running interactions.
func (a *App) Registry() *interaction.Registry { return a.registry }

// Router holds seats and places in line.
func (a *App) Router() *routing.Router { return a.router }

// Voice is the edge of telephone calls.
func (a *App) Voice() *voice.Edge { return a.voice }

// Board is the live board.
func (a *App) Board() *live.Board { return a.live }

// ID finds a user by login, or a queue or an entry by key; empty: there is none.
func (a *App) ID(kind, key string) string {
	p := a.dir.page()
	switch kind {
	case "user":
		for id, u := range p.users {
			if u.Login == key {
				return string(id)
			}
		}
	case "queue":
		for id, q := range p.queues {
			if q.Key == key {
				return string(id)
			}
		}
	case "entry":
		for id, e := range p.byID {
			if e.Key == key {
				return string(id)
			}
		}
	}
	return ""
}

// DispositionID finds a disposition by its key; empty: there is none.
func (a *App) DispositionID(key string) string {
	var id string
	err := a.db.Read(context.Background(), func(tx *db.Tx) error {
		d, err := disposition.ByKey(tx, a.dir.page().tenant.ID, key)
		id = string(d.ID)
		return err
	})
	if err != nil {
		return ""
	}
	return id
}

// History folds every interaction from its journal, oldest first. It is for small databases.
func (a *App) History(ctx context.Context) ([]interaction.State, error) {
	var ids []interaction.ID
	err := a.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		ids, err = db.All(tx, db.Scalar[interaction.ID], `SELECT id FROM interaction ORDER BY arrived_ms, id LIMIT 10000`)
		return err
	})
	if err != nil {
		return nil, err
	}
	store := interaction.NewStore(a.db)
	var all []interaction.State
	for _, id := range ids {
		s, err := store.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Left names what is still held although no interaction runs; empty: nothing.
func (a *App) Left() string {
	var left []string
	add := func(n int, what string) {
		if n != 0 {
			left = append(left, fmt.Sprintf("%d %s", n, what))
		}
	}
	seats, places := a.router.Held()
	add(seats, "reserved seats")
	add(places, "places in line")
	add(a.flows.Running(), "flows")
	add(a.recorder.Running(), "recordings")
	v := a.voice.Snapshot()
	add(a.voice.Running(), "calls")
	add(v.PortsOpen, "RTP ports")
	add(v.Phones, "agents' phones")
	add(int(a.registry.Stats().Panics)+int(v.Rescued)+int(v.SIP.Panics), "panics")
	return strings.Join(left, ", ")
}

// Repaired counts what was put right because the parts differed, by kind.
func (a *App) Repaired() map[repair.Kind]int { return a.repairs.counted() }

// Seats are the agents' seats that are reserved now.
func (a *App) Seats() []routing.Reservation {
	h, _ := a.router.Holds()
	return h.Seats
}
