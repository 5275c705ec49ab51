package app

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
)

// openTrunks gives the trunks with their passwords, which it opens; the key is looked for only if
// there is one.
func (d *directory) openTrunks(p *page) []voice.OutTrunk {
	box := sync.OnceValues(func() (*secret.Box, error) {
		if d.box == nil {
			return nil, fault.Unavailable.New("There is no key for secrets.")
		}
		return d.box()
	})
	var all []voice.OutTrunk
	for _, k := range p.trunks {
		out := voice.OutTrunk{Tenant: p.tenant.ID, Trunk: k}
		if k.Password != "" {
			b, err := box()
			if err == nil {
				out.Secret, err = b.Open(k.Password)
			}
			if err != nil {
				out.Unreadable = fault.Message(err)
			}
		}
		all = append(all, out)
	}
	return all
}

// Trunks implements voice.Carriers.
func (d *directory) Trunks() []voice.OutTrunk { return d.page().outside }

// Project implements voice.Carriers. A project that names no country dials from that of its numbers.
func (d *directory) Project(_ tenant.ID, id project.ID) (country string, order []trunk.ID) {
	p := d.page()
	j := p.projects[id]
	if country = j.Country; country != "" {
		return country, j.Trunks
	}
	best := ""
	for _, e := range p.byID { // the least number, so that it is always the same
		if e.ProjectID == id && number.Country(e.Number) != "" && (best == "" || e.Number < best) {
			best, country = e.Number, number.Country(e.Number)
		}
	}
	return country, j.Trunks
}

// resolver asks the DNS for carriers' hosts. In stories there is none: literal addresses are enough.
func (a *App) resolver() *sip.Resolver {
	if _, ok := a.net.(network.Machine); ok {
		return sip.NewResolver(sip.Machine{})
	}
	return nil
}

// expenses keeps what trunks spend in the database. It implements voice.Expenses.
type expenses struct {
	db  *db.DB
	dir *directory
}

// Spent implements voice.Expenses.
func (x expenses) Spent(ctx context.Context) (all []trunk.Spend, err error) {
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		all, err = trunk.SpentIn(tx, x.dir.page().tenant.ID, time.Now())
		return err
	})
	return all, err
}

// Keep implements voice.Expenses.
func (x expenses) Keep(ctx context.Context, all []trunk.Spend) error {
	return x.db.Write(ctx, func(tx *db.Tx) error { return trunk.SaveSpent(tx, x.dir.page().tenant.ID, all) })
}

// trunkLines tells the API how the trunks are now.
type trunkLines struct{ a *App }

// Lines implements api.TrunkLines.
func (t trunkLines) Lines(home tenant.ID) []api.TrunkLine {
	var all []api.TrunkLine
	for _, l := range t.a.voice.Lines() {
		if l.Tenant != home {
			continue
		}
		one := api.TrunkLine{TrunkID: string(l.Trunk), State: string(l.State), Detail: l.Detail, SinceMs: db.Millis(l.Since), Calls: l.Calls,
			Registrations: []api.TrunkRegistration{}, Spent: []api.TrunkSpent{}}
		if l.Since.IsZero() {
			one.SinceMs = 0
		}
		for _, in := range l.SignIn {
			r := api.TrunkRegistration{Registrar: in.Registrar, State: "trying", Detail: in.Detail}
			switch {
			case !in.Until.IsZero():
				r.State, r.UntilMs = "registered", db.Millis(in.Until)
			case in.Tried && in.Code == 0:
				r.State = "silent"
			case in.Tried:
				r.State = "refused"
			}
			one.Registrations = append(one.Registrations, r)
		}
		for _, s := range l.Spent {
			one.Spent = append(one.Spent, api.TrunkSpent{Rate: s.Rate, Spent: float64(s.Amount) / 1e6, Limit: float64(s.Limit) / 1e6, Alarm: s.Alarm})
		}
		all = append(all, one)
	}
	return all
}

// Test implements api.TrunkLines.
func (t trunkLines) Test(ctx context.Context, _ tenant.ID, k trunk.ID) (api.TrunkTest, error) {
	came, err := t.a.voice.TestTrunk(ctx, k)
	if err != nil {
		return api.TrunkTest{}, err
	}
	out := api.TrunkTest{Answered: came.Code != 0, Code: came.Code, Detail: came.Detail, Server: came.Server, TookMs: came.Took.Milliseconds()}
	if came.Peer != (netip.AddrPort{}) {
		out.Address = came.Peer.String()
	}
	return out, nil
}
