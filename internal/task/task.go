// Package task keeps what is to be done for customers later. A task is an interaction of the medium task: its queue's
// agents get it like a call, when it may be begun; what becomes of it is that interaction's journal. This package gives
// tasks their numbers, keeps the record of each, which is written in the journal's transactions, and changes them for
// people who look at the list. Who may do so is the API's to say, who gets a task the router's.
package task

import (
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Number is a task's name within its tenant; the first is FirstNumber.
type Number int64

// FirstNumber is long enough to be heard as a number.
const FirstNumber Number = 1001

// String is how it is written: T-1042.
func (n Number) String() string { return "T-" + strconv.FormatInt(int64(n), 10) }

// ParseNumber reads a number with or without its letter; false: it is none.
func ParseNumber(s string) (Number, bool) {
	s = strings.TrimPrefix(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(s)), "T"), "-")
	n, err := strconv.ParseInt(s, 10, 64)
	return Number(n), err == nil && n > 0 && s[0] != '+'
}

// State is where a task stands.
type State string

// The states. The last two are ends.
const (
	Open      State = "open"    // in line, being offered, or not to be begun yet
	InHand    State = "in_hand" // an agent has it
	Done      State = "done"
	Cancelled State = "cancelled" // by somebody, or ended by a fault
)

// Task is the record of a task.
type Task struct {
	Tenant      tenant.ID
	Number      Number
	Once        string
	Interaction interaction.ID // of its present or last round
	Round       int
	State       State
	Project     project.ID
	Queue       queue.ID
	Customer    customer.ID // empty: of nobody
	Address     string      // of the customer; empty: of nobody, or withheld
	Language    string
	Subject     string
	Text        string
	Priority    int
	Only        access.UserID // the one agent it is for; empty: all of the queue
	Agent       access.UserID // who has it in hand, or has done it; empty: nobody
	Maker       interaction.TaskMaker
	From        interaction.ID // in which it was made; empty: in none
	Disposition disposition.ID
	Note        string
	Made        time.Time
	Start       time.Time // nobody gets it before; zero: at once
	Due         time.Time
	Ended       time.Time // zero: open, or in hand
}

// Overdue says whether it is not done, or was done too late.
func (t Task) Overdue(now time.Time) bool {
	if t.Ended.IsZero() {
		return now.After(t.Due)
	}
	return t.State == Done && t.Ended.After(t.Due)
}

// Of is the record of an interaction that is a task.
func Of(s interaction.State) Task {
	a, t := s.Arrival, s.Arrival.Task
	task := Task{
		Tenant: a.Tenant, Number: Number(t.Number), Once: t.Once, Interaction: s.ID, Round: t.Round, State: Open,
		Project: a.Project, Queue: t.Rules.Queue, Customer: a.Customer, Address: a.CustomerAddress, Language: a.Language,
		Subject: t.Subject, Text: t.Text, Priority: t.Priority, Only: t.Only, Maker: t.Maker, From: t.From,
		Disposition: s.Disposition, Note: s.Note, Made: s.Arrived, Start: t.Start, Due: t.Due, Ended: s.Ended,
	}
	switch {
	case s.Phase == interaction.Connected:
		task.State, task.Agent = InHand, s.Agent
	case s.Phase == interaction.Done && s.Cause == interaction.ByAgent:
		task.State, task.Agent = Done, s.Segment.Agent
	case s.Phase == interaction.Done:
		task.State = Cancelled
	}
	return task
}

// By is who changes a task.
type By = audit.Author

// Filter says which tasks are wanted; zero fields are no condition.
type Filter struct {
	Number   Number // this one
	State    State
	Open     bool // not over
	Over     bool
	Overdue  time.Time // open, and due before then
	Queue    queue.ID
	Project  project.ID
	Customer customer.ID
	From     interaction.ID
	Agent    access.UserID // who has it, has done it, or whom it is for
	Serves   access.UserID // of queues this agent serves, or for him, in his hand, made or done by him
	DueFrom  time.Time
	DueTo    time.Time // exclusive
	Text     string    // a part of the subject, a number of a task, or a part of a customer's number
}
