package voice

import (
	"maps"
	"slices"

	"linekeeper/internal/interaction"
	"linekeeper/internal/wire/sip"
)

// What the repair of the product asks for and does.

// RunningCall is a SIP call of an interaction that is not over.
type RunningCall struct {
	ID          string // Call-ID
	Interaction interaction.ID
}

// Legs are the interactions whose customer's leg is there, in no order.
func (e *Edge) Legs() []interaction.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Collect(maps.Keys(e.legs))
}

// Calls are the SIP calls of interactions: customers', those to agents' phones and to numbers outside.
func (e *Edge) Calls() (all []RunningCall) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id := range e.dialogs {
		e.dropEnded(id)
		for _, c := range e.dialogs[id] {
			all = append(all, RunningCall{c.ID(), id})
		}
	}
	return all
}

// belongs notes a call as one of an interaction.
func (e *Edge) belongs(id interaction.ID, call *sip.Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dialogs[id] = append(e.dialogs[id], call)
}

// dropEnded forgets the calls of an interaction that are over; mu is held.
func (e *Edge) dropEnded(id interaction.ID) {
	e.dialogs[id] = slices.DeleteFunc(e.dialogs[id], func(c *sip.Call) bool { return c.Phase() == sip.Ended })
	if len(e.dialogs[id]) == 0 {
		delete(e.dialogs, id)
	}
}

// HangUp ends the leg of an interaction that is not there any more.
func (e *Edge) HangUp(id interaction.ID) {
	if l := e.leg(id); l != nil {
		l.tell(func() { l.ending, l.reason = true, outOfOrder })
	}
}

// HangUpCall ends a call whose leg is not there any more. It may take two seconds.
func (e *Edge) HangUpCall(id interaction.ID, callID string) {
	e.mu.Lock()
	i := slices.IndexFunc(e.dialogs[id], func(c *sip.Call) bool { return c.ID() == callID })
	var call *sip.Call
	if i >= 0 {
		call = e.dialogs[id][i]
	}
	e.mu.Unlock()
	if call != nil {
		hangUp(call, outOfOrder)
	}
}
