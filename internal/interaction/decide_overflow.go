package interaction

import (
	"slices"
	"time"

	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// Overflowed tells what an overflow rule of his queue makes of a customer in line. Who is being offered to an agent at
// that moment, or has left that line, stays where he is: ErrLate.
type Overflowed struct {
	From queue.ID
	When string     // the rule's trigger: wait, size, nobody
	Act  string     // the rule's act, queue.Act.String
	Do   string     // queue.Do
	Flow string     // the flow that takes him, or offers him a callback; empty: he waits in another queue
	To   QueueRules // of that queue
	// Number is the one outside that is called for him, for the flow; empty: none.
	Number string
}

func (Overflowed) input() {}

// EventOverflowed tells that a rule of his queue has sent a customer on, or has offered him a callback while he waits.
type EventOverflowed struct {
	When   string     `json:"when"`
	Act    string     `json:"act"`
	Do     string     `json:"do"`
	Rules  QueueRules `json:"rules"`            // of the queue he was in line of
	To     queue.ID   `json:"to,omitempty"`     // where he waits now
	Flow   string     `json:"flow,omitempty"`   // that has taken him
	Number string     `json:"number,omitempty"` // that is called for him
}

// Kind implements Event.
func (EventOverflowed) Kind() string { return "overflowed" }

// OnLine says whether a customer waits in line on the telephone, or wherever he is himself.
func (s State) OnLine() bool {
	return s.Phase == Waiting && s.HasCustomer() && s.CallbackTaken == ""
}

// MayOverflow says whether the rules of a queue concern an interaction: a customer in line who waits for nobody in
// particular and was not promised a call.
func (s State) MayOverflow() bool {
	return s.OnLine() && s.Arrival.Promise == nil && s.Segment.Only == ""
}

// InLine is what is to be known of somebody in line to say whether rules of his queue concern him.
type InLine struct {
	ID     ID
	Tenant tenant.ID
	Queue  queue.ID
	Seq    int       // of the segment
	Since  time.Time // in this queue
	Closes bool      // MayClose
	Coming bool      // nobody was asked to take him yet, and no leader has put him here
	Done   int       // how many rules were carried out for him

	may      bool // MayOverflow
	answered bool
	done     []string
}

// InLine is of who is OnLine.
func (s State) InLine() InLine {
	return InLine{
		ID: s.ID, Tenant: s.Arrival.Tenant, Queue: s.Segment.Rules.Queue, Seq: s.Segment.Seq, Since: s.Segment.Queued,
		Closes: s.MayClose(), Coming: s.Segment.Missed == 0 && s.PlacedBy == "", Done: len(s.Overflowed),
		may: s.MayOverflow(), answered: !s.Answered.IsZero(), done: s.Overflowed,
	}
}

// Overflows says whether a rule with this act is for a customer: each is once in a queue, and who has talked with an agent
// already is sent to other queues only.
func (l InLine) Overflows(a queue.Act) bool { return l.overflows(a.Do, a.String()) }

func (l InLine) overflows(do queue.Do, act string) bool {
	return l.may && (!l.answered || do == queue.OtherQueue) && !slices.Contains(l.done, overflown(l.Queue, act))
}

func overflown(q queue.ID, act string) string { return string(q) + " " + act }

// decideOverflowed carries a rule out.
func decideOverflowed(s State, in Overflowed) ([]Event, []Effect, error) {
	here := s.Segment.Rules
	if !s.OnLine() || here.Queue != in.From || !s.InLine().overflows(queue.Do(in.Do), in.Act) {
		return nil, nil, ErrLate
	}
	e := EventOverflowed{When: in.When, Act: in.Act, Do: in.Do, Rules: here, Flow: in.Flow, Number: in.Number}
	switch queue.Do(in.Do) {
	case queue.CallBack: // he stays in line until he says yes
		return []Event{e}, []Effect{StartFlow{Flow: in.Flow, Waiting: true}}, nil
	case queue.OtherQueue:
		if in.To.Queue == here.Queue || in.To.Queue == "" {
			return nil, nil, ErrLate
		}
		e.To = in.To.Queue
		return sentToQueue(s, e, in.To)
	}
	return sentToFlow(e, in.Flow)
}

// applyOverflowed folds it.
func applyOverflowed(s State, e EventOverflowed, at time.Time) State {
	s.Overflowed = append(slices.Clone(s.Overflowed), overflown(e.Rules.Queue, e.Act))
	if queue.Do(e.Do) == queue.CallBack {
		return s
	}
	return leaveLine(s, SentOn{Rules: e.Rules, Number: e.Number, Overflow: true}, OverflowedOut, e.Flow, at)
}
