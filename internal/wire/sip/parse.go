package sip

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// malformed is why a message cannot be taken, and the status that says so. Our own parser stands
// in front of sipgo's state machines because sipgo's drops what RFC 4475 wants answered with 400,
// and takes some of what RFC 4475 wants refused.
type malformed struct {
	code int
	text string
}

func (e *malformed) Error() string { return fmt.Sprintf("%d %s", e.code, e.text) }

func refuse(code int, format string, args ...any) error {
	return &malformed{code, fmt.Sprintf(format, args...)}
}

// errIncomplete says that a stream has not delivered the whole message yet.
var errIncomplete = errors.New("message incomplete")

const maxHeaders = 256

// headEnd finds the end of the header section, the index after its empty line; -1 if it is not there.
func headEnd(b []byte) int {
	if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	return -1
}

// parseDatagram reads the one message of a datagram. What follows the body is ignored (RFC 3261
// section 18.3). With an error the message, if not nil, has the headers that could be read, enough
// to answer it.
func parseDatagram(b []byte) (*message, error) {
	for bytes.HasPrefix(b, []byte("\r\n")) {
		b = b[2:]
	}
	end := headEnd(b)
	if end < 0 {
		return nil, refuse(400, "no end of headers")
	}
	m, length, err := parseHead(b[:end-2])
	if err != nil {
		return m, err
	}
	body := b[end:]
	switch {
	case length < 0:
	case length > len(body):
		return m, refuse(400, "body shorter than Content-Length")
	default:
		body = body[:length]
	}
	m.body = bytes.Clone(body)
	return m, nil
}

// parseStream reads the next message of a stream and how many bytes it took. errIncomplete asks for
// more; then the number is how many bytes there must be, 0 if that is not known yet. After any
// other error with 0 bytes the stream cannot go on.
func parseStream(b []byte, limit int) (*message, int, error) {
	skipped := 0
	for bytes.HasPrefix(b[skipped:], []byte("\r\n")) {
		skipped += 2
	}
	rest := b[skipped:]
	end := headEnd(rest)
	if end < 0 {
		if len(rest) > limit {
			return nil, 0, refuse(513, "headers too large")
		}
		return nil, 0, errIncomplete
	}
	m, length, err := parseHead(rest[:end-2])
	if length < 0 {
		if err == nil {
			err = refuse(400, "no Content-Length on a stream")
		}
		return m, 0, err
	}
	if end+length > limit {
		return m, 0, refuse(513, "message too large")
	}
	if len(rest) < end+length {
		return m, skipped + end + length, errIncomplete
	}
	if m != nil {
		m.body = bytes.Clone(rest[end : end+length])
	}
	return m, skipped + end + length, err
}

// parseHead reads start line and headers, each ended by CRLF. length is the Content-Length, -1 if
// there is none or no valid one.
func parseHead(b []byte) (m *message, length int, err error) {
	length = -1
	text := string(b)
	start, text, _ := strings.Cut(text, "\r\n")
	m = &message{}
	startErr := m.parseStart(start)
	if headerErr := m.parseHeaders(text); headerErr != nil {
		return m, length, headerErr
	}
	length, lengthErr := m.contentLength()
	if lengthErr != nil {
		return m, -1, lengthErr
	}
	if startErr != nil {
		return m, length, startErr
	}
	return m, length, m.parseFields()
}

func (m *message) parseStart(line string) error {
	if strings.ContainsAny(line, "\r\n") {
		return refuse(400, "line end in start line")
	}
	if len(line) >= 4 && strings.EqualFold(line[:4], "SIP/") {
		version, rest, _ := strings.Cut(line, " ")
		code, reason, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(code)
		if !strings.EqualFold(version, "SIP/2.0") || err != nil || len(code) != 3 || n < 100 || n > 699 {
			return refuse(400, "status line")
		}
		m.code, m.reason = n, reason
		return nil
	}
	parts := strings.Split(line, " ")
	m.method = parts[0] // also when the line is bad, so that an ACK is never answered
	if !isToken(m.method) {
		m.method = "?"
		return refuse(400, "method")
	}
	if len(parts) != 3 {
		return refuse(400, "request line")
	}
	m.target = parts[1]
	version := parts[2]
	if !strings.EqualFold(version, "SIP/2.0") {
		if len(version) > 4 && strings.EqualFold(version[:4], "SIP/") {
			return refuse(505, "%s", phrase(505))
		}
		return refuse(400, "version")
	}
	var err error
	if m.uri, err = parseURI(m.target); err != nil {
		return refuse(400, "request URI")
	}
	if m.uri.headers != "" {
		return refuse(400, "headers in request URI")
	}
	return nil
}

