// Package desk is the WebSocket of agents and supervisors: commands in, changes out. This file is
// the one typed list of both; the client's types are generated from it. One JSON object a message.
package desk

import "linekeeper/internal/live"

// Command is what the client asks for. The server answers each with a Reply of the same ID, in
// order. A command is idempotent where a repeat can happen (accept, finish).
type Command struct {
	ID   int64  `json:"id"`
	Kind string `json:"kind"` // see the Cmd constants

	Interaction string `json:"interaction,omitempty"`
	Status      string `json:"status,omitempty"`      // set_status: available, break, offline
	Reason      string `json:"reason,omitempty"`      // set_status: a break reason's key; hang_up: why the agent ends first; pause_recording: card, private
	SDP         string `json:"sdp,omitempty"`         // connect_phone, check_phone: the browser's offer
	On          bool   `json:"on,omitempty"`          // mute, hold, mute_party, record, pause_recording; consult: at once with the customer
	Digits      string `json:"digits,omitempty"`      // digits: 0-9 * # A-D
	Disposition string `json:"disposition,omitempty"` // save_draft, finish: its id
	Note        string `json:"note,omitempty"`        // save_draft, finish, help, help_say
	Check       *Check `json:"check,omitempty"`       // check_done

	Party    string  `json:"party,omitempty"`    // hold, mute_party, drop_party: customer, agent, p1 …; empty: the customer
	Target   *Target `json:"target,omitempty"`   // consult, transfer
	Mode     string  `json:"mode,omitempty"`     // monitor: listen, whisper, barge
	Prompt   string  `json:"prompt,omitempty"`   // play_prompt: its key
	Flow     string  `json:"flow,omitempty"`     // secret: the id of the flow that takes the digits
	Number   string  `json:"number,omitempty"`   // dial: as typed; empty: of the message
	At       int64   `json:"at,omitempty"`       // put_back: until when; 0: into the line at once
	Revision int64   `json:"revision,omitempty"` // notice_read, notice_confirm: the one that is shown
	Notice   string  `json:"notice,omitempty"`   // the same: its id
	Queue    string  `json:"queue,omitempty"`    // dial: the id of the queue called for; empty: the message's, or the first of call_lines; watch_line: its id
}

// The commands.
const (
	CmdSetStatus    = "set_status"
	CmdAccept       = "accept"
	CmdDecline      = "decline"
	CmdConnectPhone = "connect_phone" // audio for the interaction in hand; again after a reload
	CmdHangUp       = "hang_up"
	CmdMute         = "mute"
	CmdDigits       = "digits"
	CmdSaveDraft    = "save_draft"
	CmdFinish       = "finish"
	CmdExtendWrapUp = "extend_wrap_up"
	CmdCheckPhone   = "check_phone" // a loop call to ourselves: what the browser says comes back
	CmdCheckDone    = "check_done"
	CmdWatchBoard   = "watch_board" // supervisors: queues and agents follow as changes
	CmdUnwatchBoard = "unwatch_board"
	CmdWatchLine    = "watch_line" // supervisors: who waits in a queue follows as changes; without one nobody
	CmdPing         = "ping"

	CmdTargets        = "targets"         // the reply lists where calls can be sent
	CmdHold           = "hold"            // a party, with music
	CmdMuteParty      = "mute_party"      // nobody hears the party
	CmdConsult        = "consult"         // ask somebody, privately unless on
	CmdSwap           = "swap"            // between the customer and the private talk
	CmdMerge          = "merge"           // everybody together with the customer
	CmdLeave          = "leave"           // the others go on
	CmdDropParty      = "drop_party"      // a party's part is over
	CmdTransfer       = "transfer"        // without asking there first
	CmdPark           = "park"            // for anybody
	CmdPickUp         = "pick_up"         // a parked call
	CmdRecord         = "record"          // on demand
	CmdPauseRecording = "pause_recording" // it goes on by itself after 5 minutes
	CmdPlayable       = "playable"        // the reply lists prompts to play and flows that take secret digits
	CmdPlayPrompt     = "play_prompt"
	CmdStopPrompt     = "stop_prompt"
	CmdSecret         = "secret"     // the customer enters digits nobody else may know
	CmdSecretEnd      = "secret_end" // before he is ready
	CmdMonitor        = "monitor"
	CmdMonitorEnd     = "monitor_end"
	CmdTakeOver       = "take_over"
	CmdPutBack        = "put_back"   // a task in hand, for later, with a note; finish ends it
	CmdCallLines      = "call_lines" // the reply lists for which queues the agent may call customers
	CmdAbuse          = "abuse"      // the customer insults the agent; once more: the farewell, where it is allowed
	CmdHelp           = "help"       // call the leaders; note: a word for them
	CmdHelpTake       = "help_take"  // a leader cares
	CmdHelpSay        = "help_say"   // note: a line to the other
	CmdHelpClose      = "help_close" // it is over before the talk
	CmdNoticeRead     = "notice_read"
	CmdNoticeConfirm  = "notice_confirm"
	CmdDial           = "dial" // call a customer, without a call in hand; interaction: the message in hand that the call answers

	CmdMoreTime       = "more_time"        // ask the leaders for more wrap-up
	CmdMoreTimeAnswer = "more_time_answer" // a leader's answer; target: the agent, on: yes
)

