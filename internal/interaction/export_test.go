package interaction

// LoseActor forgets an interaction's actor, as no code should.
func (r *Registry) LoseActor(id ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.actors, id)
}

// LoggedAsked is the line of the log about a customer who was asked lately.
const LoggedAsked = loggedAsked
