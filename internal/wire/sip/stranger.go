package sip

import (
	"bytes"
	"net/netip"

	"golang.org/x/time/rate"
)

// strangers limits what is taken from sources that nobody knows, who may only register. A flood from
// forged sources is bounded by the limit of all; known sources never meet it.
type strangers struct {
	each *rates
	all  *rate.Limiter
}

func newStrangers(l Limits) strangers {
	return strangers{newRates(l.StrangerRate, l.StrangerBurst, l.Sources), rate.NewLimiter(rate.Limit(l.StrangersRate), int(2*l.StrangersRate)+1)}
}

// known says whether a source may send anything: Accept knows it, or it has shown a password and is
// registered.
func (s *Stack) known(from netip.AddrPort) bool {
	return s.config.Accept == nil || s.config.Accept(from) || s.config.Registrar != nil && s.config.Registrar.knows(from.Addr())
}

// mayRegister decides about a message of an unknown source, by its first bytes and without parsing.
func (s *Stack) mayRegister(from netip.AddrPort, b []byte) bool {
	if s.config.Registrar == nil || !begins(bytes.TrimLeft(b, "\r\n"), "REGISTER ") {
		return false
	}
	if !s.config.Auth.hears(from.Addr()) {
		return false
	}
	if s.strange.each.allow(from.Addr()) && s.strange.all.Allow() {
		return true
	}
	s.count.limited.Add(1)
	return false
}

// mayConnect decides about a connection of an unknown source. Strangers leave half of the connections
// to those who are known.
func (s *Stack) mayConnect(from netip.AddrPort) bool {
	if s.config.Registrar == nil || !s.config.Auth.hears(from.Addr()) {
		return false
	}
	s.mu.Lock()
	full := len(s.conns) >= s.config.Limits.Connections/2
	s.mu.Unlock()
	return !full && s.strange.each.allow(from.Addr()) && s.strange.all.Allow()
}

// begins says whether b begins with a text or, being shorter, may become so.
func begins(b []byte, text string) bool {
	n := min(len(b), len(text))
	return n > 0 && string(b[:n]) == text[:n]
}
