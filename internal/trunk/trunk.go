// Package trunk is our connection to a carrier: where calls may come from and how sound is agreed.
// Storage works as in package tenant.
package trunk

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"linekeeper/internal/kit/fault"
)

// ID identifies a trunk.
type ID string

// Trunk is a connection to a carrier.
type Trunk struct {
	ID        ID       `json:"id"`
	Key       string   `json:"key"` // unique
	Name      string   `json:"name"`
	Addresses []string `json:"addresses"` // IP addresses and prefixes calls may come from
	NAT       bool     `json:"nat"`       // the carrier's media may come from another port than it says
	Codecs    []string `json:"codecs"`    // of Codecs, the preferred first
	MaxCalls  int64    `json:"max_calls"` // 0: no limit
}

// Codecs lists what a trunk can speak, named as in SDP.
func Codecs() []string { return []string{"PCMU", "PCMA"} }

// Validate checks what can be checked without the database.
func (k Trunk) Validate() error {
	var f fault.Fields
	f.Key("key", k.Key)
	f.Text("name", k.Name, true, 200)
	if len(k.Addresses) == 0 {
		f.Add("addresses", fault.Required, "needs at least one address")
	}
	if len(k.Addresses) > 200 {
		f.Add("addresses", fault.TooLong, "must have at most 200 items")
	}
	for i, a := range k.Addresses {
		if _, err := prefix(a); err != nil {
			f.Add(item("addresses", i), fault.Malformed, "%q is not an IP address or a prefix such as 192.0.2.0/24", a)
		}
	}
	if len(k.Codecs) == 0 {
		f.Add("codecs", fault.Required, "needs at least one of %s", strings.Join(Codecs(), ", "))
	}
	for i, c := range k.Codecs {
		if !slices.Contains(Codecs(), c) {
			f.Add(item("codecs", i), fault.Unknown, "%q is not one of %s", c, strings.Join(Codecs(), ", "))
		} else if slices.Index(k.Codecs, c) < i {
			f.Add(item("codecs", i), fault.Taken, "%q is listed twice", c)
		}
	}
	f.Range("max_calls", k.MaxCalls, 0, 100_000)
	return f.Err()
}

// Match reports whether calls from this address are the trunk's, and how many bits of the address
// its list names: of two trunks that match, the one with more bits is meant.
func (k Trunk) Match(addr netip.Addr) (bits int, ok bool) {
	addr = addr.Unmap().WithZone("")
	bits = -1
	for _, a := range k.Addresses {
		p, err := prefix(a)
		if err == nil && p.Contains(addr) {
			bits = max(bits, p.Bits())
		}
	}
	return bits, bits >= 0
}

// Find gives the trunk of a source address: the one that names it most exactly; of equals the first.
func Find(trunks []Trunk, addr netip.Addr) (Trunk, bool) {
	best, found := -1, Trunk{}
	for _, k := range trunks {
		if bits, ok := k.Match(addr); ok && bits > best {
			best, found = bits, k
		}
	}
	return found, best >= 0
}

// prefix reads an address as the prefix of only itself.
func prefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return a.Unmap().WithZone("").Prefix(a.Unmap().BitLen())
}

func item(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
