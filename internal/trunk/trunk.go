// Package trunk is our connection to a carrier: where calls may come from and go to, as whom, how sound
// is agreed, what may be shown, spent and taken (route.go has the rules). Storage works as in package
// tenant.
package trunk

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/kit/secret"
)

// ID identifies a trunk.
type ID string

// Kind is how a carrier and we know each other.
type Kind string

// Kinds.
const (
	ByAddress      Kind = "address"      // calls come from its addresses
	ByRegistration Kind = "registration" // we sign in at the carrier with a password
	ByCertificate  Kind = "certificate"  // it connects by TLS and shows a certificate
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{ByAddress, ByRegistration, ByCertificate} }

// Format is how a carrier wants numbers dialed.
type Format string

// Formats.
const (
	E164     Format = "e164"     // +74951234567
	Digits   Format = "digits"   // 74951234567
	National Format = "national" // 84951234567 within the country, 0066... abroad
)

// Formats lists them.
func Formats() []Format { return []Format{E164, Digits, National} }

// Encryption is how the sound of a trunk is protected.
type Encryption string

// The ways; SRTP each but the first.
const (
	NoEncryption Encryption = "none"
	SDES         Encryption = "sdes" // keys in the signalling (RFC 4568)
	DTLS         Encryption = "dtls" // keys from a handshake on the way of the sound (RFC 5763)
)

// Encryptions lists them.
func Encryptions() []Encryption { return []Encryption{NoEncryption, SDES, DTLS} }

// Trunk is a connection to a carrier.
type Trunk struct {
	ID        ID            `json:"id"`
	Key       string        `json:"key"` // unique
	Name      string        `json:"name"`
	Kind      Kind          `json:"kind"`
	Addresses []string      `json:"addresses"` // IP addresses and prefixes calls may come from
	NAT       bool          `json:"nat"`       // the carrier's media may come from another port than it says
	Codecs    []string      `json:"codecs"`    // of Codecs, the preferred first
	MaxCalls  int64         `json:"max_calls"` // 0: no limit
	Password  secret.Sealed `json:"password"`  // for calls out and registration; empty: none
	Settings
}

// Settings are what is never searched for.
type Settings struct {
	// Host is where calls go: "carrier.example" by its SRV records, or with a port, or
	// "carrier.example;transport=tls". Empty: no calls go out here.
	Host string `json:"host"`
	// Proxy is where everything is sent in place of Host, written the same way; empty: to Host.
	Proxy       string   `json:"proxy"`
	Registrars  []string `json:"registrars"`  // by registration: where we sign in, each by itself; empty: at Host
	User        string   `json:"user"`        // who we are for the carrier; empty: nobody in particular
	AuthUser    string   `json:"auth_user"`   // for the password; empty: User
	Domain      string   `json:"domain"`      // behind the @ of our address; empty: Host without its port
	ExpiresS    int64    `json:"expires_s"`   // how long a registration is asked for; 0: 300
	Certificate string   `json:"certificate"` // by certificate: the name in it, or "sha-256 " and its fingerprint

	Encryption         Encryption `json:"media_encryption"`          // of the sound; empty: none
	EncryptionOptional bool       `json:"media_encryption_optional"` // a call without it is taken too
	SDESWithoutTLS     bool       `json:"sdes_without_tls"`          // keys may travel where others can read them

	Order          int64    `json:"order"`            // of use; a project may have its own
	Format         Format   `json:"format"`           // empty: E164
	Prefix         string   `json:"prefix"`           // put before every number but short ones
	Country        string   `json:"country"`          // whose numbers come in without a plus (ISO 3166); empty: not known
	Caller         string   `json:"caller"`           // shown when nobody says otherwise
	Callers        []string `json:"callers"`          // further numbers that may be shown, with * for the rest
	PassCaller     bool     `json:"pass_caller"`      // a customer whose call we pass on may be shown
	CallsPerSecond int64    `json:"calls_per_second"` // out; 0: no limit
	Rates          []string `json:"rates"`            // as ParseRate reads them
	OptionsS       int64    `json:"options_s"`        // how often we ask whether it is there; 0: never

	Blocked    []string `json:"blocked"`     // callers not taken, with * for the rest
	Countries  []string `json:"countries"`   // whose callers are taken (ISO 3166); empty: all
	NoWithheld bool     `json:"no_withheld"` // callers without a number are not taken
}

