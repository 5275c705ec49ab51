package media

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media/rtp"
)

// errNoReports is what WriteReport says when the party and we did not agree on a way for reports.
var errNoReports = errors.New("no way for reports was agreed with the party")

// ReportGuard is a Guard that protects reports too.
type ReportGuard interface {
	Guard
	// OpenReport and SealReport are Open and Seal for RTCP (RFC 3711, section 3.4).
	OpenReport(b []byte) (n int, ok bool)
	SealReport(dst, pkt []byte) ([]byte, error)
}

// reporting is the part of a UDPTransport that carries reports.
type reporting struct {
	onReport    atomic.Pointer[func(b []byte, at time.Time)]
	own         atomic.Pointer[network.UDPConn] // the socket of reports; nil: none
	reportsFrom atomic.Pointer[netip.AddrPort]  // where they came from on that socket; nil: none came
	readers     sync.WaitGroup
}

// OnReport implements Reporter.
func (t *UDPTransport) OnReport(f func(b []byte, at time.Time)) { t.onReport.Store(&f) }

// ListenReports takes over the socket of the port after ours (Ports.ListenReports), for parties that do
// not want reports on the port of the sound. It is called once at most, after OnReport or before.
func (t *UDPTransport) ListenReports(conn network.UDPConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.closed:
		_ = conn.Close()
		return
	default:
	}
	t.own.Store(&conn)
	p, ok := conn.(network.PushConn)
	if !ok || !p.Push(false, func(b []byte, from netip.AddrPort, at time.Time) { t.hearReport(b, len(b) >= MaxPacket, from, at) }) {
		t.readers.Go(func() { t.readReports(conn) })
	}
}

// readReports ends when the socket is closed.
func (t *UDPTransport) readReports(conn network.UDPConn) {
	b := make([]byte, MaxPacket)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(b)
		switch {
		case err != nil && t.over(err):
			return
		case err == nil:
			t.hearReport(b[:n], n == len(b), from, time.Now())
		}
	}
}

// hearReport takes what came to the socket of reports.
func (t *UDPTransport) hearReport(b []byte, cut bool, from netip.AddrPort, at time.Time) {
	if rtp.Classify(b) != rtp.RTCP {
		t.strays.rtcp.Add(1)
		return
	}
	t.takeReport(b, cut, from, true, at)
}

// takeReport decides about a packet of reports and counts what it refuses. own: it came to the socket of
// reports, where the party's port is not known before; its address must be that of the sound.
func (t *UDPTransport) takeReport(b []byte, cut bool, from netip.AddrPort, own bool, at time.Time) {
	from = netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
	f := t.onReport.Load()
	p := t.peer.Load()
	if f == nil || cut || !own && !p.Mux {
		t.strays.rtcp.Add(1)
		return
	}
	if guard := t.guard.Load(); guard != nil {
		g, ok := (*guard).(ReportGuard)
		n := 0
		if ok {
			n, ok = g.OpenReport(b)
		}
		if !ok {
			t.strays.rtcp.Add(1)
			return
		}
		b = b[:n]
	} else if from != p.source && !(own && from.Addr() == p.source.Addr()) {
		t.strays.rtcp.Add(1)
		return
	}
	if old := t.reportsFrom.Load(); own && (old == nil || *old != from) {
		t.reportsFrom.Store(&from)
	}
	(*f)(b, at)
}

// WriteReport implements Reporter. Reports go to where the sound goes: never to another address, which
// a description might name to aim us at a victim.
func (t *UDPTransport) WriteReport(b []byte) error {
	conn, to, err := t.reportWay()
	if err != nil {
		return err
	}
	if guard := t.guard.Load(); guard != nil {
		g, ok := (*guard).(ReportGuard)
		if !ok {
			return errNoReports
		}
		if b, err = g.SealReport(make([]byte, MaxPacket), b); err != nil {
			return err
		}
	}
	_, err = conn.WriteToUDPAddrPort(b, to)
	return err
}

// reportWay is the socket that sends reports, and where they go.
func (t *UDPTransport) reportWay() (network.UDPConn, netip.AddrPort, error) {
	p := t.peer.Load()
	own := t.own.Load()
	switch learned := t.reportsFrom.Load(); {
	case !p.target.IsValid():
		return nil, p.target, errNowhere
	case p.Mux:
		return t.conn, p.target, nil
	case own == nil:
		return nil, p.target, errNoReports
	case learned != nil && learned.Addr() == p.target.Addr():
		return *own, *learned, nil
	case p.Reports.IsValid() && p.Reports.Addr() == p.target.Addr():
		return *own, p.Reports, nil
	case p.target == p.Remote && p.target.Port() < 1<<16-1:
		return *own, netip.AddrPortFrom(p.target.Addr(), p.target.Port()+1), nil
	}
	return nil, p.target, errNowhere // behind NAT: the party's first report will tell
}

// close ends the reader.
func (r *reporting) close() {
	if own := r.own.Load(); own != nil {
		_ = (*own).Close()
	}
	r.readers.Wait()
}
