package center

import (
	"encoding/json"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/plugin"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

// Each item becomes its noun and back. References are keys here and ids there: whoever calls fills
// in the ids; before they are known the keys stand in for them, so that Validate sees what is
// missing.

func (t Tenant) noun() tenant.Tenant {
	return tenant.Tenant{Name: t.Name, TimeZone: t.TimeZone, Language: t.Language}
}

func (p Project) noun() project.Project {
	n := project.Project{
		Key: p.Key, Name: p.Name, Country: p.Country, RecordingDays: p.RecordingDays, RecordingFormat: p.RecordingFormat,
		HangUpAfterMS: p.HangUpAfter.Milliseconds(), HangUpReason: p.HangUpReason,
		AnnounceMonitoring: p.AnnounceMonitoring, HoldMusic: p.HoldMusic, SafetyFlow: p.SafetyFlow, DefaultQueue: p.DefaultQueue,
	}
	for _, k := range p.Trunks {
		n.Trunks = append(n.Trunks, trunk.ID(k))
	}
	for _, v := range p.Voices {
		n.Voices = append(n.Voices, project.Voice(v))
	}
	for _, v := range p.Recognizers {
		n.Recognizers = append(n.Recognizers, project.Recognizer(v))
	}
	if c := p.Callbacks; c != nil {
		n.Callbacks = project.Callbacks(*c)
	}
	if m := p.Messaging; m != nil {
		n.Messaging = project.Messaging(*m)
	}
	if a := p.Abuse; a != nil {
		n.Abuse = project.Abuse{Boundary: a.Boundary, MayEnd: a.MayEnd, Farewell: a.Farewell, RecoveryMS: a.Recovery.Milliseconds()}
	}
	return n
}

func (h Hours) noun(zone string) hours.Hours {
	n := hours.Hours{Key: h.Key, Name: h.Name, TimeZone: h.TimeZone, Week: h.Week, Closed: h.Closed}
	if n.TimeZone == "" {
		n.TimeZone = zone
	}
	for _, d := range h.Holidays {
		n.Holidays = append(n.Holidays, hours.Holiday{Date: d.Date, Name: d.Name, Open: d.Open})
	}
	return n
}

func hoursFrom(n hours.Hours) Hours {
	h := Hours{Key: n.Key, Name: n.Name, TimeZone: n.TimeZone, Closed: n.Closed, Week: n.Week}
	for _, d := range n.Holidays {
		h.Holidays = append(h.Holidays, Holiday{Date: d.Date, Name: d.Name, Open: d.Open})
	}
	return h
}

func (t Trunk) noun() trunk.Trunk {
	kind := trunk.Kind(t.Kind)
	if kind == "" {
		kind = trunk.ByAddress
	}
	return trunk.Trunk{
		Key: t.Key, Name: t.Name, Kind: kind, Addresses: t.Addresses, NAT: t.NAT, Codecs: t.Codecs, MaxCalls: t.MaxCalls,
		Password: t.PasswordSealed, Settings: trunk.Settings{
			Host: t.Host, Proxy: t.Proxy, Registrars: t.Registrars, User: t.User, AuthUser: t.AuthUser, Domain: t.Domain,
			Encryption: trunk.Encryption(t.Encryption), EncryptionOptional: t.EncryptionOptional, SDESWithoutTLS: t.SDESWithoutTLS,
			ExpiresS: seconds(t.Expires), Certificate: t.Certificate, Order: t.Order, Format: trunk.Format(t.Format), Prefix: t.Prefix,
			Country: t.Country, Caller: t.Caller, Callers: t.Callers, PassCaller: t.PassCaller, CallsPerSecond: t.CallsPerSecond,
			Rates: t.Rates, OptionsS: seconds(t.Options), Blocked: t.Blocked, Countries: t.Countries, NoWithheld: t.NoWithheld,
		},
	}
}

func trunkFrom(n trunk.Trunk) Trunk {
	kind := string(n.Kind)
	if n.Kind == trunk.ByAddress {
		kind = ""
	}
	return Trunk{
		Key: n.Key, Name: n.Name, Kind: kind, Addresses: n.Addresses, NAT: n.NAT, Codecs: n.Codecs, MaxCalls: n.MaxCalls,
		Host: n.Host, Proxy: n.Proxy, Registrars: n.Registrars, User: n.User, AuthUser: n.AuthUser, Domain: n.Domain,
		Encryption: string(n.Encryption), EncryptionOptional: n.EncryptionOptional, SDESWithoutTLS: n.SDESWithoutTLS,
		Expires: fromSeconds(n.ExpiresS), Certificate: n.Certificate, PasswordSealed: n.Password,
		Order: n.Order, Format: string(n.Format), Prefix: n.Prefix, Country: n.Country, Caller: n.Caller, Callers: n.Callers,
		PassCaller: n.PassCaller, CallsPerSecond: n.CallsPerSecond, Rates: n.Rates, Options: fromSeconds(n.OptionsS),
		Blocked: n.Blocked, Countries: n.Countries, NoWithheld: n.NoWithheld,
	}
}

func seconds(d Duration) int64 { return int64(time.Duration(d) / time.Second) }

func fromSeconds(s int64) Duration { return Duration(time.Duration(s) * time.Second) }

func (p Prompt) noun() flow.Prompt {
	return flow.Prompt{Key: p.Key, Name: p.Name, Texts: p.Texts, Audio: p.Audio}
}

func promptFrom(n flow.Prompt) Prompt {
	return Prompt{Key: n.Key, Name: n.Name, Texts: n.Texts, Audio: n.Audio}
}

func (f Flow) noun() flow.Flow {
	return flow.Flow{Key: f.Key, Name: f.Name, Program: json.RawMessage(f.Program)}
}

// Rehearsable are the flows of the file, each under its key, with the calendars, prompts, queues and plug-ins they name; a
// queue's calendar is under its key too.
func (f File) Rehearsable() (flows []flow.Flow, calendars []hours.Hours, prompts []flow.Prompt, queues []queue.Queue, plugins []plugin.Plugin) {
	for _, one := range f.Flows {
		n := one.noun()
		n.ID = flow.ID(n.Key)
		flows = append(flows, n)
	}
	zone := f.Tenant.TimeZone
	if zone == "" {
		zone = "UTC"
	}
	for _, one := range f.Hours {
		calendars = append(calendars, one.noun(zone))
	}
	for _, one := range f.Prompts {
		prompts = append(prompts, one.noun())
	}
	for _, one := range f.Plugins {
		plugins = append(plugins, one.noun())
	}
	for _, one := range f.Queues {
		queues = append(queues, one.noun())
	}
	return flows, calendars, prompts, queues, plugins
}

func flowFrom(n flow.Flow) Flow {
	return Flow{Key: n.Key, Name: n.Name, Program: Program(n.Program)}
}

func (q Queue) noun() queue.Queue {
	return queue.Queue{
		Key: q.Key, Name: q.Name, ProjectID: project.ID(q.Project),
		TargetMS: q.Target.Milliseconds(), TargetPercent: q.TargetPercent, ShortAbandonMS: q.ShortAbandon.Milliseconds(),
		OfferMS: q.Offer.Milliseconds(), WrapUpMS: q.WrapUp.Milliseconds(),
		DispositionRequired: q.DispositionRequired, Recording: q.Recording, RecordOnDemand: q.RecordOnDemand,
		WaitingFlowID: q.WaitingFlow, Callback: q.Callback.noun(), HoursID: q.Hours, Closing: q.Closing.noun(),
		AfterFlowID: q.AfterFlow, AfterShare: q.AfterShare, AfterDays: q.AfterDays, Routing: q.Routing.noun(), Overflow: overflowNoun(q.Overflow),
		Desk: q.Desk.noun(),
	}
}

func (c *QueueClosing) noun() queue.Closing {
	if c == nil {
		return queue.Closing{}
	}
	return queue.Closing{InLine: c.InLine.noun(), After: c.After.noun(), BreakMS: c.Break.Milliseconds()}
}

func (a *QueueAct) noun() queue.Act {
	if a == nil {
		return queue.Act{}
	}
	return queue.Act{Do: queue.Do(a.Do), Queue: a.Queue, Flow: a.Flow, Number: a.Number}
}

func closingFrom(n queue.Closing) *QueueClosing {
	if n == (queue.Closing{}) {
		return nil
	}
	return &QueueClosing{InLine: actFrom(n.InLine), After: actFrom(n.After), Break: fromMillis(n.BreakMS)}
}

func actFrom(n queue.Act) *QueueAct {
	if n == (queue.Act{}) {
		return nil
	}
	return &QueueAct{Do: string(n.Do), Queue: n.Queue, Flow: n.Flow, Number: n.Number}
}

func (c *QueueCallback) noun() queue.Callback {
	if c == nil {
		return queue.Callback{}
	}
	return queue.Callback{On: c.On, Retries: c.Retries, GapMS: c.Gap.Milliseconds(), From: c.From, To: c.To, Caller: c.Caller,
		SlotMinutes: c.SlotMinutes, SlotCalls: c.SlotCalls}
}

func callbackFrom(n queue.Callback) *QueueCallback {
	if n == (queue.Callback{}) {
		return nil
	}
	return &QueueCallback{On: n.On, Retries: n.Retries, Gap: fromMillis(n.GapMS), From: n.From, To: n.To, Caller: n.Caller,
		SlotMinutes: n.SlotMinutes, SlotCalls: n.SlotCalls}
}

func queueFrom(n queue.Queue) Queue {
	return Queue{
		Key: n.Key, Name: n.Name, Project: string(n.ProjectID),
		Target: fromMillis(n.TargetMS), TargetPercent: n.TargetPercent, ShortAbandon: fromMillis(n.ShortAbandonMS),
		Offer: fromMillis(n.OfferMS), WrapUp: fromMillis(n.WrapUpMS),
		DispositionRequired: n.DispositionRequired, Recording: n.Recording, RecordOnDemand: n.RecordOnDemand,
		WaitingFlow: n.WaitingFlowID, Callback: callbackFrom(n.Callback), Hours: n.HoursID, Closing: closingFrom(n.Closing),
		AfterFlow: n.AfterFlowID, AfterShare: n.AfterShare, AfterDays: n.AfterDays, Routing: routingFrom(n.Routing), Overflow: overflowFrom(n.Overflow),
		Desk: deskFrom(n.Desk),
	}
}

func (e Entry) noun() entry.Entry {
	return entry.Entry{Key: e.Key, Name: e.Name, Number: entry.Clean(e.Number), ProjectID: project.ID(e.Project), FlowID: e.Flow,
		HoursID: hours.ID(e.Hours), Language: e.Language, Blocked: e.Blocked, Answer: e.BlockedAnswer}
}

func entryFrom(n entry.Entry) Entry {
	return Entry{Key: n.Key, Name: n.Name, Number: n.Number, Project: string(n.ProjectID), Flow: n.FlowID,
		Hours: string(n.HoursID), Language: n.Language, Blocked: n.Blocked, BlockedAnswer: n.Answer}
}

// outcome is a disposition of either level.
type outcome struct {
	Key          string       `yaml:"key"`
	Project      string       `yaml:"project"`
	Parent       string       `yaml:"parent"`
	Names        tenant.Names `yaml:"names"`
	Success      bool         `yaml:"success"`
	MinTalk      Duration     `yaml:"min_talk"`
	MaxTalk      Duration     `yaml:"max_talk"`
	NoteRequired bool         `yaml:"note_required"`
	Position     int64        `yaml:"position"`
	path         string       // in the file
}

func (o outcome) noun() disposition.Disposition {
	return disposition.Disposition{Key: o.Key, ProjectID: project.ID(o.Project), ParentID: disposition.ID(o.Parent),
		Names: o.Names, Success: o.Success,
		MinTalkMS: o.MinTalk.Milliseconds(), MaxTalkMS: o.MaxTalk.Milliseconds(), NoteRequired: o.NoteRequired, Position: o.Position}
}

// outcomes lists both levels, each parent before its children.
func (f *File) outcomes() []outcome {
	if f.Dispositions == nil {
		return nil
	}
	list := []outcome{}
	for i, d := range f.Dispositions {
		path := at("dispositions", i)
		list = append(list, outcome{d.Key, d.Project, "", d.Names, d.Success, d.MinTalk, d.MaxTalk, d.NoteRequired, *d.Position, path})
		for j, c := range d.Children {
			list = append(list, outcome{c.Key, d.Project, d.Key, c.Names, c.Success,
				c.MinTalk, c.MaxTalk, c.NoteRequired, *c.Position, at(path+".children", j)})
		}
	}
	return list
}

func (r BreakReason) noun() agent.BreakReason {
	return agent.BreakReason{Key: r.Key, Names: r.Names, LimitMS: r.Limit.Milliseconds(), Position: *r.Position}
}

func breakReasonFrom(n agent.BreakReason) BreakReason {
	return BreakReason{Key: n.Key, Names: n.Names, Limit: fromMillis(n.LimitMS), Position: &n.Position}
}

func (s Skill) noun() skill.Skill { return skill.Skill{Key: s.Key, Names: s.Names} }

// noun leaves the password out.
func (u User) noun() access.User {
	return access.User{Login: u.Login, Name: u.Name, Role: u.Role, Language: u.Language, Phone: u.Phone,
		PhoneURI: u.PhoneURI, PhoneNumber: access.CleanNumber(u.PhoneNumber), AutoAnswer: u.AutoAnswer, SecondLine: u.SecondLine, Confirm: u.Confirm,
		ChoosesPhone: u.ChoosesPhone, Disabled: u.Disabled, Encryption: u.MediaEncryption}
}

func userFrom(n access.User, queues []string) User {
	slices.Sort(queues)
	return User{Login: n.Login, Name: n.Name, Role: n.Role, Language: n.Language, PasswordHash: n.PasswordHash, Phone: n.Phone,
		PhoneURI: n.PhoneURI, PhoneNumber: n.PhoneNumber, AutoAnswer: n.AutoAnswer, SecondLine: n.SecondLine, Confirm: n.Confirm,
		ChoosesPhone: n.ChoosesPhone, Disabled: n.Disabled, MediaEncryption: n.Encryption, Queues: queues}
}

func (k APIToken) noun() access.Token {
	n := access.Token{Key: k.Key, Name: k.Name, Role: k.Role, Hash: k.TokenHash}
	n.Expires, _ = k.expires() // check has found fault with it
	return n
}

func tokenFrom(n access.Token) APIToken {
	k := APIToken{Key: n.Key, Name: n.Name, Role: n.Role, TokenHash: n.Hash}
	if !n.Expires.IsZero() {
		k.Expires = n.Expires.UTC().Format(time.RFC3339)
	}
	return k
}

// expires is the zero time for never; whole seconds, as it is written.
func (k APIToken) expires() (time.Time, error) {
	if k.Expires == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, k.Expires)
	return at.UTC().Truncate(time.Second), err
}
