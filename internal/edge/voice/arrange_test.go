package voice

import (
	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// pair is the arrangement of a talk between the customer and an agent.
func pair(user access.UserID) interaction.Arrangement {
	return interaction.Arrangement{
		{Of: interaction.TheCustomer, Hears: []interaction.PartyID{interaction.TheAgent}},
		{Of: interaction.TheAgent, User: user, Hears: []interaction.PartyID{interaction.TheCustomer}},
	}
}

// muted is the same with the agent muted.
func muted(user access.UserID) interaction.Arrangement {
	a := pair(user)
	a[1].Muted = true
	return a
}

// three is a conference with an agent and a number outside.
func three() interaction.Arrangement {
	everybody := []interaction.PartyID{interaction.TheCustomer, interaction.TheAgent, "p1"}
	var a interaction.Arrangement
	for i, of := range everybody {
		e := interaction.Ear{Of: of}
		for j, other := range everybody {
			if i != j {
				e.Hears = append(e.Hears, other)
			}
		}
		a = append(a, e)
	}
	a[1].User = ann
	return a
}
