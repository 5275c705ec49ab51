package center

import (
	"io/fs"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/entry"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// File is a center. Lists that are nil are not in the file and are left alone even with Prune. Use
// Parse or Load to read one: they know the lines for error messages.
type File struct {
	// Prune removes what the database has and the file has not, in those lists the file has. Users
	// are disabled instead of removed, so that history keeps their names.
	Prune bool `yaml:"prune,omitempty"`
	// Tenant are the settings of the whole center; missing: left as they are.
	Tenant *Tenant `yaml:"tenant,omitempty"`
	// Projects are the lines of business.
	Projects List[Project] `yaml:"projects,omitempty"`
	// Hours are times of being open, used by entries and flows.
	Hours List[Hours] `yaml:"hours,omitempty"`
	// Trunks are the connections to carriers.
	Trunks List[Trunk] `yaml:"trunks,omitempty"`
	// Prompts are recorded or spoken texts, used by flows.
	Prompts List[Prompt] `yaml:"prompts,omitempty"`
	// Flows are the programs that talk to customers.
	Flows List[Flow] `yaml:"flows,omitempty"`
	// Queues are the lines of waiting customers.
	Queues List[Queue] `yaml:"queues,omitempty"`
	// Entries are the numbers customers dial.
	Entries List[Entry] `yaml:"entries,omitempty"`
	// Dispositions are the outcomes agents choose, on two levels.
	Dispositions List[Disposition] `yaml:"dispositions,omitempty"`
	// BreakReasons are why agents may be on break.
	BreakReasons List[BreakReason] `yaml:"break_reasons,omitempty"`
	// Skills are what agents can do; one whose key is a language's code is that language.
	Skills List[Skill] `yaml:"skills,omitempty"`
	// Users are the people who can sign in.
	Users List[User] `yaml:"users,omitempty"`
	// APITokens are for programs.
	APITokens List[APIToken] `yaml:"api_tokens,omitempty"`
	// Triggers start flows without a customer.
	Triggers List[Trigger] `yaml:"triggers,omitempty"`
	// Plugins are programs outside that lead parts of flows.
	Plugins List[Plugin] `yaml:"plugins,omitempty"`
	// AlertRules say what is trouble, and who is told.
	AlertRules List[AlertRule] `yaml:"alert_rules,omitempty"`

	source *source // where it was read; nil: made by a program
	beside fs.FS   // the recorded prompts that came with it; nil: none
}

// List is a list of which nil means that the file does not have it, and empty that it has it, empty.
type List[T any] []T

// IsZero tells the YAML encoder to write an empty list, and not one that is missing.
func (l List[T]) IsZero() bool { return l == nil }

// Levels are how well somebody has skills, 1 to 10, by key. Nil: the file does not say.
type Levels map[string]int64

// IsZero tells the YAML encoder to write none at all, and not that the file does not say.
func (l Levels) IsZero() bool { return l == nil }

// Tenant are the settings of the whole center.
type Tenant struct {
	Name     string          `yaml:"name"`
	TimeZone string          `yaml:"time_zone"` // IANA name, such as Asia/Bangkok
	Language tenant.Language `yaml:"language"`  // en, ru or th
}

// Project is a line of business.
type Project struct {
	Key  string `yaml:"key"`
	Name string `yaml:"name"` // missing: the key
	// Country is from where its people dial, such as TH; missing: the country of its entries' numbers.
	Country string `yaml:"country,omitempty"`
	// Trunks are keys of those it calls out by, in the order of use; missing: all, in their own order.
	Trunks []string `yaml:"trunks,omitempty"`
	// RecordingDays is how long recordings are kept; missing or 0: for ever.
	RecordingDays int64 `yaml:"recording_days,omitempty"`
	// RecordingFormat is what recordings become after the call, opus or wav; missing: opus.
	RecordingFormat project.Format `yaml:"recording_format,omitempty"`

	HangUpAfter        Duration     `yaml:"hang_up_after,omitempty"`       // agents cannot end a talk before; missing: at once
	HangUpReason       bool         `yaml:"hang_up_reason,omitempty"`      // agents who end a talk first say why
	AnnounceMonitoring bool         `yaml:"announce_monitoring,omitempty"` // agents are told when a supervisor listens
	HoldMusic          string       `yaml:"hold_music,omitempty"`          // a prompt's key; missing: the music that comes along
	SafetyFlow         string       `yaml:"safety_flow,omitempty"`         // a flow's key, for customers whose own flow has failed; missing: an apology, then the default queue
	DefaultQueue       string       `yaml:"default_queue,omitempty"`       // a queue's key, for customers of whom nothing else is known
	Voices             []Voice      `yaml:"voices,omitempty"`              // who speaks its texts; missing: the server's first engine
	Recognizers        []Recognizer `yaml:"recognizers,omitempty"`         // what hears its customers; missing: the server's first recognizer

	Callbacks *ProjectCallbacks `yaml:"callbacks,omitempty"` // terms for calling customers back; missing: the usual ones
	Messaging *Messaging        `yaml:"messaging,omitempty"` // how its e-mail and SMS go out; missing: by the server's first gateways
	Abuse     *ProjectAbuse     `yaml:"abuse,omitempty"`     // terms for customers who insult agents; missing: the usual ones
}

// Messaging says how a project's e-mail and SMS go out.
type Messaging struct {
	EmailGateway string `yaml:"email_gateway,omitempty"` // as the server's configuration names it; missing: the first that carries e-mail
	EmailFrom    string `yaml:"email_from,omitempty"`    // the sender: an address, or a name beside the gateway's address; missing: the gateway's
	SMSGateway   string `yaml:"sms_gateway,omitempty"`   // as the server's configuration names it; missing: the first that carries SMS
	SMSFrom      string `yaml:"sms_from,omitempty"`      // the sender, a number or a name; missing: the gateway's
}

// ProjectAbuse are a project's terms for customers who insult agents.
type ProjectAbuse struct {
	Boundary string   `yaml:"boundary,omitempty"` // key of the prompt that is played when an agent says so; missing: the one that comes along
	MayEnd   bool     `yaml:"may_end,omitempty"`  // the call ends when he says so again, with a farewell
	Farewell string   `yaml:"farewell,omitempty"` // key of that prompt; missing: the one that comes along
	Recovery Duration `yaml:"recovery,omitempty"` // his break after the call; missing: 5 minutes
}

// ProjectCallbacks are a project's terms for calling customers back.
type ProjectCallbacks struct {
	AtOnce    int64          `yaml:"at_once,omitempty"`    // so many are called at a time; missing: 10
	PerMinute int64          `yaml:"per_minute,omitempty"` // so many calls begin within a minute; missing: 60
	OnePer    project.OnePer `yaml:"one_per,omitempty"`    // a number has one open request per queue or project, or any: as many as he likes; missing: queue
	// Of callbacks that are an agent's own: how long only he is offered them, and how long before he is told of them.
	GraceMinutes  int64 `yaml:"grace_minutes,omitempty"`  // missing: 15
	RemindMinutes int64 `yaml:"remind_minutes,omitempty"` // missing: 10
}

// Voice says which speech engine of the server speaks a language of a project.
type Voice struct {
	Language string `yaml:"language,omitempty"` // missing: every one that has no voice of its own
	Engine   string `yaml:"engine"`
	Voice    string `yaml:"voice,omitempty"` // missing: the engine's own for the language
}

// Recognizer says which recognizer of the server hears a language of a project.
type Recognizer struct {
	Language string `yaml:"language,omitempty"` // missing: every one that has no recognizer of its own
	Engine   string `yaml:"engine"`
}

// Hours are times of being open.
type Hours struct {
	Key      string     `yaml:"key"`
	Name     string     `yaml:"name"`                // missing: the key
	TimeZone string     `yaml:"time_zone,omitempty"` // missing: the tenant's
	Closed   bool       `yaml:"closed,omitempty"`    // closed now, whatever the rest says
	Week     hours.Week `yaml:"week"`                // mon to sun: list of intervals such as 09:00-18:00
	Holidays []Holiday  `yaml:"holidays,omitempty"`
}

// Holiday is a date with its own intervals; none: closed.
type Holiday struct {
	Date string           `yaml:"date"` // 2026-12-31
	Name string           `yaml:"name,omitempty"`
	Open []hours.Interval `yaml:"open,omitempty"`
}

// Trunk is a connection to a carrier.
type Trunk struct {
	Key       string   `yaml:"key"`
	Name      string   `yaml:"name"`                // missing: the key
	Kind      string   `yaml:"kind,omitempty"`      // address, registration, certificate; missing: address
	Addresses []string `yaml:"addresses,omitempty"` // IP addresses and prefixes its calls come from
	NAT       bool     `yaml:"nat,omitempty"`       // its media may come from another port than it says
	Codecs    []string `yaml:"codecs"`              // in order of preference; missing: PCMA, PCMU
	MaxCalls  int64    `yaml:"max_calls,omitempty"` // 0: no limit

	// Host is where calls go out to, such as carrier.example, 192.0.2.7:5060 or
	// carrier.example;transport=tcp; missing: no calls go out here.
	Host        string   `yaml:"host,omitempty"`
	Proxy       string   `yaml:"proxy,omitempty"`       // where everything is sent in place of host
	Registrars  []string `yaml:"registrars,omitempty"`  // where we sign in; missing: at host
	User        string   `yaml:"user,omitempty"`        // who we are for the carrier
	AuthUser    string   `yaml:"auth_user,omitempty"`   // for the password; missing: user
	Domain      string   `yaml:"domain,omitempty"`      // behind the @ of our address; missing: host
	Expires     Duration `yaml:"expires,omitempty"`     // of a registration; missing: 5m
	Certificate string   `yaml:"certificate,omitempty"` // by certificate: the name in it, or "sha-256 " and its fingerprint
	// Encryption is of the sound: none, sdes (SRTP, keys in the signalling) or dtls (SRTP, keys from a
	// handshake); missing: none.
	Encryption         string `yaml:"media_encryption,omitempty"`
	EncryptionOptional bool   `yaml:"media_encryption_optional,omitempty"` // calls without it are taken too
	SDESWithoutTLS     bool   `yaml:"sdes_without_tls,omitempty"`          // keys may travel where others can read them
	// Password is sealed when it is read. Missing, with PasswordSealed missing too: left as it is.
	Password string `yaml:"password,omitempty"`
	// PasswordSealed is, in place of Password, what export --secrets writes; it needs the same secret.key.
	PasswordSealed secret.Sealed `yaml:"password_sealed,omitempty"`

	Order          int64    `yaml:"order,omitempty"`            // of use, the least first
	Format         string   `yaml:"format,omitempty"`           // of numbers: e164 (+66...), digits (66...), national (0...); missing: e164
	Prefix         string   `yaml:"prefix,omitempty"`           // before every number but short ones
	Country        string   `yaml:"country,omitempty"`          // whose numbers come in without a plus
	Caller         string   `yaml:"caller,omitempty"`           // number shown when nobody says otherwise
	Callers        []string `yaml:"callers,omitempty"`          // further numbers that may be shown, such as +6621234*
	PassCaller     bool     `yaml:"pass_caller,omitempty"`      // customers whose call is passed on may be shown
	CallsPerSecond int64    `yaml:"calls_per_second,omitempty"` // out; 0: no limit
	Rates          []string `yaml:"rates,omitempty"`            // "+7* 0.05 100": numbers, price a minute, most an hour
	Options        Duration `yaml:"options,omitempty"`          // how often we ask whether it is there; missing: never

	Blocked    []string `yaml:"blocked,omitempty"`     // callers not taken, such as +882*
	Countries  []string `yaml:"countries,omitempty"`   // whose callers are taken; missing: all
	NoWithheld bool     `yaml:"no_withheld,omitempty"` // callers without a number are not taken
}

// Prompt is recorded or spoken text.
type Prompt struct {
	Key   string            `yaml:"key"`
	Name  string            `yaml:"name"`            // missing: the key
	Texts map[string]string `yaml:"texts,omitempty"` // by language; spoken where there is no audio
	Audio map[string]string `yaml:"audio,omitempty"` // by language; file below the data folder, or "shipped:" and a key
}

// Flow is a program that talks to customers.
type Flow struct {
	Key  string `yaml:"key"`
	Name string `yaml:"name"` // missing: the key
	// Program is the program as in the flow editor's JSON, written in YAML.
	Program Program `yaml:"program"`
	// ProgramFile is, in place of Program, a JSON or YAML file beside the center file.
	ProgramFile string `yaml:"program_file,omitempty"`
}

// Queue is a line of waiting customers.
type Queue struct {
	Key                 string   `yaml:"key"`
	Name                string   `yaml:"name"`                       // missing: the key
	Project             string   `yaml:"project"`                    // key
	Target              Duration `yaml:"target"`                     // answered within this is in time; missing: 20s
	TargetPercent       int64    `yaml:"target_percent"`             // share wished for; missing: 80
	ShortAbandon        Duration `yaml:"short_abandon"`              // missing: 5s
	Offer               Duration `yaml:"offer"`                      // how long an offer rings; missing: 20s
	WrapUp              Duration `yaml:"wrap_up"`                    // the most it may take, 0s: none; missing: 1m
	DispositionRequired bool     `yaml:"disposition_required"`       // missing: false
	Recording           bool     `yaml:"recording"`                  // missing: true
	RecordOnDemand      bool     `yaml:"record_on_demand,omitempty"` // agents start and stop the recording
	WaitingFlow         string   `yaml:"waiting_flow,omitempty"`     // key; missing: music
	// Callback is how customers are called back who do not want to wait; missing: they are not.
	Callback *QueueCallback `yaml:"callback,omitempty"`
	// Hours is the key of when it is served; missing: always.
	Hours string `yaml:"hours,omitempty"`
	// Closing is what becomes of customers when its hours are over; missing: they are served.
	Closing *QueueClosing `yaml:"closing,omitempty"`
	// AfterFlow is the key of what takes the customer when the agent hangs up first, such as a survey; missing: the call ends.
	AfterFlow  string `yaml:"after_flow,omitempty"`
	AfterShare int64  `yaml:"after_share,omitempty"` // of so many customers in a hundred, by chance; missing: all
	AfterDays  int64  `yaml:"after_days,omitempty"`  // a customer's number at most once in so many days; missing: every time
	// Routing is how it chooses the agent for a customer; missing: no skills are asked for, and the usual strategy.
	Routing *QueueRouting `yaml:"routing,omitempty"`
	// Desk is how agents work on its interactions; missing: as usual.
	Desk *QueueDesk `yaml:"desk,omitempty"`
	// Overflow are the rules for who waits, in order: the first that applies is carried out, each once for a customer.
	Overflow []QueueOverflow `yaml:"overflow,omitempty"`
}

// QueueClosing is what becomes of customers when a queue's hours are over.
type QueueClosing struct {
	InLine *QueueAct `yaml:"in_line,omitempty"` // of those in line at closing time; missing: they are served
	After  *QueueAct `yaml:"after,omitempty"`   // of those who come later; missing: they are served
	Break  Duration  `yaml:"break,omitempty"`   // how long a break may be that is no closing; missing: every break is one
}

// QueueAct is what becomes of one customer.
type QueueAct struct {
	Do     string `yaml:"do"`               // callback, queue, flow, voicemail, outside or hang_up
	Queue  string `yaml:"queue,omitempty"`  // key
	Flow   string `yaml:"flow,omitempty"`   // key
	Number string `yaml:"number,omitempty"` // outside, as it would be dialed
}

// QueueCallback is how a queue calls customers back.
type QueueCallback struct {
	On          bool     `yaml:"on"`
	Retries     int64    `yaml:"retries,omitempty"`      // further calls to a customer who was not reached; missing: none
	Gap         Duration `yaml:"gap,omitempty"`          // between them
	From        int64    `yaml:"from,omitempty"`         // earliest, in minutes from midnight; missing: 0
	To          int64    `yaml:"to,omitempty"`           // latest; as from: at any hour
	Caller      string   `yaml:"caller,omitempty"`       // number to show; missing: the one the customer had called
	SlotMinutes int64    `yaml:"slot_minutes,omitempty"` // customers may choose a time, so long; missing: they may not
	SlotCalls   int64    `yaml:"slot_calls,omitempty"`   // customers to one of these times
}

// Entry is a number customers dial.
type Entry struct {
	Key      string          `yaml:"key"`
	Name     string          `yaml:"name"`               // missing: the key
	Number   string          `yaml:"number"`             // + before an international one; formatting does not matter
	Project  string          `yaml:"project"`            // key
	Flow     string          `yaml:"flow"`               // key
	Hours    string          `yaml:"hours,omitempty"`    // key; missing: always open
	Language tenant.Language `yaml:"language,omitempty"` // missing: the tenant's
	// Blocked are callers who are not taken here: numbers, then the reason, such as +4930* nuisance calls.
	Blocked       []string     `yaml:"blocked,omitempty"`
	BlockedAnswer entry.Answer `yaml:"blocked_answer,omitempty"` // declined, busy, unavailable, unwanted; missing: declined
}

// Disposition is an outcome, or a group of them.
type Disposition struct {
	Key     string       `yaml:"key"`
	Project string       `yaml:"project"` // key
	Names   tenant.Names `yaml:"names"`   // by language
	Success bool         `yaml:"success,omitempty"`
	// MinTalk and MaxTalk bound the talk after which it may be chosen; missing: any.
	MinTalk Duration `yaml:"min_talk,omitempty"`
	MaxTalk Duration `yaml:"max_talk,omitempty"`
	// NoteRequired refuses it without a note.
	NoteRequired bool               `yaml:"note_required,omitempty"`
	Position     *int64             `yaml:"position,omitempty"` // missing: its place in the list
	Children     []ChildDisposition `yaml:"children,omitempty"` // the second level
}

// ChildDisposition is an outcome on the second level.
type ChildDisposition struct {
	Key     string       `yaml:"key"`
	Names   tenant.Names `yaml:"names"`
	Success bool         `yaml:"success,omitempty"`
	// MinTalk and MaxTalk bound the talk after which it may be chosen; missing: any.
	MinTalk Duration `yaml:"min_talk,omitempty"`
	MaxTalk Duration `yaml:"max_talk,omitempty"`
	// NoteRequired refuses it without a note.
	NoteRequired bool   `yaml:"note_required,omitempty"`
	Position     *int64 `yaml:"position,omitempty"` // missing: its place in the list
}

// BreakReason is why agents may be on break.
type BreakReason struct {
	Key      string       `yaml:"key"`
	Names    tenant.Names `yaml:"names"`              // by language
	Limit    Duration     `yaml:"limit"`              // how long it should last; missing or 0s: no limit
	Position *int64       `yaml:"position,omitempty"` // missing: its place in the list
}

// Skill is something that agents can do.
type Skill struct {
	Key   string       `yaml:"key"`
	Names tenant.Names `yaml:"names"` // by language
}

// User is someone who can sign in.
type User struct {
	Login    string          `yaml:"login"`              // the key
	Name     string          `yaml:"name"`               // missing: the login
	Role     access.Role     `yaml:"role"`               // agent, supervisor, quality or administrator
	Language tenant.Language `yaml:"language,omitempty"` // missing: the tenant's
	// Password is set when the user has another one. Missing, with PasswordHash missing too: left as
	// it is; a new user then cannot sign in with a password.
	Password string `yaml:"password,omitempty"`
	// PasswordHash is, in place of Password, an argon2id hash as export --secrets writes it.
	PasswordHash string           `yaml:"password_hash,omitempty"`
	Phone        access.PhoneKind `yaml:"phone"` // browser, sip or outside; missing: browser
	// PhoneURI is for a SIP phone that does not sign in here: sip:ann@192.0.2.7:5060.
	PhoneURI     string `yaml:"phone_uri,omitempty"`
	PhoneNumber  string `yaml:"phone_number,omitempty"`   // called when phone is outside
	AutoAnswer   bool   `yaml:"auto_answer,omitempty"`    // offers are accepted by themselves
	SecondLine   bool   `yaml:"second_line,omitempty"`    // is offered another call while the first is on hold
	Confirm      bool   `yaml:"confirm_answer,omitempty"` // a SIP phone that was picked up must press 1
	ChoosesPhone bool   `yaml:"chooses_phone,omitempty"`  // may change phone and number himself
	// MediaEncryption of the sound of his SIP phones: off, sdes or dtls; missing: SDES for phones that
	// signal over TLS and can do it.
	MediaEncryption access.PhoneEncryption `yaml:"media_encryption,omitempty"`
	// PhoneSecret is what the user's SIP phones sign in with. Missing, with PhoneSecretHash missing
	// too: left as it is.
	PhoneSecret string `yaml:"phone_secret,omitempty"`
	// PhoneSecretHash is, in place of PhoneSecret, what export --secrets writes.
	PhoneSecretHash string `yaml:"phone_secret_hash,omitempty"`
	Disabled        bool   `yaml:"disabled,omitempty"` // cannot sign in; history keeps the name
	// Queues are the keys of the queues the user serves. Missing: left as they are.
	Queues List[string] `yaml:"queues,omitempty"`
	// Skills are the user's levels, 1 to 10, by the skill's key. Missing: left as they are.
	Skills Levels `yaml:"skills,omitempty"`
}

// APIToken lets a program use the API.
type APIToken struct {
	Key  string      `yaml:"key"`
	Name string      `yaml:"name"` // missing: the key
	Role access.Role `yaml:"role"`
	// Token is the secret itself: lk_ and at least 32 random characters. Missing, with TokenHash
	// missing too: left as it is; a new token needs one of them.
	Token string `yaml:"token,omitempty"`
	// TokenHash is, in place of Token, its hash as export --secrets writes it.
	TokenHash string `yaml:"token_hash,omitempty"`
	// Expires is when it ends to let in, such as 2027-06-30T00:00:00Z; missing: never.
	Expires string `yaml:"expires,omitempty"`
}

// Trigger starts a flow without a customer.
type Trigger struct {
	Key      string      `yaml:"key"`
	Name     string      `yaml:"name"`    // missing: the key
	Project  string      `yaml:"project"` // key
	Flow     string      `yaml:"flow"`    // key; a flow for the channel none
	Kind     string      `yaml:"kind"`    // schedule, event or hook
	Disabled bool        `yaml:"disabled,omitempty"`
	Rule     TriggerRule `yaml:"rule,omitempty"`
	// TokenHash is of a web hook's address, as export --secrets writes it; missing: left as it is.
	TokenHash string `yaml:"token_hash,omitempty"`
}

// TriggerRule is when a trigger starts its flow; what belongs to other kinds is missing.
type TriggerRule struct {
	TimeZone  string   `yaml:"time_zone,omitempty"`  // of the times; missing: the tenant's
	Days      []string `yaml:"days,omitempty"`       // mon to sun; missing: every day
	Times     []string `yaml:"times,omitempty"`      // such as 09:00
	On        string   `yaml:"on,omitempty"`         // interaction_ended, queue_waiting, status_changed or low_score
	Queue     string   `yaml:"queue,omitempty"`      // key; missing: any of the project, but for queue_waiting
	More      int64    `yaml:"more,omitempty"`       // queue_waiting: more than so many wait
	For       Duration `yaml:"for,omitempty"`        // for so long
	PerMinute int64    `yaml:"per_minute,omitempty"` // how often the flow may start within a minute; missing: 30
	Status    string   `yaml:"status,omitempty"`     // status_changed: the new one, available, break or offline; missing: any
	Reason    string   `yaml:"reason,omitempty"`     // status_changed: its reason; missing: any
	Question  string   `yaml:"question,omitempty"`   // low_score: key; missing: any
	AtMost    *float64 `yaml:"at_most,omitempty"`    // low_score: the highest score that counts; missing: 2 of 5, 6 of 10, no
	Last      int64    `yaml:"last,omitempty"`       // low_score: the mean of so many last answers counts; missing: each one
}

// Duration is written as in Go: 20s, 1m30s, 2h.
type Duration time.Duration

// Milliseconds is the duration as the nouns keep it.
func (d Duration) Milliseconds() int64 { return time.Duration(d).Milliseconds() }

func fromMillis(ms int64) Duration { return Duration(ms) * Duration(time.Millisecond) }

// String is the shortest way to write it: 1m, not 1m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if s == "0s" {
		return s
	}
	s = strings.TrimSuffix(s, "m0s")
	if len(s) < len(time.Duration(d).String()) {
		s += "m"
	}
	if h, ok := strings.CutSuffix(s, "h0m"); ok {
		s = h + "h"
	}
	return s
}

