package interaction

import (
	"strings"
	"testing"
	"time"
)

// toDo is a task that is due in four hours, and may be begun after start.
func toDo(only string, start time.Duration) Arrived {
	t := &Task{Number: 1042, Round: 1, From: "i0", Maker: TaskMaker{Kind: MadeByFlow, Name: "main"}, Once: "x", TaskTerms: TaskTerms{
		Subject: "Call back", Due: noon.Add(4 * time.Hour), Priority: -20, Rules: sales.ForTasks(),
	}}
	if only != "" {
		t.Only = "ann"
	}
	if start > 0 {
		t.Start = noon.Add(start)
	}
	return Arrived{Arrival{Tenant: "t", Channel: TaskWork, Origin: Internal, Task: t}}
}

func TestDecideTask(t *testing.T) {
	all, own, later := toDo("", 0), toDo("ann", 0), toDo("", time.Hour)
	offer, yes := OfferMade{Agent: "ann"}, AgentAccepted{"ann"}
	taken := []Input{all, offer, yes}
	support := sales
	support.Queue = "support"
	priority, subject, soon, past := 5, "Call Ann", noon.Add(2*time.Hour), noon.Add(-time.Hour)
	due := noon.Add(-time.Minute)
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		last   string
	}{
		{"begins in line", []Input{all}, Waiting, "arrived queued | Enqueue"},
		{"rests until it may begin", []Input{later}, Resting, "arrived task_rests | SetTimer"},
		{"may begin", []Input{later, TimerFired{TaskTimer}}, Resting, "task_rests | SetTimer"}, // the clock was set back
		{"rests, and nobody is offered it", []Input{later, offer}, Resting, "refused"},
		{"is offered, and no telephone rings", []Input{all, offer}, Offered, "offered | SetTimer"},
		{"is taken at once", taken, Connected, "accepted connected | StopTimer SetTimer"},
		{"is taken twice", append(taken, yes), Connected, "|"},
		{"is taken by another", append(taken, AgentAccepted{"bob"}), Connected, "refused"},
		{"is missed", []Input{all, offer, TimerFired{OfferTimer}}, Waiting, "missed | StopTimer StopTimer ReleaseSeat Enqueue"},
		{"is done", append(taken, Disposed{Agent: "ann", Disposition: "sold", Note: "yes"}), Done, "task_done disposed ended | StopTimer ReleaseSeat"},
		{"is done without an outcome", append(taken, Disposed{Agent: "ann"}), Connected, "refused"},
		{"is done by another", append(taken, Disposed{Agent: "bob", Disposition: "sold"}), Connected, "refused"},
		{"is done, twice", append(taken, Disposed{Agent: "ann", Disposition: "sold"}, Disposed{Agent: "ann", Disposition: "sold"}), Done, "refused"},
		{"has nothing to hang up", append(taken, AgentHungUp{Agent: "ann"}), Connected, "refused"},
		{"is put back for later", append(taken, TaskPutBack{Agent: "ann", Until: soon}), Resting, "task_put_back task_rests | StopTimer ReleaseSeat SetTimer"},
		{"is put back at once", append(taken, TaskPutBack{Agent: "ann"}), Waiting, "task_put_back queued | StopTimer ReleaseSeat Enqueue"},
		{"is put back by another", append(taken, TaskPutBack{Agent: "bob", Until: soon}), Connected, "refused"},
		{"is put back too far", append(taken, TaskPutBack{Agent: "ann", Until: noon.AddDate(3, 0, 0)}), Connected, "refused"},
		{"is given to an agent", append(taken, Transfer{By: "ann", Target: Target{Kind: ToAgent, Agent: "bob"}}), Waiting, "transferred task_changed queued | StopTimer ReleaseSeat Enqueue"},
		{"is given to oneself", append(taken, Transfer{By: "ann", Target: Target{Kind: ToAgent, Agent: "ann"}}), Connected, "refused"},
		{"is given to a queue", append(taken, Transfer{By: "ann", Target: Target{Kind: ToQueue, Queue: &support}}), Waiting, "transferred task_changed queued | StopTimer ReleaseSeat Enqueue"},
		{"goes to no number", append(taken, Transfer{By: "ann", Target: Target{Kind: ToOutside, Address: "1"}}), Connected, "refused"},
		{"lies about", append(taken, TimerFired{InterruptTimer}), Waiting, "agent_lost queued | StopTimer ReleaseSeat Enqueue"},
		{"its customer is called", append(taken, MessageCalled{"c"}), Connected, "message_called | StopTimer"},
		{"its customer is called for long", append(taken, MessageCalled{"c"}, TimerFired{InterruptTimer}), Connected, "refused"},
		{"the call is over", append(taken, MessageCalled{"c"}, MessageCallOver{"c"}), Connected, "message_call_over | SetTimer"},
		{"cannot be held", append(taken, HoldSet{By: "ann", On: true}), Connected, "refused"},
		{"cannot be monitored", append(taken, Monitor{By: "sue", Mode: Barge}), Connected, "refused"},
		{"has nobody who leaves", []Input{all, CustomerLeft{Cause: ByCustomer}}, Waiting, "refused"},
		{"its queue closes", []Input{all, QueueClosed{}}, Waiting, "refused"},
		{"its queue is removed", []Input{all, QueueRemoved{}}, Resting, "task_rests | Withdraw"},
		{"its queue is removed, and it gets another", []Input{all, QueueRemoved{}, TaskChanged{Queue: &support}}, Waiting, "task_changed queued | StopTimer Enqueue"},
		{"its queue was removed before the restart", []Input{all, QueueRemoved{}, Restored{}, TimerFired{TaskTimer}}, Waiting, "queued | Enqueue"},
		{"gets another priority", []Input{all, TaskChanged{Priority: &priority}}, Waiting, "task_changed | Enqueue"},
		{"gets the priority it has", []Input{all, TaskChanged{Priority: &priority}, TaskChanged{Priority: &priority}}, Waiting, "|"},
		{"is moved on the board", []Input{all, Moved{Seen: Seen{By: "sue", Queue: "sales", Priority: -20}, Rules: support}}, Waiting, "task_changed queued | Withdraw Enqueue"},
		{"is picked on the board", []Input{all, Picked{Seen: Seen{By: "sue", Queue: "sales", Priority: -20}, Agent: "bob"}}, Waiting, "task_changed queued | Withdraw Enqueue"},
		{"gets another queue", []Input{all, TaskChanged{Queue: &support}}, Waiting, "task_changed queued | Withdraw Enqueue"},
		{"gets another start", []Input{all, TaskChanged{Start: &soon}}, Resting, "task_changed task_rests | Withdraw SetTimer"},
		{"rests and gets another queue", []Input{later, TaskChanged{Queue: &support}}, Resting, "task_changed task_rests | StopTimer SetTimer"},
		{"rests and gets another subject", []Input{later, TaskChanged{Subject: &subject}}, Resting, "task_changed |"},
		{"rests and is to begin now", []Input{later, TaskChanged{Start: &past}}, Waiting, "task_changed queued | StopTimer Enqueue"},
		{"is in hand and gets another subject", append(taken, TaskChanged{Subject: &subject}), Connected, "task_changed |"},
		{"is in hand and gets another queue", append(taken, TaskChanged{Queue: &support}), Connected, "refused"},
		{"is offered and gets another start", []Input{all, offer, TaskChanged{Start: &soon}}, Offered, "refused"},
		{"is overdue by a change", []Input{all, TaskChanged{Due: &due}}, Waiting, "task_changed | Enqueue"},
		{"is over and changed", append(taken, Disposed{Agent: "ann", Disposition: "sold"}, TaskChanged{Subject: &subject}), Done, "refused"},
		{"is cancelled", []Input{all, TaskCancelled{By: "sue"}}, Done, "task_cancelled ended | Withdraw StopTimer StopTimer"},
		{"rests and is cancelled", []Input{later, TaskCancelled{By: "sue"}}, Done, "task_cancelled ended | Withdraw StopTimer StopTimer"},
		{"is offered and cancelled", []Input{all, offer, TaskCancelled{By: "sue"}}, Done, "task_cancelled ended | Withdraw StopTimer StopTimer ReleaseSeat"},
		{"is in hand and cancelled", append(taken, TaskCancelled{By: "sue"}), Connected, "refused"},
		{"is cancelled twice", []Input{all, TaskCancelled{By: "sue"}, TaskCancelled{By: "sue"}}, Done, "refused"},
		{"is ended by a fault", []Input{all, Stopped{Detail: "x"}}, Done, "let_go ended | Withdraw"},
		{"restarted at rest", []Input{later, Restored{}}, Resting, "restored | SetTimer"},
		{"restarted in line", []Input{all, Restored{}}, Waiting, "restored | Enqueue"},
		{"restarted while it was offered", []Input{all, offer, Restored{}}, Waiting, "restored missed | Enqueue"},
		{"restarted in hand", append(taken, Restored{}), Connected, "restored | KeepSeat SetTimer"},
		{"of one agent", []Input{own}, Waiting, "arrived queued | Enqueue"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, tt.inputs...)
			if got := told[len(told)-1]; got != tt.last || s.Phase != tt.phase {
				t.Errorf("got %s in %s, want %s in %s", got, s.Phase, tt.last, tt.phase)
			}
		})
	}
}

