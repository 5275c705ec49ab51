package sdp

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse reads a description. It accepts bare LF, a missing final line end, unknown lines and lines
// out of order; it wraps ErrSyntax or ErrTooLarge when it refuses.
func Parse(b []byte) (*Session, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
	}
	p := parser{session: &Session{Origin: Origin{User: "-", Address: "0.0.0.0"}, Name: "-"}}
	for n, line := range strings.Split(string(b), "\n") {
		line = strings.TrimRight(line, "\r")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	if !p.started {
		return nil, fmt.Errorf("%w: empty", ErrSyntax)
	}
	p.finish()
	return p.session, nil
}

// parser holds what the lines so far have said.
type parser struct {
	session *Session
	started bool       // v= was seen
	said    []saidHere // per stream: what was said in its own section
}

// saidHere remembers which inherited values a stream has set itself.
type saidHere struct{ direction bool }

func (p *parser) line(line string) error {
	if before, after, ok := strings.Cut(line, "="); ok && len(before) > 1 && strings.TrimRight(before[1:], " ") == "" {
		line = before[:1] + "=" + after // "m =video", as in RFC 4475 section 3.1.1.8
	}
	if len(line) < 2 || line[1] != '=' {
		return fmt.Errorf("%w: not letter=value", ErrSyntax)
	}
	for i := range len(line) {
		if c := line[i]; c < ' ' && c != '\t' {
			return fmt.Errorf("%w: control character", ErrSyntax)
		}
	}
	letter, value := line[0], strings.TrimSpace(line[2:])
	if !p.started {
		if letter != 'v' || value != "0" {
			return fmt.Errorf("%w: does not begin with v=0", ErrSyntax)
		}
		p.started = true
		return nil
	}
	switch letter {
	case 'm':
		return p.media(value)
	case 'a':
		return p.attribute(value)
	case 'c':
		p.connection(value)
		return nil
	}
	if value == "" {
		return nil
	}
	if n := len(p.session.Media); n > 0 {
		if m := &p.session.Media[n-1]; letter != 'v' && letter != 'o' && letter != 's' && len(m.Lines) < MaxAttributes {
			m.Lines = append(m.Lines, line[:2]+value)
		}
		return nil
	}
	switch letter {
	case 'v':
	case 'o':
		p.session.Origin = parseOrigin(value)
	case 's':
		p.session.Name = value
	default:
		if len(p.session.Lines) < MaxAttributes {
			p.session.Lines = append(p.session.Lines, line[:2]+value)
		}
	}
	return nil
}

// parseOrigin takes what is there; nothing in a call depends on it.
func parseOrigin(value string) Origin {
	o := Origin{User: "-", Address: "0.0.0.0"}
	f := strings.Fields(value)
	if len(f) > 0 {
		o.User = f[0]
	}
	if len(f) > 1 {
		o.ID, _ = strconv.ParseUint(f[1], 10, 64)
	}
	if len(f) > 2 {
		o.Version, _ = strconv.ParseUint(f[2], 10, 64)
	}
	if len(f) > 5 {
		o.Address = f[5]
	}
	return o
}

// connection reads c=; of several for one stream (layered multicast) the first holds.
func (p *parser) connection(value string) {
	f := strings.Fields(value)
	if len(f) < 3 {
		return
	}
	host, _, _ := strings.Cut(f[2], "/")
	if host == "" {
		return
	}
	address, err := netip.ParseAddr(host)
	if err == nil {
		address = address.WithZone("").Unmap()
		host = address.String()
	}
	if n := len(p.session.Media); n > 0 {
		if m := &p.session.Media[n-1]; m.Host == "" {
			m.Connection, m.Host = address, host
		}
	} else if p.session.Host == "" {
		p.session.Connection, p.session.Host = address, host
	}
}

func (p *parser) media(value string) error {
	if len(p.session.Media) >= MaxMedia {
		return fmt.Errorf("%w: more than %d streams", ErrTooLarge, MaxMedia)
	}
	f := strings.Fields(value)
	if len(f) < 3 {
		return fmt.Errorf("%w: m= needs type, port and protocol", ErrSyntax)
	}
	port, _, _ := strings.Cut(f[1], "/")
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("%w: port %q", ErrSyntax, f[1])
	}
	m := Media{Type: f[0], Port: uint16(number), Proto: f[2]}
	if len(f)-3 > MaxFormats {
		return fmt.Errorf("%w: more than %d formats", ErrTooLarge, MaxFormats)
	}
	rtp := strings.Contains(strings.ToUpper(m.Proto), "RTP/")
	for _, token := range f[3:] {
		format := Format{PayloadType: -1, Token: token}
		if rtp {
			if pt, err := strconv.ParseUint(token, 10, 8); err == nil && pt < 128 {
				format.PayloadType, format.Token = int(pt), strconv.Itoa(int(pt))
			}
		}
		if !slices.ContainsFunc(m.Formats, func(o Format) bool { return o.Token == format.Token }) {
			m.Formats = append(m.Formats, format)
		}
	}
	p.session.Media = append(p.session.Media, m)
	p.said = append(p.said, saidHere{})
	return nil
}

