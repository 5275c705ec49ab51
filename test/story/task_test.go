package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/live"
	"linekeeper/internal/task"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// complaints is a number whose flow makes a task of each call, that is due in an hour.
const complaints = "+4420702"

func takesComplaints(w *world.World) {
	w.T.Helper()
	w.Flow("complaints", complaints, `"variables":{"task":{"type":"number"}},"nodes":{
		"a":{"kind":"say","prompt":"greeting","next":"make"},
		"make":{"kind":"task","subject":"Complaint of {{call.number}}","text":"Call him","queue":"sales","due":3600,"variable":"task","next":"rest"},
		"rest":{"kind":"wait","seconds":20,"next":"end"},
		"end":{"kind":"hangup"}}`)
}

// complains has a new caller call; the flow has made a task when it gives it.
func complains(w *world.World) (*world.Caller, task.Task) {
	w.T.Helper()
	c := w.Caller().Dials(complaints)
	c.IsAnswered()
	w.Passes(10 * time.Second)
	for _, k := range tasks(w) {
		if k.Address == c.Number {
			return c, k
		}
	}
	w.T.Fatal("there is no task")
	return c, task.Task{}
}

// tasks are all there are.
func tasks(w *world.World) []task.Task {
	w.T.Helper()
	all, err := w.App.Tasks().List(w.T.Context(), tenant.ID(w.App.Author("").Tenant), task.Filter{}, db.Page{})
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

func theTask(w *world.World, n task.Number) task.Task {
	w.T.Helper()
	k, err := w.App.Tasks().Get(w.T.Context(), tenant.ID(w.App.Author("").Tenant), n)
	if err != nil {
		w.T.Fatal(err)
	}
	return k
}

// finishes is done with the task in hand.
func finishes(w *world.World, a *world.Agent, note string) {
	w.T.Helper()
	if err := a.Does(desk.Command{Kind: desk.CmdFinish, Interaction: a.Has(), Disposition: w.App.DispositionID("sold_big"), Note: note}); err != nil {
		w.T.Fatalf("the task is not done: %s", err.Message)
	}
	w.Settles()
	a.HasNothing()
}

func inHand(w *world.World, a *world.Agent) live.WorkView {
	w.T.Helper()
	v, ok := a.InHand()
	if !ok {
		w.T.Fatal("he has nothing in hand")
	}
	return v
}

// TestTaskIsMadeAndDone: a flow makes a task of a call. An agent who comes later gets it, without a telephone, and is done
// with an outcome; it is no call of the queue.
func TestTaskIsMadeAndDone(t *testing.T) {
	world.Run(t, func(w *world.World) {
		takesComplaints(w)
		sue := w.Agent("sue")
		if err := sue.Does(desk.Command{Kind: desk.CmdWatchBoard}); err != nil {
			t.Fatal(err)
		}
		c, k := complains(w)
		c.HangsUp()
		w.Passes(time.Second)
		if k.Number != task.FirstNumber || k.State != task.Open || k.Subject != "Complaint of "+c.Number || k.Maker.Kind != interaction.MadeByFlow || k.Maker.Name != "complaints" || k.Customer == "" || k.From == "" {
			t.Errorf("the task is %+v", k)
		}
		if q := sue.Board["Sales"]; q.Tasks != 1 || q.TasksOverdue != 0 || q.Waiting != 0 || q.Offered != 0 {
			t.Errorf("the board shows %+v", q)
		}
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(c)
		opens(ann)
		if v := inHand(w, ann); v.Phase != "connected" || v.Channel != "task" || v.Task == nil || v.Task.Number != int64(k.Number) || v.Task.Subject != k.Subject || v.Task.Text != "Call him" {
			t.Errorf("in hand is %+v", v)
		}
		if k = theTask(w, k.Number); k.State != task.InHand {
			t.Errorf("in hand it is %s", k.State)
		}
		if err := ann.Does(desk.Command{Kind: desk.CmdHold, Interaction: ann.Has(), On: true}); err == nil {
			t.Error("a task was put on hold")
		}
		w.Passes(time.Minute)
		finishes(w, ann, "called back")
		if k = theTask(w, k.Number); k.State != task.Done || k.Note != "called back" || k.Overdue(time.Now()) || k.Agent == "" {
			t.Errorf("done it is %+v", k)
		}
		if q := sue.Board["Sales"]; q.Tasks != 0 || q.Offered != 0 || q.Answered != 0 {
			t.Errorf("the board shows %+v", q)
		}
	})
}

// TestTaskIsPutBack: an agent puts it back until later; nobody gets it before, then it is offered again, and the next
// time it goes on at another agent's.
func TestTaskIsPutBack(t *testing.T) {
	world.Run(t, func(w *world.World) {
		takesComplaints(w)
		ann := w.Agent("ann").IsAvailable()
		c, k := complains(w)
		c.HangsUp()
		ann.IsOffered(c)
		opens(ann)
		if err := ann.Does(desk.Command{Kind: desk.CmdPutBack, Interaction: ann.Has(), At: time.Now().Add(30 * time.Minute).UnixMilli(), Note: "not at home"}); err != nil {
			t.Fatal(err.Message)
		}
		w.Settles()
		ann.HasNothing()
		w.Passes(29 * time.Minute)
		ann.HasNothing()
		w.Passes(61 * time.Second)
		ann.IsOffered(c)
		opens(ann)
		bob := w.Agent("bob").IsAvailable()
		if err := ann.Does(desk.Command{Kind: desk.CmdTransfer, Interaction: ann.Has(), Target: &desk.Target{Kind: "agent", ID: w.ID("bob")}}); err != nil {
			t.Fatal(err.Message)
		}
		w.Settles()
		ann.HasNothing()
		bob.IsOffered(c)
		opens(bob)
		finishes(w, bob, "done")
		if k = theTask(w, k.Number); k.State != task.Done || string(k.Agent) != w.ID("bob") || k.Round != 1 {
			t.Errorf("done it is %+v", k)
		}
	})
}

// TestTaskIsOverdue: it stays in line past its time, the board says so, and who is done later is too late.
func TestTaskIsOverdue(t *testing.T) {
	world.Run(t, func(w *world.World) {
		takesComplaints(w)
		sue := w.Agent("sue")
		if err := sue.Does(desk.Command{Kind: desk.CmdWatchBoard}); err != nil {
			t.Fatal(err)
		}
		c, k := complains(w)
		c.HangsUp()
		w.Passes(66 * time.Minute)
		if q := sue.Board["Sales"]; q.Tasks != 1 || q.TasksOverdue != 1 {
			t.Errorf("the board shows %d tasks, %d overdue", q.Tasks, q.TasksOverdue)
		}
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(c)
		opens(ann)
		finishes(w, ann, "late")
		if k = theTask(w, k.Number); !k.Overdue(time.Now()) {
			t.Errorf("it was in time: %+v", k)
		}
	})
}

// TestTasksOutliveACrash: the process is killed while one is in hand, one waits, and one was just made by a call whose
// flow waits after it: that call goes on, and makes no other.
func TestTasksOutliveACrash(t *testing.T) {
	world.Run(t, func(w *world.World) {
		takesComplaints(w)
		first, held := complains(w)
		first.HangsUp()
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(first)
		opens(ann)
		second, waits := complains(w)
		w.Crashes()
		w.Passes(2 * time.Second)
		w.Starts()
		w.Passes(40 * time.Second)
		second.IsHungUpOn()
		if all := tasks(w); len(all) != 2 {
			t.Fatalf("there are %d tasks", len(all))
		}
		ann = w.Agent("ann")
		if k := theTask(w, held.Number); k.State != task.InHand || ann.Has() != string(held.Interaction) {
			t.Errorf("what she had in hand is %s, and she has %q", k.State, ann.Has())
		}
		finishes(w, ann, "first")
		ann.IsAvailable()
		ann.IsOffered(second)
		opens(ann)
		finishes(w, ann, "second")
		for _, n := range []task.Number{held.Number, waits.Number} {
			if k := theTask(w, n); k.State != task.Done {
				t.Errorf("%s is %s", n, k.State)
			}
		}
	})
}

// TestTwoAgentsNeverHaveTheSameTask: as many tasks as come at once are shared out.
func TestTwoAgentsNeverHaveTheSameTask(t *testing.T) {
	world.Run(t, func(w *world.World) {
		takesComplaints(w)
		for range 4 {
			c, _ := complains(w)
			c.HangsUp()
		}
		ann, bob := w.Agent("ann").IsAvailable(), w.Agent("bob").IsAvailable()
		seen := map[string]bool{}
		for range 2 {
			w.Settles()
			a, b := ann.Has(), bob.Has()
			if a == "" || b == "" || a == b || seen[a] || seen[b] {
				t.Fatalf("ann has %q, bob %q, done are %v", a, b, seen)
			}
			seen[a], seen[b] = true, true
			opens(ann)
			opens(bob)
			isDone(w, ann)
			isDone(w, bob)
			w.Passes(time.Second)
		}
	})
}

// isDone is done with the task in hand; another may be offered at once.
func isDone(w *world.World, a *world.Agent) {
	w.T.Helper()
	if err := a.Does(desk.Command{Kind: desk.CmdFinish, Interaction: a.Has(), Disposition: w.App.DispositionID("sold_big")}); err != nil {
		w.T.Fatalf("the task is not done: %s", err.Message)
	}
}
