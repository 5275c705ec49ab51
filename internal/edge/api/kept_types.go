package api

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/kit/secret"
)

// UserFields are what an administrator sets of a user.
type UserFields struct {
	Login         string `json:"login" maxLength:"200" doc:"Lower case"`
	Name          string `json:"name" maxLength:"200"`
	Role          string `json:"role" enum:"agent,supervisor,quality,administrator"`
	Language      string `json:"language" enum:",en,ru,th" doc:"Empty: the tenant's"`
	Phone         string `json:"phone" enum:"browser,sip,outside"`
	PhoneURI      string `json:"phone_uri" maxLength:"300" doc:"sip:user@host:port of a SIP phone that does not sign in here; empty: it does"`
	PhoneNumber   string `json:"phone_number" maxLength:"64" doc:"Called when phone is outside"`
	AutoAnswer    bool   `json:"auto_answer" doc:"Offers are accepted by themselves after a tone"`
	SecondLine    bool   `json:"second_line,omitempty" doc:"Is offered another call while the first is on hold"`
	ConfirmAnswer bool   `json:"confirm_answer" doc:"A SIP phone that was picked up must press 1, as outside phones always must"`
	ChoosesPhone  bool   `json:"chooses_phone" doc:"May change phone and phone_number himself"`
	Disabled      bool   `json:"disabled" doc:"May not sign in; the past keeps his name"`
	Encryption    string `json:"media_encryption,omitempty" enum:",off,sdes,dtls" doc:"Of the sound of his SIP phones; empty: SDES for phones that signal over TLS and can do it"`
	// Skills that are absent stay as they are.
	Skills []SkillLevel `json:"skills,omitempty" maxItems:"200" doc:"What he can do; absent: stays as it is"`
}

// UserInput is UserFields with a password, which is never given back.
type UserInput struct {
	UserFields
	Password string `json:"password,omitempty" maxLength:"1000" doc:"Empty: stays as it is"`

	hash string // of the password, made before the transaction
}

// User is someone who can sign in.
type User struct {
	ID string `json:"id"`
	UserFields
	HasPassword bool     `json:"has_password"`
	Queues      []string `json:"queues" doc:"Ids of the queues he works in; set at the queues"`
	CreatedMs   int64    `json:"created_ms"`
}

// QueueCallback is how a queue calls back customers who do not want to wait on the line.
type QueueCallback struct {
	On      bool   `json:"on"`
	Retries int64  `json:"retries" doc:"Further calls to a customer who was not reached"`
	GapMs   int64  `json:"gap_ms" doc:"Between them"`
	From    int64  `json:"from" doc:"Earliest, in minutes from midnight of the center's time"`
	To      int64  `json:"to" doc:"Latest; as from: at any hour"`
	Caller  string `json:"caller" maxLength:"64" doc:"Number to show, if a trunk may; empty: the one the customer had called"`

	SlotMinutes int64 `json:"slot_minutes,omitempty" doc:"Customers may choose a time for the call, so many minutes long from midnight on; 0: they may not"`
	SlotCalls   int64 `json:"slot_calls,omitempty" doc:"How many customers are called in one of these times"`
}

// QueueFields are what an administrator sets of a queue.
type QueueFields struct {
	Key                 string          `json:"key" maxLength:"64" doc:"Short name, as in the center's file"`
	Name                string          `json:"name" maxLength:"200"`
	ProjectID           string          `json:"project_id" maxLength:"64"`
	TargetMs            int64           `json:"target_ms" doc:"Answered within this is in time"`
	TargetPercent       int64           `json:"target_percent" doc:"The share wished for"`
	ShortAbandonMs      int64           `json:"short_abandon_ms"`
	OfferMs             int64           `json:"offer_ms" doc:"How long an offer rings"`
	WrapUpMs            int64           `json:"wrap_up_ms" doc:"0: none"`
	DispositionRequired bool            `json:"disposition_required"`
	Recording           bool            `json:"recording"`
	RecordOnDemand      bool            `json:"record_on_demand,omitempty" doc:"Agents start and stop the recording"`
	WaitingFlowID       string          `json:"waiting_flow_id" maxLength:"64" doc:"What callers hear while they wait; empty: music"`
	Agents              []string        `json:"agents" maxItems:"5000" doc:"Ids of users"`
	Callback            *QueueCallback  `json:"callback,omitempty" doc:"Absent: nobody is called back"`
	HoursID             string          `json:"hours_id,omitempty" maxLength:"64" doc:"When it is served; empty: always"`
	Closing             *QueueClosing   `json:"closing,omitempty" doc:"What becomes of customers when its hours are over. Absent: they are served"`
	AfterFlowID         string          `json:"after_flow_id,omitempty" maxLength:"64" doc:"Flow that takes the customer when the agent hangs up first, such as a survey; empty: the call ends"`
	AfterShare          int64           `json:"after_share,omitempty" doc:"Of so many customers in a hundred, by chance: 1 to 100 with a flow"`
	AfterDays           int64           `json:"after_days,omitempty" doc:"A customer's number at most once in so many days; 0: every time"`
	Routing             *QueueRouting   `json:"routing,omitempty" doc:"How it chooses the agent for a customer. Absent: no skills are asked for, and the usual strategy"`
	Desk                *QueueDesk      `json:"desk,omitempty" doc:"How agents work on its interactions. Absent: as usual"`
	Overflow            []QueueOverflow `json:"overflow,omitempty" maxItems:"20" doc:"Rules for who waits in its line, in order: the first that applies is carried out, each once for a customer"`
}