// Check is the result of the phone check, step by step.
type Check struct {
	Permission  bool    `json:"permission"`
	Microphone  bool    `json:"microphone"`  // a level was seen
	LevelDB     float64 `json:"level_db"`    // loudest, relative to full scale
	Speaker     bool    `json:"speaker"`     // the agent heard the tone
	Loop        bool    `json:"loop"`        // the loop call brought audio back
	RoundTripMs float64 `json:"round_trip"`  // of the network
	InputName   string  `json:"input_name"`  // of the microphone
	OutputName  string  `json:"output_name"` // of the speaker

	NoiseDB  float64 `json:"noise_db"` // of the room while nobody spoke; 0: not measured
	JitterMs float64 `json:"jitter"`   // of the loop call, as the other two
	Loss     float64 `json:"loss"`     // 0 to 1
	Packets  int64   `json:"packets"`  // that came back
}

// Change is what the client is told. Exactly one of the optional parts belongs to each kind.
type Change struct {
	Kind string `json:"kind"` // see the Chg constants

	Reply   *Reply            `json:"reply,omitempty"`
	Hello   *Hello            `json:"hello,omitempty"`
	Me      *live.AgentView   `json:"me,omitempty"`
	Work    *live.WorkView    `json:"work,omitempty"`
	Gone    string            `json:"gone,omitempty"` // the interaction that left the agent's hand
	Why     string            `json:"why,omitempty"`  // gone: not_reached_ with busy, no_answer, declined, wrong_number, unavailable, carrier, cancelled, agent_phone; done, missed, abandoned, lost, handed_over, transferred, parked
	Queues  []live.QueueView  `json:"queues,omitempty"`
	Agents  []live.AgentView  `json:"agents,omitempty"`
	Day     *live.DayView     `json:"day,omitempty"`
	Notice  *Notice           `json:"notice,omitempty"`
	Parked  []live.ParkedView `json:"parked,omitempty"`
	Line    *live.LineView    `json:"line,omitempty"`
	Helps   []live.HelpView   `json:"helps,omitempty"`
	Notices []NoticeView      `json:"notices,omitempty"`

	Asks   []live.MoreTimeView `json:"asks,omitempty"`
	Alerts []live.AlertView    `json:"alerts,omitempty"`
}

