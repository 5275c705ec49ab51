package voicemail

import (
	"slices"
	"time"

	"linekeeper/internal/interaction"
)

// A customer who was leaving a message when the process died is asked anew if his call goes on. What he said before is
// kept until he is done, and put before what he says now: he leaves one message.

// parts are the drafts of one message, the oldest first.
type parts []draft

func (p parts) from() interaction.ID { return p[0].arrival.Message.From }

// byCall groups drafts by the call in which they were left.
func byCall(all []draft) []parts {
	var groups []parts
	for _, d := range all {
		i := slices.IndexFunc(groups, func(p parts) bool { return p.from() == d.arrival.Message.From })
		if i < 0 {
			groups = append(groups, parts{d})
			continue
		}
		groups[i] = append(groups[i], d)
	}
	for _, p := range groups {
		slices.SortFunc(p, func(a, b draft) int { return a.started.Compare(b.started) })
	}
	return groups
}

// keep holds what was said before the process died until the call is over, if it goes on.
func (e *Engine) keep(p parts) {
	from := p.from()
	e.mu.Lock()
	e.before[from] = p
	e.mu.Unlock()
	if !e.ports.Lives(from) {
		e.Over(from)
	}
}

// Over tells that a call is over: what was said in it before the process died is sent, unless the customer is still being
// recorded. It does not block.
func (e *Engine) Over(from interaction.ID) {
	e.mu.Lock()
	p := e.before[from]
	if p == nil || e.taking[from] > 0 {
		e.mu.Unlock()
		return
	}
	delete(e.before, from)
	e.mu.Unlock()
	e.settle(p)
}

// Committed follows interactions; it is a watcher of the registry.
func (e *Engine) Committed(k interaction.Commit) {
	if !k.State.Open() {
		e.Over(k.State.ID)
	}
}

// begins notes that somebody is being recorded, ends that he is not any more.
func (e *Engine) begins(from interaction.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.taking[from]++
}

func (e *Engine) ends(from interaction.ID) {
	e.mu.Lock()
	if e.taking[from]--; e.taking[from] == 0 {
		delete(e.taking, from)
	}
	e.mu.Unlock()
}

// whole is a draft with what was said before it.
func (e *Engine) whole(d draft) parts {
	e.mu.Lock()
	defer e.mu.Unlock()
	from := d.arrival.Message.From
	p := append(e.before[from], d)
	delete(e.before, from)
	return p
}

// said is how much is said in all parts, of those that can be heard.
func (e *Engine) said(p parts) (heard parts, total time.Duration, err error) {
	for _, d := range p {
		if !e.repaired(d) {
			continue
		}
		said, err := long(e.path(d))
		if err != nil {
			return nil, 0, err
		}
		if said > 0 {
			heard, total = append(heard, d), total+said
		}
	}
	return heard, total, nil
}