// QueueClosing is what becomes of customers when a queue's hours are over.
type QueueClosing struct {
	InLine  *QueueAct `json:"in_line,omitempty" doc:"Of those in line at closing time. Absent: they are served"`
	After   *QueueAct `json:"after,omitempty" doc:"Of those who come later. Absent: they are served"`
	BreakMs int64     `json:"break_ms,omitempty" doc:"How long a break may be that is no closing; 0: every break is one"`
}

// QueueAct is what becomes of a customer whom a queue sends on.
type QueueAct struct {
	Do     string `json:"do" enum:"callback,queue,flow,voicemail,outside,hang_up"`
	Queue  string `json:"queue,omitempty" maxLength:"64" doc:"Key of the queue he waits in, for queue"`
	Flow   string `json:"flow,omitempty" maxLength:"64" doc:"Key of the flow that takes him, for flow"`
	Number string `json:"number,omitempty" maxLength:"64" doc:"Number outside that is called for him, for outside"`
}

// QueueOverflow is a rule for who waits in a queue's line.
type QueueOverflow struct {
	When    string   `json:"when" enum:"wait,size,nobody" doc:"He has waited in this queue for after_ms; so many waited on the line already when he came; nobody is there to serve the queue and he has waited for after_ms"`
	AfterMs int64    `json:"after_ms,omitempty" doc:"For wait and nobody; 0: at once, for nobody only"`
	Size    int64    `json:"size,omitempty" doc:"For size"`
	Breaks  []string `json:"breaks,omitempty" maxItems:"200" doc:"For nobody: keys of break reasons in which an agent counts as there, and missed, phone_lost, recovery. Who is available always does"`
	QueueAct
}

// Queue is a line of waiting interactions with its goals.
type Queue struct {
	ID string `json:"id"`
	QueueFields
}

// EntryFields are what an administrator sets of an entry point.
type EntryFields struct {
	Key       string   `json:"key" maxLength:"64"`
	Name      string   `json:"name" maxLength:"200"`
	Number    string   `json:"number" maxLength:"64" doc:"As the carrier dials it"`
	ProjectID string   `json:"project_id" maxLength:"64"`
	FlowID    string   `json:"flow_id" maxLength:"64"`
	HoursID   string   `json:"hours_id" maxLength:"64" doc:"Empty: always open"`
	Language  string   `json:"language" enum:",en,ru,th" doc:"Empty: the tenant's"`
	Blocked   []string `json:"blocked,omitempty" maxItems:"5000" doc:"Callers not taken here: numbers, then the reason, such as '+4930* nuisance calls'; 'withheld' for those without a number. Emergency services are always taken"`
	Answer    string   `json:"blocked_answer,omitempty" enum:",declined,busy,unavailable,unwanted" doc:"What blocked callers are told: 603, 486, 480 or 607; empty: declined"`
}

// Entry is a number customers reach us by.
type Entry struct {
	ID string `json:"id"`
	EntryFields
}

