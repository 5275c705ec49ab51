package sip

import (
	"errors"
	"fmt"
	"strings"

	"github.com/icholy/digest"
)

// authorized says whether a 401 or 407 can be answered: there are credentials, and the request had
// not been refused with them already, unless only the nonce was old (RFC 8760, RFC 3261 section
// 22.2). tries counts the answers so far.
func authorized(request, answer *message, username string, tries int) bool {
	if answer.code != 401 && answer.code != 407 || username == "" || tries > 2 {
		return false
	}
	if !request.has("Authorization") && !request.has("Proxy-Authorization") {
		return true
	}
	for _, challenge := range answer.all(challengeHeader(answer.code)) {
		if parsed, err := digest.ParseChallenge(challenge); err == nil && parsed.Stale {
			return true
		}
	}
	return false
}

func challengeHeader(code int) string {
	if code == 407 {
		return "Proxy-Authenticate"
	}
	return "WWW-Authenticate"
}

// authorize adds the answer to a challenge: the first one with an algorithm that we know.
func authorize(m, answer *message, username, password string) error {
	var errs []error
	for _, value := range answer.all(challengeHeader(answer.code)) {
		if !strings.HasPrefix(strings.ToLower(value), "digest ") {
			continue
		}
		challenge, err := digest.ParseChallenge(value)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		credentials, err := digest.Digest(challenge, digest.Options{
			Method: m.method, URI: m.target, Username: username, Password: password,
			Count: 1, Cnonce: newID(),
		})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		name := "Authorization"
		if answer.code == 407 {
			name = "Proxy-Authorization"
		}
		m.add(name, credentials.String())
		return nil
	}
	return fmt.Errorf("no challenge that we can answer: %w", errors.Join(errs...))
}
