package api

import (
	"strings"

	"linekeeper/internal/access"
)

// need is what a route asks of who comes. Every route says one; there is no default.
type need struct {
	name  string
	allow func(access.Identity) bool // nil: anyone, without signing in
}

// anyone may come without signing in.
func anyone() need { return need{name: "anyone"} }

// signedIn asks for any role, in a session or with a token.
func signedIn() need {
	return need{name: "signed_in", allow: func(access.Identity) bool { return true }}
}

// may asks for one of the permissions.
func may(any ...access.Permission) need {
	names := make([]string, len(any))
	for i, p := range any {
		names[i] = string(p)
	}
	return need{name: strings.Join(names, " or "), allow: func(who access.Identity) bool {
		for _, p := range any {
			if who.May(p) {
				return true
			}
		}
		return false
	}}
}

// person asks for a user in a session: a token has no choices, no day and no desk.
func person() need {
	return need{name: "person", allow: func(who access.Identity) bool { return who.User != "" }}
}
