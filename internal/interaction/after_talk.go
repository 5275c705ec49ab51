package interaction

import (
	"context"
	"hash/fnv"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// AfterTalk is the flow that takes a customer when his agent has hung up, to ask him about the talk. The zero value is none.
type AfterTalk struct {
	Flow  string `json:"flow"`
	Share int    `json:"share"`          // of so many customers in a hundred, by chance
	Days  int    `json:"days,omitempty"` // a number at most once in so many days; 0: every time
}

// Kept is the talk after which the customer was kept on the line.
type Kept struct {
	Segment int  // the talk's; 0: he was not kept
	On      bool // the flow for that has him: for all else the interaction is over
}

// Scale is how a question is answered.
type Scale string

// The scales.
const (
	Five  Scale = "five"   // 1 to 5, the best
	Ten   Scale = "ten"    // 0 to 10, the best: would he recommend us
	YesNo Scale = "yes_no" // 1: yes, 0: no
)

// Bounds are the lowest and the highest score; false: there is no such scale.
func (s Scale) Bounds() (low, high int, ok bool) {
	switch s {
	case Five:
		return 1, 5, true
	case Ten:
		return 0, 10, true
	case YesNo:
		return 0, 1, true
	}
	return 0, 0, false
}

// Low says whether a score is a bad one: 1 or 2 of five, 0 to 6 of ten, no.
func (s Scale) Low(score int) bool {
	switch s {
	case Five:
		return score <= 2
	case Ten:
		return score <= 6
	}
	return score == 0
}

// Answer is what a customer has answered to a question.
type Answer struct {
	Question string
	Scale    Scale
	Score    int
}

// MaxQuestion is how long a question's key may be, in bytes.
const MaxQuestion = 64

// SurveyAnswered is a customer's answer to a flow's question. The same question again replaces the answer.
type SurveyAnswered struct {
	Node     string // that has asked
	Question string // the key by which answers are counted
	Scale    Scale
	Score    int
	// At and Way are where and by which way the flow goes on after a restart, as in FlowWaits; empty: as if he had
	// not answered.
	At, Way string
}

// AskDue tells that the customer was not asked within so many days.
type AskDue struct{ Days int }

func (SurveyAnswered) input() {}
func (AskDue) input()         {}

// LookUpAsked finds out whether a number was asked since then; AskDue follows when it was not.
type LookUpAsked struct {
	Address string
	Since   time.Time
	Days    int
}

func (LookUpAsked) effect() {}

// EventCustomerKept tells that the agent has hung up and the customer stays on the line for a flow.
type EventCustomerKept struct {
	Agent  access.UserID `json:"agent"`
	Flow   string        `json:"flow"`
	Reason string        `json:"reason,omitempty"` // as of EventAgentHungUp, as the next
	Review bool          `json:"review,omitempty"`
}

// Kind implements Event.
func (EventCustomerKept) Kind() string { return "customer_kept" }

// EventAskDue tells that the customer was not asked within so many days, and may be.
type EventAskDue struct {
	Days int `json:"days"`
}

// Kind implements Event.
func (EventAskDue) Kind() string { return "survey_due" }

// EventSurveyAnswered is an answer.
type EventSurveyAnswered struct {
	Node     string `json:"node,omitempty"`
	Question string `json:"question"`
	Scale    Scale  `json:"scale"`
	Score    int    `json:"score"`
	At       string `json:"restore,omitempty"` // see SurveyAnswered
	Way      string `json:"way,omitempty"`
}

// Kind implements Event.
func (EventSurveyAnswered) Kind() string { return "survey_answered" }

// mayAsk says whether the talk is one customers are asked about, all but for how often.
func (s State) mayAsk() bool {
	switch s.Phase {
	case Connected, Interrupted:
	default:
		return false
	}
	a := s.Segment.Rules.After
	return a.Flow != "" && s.HasCustomer() && !s.Outbound() && !s.Secret && s.Kept.Segment == 0 && drawn(s.ID, a.Share)
}

// AsksAfter says whether the customer is kept on the line, to be asked about the talk, if the agent hangs up now.
func (s State) AsksAfter() bool {
	return s.mayAsk() && (s.Segment.Rules.After.Days == 0 || s.Due == s.Segment.Rules.After.Days)
}

// drawn says whether an interaction is among so many of a hundred. It is always the same for one.
func drawn(id ID, percent int) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return int(h.Sum32()%100) < percent
}

// lookedUp are the effects that find out how often a customer was asked, where that counts. Who hides his number
// cannot be looked up, and is not asked there.
func (s State) lookedUp(now time.Time) []Effect {
	days := s.Segment.Rules.After.Days
	if days == 0 || s.Due == days || s.Arrival.CustomerAddress == "" || !s.mayAsk() {
		return nil
	}
	return []Effect{LookUpAsked{Address: s.Arrival.CustomerAddress, Since: now.AddDate(0, 0, -days), Days: days}}
}

// kept lets the agent go and leaves the customer to the flow that asks him.
func kept(s State, in AgentHungUp, review bool, now time.Time) ([]Event, []Effect, error) {
	gone, effects := endParties(s)
	if s.Prompt != "" {
		effects = append(effects, StopPrompt{})
	}
	begun, goes := handsOver(s, now)
	after := s.Segment.Rules.After
	events := append(append(gone, begun...), EventCustomerKept{Agent: s.Agent, Flow: after.Flow, Reason: in.Reason, Review: review})
	effects = append(append(effects, StopTimer{InterruptTimer}, StopTimer{RecordingTimer}), goes...)
	return events, append(effects, StopRecording{}, Arrange{}, StartFlow{Flow: after.Flow}), nil
}