// Codecs lists what a trunk can speak, named as in SDP. Browsers speak all of them, so that nothing is
// transcoded for an agent in a browser; Opus needs libopus on the server and is left out without it.
func Codecs() []string { return []string{"PCMU", "PCMA", "G722", "opus"} }

// Validate checks what can be checked without the database.
func (k Trunk) Validate() error {
	var f fault.Fields
	f.Key("key", k.Key)
	f.Text("name", k.Name, true, 200)
	fault.OneOf(&f, "kind", k.Kind, Kinds()...)
	k.checkAddresses(&f)
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
	if k.Password != "" && !k.Password.Valid() {
		f.Add("password", fault.Malformed, "is not sealed")
	}
	if k.Encryption != "" {
		fault.OneOf(&f, "media_encryption", k.Encryption, Encryptions()...)
	}
	k.checkAccount(&f)
	k.checkOut(&f)
	k.checkIn(&f)
	return f.Err()
}

func (k Trunk) checkAddresses(f *fault.Fields) {
	if len(k.Addresses) == 0 && k.Kind == ByAddress {
		f.Add("addresses", fault.Required, "needs at least one address")
	}
	most(f, "addresses", len(k.Addresses), 200)
	for i, a := range k.Addresses {
		if _, err := prefix(a); err != nil {
			f.Add(item("addresses", i), fault.Malformed, "%q is not an IP address or a prefix such as 192.0.2.0/24", a)
		}
	}
}

func (k Trunk) checkAccount(f *fault.Fields) {
	const example = "write a name or an address, such as carrier.example, 192.0.2.7:5060 or carrier.example;transport=tcp"
	for path, host := range map[string]string{"host": k.Host, "proxy": k.Proxy} {
		if host != "" && !isHost(host) {
			f.Add(path, fault.Malformed, example)
		}
	}
	most(f, "registrars", len(k.Registrars), 10)
	for i, host := range k.Registrars {
		if !isHost(host) {
			f.Add(item("registrars", i), fault.Malformed, example)
		}
	}
	if k.Domain != "" && !isName(k.Domain) {
		f.Add("domain", fault.Malformed, "write a name such as carrier.example")
	}
	for path, user := range map[string]string{"user": k.User, "auth_user": k.AuthUser} {
		if len(user) > 100 || strings.ContainsFunc(user, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>"\\`, r) }) {
			f.Add(path, fault.Malformed, "must be at most 100 letters, digits and signs without spaces")
		}
	}
	if k.Kind == ByRegistration {
		if k.User == "" {
			f.Add("user", fault.Required, "a trunk by registration needs the user that the carrier gave")
		}
		if k.Host == "" && len(k.Registrars) == 0 {
			f.Add("host", fault.Required, "a trunk by registration needs the carrier's host")
		}
	}
	if k.Kind == ByCertificate && k.Certificate == "" {
		f.Add("certificate", fault.Required, "a trunk by certificate needs the name in it")
	}
	f.Text("certificate", k.Certificate, false, 200)
	if digits, ok := strings.CutPrefix(strings.ToLower(k.Certificate), fingerprintOf); ok {
		if sum, err := hex.DecodeString(strings.ReplaceAll(digits, ":", "")); err != nil || len(sum) != sha256.Size {
			f.Add("certificate", fault.Malformed, "a fingerprint is sha-256 and 32 pairs of digits, such as openssl x509 -fingerprint -sha256 shows")
		}
	}
	f.Range("expires_s", k.ExpiresS, 0, 86_400)
}

func (k Trunk) checkOut(f *fault.Fields) {
	f.Range("order", k.Order, 0, 1_000_000)
	if k.Format != "" {
		fault.OneOf(f, "format", k.Format, Formats()...)
	}
	if len(k.Prefix) > 16 || strings.Trim(k.Prefix, "0123456789+*#") != "" {
		f.Add("prefix", fault.Malformed, "must be at most 16 digits")
	}
	if k.Country != "" && !number.IsCountry(k.Country) {
		f.Add("country", fault.Unknown, "%q is not the code of a country, such as TH", k.Country)
	}
	if k.Caller != "" && number.Normalize(k.Caller) != k.Caller {
		f.Add("caller", fault.Malformed, "%q is not a number in the form +4930123", k.Caller)
	}
	patterns(f, "callers", k.Callers, 1000)
	f.Range("calls_per_second", k.CallsPerSecond, 0, 1000)
	most(f, "rates", len(k.Rates), 2000)
	for i, r := range k.Rates {
		if _, err := ParseRate(r); err != nil {
			f.Add(item("rates", i), fault.Malformed, "%s", err)
		}
	}
	f.Range("options_s", k.OptionsS, 0, 3600)
}

