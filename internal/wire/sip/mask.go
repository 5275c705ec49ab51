package sip

import (
	"bytes"
	"strings"
)

// Mask gives a message without what nobody but the two ends may know: of passwords what proves them
// (responses to challenges, and all but the beginning of a nonce), passwords in addresses, the digits
// of INFO and KPML, and the keys of media (a=crypto, a=key-mgmt, k=, a=ice-pwd). Bodies keep their
// length, so that Content-Length stays true. b is not changed. Mask of something masked is the same.
func Mask(b []byte) []byte {
	head, body := b, []byte(nil)
	if end := headEnd(b); end >= 0 {
		head, body = b[:end], b[end:]
	}
	var out bytes.Buffer
	out.Grow(len(b))
	kind := ""
	for len(head) > 0 {
		var field []byte
		field, head = nextField(head)
		name, value, ok := bytes.Cut(field, []byte(":"))
		if ok && bytes.IndexByte([]byte("AaPpWwCc"), field[0]) >= 0 { // most others need no closer look
			switch lower := strings.ToLower(string(bytes.TrimSpace(name))); {
			case isCredentials(lower):
				out.Write(name)
				out.WriteString(":")
				out.WriteString(maskCredentials(string(value)))
				continue
			case lower == "content-type" || lower == "c":
				kind = strings.ToLower(strings.TrimSpace(string(value)))
			}
		}
		if bytes.IndexByte(field, '@') < 0 && bytes.IndexByte(field, '?') < 0 {
			out.Write(field)
			continue
		}
		out.WriteString(maskURIs(string(field)))
	}
	out.Write(maskBody(kind, bytes.Clone(body)))
	return out.Bytes()
}

// nextField cuts the next header with its line end, together with the lines that continue it.
func nextField(b []byte) (field, rest []byte) {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return b, nil
		}
		at += i + 1
		if at >= len(b) || b[at] != ' ' && b[at] != '\t' {
			return b[:at], b[at:]
		}
	}
}

func isCredentials(name string) bool {
	switch name {
	case "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate",
		"authentication-info", "proxy-authentication-info":
		return true
	}
	return false
}

// masked stands for what was left out of a header.
const masked = "***"

// nonceShown is how much of a nonce is kept: enough to see which challenge an answer belongs to.
const nonceShown = 6

