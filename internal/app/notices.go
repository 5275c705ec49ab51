package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/notice"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// notices brings what leaders write to the desks, and keeps from Available who has not confirmed what must be. It
// implements desk.Notices.
type notices struct {
	db    *db.DB
	dir   *directory
	hub   func() *desk.Hub
	log   *slog.Logger
	turns chan struct{}          // what holds, and until when, has changed
	count func(...access.UserID) // has what these have confirmed counted anew; without users, what all have
}

var _ desk.Notices = (*notices)(nil)

func newNotices(a *App) *notices {
	return &notices{db: a.db, dir: a.dir, hub: func() *desk.Hub { return a.hub }, log: a.log, turns: make(chan struct{}, 1), count: a.duty.countNotices}
}

// person is a user as notices see him.
func (n *notices) person(p *page, user access.UserID) notice.Person {
	return notice.PersonOf(p.users[user], p.serves[user], func(q queue.ID) project.ID { return project.ID(p.queues[q].ProjectID) })
}

func (n *notices) of(ctx context.Context, user access.UserID) (own []notice.Own, err error) {
	p := n.dir.page()
	err = n.db.Read(ctx, func(tx *db.Tx) error {
		own, err = notice.For(tx, p.tenant.ID, n.person(p, user), time.Now())
		return err
	})
	return own, err
}

// gate is an agent.Gate: notices that are to be confirmed first.
func (n *notices) gate(ctx context.Context, user access.UserID) ([]agent.Hindrance, error) {
	own, err := n.of(ctx, user)
	if err != nil {
		return nil, err
	}
	p := n.dir.page()
	language := p.users[user].Language
	if language == "" {
		language = p.tenant.Language
	}
	var all []agent.Hindrance
	for i := len(own) - 1; i >= 0; i-- { // in the order they were written in
		o := own[i]
		if o.Hinders(o.Reading, time.Now()) {
			title := o.Texts.In(language).Title
			all = append(all, agent.Hindrance{Code: "notice", About: string(o.ID), Name: title, Text: fmt.Sprintf("Confirm the notice “%s” first.", title)})
		}
	}
	return all, nil
}

// Notices implements desk.Notices.
func (n *notices) Notices(ctx context.Context, user access.UserID) ([]desk.NoticeView, error) {
	own, err := n.of(ctx, user)
	if err != nil {
		return nil, err
	}
	p := n.dir.page()
	views := []desk.NoticeView{}
	for _, o := range own {
		v := desk.NoticeView{Notice: string(o.ID), Importance: string(o.Importance), Revision: o.Revision, Author: p.users[o.Author].Name,
			From: db.Millis(o.From), Until: db.Millis(o.Until), Changed: db.Millis(o.Changed), Reminded: db.Millis(o.Reminded), Done: o.Done(o.Reading)}
		if o.Reading.Revision == o.Revision {
			v.Read, v.Confirmed = db.Millis(o.Reading.Read), db.Millis(o.Reading.Confirmed)
		}
		for _, l := range tenant.Languages() {
			if t, ok := o.Texts[l]; ok {
				v.Texts = append(v.Texts, desk.NoticeText{Language: string(l), Title: t.Title, Body: t.Body})
			}
		}
		views = append(views, v)
	}
	return views, nil
}

// Mark implements desk.Notices. What was marked is in the database when it returns.
func (n *notices) Mark(ctx context.Context, user access.UserID, which string, revision int64, confirm bool) error {
	p := n.dir.page()
	err := n.db.Write(ctx, func(tx *db.Tx) error {
		it, err := notice.Get(tx, p.tenant.ID, notice.ID(which))
		if err != nil {
			return err
		}
		if !it.Audience.Reaches(n.person(p, user)) {
			return fault.NotFound.New("There is no such notice for you.")
		}
		_, err = notice.Mark(tx, p.tenant.ID, user, it.ID, revision, confirm)
		return err
	})
	if err == nil {
		n.look(user)
	}
	return err
}

// changed is for who has changed a notice: desks look, and the next turn is looked for anew.
func (n *notices) changed() {
	n.look()
	n.refreshed()
}

// look has the desks of users read their notices, and the leaders' page before the shift count them; without users, all.
func (n *notices) look(users ...access.UserID) {
	n.hub().NoticesOf(users...)
	n.count(users...)
}

// refreshed looks for the next turn of a notice.
func (n *notices) refreshed() {
	select {
	case n.turns <- struct{}{}:
	default:
	}
}

// turnsAgain is how long after a failure the next turn is looked for; turnsLook is how long a turn is waited for at most
// without a look at the clock, which may be put forward.
const (
	turnsAgain = 5 * time.Second
	turnsLook  = time.Minute
)

// run tells the desks when a notice begins or ends to hold.
func (n *notices) run(ctx context.Context) {
	for {
		var next time.Time
		now := time.Now()
		err := n.db.Read(ctx, func(tx *db.Tx) (err error) {
			next, err = notice.Turns(tx, n.dir.page().tenant.ID, now)
			return err
		})
		if err != nil && ctx.Err() == nil {
			n.log.Error("the next turn of a notice is not known", "error", err)
			next = now.Add(turnsAgain)
		}
		var turn <-chan time.Time
		var timer *time.Timer
		if !next.IsZero() {
			timer = time.NewTimer(min(time.Until(next), turnsLook))
			turn = timer.C
		}
		select {
		case <-turn:
			if !time.Now().Before(next) {
				n.look()
			}
		case <-n.turns:
		case <-ctx.Done():
		}
		if timer != nil {
			timer.Stop()
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// WriteNotice writes a notice as a leader does by the API; for stories and the demo.
func (a *App) WriteNotice(ctx context.Context, by audit.Author, n notice.Notice) (notice.Notice, error) {
	err := a.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = notice.Create(tx, by, n)
		return err
	})
	if err == nil {
		a.notices.changed()
	}
	return n, err
}

// open counts what somebody was asked to confirm, what of it he has, and what keeps him from Available.
func (n *notices) open(ctx context.Context, user access.UserID) (c noticeCount, err error) {
	own, err := n.of(ctx, user)
	for _, o := range own {
		if o.Importance == notice.ToRead {
			continue
		}
		c.asked++
		if o.Done(o.Reading) {
			c.done++
		}
		if o.Hinders(o.Reading, time.Now()) {
			c.blocking++
		}
	}
	return c, err
}
