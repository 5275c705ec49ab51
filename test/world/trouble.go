package world

import (
	"fmt"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Tab opens one more tab of a user's desk.
func (w *World) Tab(login string) *Agent {
	w.T.Helper()
	a := &Agent{w: w, Login: login}
	w.agents[fmt.Sprintf("%s, tab %d", login, len(w.agents))] = a
	a.Arrives()
	return a
}

// SetUp changes the set-up as an administrator does, and it is in use at once.
func (w *World) SetUp(change func(tx *db.Tx, by audit.Author) error) {
	w.T.Helper()
	if err := w.App.Change(w.T.Context(), change); err != nil {
		w.T.Fatal(err)
	}
	w.Settles()
}

// ChangesUser changes a user.
func (w *World) ChangesUser(login string, change func(*access.User)) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		u, err := access.UserByLogin(tx, tenant.ID(by.Tenant), login)
		if err != nil {
			return err
		}
		change(&u)
		_, err = access.ChangeUser(tx, by, u)
		return err
	})
}

// KeepsSetUp leaves the set-up as the story has made it when the product starts again; otherwise it is that of the file.
func (w *World) KeepsSetUp() { w.changed = true }

// ChangesQueue changes a queue; without a change it is deleted.
func (w *World) ChangesQueue(key string, change func(*queue.Queue)) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		q, err := queue.ByKey(tx, tenant.ID(by.Tenant), key)
		if err != nil {
			return err
		}
		if change == nil {
			return queue.Delete(tx, by, q.ID)
		}
		change(&q)
		_, err = queue.Change(tx, by, q)
		return err
	})
}

// ChangesProject changes the project of the stories.
func (w *World) ChangesProject(change func(*project.Project)) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		p, err := project.ByKey(tx, tenant.ID(by.Tenant), "shop")
		if err != nil {
			return err
		}
		change(&p)
		_, err = project.Change(tx, by, p)
		return err
	})
}

// Office makes the calendar that the shipped templates name: week as in a file, and the days that are no working days.
func (w *World) Office(week hours.Week, holidays ...hours.Holiday) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		_, err := hours.Create(tx, by, hours.Hours{Key: "office", Name: "Office", TimeZone: "UTC", Week: week, Holidays: holidays})
		return err
	})
}

// Serve makes these users the queue's agents.
func (w *World) Serve(key string, logins ...string) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		q, err := queue.ByKey(tx, tenant.ID(by.Tenant), key)
		if err != nil {
			return err
		}
		users := []access.UserID{}
		for _, l := range logins {
			u, err := access.UserByLogin(tx, tenant.ID(by.Tenant), l)
			if err != nil {
				return err
			}
			users = append(users, u.ID)
		}
		return queue.SetMembers(tx, by, q.ID, users)
	})
}

// IsAtDesk says whether the desk is open.
func (a *Agent) IsAtDesk() bool { return a.desk != nil }

// TriesToConnect connects the browser as phone for whatever is in hand, and gives the refusal.
func (a *Agent) TriesToConnect(interaction string) *desk.Error {
	a.offer++
	offer := fmt.Sprintf("offer %d of %s", a.offer, a.Login)
	err := a.Does(desk.Command{Kind: desk.CmdConnectPhone, Interaction: interaction, SDP: offer})
	if err == nil {
		a.page = a.w.browsers.get(offer)
	}
	return err
}

// AnswersBy lets the telephone answer every call by itself, after it has rung for a while.
func (p *SIPPhone) AnswersBy(pick func() bool) {
	for {
		select {
		case p.Call = <-p.calls:
			if pick() {
				p.Call.Answer()
			} else {
				p.Call.Refuse(486)
			}
		default:
			return
		}
	}
}

// Command sends a command as a further tab of the user would, from any goroutine; nothing is looked at.
func (w *World) Command(login string, c desk.Command) *desk.Error {
	s, err := w.App.OpenDesk(login, "session of "+login)
	if err != nil {
		return &desk.Error{Code: "closed", Message: err.Error()}
	}
	defer s.Close()
	return s.Do(w.T.Context(), c).Reply.Error
}
