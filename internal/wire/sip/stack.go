package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/network"
)

// Stack is one SIP endpoint: its sockets, transactions and dialogs. Its methods may be called from
// any goroutine; Close and Run's end must not be awaited from a Handler or callback, since they
// wait for those.
type Stack struct {
	config  Config
	handler Handler
	rates   *rates
	strange strangers
	count   counters
	seed    maphash.Seed  // of the tags in stateless answers
	closed  chan struct{} // closed when the end begins
	gone    chan struct{} // closed when everything has ended
	life    context.Context
	kill    context.CancelFunc
	work    sync.WaitGroup

	mu        sync.Mutex
	running   bool
	ended     bool
	serverTxs map[string]*serverTx
	clientTxs map[string]*clientTx
	dialogs   map[string]*Call // by Call-ID and our tag
	invites   map[string]*Call // incoming, by Call-ID, From tag and CSeq: finds merged requests
	conns     map[connKey]*tcpConn
	connsOf   map[netip.Addr]int
	rests     map[netip.AddrPort]time.Time // targets that did not work, until when; bounded
	facing    map[netip.Addr]netip.Addr    // which of our addresses faces a peer; bounded
}

type counters struct {
	in, out, refused, limited, malformed, panics, callsIn, callsOut, repeated, registrations atomic.Uint64
}

// New makes a Stack; it does nothing until Run. It fails if there is no socket.
func New(config Config, handler Handler) (*Stack, error) {
	if config.UDP == nil && config.TCP == nil && config.TLS == nil {
		return nil, errors.New("a sip stack needs a udp socket or a listener")
	}
	if config.TLS != nil && config.ServerTLS == nil {
		return nil, errors.New("a tls listener needs a tls configuration")
	}
	if config.Auth == nil && (config.Registrar != nil || config.Challenge != nil) {
		return nil, errors.New("a sip registrar needs an authenticator")
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Resolve == nil {
		config.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if config.SessionExpires == 0 {
		config.SessionExpires = sessionInterval
	}
	if config.MinSessionExpires == 0 {
		config.MinSessionExpires = sessionIntervalMin
	}
	config.SessionExpires = max(config.SessionExpires, -1)
	if config.SessionExpires > 0 {
		config.SessionExpires = max(config.SessionExpires, config.MinSessionExpires)
	}
	config.Limits.setDefaults()
	if u, ok := config.UDP.(interface{ SetReadBuffer(int) error }); ok {
		_ = u.SetReadBuffer(socketBuffer) // what the system gives must do
	}
	s := &Stack{
		config: config, handler: handler, seed: maphash.MakeSeed(),
		rates:   newRates(config.Limits.Rate, config.Limits.Burst, config.Limits.Sources),
		strange: newStrangers(config.Limits),
		closed:  make(chan struct{}), gone: make(chan struct{}),
		serverTxs: map[string]*serverTx{}, clientTxs: map[string]*clientTx{},
		dialogs: map[string]*Call{}, invites: map[string]*Call{},
		conns: map[connKey]*tcpConn{}, connsOf: map[netip.Addr]int{},
		rests: map[netip.AddrPort]time.Time{}, facing: map[netip.Addr]netip.Addr{},
	}
	s.life, s.kill = context.WithCancel(context.Background())
	return s, nil
}

func (l *Limits) setDefaults() {
	whole := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	whole(&l.MessageBytes, 65535)
	whole(&l.UDPRequestBytes, 1300)
	whole(&l.Burst, 4000)
	whole(&l.Sources, 4096)
	whole(&l.Transactions, 200000)
	whole(&l.Calls, 20000)
	whole(&l.Connections, 4096)
	whole(&l.ConnectionsPerSource, 64)
	whole(&l.StrangerBurst, 20)
	if l.Rate == 0 {
		l.Rate = 2000
	}
	if l.StrangerRate == 0 {
		l.StrangerRate = 5
	}
	if l.StrangersRate == 0 {
		l.StrangersRate = 500
	}
	if l.ConnectionIdle == 0 {
		l.ConnectionIdle = 2 * time.Minute
	}
	if l.MessageTime == 0 {
		l.MessageTime = 10 * time.Second
	}
}

// Run reads the sockets until ctx ends or Close is called, then ends every call without telling
// the peers (so that another process may take them over from their State), closes the sockets and
// waits for all goroutines of the Stack. It returns nil after an orderly end. To end the calls
// properly first, Hangup each one of Calls.
func (s *Stack) Run(ctx context.Context) error {
	s.mu.Lock()
	if s.running || s.ended {
		s.mu.Unlock()
		return ErrClosed
	}
	s.running = true
	s.mu.Unlock()
	failed := make(chan error, 3)
	if s.config.UDP != nil {
		s.spawn("udp reader", func() { failed <- s.readUDP() })
	}
	if s.config.TCP != nil {
		s.spawn("tcp listener", func() { failed <- s.accept(TCP, s.config.TCP) })
	}
	if s.config.TLS != nil {
		s.spawn("tls listener", func() { failed <- s.accept(TLS, s.config.TLS) })
	}
	if s.config.Registrar != nil {
		s.spawn("keep-alive", s.keepAlive)
	}
	var err error
	select {
	case <-ctx.Done():
	case <-s.closed:
	case err = <-failed:
	}
	return errors.Join(err, s.Close())
}

// Close makes Run end and waits until everything is closed. It may be called more than once, and
// without Run.
func (s *Stack) Close() error {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		<-s.gone
		return nil
	}
	s.ended = true
	close(s.closed)
	var calls []*Call
	for _, c := range s.dialogs {
		calls = append(calls, c)
	}
	var ends []func()
	for _, t := range s.serverTxs {
		ends = append(ends, t.fsm.Terminate)
	}
	for _, t := range s.clientTxs {
		ends = append(ends, t.fsm.Terminate)
	}
	for _, c := range s.conns {
		ends = append(ends, c.close)
	}
	s.mu.Unlock()
	for _, c := range calls {
		c.mu.Lock()
		c.finish(End{By: ByLocal, Kind: EndedClosed})
		c.stopTimers()
		c.mu.Unlock()
	}
	s.kill()
	var err error
	if s.config.UDP != nil {
		err = s.config.UDP.Close()
	}
	if s.config.TCP != nil {
		err = errors.Join(err, s.config.TCP.Close())
	}
	if s.config.TLS != nil {
		err = errors.Join(err, s.config.TLS.Close())
	}
	for _, end := range ends {
		end()
	}
	s.work.Wait()
	s.mu.Lock()
	clear(s.dialogs)
	clear(s.invites)
	s.mu.Unlock()
	close(s.gone)
	return err
}

func (s *Stack) closing() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// spawn starts a goroutine that Close waits for; false if the Stack is closed.
func (s *Stack) spawn(what string, f func()) bool {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return false
	}
	s.work.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.work.Done()
		s.guard(what, f)
	}()
	return true
}

// guard contains a panic, so that one message or call cannot end the others (reliability R3).
func (s *Stack) guard(what string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked(what, p)
		}
	}()
	f()
}

func (s *Stack) panicked(what string, p any) {
	s.count.panics.Add(1)
	s.config.Log.Error("contained a panic", "in", what, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// UDPAddr is the bound UDP address; the zero value if there is none.
func (s *Stack) UDPAddr() netip.AddrPort {
	if s.config.UDP == nil {
		return netip.AddrPort{}
	}
	return network.AddrPort(s.config.UDP.LocalAddr())
}

// TCPAddr is the bound TCP address; the zero value if there is none.
func (s *Stack) TCPAddr() netip.AddrPort {
	if s.config.TCP == nil {
		return netip.AddrPort{}
	}
	return network.AddrPort(s.config.TCP.Addr())
}

// TLSAddr is the bound TLS address; the zero value if there is none.
func (s *Stack) TLSAddr() netip.AddrPort {
	if s.config.TLS == nil {
		return netip.AddrPort{}
	}
	return network.AddrPort(s.config.TLS.Addr())
}

// Counters tells what happened so far.
func (s *Stack) Counters() Counters {
	s.mu.Lock()
	calls, transactions, connections := len(s.dialogs), len(s.serverTxs)+len(s.clientTxs), len(s.conns)
	s.mu.Unlock()
	counters := Counters{
		MessagesIn: s.count.in.Load(), MessagesOut: s.count.out.Load(),
		Refused: s.count.refused.Load(), Limited: s.count.limited.Load(), Malformed: s.count.malformed.Load(),
		Panics: s.count.panics.Load(), CallsIn: s.count.callsIn.Load(), CallsOut: s.count.callsOut.Load(),
		Calls: calls, Transactions: transactions, Connections: connections, Retransmitted: s.count.repeated.Load(),
		Registrations: s.count.registrations.Load(),
	}
	if a := s.config.Auth; a != nil {
		counters.WrongPasswords, counters.Paused = a.wrongs.Load(), a.pauses.Load()
	}
	return counters
}

// Calls are the calls that have not ended, in no order.
func (s *Stack) Calls() []*Call {
	s.mu.Lock()
	var calls []*Call
	for _, c := range s.dialogs {
		calls = append(calls, c)
	}
	s.mu.Unlock()
	return slices.DeleteFunc(calls, func(c *Call) bool { return c.Phase() == Ended })
}

func dialogKey(callID, localTag string) string { return callID + "\x00" + localTag }

// dialog finds the call that a request inside a dialog belongs to.
func (s *Stack) dialog(callID, localTag string) *Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dialogs[dialogKey(callID, localTag)]
}

// enlist puts a call into the table; an error if the Stack is full, closed or has it already.
func (s *Stack) enlist(c *Call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := dialogKey(c.id, c.localTag)
	switch {
	case s.ended:
		return ErrClosed
	case s.dialogs[key] != nil:
		return fmt.Errorf("dialog %s: %w", c.id, ErrKnown)
	case len(s.dialogs) >= s.config.Limits.Calls:
		return errors.New("too many calls")
	}
	s.dialogs[key] = c
	if c.merge != "" {
		s.invites[c.merge] = c
	}
	return nil
}

// delist forgets a call.
func (s *Stack) delist(c *Call) {
	s.mu.Lock()
	key := dialogKey(c.id, c.localTag)
	listed := s.dialogs[key] == c
	if listed {
		delete(s.dialogs, key)
	}
	if s.invites[c.merge] == c {
		delete(s.invites, c.merge)
	}
	s.mu.Unlock()
	if listed {
		c.tellPending(nil)
	}
}

// self is the host and port by which whoever is at the other end of a hop reaches us.
func (s *Stack) self(h hop) (host string, port uint16) {
	bound := s.UDPAddr()
	if h.transport.stream() {
		switch bound = s.TCPAddr(); h.transport {
		case TLS:
			bound = s.TLSAddr()
		case WS, WSS:
			bound = h.conn.local
		}
		if h.conn != nil && !bound.IsValid() {
			bound = h.conn.local
		}
	}
	addr := bound.Addr()
	switch {
	case s.config.PublicHost != "":
		return s.config.PublicHost, bound.Port()
	case !addr.IsUnspecified():
	case h.conn != nil:
		addr = h.conn.local.Addr()
	default:
		addr = s.faces(h.addr.Addr())
	}
	return addr.WithZone("").String(), bound.Port()
}

// Facing is the address by which a peer reaches us: the bound one or, where that is every address, the
// one on the way to the peer.
func (s *Stack) Facing(peer netip.Addr) netip.Addr {
	for _, bound := range []netip.AddrPort{s.UDPAddr(), s.TCPAddr(), s.TLSAddr()} {
		if bound.IsValid() && !bound.Addr().IsUnspecified() {
			return bound.Addr().WithZone("")
		}
	}
	return s.faces(peer)
}

// faces is our address on the way to a peer. The kernel knows: a connected UDP socket sends
// nothing, but has it. Only for sockets bound to the unspecified address, so never in memory.
func (s *Stack) faces(peer netip.Addr) netip.Addr {
	s.mu.Lock()
	ours, ok := s.facing[peer]
	s.mu.Unlock()
	if ok {
		return ours
	}
	ours = netip.IPv4Unspecified()
	if c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, 9))); err == nil {
		ours = network.AddrPort(c.LocalAddr()).Addr().WithZone("")
		_ = c.Close()
	}
	s.mu.Lock()
	if len(s.facing) > 1024 {
		clear(s.facing)
	}
	s.facing[peer] = ours
	s.mu.Unlock()
	return ours
}

func addrPort(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }

// newID is random text for tags, branches and Call-IDs.
func newID() string { return rand.Text()[:20] }

// statelessTag is the To tag of an answer that we keep nothing about: the same for repetitions.
func (s *Stack) statelessTag(m *message) string {
	return strconv.FormatUint(maphash.String(s.seed, m.callID+"|"+m.get("From")+"|"+m.get("CSeq")), 36)
}
