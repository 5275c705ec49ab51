package interaction

import (
	"time"
	"unicode/utf8"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
)

// Task is something to be done for a customer later. An interaction that arrives with one has nobody on the line: it
// rests until it may begin, waits for an agent of its queue, for days if need be, and outlives every restart. What
// agents do with it is its journal. It is a value: a change makes another.
type Task struct {
	Number int64 `json:"number"` // that people say aloud, T-1042; unique in its tenant
	// Round counts the interactions of the task: 1, and one more each time it was opened again.
	Round int       `json:"round"`
	From  ID        `json:"from,omitempty"` // the interaction in which it was made; empty: in none
	Maker TaskMaker `json:"maker"`
	// Once is what it was made for, so that who tries again makes no other; unique in its tenant.
	Once string `json:"once"`
	TaskTerms
}

// TaskTerms are what may be changed of a task that is open.
type TaskTerms struct {
	Subject string    `json:"subject"`
	Text    string    `json:"text,omitempty"`
	Due     time.Time `json:"due"` // done until then is in time
	// Start is before when nobody gets it; zero: at once.
	Start    time.Time     `json:"start,omitzero"`
	Priority int           `json:"priority,omitempty"` // higher goes first; calls have 0
	Only     access.UserID `json:"only,omitempty"`     // the one agent it is for; empty: all of the queue
	Rules    QueueRules    `json:"rules"`              // of its queue
}

// TaskMaker is what made a task.
type TaskMaker struct {
	Kind   string        `json:"kind"`             // one of the Made constants
	User   access.UserID `json:"user,omitempty"`   // of MadeByAgent and MadeByAPI
	Name   string        `json:"name,omitempty"`   // of the flow
	Source string        `json:"source,omitempty"` // where User came from, for the audit list
}

// What makes tasks.
const (
	MadeByFlow    = "flow"
	MadeByTrigger = "trigger" // a flow without a customer
	MadeByAgent   = "agent"
	MadeByAPI     = "api"
)

// The limits of tasks.
const (
	// TaskTime is how long an agent may have a task in hand without calling its customer; then it is another's turn.
	TaskTime       = 2 * time.Hour
	MaxTaskSubject = 200    // characters
	MaxTaskText    = 10_000 // characters
	// TaskAhead is how far a task may lie ahead.
	TaskAhead = 2 * 366 * 24 * time.Hour
)

// Inputs about a task.
type (
	// TaskPutBack tells that the agent who has it in hand puts it back until then; a past moment: into the line at once.
	TaskPutBack struct {
		Agent access.UserID
		Until time.Time
		Note  string
	}
	// TaskChanged changes the terms of a task; what is nil stays.
	TaskChanged struct {
		By            access.UserID
		Source        string // where By comes from, for the audit list
		Subject, Text *string
		Due, Start    *time.Time
		Priority      *int
		Only          *access.UserID
		Queue         *QueueRules
	}
	// TaskCancelled ends a task that nobody has in hand.
	TaskCancelled struct {
		By     access.UserID
		Source string
		Note   string
	}
)

func (TaskPutBack) input()   {}
func (TaskChanged) input()   {}
func (TaskCancelled) input() {}

// Events about a task.
type (
	// EventTaskRests tells that it is in no line until then; zero: until it gets another queue, as its own is gone.
	EventTaskRests struct {
		Until time.Time `json:"until,omitzero"`
	}
	// EventTaskPutBack tells that an agent has put it back.
	EventTaskPutBack struct {
		Agent access.UserID `json:"agent"`
		Until time.Time     `json:"until"`
		Note  string        `json:"note,omitempty"`
	}
	// EventTaskChanged tells its new terms.
	EventTaskChanged struct {
		By     access.UserID `json:"by"`
		Source string        `json:"source,omitempty"`
		Terms  TaskTerms     `json:"terms"`
	}
	// EventTaskCancelled tells that it need not be done.
	EventTaskCancelled struct {
		By     access.UserID `json:"by"`
		Source string        `json:"source,omitempty"`
		Note   string        `json:"note,omitempty"`
	}
	// EventTaskDone tells that the agent has done it. What came of it is the disposition.
	EventTaskDone struct {
		Agent access.UserID `json:"agent"`
	}
)

// Kind implements Event.
func (EventTaskRests) Kind() string     { return "task_rests" }
func (EventTaskPutBack) Kind() string   { return "task_put_back" }
func (EventTaskChanged) Kind() string   { return "task_changed" }
func (EventTaskCancelled) Kind() string { return "task_cancelled" }
func (EventTaskDone) Kind() string      { return "task_done" }

// CancelledTask is the detail of the end of a task that was cancelled.
const CancelledTask = "cancelled"

// IsTask says whether the interaction is a task: nobody is on the line.
func (s State) IsTask() bool { return s.Arrival.Task != nil }

// Lineless says whether nobody is, or was, on the line: a message or a task. It outlives the process.
func (s State) Lineless() bool { return s.Arrival.lineless() }

func (a Arrival) lineless() bool { return a.Message != nil || a.Task != nil }

// leftIn is the interaction in which a message was left, or a task was made; of others empty.
func (a Arrival) leftIn() ID {
	if a.Task != nil {
		return a.Task.From
	}
	return a.Message.leftIn()
}

// Check refuses terms that no task can have.
func (t TaskTerms) Check(now time.Time) error {
	var wrong fault.Fields
	switch n := utf8.RuneCountInString(t.Subject); {
	case n == 0:
		wrong.Add("subject", fault.Required, "Say in a few words what is to be done.")
	case n > MaxTaskSubject:
		wrong.Add("subject", fault.TooLong, "The subject is longer than 200 characters; shorten it.")
	}
	if utf8.RuneCountInString(t.Text) > MaxTaskText {
		wrong.Add("text", fault.TooLong, "The text is longer than 10,000 characters; shorten it.")
	}
	switch latest := now.Add(TaskAhead); {
	case t.Due.IsZero():
		wrong.Add("due_ms", fault.Required, "Say until when the task is to be done.")
	case t.Due.After(latest):
		wrong.Add("due_ms", fault.OutOfRange, "A task lies two years ahead at most.")
	case t.Start.After(t.Due):
		wrong.Add("start_ms", fault.OutOfRange, "A task cannot begin after it is due.")
	}
	if t.Priority < -100 || t.Priority > 100 {
		wrong.Add("priority", fault.OutOfRange, "The priority is between -100 and 100.")
	}
	return wrong.Err()
}
