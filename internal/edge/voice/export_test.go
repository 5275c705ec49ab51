package voice

import "linekeeper/internal/interaction"

// LoseLeg forgets an interaction's leg, as no code should.
func (e *Edge) LoseLeg(id interaction.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.legs, id)
}
