package voice

import (
	"context"
	"encoding/json"
	"fmt"

	"linekeeper/internal/wire/sip"
)

// kept is a leg as written down with its arrival, enough to find it again after a crash: the dialog, our
// port and what was agreed. It holds the dialog's tags: who reads it can end the call. It holds no
// description: keys of the sound may be in them.
type kept struct {
	Dialog sip.State `json:"dialog"`
	Port   uint16    `json:"port"` // ours for RTP
	Codec  string    `json:"codec"`
	Type   uint8     `json:"payload_type"`
	Events uint8     `json:"events_payload_type,omitempty"`
	Remote string    `json:"remote,omitempty"` // where their sound comes from, as described
	NAT    bool      `json:"nat,omitempty"`
}

// restore is the leg as it can be written down before it is answered.
func (l *Leg) restore() []byte {
	codec := l.session.codec()
	k := kept{
		Dialog: l.call.State(), Port: l.transport.LocalAddr().Port(),
		Codec: codec.Name, Type: codec.PayloadType, Events: l.session.agreement().EventsPT, NAT: l.trunk.NAT,
	}
	if remote := l.session.agreement().Remote; remote.IsValid() {
		k.Remote = remote.String()
	}
	k.Dialog.LocalSDP, k.Dialog.RemoteSDP = nil, nil
	b, err := json.Marshal(k)
	if err != nil {
		panic(fmt.Sprintf("a leg that cannot be written down: %v", err)) // plain data: cannot happen
	}
	return b
}

// RestoreAndHangUp ends a call that a crashed process left behind: its dialog is put back from what
// Arrival.Restore held, and BYE is sent. Run must be running. An error means that nothing was sent; a
// call that is over at the other side is no error.
func (e *Edge) RestoreAndHangUp(ctx context.Context, restore []byte) error {
	var k kept
	if err := json.Unmarshal(restore, &k); err != nil {
		return fmt.Errorf("reading a leg left behind: %w", err)
	}
	call, err := e.stack.Restore(k.Dialog)
	if err != nil {
		return fmt.Errorf("putting back a dialog left behind: %w", err)
	}
	if err := call.Hangup(ctx, outOfOrder); err != nil {
		return fmt.Errorf("ending a call left behind: %w", err)
	}
	return nil
}
