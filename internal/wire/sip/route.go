package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// next finds where requests inside the dialog go: the first route, or the peer's target (RFC 3261
// section 12.2.1.1). Four cases of practice come first: a TCP connection that is still open is
// used on; a phone that has registered again by another one is reached by that; a private address in the Contact of a peer with a public one is behind NAT and was
// reached at its source; and what cannot be resolved or connected to is tried at the source too.
func (c *Call) next(ctx context.Context) (hop, error) {
	c.mu.Lock()
	side := c.side()
	c.mu.Unlock()
	return c.nextTo(ctx, side)
}

func (c *Call) nextTo(ctx context.Context, side remoteSide) (hop, error) {
	c.mu.Lock()
	peer := c.peer
	c.mu.Unlock()
	to, routed := side.target, false
	if len(side.routes) > 0 {
		if a, err := parseAddress(side.routes[0]); err == nil {
			to, routed = a.raw, true
		}
	}
	if peer.conn != nil {
		select {
		case <-peer.conn.closed:
		default:
			return peer, nil
		}
	}
	if conn := c.stack.flow(peer, to); conn != nil && !routed {
		return conn.hop(), nil
	}
	u, err := parseURI(to)
	if err != nil {
		return c.fallback(ctx, peer, err)
	}
	transport := u.transportOf(peer.transport)
	addr, err := c.stack.resolve(ctx, u, transport)
	if err != nil {
		return c.fallback(ctx, peer, err)
	}
	if !routed && peer.addr.IsValid() && !hidden(peer.addr.Addr()) && hidden(addr.Addr()) {
		return c.fallback(ctx, peer, nil)
	}
	h, err := c.stack.hop(ctx, transport, addr, u.tlsName())
	if err != nil {
		return c.fallback(ctx, peer, err)
	}
	return h, nil
}

// flow is the open connection by which a contact has registered from where the peer was; nil: there is none.
func (s *Stack) flow(peer hop, uri string) *tcpConn {
	r := s.config.Registrar
	if r == nil || !peer.transport.stream() {
		return nil
	}
	at, ok := r.source(uri)
	if !ok || at.Addr() != peer.addr.Addr() { // anybody with an account may name a contact
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[connKey{peer.transport, at, ""}]
}

// moved follows a peer that has lost its connection, or whose dialog was restored without one, and goes on by
// another that it has opened. One that we would have asked for a certificate is not followed. c.mu is held.
func (c *Call) moved(from hop) {
	if c.ended || from.conn == nil || from.transport != c.peer.transport || c.peer.name != "" || from.conn == c.peer.conn {
		return
	}
	if old := c.peer.conn; old != nil {
		select {
		case <-old.closed:
			old.users.Add(-1)
		default:
			return
		}
	}
	from.conn.users.Add(1)
	c.peer = from
}

func (c *Call) fallback(ctx context.Context, peer hop, err error) (hop, error) {
	if !peer.addr.IsValid() {
		return hop{}, fmt.Errorf("finding the peer: %w", err)
	}
	return c.stack.hop(ctx, peer.transport, peer.addr, peer.name)
}

// hidden says whether an address is one that only means something to its own network.
func hidden(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified()
}

// hop opens the way to an address. name is the host that a TLS certificate there must name; empty:
// the address.
func (s *Stack) hop(ctx context.Context, transport Transport, addr netip.AddrPort, name string) (hop, error) {
	switch transport {
	case TCP, TLS:
		conn, err := s.connection(ctx, transport, addr, name)
		if err != nil {
			return hop{}, err
		}
		return conn.hop(), nil
	case WS, WSS:
		return s.webSocketTo(transport, addr)
	case UDP, "":
		if s.config.UDP == nil {
			return s.hop(ctx, TCP, addr, name)
		}
		return hop{transport: UDP, addr: addr}, nil
	}
	return hop{}, fmt.Errorf("transport %s is not spoken here", transport)
}

// transportOf is what a URI asks to be reached by (RFC 3263 section 4.1); other if it does not say.
func (u uri) transportOf(other Transport) Transport {
	t, ok := u.params.get("transport")
	if ok {
		other = Transport(strings.ToUpper(t))
	}
	if u.scheme == "sips" && (other == TCP || !other.stream()) {
		return TLS
	}
	return other
}

// tlsName is the host of a URI if a certificate can be asked for it, which is not so for addresses.
func (u uri) tlsName() string {
	if _, err := netip.ParseAddr(u.host); err == nil {
		return ""
	}
	return u.host
}

// resolve finds the address of a SIP URI: its maddr or host, and its port, or 5060, 5061 by TLS. With
// a Resolver it is the first that SRV records name.
func (s *Stack) resolve(ctx context.Context, u uri, transport Transport) (netip.AddrPort, error) {
	if s.config.Resolver != nil {
		targets, err := s.config.Resolver.targets(ctx, u, cmp.Or(transport, UDP))
		for _, t := range targets {
			if s.reaches(t.Addr.Addr()) {
				return t.Addr, nil
			}
		}
		return netip.AddrPort{}, cmp.Or(err, errNoAddress)
	}
	host, port := u.host, uint16(u.port)
	if maddr, ok := u.params.get("maddr"); ok {
		host = maddr
	}
	if host == "" {
		return netip.AddrPort{}, fmt.Errorf("a %s URI has no address", u.scheme)
	}
	if port == 0 {
		port = 5060
		if transport == TLS {
			port = 5061
		}
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return netip.AddrPortFrom(a.Unmap(), port), nil
	}
	found, err := s.config.Resolve(ctx, host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolving %s: %w", host, err)
	}
	for _, a := range found {
		if a = a.Unmap(); s.reaches(a) {
			return netip.AddrPortFrom(a, port), nil
		}
	}
	return netip.AddrPort{}, fmt.Errorf("resolving %s: %w", host, errNoAddress)
}

var errNoAddress = errors.New("no usable address")

// reaches says whether our socket can send there: an IPv4 socket cannot to IPv6, and the other way round.
func (s *Stack) reaches(a netip.Addr) bool {
	bound := s.UDPAddr().Addr()
	return !bound.IsValid() || bound.Is4() == a.Is4() || bound.IsUnspecified() && bound.Is6()
}

// firstWay opens the way to the first place of a target that can be connected to.
func (s *Stack) firstWay(ctx context.Context, u uri, transport Transport) (hop, error) {
	targets, err := s.config.Resolver.targets(ctx, u, transport)
	if err != nil {
		return hop{}, err
	}
	err = errNoAddress
	for _, t := range targets {
		if s.reaches(t.Addr.Addr()) {
			var to hop
			if to, err = s.hop(ctx, t.Transport, t.Addr, u.tlsName()); err == nil {
				return to, nil
			}
		}
	}
	return hop{}, err
}