// parseHeaders unfolds and splits. The first fault is returned, but what can be read is kept, to
// have something to answer with.
func (m *message) parseHeaders(text string) error {
	var fault error
	lines := make([]string, 0, min(maxHeaders, strings.Count(text, "\r\n")+1))
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\r\n")
		if strings.ContainsAny(line, "\r\n") {
			fault = refuse(400, "line end in header")
			continue
		}
		if line != "" && (line[0] == ' ' || line[0] == '\t') && len(lines) > 0 {
			lines[len(lines)-1] += " " + strings.TrimSpace(line)
			continue
		}
		if len(lines) == maxHeaders {
			return refuse(400, "too many headers")
		}
		lines = append(lines, line)
	}
	m.headers = make([]Header, 0, len(lines))
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimRight(name, " \t"), strings.TrimSpace(value)
		if !ok || !isToken(name) {
			fault = refuse(400, "header name")
			continue
		}
		name = canonical(name)
		switch name {
		case "Via", "Route", "Record-Route", "Contact", "Path":
			for part := range splitOutside(value, ',') {
				m.headers = append(m.headers, Header{name, strings.TrimSpace(part)})
			}
		default:
			m.headers = append(m.headers, Header{name, value})
		}
		if len(m.headers) > 2*maxHeaders {
			return refuse(400, "too many headers")
		}
	}
	return fault
}

// contentLength is -1 without a header; several that differ are a fault (RFC 4475 section 3.3.9).
func (m *message) contentLength() (int, error) {
	length := -1
	for _, v := range m.all("Content-Length") {
		n, err := strconv.ParseUint(v, 10, 31)
		if err != nil || length >= 0 && int(n) != length {
			return -1, refuse(400, "Content-Length")
		}
		length = int(n)
	}
	return length, nil
}

// parseFields reads the headers that every message needs (RFC 3261 section 8.1.1).
func (m *message) parseFields() error {
	for _, name := range []string{"From", "To", "Call-ID", "CSeq"} {
		if n := m.count(name); n != 1 {
			return refuse(400, "%d %s headers", n, name)
		}
	}
	for _, name := range []string{"Max-Forwards", "Content-Type"} {
		if m.count(name) > 1 {
			return refuse(400, "several %s headers", name)
		}
	}
	if !m.has("Via") {
		return refuse(400, "no Via header")
	}
	top := true
	for _, h := range m.headers {
		if !h.named("Via") {
			continue
		}
		parsed, err := parseVia(h.Value)
		if err != nil {
			return refuse(400, "Via header")
		}
		if top {
			m.via, top = parsed, false
		}
	}
	var err error
	if m.from, err = parseAddress(m.get("From")); err != nil {
		return refuse(400, "From header")
	}
	if m.to, err = parseAddress(m.get("To")); err != nil {
		return refuse(400, "To header")
	}
	if m.callID = m.get("Call-ID"); m.callID == "" {
		return refuse(400, "Call-ID header")
	}
	number, method, _ := strings.Cut(strings.ReplaceAll(m.get("CSeq"), "\t", " "), " ")
	seq, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return refuse(400, "CSeq number")
	}
	m.seq, m.seqMethod = uint32(seq), strings.TrimSpace(method)
	if m.method == "" {
		return nil
	}
	if m.seqMethod != m.method {
		return refuse(400, "CSeq method is not the request's")
	}
	if v := m.get("Max-Forwards"); m.has("Max-Forwards") {
		if _, err := strconv.ParseUint(v, 10, 31); err != nil {
			return refuse(400, "Max-Forwards header")
		}
	}
	for _, name := range []string{"Contact", "Route", "Record-Route"} {
		for _, v := range m.all(name) {
			if name == "Contact" && v == "*" && m.method == "REGISTER" {
				continue
			}
			if _, err := parseAddress(v); err != nil {
				return refuse(400, "%s header", name)
			}
		}
	}
	return nil
}
