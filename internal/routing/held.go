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
