package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// param is one ;name=value of a header or URI; names are lower case, quotes are removed.
type param struct{ name, value string }

type params []param

func (p params) get(name string) (string, bool) {
	for _, q := range p {
		if q.name == name {
			return q.value, true
		}
	}
	return "", false
}

// uri is a SIP or SIPS URI in parts (RFC 3261 section 19.1), or another scheme with its opaque rest.
type uri struct {
	scheme  string // lower case
	user    string // still escaped; without password
	host    string // IPv6 without brackets
	port    int    // 0: not said
	params  params
	headers string // after "?"; empty if none
	opaque  string // of schemes other than sip and sips
}

var errGrammar = errors.New("malformed")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errGrammar, fmt.Sprintf(format, args...))
}

// tokenChars are the bytes of tokens (RFC 3261 section 25.1).
var tokenChars = func() (is [256]bool) {
	for c := range is {
		is[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-.!%*_+`'~", byte(c)) >= 0
	}
	return is
}()

func isTokenChar(c byte) bool { return tokenChars[c] }

func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenChar(s[i]) {
			return false
		}
	}
	return s != ""
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// HostOf is the host of a SIP URI, without port; empty: it cannot be read.
func HostOf(text string) string {
	u, err := parseURI(text)
	if err != nil {
		return ""
	}
	return strings.Trim(u.host, "[]")
}

// parseURI reads a URI. Characters that could end a header field or an angle bracket are refused.
func parseURI(s string) (uri, error) {
	var u uri
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' {
			return u, bad("character %q in URI", c)
		}
	}
	scheme, rest, found := strings.Cut(s, ":")
	if !found || scheme == "" {
		return u, bad("URI without scheme")
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isTokenChar(c) || strings.IndexByte("!%*_`'~", c) >= 0 {
			return u, bad("URI scheme %q", scheme)
		}
	}
	u.scheme = strings.ToLower(scheme)
	if u.scheme != "sip" && u.scheme != "sips" {
		u.opaque = rest
		return u, nil
	}
	if at := strings.IndexByte(rest, '@'); at >= 0 {
		user := rest[:at]
		rest = rest[at+1:]
		for i := range len(user) {
			if user[i] == '%' && (i+2 >= len(user) || !isHex(user[i+1]) || !isHex(user[i+2])) {
				return u, bad("escape in user part")
			}
		}
		u.user, _, _ = strings.Cut(user, ":")
	}
	rest, u.headers, _ = strings.Cut(rest, "?")
	hostport, parameters, hasParams := strings.Cut(rest, ";")
	var err error
	if u.host, u.port, err = parseHostPort(hostport); err != nil {
		return u, err
	}
	if hasParams {
		for p := range strings.SplitSeq(parameters, ";") {
			name, value, _ := strings.Cut(p, "=")
			if name == "" {
				return u, bad("empty URI parameter")
			}
			u.params = append(u.params, param{strings.ToLower(name), value})
		}
	}
	return u, nil
}

// parseHostPort reads host[:port]; white space around the colon is allowed, as in Via.
func parseHostPort(s string) (host string, port int, err error) {
	s = strings.TrimSpace(s)
	rest := ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, bad("bracket in host")
		}
		host, rest = s[1:end], strings.TrimSpace(s[end+1:])
		// RFC 5118 section 4.10: the grammar of RFC 3261 wrongly allowed three colons.
		if _, err := netip.ParseAddr(strings.Replace(host, ":::", "::", 1)); err != nil || !strings.Contains(host, ":") {
			return "", 0, bad("IPv6 address %q", host)
		}
	} else {
		colon := strings.IndexByte(s, ':')
		if colon < 0 {
			colon = len(s)
		}
		host, rest = strings.TrimSpace(s[:colon]), s[colon:]
		if host == "" {
			return "", 0, bad("no host")
		}
		for i := range len(host) {
			if c := host[i]; !isTokenChar(c) || strings.IndexByte("!%*+`'~", c) >= 0 {
				return "", 0, bad("host %q", host)
			}
		}
	}
	if rest == "" {
		return host, 0, nil
	}
	if rest[0] != ':' {
		return "", 0, bad("after host: %q", rest)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(rest[1:]), 10, 16)
	if err != nil || n == 0 {
		return "", 0, bad("port %q", rest[1:])
	}
	return host, int(n), nil
}

// number is the user part unescaped, or the number of a tel URI.
func (u uri) number() string {
	if u.scheme == "sip" || u.scheme == "sips" {
		user, _, _ := strings.Cut(u.user, ";")
		return unescape(user)
	}
	number, _, _ := strings.Cut(u.opaque, ";")
	return unescape(number)
}

