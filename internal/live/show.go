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
		Abandoned: q.counts.Abandoned, Short: q.counts.Short,
	}
	longest := time.Time{}
	for _, since := range q.waiting {
		if longest.IsZero() || since.Before(longest) {
			longest = since
		}
	}
	v.LongestSince = millis(longest)
	for _, a := range b.agents {
		if !a.known || !slices.Contains(a.info.Queues, id) {
			continue
		}
		if a.info.Status == "available" || a.work != "" {
			v.Agents++
		}
		if a.info.Status == "available" && a.work == "" {
			v.Available++
		}
	}
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

// showAgent does the same for an agent, and for the queues whose count of ready agents hangs on him.
func (b *Board) showAgent(id access.UserID) {
	a := b.agents[id]
	if a == nil || !a.known {
		return
	}
	v := AgentView{
		Agent: id, Name: a.info.Name, Status: a.info.Status, Reason: a.info.Reason,
		StatusSince: millis(a.info.Since), Activity: Idle, ActivitySince: millis(a.info.Since),
		Interaction: a.work, Queues: slices.Clone(a.info.Queues),
	}
	if a.work != "" {
		s := b.work[a.work]
		v.Activity, v.ActivitySince = activity(s.Phase), millis(s.Since)
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

func activity(p interaction.Phase) Activity {
	switch p {
	case interaction.Offered:
		return BeingAsked
	case interaction.Connecting:
		return Connecting
	case interaction.Connected:
		return Talking
	case interaction.Interrupted:
		return Interrupted
	case interaction.WrappingUp:
		return WrappingUp
	}
	return Idle
}

func (b *Board) showWork(s interaction.State) {
	v := b.workView(s)
	for sub := range b.subs {
		if sub.user == s.Agent {
			sub.put(func(p *pending) {
				p.work[s.ID] = v
				delete(p.gone, s.ID)
			})
		}
	}
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

func (b *Board) workView(s interaction.State) WorkView {
	a := s.Arrival
	v := WorkView{
		Interaction: s.ID, Phase: string(s.Phase), Channel: string(a.Channel),
		CustomerAddress: a.CustomerAddress, Customer: string(a.Customer), CustomerName: a.CustomerName,
		CenterAddress: a.CenterAddress, EntryName: b.names.Entry(string(a.Entry)),
		Project: string(a.Project), ProjectName: b.names.Project(string(a.Project)),
		Queue: s.Segment.Rules.Queue, QueueName: b.names.Queue(s.Segment.Rules.Queue),
		Language: a.Language, Arrived: millis(s.Arrived), Queued: millis(s.Segment.Queued),
		Answered: millis(s.Segment.Answered), PhaseSince: millis(s.Since), WrapUntil: millis(s.WrapUntil),
		WrapExtended: s.Extended, Muted: s.Muted, Codec: a.Codec,
		DispositionRequired: s.Segment.Rules.DispositionRequired,
		Disposition:         string(s.Disposition), Note: s.Note, Recording: s.Recording,
	}
	if s.Phase == interaction.Offered {
		v.OfferUntil = millis(s.Offer.Until)
	}
	return v
}
