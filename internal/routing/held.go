package routing

import (
	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// Holding is what a router keeps for others at one time, in no order.
type Holding struct {
	Seats  []Reservation
	Places []Place
}

// Reservation is a seat, or a line of it, that is taken.
type Reservation struct {
	Agent       access.UserID
	Interaction interaction.ID
}

// Holds asks what is reserved and who has a place in line. Not ok: the router is closed.
func (r *Router) Holds() (h Holding, ok bool) {
	reply := make(chan Holding, 1)
	if !r.box.Put(func() {
		var h Holding
		for user, s := range r.seats {
			for id := range s.work {
				h.Seats = append(h.Seats, Reservation{user, id})
			}
		}
		for _, p := range r.places {
			h.Places = append(h.Places, p)
		}
		reply <- h
	}) {
		return h, false
	}
	select {
	case h = <-reply:
		return h, true
	case <-r.done:
		return h, false
	}
}