// TrunkFields are what an administrator sets of a trunk.
type TrunkFields struct {
	Key       string   `json:"key" maxLength:"64"`
	Name      string   `json:"name" maxLength:"200"`
	Kind      string   `json:"kind" required:"false" enum:",address,registration,certificate" doc:"How the carrier and we know each other; empty: address"`
	Addresses []string `json:"addresses" maxItems:"200" doc:"Addresses and prefixes calls may come from"`
	NAT       bool     `json:"nat" doc:"The carrier's media may come from another port than it says"`
	Codecs    []string `json:"codecs" maxItems:"20" doc:"In order of preference: PCMU, PCMA, G722, opus"`
	MaxCalls  int64    `json:"max_calls" doc:"0: no limit"`

	Host        string   `json:"host" required:"false" maxLength:"300" doc:"Where calls go out: a name (by its SRV records), name:port or name;transport=tcp; empty: none go out"`
	Proxy       string   `json:"proxy" required:"false" maxLength:"300" doc:"Where everything is sent in place of host"`
	Registrars  []string `json:"registrars" required:"false" maxItems:"10" doc:"Where we sign in; empty: at host"`
	User        string   `json:"user" required:"false" maxLength:"100" doc:"Who we are for the carrier"`
	AuthUser    string   `json:"auth_user" required:"false" maxLength:"100" doc:"For the password; empty: user"`
	Domain      string   `json:"domain" required:"false" maxLength:"253" doc:"Behind the @ of our address; empty: host"`
	ExpiresS    int64    `json:"expires_s" required:"false" doc:"How long a registration is asked for; 0: 300"`
	Certificate string   `json:"certificate" required:"false" maxLength:"200" doc:"By certificate: the name in it, or sha-256 and its fingerprint"`

	Encryption         string `json:"media_encryption" required:"false" enum:",none,sdes,dtls" doc:"Of the sound: SRTP with keys in the signalling (sdes) or from a handshake (dtls); empty: none"`
	EncryptionOptional bool   `json:"media_encryption_optional" required:"false" doc:"Calls without encryption are taken too"`
	SDESWithoutTLS     bool   `json:"sdes_without_tls" required:"false" doc:"SDES keys may travel over signalling that others can read"`

	Order          int64    `json:"order" required:"false" doc:"Of use, the least first; a project may have its own"`
	Format         string   `json:"format" required:"false" enum:",e164,digits,national" doc:"Of the numbers dialed; empty: e164"`
	Prefix         string   `json:"prefix" required:"false" maxLength:"16" doc:"Put before every number but short ones"`
	Country        string   `json:"country" required:"false" maxLength:"2" doc:"Whose numbers come in without a plus"`
	Caller         string   `json:"caller" required:"false" maxLength:"32" doc:"Number shown when nobody says otherwise"`
	Callers        []string `json:"callers" required:"false" maxItems:"1000" doc:"Further numbers that may be shown, such as +6621234*"`
	PassCaller     bool     `json:"pass_caller" required:"false" doc:"Customers whose call is passed on may be shown"`
	CallsPerSecond int64    `json:"calls_per_second" required:"false" doc:"Out; 0: no limit"`
	Rates          []string `json:"rates" required:"false" maxItems:"2000" doc:"Numbers, price a minute, most an hour: +7* 0.05 100"`
	OptionsS       int64    `json:"options_s" required:"false" doc:"How often we ask whether it is there; 0: never"`

	Blocked    []string `json:"blocked" required:"false" maxItems:"10000" doc:"Callers not taken, such as +882*"`
	Countries  []string `json:"countries" required:"false" maxItems:"300" doc:"Whose callers are taken; empty: all"`
	NoWithheld bool     `json:"no_withheld" required:"false" doc:"Callers without a number are not taken"`
}

// TrunkInput is what an administrator sends.
type TrunkInput struct {
	TrunkFields
	Password string `json:"password,omitempty" maxLength:"1000" doc:"Empty: stays as it is. It is never shown again."`

	sealed secret.Sealed
}

// Trunk is our connection to a carrier.
type Trunk struct {
	ID string `json:"id"`
	TrunkFields
	HasPassword bool `json:"has_password"`
}

// DispositionFields are what an administrator sets of a disposition.
type DispositionFields struct {
	Key       string            `json:"key" maxLength:"64"`
	ProjectID string            `json:"project_id" maxLength:"64"`
	ParentID  string            `json:"parent_id" maxLength:"64" doc:"Empty: first level"`
	Names     map[string]string `json:"names" doc:"By language"`
	Success   bool              `json:"success"`
	MinTalkMs int64             `json:"min_talk_ms" required:"false" doc:"May be chosen after a talk of at least this; 0: any"`
	MaxTalkMs int64             `json:"max_talk_ms" required:"false" doc:"May be chosen after a talk of at most this; 0: any"`
	// NoteRequired refuses it without a note.
	NoteRequired bool  `json:"note_required" required:"false"`
	Position     int64 `json:"position"`
}

