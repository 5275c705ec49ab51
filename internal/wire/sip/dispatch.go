package sip

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// allow and what else we tell peers about us.
const (
	allow     = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY"
	accepts   = "application/sdp"
	supported = "timer, 100rel, replaces"
	inDialogs = "application/sdp, application/dtmf-relay, application/dtmf"
)

func allowed(method string) bool {
	switch method {
	case "INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY":
		return true
	}
	return false
}

// unsupported are the extensions in Require that we do not have, comma-separated; empty if none.
func unsupported(m *message) string {
	var missing []string
	for _, tag := range m.list("Require") {
		if !listed(strings.Split(supported, ", "), tag) && (tag != "path" || m.method != "REGISTER") {
			missing = append(missing, tag)
		}
	}
	return strings.Join(missing, ", ")
}

// listed says whether a list of tokens has one, without case.
func listed(list []string, token string) bool {
	return slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(t, token) })
}

// arrived handles one message. err is what the parser found wrong with it; m may then be
// incomplete or nil.
func (s *Stack) arrived(m *message, err error, from hop) {
	if err != nil {
		s.count.malformed.Add(1)
		var fault *malformed
		if m == nil || m.method == "" || m.method == "ACK" || !m.has("Via") || !errors.As(err, &fault) {
			return
		}
		reason := phrase(fault.code)
		if fault.code == 400 {
			reason += " (" + fault.text + ")"
		}
		s.refuse(m, from, fault.code, reason)
		return
	}
	if m.method == "" {
		s.response(m, from)
	} else {
		s.incoming(m, from)
	}
	m.raw = nil // the reader's buffer goes on to the next message
}

// response finds who awaits a response. Repeated 2xx to INVITE have no transaction any more: they
// find their call, as what answers an INVITE of an earlier process does. Others that nobody awaits are dropped
// (RFC 3261 section 18.1.2).
func (s *Stack) response(m *message, from hop) {
	s.mu.Lock()
	t := s.clientTxs[clientKey(m.via.branch, m.seqMethod)]
	s.mu.Unlock()
	if t != nil {
		s.receive(t, m)
		return
	}
	if m.seqMethod != "INVITE" || m.code < 200 || len(m.all("Via")) != 1 {
		return
	}
	c := s.dialog(m.callID, m.from.tag())
	switch {
	case c == nil:
	case m.code < 300:
		c.trace.add(false, from, m.raw)
		c.work.add(func() { c.succeeded(m) })
	case c.uac.left:
		c.trace.add(false, from, m.raw)
		c.work.add(func() { c.refusedLeft(m) })
	}
}

// incoming handles a request in the order of RFC 3261 section 8.2.
func (s *Stack) incoming(m *message, from hop) {
	s.mu.Lock()
	t := s.serverTxs[serverKey(m, from, m.method)]
	s.mu.Unlock()
	switch {
	case m.method == "ACK":
		if t != nil && t.final.Load() >= 300 {
			t.again(m)
		} else if c := s.dialog(m.callID, m.to.tag()); c != nil {
			c.trace.add(false, from, m.raw)
			c.acknowledged(m)
		}
		return
	case m.method == "CANCEL":
		s.cancel(t, m, from)
		return
	case t != nil:
		t.again(m)
		return
	case m.to.tag() != "":
		c := s.dialog(m.callID, m.to.tag())
		switch {
		case c != nil:
			c.request(m, from)
		case m.method == "SUBSCRIBE" && s.config.Notices != nil:
			s.subscribed(m, from)
		default:
			s.refuse(m, from, 481, "")
		}
		return
	case !allowed(m.method) && (m.method != "REGISTER" || s.config.Registrar == nil) && (m.method != "SUBSCRIBE" || s.config.Notices == nil):
		s.refuse(m, from, 405, "", Header{"Allow", allow})
		return
	case m.uri.scheme != "sip" && m.uri.scheme != "sips" && m.uri.scheme != "tel":
		s.refuse(m, from, 416, "")
		return
	}
	if missing := unsupported(m); missing != "" {
		s.refuse(m, from, 420, "", Header{"Unsupported", missing})
		return
	}
	switch m.method {
	case "INVITE":
		if s.config.Busy != nil && !m.has("Replaces") {
			if retry := s.config.Busy(from.addr); retry > 0 {
				s.refuse(m, from, 503, "", Header{"Retry-After", strconv.Itoa(retry)})
				return
			}
		}
		account := ""
		if s.config.Challenge != nil && s.config.Challenge(from.addr) {
			var challenge []Header
			if account, challenge = s.config.Auth.check(m, from.addr); challenge != nil {
				s.refuse(m, from, 407, "", challenge...)
				return
			}
		}
		s.invited(m, from, account)
	case "REGISTER":
		s.registered(m, from)
	case "SUBSCRIBE":
		s.subscribed(m, from)
	case "OPTIONS":
		s.refuse(m, from, 200, "", Header{"Allow", allow}, Header{"Accept", accepts},
			Header{"Accept-Encoding", "identity"}, Header{"Accept-Language", "en"}, Header{"Supported", supported})
	case "REFER": // only our calls' peers may ask for calls
		s.refuse(m, from, 403, "")
	default: // BYE, INFO, UPDATE outside a dialog
		s.refuse(m, from, 481, "")
	}
}