// TestTaskOfOneAgent: whatever happens, it waits for that agent, unless it is given to others.
func TestTaskOfOneAgent(t *testing.T) {
	own, offer := toDo("ann", 0), OfferMade{Agent: "ann"}
	if p := lastPlace(State{ID: "i1"}, own, noon); p.Only != "ann" || p.Priority != -20 || p.Head {
		t.Errorf("the first place is %+v, want ann's", p)
	}
	s, _ := life(t, own, offer)
	if p := lastPlace(s, TimerFired{OfferTimer}, noon.Add(time.Minute)); p.Only != "ann" {
		t.Errorf("after a miss the place is %+v, want ann's", p)
	}
	s, _ = life(t, own, offer, TimerFired{OfferTimer})
	if p := lastPlace(s, Restored{}, noon.Add(time.Hour)); p.Only != "ann" {
		t.Errorf("after a restart the place is %+v, want ann's", p)
	}
	s, _ = life(t, own, offer, AgentAccepted{"ann"})
	if p := lastPlace(s, TimerFired{InterruptTimer}, noon.Add(3*time.Hour)); p.Only != "ann" {
		t.Errorf("after it lay about the place is %+v, want ann's", p)
	}
	if p := lastPlace(s, Transfer{By: "ann", Target: Target{Kind: ToAgent, Agent: "bob"}}, noon.Add(time.Minute)); p.Only != "bob" {
		t.Errorf("given to bob the place is %+v", p)
	}
	support := sales
	support.Queue = "support"
	if p := lastPlace(s, Transfer{By: "ann", Target: Target{Kind: ToQueue, Queue: &support}}, noon.Add(time.Minute)); p.Only != "" || p.Queue != "support" {
		t.Errorf("given to a queue the place is %+v", p)
	}
	anybody := s.Agent
	anybody = ""
	s, _ = life(t, own)
	if p := lastPlace(s, TaskChanged{Only: &anybody}, noon.Add(time.Minute)); p.Only != "" || p.Queue != "sales" {
		t.Errorf("opened to all the place is %+v", p)
	}
}