func (p *parser) attribute(value string) error {
	name, value, _ := strings.Cut(value, ":")
	a := Attribute{strings.TrimSpace(name), strings.TrimSpace(value)}
	if a.Name == "" {
		return nil
	}
	direction, isDirection := parseDirection(a)
	n := len(p.session.Media)
	if n == 0 {
		if isDirection {
			p.session.Direction = direction
			return nil
		}
		if len(p.session.Attributes) >= MaxAttributes {
			return fmt.Errorf("%w: more than %d attributes", ErrTooLarge, MaxAttributes)
		}
		p.session.Attributes = append(p.session.Attributes, a)
		return nil
	}
	m := &p.session.Media[n-1]
	switch {
	case isDirection:
		m.Direction, p.said[n-1].direction = direction, true
		return nil
	case a.Name == "ptime":
		if ms, err := strconv.ParseFloat(a.Value, 64); err == nil && ms >= 1 && ms <= 1000 {
			m.Ptime = time.Duration(math.Round(ms)) * time.Millisecond
			return nil
		}
	case a.Name == "rtpmap" && m.rtpmap(a.Value):
		return nil
	case a.Name == "fmtp" && m.fmtp(a.Value):
		return nil
	}
	if len(m.Attributes) >= MaxAttributes {
		return fmt.Errorf("%w: more than %d attributes", ErrTooLarge, MaxAttributes)
	}
	m.Attributes = append(m.Attributes, a)
	return nil
}

// rtpmap applies "pt name/rate/channels"; false leaves the attribute raw. The first map of a
// format holds.
func (m *Media) rtpmap(value string) bool {
	f := strings.Fields(value)
	if len(f) < 2 {
		return false
	}
	format := m.format(f[0])
	if format == nil || format.PayloadType < 0 {
		return false
	}
	if format.Name != "" {
		return true
	}
	parts := strings.Split(f[1], "/")
	if parts[0] == "" {
		return false
	}
	format.Name = parts[0]
	if len(parts) > 1 {
		rate, _ := strconv.ParseUint(parts[1], 10, 31)
		format.ClockRate = int(rate)
	}
	if len(parts) > 2 {
		if channels, _ := strconv.ParseUint(parts[2], 10, 8); channels > 1 {
			format.Channels = int(channels)
		}
	}
	return true
}

// fmtp applies "format parameters"; false leaves the attribute raw.
func (m *Media) fmtp(value string) bool {
	token, parameters, _ := strings.Cut(value, " ")
	parameters = strings.TrimSpace(parameters)
	format := m.format(token)
	if format == nil || parameters == "" {
		return false
	}
	if format.Parameters != "" {
		parameters = format.Parameters + ";" + parameters
	}
	format.Parameters = parameters
	return true
}

// format finds a format by its token, also when a number is written with leading zeros.
func (m *Media) format(token string) *Format {
	if n, err := strconv.ParseUint(token, 10, 8); err == nil {
		token = strconv.Itoa(int(n))
	}
	for i := range m.Formats {
		if m.Formats[i].Token == token {
			return &m.Formats[i]
		}
	}
	return nil
}

func parseDirection(a Attribute) (Direction, bool) {
	if a.Value != "" {
		return 0, false
	}
	switch a.Name {
	case "sendrecv":
		return SendRecv, true
	case "sendonly":
		return SendOnly, true
	case "recvonly":
		return RecvOnly, true
	case "inactive":
		return Inactive, true
	}
	return 0, false
}

// finish lets streams inherit, names static payload types and puts raw lines into the order in
// which RFC 8866 section 9 wants them written.
func (p *parser) finish() {
	s := p.session
	if !slices.ContainsFunc(s.Lines, func(l string) bool { return l[0] == 't' }) {
		s.Lines = append(s.Lines, "t=0 0")
	}
	sortLines(s.Lines)
	for i := range s.Media {
		m := &s.Media[i]
		if m.Host == "" {
			m.Connection, m.Host = s.Connection, s.Host
		}
		if !p.said[i].direction {
			m.Direction = s.Direction
		}
		if m.Connection.IsValid() && m.Connection.IsUnspecified() {
			m.Direction = m.Direction.and(SendOnly)
		}
		sortLines(m.Lines)
		for j := range m.Formats {
			if f := &m.Formats[j]; f.Name == "" && strings.EqualFold(m.Type, "audio") {
				f.Name, f.ClockRate = staticName(f.PayloadType)
			}
		}
	}
}

// sortLines moves what stands before c= (i, u, e, p) to the front, otherwise keeping the order.
func sortLines(lines []string) {
	slices.SortStableFunc(lines, func(a, b string) int { return rank(a) - rank(b) })
}

func rank(line string) int {
	if beforeConnection(line) {
		return 0
	}
	return 1
}

func beforeConnection(line string) bool { return strings.IndexByte("iuep", line[0]) >= 0 }

// staticName is RFC 3551 table 4, as far as anybody still uses it.
func staticName(payloadType int) (name string, clockRate int) {
	switch payloadType {
	case 0:
		return "PCMU", 8000
	case 3:
		return "GSM", 8000
	case 4:
		return "G723", 8000
	case 8:
		return "PCMA", 8000
	case 9:
		return "G722", 8000 // the RFC keeps the wrong rate on purpose
	case 13:
		return "CN", 8000
	case 15:
		return "G728", 8000
	case 18:
		return "G729", 8000
	}
	return "", 0
}
