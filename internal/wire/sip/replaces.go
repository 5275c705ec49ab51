package sip

import (
	"context"
	"strings"
)

// Replaces names a dialog that a new call is to take the place of (RFC 3891). The tags are those of
// the side that gets the new call: ToTag is its own.
type Replaces struct {
	CallID    string
	ToTag     string
	FromTag   string
	EarlyOnly bool // only if it is not answered yet
}

// String is the value of a Replaces header.
func (r Replaces) String() string {
	value := r.CallID + ";to-tag=" + r.ToTag + ";from-tag=" + r.FromTag
	if r.EarlyOnly {
		value += ";early-only"
	}
	return value
}

// parseReplaces reads a Replaces header; both tags are needed.
func parseReplaces(value string) (Replaces, error) {
	id, rest, _ := strings.Cut(value, ";")
	ps, err := parseParams(";" + rest)
	if err != nil {
		return Replaces{}, err
	}
	r := Replaces{CallID: strings.TrimSpace(id)}
	r.ToTag, _ = ps.get("to-tag")
	r.FromTag, _ = ps.get("from-tag")
	_, r.EarlyOnly = ps.get("early-only")
	if r.CallID == "" || r.ToTag == "" || r.FromTag == "" {
		return Replaces{}, bad("Replaces without Call-ID or tag")
	}
	return r, nil
}

// Replaces names this call for its peer: an INVITE to the peer with it takes the call over. It is
// what the other party of an attended transfer is told.
func (c *Call) Replaces() Replaces {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Replaces{CallID: c.id, ToTag: c.remoteTag, FromTag: c.localTag}
}

// OnReplace sets who is told that somebody's new call is to take the place of this one (RFC 3891),
// instead of the Stack's Handler and by its rules: an attended transfer, or a call that is picked up
// elsewhere. Whether the new caller may do so is for f to decide: Headers, Source and Account of
// the new call tell who asks. When f answers the new call, this one is hung up. Without OnReplace
// the new call is declined.
func (c *Call) OnReplace(f func(ctx context.Context, by *Call)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onReplace = f
}

// replaced finds the call that a new INVITE is to take the place of; nil if it names none. A code
// refuses the INVITE (RFC 3891 section 3).
func (s *Stack) replaced(m *message) (old *Call, f func(context.Context, *Call), code int) {
	values := m.all("Replaces")
	if len(values) == 0 {
		return nil, nil, 0
	}
	r, err := parseReplaces(values[0])
	if err != nil || len(values) > 1 {
		return nil, nil, 400
	}
	if old = s.dialog(r.CallID, r.ToTag); old == nil {
		return nil, nil, 481
	}
	old.mu.Lock()
	defer old.mu.Unlock()
	early := old.phase < Answered
	switch {
	case early && !old.outgoing: // nobody may answer a call that rings here by asking for it
		return nil, nil, 481
	case early && old.uac.early[r.FromTag] == nil, !early && old.remoteTag != r.FromTag:
		return nil, nil, 481
	case old.ended:
		return nil, nil, 603
	case !early && r.EarlyOnly:
		return nil, nil, 486
	case old.onReplace == nil:
		return nil, nil, 603
	}
	return old, old.onReplace, 0
}

// replace ends the call whose place this one has taken. c.mu is held.
func (c *Call) replace() {
	if old := c.replaces; old != nil {
		c.replaces = nil
		c.stack.spawn("replaced call", func() {
			_ = old.Hangup(c.stack.life, `SIP;cause=200;text="Replaced"`) // it is over for us in any case
		})
	}
}

// escapeHeader writes the value of a header inside a URI (RFC 3261 section 19.1.1).
func escapeHeader(value string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.!~*'()", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
	}
	return b.String()
}

// header finds a header inside a URI.
func (u uri) header(name string) (string, bool) {
	for part := range strings.SplitSeq(u.headers, "&") {
		n, v, _ := strings.Cut(part, "=")
		if strings.EqualFold(unescape(n), name) {
			return unescape(v), true
		}
	}
	return "", false
}