// endedAs is the cause of an end in a flow: after the talk, who had ended that.
func (s State) endedAs(c Cause, detail string) EventEnded {
	if s.Kept.On {
		return EventEnded{Cause: ByAgent}
	}
	return EventEnded{c, detail}
}

// decideAsked serves what a flow's questions led to; false: it is about something else.
func decideAsked(s State, in Input) ([]Event, []Effect, error, bool) {
	switch in := in.(type) {
	case AskDue:
		if !s.mayAsk() || in.Days == s.Due {
			return nil, nil, ErrLate, true
		}
		return []Event{EventAskDue(in)}, nil, nil, true
	case SurveyAnswered:
		if !s.Open() || !s.HasCustomer() || s.Secret {
			return nil, nil, ErrLate, true
		}
		low, high, ok := in.Scale.Bounds()
		if !ok || in.Score < low || in.Score > high || in.Question == "" || len(in.Question) > MaxQuestion {
			return nil, nil, fault.OneField("score", fault.OutOfRange, "This is no answer to the question."), true
		}
		return []Event{EventSurveyAnswered(in)}, nil, nil, true
	}
	return nil, nil, nil, false
}

// applyAsked folds the events of this file.
func applyAsked(s State, event Event, at time.Time) State {
	switch e := event.(type) {
	case EventAskDue:
		s.Due = e.Days
	case EventSurveyAnswered:
		s.Answers = append(slices.DeleteFunc(slices.Clone(s.Answers), func(a Answer) bool { return a.Question == e.Question }),
			Answer{e.Question, e.Scale, e.Score})
		if e.At != "" && s.Phase == InFlow {
			s.FlowAt, s.FlowWay = e.At, e.Way
		}
	case EventCustomerKept:
		s = closeSegment(endTalk(s), at)
		s.HangUp = HangUp{Agent: e.Agent, Reason: e.Reason, Review: e.Review}
		s.Kept = Kept{Segment: s.Segment.Seq, On: true}
		s.Flow, s.FlowAt, s.FlowWay = e.Flow, "", ""
		return enter(s, InFlow, at)
	}
	return s
}

// unkept is for a customer who came to a line from the flow that asked him: what his agent has written is about
// the talk before.
func unkept(s State) State {
	if !s.Kept.On {
		return s
	}
	s.Kept.On = false
	if slices.ContainsFunc(s.Handovers, func(h Handover) bool { return h.Segment.Seq == s.Kept.Segment }) {
		s.Disposition, s.Note = "", ""
	}
	return s
}

// putAsked writes what the events of this file say.
func putAsked(tx *db.Tx, s State, r Recorded) error {
	a := s.Arrival
	switch e := r.Event.(type) {
	case EventCustomerKept:
		_, err := tx.Exec(`INSERT INTO survey (tenant_id, interaction_id, seq, address, asked_ms) VALUES ($1, $2, $3, $4, $5)`,
			a.Tenant, s.ID, s.Kept.Segment, a.CustomerAddress, db.Millis(r.At))
		return err
	case EventSurveyAnswered:
		g := given(s, e, r.At)
		_, err := tx.Exec(`INSERT INTO answer (tenant_id, interaction_id, question, seq, project_id, queue_id, agent_id, scale, score, at_ms)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (tenant_id, interaction_id, question) DO UPDATE SET seq = excluded.seq, queue_id = excluded.queue_id,
				agent_id = excluded.agent_id, scale = excluded.scale, score = excluded.score, at_ms = excluded.at_ms`,
			a.Tenant, s.ID, g.Question, g.Segment, g.Project, g.Queue, g.Agent, string(g.Scale), g.Score, db.Millis(g.At))
		if err != nil || !s.Kept.On {
			return err
		}
		_, err = tx.Exec(`UPDATE survey SET answered = TRUE WHERE tenant_id = $1 AND interaction_id = $2 AND NOT answered`, a.Tenant, s.ID)
		return err
	}
	return nil
}

// asked says whether a number was asked about a talk since then.
func (st *Store) asked(ctx context.Context, t tenant.ID, address string, since time.Time) (yes bool, err error) {
	err = st.db.Read(ctx, func(tx *db.Tx) error {
		n, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM survey WHERE tenant_id = $1 AND address = $2 AND asked_ms >= $3`,
			t, address, db.Millis(since))
		yes = n > 0
		return err
	})
	return yes, err
}

// loggedAsked is in the log, which tests read: nothing else comes of such a look-up.
const loggedAsked = "customer is not asked about the talk: he was lately"

// lookUpAsked finds out, beside the actor, whether the customer was asked lately. When that cannot be found out he
// is not asked.
func (a *actor) lookUpAsked(e LookUpAsked) {
	t := a.state.Arrival.Tenant
	a.reg.wg.Go(func() {
		switch asked, err := a.reg.store.asked(a.reg.ctx, t, e.Address, e.Since); {
		case err != nil:
			a.log.Warn("customer is not asked about the talk: cannot find out whether he was lately", "error", err)
		case !asked:
			a.box.Put(message{in: AskDue{e.Days}})
		default:
			a.log.Debug(loggedAsked)
		}
	})
}
