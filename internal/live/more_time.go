package live

import (
	"slices"
	"strings"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// MoreTimeView is an agent's request for more wrap-up, which waits for a leader's answer.
type MoreTimeView struct {
	Interaction  interaction.ID `json:"interaction"`
	Agent        access.UserID  `json:"agent"`
	AgentName    string         `json:"agent_name"`
	CustomerName string         `json:"customer_name"`
	Queue        queue.ID       `json:"queue"`
	QueueName    string         `json:"queue_name"`
	Since        int64          `json:"since"`    // he asked
	Began        int64          `json:"began"`    // the wrap-up
	Until        int64          `json:"until"`    // it ends by itself
	Extended     int            `json:"extended"` // how often he has prolonged it
}

// asked tells leaders of requests that have changed.
func (b *Board) asked(before, after interaction.State) {
	was, is := b.asksOf(before), b.asksOf(after)
	if slices.Equal(was, is) {
		return
	}
	all := b.asks()
	for s := range b.subs {
		if s.lead {
			s.put(func(p *pending) { p.asks, p.asksNew = all, true })
			s.rouse() // an agent waits
		}
	}
}

// asks are the open requests, the oldest first.
func (b *Board) asks() []MoreTimeView {
	all := []MoreTimeView{}
	for _, s := range b.work {
		all = append(all, b.asksOf(s)...)
	}
	slices.SortFunc(all, func(x, y MoreTimeView) int {
		if x.Since != y.Since {
			return int(x.Since - y.Since)
		}
		return strings.Compare(string(x.Interaction)+string(x.Agent), string(y.Interaction)+string(y.Agent))
	})
	return all
}

func (b *Board) asksOf(s interaction.State) (all []MoreTimeView) {
	if s.ID == "" || s.Phase != interaction.WrappingUp && len(s.Handovers) == 0 {
		return nil
	}
	for _, u := range s.Users() {
		w, ok := s.WrapUpOf(u)
		if !ok || w.MoreTime.Asked.IsZero() {
			continue
		}
		q := w.Segment.Rules.Queue
		all = append(all, MoreTimeView{
			Interaction: s.ID, Agent: u, AgentName: b.names.User(u), CustomerName: s.Arrival.CustomerName,
			Queue: q, QueueName: b.names.Queue(q), Since: millis(w.MoreTime.Asked), Began: millis(w.Since), Until: millis(w.Until),
			Extended: w.Extended,
		})
	}
	return all
}

// moreTime shows an agent how his wrap-up can be prolonged.
func (b *Board) moreTime(v *WorkView, user access.UserID, s interaction.State) {
	w, ok := s.WrapUpOf(user)
	if !ok {
		return
	}
	v.WrapExtensions = w.Segment.Rules.Extensions
	switch m := w.MoreTime; {
	case !m.Asked.IsZero():
		v.MoreTime = "asked"
	case m.Answer != "":
		v.MoreTime, v.MoreTimeBy = string(m.Answer), b.names.User(m.By)
	}
}