// maskCredentials masks the value of a header with credentials, up to its line end.
func maskCredentials(value string) string {
	text := strings.TrimRight(value, "\r\n")
	end := value[len(text):]
	scheme, rest, _ := strings.Cut(strings.TrimLeft(text, " \t\r\n"), " ")
	if !strings.Contains(scheme, "=") && !strings.EqualFold(scheme, "digest") {
		return " " + scheme + " " + masked + end // Basic, Bearer: all of it is secret
	}
	if strings.Contains(scheme, "=") { // Authentication-Info has no scheme
		scheme, rest = "", strings.TrimLeft(text, " \t\r\n")
	}
	var parts []string
	for part := range splitOutside(rest, ',') {
		name, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		v = strings.TrimSpace(v)
		if strings.ContainsAny(strings.Trim(v, `"`), `"= `) && !strings.HasPrefix(v, `"`) || strings.Count(v, `"`) > 2 {
			name = "" // more than a value: two parameters without a comma
			parts = append(parts, masked)
			continue
		}
		v = strings.Trim(v, `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "realm", "uri", "qop", "nc", "algorithm", "stale", "domain", "username", "userhash":
			parts = append(parts, maskURIs(strings.TrimSpace(part)))
		case "nonce", "nextnonce":
			if !strings.HasSuffix(v, masked) {
				v = v[:min(len(v), nonceShown)] + masked
			}
			parts = append(parts, name+`="`+v+`"`)
		default:
			if ok {
				parts = append(parts, name+`="`+masked+`"`)
			} else if name != "" {
				parts = append(parts, masked)
			}
		}
	}
	if scheme != "" {
		scheme = " " + scheme
	}
	return scheme + " " + strings.Join(parts, ", ") + end
}

// maskURIs masks passwords in SIP addresses, and credentials that an address carries as headers.
func maskURIs(text string) string {
	lower := string(lowered([]byte(text)))
	var out strings.Builder
	done := 0
	for at := 0; at < len(text); {
		i := strings.Index(lower[at:], "sip")
		if i < 0 {
			break
		}
		at += i + 3
		if at < len(lower) && lower[at] == 's' {
			at++
		}
		if at >= len(lower) || lower[at] != ':' {
			continue
		}
		at++
		end := at + strings.IndexAny(text[at:]+" ", "<>\" \t\r\n")
		uri := text[at:end]
		if user, _, ok := strings.Cut(uri, "@"); ok {
			if name, password, ok := strings.Cut(user, ":"); ok && password != masked {
				out.WriteString(text[done:at] + name + ":" + masked)
				done = at + len(user)
			}
		}
		for _, carried := range []string{"authorization=", "authorization%3d"} {
			if k := strings.Index(lower[at:end], carried); k >= 0 {
				from := at + k + len(carried)
				to := from + strings.IndexAny(text[from:end]+"&", "&")
				if from >= done && text[from:to] != masked {
					out.WriteString(text[done:from] + masked)
					done = to
				}
			}
		}
		at = end
	}
	return out.String() + text[done:]
}

// maskBody masks in place and keeps the length.
func maskBody(kind string, body []byte) []byte {
	switch {
	case strings.HasPrefix(kind, "application/dtmf") && !strings.HasPrefix(kind, "application/dtmf-relay"):
		stars(body)
		return body
	case strings.Contains(kind, "kpml"):
		maskAttribute(body, []byte("digits="))
		return body
	}
	secretLine := false // the part of a multipart body that is only a digit
	for rest := body; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			i = len(rest) - 1
		}
		line := bytes.TrimRight(rest[:i+1], "\r\n")
		rest = rest[i+1:]
		if !secretLine && !suspicious(line) {
			continue
		}
		lower := bytes.TrimLeft(lowered(line), " \t")
		switch {
		case bytes.HasPrefix(lower, []byte("signal")):
			if _, v, ok := bytes.Cut(line, []byte("=")); ok {
				stars(v)
			}
		case bytes.HasPrefix(lower, []byte("a=crypto:")):
			maskInline(line)
		case bytes.HasPrefix(lower, []byte("a=key-mgmt:")), bytes.HasPrefix(lower, []byte("a=ice-pwd:")):
			stars(line[bytes.IndexByte(line, ':')+1:])
		case bytes.HasPrefix(lower, []byte("k=")):
			stars(line[bytes.IndexByte(line, '=')+1:])
		case bytes.HasPrefix(lower, []byte("--")):
			secretLine = false
		case bytes.HasPrefix(lower, []byte("content-type:")):
			secretLine = bytes.Contains(lower, []byte("application/dtmf")) && !bytes.Contains(lower, []byte("dtmf-relay"))
		case secretLine && !bytes.Contains(line, []byte(":")):
			stars(line)
		}
		maskAttribute(line, []byte("digits="))
	}
	return body
}

// suspicious says whether a line of a body needs a closer look; those of most descriptions do not.
func suspicious(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	if len(line) < 3 {
		return false
	}
	switch line[0] | 0x20 {
	case 'a':
		return line[1] != '=' || bytes.IndexByte([]byte("cCkKiI"), line[2]) >= 0
	case 'v', 'o', 'm', 't', 'b':
		return line[1] != '='
	}
	return true
}

// maskInline masks the key of an a=crypto line, all "inline:" parts of it.
func maskInline(line []byte) {
	for {
		i := bytes.Index(lowered(line), []byte("inline:"))
		if i < 0 {
			return
		}
		line = line[i+len("inline:"):]
		end := bytes.IndexAny(line, "|; ")
		if end < 0 {
			end = len(line)
		}
		stars(line[:end])
		line = line[end:]
	}
}

// maskAttribute masks the quoted value behind a name in XML.
func maskAttribute(b, name []byte) {
	for {
		i := bytes.Index(b, name)
		if i < 0 || i+len(name) >= len(b) {
			return
		}
		b = b[i+len(name):]
		quote := b[0]
		if quote != '"' && quote != '\'' {
			continue
		}
		end := bytes.IndexByte(b[1:], quote)
		if end < 0 {
			end = len(b) - 1
		}
		stars(b[1 : 1+end])
		b = b[1+end:]
	}
}

// lowered is b with the letters of ASCII in lower case, of the same length whatever b is.
func lowered(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}

// stars replaces everything but blanks and line ends.
func stars(b []byte) {
	for i, c := range b {
		if c > ' ' {
			b[i] = '*'
		}
	}
}
