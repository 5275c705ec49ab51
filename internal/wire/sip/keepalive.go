package sip

import (
	"context"
	"net/netip"
	"strconv"
	"time"
)

// silentLimit is how many OPTIONS in a row may stay without an answer until a contact is taken out.
const silentLimit = 3

// keepAlive sends OPTIONS to every contact again and again, which keeps the way through a NAT open
// and finds phones that are gone. It also forgets what has expired. It runs until the Stack closes.
func (s *Stack) keepAlive() {
	r := s.config.Registrar
	pause := r.config.KeepAlive
	if pause <= 0 {
		pause = time.Minute
	}
	r.sweep(s.life) // who was registered before a restart is known again
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-s.closed:
			return
		case <-ticker.C:
		}
		for _, c := range r.sweep(s.life) {
			if r.config.KeepAlive > 0 {
				s.ping(c)
			}
		}
	}
}

// sweep forgets expired contacts and returns the others.
func (r *Registrar) sweep(ctx context.Context) []Contact {
	r.mu.Lock()
	defer r.mu.Unlock()
	addresses, err := r.config.Store.Addresses(ctx)
	if err != nil {
		return nil // the next round tries again
	}
	now := time.Now()
	var all []Contact
	seen, heard := map[string]int{}, map[string]time.Time{}
	sources, ports, ways := map[netip.Addr]time.Time{}, map[netip.AddrPort]time.Time{}, map[string]netip.AddrPort{}
	for _, address := range addresses {
		contacts, err := r.config.Store.Load(ctx, address)
		if err != nil {
			continue
		}
		left := current(contacts, now)
		if len(left) < len(contacts) && r.config.Store.Save(ctx, address, left) == nil {
			r.changed(address, left)
		}
		for _, c := range left {
			seen[c.URI] = r.silent[c.URI]
			if at, ok := r.heard[c.URI]; ok {
				heard[c.URI] = at
			}
			if source := c.Source.Addr(); c.Expires.After(sources[source]) {
				sources[source] = c.Expires
			}
			ports[c.Source] = c.Expires
			if c.Transport.stream() {
				ways[c.URI] = c.Source
			}
		}
		all = append(all, left...)
	}
	r.silent, r.heard = seen, heard
	r.from.Lock()
	r.sources, r.ports, r.ways = sources, ports, ways
	r.from.Unlock()
	return all
}

// ping sends one OPTIONS to a contact. Any answer will do.
func (s *Stack) ping(c Contact) {
	r := s.config.Registrar
	silent := func(By) { r.unheard(s.life, c) }
	target, err := parseURI(c.URI)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(s.life, time.Second)
	defer cancel()
	to, err := s.way(ctx, target, c.Dial(DialRequest{}))
	if err != nil {
		silent(ByTransport)
		return
	}
	host := s.hostOf(to)
	m := &message{method: "OPTIONS", target: c.URI, seq: 1}
	m.add("Max-Forwards", "70")
	for _, path := range c.Path {
		m.add("Route", path)
	}
	m.add("From", "<sip:"+host+">;tag="+newID())
	m.add("To", "<"+c.URI+">")
	m.add("Call-ID", newID()+"@"+host)
	m.add("CSeq", strconv.Itoa(1)+" OPTIONS")
	m.add("Contact", "<"+s.contact(to, "", false)+">")
	m.add("Accept", accepts)
	heard := func(*message) {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.silent, c.URI)
		r.heard[c.URI] = time.Now()
	}
	if err := s.sendRequest(ctx, &clientTx{answered: heard, failed: silent}, m, to); err != nil {
		silent(ByTransport)
	}
}

// unheard counts an OPTIONS without an answer, and takes a contact out that has gone. One that has
// registered again meanwhile stays.
func (r *Registrar) unheard(ctx context.Context, gone Contact) {
	r.mu.Lock()
	r.silent[gone.URI]++
	silent := r.silent[gone.URI]
	r.mu.Unlock()
	if silent >= silentLimit {
		_ = r.remove(ctx, gone.Address, func(c Contact) bool { // else the next round
			return c.URI == gone.URI && c.CallID == gone.CallID && c.Seq == gone.Seq
		})
	}
}
