package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/secret"
	"linekeeper/test/rig"
)

// site is a running center with a carrier, phones and agents at their desks.
type site struct {
	server *rig.Server
	pump   *carrier.Pump    // the sound of all calls; nil: each has its own
	lines  *carrier.Carrier // the callers
	phones *carrier.Carrier // of agents with SIP phones
	agents []*agent
	board  *rig.Desk // a supervisor's; nil: there is none
	admin  *rig.Client
}

// agent is somebody at a desk.
type agent struct {
	login string
	desk  *rig.Desk
}

// plan says what a site is like.
type plan struct {
	name     string
	agents   int
	browser  bool
	recorded bool
	offer    time.Duration
	wrapUp   time.Duration
	board    bool                // a supervisor has his desk open
	incoming func(*carrier.Call) // to SIP phones; nil: picked up at once
	pump     bool                // all sound in batches
}

// open starts a center, seats its agents and does not make them available.
func (b *bench) open(ctx context.Context, p plan) (_ *site, err error) {
	s := &site{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if p.incoming == nil {
		p.incoming = func(c *carrier.Call) {
			c.Answer()
		}
	}
	if p.pump {
		if s.pump, err = carrier.NewPump(netip.MustParseAddrPort("127.0.0.1:0"), carrier.Tone(400, 0.3, 20*time.Millisecond)); err != nil {
			return nil, err
		}
	}
	if s.phones, err = carrier.New(carrier.Config{Incoming: p.incoming, Deaf: true, Pump: s.pump}); err != nil {
		return nil, err
	}
	center := rig.Center{Recording: p.recorded, Offer: p.offer, WrapUp: p.wrapUp, Direct: true}
	for i := range p.agents {
		a := rig.User{Login: fmt.Sprintf("agent%04d", i+1), Name: fmt.Sprintf("Agent %d", i+1), Role: "agent"}
		if !p.browser {
			a.PhoneURI = fmt.Sprintf("sip:%s@%s", a.Login, s.phones.Addr())
		}
		center.Users = append(center.Users, a)
	}
	if p.board {
		center.Users = append(center.Users, rig.User{Login: "leader", Name: "Leader", Role: "supervisor"})
	}
	data := filepath.Join(b.folder, p.name)
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	if s.server, err = rig.Start(ctx, rig.Options{Binary: b.binary, Data: data, Center: center.YAML(), Env: []string{"LINEKEEPER_LOG=warn"}}); err != nil {
		return nil, err
	}
	// Sessions are put into the database: a thousand passwords would be measured otherwise.
	if err := s.server.Stop(10 * time.Second); err != nil {
		return nil, fmt.Errorf("stopping the server after the set-up: %w\n%s", err, s.server.Log())
	}
	tokens, err := seat(ctx, data)
	if err != nil {
		return nil, err
	}
	if s.server, err = rig.Start(ctx, rig.Options{Binary: b.binary, Data: data, Env: []string{"LINEKEEPER_LOG=warn"}}); err != nil {
		return nil, err
	}
	s.admin = s.server.As(rig.AdminToken)
	if s.lines, err = carrier.New(carrier.Config{Target: s.server.Ready.SIP(), Deaf: true, Pump: s.pump}); err != nil {
		return nil, err
	}
	for _, u := range center.Users {
		c := s.server.NewClient()
		if err := c.UseSession(tokens[u.Login]); err != nil {
			return nil, err
		}
		var d *rig.Desk
		// A thousand people do not come from one address: the server slows us down, and it is right.
		for range 600 {
			if d, err = c.OpenDesk(ctx, nil); err == nil || !strings.Contains(err.Error(), "429") {
				break
			}
			if err := tick(ctx, 100*time.Millisecond); err != nil {
				return nil, err
			}
		}
		if err != nil {
			return nil, fmt.Errorf("seating %s: %w", u.Login, err)
		}
		if u.Role != "agent" {
			s.board = d
			continue
		}
		s.agents = append(s.agents, &agent{u.Login, d})
		if p.browser {
			if err := d.PassCheck(ctx); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// seat opens a session for every user and gives the tokens by login.
func seat(ctx context.Context, data string) (map[string]string, error) {
	d, err := db.Open(ctx, db.Config{Folder: data})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	type user struct{ tenant, id, login string }
	tokens := make(map[string]string)
	return tokens, d.Write(ctx, func(tx *db.Tx) error {
		users, err := db.All(tx, func(r db.Row) (u user, err error) {
			err = r.Scan(&u.tenant, &u.id, &u.login)
			return u, err
		}, `SELECT tenant_id, id, login FROM users ORDER BY login`)
		if err != nil {
			return err
		}
		now := time.Now()
		for _, u := range users {
			token := secret.NewToken()
			tokens[u.login] = token
			if _, err := tx.Exec(`INSERT INTO session (token_hash, tenant_id, user_id, created_ms, seen_ms, expires_ms, source, device)
				VALUES ($1, $2, $3, $4, $5, $6, 'bench', 'bench')`,
				secret.HashToken(token), u.tenant, u.id, now.UnixMilli(), now.UnixMilli(), now.Add(24*time.Hour).UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *site) close() {
	for _, a := range s.agents {
		a.desk.Close()
	}
	if s.board != nil {
		s.board.Close()
	}
	for _, k := range []*carrier.Carrier{s.lines, s.phones} {
		if k != nil {
			_ = k.Close()
		}
	}
	if s.pump != nil {
		s.pump.Close()
	}
	if s.server != nil {
		_ = s.server.Stop(5 * time.Second)
	}
}

// tick waits, or says why not.
func tick(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
