package desk

import (
	"context"
	"errors"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/disposition"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/queue"
)

// User is who sits at a desk.
type User struct {
	ID    access.UserID
	Name  string
	Role  access.Role
	Phone string // browser, sip or outside
	// AutoAnswer lets the client accept offers by itself.
	AutoAnswer bool
	// Session tells this sign-in from others of the same user: a phone check counts for it only.
	Session string
}

// Ports are what a desk asks of others.
type Ports struct {
	Board *live.Board
	// Ask gives an input to an interaction and waits for the verdict.
	Ask     func(context.Context, interaction.ID, interaction.Input) error
	Phones  Phones
	Agents  Agents
	Control Control
	Notices Notices
	// Disposition finds a disposition that can be chosen.
	Disposition func(context.Context, disposition.ID) (*disposition.Disposition, error)
	// Version of the server, shown to users.
	Version string
	// Draining says that the center is closing down.
	Draining func() bool
}

// Phones are the agents' browsers as phones; edge/voice has them.
type Phones interface {
	// Connect takes a browser's offer for an interaction in hand and gives the answer.
	Connect(ctx context.Context, user access.UserID, id interaction.ID, offer string) (string, error)
	// Check gives the answer to a loop call.
	Check(ctx context.Context, user access.UserID, offer string) (string, error)
}

// Notices are what leaders write to agents.
type Notices interface {
	// Notices are those that reach a user now, the last written first.
	Notices(context.Context, access.UserID) ([]NoticeView, error)
	// Mark notes that a user has read, or confirmed, a revision of one.
	Mark(ctx context.Context, user access.UserID, notice string, revision int64, confirm bool) error
}

// Agents keep statuses and phone checks.
type Agents interface {
	// SetStatus records what the agent chose at the desk of this sign-in.
	SetStatus(ctx context.Context, user access.UserID, session, status, reason string) error
	// Present tells whether somebody sits at the agent's desk.
	Present(user access.UserID, here bool)
	// CheckValid says whether this sign-in has passed the phone check lately.
	CheckValid(user access.UserID, session string) bool
	// MayCall refuses who lacks the phone check, where it is insisted on.
	MayCall(user access.UserID, session string) error
	// CheckDone judges and records a phone check.
	CheckDone(ctx context.Context, user access.UserID, session string, result Check) error
	// Opened tells which sign-in has opened a desk, before Present.
	Opened(user access.UserID, session string)
}

// Session is one open desk: a browser tab. Do and Next may be called by different goroutines, each
// by one at a time.
type Session struct {
	hub  *Hub
	user User
	sub  *live.Subscription
	now  live.Snapshot
	kick chan string   // a notice's code, or closing
	news chan struct{} // what leaders have written is to be read anew
}

// Hello is the first change.
func (s *Session) Hello() Change {
	return Change{Kind: ChgHello, Hello: &Hello{
		Now: time.Now().UnixMilli(), User: string(s.user.ID), Name: s.user.Name, Role: string(s.user.Role),
		Phone: s.user.Phone, AutoAnswer: s.user.AutoAnswer, CheckValid: s.checkValid(), Version: s.hub.ports.Version,
		Me: s.now.Me, Work: s.now.Work, Day: s.now.Day,
		MayMonitor: access.May(s.user.Role, access.Monitor),
	}}
}

// First are the changes that follow hello.
func (s *Session) First() []Change {
	var all []Change
	if len(s.now.Queues) > 0 {
		all = append(all, Change{Kind: ChgQueues, Queues: s.now.Queues})
	}
	return append(all, Change{Kind: ChgParked, Parked: s.now.Parked})
}

