package sip

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Contact is where somebody is registered to be reached (RFC 3261 section 10).
type Contact struct {
	Address   string         `json:"address"` // the address-of-record, user@host
	URI       string         `json:"uri"`     // the Contact as registered
	Source    netip.AddrPort `json:"source"`  // where the REGISTER came from, behind NAT the only way back
	Transport Transport      `json:"transport"`
	Path      []string       `json:"path,omitempty"` // proxies on the way (RFC 3327), in the order of use
	CallID    string         `json:"call_id"`
	Seq       uint32         `json:"seq"`
	Q         float64        `json:"q"`
	Agent     string         `json:"agent,omitempty"` // User-Agent
	Since     time.Time      `json:"since"`           // registered without a break
	Seen      time.Time      `json:"seen"`            // last REGISTER; from Lookup also the last answer to OPTIONS
	Expires   time.Time      `json:"expires"`
}

// Dial completes a request for a call to this contact: target, way and transport.
func (c Contact) Dial(r DialRequest) DialRequest {
	r.Target, r.Peer, r.Transport, r.Routes = c.URI, c.Source, c.Transport, c.Path
	return r
}

// ContactStore keeps contacts. The Registrar calls it one call at a time.
type ContactStore interface {
	// Load gives the contacts of an address, expired ones too; none is no error.
	Load(ctx context.Context, address string) ([]Contact, error)
	// Save replaces the contacts of an address; none deletes it.
	Save(ctx context.Context, address string, contacts []Contact) error
	// Addresses gives every address that has contacts.
	Addresses(ctx context.Context) ([]string, error)
}

// RegistrarConfig is what a Registrar needs.
type RegistrarConfig struct {
	Store  ContactStore // nil: in memory
	Domain string       // takes the place of every host in addresses; empty: hosts are told apart
	// May says whether an account may register an address; nil: its own name as the user part.
	May                    func(account, address string) bool
	MinExpires, MaxExpires time.Duration                            // 0: 1 min and 1 h
	PerAddress             int                                      // contacts of one address; the oldest gives way; 0: 10
	KeepAlive              time.Duration                            // pause between OPTIONS to each contact, for NAT; 0: none are sent
	Changed                func(address string, contacts []Contact) // told after each change, in order, must not block; nil: nobody
}

// Registrar answers REGISTER for a Stack that has it in its Config, with Config.Auth.
type Registrar struct {
	config RegistrarConfig

	mu     sync.Mutex           // guards the store: one change at a time
	silent map[string]int       // OPTIONS in a row without an answer, by URI
	heard  map[string]time.Time // last answer to OPTIONS, by URI

	from    sync.Mutex               // guards sources; nothing else is taken while it is held
	sources map[netip.Addr]time.Time // where contacts are, until when
	ports   map[netip.AddrPort]time.Time
	ways    map[string]netip.AddrPort // of contacts by stream, by URI: the other end of the connection
}

// NewRegistrar makes a Registrar.
func NewRegistrar(config RegistrarConfig) *Registrar {
	if config.Store == nil {
		config.Store = &memoryContacts{contacts: map[string][]Contact{}}
	}
	if config.May == nil {
		config.May = func(account, address string) bool { user, _, _ := strings.Cut(address, "@"); return user == account }
	}
	config.MinExpires = cmp.Or(config.MinExpires, time.Minute)
	config.MaxExpires = cmp.Or(config.MaxExpires, time.Hour)
	config.PerAddress = cmp.Or(config.PerAddress, 10)
	return &Registrar{config: config, silent: map[string]int{}, heard: map[string]time.Time{}, sources: map[netip.Addr]time.Time{}, ports: map[netip.AddrPort]time.Time{}, ways: map[string]netip.AddrPort{}}
}

// Lookup gives where an address is reached now, the preferred and then the latest first. address is
// user@host, with or without scheme, or only the user if there is a Domain.
func (r *Registrar) Lookup(ctx context.Context, address string) ([]Contact, error) {
	if scheme, rest, ok := strings.Cut(address, ":"); ok && (scheme == "sip" || scheme == "sips") {
		address = rest
	}
	user, host, _ := strings.Cut(address, "@")
	r.mu.Lock()
	contacts, err := r.config.Store.Load(ctx, r.address(user, host))
	contacts = current(contacts, time.Now())
	for i, c := range contacts {
		if at := r.heard[c.URI]; at.After(c.Seen) {
			contacts[i].Seen = at
		}
	}
	r.mu.Unlock()
	slices.SortStableFunc(contacts, func(a, b Contact) int {
		return cmp.Or(cmp.Compare(b.Q, a.Q), b.Expires.Compare(a.Expires))
	})
	return contacts, err
}