func (k Trunk) checkIn(f *fault.Fields) {
	patterns(f, "blocked", k.Blocked, 10_000)
	most(f, "countries", len(k.Countries), 300)
	for i, c := range k.Countries {
		if !number.IsCountry(c) {
			f.Add(item("countries", i), fault.Unknown, "%q is not the code of a country, such as TH", c)
		}
	}
}

func patterns(f *fault.Fields, path string, list []string, limit int) {
	most(f, path, len(list), limit)
	for i, p := range list {
		if !number.IsPattern(p) {
			f.Add(item(path, i), fault.Malformed, "%q is not a number or its beginning with *, such as +4930*", p)
		}
	}
}

func most(f *fault.Fields, path string, n, limit int) {
	if n > limit {
		f.Add(path, fault.TooLong, "must have at most %d items", limit)
	}
}

// isHost says whether a text is what Host describes.
func isHost(text string) bool {
	host, parameter, more := strings.Cut(text, ";")
	if more && !slices.Contains([]string{"transport=udp", "transport=tcp", "transport=tls"}, parameter) {
		return false
	}
	if h, port, err := net.SplitHostPort(host); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
		host = h
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return isName(host)
}

// isName says whether a text can be the name of a host (RFC 1123).
func isName(text string) bool {
	if text == "" || len(text) > 253 {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool {
				return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
			}) {
			return false
		}
	}
	return true
}

// BareHost is Host without port and parameters.
func (k Trunk) BareHost() string {
	host, _, _ := strings.Cut(k.Host, ";")
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

// AddressOfRecord is our address for the carrier, without scheme: "user@domain". It needs a User.
func (k Trunk) AddressOfRecord(registrar string) string {
	domain := k.Domain
	if domain == "" {
		at := k
		if at.Host == "" {
			at.Host = registrar
		}
		domain = at.BareHost()
	}
	if strings.Contains(domain, ":") {
		domain = "[" + domain + "]"
	}
	return k.User + "@" + domain
}

// SignsIn says where we register; none: we do not.
func (k Trunk) SignsIn() []string {
	switch {
	case k.Kind != ByRegistration:
		return nil
	case len(k.Registrars) > 0:
		return k.Registrars
	}
	return []string{k.Host}
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
// Trunks by certificate are not among them: an address proves nothing of theirs.
func Find(trunks []Trunk, addr netip.Addr) (Trunk, bool) {
	best, found := -1, Trunk{}
	for _, k := range trunks {
		if bits, ok := k.Match(addr); ok && bits > best && k.Kind != ByCertificate {
			best, found = bits, k
		}
	}
	return found, best >= 0
}

// fingerprintOf begins the fingerprint of a certificate, as in descriptions of sound (RFC 8122).
const fingerprintOf = "sha-256 "

// FindCertified gives the trunk of a certificate that a source has proved to hold: by its fingerprint,
// or by a name in it if it was verified, which is that an authority we trust has signed it. A trunk
// that lists addresses is only found from those. Of several the first.
func FindCertified(trunks []Trunk, cert *x509.Certificate, verified bool, addr netip.Addr) (Trunk, bool) {
	sum := sha256.Sum256(cert.Raw)
	for _, k := range trunks {
		if k.Kind != ByCertificate || k.Certificate == "" {
			continue
		}
		if _, ok := k.Match(addr); !ok && len(k.Addresses) > 0 {
			continue
		}
		digits, pinned := strings.CutPrefix(strings.ToLower(k.Certificate), fingerprintOf)
		if pinned {
			if want, err := hex.DecodeString(strings.ReplaceAll(digits, ":", "")); err == nil && bytes.Equal(want, sum[:]) {
				return k, true
			}
			continue
		}
		if verified && (cert.VerifyHostname(k.Certificate) == nil || strings.EqualFold(cert.Subject.CommonName, k.Certificate)) {
			return k, true
		}
	}
	return Trunk{}, false
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