// Disposition is an outcome an agent can choose.
type Disposition struct {
	ID string `json:"id"`
	DispositionFields
}

// BreakReasonFields are what an administrator sets of a break reason.
type BreakReasonFields struct {
	Key      string            `json:"key" maxLength:"64"`
	Names    map[string]string `json:"names" doc:"By language"`
	LimitMs  int64             `json:"limit_ms" doc:"0: no limit"`
	Position int64             `json:"position"`
}

// BreakReason is why an agent is on break.
type BreakReason struct {
	ID string `json:"id"`
	BreakReasonFields
}

// ProjectFields are what an administrator sets of a project.
type ProjectFields struct {
	Key           string   `json:"key" maxLength:"64"`
	Name          string   `json:"name" maxLength:"200"`
	Country       string   `json:"country" required:"false" maxLength:"2" doc:"From where its people dial; empty: the country of its entries' numbers"`
	Trunks        []string `json:"trunks" required:"false" maxItems:"100" doc:"Ids of those it calls out by, in order of use; empty: all, in their own order"`
	RecordingDays int64    `json:"recording_days" required:"false" minimum:"0" maximum:"36500" doc:"Recordings are removed after so many days; 0: never"`

	RecordingFormat    string `json:"recording_format,omitempty" enum:"opus,wav" default:"opus" doc:"What recordings become after the call; opus stays wav where the server has no encoder"`
	HangUpAfterMs      int64  `json:"hang_up_after_ms,omitempty" doc:"Agents cannot end a call before; 0: at once"`
	HangUpReason       bool   `json:"hang_up_reason,omitempty" doc:"Agents who end a call first say why"`
	AnnounceMonitoring bool   `json:"announce_monitoring,omitempty" doc:"Agents are told when a supervisor listens"`
	HoldMusic          string `json:"hold_music,omitempty" maxLength:"100" doc:"Key of the prompt customers hear on hold; empty: music"`
	SafetyFlow         string `json:"safety_flow,omitempty" maxLength:"100" doc:"Key of the flow for customers whose own flow has failed; empty: an apology, then the default queue"`
	DefaultQueue       string `json:"default_queue,omitempty" maxLength:"100" doc:"Key of the queue that takes customers when nothing else is known; empty: none"`

	Voices []ProjectVoice `json:"voices" required:"false" maxItems:"50" doc:"Who speaks its texts, by language; what none is named for, the server's first engine that can"`

	Recognizers []ProjectRecognizer `json:"recognizers" required:"false" maxItems:"50" doc:"What hears its customers, by language; what none is named for, the server's first recognizer that can"`

	Callbacks ProjectCallbacks `json:"callbacks" required:"false" doc:"Terms for calling customers back"`

	Messaging ProjectMessaging `json:"messaging" required:"false" doc:"How its e-mail and SMS go out"`
	Abuse     ProjectAbuse     `json:"abuse" required:"false" doc:"Terms for customers who insult agents"`
}

// ProjectMessaging says how a project's e-mail and SMS go out.
type ProjectMessaging struct {
	EmailGateway string `json:"email_gateway" required:"false" maxLength:"100" doc:"As the server's configuration names it; empty: the first that carries e-mail"`
	EmailFrom    string `json:"email_from" required:"false" maxLength:"200" doc:"The sender: an address, or a name beside the gateway's address; empty: the gateway's"`
	SMSGateway   string `json:"sms_gateway" required:"false" maxLength:"100" doc:"As the server's configuration names it; empty: the first that carries SMS"`
	SMSFrom      string `json:"sms_from" required:"false" maxLength:"20" doc:"The sender, a number or a name; empty: the gateway's"`
}

