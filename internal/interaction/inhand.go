package interaction

import "linekeeper/internal/access"

// InHand says whether a user has the interaction in hand: it is offered to him or his until the wrap-up
// ends, he is a further party of the talk, or wraps up his part after a hand-over.
func (s State) InHand(user access.UserID) bool {
	if user == "" {
		return false
	}
	if p, ok := s.PartyOf(user); ok {
		return p.State != PartySeeking
	}
	if _, ok := s.HandoverOf(user); ok {
		return true
	}
	if s.Agent != user {
		return false
	}
	switch s.Phase {
	case Offered, Dialing, Connecting, Connected, Interrupted, WrappingUp:
		return true
	}
	return false
}

// Asked are the agents who are shown an offer now: for the customer, or for a party.
func (s State) Asked() (all []access.UserID) {
	if s.Phase == Offered {
		all = append(all, s.Agent)
	}
	for _, p := range s.Parties {
		if p.State == PartyRinging && p.User != "" {
			all = append(all, p.User)
		}
	}
	return all
}
