package interaction

import (
	"time"

	"linekeeper/internal/kit/fault"
)

// begunTask puts a task in line, or lets it rest.
func begunTask(s State, a Arrived, now time.Time) ([]Event, []Effect, error) {
	events := []Event{EventArrived(a)}
	return taskOn(s.then(now, events...), events, nil, false, now)
}

// taskOn goes on with a task that nobody has: into the line, or to rest.
func taskOn(s State, events []Event, effects []Effect, again bool, now time.Time) ([]Event, []Effect, error) {
	t := s.Arrival.Task
	if t.Start.After(now) {
		return append(events, EventTaskRests{t.Start}), append(effects, SetTimer{TaskTimer, t.Start}), nil
	}
	rules := t.Rules
	rules.Target = t.Due.Sub(now) // its deadline is its own
	return append(events, EventQueued{Rules: rules, Priority: t.Priority, Again: again, Only: t.Only}), append(effects, Enqueue{
		Place{Interaction: s.ID, Queue: rules.Queue, Since: now, Priority: t.Priority, Only: t.Only, Absent: true},
	}), nil
}

// decideTask serves what is different with a task. Not ok: it is not, or the input is as with others.
func decideTask(s State, in Input, now time.Time) (events []Event, effects []Effect, err error, ok bool) {
	if !s.IsTask() {
		return nil, nil, nil, false
	}
	switch in := in.(type) {
	case CustomerLeft, CallbackAccepted, QueueClosed, Overflowed: // it waits until the queue opens
		return nil, nil, ErrLate, true
	case QueueRemoved: // until somebody gives it another
		if s.Phase == Waiting {
			return []Event{EventTaskRests{}}, []Effect{Withdraw{}}, nil, true
		}
		return nil, nil, ErrLate, true
	case TaskChanged:
		events, effects, err = decideTaskChanged(s, in, now)
		return events, effects, err, true
	case TaskCancelled:
		events, effects, err = decideTaskCancelled(s, in)
		return events, effects, err, true
	}
	switch s.Phase {
	case Resting:
		if fired, yes := in.(TimerFired); yes && fired.Timer == TaskTimer {
			events, effects, err = taskOn(s, nil, nil, s.Segment.Seq > 0, now)
			return events, effects, err, true
		}
		return nil, nil, ErrLate, true
	case Offered:
		if in, yes := in.(AgentAccepted); yes && in.Agent == s.Agent {
			return []Event{EventAccepted(in), EventConnected{Agent: in.Agent}},
				[]Effect{StopTimer{OfferTimer}, SetTimer{InterruptTimer, now.Add(TaskTime)}}, nil, true
		}
	case Connected:
		events, effects, err = decideTaskInHand(s, in, now)
		return events, effects, err, true
	}
	return nil, nil, nil, false
}

// decideTaskInHand serves a task that an agent has in hand.
func decideTaskInHand(s State, in Input, now time.Time) ([]Event, []Effect, error) {
	switch in := in.(type) {
	case AgentAccepted: // pressed twice
		if in.Agent == s.Agent {
			return nil, nil, nil
		}
	case Disposed:
		if in.Agent != s.Agent {
			return nil, nil, ErrLate
		}
		whole := s.then(now).Segment
		whole.Talk = s.Talk + now.Sub(s.Counted)
		if err := checkDisposed(s.Arrival, whole, in); err != nil {
			return nil, nil, err
		}
		return []Event{EventTaskDone{in.Agent}, EventDisposed{in.Disposition, in.Note}, EventEnded{ByAgent, ""}},
			letGoOf(s, ""), nil
	case TaskPutBack:
		return decideTaskPutBack(s, in, now)
	case Transfer:
		return decideTaskGiven(s, in, now)
	case MessageCalled:
		if in.Call != s.CalledBy {
			return []Event{EventMessageCalled(in)}, []Effect{StopTimer{InterruptTimer}}, nil
		}
		return nil, nil, nil
	case MessageCallOver:
		if in.Call == s.CalledBy {
			return []Event{EventMessageCallOver(in)}, []Effect{SetTimer{InterruptTimer, now.Add(TaskTime)}}, nil
		}
	case TimerFired:
		if in.Timer == InterruptTimer && s.CalledBy == "" {
			events := []Event{EventAgentLost{s.Agent}}
			return taskOn(s.then(now, events...), events, letGoOf(s, NotReadyPhoneLost), true, now)
		}
	}
	return nil, nil, ErrLate
}

