package sip

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/icholy/digest"
)

// Secret is what is kept of a password: H(user:realm:password) in hex for each algorithm. An empty
// field matches nothing. Whoever has it can sign in by that algorithm, so it is stored like a
// password, but it is of no use in another realm.
type Secret struct{ MD5, SHA256 string }

// NewSecret makes the Secret of a password.
func NewSecret(user, realm, password string) Secret {
	text := []byte(user + ":" + realm + ":" + password)
	one, two := md5.Sum(text), sha256.Sum256(text)
	return Secret{hex.EncodeToString(one[:]), hex.EncodeToString(two[:])}
}

// AuthConfig is what an Authenticator needs.
type AuthConfig struct {
	Realm string
	// Secret finds the secret of an account. It is called in the reading goroutines and must be
	// quick, and as quick for accounts that are not there.
	Secret func(account string) (Secret, bool)
	// Algorithms are offered in this order; nil: SHA-256, MD5. Phones known to choke on SHA-256 are
	// offered MD5 only, if it is here.
	Algorithms []string
	NonceLife  time.Duration // how long a nonce may be used; 0: 2 min
	Guesses    int           // wrong passwords a minute from one source, then longer and longer pauses; 0: 10
	Remembered int           // sources, accounts and nonces remembered of each kind; 0: 8192
}

// Authenticator checks digests (RFC 3261 section 22, RFC 8760). Nothing is kept for those who have
// not shown a right or wrong password for a nonce that was sent to their address.
//
// Guessing is slowed in three ways. A source may be wrong a few times a minute, then nothing that
// comes from it is checked for a minute, then two, up to 16; an hour of peace forgets that. An
// account at which many sources are wrong is closed to those sources only. And who has shown the
// right password from an address is always looked at there, so that neither a guesser behind the
// same router nor one elsewhere can lock the owner out. Passwords must therefore be long chance, not
// words: from the owner's own address only the rate of messages slows a guesser.
type Authenticator struct {
	config AuthConfig
	key    [32]byte
	nobody Secret // compared with for accounts that are not there
	wrongs atomic.Uint64
	pauses atomic.Uint64

	mu      sync.Mutex
	counts  generations[uint32]    // highest count of each nonce
	trusted generations[bool]      // address and account that were right, and the address alone
	guesses generations[*guessing] // by source, by account, by both
	turned  time.Time              // when the young half of counts was begun
	floor   time.Time              // counts of older nonces may have been forgotten
}

// guessing counts wrong passwords.
type guessing struct {
	wrong   int
	since   time.Time
	until   time.Time // nothing is checked before
	strikes int       // pauses so far
}

// generations is a map of bounded size: when the young half is full, the old one is forgotten.
type generations[V any] struct{ young, old map[string]V }

func (g *generations[V]) get(key string) (V, bool) {
	v, ok := g.young[key]
	if !ok {
		v, ok = g.old[key]
	}
	return v, ok
}

// set says whether the older half was forgotten for it.
func (g *generations[V]) set(key string, v V, limit int) (forgot bool) {
	if _, ok := g.young[key]; !ok && len(g.young) >= max(1, limit/2) {
		forgot = true
		g.old, g.young = g.young, nil
	}
	if g.young == nil {
		g.young = map[string]V{}
	}
	g.young[key] = v
	return forgot
}

// NewAuthenticator makes an Authenticator with a key of its own: after a restart, old nonces are stale.
func NewAuthenticator(config AuthConfig) *Authenticator {
	if len(config.Algorithms) == 0 {
		config.Algorithms = []string{"SHA-256", "MD5"}
	}
	if config.NonceLife == 0 {
		config.NonceLife = 2 * time.Minute
	}
	if config.Guesses == 0 {
		config.Guesses = 10
	}
	if config.Remembered == 0 {
		config.Remembered = 8192
	}
	a := &Authenticator{config: config}
	_, _ = rand.Read(a.key[:]) // never fails
	a.nobody = NewSecret("", config.Realm, rand.Text())
	return a
}