// cancel answers a CANCEL (RFC 3261 section 9.2). t is the transaction it is about.
func (s *Stack) cancel(t *serverTx, m *message, from hop) {
	if t == nil || t.call == nil || t.request.method != "INVITE" {
		s.refuse(m, from, 481, "")
		return
	}
	t.reply.trace.add(false, from, m.raw)
	r := s.reply(m, from, 200, "", t.call.localTag)
	_ = s.sendTraced(t.reply.trace, s.replyTo(m, from), r.bytes())
	t.call.canceled(t, m)
}

// refuse answers without a transaction (RFC 3261 section 8.2.7): nothing is kept, so a flood of
// requests outside dialogs costs no memory. It also serves the 200 to OPTIONS. An empty reason is
// the default one.
func (s *Stack) refuse(m *message, from hop, code int, reason string, headers ...Header) {
	r := s.reply(m, from, code, reason, s.statelessTag(m))
	for _, h := range headers {
		r.add(h.Name, h.Value)
	}
	to := from
	if m.via.host != "" {
		to = s.replyTo(m, from)
	}
	_ = s.send(to, r.bytes()) // nothing to be done about it; the peer repeats its request
}

// reply makes a response (RFC 3261 section 8.2.6). The headers are copied as they came.
func (s *Stack) reply(m *message, from hop, code int, reason, tag string) *message {
	if reason == "" {
		reason = phrase(code)
	}
	r := &message{code: code, reason: strings.Map(oneLine, reason)}
	top := true
	copied := map[string]bool{}
	for _, h := range m.headers {
		switch h.Name {
		case "Via":
			if top {
				h.Value = received(h.Value, m.via, from)
				top = false
			}
			r.headers = append(r.headers, h)
		case "Record-Route":
			if code > 100 && code < 300 && (m.method == "INVITE" || m.method == "SUBSCRIBE") {
				r.headers = append(r.headers, h)
			}
		case "Timestamp":
			if code == 100 {
				r.headers = append(r.headers, h)
			}
		case "From", "Call-ID", "CSeq", "To":
			if copied[h.Name] { // only a malformed request has two
				continue
			}
			copied[h.Name] = true
			if h.Name == "To" && code > 100 && m.to.tag() == "" && !strings.Contains(strings.ToLower(h.Value), ";tag=") {
				h.Value += ";tag=" + tag
			}
			r.headers = append(r.headers, h)
		}
	}
	if s.config.UserAgent != "" {
		r.add("Server", s.config.UserAgent)
	}
	return r
}

func oneLine(r rune) rune {
	if r == '\r' || r == '\n' {
		return ' '
	}
	return r
}

// received notes the source in the topmost Via (RFC 3261 section 18.2.1, RFC 3581 section 4).
func received(value string, v via, from hop) string {
	var b strings.Builder
	rport, first := false, true
	for part := range splitOutside(value, ';') {
		part = strings.TrimSpace(part)
		name, _, _ := strings.Cut(part, "=")
		switch name = strings.ToLower(strings.TrimSpace(name)); {
		case first:
			first = false
			b.WriteString(part)
			continue
		case name == "received":
			continue
		case name == "rport":
			rport = true
			part = "rport=" + strconv.Itoa(int(from.addr.Port()))
		}
		b.WriteString(";" + part)
	}
	if source := from.addr.Addr().WithZone("").String(); rport || v.host != source {
		b.WriteString(";received=" + source)
	}
	return b.String()
}