func (r *Registrar) address(user, host string) string {
	return user + "@" + strings.ToLower(cmp.Or(r.config.Domain, host))
}

func current(contacts []Contact, now time.Time) []Contact {
	return slices.DeleteFunc(slices.Clone(contacts), func(c Contact) bool { return !c.Expires.After(now) })
}

// registered handles a REGISTER: who is unknown gets a 401 and nothing is kept; then the store may
// take its time, in a goroutine and with a transaction.
func (s *Stack) registered(m *message, from hop) {
	account, challenge := s.config.Auth.check(m, from.addr)
	if challenge != nil {
		s.refuse(m, from, 401, "", challenge...)
		return
	}
	t := s.newServerTx(m, from)
	if t == nil {
		s.refuse(m, from, 503, "", Header{"Retry-After", "5"})
		return
	}
	if !s.spawn("register", func() {
		code, headers := 500, []Header(nil)
		s.guard("register", func() { code, headers = s.config.Registrar.register(s.life, m, from, account) })
		if code == 200 {
			s.count.registrations.Add(1)
		}
		answer := s.reply(m, from, code, "", s.statelessTag(m))
		answer.headers = append(answer.headers, headers...)
		t.respond(answer)
	}) {
		t.fsm.Terminate()
	}
}

// wish is one Contact of a REGISTER.
type wish struct {
	uri     string
	expires time.Duration
	q       float64
}

// register does what an authenticated REGISTER asks for (RFC 3261 section 10.3, from step 4 on).
func (r *Registrar) register(ctx context.Context, m *message, from hop, account string) (code int, headers []Header) {
	address := r.address(m.to.uri.number(), m.to.uri.host)
	if !r.config.May(account, address) {
		return 403, nil
	}
	wishes, all, code := r.wishes(m)
	switch {
	case code == 423:
		return 423, []Header{{"Min-Expires", seconds(r.config.MinExpires)}}
	case code != 0:
		return code, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	contacts, err := r.config.Store.Load(ctx, address)
	if err != nil {
		return 500, nil
	}
	contacts = current(contacts, now)
	if all {
		for _, c := range contacts {
			wishes = append(wishes, wish{uri: c.URI})
		}
	}
	changed := len(wishes) > 0
	for _, w := range wishes {
		i := slices.IndexFunc(contacts, func(c Contact) bool { return c.URI == w.uri })
		since := now
		if i >= 0 {
			since = contacts[i].Since
			if contacts[i].CallID == m.callID && m.seq <= contacts[i].Seq { // step 7: out of order, all or nothing
				return 500, nil
			}
			contacts = slices.Delete(contacts, i, i+1)
		}
		if w.expires == 0 {
			continue
		}
		contacts = append(contacts, Contact{
			Address: address, URI: w.uri, Source: from.addr, Transport: from.transport, Path: m.all("Path"),
			CallID: m.callID, Seq: m.seq, Q: w.q, Agent: m.get("User-Agent"), Since: since, Seen: now, Expires: now.Add(w.expires),
		})
	}
	if extra := len(contacts) - r.config.PerAddress; extra > 0 {
		contacts = slices.Delete(contacts, 0, extra)
	}
	if changed {
		if err := r.config.Store.Save(ctx, address, contacts); err != nil {
			return 500, nil
		}
		r.reached(contacts)
		r.changed(address, contacts)
	}
	for _, c := range contacts {
		left := c.Expires.Sub(now)
		headers = append(headers, Header{"Contact", "<" + c.URI + ">;expires=" + seconds(left+time.Second-1)})
	}
	for _, path := range m.all("Path") {
		headers = append(headers, Header{"Path", path})
	}
	return 200, append(headers, Header{"Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")})
}

// knows says whether somebody at an address is registered, or was until a moment ago.
func (r *Registrar) knows(source netip.Addr) bool {
	r.from.Lock()
	defer r.from.Unlock()
	until, ok := r.sources[source]
	return ok && time.Now().Before(until)
}

// Registered says whether a contact is at this address and port, or was until a moment ago.
func (r *Registrar) Registered(source netip.AddrPort) bool {
	r.from.Lock()
	defer r.from.Unlock()
	until, ok := r.ports[source]
	return ok && time.Now().Before(until)
}

