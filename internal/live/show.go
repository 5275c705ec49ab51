package live

import (
	"reflect"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// showQueue makes the queue's view anew and tells who watches it when it differs.
func (b *Board) showQueue(id queue.ID) {
	q := b.queues[id]
	if q == nil || q.info.Name == "" {
		return
	}
	v := QueueView{
		Queue: id, Name: q.info.Name, Project: q.info.Project, Waiting: len(q.waiting),
		TargetMs: q.info.Target.Milliseconds(), TargetShare: q.info.TargetShare,
		Offered: q.counts.Offered, Answered: q.counts.Answered, InTime: q.counts.InTime,
		Abandoned: q.counts.Abandoned, Short: q.counts.Short, Messages: len(q.left), Tasks: len(q.tasks),
	}
	for _, due := range q.tasks {
		if due.Before(time.Now()) {
			v.TasksOverdue++
		}
	}
	longest := time.Time{}
	for _, since := range q.waiting {
		if longest.IsZero() || since.Before(longest) {
			longest = since
		}
	}
	v.LongestSince = millis(longest)
	v.Agents = len(q.agents)
	for _, free := range q.agents {
		if free {
			v.Available++
		}
	}
	v.Callbacks, v.CallbacksSince = q.callbacks, millis(q.callbacksSince)
	v.CallbacksAsked, v.CallbacksReached, v.CallbackDelayMs = q.callbackDay.Asked, q.callbackDay.Reached, q.callbackDay.Delay.Milliseconds()
	b.lacks(id, q, &v)
	q.expect(&v, time.Now())
	if v == q.shown {
		return
	}
	q.shown = v
	for s := range b.subs {
		if s.board || slices.Contains(b.agent(s.user).info.Queues, id) {
			s.put(func(p *pending) { p.queues[id] = v })
		}
	}
}

// serve counts an agent among those of his queues; to be called when his queues, his status or what he has
// in hand have changed.
func (b *Board) serve(a *agentState) {
	for _, id := range a.in {
		if q := b.queues[id]; q != nil {
			delete(q.agents, a.info.ID)
		}
	}
	a.in = nil
	available := a.info.Status == "available"
	if !a.known || !available && len(a.work) == 0 {
		return
	}
	a.in = a.info.Queues
	for _, id := range a.in {
		if q := b.queues[id]; q != nil {
			q.agents[a.info.ID] = available && len(a.work) == 0
		}
	}
}

// showAgent does the same for an agent, and for the queues whose count of ready agents hangs on him.
func (b *Board) showAgent(id access.UserID) {
	a := b.agents[id]
	if a == nil || !a.known {
		return
	}
	b.serve(a)
	work := b.inHand(a)
	v := AgentView{
		Agent: id, Name: a.info.Name, Status: a.info.Status, Reason: a.info.Reason, SetBy: a.info.SetBy,
		StatusSince: millis(a.info.Since), StatusUntil: millis(a.info.Until), Activity: Idle, ActivitySince: millis(a.info.Since),
		Interaction: work, Queues: slices.Clone(a.info.Queues),
		Phone: a.info.Phone, PhoneAway: a.info.PhoneAway, Quality: b.quality[talk{work, id}], Shift: a.info.Shift,
	}
	if work != "" {
		s := b.work[work]
		v.Activity, v.ActivitySince = activity(s, id)
	} else if a.shown.Interaction != "" {
		v.ActivitySince = time.Now().UnixMilli()
	} else if a.shown.Agent != "" && a.shown.Status == v.Status && a.shown.Reason == v.Reason {
		v.ActivitySince = a.shown.ActivitySince
	}
	if reflect.DeepEqual(v, a.shown) {
		return
	}
	a.shown = v
	for s := range b.subs {
		if s.user == id {
			s.put(func(p *pending) { p.me = &v })
		}
		if s.board {
			s.put(func(p *pending) { p.agents[id] = v })
		}
	}
	for _, q := range v.Queues {
		b.showQueue(q)
	}
}

// activity is what an agent does in an interaction, and since when.
func activity(s interaction.State, user access.UserID) (Activity, int64) {
	if h, ok := s.HandoverOf(user); ok {
		return WrappingUp, millis(h.Since)
	}
	if p, ok := s.PartyOf(user); ok {
		switch {
		case p.Kind == interaction.PartySupervisor:
			return Monitoring, millis(p.Since)
		case p.State == interaction.PartyRinging:
			return BeingAsked, millis(p.Since)
		case p.State == interaction.PartyConnecting:
			return Connecting, millis(p.Since)
		}
		return Talking, millis(p.Since)
	}
	switch s.Phase {
	case interaction.Offered:
		return BeingAsked, millis(s.Since)
	case interaction.Connecting, interaction.Dialing:
		return Connecting, millis(s.Since)
	case interaction.Connected:
		return Talking, millis(s.Since)
	case interaction.Interrupted:
		return Interrupted, millis(s.Since)
	case interaction.WrappingUp:
		return WrappingUp, millis(s.Since)
	}
	return Idle, millis(s.Since)
}

func (b *Board) showWork(user access.UserID, s interaction.State) {
	v := b.workView(user, s)
	for sub := range b.subs {
		if sub.user == user {
			sub.put(func(p *pending) {
				p.work[s.ID] = v
				delete(p.gone, s.ID)
			})
		}
	}
}

// showParked tells every desk who is parked.
func (b *Board) showParked() {
	all := b.parked()
	for s := range b.subs {
		s.put(func(p *pending) { p.parked, p.parkedNew = all, true })
	}
}

// parked are the parked customers, the longest parked first.
func (b *Board) parked() []ParkedView {
	var all []ParkedView
	for _, s := range b.work {
		if s.Phase == interaction.Parked {
			all = append(all, ParkedView{
				Interaction: s.ID, CustomerAddress: s.Arrival.CustomerAddress, CustomerName: s.Arrival.CustomerName,
				Queue: s.Segment.Rules.Queue, QueueName: b.names.Queue(s.Segment.Rules.Queue),
				By: s.ParkedBy, ByName: b.names.User(s.ParkedBy), Since: millis(s.Since), Until: millis(s.ParkUntil), Alarm: s.ParkAlarm,
			})
		}
	}
	slices.SortFunc(all, func(x, y ParkedView) int {
		if x.Since != y.Since {
			return int(x.Since - y.Since)
		}
		return compare(string(x.Interaction), string(y.Interaction))
	})
	return all
}

func (b *Board) gone(agent access.UserID, id interaction.ID, why string) {
	for sub := range b.subs {
		if sub.user == agent {
			sub.put(func(p *pending) {
				p.gone[id] = why
				delete(p.work, id)
			})
		}
	}
}

func (b *Board) showDay(id access.UserID) {
	d := b.agent(id).day
	for sub := range b.subs {
		if sub.user == id {
			sub.put(func(p *pending) { p.day = &d })
		}
	}
}

// workView is how an interaction in hand looks to one who has it there.
func (b *Board) workView(user access.UserID, s interaction.State) WorkView {
	a := s.Arrival
	v := WorkView{
		Interaction: s.ID, Phase: string(s.Phase), Channel: string(a.Channel),
		CustomerAddress: a.CustomerAddress, Customer: string(a.Customer), CustomerName: a.CustomerName,
		CenterAddress: a.CenterAddress, EntryName: b.names.Entry(string(a.Entry)),
		Project: string(a.Project), ProjectName: b.names.Project(string(a.Project)),
		Queue: s.Segment.Rules.Queue, QueueName: b.names.Queue(s.Segment.Rules.Queue),
		Origin: string(a.Origin), RingingSince: millis(s.Ringing),
		Language: a.Language, Arrived: millis(s.Arrived), Queued: millis(s.Segment.Queued),
		Answered: millis(s.Segment.Answered), PhaseSince: millis(s.Since), WrapUntil: millis(s.WrapUntil),
		WrapExtended: s.Extended, Muted: s.Own.Muted, Codec: a.Codec,
		DispositionRequired: s.Segment.Rules.DispositionRequired,
		Disposition:         string(s.Disposition), Note: s.Note, Recording: s.Recording,
		Quality: b.quality[talk{s.ID, user}], Encrypted: b.locks[talk{s.ID, user}],
	}
	if m := a.Message; m != nil {
		v.MessageMs, v.AnswerBy = m.Length.Milliseconds(), millis(s.Arrived.Add(m.Rules.Target))
	}
	if k := a.Task; k != nil {
		v.Task = &TaskView{Number: k.Number, Subject: k.Subject, Text: k.Text, Due: millis(k.Due), Round: k.Round, From: k.From}
		if k.Only == user {
			v.Task.Own = true
		}
	}
	if s.Phase == interaction.Offered {
		v.OfferUntil = millis(s.Offer.Until)
	}
	if p := a.Promise; p != nil {
		v.Callback = &CallbackView{Callback: p.Callback, First: p.First, Since: millis(p.Since), Attempt: p.Attempt, Note: p.Note}
	}
	b.control(&v, user, s)
	b.insulted(&v, user, s)
	if h, ok := s.HandoverOf(user); ok && v.Part == PartAgent {
		b.handed(&v, s, h)
	}
	if v.Part == PartAgent || v.Part == PartHanded {
		b.moreTime(&v, user, s)
	}
	return v
}

// control adds what call control shows.
func (b *Board) control(v *WorkView, user access.UserID, s interaction.State) {
	r := s.Segment.Rules
	v.Part, v.Held, v.Side = PartAgent, s.Customer.Held, s.Own.Side
	v.CustomerMuted, v.OnHold, v.CustomerHolds = s.Customer.Muted, s.CustomerHeld(), !s.CustomerHolds.IsZero()
	v.Agent, v.AgentName, v.AgentHeld = s.Agent, b.names.User(s.Agent), s.Own.Held
	v.RecordingPaused, v.RecordingPausedUntil, v.RecordOnDemand = s.Paused, millis(s.PausedUntil), r.OnDemand
	v.Secret, v.HangUpReason, v.Survey = s.Secret, r.HangUpReason, s.AsksAfter()
	if r.HangUpAfter > 0 && !s.Segment.Answered.IsZero() {
		v.HangUpFrom = millis(s.Segment.Answered.Add(r.HangUpAfter))
	}
	v.SecretDigits, v.Prompt, v.AgentMuted = s.SecretDigits, s.Prompt, s.Own.Muted
	for _, a := range s.Absent {
		v.Absent = append(v.Absent, b.absent(a))
	}
	for _, h := range s.Handovers {
		if h.Note != "" && h.Agent != user {
			v.Notes = append(v.Notes, NoteView{Agent: h.Agent, Name: b.names.User(h.Agent), Note: h.Note, At: millis(h.Since)})
		}
	}
	v.TalkMs, v.HoldMs = s.Talk.Milliseconds(), s.Hold.Milliseconds()
	v.CountedAt = millis(s.Counted)
	for _, p := range s.Parties {
		mine := p.User == user
		if p.Kind == interaction.PartySupervisor && !mine && !p.Announced {
			continue
		}
		if mine {
			v.Part, v.Muted = PartParty, p.Muted
			if p.Kind == interaction.PartySupervisor {
				v.Part = PartMonitor
			}
			if p.State == interaction.PartyRinging {
				v.Phase, v.OfferUntil = string(interaction.Offered), millis(p.Since.Add(interaction.RingTime))
				v.PhaseSince = millis(p.Since)
			} else if p.State == interaction.PartyConnecting {
				v.Phase = string(interaction.Connecting)
			}
		}
		name := b.names.User(p.User)
		v.Parties = append(v.Parties, PartyView{
			Party: string(p.ID), Kind: string(p.Kind), User: p.User, Name: name, Address: p.Address, State: string(p.State),
			Since: millis(p.Since), Mode: string(p.Mode), Side: p.Side, Held: p.Held, Muted: p.Muted, Mine: mine,
			By: b.names.User(p.By), QueueName: b.partyQueue(p),
		})
	}
}

// insulted adds what the abusive-caller path and a call for help show.
func (b *Board) insulted(v *WorkView, user access.UserID, s interaction.State) {
	if v.Part == PartAgent {
		v.Insulted, v.AbuseMayEnd, v.AbuseEnding = s.Insults(user), s.Segment.Rules.Abuse.MayEnd, s.AbuseEnding
	}
	if v.Insulted {
		v.HangUpFrom, v.HangUpReason = 0, false
	}
	if s.HelpOpen() && (v.Part == PartAgent || v.Part == PartMonitor) {
		h := b.helpView(s)
		v.Help = &h
	}
}

func (b *Board) partyQueue(p interaction.Party) string {
	if p.Queue == nil {
		return ""
	}
	return b.names.Queue(p.Queue.Queue)
}
