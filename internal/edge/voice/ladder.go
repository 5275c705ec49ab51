package voice

import (
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/ladder"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/sip"
)

// Ladders keeps what was signalled for interactions; a ladder.Keeper is one.
type Ladders interface {
	// Follow adds a call; party is an id or number, by role.
	Follow(t tenant.ID, id interaction.ID, role, party, callID string, source ladder.Source)
	// End says that no call of the interaction runs any more.
	End(id interaction.ID)
}

// traceBytes is what one call keeps of its messages: 40 usual ones.
const traceBytes = 32 << 10

// traceRest is after how long without a message a running call's trace is compressed.
const traceRest = 5 * time.Second

// trace makes a call part of its interaction's ladder. Every SIP call of an interaction passes here
// once: by Leg.begin, and by DialRequest.Made of those that we make.
func (e *Edge) trace(t tenant.ID, id interaction.ID, role, party string, call *sip.Call) {
	if id != "" {
		e.belongs(id, call)
	}
	if e.config.Ladders != nil && id != "" {
		e.config.Ladders.Follow(t, id, role, party, call.ID(), traced{call.Trace()})
	}
}

// traceEnd is called when the last call of an interaction is over.
func (e *Edge) traceEnd(id interaction.ID) {
	e.mu.Lock()
	e.dropEnded(id)
	e.mu.Unlock()
	if e.config.Ladders != nil && id != "" {
		e.config.Ladders.End(id)
	}
}

// traced is a call's trace as the ladder wants it. It holds nothing else of the call.
type traced struct{ trace *sip.Trace }

// Messages implements ladder.Source.
func (t traced) Messages() ([]ladder.Message, int) {
	list := t.trace.Messages()
	all := make([]ladder.Message, len(list))
	for i, m := range list {
		all[i] = ladder.Message{At: m.At, Out: m.Out, Transport: string(m.Transport), Local: m.Local, Remote: m.Remote,
			Text: m.Text, Repeats: m.Repeats, Again: m.Again}
	}
	return all, t.trace.Missing()
}

// Rest implements ladder.Source.
func (t traced) Rest() { t.trace.Pack(traceRest) }