// The changes.
const (
	ChgHello   = "hello"   // first, and again after every reconnect: the whole present follows it
	ChgReply   = "reply"   // to a command
	ChgMe      = "me"      // own status and activity
	ChgWork    = "work"    // an interaction in hand, whole, at each of its changes
	ChgGone    = "gone"    // it is no longer in hand
	ChgQueues  = "queues"  // those that changed; after watch_board all, else the agent's own
	ChgAgents  = "agents"  // those that changed; only after watch_board
	ChgDay     = "day"     // own figures of today
	ChgParked  = "parked"  // all parked customers
	ChgLine    = "line"    // who waits in the queue of watch_line, all of them
	ChgHelps   = "helps"   // all calls for help; only for leaders
	ChgNotices = "notices" // what leaders have written to the user, all of it
	ChgNotice  = "notice"  // something the user should know
	ChgReload  = "reload"  // too much was missed: fetch everything anew (reconnect)

	ChgAsks   = "asks"   // all requests for more wrap-up; only for leaders
	ChgAlerts = "alerts" // all alerts that last; only for leaders
)

// Reply answers a command.
type Reply struct {
	ID    int64  `json:"id"`
	Error *Error `json:"error,omitempty"`
	SDP   string `json:"sdp,omitempty"` // the answer to connect_phone and check_phone

	Targets  *Targets  `json:"targets,omitempty"`  // the answer to targets
	Playable *Playable `json:"playable,omitempty"` // the answer to playable

	CallLines   []CallLine `json:"call_lines,omitempty"`  // the answer to call_lines
	Interaction string     `json:"interaction,omitempty"` // the answer to dial
}

// Error is a refusal in words for the user; Code selects the translated sentence.
type Error struct {
	Code    string `json:"code"`    // invalid, denied, not_found, conflict, busy, unavailable, internal, late, phone_check_needed, phone_not_registered, not_ready; of dial also dial_number, dial_spent, dial_busy, dial_no_line, dial_in_hand, dial_offline, dial_no_queue; of notices notice_changed, notice_over, notice_none
	Message string `json:"message"` // English, when there is no translation
	Field   string `json:"field,omitempty"`
	// Because is what is to be done before one can become available, in its order; of not_ready.
	Because []Because `json:"because,omitempty"`
}

// Because is one thing to be done before the status available; Code selects the translated sentence.
type Because struct {
	Code  string `json:"code"`
	About string `json:"about,omitempty"` // the id of what is to be done
	Name  string `json:"name,omitempty"`  // of the same; stands in the sentence
	Text  string `json:"text"`            // English, when there is no translation
}

// Hello opens a connection.
type Hello struct {
	Now        int64           `json:"now"` // the server's clock
	User       string          `json:"user"`
	Name       string          `json:"name"`
	Role       string          `json:"role"`
	Phone      string          `json:"phone"`       // browser, sip or outside
	AutoAnswer bool            `json:"auto_answer"` // offers are accepted by themselves, after a ring
	CheckValid bool            `json:"check_valid"` // the phone check was passed lately (12 h, same device)
	Version    string          `json:"version"`
	Me         live.AgentView  `json:"me"`
	Work       []live.WorkView `json:"work"`
	Day        live.DayView    `json:"day"`
	MayMonitor bool            `json:"may_monitor"` // listen, whisper, barge, take over
}

// Notice is a message for the user.
type Notice struct {
	Level string `json:"level"` // info, warning, error
	Code  string `json:"code"`  // missed_offer, phone_lost, other_tab, recording_failed, draining ...
	Text  string `json:"text"`  // English, when there is no translation
}

// NoticeView is what a leader has written to the user.
type NoticeView struct {
	Notice     string       `json:"notice"`     // its id
	Importance string       `json:"importance"` // read, confirm, block: nobody becomes available before he has confirmed it
	Revision   int64        `json:"revision"`
	Texts      []NoticeText `json:"texts"`
	Author     string       `json:"author"` // the name
	From       int64        `json:"from"`
	Until      int64        `json:"until"` // 0: until it is withdrawn
	Changed    int64        `json:"changed"`
	Reminded   int64        `json:"reminded"`  // those who had not done what it asks; 0: never
	Read       int64        `json:"read"`      // 0: not
	Confirmed  int64        `json:"confirmed"` // 0: not
	Done       bool         `json:"done"`      // nothing is to be done any more
}

// NoticeText is a notice in one language.
type NoticeText struct {
	Language string `json:"language"`
	Title    string `json:"title"`
	Body     string `json:"body"`
}
