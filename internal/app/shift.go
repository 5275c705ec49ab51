package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/media"
	"linekeeper/internal/shift"
	"linekeeper/internal/tenant"
)

// shifts keeps in memory what is known of the agents' shifts, so that nobody waits for the database to be told whether
// he may take calls. What is here is on disk. Safe for concurrent use.
type shifts struct {
	mu      sync.Mutex
	terms   shift.Terms
	checks  map[access.UserID][]shift.Check // the last of each sign-in, in order
	allowed map[access.UserID]shift.Override
	session map[access.UserID]string // the sign-in of the desk that was opened last

	items   []shift.Item
	ticks   map[access.UserID]map[string]time.Time // by item; zero: taken back
	spots   map[access.UserID]shift.Spot
	starts  map[access.UserID][]shift.Start
	arrived map[access.UserID]shift.Arrival // the last
	notices map[access.UserID]noticeCount
}

// noticeCount is how many notices somebody was asked to confirm and has confirmed; blocking: that keep him from Available.
type noticeCount struct{ asked, done, blocking int }

func newShifts() *shifts {
	return &shifts{
		terms: shift.Usual(), checks: make(map[access.UserID][]shift.Check), allowed: make(map[access.UserID]shift.Override),
		session: make(map[access.UserID]string),
		ticks:   make(map[access.UserID]map[string]time.Time), arrived: make(map[access.UserID]shift.Arrival),
		notices: make(map[access.UserID]noticeCount),
	}
}

// read takes over what is on disk.
func (s *shifts) read(ctx context.Context, d *db.DB, t tenant.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return d.Read(ctx, func(tx *db.Tx) (err error) {
		if s.terms, err = shift.GetTerms(tx, t); err != nil {
			return err
		}
		since := time.Now().Add(-s.terms.Holds())
		checks, err := shift.Checks(tx, t, since)
		if err != nil {
			return err
		}
		clear(s.checks)
		for _, c := range checks {
			s.addCheck(c)
		}
		if s.allowed, err = shift.Overrides(tx, t, since); err != nil {
			return err
		}
		return s.readDay(tx, t, since)
	})
}

// addCheck puts a check in the place of the former one of its sign-in. The lock is held.
func (s *shifts) addCheck(c shift.Check) {
	kept := slices.DeleteFunc(s.checks[c.User], func(o shift.Check) bool {
		return o.Session == c.Session || c.At.Sub(o.At) > s.terms.Holds()
	})
	s.checks[c.User] = append(kept, c)
}

// facts needs the lock.
func (s *shifts) facts(user access.User) shift.Facts {
	return shift.Facts{
		Browser: user.Phone == access.BrowserPhone, Checks: s.checks[user.ID], Override: s.allowed[user.ID],
		Missing: s.missing(user.ID, time.Now()),
	}
}

// notReady says what an agent lacks at a desk; session "": at the one that was opened last.
func (s *shifts) notReady(user access.User, session string) []shift.Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session == "" {
		session = s.session[user.ID]
	}
	return shift.NotReady(s.terms, s.facts(user), session, time.Now())
}

// view is an agent's shift as the board and his desk show it.
func (s *shifts) view(p *page, user access.User) live.ShiftView {
	reasons := s.notReady(user, "")
	s.mu.Lock()
	defer s.mu.Unlock()
	v := live.ShiftView{}
	for _, r := range reasons {
		v.Lacks = append(v.Lacks, live.LackView{Code: string(r.Code), Blocks: r.Blocks})
	}
	f, now := s.facts(user), time.Now()
	n := s.notices[user.ID]
	v.NoticesAsked, v.NoticesDone = n.asked, n.done
	if n.blocking > 0 {
		v.Lacks = append(v.Lacks, live.LackView{Code: "notice", Blocks: !f.Override.Holds(s.terms, now)})
	}
	s.viewDay(&v, p, user.ID, now)
	if c, ok := f.Checked(s.session[user.ID]); ok && f.Browser && now.Sub(c.At) < s.terms.Holds() {
		v.Check = &live.CheckView{
			At: c.At.UnixMilli(), Passed: c.Passed, LevelDB: c.LevelDB, NoiseDB: c.NoiseDB, Score: c.Score, RoundTripMs: c.RoundTripMS,
			JitterMs: c.JitterMS, Loss: c.Loss, Input: c.Input,
		}
		for _, step := range c.Failed {
			v.Check.Failed = append(v.Check.Failed, string(step))
		}
	}
	if f.Override.Holds(s.terms, now) {
		v.AllowedAt, v.AllowedBy, v.AllowedNote = f.Override.At.UnixMilli(), p.users[access.UserID(f.Override.By)].Name, f.Override.Note
	}
	return v
}