// nonce is time, random bytes and a MAC over both and the source address, so that nobody can use it
// from elsewhere and we need not remember it.
func (a *Authenticator) nonce(source netip.Addr, now time.Time) string {
	b := make([]byte, 16, 32)
	binary.BigEndian.PutUint64(b, uint64(now.UnixMilli()))
	_, _ = rand.Read(b[8:16])
	return base64.RawURLEncoding.EncodeToString(append(b, a.mac(b, source)...))
}

func (a *Authenticator) mac(b []byte, source netip.Addr) []byte {
	h := hmac.New(sha256.New, a.key[:])
	h.Write(b)
	address, _ := source.Unmap().WithZone("").MarshalBinary()
	h.Write(address)
	return h.Sum(nil)[:16]
}

// issued is when a nonce was made for a source; false if it was not.
func (a *Authenticator) issued(nonce string, source netip.Addr) (time.Time, bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b[16:], a.mac(b[:16], source)) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b))), true
}

// challenge are the headers of a 401 to REGISTER and SUBSCRIBE, of a 407 to other requests.
func (a *Authenticator) challenge(m *message, source netip.Addr, now time.Time, stale bool) []Header {
	nonce, suffix := a.nonce(source, now), ""
	if stale {
		suffix = ", stale=true"
	}
	name := "Proxy-Authenticate"
	if m.method == "REGISTER" || m.method == "SUBSCRIBE" {
		name = "WWW-Authenticate"
	}
	var headers []Header
	for _, algorithm := range a.config.Algorithms {
		if algorithm != "MD5" && onlyMD5(m.get("User-Agent")) && slices.Contains(a.config.Algorithms, "MD5") {
			continue
		}
		headers = append(headers, Header{name,
			fmt.Sprintf(`Digest realm=%s, nonce="%s", algorithm=%s, qop="auth"%s`, quote(a.config.Realm), nonce, algorithm, suffix)})
	}
	return headers
}

// onlyMD5 says whether a phone gives up when it is offered anything but MD5, even beside it. It takes
// nothing away from the others: who wants to guess by MD5 may do so where it is offered.
func onlyMD5(agent string) bool {
	return strings.HasPrefix(agent, "baresip v0.") || strings.HasPrefix(agent, "baresip v1.")
}

// check finds out who sends a request. Without an account, challenge is for the 401; it is the same
// for wrong passwords, unknown accounts and those that are not checked.
func (a *Authenticator) check(m *message, from netip.AddrPort) (account string, challenge []Header) {
	now, source := time.Now(), from.Addr()
	c := a.credentials(m)
	if c == nil {
		return "", a.challenge(m, source, now, false)
	}
	at, ok := a.issued(c.Nonce, source)
	keys := a.keys(source, c.Username)
	a.mu.Lock()
	old, paused := at.Before(a.floor), a.paused(keys, now)
	a.mu.Unlock()
	if !ok || old || now.Sub(at) > a.config.NonceLife {
		return "", a.challenge(m, source, now, true) // whatever the password is
	}
	if paused {
		a.pauses.Add(1)
		return "", a.challenge(m, source, now, false)
	}
	secret, known := a.config.Secret(c.Username)
	if !known {
		secret = a.nobody
	}
	right := a.right(m, c, secret)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !right || !known {
		a.wrong(keys, now)
		return "", a.challenge(m, source, now, false)
	}
	if last, _ := a.counts.get(c.Nonce); c.Nc <= 0 || uint64(c.Nc) > 1<<32-1 || uint32(c.Nc) <= last {
		return "", a.challenge(m, source, now, true) // a replay, or datagrams out of order
	}
	if a.counts.set(c.Nonce, uint32(c.Nc), a.config.Remembered) {
		a.floor, a.turned = a.turned, now
	}
	a.trust(keys)
	return c.Username, nil
}

// Trust has an account be always looked at when it comes from this address, as if its password had
// been right there: for those known from before a restart.
func (a *Authenticator) Trust(account string, source netip.Addr) {
	keys := a.keys(source, account)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.trust(keys)
}

func (a *Authenticator) trust(k guessKeys) {
	a.trusted.set(k.pair, true, a.config.Remembered)
	a.trusted.set(k.source, true, a.config.Remembered)
}

