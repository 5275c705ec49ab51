package voice

import (
	"net/netip"
	"strings"

	"linekeeper/internal/kit/number"
)

// follows is where a carrier's redirection (RFC 3261, section 8.1.3.4) may take a call that was sent to
// target at peer: to another place of the same carrier, for the same number. Whoever is called must not
// be able to have us call a number that the project pays for. ours says whether an address belongs to the
// carrier. Empty: nowhere.
func follows(target string, peer netip.Addr, contacts []string, ours func(netip.Addr) bool) string {
	called, home := numberOf(target), hostOf(target)
	for _, c := range contacts {
		host := hostOf(c)
		if host == "" || !number.Same(numberOf(c), called) {
			continue
		}
		if strings.EqualFold(host, home) {
			return c
		}
		if a, err := netip.ParseAddr(host); err == nil && (a.Unmap() == peer.Unmap() || ours(a.Unmap())) {
			return c
		}
	}
	return ""
}

// numberOf is the user part without the parameters that carriers add, such as rn=.
func numberOf(uri string) string {
	user, _, _ := strings.Cut(userOf(uri), ";")
	return user
}

// hostOf is the host of a SIP URI; empty if it is none.
func hostOf(uri string) string {
	host, _, _ := hostPort(uri)
	return host
}
