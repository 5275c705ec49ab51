package flow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// Tasks makes tasks; app has it.
type Tasks interface {
	// Doer finds the user with a login.
	Doer(ctx context.Context, t tenant.ID, login string) (access.UserID, error)
	// Make makes a task and gives its number once it is on disk. A second wish for the same gives the same number.
	Make(ctx context.Context, w TaskWish) (number int64, err error)
}

// TaskWish is a task to be made.
type TaskWish struct {
	State    interaction.State // of the customer it is for; in a flow without one its channel is NoChannel
	Queue    string            // key
	Number   string            // of the customer, as typed; empty: who is on the line
	Language string
	Subject  string
	Text     string
	Start    time.Time // zero: at once
	Due      time.Time
	Priority int
	Doer     access.UserID // the one agent it is for; empty: all of the queue
	Flow     string        // its name
	// Once is what it is made for; empty: for nothing that could be tried again.
	Once string
}

// taskKind is the name of the node that makes a task.
const taskKind = "task"

// StepTask tells in the time line that a task was made; the text is its number.
const StepTask = "task"

// taskTime is how long a customer waits for a task to be written down at most.
const taskTime = 5 * time.Second

// taskKinds are the nodes about tasks.
func taskKinds() []Kind {
	return []Kind{{
		Name: taskKind, Doc: "Creates a task: something agents of a queue are to do for the customer later. A restart neither loses nor doubles it.", Next: true,
		Params: []Param{
			{Name: "subject", Type: TemplateParam, Required: true, Doc: "in a few words what is to be done"},
			{Name: "text", Type: TemplateParam, Doc: "all that the agent has to know"},
			{Name: "queue", Type: QueueParam, Doc: "the queue whose agents get it; absent: the project's own"},
			{Name: "user", Type: TemplateParam, Names: UserThing, Doc: "the login of the one agent it is for; absent: all of the queue"},
			{Name: "number", Type: TemplateParam, Doc: "the telephone number of the customer it is for; absent: who is on the line"},
			{Name: "start", Type: SecondsParam, Default: 0.0, Max: 31_536_000, Doc: "after how long agents get it"},
			{Name: "due", Type: SecondsParam, Default: 86_400.0, Min: 30, Max: 31_536_000, Doc: "how long after that it is to be done"},
			{Name: "due_at", Type: ExpressionParam, Yields: TimeVar, Doc: "the time until when it is to be done, in place of a span"},
			{Name: "priority", Type: IntegerParam, Default: -20.0, Min: -100, Max: 100, Doc: "higher goes first; calls have 0, messages -10"},
			{Name: "variable", Type: VariableParam, Yields: NumberVar, On: []string{"next"}, Doc: "the variable that is set to its number, of T-1042 to 1042"},
		},
		Edges: []Edge{{Name: "failed", Optional: true, Doc: "no task can be made; without this way the flow fails"}},
		run:   runTask,
	}}
}

func runTask(ctx context.Context, r *run, n *node) (string, error) {
	w, err := r.taskWish(ctx, n)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	within, cancel := context.WithTimeout(ctx, taskTime)
	defer cancel()
	number, err := r.cfg.Tasks.Make(within, w)
	if err != nil {
		return r.failed(ctx, n, errors.New(fault.Message(err)))
	}
	r.position.Tasks++
	if name := n.str("variable"); name != "" {
		if err := r.set(name, float64(number)); err != nil {
			return r.failed(ctx, n, err)
		}
	}
	r.step(n, StepTask, fmt.Sprintf("T-%d", number))
	return "next", nil
}

// taskWish is what is wanted of a task.
func (r *run) taskWish(ctx context.Context, n *node) (w TaskWish, err error) {
	if r.cfg.Tasks == nil {
		return w, errors.New("no tasks are made here")
	}
	w = TaskWish{State: r.spec.State, Language: r.position.Language, Priority: int(n.number("priority")), Flow: string(r.position.Flow)}
	for name, into := range map[string]*string{"subject": &w.Subject, "text": &w.Text, "number": &w.Number} {
		if t, _ := n.params[name].(*template); t != nil {
			if *into, err = r.fill(ctx, t, nil); err != nil {
				return w, err
			}
		}
	}
	if w.Queue, err = r.taskQueue(ctx, n); err != nil {
		return w, err
	}
	if t, _ := n.params["user"].(*template); t != nil {
		login, err := r.fill(ctx, t, nil)
		if err != nil {
			return w, err
		}
		if w.Doer, err = r.cfg.Tasks.Doer(ctx, r.tenant(), login); err != nil {
			return w, err
		}
	}
	now := r.cfg.Clock.Now()
	if after := n.seconds("start"); after > 0 {
		w.Start = now.Add(after)
	}
	w.Due = now.Add(n.seconds("start") + n.seconds("due"))
	if e, _ := n.params["due_at"].(*expression); e != nil {
		at, err := r.eval(ctx, e, nil)
		if err != nil {
			return w, err
		}
		w.Due, _ = at.(time.Time)
	}
	if r.spec.State.Arrival.Channel != interaction.NoChannel {
		// What was written down last of where the flow stands says how many there are: whoever goes on from there makes no other.
		w.Once = fmt.Sprintf("%s/%s/%s/%d", r.spec.State.ID, r.position.Flow, n.id, r.position.Tasks)
	}
	return w, nil
}

// taskQueue is the queue that gets the task; who waits in line need not name it.
func (r *run) taskQueue(ctx context.Context, n *node) (string, error) {
	if n.str("queue") == "" && r.spec.Waiting {
		return "", nil
	}
	return r.queueKey(ctx, n)
}
