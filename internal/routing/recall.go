package routing

import (
	"cmp"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/queue"
)

// Past is what was before the process began, as far as it matters to whom customers are given now.
type Past struct {
	Got []Got // offers that were not missed within the last day, in any order
	// Last is when each agent was reserved last, for a turn that he missed too.
	Last map[access.UserID]time.Time
	// SignedIn is since when those who work have done so.
	SignedIn map[access.UserID]time.Time
	Idle     map[access.UserID]time.Time // since when those who are available wait for work
	Took     []Took                      // the earliest first
}

// Got is an interaction of a queue that an agent got.
type Got struct {
	Agent access.UserID
	Queue queue.ID
	At    time.Time
}

// Took is how long an interaction of a queue kept its agent.
type Took struct {
	Queue queue.ID
	Took  time.Duration
}

// comesBack is how soon an agent must be here again to have been signed in all the while.
const comesBack = 5 * time.Minute

// past is what an agent's seat begins with.
type past struct {
	got     []Got
	handled int
	idle    int64 // 0: not known
	at      int64 // when it was recalled
}

// Recall tells what was before. Call it before any agent is told of. Caps count what an agent got before, also from
// before they were set.
func (m *Matcher) Recall(now time.Time, p Past) {
	m.pasts = make(map[access.UserID]*past)
	of := func(agent access.UserID) *past {
		if m.pasts[agent] == nil {
			m.pasts[agent] = &past{at: now.UnixNano()}
		}
		return m.pasts[agent]
	}
	for _, g := range p.Got {
		its := of(g.Agent)
		its.got = append(its.got, g)
		if in, ok := p.SignedIn[g.Agent]; ok && !g.At.Before(in) {
			its.handled++
		}
	}
	for agent, since := range p.Idle {
		of(agent).idle = since.UnixNano()
	}
	m.turned = make(map[access.UserID]uint64)
	last := make([]Got, 0, len(p.Last))
	for agent, at := range p.Last {
		last = append(last, Got{Agent: agent, At: at})
	}
	slices.SortFunc(last, func(a, b Got) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Agent, b.Agent)) })
	for _, l := range last {
		m.taken++
		m.turned[l.Agent] = m.taken
	}
	for _, t := range p.Took {
		m.line(t.Queue).learn(t.Took)
	}
}

// recall gives a new seat its past.
func (m *Matcher) recall(s *seat) {
	s.turn, s.past = m.turned[s.agent.ID], m.pasts[s.agent.ID]
	delete(m.turned, s.agent.ID)
	delete(m.pasts, s.agent.ID)
}

// recallCaps has the caps count what an agent got before; they are known now.
func (s *seat) recallCaps(line func(queue.ID) *line) {
	if s.past == nil {
		return
	}
	for _, g := range s.past.got {
		s.count(line(g.Queue), g.At.UnixNano())
	}
	s.past.got = nil
}

// recallIdle is since when he waits who is ready now: since before, if he was ready all the while.
func (s *seat) recallIdle(now int64) int64 {
	if was := s.past; was != nil && was.idle > 0 && now-was.at <= int64(comesBack) {
		return min(was.idle, now)
	}
	return now
}

// recallHandled is how many he has handled when he is here for the first time; if he was here all the while, those from before too.
func (s *seat) recallHandled(now int64) int {
	was := s.past
	s.past = nil
	if was == nil || now-was.at > int64(comesBack) {
		return 0
	}
	return was.handled
}

// Recall tells what was before the process began, before any agent is told of.
func (r *Router) Recall(p Past) {
	r.box.Put(func(now time.Time) { r.m.Recall(now, p) })
}
