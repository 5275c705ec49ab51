// Package live keeps what screens show of the present: queues, agents, the interactions in hand,
// the day's figures. It is fed by committed events and by agents' status changes and invents
// nothing. Readers get a snapshot and then changes; who does not keep up is told to reload.
package live

import (
	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/sound"
)

// Instants in views are UTC milliseconds, 0 for none; the client counts seconds itself from the
// server's clock given at hello. Durations are milliseconds.

// QueueView is a queue on the board.
type QueueView struct {
	Queue        queue.ID `json:"queue"`
	Name         string   `json:"name"`
	Project      string   `json:"project"`       // the project's name
	Waiting      int      `json:"waiting"`       // customers on the line
	LongestSince int64    `json:"longest_since"` // the longest waiting began then
	TargetMs     int64    `json:"target_ms"`
	TargetShare  float64  `json:"target_share"` // 0..1
	Offered      int      `json:"offered"`      // today, as the other counts
	Answered     int      `json:"answered"`
	InTime       int      `json:"in_time"`
	Abandoned    int      `json:"abandoned"`
	Short        int      `json:"short"`
	Agents       int      `json:"agents"`    // members on duty: available, on break with work, or talking
	Available    int      `json:"available"` // of these, ready for the next one
	Staff        int      `json:"staff"`     // who serves it, on duty or not
	// Customers on the line whom nobody of the staff can take; of the longest waiting the skill's id and the level that nobody has,
	// empty where it is no one skill.
	Unserved  int    `json:"unserved"`
	LackSkill string `json:"lack_skill"`
	LackLevel int    `json:"lack_level"`
	// What who comes now has to expect, as customers are told it.
	WaitKnown  bool  `json:"wait_known"`   // false: nothing can be said, because no agent is there or nobody waited yet
	WaitNone   bool  `json:"wait_none"`    // somebody is free for him
	WaitLowMs  int64 `json:"wait_low_ms"`  // 0: only less than wait_high_ms is known
	WaitHighMs int64 `json:"wait_high_ms"` // 0: only more than wait_low_ms is known
	// How far what was expected was off, in percent of the real waits, over the last answers (20 at most);
	// of 0: nobody waited yet.
	WaitErrorPct int `json:"wait_error_pct"`
	WaitErrorOf  int `json:"wait_error_of"`
	// Customers who left the line to be called back, those who are being called too.
	Callbacks      int   `json:"callbacks"`
	CallbacksSince int64 `json:"callbacks_since"` // the one who waits longest does since then
	// Those who asked for it today, and the median of the time from asking to the talk.
	CallbacksAsked   int   `json:"callbacks_asked"`
	CallbacksReached int   `json:"callbacks_reached"`
	CallbackDelayMs  int64 `json:"callback_delay_ms"` // 0: nobody has talked yet
	Messages         int   `json:"messages"`          // left by customers, and no agent has them yet
	Tasks            int   `json:"tasks"`             // that may be begun, and no agent has them yet
	TasksOverdue     int   `json:"tasks_overdue"`     // of these
}

// Activity is what an agent is doing, computed.
type Activity string

// The activities.
const (
	Idle        Activity = "idle"
	BeingAsked  Activity = "offered"
	Connecting  Activity = "connecting"
	Talking     Activity = "talking"
	Interrupted Activity = "interrupted"
	WrappingUp  Activity = "wrapping_up"
	Monitoring  Activity = "monitoring" // a supervisor who takes part in a talk
)

// AgentView is an agent on the board.
type AgentView struct {
	Agent         access.UserID  `json:"agent"`
	Name          string         `json:"name"`
	Status        string         `json:"status"` // available, break, offline
	Reason        string         `json:"reason"`
	StatusSince   int64          `json:"status_since"`
	StatusUntil   int64          `json:"status_until"` // a break ends by itself then; 0: it does not
	SetBy         string         `json:"set_by"`       // the name of who else set the status; empty: the agent, or the system
	Activity      Activity       `json:"activity"`
	ActivitySince int64          `json:"activity_since"`
	Interaction   interaction.ID `json:"interaction"` // in hand; empty: none
	Queues        []queue.ID     `json:"queues"`
	Quality       sound.Trouble  `json:"quality"`    // what is wrong with the sound of the talk; empty: nothing
	Phone         string         `json:"phone"`      // what the agent is called on: browser, sip, outside
	PhoneAway     bool           `json:"phone_away"` // it cannot be called now: no SIP phone is registered
	Shift         ShiftView      `json:"shift"`
}

