package api

import (
	"cmp"
	"context"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/center"
	"linekeeper/internal/disposition"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

func (s *server) queues() kept[queue.Queue, Queue, QueueFields] {
	return kept[queue.Queue, Queue, QueueFields]{
		kind: "queue", title: "Queue", titles: "Queues", path: "/queues", read: signedIn(), write: may(access.ChangeSetup),
		list: queue.List, after: func(q queue.Queue) string { return q.Key },
		get: byID(queue.Get), create: flow.CreateQueue, change: queue.Change, remove: removeByID(center.DeleteQueue),
		show: func(q queue.Queue) Queue {
			return Queue{ID: string(q.ID), QueueFields: QueueFields{Key: q.Key, Name: q.Name, ProjectID: string(q.ProjectID),
				TargetMs: q.TargetMS, TargetPercent: q.TargetPercent, ShortAbandonMs: q.ShortAbandonMS, OfferMs: q.OfferMS,
				WrapUpMs: q.WrapUpMS, DispositionRequired: q.DispositionRequired, Recording: q.Recording, RecordOnDemand: q.RecordOnDemand,
				WaitingFlowID: q.WaitingFlowID, Agents: []string{}, Callback: callbackShown(q.Callback),
				HoursID: q.HoursID, Closing: closingShown(q.Closing),
				AfterFlowID: q.AfterFlowID, AfterShare: q.AfterShare, AfterDays: q.AfterDays, Routing: routingShown(q.Routing), Desk: deskShown(q.Desk), Overflow: overflowShown(q.Overflow)}}
		},
		take: func(id string, f QueueFields) queue.Queue {
			return queue.Queue{ID: queue.ID(id), Key: f.Key, Name: f.Name, ProjectID: project.ID(f.ProjectID),
				TargetMS: f.TargetMs, TargetPercent: f.TargetPercent, ShortAbandonMS: f.ShortAbandonMs, OfferMS: f.OfferMs,
				WrapUpMS: f.WrapUpMs, DispositionRequired: f.DispositionRequired, Recording: f.Recording, RecordOnDemand: f.RecordOnDemand,
				WaitingFlowID: f.WaitingFlowID, Callback: callbackTaken(f.Callback), HoursID: f.HoursID, Closing: closingTaken(f.Closing),
				AfterFlowID: f.AfterFlowID, AfterShare: f.AfterShare, AfterDays: f.AfterDays, Routing: routingTaken(f.Routing), Desk: deskTaken(f.Desk), Overflow: overflowTaken(f.Overflow)}
		},
		fill: func(tx *db.Tx, t tenant.ID, shown []Queue) error {
			members, err := queue.AllMembers(tx, t)
			at := map[string]int{}
			for i, q := range shown {
				at[q.ID] = i
			}
			for _, m := range members {
				if i, ok := at[string(m.QueueID)]; ok {
					shown[i].Agents = append(shown[i].Agents, string(m.UserID))
				}
			}
			return err
		},
		also: func(tx *db.Tx, by audit.Author, q queue.Queue, f QueueFields) (queue.Queue, error) {
			if err := flow.CheckQueue(tx, tenant.ID(by.Tenant), q); err != nil {
				return q, err
			}
			return q, inField("agents", queue.SetMembers(tx, by, q.ID, typed[access.UserID](f.Agents)))
		},
	}
}

func closingShown(c queue.Closing) *QueueClosing {
	if c == (queue.Closing{}) {
		return nil
	}
	return &QueueClosing{InLine: actShown(c.InLine), After: actShown(c.After), BreakMs: c.BreakMS}
}

func actShown(a queue.Act) *QueueAct {
	if a == (queue.Act{}) {
		return nil
	}
	return &QueueAct{Do: string(a.Do), Queue: a.Queue, Flow: a.Flow, Number: a.Number}
}

func closingTaken(c *QueueClosing) queue.Closing {
	if c == nil {
		return queue.Closing{}
	}
	return queue.Closing{InLine: actTaken(c.InLine), After: actTaken(c.After), BreakMS: c.BreakMs}
}

func actTaken(a *QueueAct) queue.Act {
	if a == nil {
		return queue.Act{}
	}
	return queue.Act{Do: queue.Do(a.Do), Queue: a.Queue, Flow: a.Flow, Number: a.Number}
}

func overflowShown(rules []queue.Overflow) (all []QueueOverflow) {
	for _, r := range rules {
		all = append(all, QueueOverflow{When: string(r.When), AfterMs: r.AfterMS, Size: r.Size, Breaks: r.Breaks,
			QueueAct: QueueAct{Do: string(r.Do), Queue: r.Queue, Flow: r.Flow, Number: r.Number}})
	}
	return all
}

func overflowTaken(rules []QueueOverflow) (all []queue.Overflow) {
	for _, r := range rules {
		all = append(all, queue.Overflow{When: queue.Trigger(r.When), AfterMS: r.AfterMs, Size: r.Size, Breaks: r.Breaks, Act: actTaken(&r.QueueAct)})
	}
	return all
}

func callbackShown(c queue.Callback) *QueueCallback {
	if c == (queue.Callback{}) {
		return nil
	}
	return &QueueCallback{On: c.On, Retries: c.Retries, GapMs: c.GapMS, From: c.From, To: c.To, Caller: c.Caller,
		SlotMinutes: c.SlotMinutes, SlotCalls: c.SlotCalls}
}

func callbackTaken(c *QueueCallback) queue.Callback {
	if c == nil {
		return queue.Callback{}
	}
	return queue.Callback{On: c.On, Retries: c.Retries, GapMS: c.GapMs, From: c.From, To: c.To, Caller: c.Caller,
		SlotMinutes: c.SlotMinutes, SlotCalls: c.SlotCalls}
}

func (s *server) entries() kept[entry.Entry, Entry, EntryFields] {
	return kept[entry.Entry, Entry, EntryFields]{
		kind: "entry", title: "Entry", titles: "Entries", path: "/entries", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: entry.List, after: func(e entry.Entry) string { return e.Key },
		get: byID(entry.Get), create: entry.Create, change: entry.Change, remove: removeByID(entry.Delete),
		show: func(e entry.Entry) Entry {
			return Entry{ID: string(e.ID), EntryFields: EntryFields{Key: e.Key, Name: e.Name, Number: e.Number,
				ProjectID: string(e.ProjectID), FlowID: e.FlowID, HoursID: string(e.HoursID), Language: string(e.Language),
				Blocked: e.Blocked, Answer: string(e.Answer)}}
		},
		take: func(id string, f EntryFields) entry.Entry {
			return entry.Entry{ID: entry.ID(id), Key: f.Key, Name: f.Name, Number: f.Number, ProjectID: project.ID(f.ProjectID),
				FlowID: f.FlowID, HoursID: hours.ID(f.HoursID), Language: tenant.Language(f.Language),
				Blocked: f.Blocked, Answer: entry.Answer(f.Answer)}
		},
	}
}

func (s *server) trunks() kept[trunk.Trunk, Trunk, TrunkInput] {
	return kept[trunk.Trunk, Trunk, TrunkInput]{
		kind: "trunk", title: "Trunk", titles: "Trunks", path: "/trunks", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: trunk.List, after: func(k trunk.Trunk) string { return k.Key },
		get: byID(trunk.Get), create: trunk.Create, change: trunk.Change, remove: removeByID(trunk.Delete),
		show: func(k trunk.Trunk) Trunk {
			return Trunk{ID: string(k.ID), HasPassword: k.Password != "", TrunkFields: TrunkFields{
				Key: k.Key, Name: k.Name, Kind: string(k.Kind), Addresses: texts(k.Addresses),
				NAT: k.NAT, Codecs: texts(k.Codecs), MaxCalls: k.MaxCalls,
				Host: k.Host, Proxy: k.Proxy, Registrars: texts(k.Registrars), User: k.User, AuthUser: k.AuthUser, Domain: k.Domain,
				Encryption: string(k.Encryption), EncryptionOptional: k.EncryptionOptional, SDESWithoutTLS: k.SDESWithoutTLS,
				ExpiresS: k.ExpiresS, Certificate: k.Certificate, Order: k.Order, Format: string(k.Format), Prefix: k.Prefix,
				Country: k.Country, Caller: k.Caller, Callers: texts(k.Callers), PassCaller: k.PassCaller,
				CallsPerSecond: k.CallsPerSecond, Rates: texts(k.Rates), OptionsS: k.OptionsS,
				Blocked: texts(k.Blocked), Countries: texts(k.Countries), NoWithheld: k.NoWithheld,
			}}
		},
		take: func(id string, f TrunkInput) trunk.Trunk {
			return trunk.Trunk{
				ID: trunk.ID(id), Key: f.Key, Name: f.Name, Kind: trunk.Kind(f.Kind), Addresses: f.Addresses, NAT: f.NAT,
				Codecs: f.Codecs, MaxCalls: f.MaxCalls, Password: f.sealed,
				Settings: trunk.Settings{
					Host: f.Host, Proxy: f.Proxy, Registrars: f.Registrars, User: f.User, AuthUser: f.AuthUser, Domain: f.Domain,
					Encryption: trunk.Encryption(f.Encryption), EncryptionOptional: f.EncryptionOptional, SDESWithoutTLS: f.SDESWithoutTLS,
					ExpiresS: f.ExpiresS, Certificate: f.Certificate, Order: f.Order, Format: trunk.Format(f.Format), Prefix: f.Prefix,
					Country: f.Country, Caller: f.Caller, Callers: f.Callers, PassCaller: f.PassCaller,
					CallsPerSecond: f.CallsPerSecond, Rates: f.Rates, OptionsS: f.OptionsS,
					Blocked: f.Blocked, Countries: f.Countries, NoWithheld: f.NoWithheld,
				},
			}
		},
		before: func(_ context.Context, f *TrunkInput) (err error) {
			if f.Password != "" {
				f.sealed, err = s.deps.Seal(f.Password)
			}
			return err
		},
	}
}

func (s *server) dispositions() kept[disposition.Disposition, Disposition, DispositionFields] {
	return kept[disposition.Disposition, Disposition, DispositionFields]{
		kind: "disposition", title: "Disposition", titles: "Dispositions", path: "/dispositions",
		read: signedIn(), write: may(access.ChangeSetup),
		list: disposition.List, after: func(d disposition.Disposition) string { return d.Key },
		get: byID(disposition.Get), create: disposition.Create, change: disposition.Change, remove: removeByID(disposition.Delete),
		show: func(d disposition.Disposition) Disposition {
			return Disposition{ID: string(d.ID), DispositionFields: DispositionFields{Key: d.Key, ProjectID: string(d.ProjectID),
				ParentID: string(d.ParentID), Names: plain(d.Names), Success: d.Success,
				MinTalkMs: d.MinTalkMS, MaxTalkMs: d.MaxTalkMS, NoteRequired: d.NoteRequired, Position: d.Position}}
		},
		take: func(id string, f DispositionFields) disposition.Disposition {
			return disposition.Disposition{ID: disposition.ID(id), Key: f.Key, ProjectID: project.ID(f.ProjectID),
				ParentID: disposition.ID(f.ParentID), Names: named(f.Names), Success: f.Success,
				MinTalkMS: f.MinTalkMs, MaxTalkMS: f.MaxTalkMs, NoteRequired: f.NoteRequired, Position: f.Position}
		},
	}
}

func (s *server) breakReasons() kept[agent.BreakReason, BreakReason, BreakReasonFields] {
	return kept[agent.BreakReason, BreakReason, BreakReasonFields]{
		kind: "break_reason", title: "BreakReason", titles: "BreakReasons", path: "/break-reasons",
		read: signedIn(), write: may(access.ChangeSetup),
		list: func(tx *db.Tx, t tenant.ID, _ db.Page) ([]agent.BreakReason, error) { return agent.BreakReasons(tx, t) },
		get:  byID(agent.GetBreakReason), create: agent.CreateBreakReason, change: agent.ChangeBreakReason,
		remove: removeByID(agent.DeleteBreakReason),
		show: func(r agent.BreakReason) BreakReason {
			return BreakReason{ID: string(r.ID), BreakReasonFields: BreakReasonFields{Key: r.Key, Names: plain(r.Names),
				LimitMs: r.LimitMS, Position: r.Position}}
		},
		take: func(id string, f BreakReasonFields) agent.BreakReason {
			return agent.BreakReason{ID: agent.BreakReasonID(id), Key: f.Key, Names: named(f.Names), LimitMS: f.LimitMs, Position: f.Position}
		},
	}
}

func (s *server) projects() kept[project.Project, Project, ProjectFields] {
	return kept[project.Project, Project, ProjectFields]{
		kind: "project", title: "Project", titles: "Projects", path: "/projects", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: project.List, after: func(p project.Project) string { return p.Key },
		get: byID(project.Get), create: project.Create, change: project.Change, remove: removeByID(project.Delete),
		show: func(p project.Project) Project {
			return Project{ID: string(p.ID), ProjectFields: ProjectFields{Key: p.Key, Name: p.Name, Country: p.Country, Trunks: texts(p.Trunks), RecordingDays: p.RecordingDays,
				HangUpAfterMs: p.HangUpAfterMS, HangUpReason: p.HangUpReason, AnnounceMonitoring: p.AnnounceMonitoring, HoldMusic: p.HoldMusic,
				SafetyFlow: p.SafetyFlow, DefaultQueue: p.DefaultQueue, RecordingFormat: string(p.RecordingFormat), Voices: shownVoices(p.Voices), Recognizers: shownRecognizers(p.Recognizers), Callbacks: shownTerms(p.Callbacks), Messaging: ProjectMessaging(p.Messaging), Abuse: ProjectAbuse(p.Abuse)}}
		},
		take: func(id string, f ProjectFields) project.Project {
			return project.Project{ID: project.ID(id), Key: f.Key, Name: f.Name, Country: f.Country, Trunks: typed[trunk.ID](f.Trunks), RecordingDays: f.RecordingDays,
				HangUpAfterMS: f.HangUpAfterMs, HangUpReason: f.HangUpReason, AnnounceMonitoring: f.AnnounceMonitoring, HoldMusic: f.HoldMusic,
				SafetyFlow: f.SafetyFlow, DefaultQueue: f.DefaultQueue, RecordingFormat: project.Format(f.RecordingFormat), Voices: takenVoices(f.Voices), Recognizers: takenRecognizers(f.Recognizers), Callbacks: takenTerms(f.Callbacks), Messaging: project.Messaging(f.Messaging), Abuse: project.Abuse(f.Abuse)}
		},
		also: func(tx *db.Tx, by audit.Author, p project.Project, _ ProjectFields) (project.Project, error) {
			return p, flow.CheckProject(tx, tenant.ID(by.Tenant), p)
		},
	}
}

func shownTerms(c project.Callbacks) ProjectCallbacks {
	return ProjectCallbacks{c.AtOnce, c.PerMinute, string(cmp.Or(c.OnePer, project.OnePerQueue)), c.GraceMinutes, c.RemindMinutes}
}

func takenTerms(c ProjectCallbacks) project.Callbacks {
	rule := project.OnePer(c.OnePer)
	if rule == project.OnePerQueue {
		rule = "" // the usual one is not written down
	}
	return project.Callbacks{AtOnce: c.AtOnce, PerMinute: c.PerMinute, OnePer: rule, GraceMinutes: c.GraceMinutes, RemindMinutes: c.RemindMinutes}
}

func (s *server) hours() kept[hours.Hours, Hours, HoursFields] {
	return kept[hours.Hours, Hours, HoursFields]{
		kind: "hours", title: "Hours", titles: "Hours", path: "/hours", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: hours.List, after: func(h hours.Hours) string { return h.Key },
		get: byID(hours.Get), create: hours.Create, change: hours.Change, remove: removeByID(hours.Delete),
		show: func(h hours.Hours) Hours {
			shown := Hours{ID: string(h.ID), HoursFields: HoursFields{Key: h.Key, Name: h.Name, TimeZone: h.TimeZone,
				Week: map[string][]string{}, Holidays: []Holiday{}, Closed: h.Closed}, ClosedBy: h.ClosedBy, ClosedMs: h.ClosedMS}
			for day, open := range h.Week {
				shown.Week[day] = texts(open)
			}
			for _, d := range h.Holidays {
				shown.Holidays = append(shown.Holidays, Holiday{Date: d.Date, Name: d.Name, Open: texts(d.Open)})
			}
			return shown
		},
		take: func(id string, f HoursFields) hours.Hours {
			h := hoursOf(f)
			h.ID = hours.ID(id)
			return h
		},
	}
}

func (s *server) flows() kept[flow.Flow, Flow, FlowFields] {
	return kept[flow.Flow, Flow, FlowFields]{
		kind: "flow", title: "Flow", titles: "Flows", path: "/flows", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: flow.List, after: func(f flow.Flow) string { return f.Key },
		get: byID(flow.Get), create: flow.Create, change: flow.Change, remove: removeByID(flow.Delete),
		show: showFlow,
		take: func(id string, f FlowFields) flow.Flow {
			return flow.Flow{ID: flow.ID(id), Key: f.Key, Name: f.Name, Program: f.Program}
		},
		also: func(tx *db.Tx, by audit.Author, f flow.Flow, _ FlowFields) (flow.Flow, error) {
			return f, s.checker().Check(tx, tenant.ID(by.Tenant), f)
		},
	}
}

func (s *server) prompts() kept[flow.Prompt, Prompt, PromptFields] {
	return kept[flow.Prompt, Prompt, PromptFields]{
		kind: "prompt", title: "Prompt", titles: "Prompts", path: "/prompts", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: flow.ListPrompts, after: func(p flow.Prompt) string { return p.Key },
		get: byID(flow.GetPrompt), create: flow.CreatePrompt, change: s.changePrompt, remove: removeByID(s.deletePrompt),
		show: func(p flow.Prompt) Prompt {
			return Prompt{ID: string(p.ID), PromptFields: PromptFields{Key: p.Key, Name: p.Name,
				Texts: notNil(p.Texts), Audio: notNil(p.Audio)}}
		},
		take: func(id string, f PromptFields) flow.Prompt {
			return flow.Prompt{ID: flow.PromptID(id), Key: f.Key, Name: f.Name, Texts: f.Texts, Audio: f.Audio}
		},
	}
}

func notNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
