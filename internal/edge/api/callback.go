package api

import (
	"context"
	"encoding/base64"
	"time"

	"linekeeper/internal/callback"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/report"
)

// Callbacks changes promises to call customers back; each change is noted.
type Callbacks interface {
	// Cancel ends one; why is in the words of who does, and may be empty.
	Cancel(ctx context.Context, by callback.By, id callback.ID, why string) error
	// Promise makes one for the customer of an interaction in the asker's hand; own: it is his at its time.
	Promise(ctx context.Context, by callback.By, id interaction.ID, w callback.Word, own bool) (callback.ID, error)
	Move(ctx context.Context, by callback.By, id callback.ID, at time.Time) error
	Reopen(context.Context, callback.By, callback.ID) error
}

type listCallbacksInput struct {
	State   string `query:"state" enum:"open,over" doc:"open: not over; over: reached, given up or cancelled; absent: both"`
	Queue   string `query:"queue" maxLength:"64" doc:"Id"`
	Project string `query:"project" maxLength:"64" doc:"Id"`
	From    int64  `query:"from" minimum:"0" doc:"UTC milliseconds; asked for since then. Open ones are always in; 0: the last seven days"`
	Cursor  string `query:"cursor" maxLength:"400" doc:"Where the last page ended"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

// Callback is a promise to call a customer back.
type Callback struct {
	ID            string `json:"id"`
	State         string `json:"state" enum:"waiting,calling,resting,reached,given_up,cancelled" doc:"waiting: has a place in line; calling: an agent is asked, or the customer is called; resting: in line again at next_ms"`
	Number        string `json:"number" doc:"What is called"`
	CustomerID    string `json:"customer_id" doc:"Who asked for it; empty: not known"`
	CustomerName  string `json:"customer_name"`
	QueueID       string `json:"queue_id"`
	QueueName     string `json:"queue_name"`
	ProjectID     string `json:"project_id"`
	ProjectName   string `json:"project_name"`
	Language      string `json:"language"`
	SinceMs       int64  `json:"since_ms" doc:"The customer waits since then"`
	AskedMs       int64  `json:"asked_ms"`
	NextMs        int64  `json:"next_ms" doc:"Not called before; 0: when it is his turn"`
	SlotMs        int64  `json:"slot_ms" doc:"The time that was chosen for the call; 0: when it is his turn"`
	EndedMs       int64  `json:"ended_ms" doc:"0: open"`
	Attempts      int    `json:"attempts" doc:"Calls in vain"`
	Why           string `json:"why" doc:"How the last call failed: busy, no_answer, declined, wrong_number, unavailable, carrier, cancelled; of cancelled: customer, agent, supervisor, administrator, system; empty: nothing yet"`
	InteractionID string `json:"interaction_id" doc:"In which it was asked for"`
	LastID        string `json:"last_id" doc:"The interaction of the latest call; empty: none yet"`
	OwnID         string `json:"own_id" doc:"The agent whose it is at its time; empty: everybody's of the queue"`
	OwnName       string `json:"own_name"`
	ByID          string `json:"by_id" doc:"The agent who has promised it; empty: the customer asked for it himself"`
	Note          string `json:"note" doc:"Of the agent who has promised it"`
	Reason        string `json:"reason" doc:"Why it was cancelled, in the words of who did"`
	TimeZone      string `json:"time_zone" doc:"IANA name: where the customer's number is from; empty: its country has several times, or is not known"`
}

type callbacksOutput struct {
	Body List[Callback]
}

type callbackInput struct {
	ID string `path:"id" maxLength:"64"`
}

type cancelCallbackInput struct {
	ID  string `path:"id" maxLength:"64"`
	Why string `query:"why" maxLength:"1000" doc:"In the words of who cancels; may be empty"`
}

type promiseCallbackInput struct {
	Body struct {
		InteractionID string `json:"interaction_id" maxLength:"64" doc:"In the asker's hand"`
		QueueID       string `json:"queue_id,omitempty" maxLength:"64" doc:"Empty: the interaction's"`
		Number        string `json:"number,omitempty" maxLength:"64" doc:"Empty: the customer's"`
		AtMs          int64  `json:"at_ms" minimum:"1" doc:"UTC milliseconds; within 90 days"`
		Note          string `json:"note,omitempty" maxLength:"1000"`
		Own           bool   `json:"own,omitempty" doc:"At its time it is offered to the asker alone, and to everybody after the project's grace"`
	}
}

type moveCallbackInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		AtMs int64 `json:"at_ms" minimum:"0" doc:"UTC milliseconds; 0: as soon as it is his turn"`
	}
}

type callbackOutput struct {
	Body Callback
}

// recent is how far back callbacks that are over are listed when nothing is said.
const recent = 7 * 24 * time.Hour

func (s *server) listCallbacks(ctx context.Context, in *listCallbacksInput) (*callbacksOutput, error) {
	after, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil || !clean(string(after)) {
		return nil, fault.OneField("cursor", fault.Malformed, "This is not the cursor of an earlier page.")
	}
	f := callback.Filter{Open: in.State == "open", Over: in.State == "over", Queue: queue.ID(in.Queue), Project: project.ID(in.Project),
		Asked: db.Instant(in.From)}
	if in.From == 0 {
		f.Asked = time.Now().Add(-recent)
	}
	found, err := s.deps.Reports.Callbacks(ctx, viewerOf(ctx).reads(), f, db.Page{After: string(after), Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &callbacksOutput{List[Callback]{Items: []Callback{}}}
	for _, c := range found {
		out.Body.Items = append(out.Body.Items, shownCallback(c))
	}
	if len(found) == in.Limit {
		out.Body.Next = base64.RawURLEncoding.EncodeToString([]byte(found[len(found)-1].ID))
	}
	return out, nil
}

func shownCallback(c report.Callback) Callback {
	return Callback{ID: string(c.ID), State: string(c.State), Number: c.Number, CustomerID: string(c.Customer), CustomerName: c.CustomerName,
		QueueID: string(c.Queue), QueueName: c.QueueName, ProjectID: string(c.Project), ProjectName: c.ProjectName, Language: c.Language,
		SinceMs: db.Millis(c.Since), AskedMs: db.Millis(c.Asked), NextMs: db.Millis(c.Next), SlotMs: db.Millis(c.Slot), EndedMs: db.Millis(c.Ended),
		Attempts: c.Attempts, Why: c.Why, InteractionID: string(c.First), LastID: string(c.Last),
		OwnID: string(c.Own), OwnName: c.OwnName, ByID: string(c.By), Note: c.Note, Reason: c.Reason, TimeZone: number.Zone(c.Number, time.Now())}
}

func (s *server) cancelCallback(ctx context.Context, in *cancelCallbackInput) (*struct{}, error) {
	by, _, err := s.callbackOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Callbacks.Cancel(ctx, by, callback.ID(in.ID), in.Why)
}

func (s *server) promiseCallback(ctx context.Context, in *promiseCallbackInput) (*callbackOutput, error) {
	if s.deps.Callbacks == nil {
		return nil, fault.Unavailable.New("This server calls nobody back.")
	}
	v, b := viewerOf(ctx), in.Body
	w := callback.Word{Queue: queue.ID(b.QueueID), Number: b.Number, At: db.Instant(b.AtMs), Note: b.Note}
	id, err := s.deps.Callbacks.Promise(ctx, callback.By{Author: v.author(), Role: string(v.Role)}, interaction.ID(b.InteractionID), w, b.Own)
	if err != nil {
		return nil, err
	}
	return s.callbackNow(ctx, string(id))
}

func (s *server) moveCallback(ctx context.Context, in *moveCallbackInput) (*callbackOutput, error) {
	by, _, err := s.callbackOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.deps.Callbacks.Move(ctx, by, callback.ID(in.ID), db.Instant(in.Body.AtMs)); err != nil {
		return nil, err
	}
	return s.callbackNow(ctx, in.ID)
}

func (s *server) reopenCallback(ctx context.Context, in *callbackInput) (*callbackOutput, error) {
	by, _, err := s.callbackOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.deps.Callbacks.Reopen(ctx, by, callback.ID(in.ID)); err != nil {
		return nil, err
	}
	return s.callbackNow(ctx, in.ID)
}

// callbackNow is a callback after a change.
func (s *server) callbackNow(ctx context.Context, id string) (*callbackOutput, error) {
	_, c, err := s.callbackOf(ctx, id)
	return &callbackOutput{shownCallback(c)}, err
}

// callbackOf finds a callback the asker may see; NotFound: there is none, or it is in a queue he does not serve.
func (s *server) callbackOf(ctx context.Context, id string) (callback.By, report.Callback, error) {
	v := viewerOf(ctx)
	by := callback.By{Author: v.author(), Role: string(v.Role)}
	if s.deps.Callbacks == nil {
		return by, report.Callback{}, fault.Unavailable.New("This server calls nobody back.")
	}
	c, err := s.deps.Reports.Callback(ctx, v.reads(), callback.ID(id))
	return by, c, err
}