// WorkView is an interaction in an agent's hand, as the desk shows it.
type WorkView struct {
	Interaction         interaction.ID `json:"interaction"`
	Phase               string         `json:"phase"`
	Channel             string         `json:"channel"`
	CustomerAddress     string         `json:"customer_address"`
	Customer            string         `json:"customer"` // id; empty: not known
	CustomerName        string         `json:"customer_name"`
	CenterAddress       string         `json:"center_address"`
	EntryName           string         `json:"entry_name"`
	Project             string         `json:"project"` // id
	ProjectName         string         `json:"project_name"`
	Queue               queue.ID       `json:"queue"`
	QueueName           string         `json:"queue_name"`
	Language            string         `json:"language"`      // of the customer
	Origin              string         `json:"origin"`        // inbound, callback, manual
	RingingSince        int64          `json:"ringing_since"` // of a customer who is called; 0: it does not ring
	Arrived             int64          `json:"arrived"`
	Queued              int64          `json:"queued"`
	OfferUntil          int64          `json:"offer_until"`
	Answered            int64          `json:"answered"`
	PhaseSince          int64          `json:"phase_since"`
	WrapUntil           int64          `json:"wrap_until"`
	WrapExtended        int            `json:"wrap_extended"`   // times, by the agent himself
	WrapExtensions      int            `json:"wrap_extensions"` // the most there may be; then leaders are asked
	MoreTime            string         `json:"more_time"`       // what became of asking: asked, granted, refused; empty: the agent has not
	MoreTimeBy          string         `json:"more_time_by"`    // the name of who answered
	Muted               bool           `json:"muted"`
	Codec               string         `json:"codec"` // the phone's codec to offer: PCMU, PCMA, G722 or opus
	DispositionRequired bool           `json:"disposition_required"`
	Disposition         string         `json:"disposition"`
	Note                string         `json:"note"`
	Recording           string         `json:"recording"`
	Quality             sound.Trouble  `json:"quality"` // what is wrong with the sound: poor_mine, poor_customer, silent_mine, silent_customer; empty: nothing
	// Encrypted says how far the talk is encrypted on the network: all, or mine, which is the agent's own
	// leg only; empty: not at all, or nobody is connected.
	Encrypted sound.Protection `json:"encrypted"`

	// Call control.
	Part                 Part          `json:"part"`
	Agent                access.UserID `json:"agent"` // who has it in hand
	AgentName            string        `json:"agent_name"`
	AgentHeld            bool          `json:"agent_held"` // by somebody else in the talk
	Held                 bool          `json:"held"`       // the customer was put on hold
	OnHold               bool          `json:"on_hold"`    // the customer hears music: held, or everybody is in the private talk
	CustomerMuted        bool          `json:"customer_muted"`
	CustomerHolds        bool          `json:"customer_holds"` // the customer put us on hold at his phone
	Side                 bool          `json:"side"`           // the agent is in the private talk
	Parties              []PartyView   `json:"parties"`
	TalkMs               int64         `json:"talk_ms"` // up to counted_at
	HoldMs               int64         `json:"hold_ms"`
	CountedAt            int64         `json:"counted_at"`
	RecordingPaused      string        `json:"recording_paused"`       // why; empty: it is not
	RecordingPausedUntil int64         `json:"recording_paused_until"` // goes on by itself then; 0: it does not
	RecordOnDemand       bool          `json:"record_on_demand"`
	Secret               bool          `json:"secret"`             // the customer enters secret digits
	SecretDigits         int           `json:"secret_digits"`      // how many so far
	Prompt               string        `json:"prompt"`             // the key of what is played into the talk; empty: nothing
	AgentMuted           bool          `json:"agent_muted"`        // who has it in hand
	Absent               []AbsentView  `json:"absent"`             // who was asked and did not come
	Notes                []NoteView    `json:"notes"`              // of agents who handed it over
	HangUpFrom           int64         `json:"hang_up_from"`       // the agent may end the call from then on; 0: always
	HangUpReason         bool          `json:"hang_up_reason"`     // the agent must say why
	Survey               bool          `json:"survey"`             // the customer is asked about the talk when the agent hangs up; in a part that is handed: he is asked now, or was
	MessageMs            int64         `json:"message_ms"`         // how long the message is that the customer left; 0: it is none
	AnswerBy             int64         `json:"answer_by"`          // a message's deadline; 0: it is none
	Callback             *CallbackView `json:"callback,omitempty"` // absent: the customer was not promised to be called back
	Task                 *TaskView     `json:"task,omitempty"`     // absent: it is none

	Insulted    bool      `json:"insulted"`       // the agent has said that the customer insults him: nothing keeps him from hanging up
	AbuseMayEnd bool      `json:"abuse_may_end"`  // saying so again ends the call with a farewell
	AbuseEnding bool      `json:"abuse_ending"`   // that is played now
	Help        *HelpView `json:"help,omitempty"` // absent: the agent has not called the leaders
}

