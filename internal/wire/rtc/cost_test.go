package rtc

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/srtp"
)

// A connected browser costs no goroutine: DTLS sleeps.
func TestGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1")
		defer w.close()
		before := runtime.NumGoroutine()
		const n = 5
		for i := range n {
			p := w.call(call{from: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), uint16(4000+i)).String()})
			defer p.close()
			p.connect()
			p.dtls.Redirect(func([]byte) {})
			_ = p.secure.Close() // without a word, to leave only its reader
		}
		synctest.Wait()
		// The process has others, which come and go; one for each browser would show.
		if got := runtime.NumGoroutine() - before - n; got >= n {
			t.Errorf("%d browsers need %d goroutines, want none", n, got)
		}
	})
}

func TestNoAllocationPerPacket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, profile := range srtp.Profiles() {
			w := newWorld(t, "192.0.2.1")
			p := w.call(call{})
			p.checks()
			if err := p.shake(profile); err != nil {
				t.Fatal(err)
			}
			p.says("x")
			p.hears("x")
			const n = 1000
			packets := make([][]byte, n+2)
			for i := range packets {
				packets[i] = p.packet("0123456789")
			}
			b, i := make([]byte, media.MaxPacket), 0
			from, now := netip.MustParseAddrPort("192.0.2.7:4000"), time.Now()
			if got := testing.AllocsPerRun(n, func() {
				w.engine.handle(packets[i], from, nil, now)
				i++
				if _, err := p.endpoint.Read(b); err != nil {
					t.Fatal(err)
				}
			}); got != 0 {
				t.Errorf("%v: %v allocations per packet heard", profile, got)
			}
			request := p.request(p.pwd, nominate())
			w.engine.udp = void{w.engine.udp}
			if got := testing.AllocsPerRun(n, func() { w.engine.handle(request, from, nil, now) }); got != 0 {
				t.Errorf("%v: %v allocations per check", profile, got)
			}
			out := make([]byte, 172)
			(&rtp.Header{}).Put(out)
			if got := testing.AllocsPerRun(n, func() {
				binary.BigEndian.PutUint16(out[2:], binary.BigEndian.Uint16(out[2:])+1)
				if err := p.endpoint.Write(out); err != nil {
					t.Fatal(err)
				}
			}); got != 0 {
				t.Errorf("%v: %v allocations per packet sent", profile, got)
			}
			p.close()
			w.close()
		}
	})
}

// void loses all that is sent, without allocating.
type void struct{ network.UDPConn }

func (void) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }
