package rtc

import (
	"net/netip"
)

// maxPaths is how many addresses and connections a browser may use at once; the oldest that is not in
// use gives way.
const maxPaths = 8

// path is a way to a browser and back: an address at our UDP socket or a TCP connection, from which a
// request came that knew the endpoint's password. It is immutable.
type path struct {
	endpoint *Endpoint
	addr     netip.AddrPort
	tcp      *stream // nil: UDP
}

// send loses what cannot be sent.
func (w *path) send(b []byte) error { return w.endpoint.engine.send(w.addr, w.tcp, b) }

// send sends a packet to an address or over a connection.
func (e *Engine) send(to netip.AddrPort, tcp *stream, b []byte) error {
	if tcp != nil {
		return tcp.send(b)
	}
	_, err := e.udp.WriteToUDPAddrPort(b, to)
	return err
}

// known finds the path of packets from there, or makes it. The caller has authenticated a request that
// came that way and holds p.mu.
func (p *Endpoint) known(from netip.AddrPort, tcp *stream) *path {
	for _, w := range p.paths {
		if w.addr == from && w.tcp == tcp {
			p.engine.bind(w) // another endpoint may have had it in between
			return w
		}
	}
	if len(p.paths) == maxPaths {
		i := 0
		if p.paths[0] == p.selected.Load() {
			i = 1
		}
		p.engine.unbind(p.paths[i])
		p.paths = append(p.paths[:i], p.paths[i+1:]...)
	}
	w := &path{endpoint: p, addr: from, tcp: tcp}
	p.paths = append(p.paths, w)
	p.engine.bind(w)
	return w
}

// bind makes packets that come this way the endpoint's.
func (e *Engine) bind(w *path) {
	if w.tcp != nil {
		w.tcp.bound.Store(w)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.byAddr[w.addr] = w
}

// unbind forgets a path and ends its connection.
func (e *Engine) unbind(w *path) {
	if w.tcp != nil {
		if w.tcp.bound.CompareAndSwap(w, nil) {
			w.tcp.finish()
		}
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.byAddr[w.addr] == w {
		delete(e.byAddr, w.addr)
	}
}