func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b.WriteByte(byte(n))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// address is a name-addr or addr-spec with header parameters: From, To, Contact, Route.
type address struct {
	display string // unquoted
	raw     string // the URI as written
	uri     uri
	params  params
}

func (a address) tag() string { tag, _ := a.params.get("tag"); return tag }

func (a address) party() Party {
	return Party{User: a.uri.number(), Host: a.uri.host, Display: a.display, URI: a.raw}
}

// parseAddress reads an address. It is lenient about what stands before the bracket, where peers
// err most, and strict about quotes and brackets, where leniency would change the meaning.
func parseAddress(s string) (address, error) {
	var a address
	s = strings.TrimSpace(s)
	rest := ""
	if strings.HasPrefix(s, `"`) {
		display, after, ok := cutQuoted(s)
		if !ok {
			return a, bad("unbalanced quotes")
		}
		a.display = display
		s = strings.TrimSpace(after)
		if !strings.HasPrefix(s, "<") {
			return a, bad("name without <URI>")
		}
	}
	if open := strings.IndexByte(s, '<'); open >= 0 {
		if before := strings.TrimSpace(s[:open]); before != "" {
			if strings.Contains(before, `"`) {
				return a, bad("unbalanced quotes")
			}
			a.display = before
		}
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			return a, bad("unbalanced brackets")
		}
		a.raw, rest = strings.TrimSpace(s[open+1:open+end]), strings.TrimSpace(s[open+end+1:])
	} else {
		end := strings.IndexByte(s, ';')
		if end < 0 {
			end = len(s)
		}
		a.raw, rest = strings.TrimSpace(s[:end]), s[end:]
		if strings.ContainsAny(a.raw, "?,") {
			return a, bad("URI with ? or , outside brackets (RFC 3261 section 20)")
		}
	}
	var err error
	if a.uri, err = parseURI(a.raw); err != nil {
		return a, err
	}
	a.params, err = parseParams(rest)
	return a, err
}

// cutQuoted reads a quoted string at the beginning of s and unescapes it.
func cutQuoted(s string) (text, after string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// quote writes a display name; line ends cannot pass.
func quote(display string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(display) {
		switch c := display[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\r' || c == '\n' || c == 0:
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// parseParams reads ;name=value;name ... with white space anywhere.
func parseParams(s string) (params, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	if s[0] != ';' {
		return nil, bad("%q where parameters begin", s[0])
	}
	var ps params
	for p := range splitOutside(s[1:], ';') {
		name, value, _ := strings.Cut(p, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !isToken(name) {
			return nil, bad("parameter name %q", name)
		}
		if strings.HasPrefix(value, `"`) {
			text, after, ok := cutQuoted(value)
			if !ok || strings.TrimSpace(after) != "" {
				return nil, bad("parameter %s", name)
			}
			value = text
		} else if strings.ContainsAny(value, ",<>\" \t") {
			return nil, bad("parameter %s", name)
		}
		ps = append(ps, param{strings.ToLower(name), value})
	}
	return ps, nil
}

// splitOutside splits at a separator that is not inside quotes or angle brackets.
func splitOutside(s string, separator byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted, bracket := 0, false, false
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case quoted && c == '\\':
				i++
			case c == '"' && !bracket:
				quoted = !quoted
			case quoted:
			case c == '<':
				bracket = true
			case c == '>':
				bracket = false
			case c == separator && !bracket:
				if !yield(s[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(s[start:])
	}
}

// via is one Via value (RFC 3261 section 20.42).
type via struct {
	transport string // upper case
	host      string
	port      int
	params    params
	branch    string
}

func parseVia(s string) (via, error) {
	var v via
	name, rest, ok := strings.Cut(s, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || !isToken(strings.TrimSpace(name)) || !isToken(strings.TrimSpace(version)) {
		return v, bad("Via protocol")
	}
	rest = strings.TrimSpace(rest)
	end := strings.IndexAny(rest, " \t")
	if end < 0 || !isToken(rest[:end]) {
		return v, bad("Via transport")
	}
	v.transport = strings.ToUpper(rest[:end])
	hostport, parameters := rest[end:], ""
	if i := strings.IndexByte(hostport, ';'); i >= 0 {
		hostport, parameters = hostport[:i], hostport[i:]
	}
	var err error
	if v.host, v.port, err = parseHostPort(hostport); err != nil {
		return v, err
	}
	if v.params, err = parseParams(parameters); err != nil {
		return v, err
	}
	v.branch, _ = v.params.get("branch")
	return v, nil
}

// bracketed is a host as it stands in a URI or Via.
func bracketed(host string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		return "[" + host + "]"
	}
	return host
}

func hostPort(host string, port uint16) string {
	if port == 0 {
		return bracketed(host)
	}
	return bracketed(host) + ":" + strconv.Itoa(int(port))
}
