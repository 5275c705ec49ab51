package voice

import (
	"slices"
	"strings"

	"linekeeper/internal/kit/number"
	"linekeeper/internal/wire/sip"
)

// spellings are the ways in which a carrier may write the number that is meant: in the center's form,
// then with or without the plus of E.164. A user that is no number is its only spelling.
func spellings(user string) []string {
	user, _, _ = strings.Cut(user, ";") // parameters of a tel-style user (RFC 3966)
	n := number.Normalize(user)
	switch {
	case n != "" && number.Digits(n) == n:
		return []string{n, "+" + n}
	case n != "":
		return []string{n, number.Digits(n)}
	case user != "":
		return []string{user}
	}
	return nil
}

// callerOf is the caller's number as the trunk vouches for it: P-Asserted-Identity (RFC 3325) if it is
// there, else From. Empty: withheld, also when the carrier knows the number but the caller asked that
// nobody be shown it (Privacy, RFC 3323).
func callerOf(call *sip.Call) string {
	return caller(call.From(), call.Headers("P-Asserted-Identity"), call.Headers("Privacy"))
}

func caller(from sip.Party, asserted, privacy []string) string {
	for _, header := range privacy {
		for _, value := range strings.FieldsFunc(strings.ToLower(header), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			if value == "id" || value == "user" || value == "header" {
				return ""
			}
		}
	}
	best := ""
	for _, header := range asserted {
		for _, uri := range uris(header) {
			user := userOf(uri)
			if user == "" {
				continue
			}
			// Two values are allowed, one sip and one tel; the one with the number is wanted.
			if best == "" || strings.HasPrefix(user, "+") {
				best = user
			}
		}
	}
	if best == "" {
		best = from.User
		if strings.HasSuffix(strings.ToLower(from.Host), "anonymous.invalid") {
			return ""
		}
	}
	best, _, _ = strings.Cut(best, ";")
	switch strings.ToLower(best) {
	case "anonymous", "unavailable", "restricted", "unknown", "private":
		return ""
	}
	if n := number.Normalize(best); n != "" {
		return n
	}
	return best // a name, such as an extension of the carrier's
}

// dialedNumbers are the numbers that a call may be for, the likeliest first: the request URI,
// P-Called-Party-ID (RFC 7315), To, then those that the call was diverted from (RFC 5806, RFC 7044).
func dialedNumbers(call *sip.Call) []string {
	all := []string{call.RequestUser()}
	add := func(user string) {
		if user != "" && !slices.Contains(all, user) {
			all = append(all, user)
		}
	}
	for _, name := range []string{"P-Called-Party-ID", "To", "Diversion", "History-Info"} {
		for _, header := range call.Headers(name) {
			for _, uri := range uris(header) {
				add(userOf(uri))
			}
		}
	}
	return all[:min(len(all), 8)]
}

// uris are the addresses of a header with one or more name-addr or addr-spec values.
func uris(header string) (all []string) {
	quoted, angle, start := false, false, 0
	for i := 0; i <= len(header); i++ {
		if i == len(header) || header[i] == ',' && !quoted && !angle {
			all = append(all, uriOf(header[start:i]))
			start = i + 1
			continue
		}
		switch c := header[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"' && !angle:
			quoted = !quoted
		case c == '<' && !quoted:
			angle = true
		case c == '>' && !quoted:
			angle = false
		}
	}
	return all
}

// uriOf is the address of one value: what stands between the last angle brackets, or all of it up to
// its parameters.
func uriOf(value string) string {
	if open := strings.LastIndexByte(value, '<'); open >= 0 {
		value = value[open+1:]
		inside, _, _ := strings.Cut(value, ">")
		return strings.TrimSpace(inside)
	}
	value, _, _ = strings.Cut(value, ";")
	return strings.TrimSpace(value)
}

// userOf is the user part of a sip, sips or tel address; empty if there is none.
func userOf(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	switch strings.ToLower(scheme) {
	case "tel":
		number, _, _ := strings.Cut(rest, ";")
		return number
	case "sip", "sips":
		user, _, ok := strings.Cut(rest, "@")
		if !ok {
			return ""
		}
		user, _, _ = strings.Cut(user, ":") // a password, obsolete
		return unescape(user)
	}
	return ""
}

// unescape undoes %XX; what is no escape stays.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, low := hex(s[i+1]), hex(s[i+2])
			if high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