// reached lets the sources of contacts in. Those that are gone are let go by the next sweep.
func (r *Registrar) reached(contacts []Contact) {
	r.from.Lock()
	defer r.from.Unlock()
	for _, c := range contacts {
		if source := c.Source.Addr(); c.Expires.After(r.sources[source]) {
			r.sources[source] = c.Expires
		}
		r.ports[c.Source] = c.Expires
		if c.Transport.stream() {
			r.ways[c.URI] = c.Source
		}
	}
}

// source is where the connection of a contact comes from; false: it is not registered by one.
func (r *Registrar) source(uri string) (netip.AddrPort, bool) {
	r.from.Lock()
	defer r.from.Unlock()
	at, ok := r.ways[uri]
	return at, ok
}

// Forget takes every contact of an address out, as when its password is no longer good.
func (r *Registrar) Forget(ctx context.Context, address string) error {
	user, host, _ := strings.Cut(address, "@")
	return r.remove(ctx, r.address(user, host), func(Contact) bool { return true })
}

// lost takes the contacts out whose connection has ended: there is no other way to them.
func (r *Registrar) lost(ctx context.Context, transport Transport, source netip.AddrPort) {
	r.mu.Lock()
	addresses, err := r.config.Store.Addresses(ctx)
	r.mu.Unlock()
	if err != nil {
		return // they do not answer OPTIONS
	}
	for _, address := range addresses {
		_ = r.remove(ctx, address, func(c Contact) bool { return c.Transport == transport && c.Source == source })
	}
}

// remove takes the contacts of an address out for which gone holds.
func (r *Registrar) remove(ctx context.Context, address string, gone func(Contact) bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	contacts, err := r.config.Store.Load(ctx, address)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(contacts), gone)
	if len(left) == len(contacts) {
		return nil
	}
	if err := r.config.Store.Save(ctx, address, left); err != nil {
		return err
	}
	r.changed(address, left)
	return nil
}

// changed tells of a change. r.mu is held, so that changes are told in order.
func (r *Registrar) changed(address string, contacts []Contact) {
	if r.config.Changed != nil {
		r.config.Changed(address, slices.Clone(contacts))
	}
}

// wishes reads the Contacts of a REGISTER. all is for "*", which must stand alone with Expires 0.
func (r *Registrar) wishes(m *message) (wishes []wish, all bool, code int) {
	standard := r.config.MaxExpires
	if n, err := strconv.ParseUint(m.get("Expires"), 10, 32); err == nil {
		standard = time.Duration(n) * time.Second
	}
	values := m.all("Contact")
	for _, v := range values {
		if v == "*" {
			if len(values) > 1 || standard != 0 {
				return nil, false, 400
			}
			return nil, true, 0
		}
		a, err := parseAddress(v)
		if err != nil || a.uri.scheme != "sip" && a.uri.scheme != "sips" || a.uri.headers != "" || len(a.raw) > 1024 {
			return nil, false, 400
		}
		w := wish{uri: a.raw, expires: standard, q: 1}
		if text, ok := a.params.get("expires"); ok {
			if n, err := strconv.ParseUint(text, 10, 32); err == nil { // else as if not said (section 20.10)
				w.expires = time.Duration(n) * time.Second
			}
		}
		if text, ok := a.params.get("q"); ok {
			if q, err := strconv.ParseFloat(text, 64); err == nil && q >= 0 && q <= 1 {
				w.q = q
			}
		}
		if w.expires > 0 && w.expires < r.config.MinExpires {
			return nil, false, 423
		}
		w.expires = min(w.expires, r.config.MaxExpires)
		wishes = append(wishes, w)
	}
	if len(wishes) > r.config.PerAddress {
		return nil, false, 400
	}
	return wishes, false, 0
}

// memoryContacts is the ContactStore that forgets with the process.
type memoryContacts struct{ contacts map[string][]Contact }

func (m *memoryContacts) Load(_ context.Context, address string) ([]Contact, error) {
	return m.contacts[address], nil
}

func (m *memoryContacts) Save(_ context.Context, address string, contacts []Contact) error {
	if len(contacts) == 0 {
		delete(m.contacts, address)
	} else {
		m.contacts[address] = slices.Clone(contacts)
	}
	return nil
}

func (m *memoryContacts) Addresses(context.Context) ([]string, error) {
	var addresses []string
	for address := range m.contacts {
		addresses = append(addresses, address)
	}
	return addresses, nil
}
