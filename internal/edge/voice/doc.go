// Package voice makes interactions of telephone calls. A call on a trunk becomes a Leg, which is the
// interaction's Channel: it answers, plays, listens for keys, joins the agent's phone, records and
// ends. An agent's phone is a browser (wire/rtc) or a SIP phone at a fixed address.
//
// What lives here: who may call and which number leads where (trunk.go), the customer's leg (leg.go
// and what it can do: talk.go, record.go), the agent's side of it (agent.go, sipphone.go), the two
// arranged (arrange.go), the door for browsers (phone.go). What does not: what happens to the customer
// (interaction, flow, routing), SIP dialogs (wire/sip), sound (media), the agent's screen (edge/desk).
//
// app makes an Edge and runs it; edge/desk calls its Phones; the interaction's actor, the flow and the
// recorder call the Leg. DESIGN.md has the states of a leg and who owns which goroutine.
package voice