// TaskView is what is to be done for the customer.
type TaskView struct {
	Number  int64          `json:"number"` // that people say aloud: T-1042
	Subject string         `json:"subject"`
	Text    string         `json:"text"`
	Due     int64          `json:"due"`
	Round   int            `json:"round"` // 1; more: it was opened again
	From    interaction.ID `json:"from"`  // the interaction in which it was made; empty: in none
	Own     bool           `json:"own"`   // it is for this agent alone
}

// CallbackView is a promise to call the customer back, which the agent is asked to keep.
type CallbackView struct {
	Callback string         `json:"callback"` // its id
	First    interaction.ID `json:"first"`    // in which it was promised
	Since    int64          `json:"since"`    // the customer waits since then
	Attempt  int            `json:"attempt"`  // 1 for the first call
	Note     string         `json:"note"`     // of the agent who has promised it; may be empty
}

// Part is what somebody is in an interaction.
type Part string

// The parts.
const (
	PartAgent   Part = "agent"   // has it in hand
	PartParty   Part = "party"   // was asked to the talk
	PartMonitor Part = "monitor" // monitors it
	PartHanded  Part = "handed"  // handed it over and wraps up
)

// PartyView is somebody in a talk besides the customer and the agent who has it in hand.
type PartyView struct {
	Party     string        `json:"party"`
	Kind      string        `json:"kind"` // agent, outside, supervisor
	User      access.UserID `json:"user"`
	Name      string        `json:"name"`
	Address   string        `json:"address"`
	QueueName string        `json:"queue_name"` // somebody of this queue was asked
	State     string        `json:"state"`      // seeking, ringing, connecting, up
	Since     int64         `json:"since"`
	Mode      string        `json:"mode"` // listen, whisper, barge
	Side      bool          `json:"side"` // in the private talk
	Held      bool          `json:"held"`
	Muted     bool          `json:"muted"`
	Mine      bool          `json:"mine"` // the one who looks
	By        string        `json:"by"`   // the name of who asked
}

// AbsentView is somebody who was asked to a talk and did not come.
type AbsentView struct {
	Party     string        `json:"party"`
	Kind      string        `json:"kind"` // agent, outside
	User      access.UserID `json:"user"`
	Name      string        `json:"name"`
	Address   string        `json:"address"`
	Queue     queue.ID      `json:"queue"`
	QueueName string        `json:"queue_name"`
	Reason    string        `json:"reason"` // busy, no_answer, declined, not_free, nobody_free, phone, wrong_number, unreachable, not_allowed, spent, no_line, restarted
	At        int64         `json:"at"`
}

// NoteView is what an agent who handed the customer over wrote about his part.
type NoteView struct {
	Agent access.UserID `json:"agent"`
	Name  string        `json:"name"`
	Note  string        `json:"note"`
	At    int64         `json:"at"` // handed over
}

// ParkedView is a customer who waits for somebody to pick up.
type ParkedView struct {
	Interaction     interaction.ID `json:"interaction"`
	CustomerAddress string         `json:"customer_address"`
	CustomerName    string         `json:"customer_name"`
	Queue           queue.ID       `json:"queue"`
	QueueName       string         `json:"queue_name"`
	By              access.UserID  `json:"by"`
	ByName          string         `json:"by_name"`
	Since           int64          `json:"since"`
	Until           int64          `json:"until"` // the alarm, or the return to the queue
	Alarm           bool           `json:"alarm"`
}

// DayView is an agent's own day.
type DayView struct {
	Calls    int   `json:"calls"`
	TalkMs   int64 `json:"talk_ms"`
	WrapUpMs int64 `json:"wrap_up_ms"`
	Missed   int   `json:"missed"`
	// What customers answered on a scale of 1 to 5.
	Ratings   int   `json:"ratings"`
	RatingSum int   `json:"rating_sum"`
	HoldMs    int64 `json:"hold_ms"`
	// Handled are the calls that are over, wrap-up too, manual ones aside; HandledMs is their talk, hold and wrap-up.
	Handled   int   `json:"handled"`
	HandledMs int64 `json:"handled_ms"`
}