// Next waits for changes.
func (s *Session) Next(ctx context.Context) ([]Change, error) {
	select {
	case <-s.sub.Wake():
		return changes(s.sub.Take()), nil
	case code := <-s.kick:
		return []Change{{Kind: ChgNotice, Notice: &Notice{Level: "info", Code: code, Text: noticeText(code)}}}, nil
	case <-s.news:
		return s.notices(ctx)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// newsAgain is how long after a failure notices are read again.
const newsAgain = 2 * time.Second

// notices reads what leaders have written to the user.
func (s *Session) notices(ctx context.Context) ([]Change, error) {
	all, err := s.hub.ports.Notices.Notices(ctx, s.user.ID)
	if err == nil {
		return []Change{{Kind: ChgNotices, Notices: all}}, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s.hub.log.Error("notices not read", "agent", s.user.ID, "error", err)
	time.AfterFunc(newsAgain, s.look)
	return nil, nil
}

// look has the notices read again.
func (s *Session) look() {
	select {
	case s.news <- struct{}{}:
	default: // somebody is about to
	}
}

func noticeText(code string) string {
	switch code {
	case "other_tab":
		return "Linekeeper is open in another tab too. Calls ring in both; use one of them."
	case "callback_soon":
		return "You have promised to call a customer back soon: see Callbacks."
	case "draining":
		return "The center is closing down. Running calls can be finished; no new ones come."
	}
	return code
}

func changes(c live.Changes) []Change {
	var out []Change
	if c.Me != nil {
		out = append(out, Change{Kind: ChgMe, Me: c.Me})
	}
	for id, why := range c.Gone {
		out = append(out, Change{Kind: ChgGone, Gone: string(id), Why: why})
	}
	for i := range c.Work {
		out = append(out, Change{Kind: ChgWork, Work: &c.Work[i]})
	}
	if len(c.Queues) > 0 {
		out = append(out, Change{Kind: ChgQueues, Queues: c.Queues})
	}
	if len(c.Agents) > 0 {
		out = append(out, Change{Kind: ChgAgents, Agents: c.Agents})
	}
	if c.Parked != nil {
		out = append(out, Change{Kind: ChgParked, Parked: *c.Parked})
	}
	if c.Line != nil {
		out = append(out, Change{Kind: ChgLine, Line: c.Line})
	}
	if c.Helps != nil {
		out = append(out, Change{Kind: ChgHelps, Helps: *c.Helps})
	}
	if c.Asks != nil {
		out = append(out, Change{Kind: ChgAsks, Asks: *c.Asks})
	}
	if c.Alerts != nil {
		out = append(out, Change{Kind: ChgAlerts, Alerts: *c.Alerts})
	}
	if c.Day != nil {
		out = append(out, Change{Kind: ChgDay, Day: c.Day})
	}
	return out
}

// Do carries out a command and gives its reply. What the user may not do is refused here; whether it
// fits the moment is decided by the interaction.
func (s *Session) Do(ctx context.Context, c Command) Change {
	reply := &Reply{ID: c.ID}
	if c.Kind == CmdDial {
		id, err := s.dial(ctx, c)
		if reply.Interaction = string(id); err != nil {
			reply.Error = wireError(err)
		}
		return Change{Kind: ChgReply, Reply: reply}
	}
	sdp, err := s.do(ctx, c)
	reply.SDP = sdp
	if c.Kind == CmdCallLines && err == nil {
		reply.CallLines = s.hub.ports.Control.CallLines(s.user.ID)
	}
	if c.Kind == CmdTargets && err == nil {
		targets := s.hub.ports.Control.Targets()
		reply.Targets = &targets
	}
	if c.Kind == CmdPlayable && err == nil {
		var all Playable
		if all, err = s.hub.ports.Control.Playable(ctx); err == nil {
			reply.Playable = &all
		}
	}
	if err != nil {
		reply.Error = wireError(err)
	}
	return Change{Kind: ChgReply, Reply: reply}
}

func (s *Session) do(ctx context.Context, c Command) (sdp string, err error) {
	me, id := s.user.ID, interaction.ID(c.Interaction)
	ask := func(in interaction.Input) error { return s.hub.ports.Ask(ctx, id, in) }
	switch c.Kind {
	case CmdPing:
		return "", nil
	case CmdWatchBoard, CmdUnwatchBoard, CmdWatchLine:
		if !access.May(s.user.Role, access.SeeLive) {
			return "", fault.Denied.New("The board is for supervisors.")
		}
		if c.Kind == CmdWatchLine {
			s.sub.WatchLine(queue.ID(c.Queue))
			return "", nil
		}
		s.sub.WatchBoard(c.Kind == CmdWatchBoard)
		return "", nil
	case CmdNoticeRead, CmdNoticeConfirm:
		err := s.hub.ports.Notices.Mark(ctx, me, c.Notice, c.Revision, c.Kind == CmdNoticeConfirm)
		if code := fault.SaidOf(err).Code; err != nil && code != "" {
			err = &Refused{Code: code, Err: err}
		}
		return "", err
	}
	if !access.May(s.user.Role, access.WorkCalls) {
		return "", fault.Denied.New("Your role takes no calls.")
	}
	switch c.Kind {
	case CmdSetStatus:
		return "", s.hub.ports.Agents.SetStatus(ctx, me, s.user.Session, c.Status, c.Reason)
	case CmdConnectPhone:
		return s.hub.ports.Phones.Connect(ctx, me, id, c.SDP)
	case CmdTargets, CmdPlayable, CmdCallLines: // Do adds them to the reply
		return "", nil
	case CmdSaveDraft:
		return "", ask(interaction.DraftSaved{Agent: me, Disposition: disposition.ID(c.Disposition), Note: c.Note})
	case CmdFinish:
		in := interaction.Disposed{Agent: me, Disposition: disposition.ID(c.Disposition), Note: c.Note}
		if in.Disposition != "" {
			if in.Chosen, err = s.hub.ports.Disposition(ctx, in.Disposition); err != nil {
				return "", err
			}
		}
		return "", ask(in)
	case CmdExtendWrapUp:
		return "", ask(interaction.WrapUpExtended{Agent: me})
	case CmdCheckPhone:
		return s.hub.ports.Phones.Check(ctx, me, c.SDP)
	case CmdCheckDone:
		if c.Check == nil {
			return "", fault.OneField("check", fault.Required, "Send the results of the check.")
		}
		return "", s.hub.ports.Agents.CheckDone(ctx, me, s.user.Session, *c.Check)
	}
	in, err := ControlInput(ctx, s.hub.ports.Control, me, s.user.Role, c)
	if err != nil {
		return "", err
	}
	return "", ask(in)
}

// dial calls a customer.
func (s *Session) dial(ctx context.Context, c Command) (interaction.ID, error) {
	if !access.May(s.user.Role, access.WorkCalls) {
		return "", fault.Denied.New("Your role takes no calls.")
	}
	if err := s.hub.ports.Agents.MayCall(s.user.ID, s.user.Session); err != nil {
		return "", err
	}
	return s.hub.ports.Control.Dial(ctx, s.user.ID, queue.ID(c.Queue), c.Number, interaction.ID(c.Interaction))
}

func (s *Session) checkValid() bool {
	return s.user.Phone != "browser" || s.hub.ports.Agents.CheckValid(s.user.ID, s.user.Session)
}

// ErrPhoneAway refuses a status: the agent's SIP phone is not registered.
var ErrPhoneAway = errors.New("phone not registered")

// Refused is why a call cannot be made, or a notice not be confirmed; Code selects the translated sentence. Err is what the API says.
type Refused struct {
	Code string // dial_number, dial_spent, dial_busy, dial_no_line, dial_in_hand, dial_offline, dial_no_queue, notice_changed, notice_over, notice_none
	Err  error
}

// Error implements error.
func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap gives the fault.
func (r *Refused) Unwrap() error { return r.Err }

// wireError turns an error into words for the user.
func wireError(err error) *Error {
	switch {
	case errors.Is(err, ErrPhoneAway):
		return &Error{Code: "phone_not_registered", Message: "Your SIP phone is not signed in. Switch it on and look at its settings; under My phone you see when it is there."}
	case errors.Is(err, interaction.ErrLate):
		return &Error{Code: "late", Message: "Too late: the call has moved on."}
	}
	e := &Error{Code: fault.KindOf(err).String(), Message: fault.Message(err)}
	var refused *Refused
	if errors.As(err, &refused) {
		e.Code = refused.Code
	}
	var not *agent.NotReady
	if errors.As(err, &not) {
		e.Code = "not_ready"
		if len(not.Because) == 1 && not.Because[0].Code == "phone_check" {
			e.Code = "phone_check_needed"
		}
		for _, h := range not.Because {
			e.Because = append(e.Because, Because{Code: h.Code, About: h.About, Name: h.Name, Text: h.Text})
		}
	}
	if f := fault.FieldsOf(err); len(f) > 0 {
		e.Field, e.Message = f[0].Path, f[0].Message
	}
	return e
}

// Close ends the session.
func (s *Session) Close() { s.hub.leave(s) }