// hears says whether anything of an unknown source is worth parsing: not while it pauses for wrong
// passwords, unless an owner was there.
func (a *Authenticator) hears(source netip.Addr) bool {
	k := a.keys(source, "")
	a.mu.Lock()
	defer a.mu.Unlock()
	g, ok := a.guesses.get(k.source)
	if !ok || !time.Now().Before(g.until) {
		return true
	}
	if _, trusted := a.trusted.get(k.source); trusted {
		return true
	}
	a.pauses.Add(1)
	return false
}

// credentials finds those for our realm; nil if there are none that can be read.
func (a *Authenticator) credentials(m *message) *digest.Credentials {
	for _, value := range append(m.all("Authorization"), m.all("Proxy-Authorization")...) {
		if len(value) > 4096 || !strings.HasPrefix(strings.ToLower(value), "digest ") {
			continue
		}
		c, err := digest.ParseCredentials(value)
		if err != nil || c.Realm != a.config.Realm {
			continue
		}
		if c.Algorithm == "" {
			c.Algorithm = "MD5"
		}
		offered := slices.ContainsFunc(a.config.Algorithms, func(name string) bool { return strings.EqualFold(name, c.Algorithm) })
		if offered && strings.EqualFold(c.QOP, "auth") && c.URI == m.target {
			return c
		}
	}
	return nil
}

// right computes the digest (RFC 7616 section 3.4.1).
func (a *Authenticator) right(m *message, c *digest.Credentials, secret Secret) bool {
	h, ha1 := func(s string) string { b := md5.Sum([]byte(s)); return hex.EncodeToString(b[:]) }, secret.MD5
	if strings.EqualFold(c.Algorithm, "SHA-256") {
		h, ha1 = func(s string) string { b := sha256.Sum256([]byte(s)); return hex.EncodeToString(b[:]) }, secret.SHA256
	}
	want := h(ha1 + ":" + c.Nonce + ":" + fmt.Sprintf("%08x", c.Nc) + ":" + c.Cnonce + ":" + c.QOP + ":" + h(m.method+":"+c.URI))
	return ha1 != "" && subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(c.Response))) == 1
}

// guessKeys name the budgets of one attempt.
type guessKeys struct{ source, account, pair string }

func (a *Authenticator) keys(from netip.Addr, account string) guessKeys {
	address := from.Unmap().WithZone("")
	network := address.String()
	if address.Is6() { // a host may use any address of its /64
		prefix, _ := address.Prefix(64)
		network = prefix.String()
	}
	sum := sha256.Sum256([]byte(account)) // its length is the peer's choice
	name := string(sum[:16])
	return guessKeys{"s" + network, "a" + name, "p" + network + name}
}

// accountGuesses is how many times the budget of a source an account has for all sources.
const accountGuesses = 3

// paused says whether a password is not even looked at. a.mu is held.
func (a *Authenticator) paused(k guessKeys, now time.Time) bool {
	pause := func(key string) bool { g, ok := a.guesses.get(key); return ok && now.Before(g.until) }
	if _, ok := a.trusted.get(k.pair); ok {
		return false
	}
	failed, tried := a.guesses.get(k.pair)
	return pause(k.source) || tried && now.Sub(failed.since) < time.Hour && pause(k.account)
}

// wrong counts a wrong password. a.mu is held.
func (a *Authenticator) wrong(k guessKeys, now time.Time) {
	count := func(key string, limit int) {
		g, ok := a.guesses.get(key)
		if !ok || now.Sub(g.since) > time.Hour && now.After(g.until.Add(time.Hour)) {
			g = &guessing{since: now}
		}
		if now.Sub(g.since) >= time.Minute {
			g.wrong, g.since = 0, now
		}
		if g.wrong++; g.wrong >= limit {
			g.until = now.Add(time.Minute << min(g.strikes, 4))
			g.wrong, g.strikes = 0, g.strikes+1
		}
		a.guesses.set(key, g, 4*a.config.Remembered)
	}
	a.wrongs.Add(1)
	count(k.source, a.config.Guesses)
	count(k.pair, a.config.Guesses)
	count(k.account, accountGuesses*a.config.Guesses)
}