// MarshalYAML implements yaml.Marshaler.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }

// defaults are set before an item is read, so that what the file leaves out has them.

func (p *Project) defaults() { p.RecordingFormat = project.Opus }
func (t *Trunk) defaults()   { t.Codecs = []string{"PCMA", "PCMU"} }
func (u *User) defaults()    { u.Phone = access.BrowserPhone }
func (q *Queue) defaults() {
	usual := queue.Usual()
	q.Target, q.TargetPercent = fromMillis(usual.TargetMS), usual.TargetPercent
	q.ShortAbandon, q.Offer = fromMillis(usual.ShortAbandonMS), fromMillis(usual.OfferMS)
	q.WrapUp, q.DispositionRequired, q.Recording = fromMillis(usual.WrapUpMS), usual.DispositionRequired, usual.Recording
}

// named fills the names that were left out.
func (f *File) named() {
	fill := func(name *string, key string) {
		if *name == "" {
			*name = key
		}
	}
	for i := range f.Projects {
		fill(&f.Projects[i].Name, f.Projects[i].Key)
	}
	for i := range f.Hours {
		fill(&f.Hours[i].Name, f.Hours[i].Key)
	}
	for i := range f.Trunks {
		fill(&f.Trunks[i].Name, f.Trunks[i].Key)
	}
	for i := range f.Prompts {
		fill(&f.Prompts[i].Name, f.Prompts[i].Key)
	}
	for i := range f.Flows {
		fill(&f.Flows[i].Name, f.Flows[i].Key)
	}
	for i := range f.Queues {
		q := &f.Queues[i]
		fill(&q.Name, q.Key)
		if q.AfterFlow != "" && q.AfterShare == 0 {
			q.AfterShare = 100
		}
		if q.Desk != nil {
			q.Desk = deskFrom(q.Desk.noun()) // as usual is what is left out
		}
	}
	for i := range f.Entries {
		fill(&f.Entries[i].Name, f.Entries[i].Key)
	}
	for i := range f.Users {
		f.Users[i].Login = access.CleanLogin(f.Users[i].Login)
		fill(&f.Users[i].Name, f.Users[i].Login)
	}
	for i := range f.APITokens {
		fill(&f.APITokens[i].Name, f.APITokens[i].Key)
	}
	for i := range f.Triggers {
		fill(&f.Triggers[i].Name, f.Triggers[i].Key)
	}
	for i := range f.Plugins {
		fill(&f.Plugins[i].Name, f.Plugins[i].Key)
	}
	for i := range f.AlertRules {
		fill(&f.AlertRules[i].Name, f.AlertRules[i].Key)
	}
	place := func(p **int64, i int) {
		if *p == nil {
			n := int64(i)
			*p = &n
		}
	}
	for i := range f.Dispositions {
		place(&f.Dispositions[i].Position, i)
		for j := range f.Dispositions[i].Children {
			place(&f.Dispositions[i].Children[j].Position, j)
		}
	}
	for i := range f.BreakReasons {
		place(&f.BreakReasons[i].Position, i)
	}
}

// at is the path of an item of a list.
func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