// letGoOf gives the seat of the agent back who has the task in hand.
func letGoOf(s State, notReady string) []Effect {
	return []Effect{StopTimer{InterruptTimer}, ReleaseSeat{Release{s.ID, s.Agent, notReady}}}
}

func decideTaskPutBack(s State, in TaskPutBack, now time.Time) ([]Event, []Effect, error) {
	if in.Agent != s.Agent {
		return nil, nil, ErrLate
	}
	if err := checkNote(in.Note); err != nil {
		return nil, nil, err
	}
	if in.Until.After(now.Add(TaskAhead)) {
		return nil, nil, fault.OneField("at_ms", fault.OutOfRange, "A task lies two years ahead at most.")
	}
	events := []Event{EventTaskPutBack(in)}
	return taskOn(s.then(now, events...), events, letGoOf(s, ""), true, now)
}

// decideTaskGiven gives a task to another agent, for as long as that takes him, or to a queue.
func decideTaskGiven(s State, in Transfer, now time.Time) ([]Event, []Effect, error) {
	if in.By != s.Agent {
		return nil, nil, ErrLate
	}
	terms := s.Arrival.Task.TaskTerms
	terms.Start = time.Time{}
	switch t := in.Target; t.Kind {
	case ToAgent:
		if t.Agent == s.Agent {
			return nil, nil, fault.Conflict.New("You have this task already.")
		}
		terms.Only = t.Agent
	case ToQueue:
		terms.Only, terms.Rules = "", t.Queue.ForTasks()
	default:
		return nil, nil, fault.Conflict.New("A task can be given to an agent or to a queue.")
	}
	events := []Event{EventTransferred(in), EventTaskChanged{By: in.By, Terms: terms}}
	return taskOn(s.then(now, events...), events, letGoOf(s, ""), true, now)
}

// ForTasks are a queue's rules as they are for tasks: nothing is recorded, no line entertains, nothing is wrapped up.
func (r QueueRules) ForTasks() QueueRules {
	return QueueRules{Queue: r.Queue, OfferTime: r.OfferTime, DispositionRequired: r.DispositionRequired}
}

// decideTaskChanged changes a task: what it is about at any time, where and when it waits while nobody has it.
func decideTaskChanged(s State, in TaskChanged, now time.Time) ([]Event, []Effect, error) {
	if !s.Open() {
		return nil, nil, fault.Conflict.New("This task is over. Open it again first.")
	}
	old := s.Arrival.Task.TaskTerms
	terms := in.terms(old)
	if err := terms.Check(now); err != nil {
		return nil, nil, err
	}
	if terms.same(old) {
		return nil, nil, nil
	}
	events := []Event{EventTaskChanged{By: in.By, Source: in.Source, Terms: terms}}
	moved := old.moved(terms)
	switch s.Phase {
	case Offered, Connected:
		if moved {
			return nil, nil, taskInHand()
		}
		return events, nil, nil
	case Waiting:
		if !moved { // it keeps its place, with its new priority
			return events, []Effect{Enqueue{s.then(now, events...).Places()[0]}}, nil
		}
		return taskOn(s.then(now, events...), events, []Effect{Withdraw{}}, true, now)
	}
	if !moved {
		return events, nil, nil
	}
	return taskOn(s.then(now, events...), events, []Effect{StopTimer{TaskTimer}}, s.Segment.Seq > 0, now)
}

// taskPlaced is what a change of its place in line is to a task: there it is one of its terms.
func taskPlaced(in Input) TaskChanged {
	const board = "board" // for the audit list
	switch in := in.(type) {
	case Moved:
		return TaskChanged{By: in.By, Source: board, Queue: &in.Rules}
	case Reprioritised:
		return TaskChanged{By: in.By, Source: board, Priority: &in.To}
	case Picked:
		return TaskChanged{By: in.By, Source: board, Only: &in.Agent}
	}
	return TaskChanged{}
}

// moved says whether it waits elsewhere, or at another time, by other terms.
func (t TaskTerms) moved(by TaskTerms) bool {
	return t.Only != by.Only || t.Rules.Queue != by.Rules.Queue || !t.Start.Equal(by.Start)
}

