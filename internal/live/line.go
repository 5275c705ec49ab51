package live

import (
	"cmp"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// lineMost is how many contacts of a line are shown; the line says how many there are.
const lineMost = 200

// LineView is who waits in a queue, in the order of their places.
type LineView struct {
	Queue    queue.ID      `json:"queue"`
	All      int           `json:"all"`      // how many there are
	Contacts []WaitingView `json:"contacts"` // the first 200 of them
}

// WaitingView is a contact in a queue's line.
type WaitingView struct {
	Interaction     interaction.ID `json:"interaction"`
	Queue           queue.ID       `json:"queue"`
	Channel         string         `json:"channel"`
	CustomerAddress string         `json:"customer_address"`
	CustomerName    string         `json:"customer_name"`
	Since           int64          `json:"since"`    // waits since then, in whichever line
	Here            int64          `json:"here"`     // in this line since then
	Priority        int            `json:"priority"` // higher goes first
	Place           int            `json:"place"`    // 1 for the first; 0: waits for one agent only
	AskedName       string         `json:"asked"`    // the agent who is being asked; empty: nobody
	OnlyName        string         `json:"only"`     // waits for this agent only; empty: for anybody
	OnlyUntil       int64          `json:"only_until"`
	PlacedName      string         `json:"placed"` // who changed the place last; empty: nobody
	// Promised says that the queue has promised the customer a call: he cannot be moved to another.
	Promised bool `json:"promised"`
	// Unserved says that nobody who serves the queue can take him, with the skill's id and level that nobody has, as of a queue.
	Unserved  bool   `json:"unserved"`
	LackSkill string `json:"lack_skill"`
	LackLevel int    `json:"lack_level"`
	// What he has to expect still, as of a queue's next one.
	WaitKnown  bool  `json:"wait_known"`
	WaitLowMs  int64 `json:"wait_low_ms"`
	WaitHighMs int64 `json:"wait_high_ms"`
}

// WatchLine follows who waits in a queue, besides what else is followed; empty: in none. The line comes as a change.
func (s *Subscription) WatchLine(id queue.ID) {
	s.b.box.Put(func() {
		s.line = id
		if id == "" {
			return
		}
		v := s.b.lineView(id)
		s.put(func(p *pending) { p.line = &v })
		s.rouse()
	})
}

// Line gives who waits in a queue; false: it is not known.
func (b *Board) Line(id queue.ID) (LineView, bool) {
	type answer struct {
		LineView
		ok bool
	}
	reply := make(chan answer, 1)
	if !b.box.Put(func() { reply <- answer{b.lineView(id), b.queues[id] != nil} }) {
		return LineView{}, false
	}
	select {
	case a := <-reply:
		return a.LineView, a.ok
	case <-b.done:
		return LineView{}, false
	}
}

// showLine tells who watches a queue's line.
func (b *Board) showLine(id queue.ID) {
	var v *LineView
	for s := range b.subs {
		if s.line != id || id == "" {
			continue
		}
		if v == nil {
			one := b.lineView(id)
			v = &one
		}
		s.put(func(p *pending) { p.line = v })
	}
}

func (b *Board) lineView(id queue.ID) LineView {
	v := LineView{Queue: id, Contacts: []WaitingView{}}
	q := b.queues[id]
	if q == nil {
		return v
	}
	all := make([]interaction.State, 0, len(q.waiting)+len(q.left))
	for one := range q.waiting {
		all = append(all, b.work[one])
	}
	for one := range q.left {
		all = append(all, b.work[one])
	}
	slices.SortFunc(all, inLine)
	v.All = len(all)
	now, place := time.Now(), 0
	for _, s := range all[:min(len(all), lineMost)] {
		w := b.waitingView(s)
		if s.Phase == interaction.Waiting && s.Segment.Only == "" {
			place++
			w.Place = place
		}
		if e, ok := q.line.Expect(now, place); ok && w.Place > 0 && !s.IsMessage() {
			said := e.Say()
			w.WaitKnown = true
			w.WaitLowMs = (time.Duration(said.Low) * time.Minute).Milliseconds()
			w.WaitHighMs = (time.Duration(said.High) * time.Minute).Milliseconds()
		}
		v.Contacts = append(v.Contacts, w)
	}
	return v
}

func (b *Board) waitingView(s interaction.State) WaitingView {
	a, g := s.Arrival, s.Segment
	w := WaitingView{
		Interaction: s.ID, Queue: g.Rules.Queue, Channel: string(a.Channel), CustomerAddress: a.CustomerAddress, CustomerName: a.CustomerName,
		Since: millis(s.Waits()), Here: millis(g.Queued), Priority: g.Priority, Promised: a.Promise != nil,
		OnlyName: b.name(g.Only), PlacedName: b.name(s.PlacedBy),
	}
	if s.Phase != interaction.Waiting {
		w.AskedName = b.name(s.Agent)
	}
	if u, ok := b.unserved[s.ID]; ok && u.Queue == g.Rules.Queue {
		w.Unserved, w.LackSkill, w.LackLevel = true, string(u.Lack.Skill), u.Lack.Level
	}
	if g.Only != "" {
		w.OnlyUntil = millis(g.OnlyUntil)
	}
	return w
}

func (b *Board) name(id access.UserID) string {
	if id == "" {
		return ""
	}
	return b.names.User(id)
}

// inLine is the order of places, as the router has it: who is being asked stands before all.
func inLine(x, y interaction.State) int {
	asked := func(s interaction.State) int {
		if s.Phase == interaction.Waiting {
			return 1
		}
		return 0
	}
	head := func(s interaction.State) int {
		if s.WaitingPlace().Head {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(asked(x), asked(y)), cmp.Compare(y.Segment.Priority, x.Segment.Priority), cmp.Compare(head(x), head(y)),
		x.Waits().Compare(y.Waits()), cmp.Compare(x.ID, y.ID))
}
