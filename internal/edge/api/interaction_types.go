package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

// InteractionFilter are the query parameters of the search. A report's cell names its interactions
// with the same ones. Conditions about queue, agent, outcome and in_time must hold for one and the
// same segment of an interaction.
type InteractionFilter struct {
	From        int64  `query:"from" minimum:"0" doc:"UTC milliseconds, inclusive; 0: no limit"`
	To          int64  `query:"to" minimum:"0" doc:"UTC milliseconds, exclusive; 0: no limit"`
	At          string `query:"at" enum:"arrived,queued,served,asked" default:"arrived" doc:"Which instant from and to are about: arrived: the arrival; queued: the beginning of a segment that waited in a line, as queues' figures count; served: as agents' figures count, also of customers whom another agent handed on; asked, with callback: the wish to be called back"`
	Queue       string `query:"queue" maxLength:"64" doc:"Id; with a segment in this queue"`
	Agent       string `query:"agent" maxLength:"64" doc:"Id; taken by this agent"`
	Entry       string `query:"entry" maxLength:"64" doc:"Id"`
	Project     string `query:"project" maxLength:"64" doc:"Id"`
	Customer    string `query:"customer" maxLength:"64" doc:"Id"`
	Phase       string `query:"phase" enum:"flow,waiting,offered,connecting,connected,interrupted,parked,forwarded,wrapping_up,done"`
	Origin      string `query:"origin" enum:"inbound,callback,manual" doc:"manual: an agent has called"`
	Channel     string `query:"channel" enum:"voice,callback,voicemail" doc:"voice: calls, but for those to customers who are called back; callback: these; voicemail: messages"`
	Outcome     string `query:"outcome" enum:"answered,abandoned,short_abandon,requeued,overflowed,lost,callback,not_reached,not_queued,open,handled" doc:"Of a segment; not_queued: ended without ever waiting; open: not ended yet; handled: answered, and ended with its wrap-up"`
	InTime      bool   `query:"in_time" doc:"Only answered within the target"`
	MissedBy    string `query:"missed_by" maxLength:"64" doc:"Agent's id, or any; who declined an offer or let it time out"`
	Cause       string `query:"cause" enum:"customer,agent,system,carrier,outside,unknown"`
	Disposition string `query:"disposition" maxLength:"64" doc:"Id"`
	Recording   string `query:"recording" enum:"running,complete,partial,failed,removed"`
	Review      string `query:"review" enum:"hang_up,abuse" doc:"hang_up: talks that the agent ended first where the project looks at that; abuse: the customer insulted an agent"`
	Callback    string `query:"callback" enum:"any,open,reached,talked,given_up,cancelled" doc:"Only those in which a customer asked to be called back, by what became of that; with at=asked, from, to and queue are about the wish"`
	Survey      string `query:"survey" enum:"asked,responded,answer,five,ten,yes_no,low,middle,high" doc:"What the customer was asked after the talk. asked: at all; responded: with an answer; answer: to any flow's question; five, ten, yes_no: with one on this scale; low: with a bad one: 1 or 2 of five, 0 to 6 of ten, no; high: with a good one: 4 or 5 of five, 9 or 10 of ten, yes; middle: with one in between"`
	Question    string `query:"question" maxLength:"64" doc:"With an answer to it, by its key, as survey says"`
	Text        string `query:"text" maxLength:"100" doc:"A part of one of the customer's numbers, the beginning of his name, words of a message that was written down (3 letters at least), or an interaction's id"`
}