// same says whether nothing differs.
func (t TaskTerms) same(as TaskTerms) bool {
	return !t.moved(as) && t.Subject == as.Subject && t.Text == as.Text && t.Due.Equal(as.Due) && t.Priority == as.Priority
}

// terms are the new ones.
func (in TaskChanged) terms(t TaskTerms) TaskTerms {
	set(&t.Subject, in.Subject)
	set(&t.Text, in.Text)
	set(&t.Due, in.Due)
	set(&t.Start, in.Start)
	set(&t.Priority, in.Priority)
	set(&t.Only, in.Only)
	if in.Queue != nil && in.Queue.Queue != t.Rules.Queue {
		t.Rules = in.Queue.ForTasks()
	}
	return t
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func taskInHand() error {
	return fault.Conflict.New("An agent has this task in hand just now. Try again when he has put it back.")
}

func decideTaskCancelled(s State, in TaskCancelled) ([]Event, []Effect, error) {
	switch s.Phase {
	case Done:
		return nil, nil, fault.Conflict.New("This task is over.")
	case Connected:
		return nil, nil, taskInHand()
	}
	if err := checkNote(in.Note); err != nil {
		return nil, nil, err
	}
	effects := []Effect{Withdraw{}, StopTimer{TaskTimer}, StopTimer{OfferTimer}}
	if s.Phase == Offered {
		effects = append(effects, ReleaseSeat{Release{Interaction: s.ID, Agent: s.Agent}})
	}
	return []Event{EventTaskCancelled(in), EventEnded{BySystem, CancelledTask}}, effects, nil
}

// restoredTask takes a task up again after a restart, however long that took.
func restoredTask(s State, in Restored, now time.Time) ([]Event, []Effect, error) {
	events := []Event{EventRestored{Died: in.Died, Outside: in.Outside}}
	switch s.Phase {
	case Resting:
		return events, []Effect{SetTimer{TaskTimer, s.Arrival.Task.Start}}, nil
	case Waiting:
		return events, []Effect{Enqueue{s.Places()[0]}}, nil
	case Offered:
		events = append(events, EventMissed{s.Agent, OfferFailed, "restarted"})
		return events, []Effect{Enqueue{s.then(now, events...).Places()[0]}}, nil
	case Connected:
		return events, []Effect{KeepSeat{s.Agent}, SetTimer{InterruptTimer, now.Add(TaskTime)}}, nil
	}
	return events, nil, nil
}

// applyTask folds the events of tasks.
func applyTask(s State, event Event, at time.Time) (State, bool) {
	switch e := event.(type) {
	case EventTaskRests:
		if s.Phase == Waiting { // its queue is gone
			s = closeSegment(s, at)
			s.Segment.Outcome = Requeued
		}
		s.CalledBy = ""
		return enter(s, Resting, at), true
	case EventTaskPutBack:
		s = closeSegment(endTalk(s), at)
		return s.withTask(func(t *Task) { t.Start = e.Until }), true
	case EventTaskChanged:
		return applyTaskChanged(s, e, at), true
	case EventTaskDone:
		return leave(s, ByAgent, "", at), true
	case EventTaskCancelled:
		s = leave(s, BySystem, CancelledTask, at)
		s.Agent = ""
		if s.Segment.Seq > 0 && s.Segment.Outcome == "" {
			s.Segment.Outcome = Requeued
		}
		if e.Note != "" {
			s.Note = e.Note
		}
		return s, true
	}
	return s, false
}

// applyTaskChanged gives a task new terms; what waits in another line from now on has left the one it was in.
func applyTaskChanged(s State, e EventTaskChanged, at time.Time) State {
	old := s.Arrival.Task.TaskTerms
	switch {
	case s.Phase != Waiting && s.Phase != Offered:
	case old.moved(e.Terms):
		s = closeSegment(s, at)
		s.Segment.Outcome = Requeued
	default:
		s.Segment.Priority, s.Segment.Rules.Target = e.Terms.Priority, e.Terms.Due.Sub(s.Segment.Queued)
	}
	return s.withTask(func(t *Task) { t.TaskTerms = e.Terms })
}

// withTask changes the task; earlier states keep theirs.
func (s State) withTask(change func(*Task)) State {
	t := *s.Arrival.Task
	change(&t)
	s.Arrival.Task = &t
	return s
}
