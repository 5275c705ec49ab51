package voice

import (
	"context"
	"net/netip"

	"linekeeper/internal/access"
	"linekeeper/internal/entry"
	"linekeeper/internal/interaction"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

// Center takes what arrives; interaction.Registry is one.
type Center interface {
	// Begin commits the arrival. An error means that nothing was recorded; the caller is refused
	// with 503. The channel may be called before Begin returns.
	Begin(ctx context.Context, in interaction.Arrived, ch interaction.Channel) (interaction.ID, error)
	// Tell gives an input and does not wait.
	Tell(id interaction.ID, in interaction.Input)
}

// Directory is the configuration that calls are looked up in. Its methods answer from memory, from
// any goroutine; Trunk is asked for every datagram that reaches the SIP port.
type Directory interface {
	// Trunk is who may call from this address.
	Trunk(source netip.Addr) (Trunk, bool)
	// Entry is what a number leads to. It is asked with the number in the form of
	// kit/number, and then with or without its plus.
	Entry(t tenant.ID, number string) (Entry, bool)
	// Phone is the phone of an agent; false for somebody who is no agent.
	Phone(user access.UserID) (Phone, bool)
}

// Trunk is what a call needs to know of a trunk.
type Trunk struct {
	Tenant   tenant.ID
	ID       trunk.ID
	NAT      bool     // the carrier's media may come from another port than it says
	Codecs   []string // in order of preference, of trunk.Codecs; empty: PCMU, PCMA
	MaxCalls int      // 0: no limit of its own
	Encryption
}

// Entry is what a call needs to know of an entry.
type Entry struct {
	ID       entry.ID
	Flow     string
	Language string
	Project  project.ID
	Blocked  []string // callers not taken here, as entry.Refuses has them
	Answer   entry.Answer
	Country  string // of the project, for its emergency numbers; may be missing without Blocked
}

// PhoneKind is what an agent takes calls with.
type PhoneKind string

// The kinds of phones.
const (
	Browser  PhoneKind = "browser"
	SIPPhone PhoneKind = "sip"     // also the kind of any device that we call
	Outside  PhoneKind = "outside" // a number in the telephone network
)

// Phone is an agent's device.
type Phone struct {
	Kind    PhoneKind
	URI     string // of a SIP phone that does not register: "sip:anna@192.0.2.7:5060"
	Account string // what a SIP phone without URI registers with; empty: no secret was made
	Number  string // of an outside phone
	// AutoAnswer asks a SIP phone to pick up by itself.
	AutoAnswer bool
	// Confirm has a SIP phone that was picked up press 1. Outside phones always must: a mailbox picks
	// up too.
	Confirm bool
	Encryption
}