type listInteractionsInput struct {
	InteractionFilter
	Cursor string `query:"cursor" maxLength:"200" doc:"Where the last page ended"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Order  string `query:"order" enum:"newest,oldest" default:"newest"`
}

// Interactions is a page of the search.
type Interactions struct {
	Items     []Interaction `json:"items"`
	Next      string        `json:"next" doc:"Cursor of the next page; empty: this was the last"`
	Total     int           `json:"total" doc:"How many match, counted up to 10000"`
	TotalMore bool          `json:"total_more" doc:"There are more than total"`
}

// Interaction is one row of the search.
type Interaction struct {
	ID              string            `json:"id"`
	Channel         string            `json:"channel" enum:"voice,voicemail,chat,message,email,fax"`
	Origin          string            `json:"origin" enum:"inbound,campaign,callback,manual,transfer"`
	Phase           string            `json:"phase" enum:"flow,waiting,offered,connecting,connected,interrupted,parked,forwarded,wrapping_up,done"`
	Outcome         string            `json:"outcome" enum:"answered,abandoned,short_abandon,requeued,overflowed,lost,callback,not_reached,not_queued,open" doc:"Of the last segment"`
	CustomerAddress string            `json:"customer_address" doc:"The caller's number; empty: withheld"`
	CenterAddress   string            `json:"center_address" doc:"The number dialed"`
	CustomerID      string            `json:"customer_id" doc:"Empty: not known"`
	CustomerName    string            `json:"customer_name"`
	EntryID         string            `json:"entry_id"`
	EntryName       string            `json:"entry_name"`
	TrunkID         string            `json:"trunk_id"`
	TrunkName       string            `json:"trunk_name"`
	ProjectID       string            `json:"project_id"`
	ProjectName     string            `json:"project_name"`
	QueueID         string            `json:"queue_id" doc:"The last"`
	QueueName       string            `json:"queue_name"`
	AgentID         string            `json:"agent_id" doc:"The last"`
	AgentName       string            `json:"agent_name"`
	Language        string            `json:"language"`
	ArrivedMs       int64             `json:"arrived_ms"`
	QueuedMs        int64             `json:"queued_ms"`
	AnsweredMs      int64             `json:"answered_ms"`
	LeftMs          int64             `json:"left_ms" doc:"The customer's side ended"`
	EndedMs         int64             `json:"ended_ms" doc:"Everything ended, wrap-up too"`
	WaitMs          int64             `json:"wait_ms" doc:"From queued to answered or left; 0 while waiting"`
	TalkMs          int64             `json:"talk_ms"`
	HoldMs          int64             `json:"hold_ms"`
	WrapUpMs        int64             `json:"wrap_up_ms"`
	Cause           string            `json:"cause" doc:"customer, agent, system, carrier, outside, unknown; empty: open"`
	CauseDetail     string            `json:"cause_detail"`
	DispositionID   string            `json:"disposition_id"`
	Disposition     map[string]string `json:"disposition" doc:"Its names by language; empty: none"`
	Note            string            `json:"note"`
	Recording       string            `json:"recording" doc:"running, complete, partial, failed, removed; empty: none"`
	HangUpReason    string            `json:"hang_up_reason" doc:"Why the agent ended the talk first, in the agent's words; empty: none was given or asked for"`
	HangUpReview    bool              `json:"hang_up_review" doc:"The agent ended the talk first, and the project looks at that"`
	AbuseMs         int64             `json:"abuse_ms" doc:"An agent said then that the customer insults him, which takes the blame for hanging up from him; 0: none did"`
}

// InteractionDetail is everything about one interaction except its events.
type InteractionDetail struct {
	Interaction
	Segments   []Segment   `json:"segments"`
	Offers     []Offer     `json:"offers"`
	Recordings []Recording `json:"recordings"`
	Legs       []Leg       `json:"legs" doc:"How its calls sounded, in the order in which they ended; empty while they run"`
	MayListen  bool        `json:"may_listen" doc:"The asker may hear the recording"`
	MayHold    bool        `json:"may_hold" doc:"The asker may set and lift a legal hold"`
	Hold       *Hold       `json:"hold" doc:"Null: none"`
	// What he said of it.
	Answers  []SurveyAnswer `json:"answers" doc:"What the customer answered to flows' questions, such as those after the talk"`
	LeftIn   string         `json:"left_in" doc:"Of a message: the interaction in which it was left; empty: of none, or of one the asker may not see"`
	Messages []LeftMessage  `json:"messages" doc:"Left in it, as a survey's own words are; those that the asker may see"`
	Sent     []SentMessage  `json:"sent" doc:"E-mail and SMS that flows have sent in it, the oldest first"`
}

// SentMessage is an e-mail or SMS that was sent, or is to be.
type SentMessage struct {
	Way       string `json:"way" enum:"email,sms"`
	To        string `json:"to"`
	Gateway   string `json:"gateway"`
	Subject   string `json:"subject" doc:"Of an e-mail"`
	Text      string `json:"text" doc:"Empty: it is secret"`
	Secret    bool   `json:"secret" doc:"A one-time code, which nobody may read"`
	State     string `json:"state" enum:"queued,sent,failed,given_up" doc:"queued: for its first try or another one; sent: a gateway has taken it; failed: a gateway has refused it; given_up: none has taken it in time"`
	CreatedMs int64  `json:"created_ms"`
	EndedMs   int64  `json:"ended_ms" doc:"0: it is queued"`
	Attempts  int    `json:"attempts" doc:"That failed"`
	Detail    string `json:"detail" doc:"Why the last try failed; empty: none has, or it is sent"`
	Reference string `json:"reference" doc:"What the gateway calls it; empty: it does not say"`
}

// LeftMessage is a message that a customer left in an interaction; it is an interaction of its own.
type LeftMessage struct {
	InteractionID string      `json:"interaction_id"`
	ArrivedMs     int64       `json:"arrived_ms"`
	Transcript    *Transcript `json:"transcript" doc:"Null: nobody writes it down"`
}

// SurveyAnswer is what a customer answered to a question.
type SurveyAnswer struct {
	Question  string `json:"question" doc:"The key its flow gives it"`
	Scale     string `json:"scale" enum:"five,ten,yes_no" doc:"five: 1 to 5; ten: 0 to 10; yes_no: 1 is yes, 0 is no"`
	Score     int64  `json:"score"`
	AtMs      int64  `json:"at_ms"`
	QueueID   string `json:"queue_id" doc:"Of the talk it is about; empty: of none"`
	QueueName string `json:"queue_name"`
	AgentID   string `json:"agent_id" doc:"Whom it is about; empty: nobody"`
	AgentName string `json:"agent_name"`
}

// Leg is how one call of an interaction sounded.
type Leg struct {
	Kind           string  `json:"kind" enum:"trunk,browser,sip,outside" doc:"trunk: the customer; browser and sip: an agent's phone; outside: a number outside"`
	UserID         string  `json:"user_id" doc:"Whose phone it is; empty: the customer's, or a number outside"`
	UserName       string  `json:"user_name"`
	Address        string  `json:"address" doc:"The customer's number, or that outside"`
	Codec          string  `json:"codec"`
	Encrypted      bool    `json:"encrypted"`
	BeganMs        int64   `json:"began_ms"`
	EndedMs        int64   `json:"ended_ms"`
	Heard          Sound   `json:"heard" doc:"What we heard of the party"`
	Far            Sound   `json:"far" doc:"What the party says it heard of us; zeros: it does not report"`
	RoundTripMs    float64 `json:"round_trip_ms" doc:"0: not known"`
	MOS            float64 `json:"mos" doc:"The worse one of the two directions; 0: too little was heard"`
	Rating         string  `json:"rating" enum:"good,fair,poor," doc:"MOS in words: good from 4, fair from 3.5; empty: too little was heard"`
	Spells         int64   `json:"spells" doc:"Bad spells: 5 seconds with a MOS below 3.5"`
	WorstMOS       float64 `json:"worst_mos" doc:"The lowest in them; 0: there were none"`
	LevelsMs       int64   `json:"levels_ms" doc:"When the first second of the levels begins; 0: there are none"`
	LevelsCustomer []byte  `json:"levels_customer" doc:"A byte a second, as RFC 6464: the level in dB below the loudest possible, 128 added if somebody spoke; base64"`
	LevelsOthers   []byte  `json:"levels_others" doc:"The same of whom the customer heard"`
}

// Sound is how good one direction of a leg was.
type Sound struct {
	Packets  int64   `json:"packets" doc:"That should have come"`
	Loss     float64 `json:"loss" doc:"The part that did not, 0 to 1"`
	JitterMs float64 `json:"jitter_ms" doc:"Mean"`
	MOS      float64 `json:"mos" doc:"1 bad, 4.5 excellent; 0: too little was heard"`
}

// Hold keeps an interaction's recordings from being removed, whatever their age.
type Hold struct {
	Reason   string `json:"reason"`
	UserID   string `json:"user_id" doc:"Who set it"`
	UserName string `json:"user_name"`
	AtMs     int64  `json:"at_ms"`
}

type holdInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

type overdueOutput struct {
	Body Overdue
}

// Overdue are the recordings that will be removed next: past their project's days and not held.
type Overdue struct {
	Items []OverdueRecording `json:"items" doc:"1000 at most"`
}

// OverdueRecording is one of them.
type OverdueRecording struct {
	ID            string `json:"id"`
	InteractionID string `json:"interaction_id"`
	ProjectID     string `json:"project_id"`
	StartedMs     int64  `json:"started_ms"`
	Bytes         int64  `json:"bytes"`
	Days          int64  `json:"days" doc:"How long the project keeps"`
}

// Segment is a stretch with one queue and at most one agent.
type Segment struct {
	Seq        int64  `json:"seq"`
	QueueID    string `json:"queue_id"`
	QueueName  string `json:"queue_name"`
	AgentID    string `json:"agent_id" doc:"Empty: nobody took it"`
	AgentName  string `json:"agent_name"`
	QueuedMs   int64  `json:"queued_ms"`
	AnsweredMs int64  `json:"answered_ms"`
	LeftMs     int64  `json:"left_ms"`
	EndedMs    int64  `json:"ended_ms"`
	Outcome    string `json:"outcome" doc:"answered, abandoned, short_abandon, requeued, overflowed, lost; empty: open"`
	InTime     bool   `json:"in_time"`
	TalkMs     int64  `json:"talk_ms"`
	HoldMs     int64  `json:"hold_ms"`
	WrapUpMs   int64  `json:"wrap_up_ms"`
	Missed     int64  `json:"missed"`
	// Of an agent who handed over.
	DispositionID string            `json:"disposition_id,omitempty" doc:"Of an agent who handed over and wrapped up his part; the last one's is the interaction's"`
	Disposition   map[string]string `json:"disposition,omitempty" doc:"Its names by language"`
	Note          string            `json:"note,omitempty" doc:"The same"`
}

// Offer is an interaction having been shown to an agent.
type Offer struct {
	AtMs      int64  `json:"at_ms"`
	EndedMs   int64  `json:"ended_ms"`
	AgentID   string `json:"agent_id"`
	AgentName string `json:"agent_name"`
	QueueID   string `json:"queue_id"`
	QueueName string `json:"queue_name"`
	Outcome   string `json:"outcome" doc:"accepted, declined, timed_out, withdrawn, failed; empty: open"`
}

// Recording is an audio file of an interaction.
type Recording struct {
	ID        string `json:"id"`
	State     string `json:"state" enum:"running,complete,partial,failed,removed"`
	Codec     string `json:"codec"`
	StartedMs int64  `json:"started_ms"`
	EndedMs   int64  `json:"ended_ms"`
	Bytes     int64  `json:"bytes"`
	Detail    string `json:"detail" doc:"Why it failed or what is missing"`
	Marks     []Mark `json:"marks" doc:"Stretches that were not recorded; both sides are silent there"`
	Format    string `json:"format" enum:"wav,opus"`
	Sealed    bool   `json:"sealed" doc:"Encrypted where it is kept"`
	ExpiresMs int64  `json:"expires_ms" doc:"When it is removed unless held; 0: never"`
	// What is said in it.
	Transcript *Transcript `json:"transcript" doc:"Null: nobody writes it down; only for those who may listen"`
}

// Transcript is what is said in a recording, as a recognizer has heard it.
type Transcript struct {
	State    string `json:"state" enum:"waiting,written,failed" doc:"waiting: for its first try or another one; failed: it is not tried again"`
	Text     string `json:"text" doc:"Empty: not written yet, or no words were heard"`
	Language string `json:"language"`
	Detail   string `json:"detail" doc:"Why the last try failed; empty: none has, or it is written"`
}

// Mark is a stretch of a recording that was not recorded.
type Mark struct {
	FromMs int64  `json:"from_ms" doc:"Since the beginning of the recording"`
	ToMs   int64  `json:"to_ms" doc:"0: it goes on"`
	Why    string `json:"why" doc:"stopped: begun again later; restart: the server was down; else the reason of the pause, such as card"`
}

// TimelineEvent is one fact of the journal.
type TimelineEvent struct {
	Seq   int64             `json:"seq"`
	AtMs  int64             `json:"at_ms"`
	Kind  string            `json:"kind" doc:"As recorded by package interaction: arrived, queued, offered, ..."`
	Body  json.RawMessage   `json:"body" doc:"What belongs to the kind; ids are named in names"`
	Names map[string]string `json:"names" doc:"Id to name of the people, queues and other things the body speaks of; a disposition's name is JSON by language"`
}

// TransformSchema lets any JSON object be the body of an event.
func (TimelineEvent) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["body"] = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "What belongs to the kind; ids are named in names"}
	return s
}

// Events is the timeline of an interaction.
type Events struct {
	Items []TimelineEvent `json:"items"`
}

type listInteractionsOutput struct {
	Body Interactions
}

type interactionInput struct {
	ID string `path:"id" maxLength:"64"`
}

type interactionOutput struct {
	Body InteractionDetail
}

type eventsOutput struct {
	Body Events
}
