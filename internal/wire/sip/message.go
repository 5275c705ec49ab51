package sip

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// message is a request or response, read from the wire or to be written. The parsed fields are set
// by parse only. Once handed on it is not changed.
type message struct {
	method  string // of a request; empty: a response
	target  string // request URI as written
	code    int    // of a response
	reason  string
	headers []Header // names canonical, values unfolded; one Via, Route, Contact ... each
	body    []byte
	raw     []byte // as it came; the reader's, valid only while the message is dispatched

	uri       uri // of a request
	via       via // topmost
	from, to  address
	callID    string
	seq       uint32
	seqMethod string
}

// fullNames are the headers that are asked for here, by themselves, in lower case and compact (RFC 3261
// section 7.3.3).
var fullNames = func() map[string]string {
	all := make(map[string]string)
	for _, full := range []string{
		"v Via", "f From", "t To", "i Call-ID", "CSeq", "m Contact", "l Content-Length", "c Content-Type", "e Content-Encoding",
		"k Supported", "s Subject", "x Session-Expires", "r Refer-To", "b Referred-By", "o Event", "Path", "Route", "Record-Route",
		"Max-Forwards",
	} {
		compact, name, two := strings.Cut(full, " ")
		if !two {
			name = compact
		}
		all[compact], all[strings.ToUpper(compact)], all[name], all[strings.ToLower(name)] = name, name, name, name
	}
	return all
}()

// canonical gives the full name of a header for its name in any case or compact; others stay as written.
func canonical(name string) string {
	if full, ok := fullNames[name]; ok { // as nearly everybody writes them
		return full
	}
	if full, ok := fullNames[strings.ToLower(name)]; ok {
		return full
	}
	return name
}

// named says whether a header has a name, which is canonical.
func (h Header) named(name string) bool {
	return h.Name == name || len(h.Name) == len(name) && strings.EqualFold(h.Name, name)
}

// get is the first value of a header; empty if there is none.
func (m *message) get(name string) string {
	name = canonical(name)
	for _, h := range m.headers {
		if h.named(name) {
			return h.Value
		}
	}
	return ""
}

func (m *message) has(name string) bool {
	name = canonical(name)
	return slices.ContainsFunc(m.headers, func(h Header) bool { return h.named(name) })
}

// count is how many fields of a header there are.
func (m *message) count(name string) (n int) {
	name = canonical(name)
	for _, h := range m.headers {
		if h.named(name) {
			n++
		}
	}
	return n
}

// all are the values of a header, one for each field.
func (m *message) all(name string) []string {
	name = canonical(name)
	var values []string
	for _, h := range m.headers {
		if h.named(name) {
			values = append(values, h.Value)
		}
	}
	return values
}

// list are the values of a header whose fields are comma-separated, trimmed, without empty ones.
func (m *message) list(name string) []string {
	var values []string
	for _, v := range m.all(name) {
		for part := range splitOutside(v, ',') {
			if part = strings.TrimSpace(part); part != "" {
				values = append(values, part)
			}
		}
	}
	return values
}

// add appends a header; characters that would end the line become spaces, and a name that is none
// is left out.
func (m *message) add(name, value string) {
	if !isToken(name) {
		return
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		value = strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == 0 {
				return ' '
			}
			return r
		}, value)
	}
	m.headers = append(m.headers, Header{name, value})
}

// contact is the first Contact that can be read.
func (m *message) contact() (address, bool) {
	for _, v := range m.all("Contact") {
		if a, err := parseAddress(v); err == nil {
			return a, true
		}
	}
	return address{}, false
}

// bytes writes the message with its Content-Length.
func (m *message) bytes() []byte {
	var b bytes.Buffer
	b.Grow(640 + len(m.body))
	if m.method != "" {
		b.WriteString(m.method + " " + m.target + " SIP/2.0\r\n")
	} else {
		b.WriteString("SIP/2.0 " + strconv.Itoa(m.code) + " " + m.reason + "\r\n")
	}
	for _, h := range m.headers {
		if h.Name == "Content-Length" {
			continue
		}
		b.WriteString(h.Name)
		b.WriteString(": ")
		b.WriteString(h.Value)
		b.WriteString("\r\n")
	}
	b.WriteString("Content-Length: ")
	b.WriteString(strconv.Itoa(len(m.body)))
	b.WriteString("\r\n\r\n")
	b.Write(m.body)
	return b.Bytes()
}

// phrase is the default reason phrase of a status (RFC 3261 section 21).
func phrase(code int) string {
	switch code {
	case 100:
		return "Trying"
	case 180:
		return "Ringing"
	case 181:
		return "Call Is Being Forwarded"
	case 182:
		return "Queued"
	case 183:
		return "Session Progress"
	case 200:
		return "OK"
	case 202:
		return "Accepted"
	case 300:
		return "Multiple Choices"
	case 301:
		return "Moved Permanently"
	case 302:
		return "Moved Temporarily"
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 406:
		return "Not Acceptable"
	case 407:
		return "Proxy Authentication Required"
	case 408:
		return "Request Timeout"
	case 410:
		return "Gone"
	case 413:
		return "Request Entity Too Large"
	case 415:
		return "Unsupported Media Type"
	case 416:
		return "Unsupported URI Scheme"
	case 420:
		return "Bad Extension"
	case 421:
		return "Extension Required"
	case 422:
		return "Session Interval Too Small"
	case 423:
		return "Interval Too Brief"
	case 480:
		return "Temporarily Unavailable"
	case 481:
		return "Call/Transaction Does Not Exist"
	case 482:
		return "Loop Detected"
	case 483:
		return "Too Many Hops"
	case 484:
		return "Address Incomplete"
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 488:
		return "Not Acceptable Here"
	case 491:
		return "Request Pending"
	case 489:
		return "Bad Event"
	case 500:
		return "Server Internal Error"
	case 501:
		return "Not Implemented"
	case 503:
		return "Service Unavailable"
	case 504:
		return "Server Time-out"
	case 505:
		return "Version Not Supported"
	case 513:
		return "Message Too Large"
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	case 604:
		return "Does Not Exist Anywhere"
	case 606:
		return "Not Acceptable"
	}
	return "Failure"
}