// TestTaskCounts: what an agent needs is talk, it is not among the calls of its queue, and each stretch is closed.
func TestTaskCounts(t *testing.T) {
	soon := noon.Add(time.Hour)
	s, _ := life(t, toDo("", 0), OfferMade{Agent: "ann"}, AgentAccepted{"ann"})
	if s.HasCustomer() || !s.Lineless() || s.IsMessage() || !s.InHand("ann") || !s.Segment.Handed {
		t.Errorf("customer %v, in hand %v, segment %+v", s.HasCustomer(), s.InHand("ann"), s.Segment)
	}
	back := s.then(noon.Add(10*time.Second), EventTaskPutBack{Agent: "ann", Until: soon}, EventTaskRests{soon})
	if g := back.Segment; g.Outcome != Answered || g.Left.IsZero() || g.Ended.IsZero() || g.Talk != 8*time.Second || back.Agent != "" || !back.Arrival.Task.Start.Equal(soon) {
		t.Errorf("put back it is %+v, with %q", g, back.Agent)
	}
	if !s.Arrival.Task.Start.IsZero() {
		t.Error("an earlier state has changed")
	}
	s, _ = life(t, toDo("", 0), OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, Disposed{Agent: "ann", Disposition: "sold", Note: "n"})
	if g := s.Segment; g.Outcome != Answered || g.Talk != time.Second || g.Ended.IsZero() || s.Cause != ByAgent || s.Disposition != "sold" || s.Note != "n" || s.WrapUp != 0 {
		t.Errorf("done it is %+v by %s", g, s.Cause)
	}
	s, _ = life(t, toDo("", 0), TaskCancelled{By: "sue", Note: "double"})
	if g := s.Segment; g.Outcome != Requeued || g.Ended.IsZero() || s.Note != "double" || s.CauseDetail != CancelledTask {
		t.Errorf("cancelled it is %+v by %s", g, s.Cause)
	}
	rules := sales
	rules.Queue = "support"
	s, _ = life(t, toDo("", 0))
	events, _, err := Decide(s, TaskChanged{Queue: &rules}, noon.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if first := s.then(noon.Add(time.Second), events[0]).Segment; first.Outcome != Requeued || first.Ended.IsZero() {
		t.Errorf("what it left is %+v", first)
	}
}

func TestTaskTerms(t *testing.T) {
	good := toDo("", time.Hour).Arrival.Task.TaskTerms
	tests := []struct {
		name   string
		change func(*TaskTerms)
		want   string
	}{
		{"as they are", func(*TaskTerms) {}, ""},
		{"no subject", func(c *TaskTerms) { c.Subject = "" }, "subject"},
		{"a long subject", func(c *TaskTerms) { c.Subject = strings.Repeat("я", 201) }, "subject"},
		{"the longest subject", func(c *TaskTerms) { c.Subject = strings.Repeat("я", 200) }, ""},
		{"a long text", func(c *TaskTerms) { c.Text = strings.Repeat("x", 10_001) }, "text"},
		{"never due", func(c *TaskTerms) { c.Due = time.Time{} }, "due_ms"},
		{"far off", func(c *TaskTerms) { c.Due = noon.AddDate(3, 0, 0) }, "due_ms"},
		{"due before it begins", func(c *TaskTerms) { c.Start = c.Due.Add(time.Second) }, "start_ms"},
		{"overdue", func(c *TaskTerms) { c.Start, c.Due = time.Time{}, noon.Add(-time.Hour) }, ""},
		{"urgent", func(c *TaskTerms) { c.Priority = 101 }, "priority"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			terms := good
			tt.change(&terms)
			err := terms.Check(noon)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