// ProjectAbuse are a project's terms for customers who insult agents.
type ProjectAbuse struct {
	Boundary   string `json:"boundary" required:"false" maxLength:"100" doc:"Key of the prompt that is played when an agent says so; empty: the one that comes along"`
	MayEnd     bool   `json:"may_end" required:"false" doc:"The call ends when the agent says so again, with a farewell"`
	Farewell   string `json:"farewell" required:"false" maxLength:"100" doc:"Key of that prompt; empty: the one that comes along"`
	RecoveryMS int64  `json:"recovery_ms" required:"false" minimum:"0" maximum:"3600000" doc:"The agent's break after the call; 0: 5 minutes"`
}

// ProjectCallbacks are a project's terms for calling customers back.
type ProjectCallbacks struct {
	AtOnce    int64  `json:"at_once" required:"false" minimum:"0" maximum:"1000" doc:"So many customers are called at a time; 0: 10"`
	PerMinute int64  `json:"per_minute" required:"false" minimum:"0" maximum:"10000" doc:"So many calls begin within a minute; 0: 60"`
	OnePer    string `json:"one_per" required:"false" enum:"queue,project,any" default:"queue" doc:"A number has one open request for each queue, or one for the project; any: each wish is one more call"`

	GraceMinutes  int64 `json:"grace_minutes" required:"false" minimum:"0" maximum:"1440" doc:"So long a callback of an agent's own is offered to him alone at its time; 0: 15"`
	RemindMinutes int64 `json:"remind_minutes" required:"false" minimum:"0" maximum:"1440" doc:"So long before its time he is told of it; 0: 10"`
}

// Project is a client's line of business served by this center.
type Project struct {
	ID string `json:"id"`
	ProjectFields
}

// HoursFields are what an administrator sets of opening hours.
type HoursFields struct {
	Key      string              `json:"key" maxLength:"64"`
	Name     string              `json:"name" maxLength:"200"`
	TimeZone string              `json:"time_zone" maxLength:"64" doc:"IANA name"`
	Week     map[string][]string `json:"week" doc:"mon ... sun to intervals such as 09:00-18:00; a missing day is closed"`
	Holidays []Holiday           `json:"holidays" maxItems:"1000"`
	Closed   bool                `json:"closed" doc:"Closed now, whatever the week says"`
}

// Holiday is a date with other hours than its weekday.
type Holiday struct {
	Date string   `json:"date" maxLength:"10" doc:"2026-12-31"`
	Name string   `json:"name" maxLength:"200"`
	Open []string `json:"open" maxItems:"20" doc:"Intervals; empty: closed all day"`
}

// Hours say when an entry is open.
type Hours struct {
	ID string `json:"id"`
	HoursFields
	ClosedBy string `json:"closed_by" doc:"Who switched it to closed: id of a user, or where the change came from; empty: it is not"`
	ClosedMs int64  `json:"closed_ms" doc:"When; 0: it is not closed"`
}

// FlowFields are what an administrator sets of a flow.
type FlowFields struct {
	Key     string          `json:"key" maxLength:"64"`
	Name    string          `json:"name" maxLength:"200"`
	Program json.RawMessage `json:"program" doc:"Start and nodes, see the guide"`
}

// TransformSchema lets package flow check the program, not the schema.
func (FlowFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(s, "program")
}

// Flow is the drawn program that talks to a customer.
type Flow struct {
	ID string `json:"id"`
	FlowFields
	Version  int64           `json:"version" doc:"The published one; grows by one with each publishing"`
	Draft    json.RawMessage `json:"draft,omitempty" doc:"A program somebody works on, perhaps with mistakes; absent: none"`
	DraftBy  string          `json:"draft_by,omitempty" doc:"Id of the user who saved it last"`
	Revision int64           `json:"revision" doc:"Grows by one with each change; to be given back when saving, so that nobody's work is overwritten"`
}

// TransformSchema see FlowFields.
func (Flow) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return anyObject(anyObject(s, "program"), "draft")
}

// PromptFields are what an administrator sets of a prompt.
type PromptFields struct {
	Key   string            `json:"key" maxLength:"64"`
	Name  string            `json:"name" maxLength:"200"`
	Texts map[string]string `json:"texts" doc:"Language to text, spoken when there is no audio"`
	Audio map[string]string `json:"audio" doc:"Language to file in the data folder or shipped file"`
}

// Prompt is recorded or spoken text.
type Prompt struct {
	ID string `json:"id"`
	PromptFields
}

// anyObject makes a property of raw JSON an object of any shape.
func anyObject(s *huma.Schema, property string) *huma.Schema {
	s.Properties[property] = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: s.Properties[property].Description}
	return s
}