// mayWithout says whether a leader's word lets an agent work without what he lacks.
func (s *shifts) mayWithout(user access.UserID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.allowed[user].Holds(s.terms, time.Now())
}

// shiftGate is what is asked before the shift at the desk of a sign-in; session "": at the one that was opened last.
func (d *duty) shiftGate(session string) agent.Gate {
	return func(_ context.Context, user access.UserID) (all []agent.Hindrance, _ error) {
		for _, r := range d.shifts.notReady(d.dir.page().users[user], session) {
			if r.Blocks {
				all = append(all, agent.Hindrance{Code: string(r.Code), Text: lacking(r.Code)})
			}
		}
		return all, nil
	}
}

// MayCall implements desk.Agents: whoever has no phone that was checked calls nobody.
func (d *duty) MayCall(user access.UserID, session string) error {
	for _, r := range d.shifts.notReady(d.dir.page().users[user], session) {
		if r.Blocks && r.Code == shift.NeedsCheck {
			return &agent.NotReady{Because: []agent.Hindrance{{Code: string(r.Code), Text: lacking(r.Code)}}}
		}
	}
	return nil
}

// lacking is what an agent is told to do, in English.
func lacking(c shift.Code) string {
	if c == shift.NeedsChecklist {
		return "Tick the checklist of the workplace."
	}
	return "Check your headset; it takes less than a minute."
}

// CheckValid implements desk.Agents.
func (d *duty) CheckValid(user access.UserID, session string) bool {
	s := d.shifts
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := shift.Facts{Checks: s.checks[user]}.Checked(session)
	return ok && c.Passed && time.Since(c.At) < s.terms.Holds()
}

// CheckDone implements desk.Agents.
func (d *duty) CheckDone(ctx context.Context, user access.UserID, session string, r desk.Check) error {
	s := d.shifts
	s.mu.Lock()
	terms := s.terms
	s.mu.Unlock()
	c := shift.Check{
		User: user, Session: session, Permission: r.Permission, Microphone: r.Microphone, LevelDB: r.LevelDB, NoiseDB: r.NoiseDB,
		Speaker: r.Speaker, Loop: r.Loop, RoundTripMS: r.RoundTripMs, JitterMS: r.JitterMs, Loss: r.Loss, Input: r.InputName, Output: r.OutputName,
	}
	if r.Packets >= enoughPackets {
		ms := func(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }
		c.Score = media.Opinion(c.Loss, ms(c.JitterMS), ms(c.RoundTripMS))
	}
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		saved, err := shift.SaveCheck(tx, d.dir.page().tenant.ID, terms, c)
		tx.AfterCommit(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.addCheck(saved)
		})
		return err
	})
	if err == nil {
		d.tell(user)
	}
	return err
}

// enoughPackets of a loop call is what a score is given for: a second.
const enoughPackets = 50

// shiftPort is what leaders do about agents' shifts.
type shiftPort struct{ app *App }

var _ api.Shifts = shiftPort{}

// Terms implements api.Shifts.
func (p shiftPort) Terms() shift.Terms {
	s := p.app.duty.shifts
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.terms
}

// SetTerms implements api.Shifts.
func (p shiftPort) SetTerms(ctx context.Context, by audit.Author, terms shift.Terms) error {
	return p.write(ctx, func(tx *db.Tx) error { return shift.SetTerms(tx, by, terms) })
}

// Allow implements api.Shifts.
func (p shiftPort) Allow(ctx context.Context, by audit.Author, user access.UserID, note string) error {
	d := p.app.duty
	if !works(d.dir.page(), user) {
		return fault.OneField("id", fault.Unknown, "This agent is not there any more.")
	}
	s := d.shifts
	err := d.db.Write(ctx, func(tx *db.Tx) error {
		o, err := shift.Allow(tx, by, user, note)
		tx.AfterCommit(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.allowed[user] = o
		})
		return err
	})
	if err == nil {
		d.tell(user)
	}
	return err
}

// ShiftPort is what leaders do about agents' shifts; for stories.
func (a *App) ShiftPort() api.Shifts { return shiftPort{a} }

// Opened implements desk.Agents.
func (d *duty) Opened(user access.UserID, session string) {
	d.shifts.mu.Lock()
	defer d.shifts.mu.Unlock()
	d.shifts.session[user] = session
}
