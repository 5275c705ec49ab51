package rtc

import (
	"io"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"

	"linekeeper/internal/media/rtp"
)

// Every way to connect ends with sound in both directions and nothing refused.
func TestConnecting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at string
		call
	}{
		"browser leaves DTLS to us": {at: "192.0.2.1"},
		"browser begins":            {at: "192.0.2.1", call: call{setup: "active"}},
		"we begin":                  {at: "192.0.2.1", call: call{setup: "passive"}},
		"AES-CM":                    {at: "192.0.2.1", call: call{profile: dtls.SRTP_AES128_CM_HMAC_SHA1_80}},
		"we begin, AES-CM":          {at: "192.0.2.1", call: call{setup: "passive", profile: dtls.SRTP_AES128_CM_HMAC_SHA1_80}},
		"IPv6":                      {at: "2001:db8::1", call: call{from: "[2001:db8::7]:4000"}},
		"TCP":                       {at: "127.0.0.1", call: call{tcp: true}},
		"TCP, we begin":             {at: "127.0.0.1", call: call{tcp: true, setup: "passive"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.at)
				defer w.close()
				p := w.call(c.call)
				defer p.close()
				p.is(Connecting)
				p.checks()
				if err := p.shake(c.profile); err != nil {
					t.Fatal(err)
				}
				p.is(Connected)
				for i := range uint16(3) {
					p.says("from the browser")
					p.hears("from the browser")
					if err := p.write(i, "to the browser"); err != nil {
						t.Fatal(err)
					}
					if got := p.got(); got != "to the browser" {
						t.Errorf("the peer gets %q", got)
					}
				}
				if s := p.endpoint.Strays(); s.Total() != 0 {
					t.Errorf("strays: %+v", s)
				}
				if s := w.engine.Strays(); s.Total() != 0 {
					t.Errorf("strays of the engine: %+v", s)
				}
			})
		})
	}
}

// A third of all datagrams lost delays the connection only.
func TestConnectingThroughLoss(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, "192.0.2.1")
			defer w.close()
			p := w.call(call{})
			defer p.close()
			p.checks()
			dice := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex // many send
			w.loses(func(b []byte) bool {
				mu.Lock()
				defer mu.Unlock()
				return rtp.Classify(b) == rtp.DTLS && dice.IntN(3) == 0
			})
			quit := make(chan struct{})
			defer close(quit)
			go func() { // the browser goes on checking
				for {
					select {
					case <-quit:
						return
					case <-time.After(2 * time.Second):
						p.send(p.request(p.pwd, nominate()))
						<-p.stun
					}
				}
			}()
			if err := p.shake(0); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			time.Sleep(5 * time.Second)
			p.is(Connected)
		})
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	t.Run("a browser that never comes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, "192.0.2.1")
			defer w.close()
			p := w.call(call{})
			defer p.close()
			time.Sleep(quietAfter + goneAfter - time.Second)
			p.is(Connecting)
			time.Sleep(2 * time.Second)
			p.is(Gone)
		})
	})
	t.Run("a browser that falls silent", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, "192.0.2.1")
			defer w.close()
			p := w.call(call{})
			defer p.close()
			p.connect()
			var told []State
			p.endpoint.OnState(func(s State) { told = append(told, s) })
			time.Sleep(quietAfter + tickEvery)
			p.is(Disconnected)
			p.send(p.request(p.pwd))
			time.Sleep(tickEvery)
			p.is(Connected)
			// What is not authentic does not count.
			for range 10 {
				time.Sleep(time.Second)
				p.send(p.request("not the password, surely"))
				p.send([]byte{0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4})
			}
			p.is(Disconnected)
			time.Sleep(goneAfter)
			p.is(Gone)
			if err := p.write(1, "consent has expired"); err == nil {
				t.Error("sent to a browser that is gone")
			}
			p.send(p.request(p.pwd, nominate()))
			p.is(Gone)
			want := []State{Connected, Disconnected, Connected, Disconnected, Gone}
			if len(told) != len(want) {
				t.Fatalf("told %v, want %v", told, want)
			}
			for i := range want {
				if told[i] != want[i] {
					t.Fatalf("told %v, want %v", told, want)
				}
			}
		})
	})
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1")
		defer w.close()
		p := w.call(call{})
		defer p.close()
		if p.send(p.request(p.pwd, attribute{attrControlled, make([]byte, 8)}, nominate())); true {
			if kind, code := p.answered(); kind != bindingError || code != codeRoleConflict {
				t.Errorf("two controlled sides: got %x %d, want 487", kind, code)
			}
		}
		p.send(p.request(p.pwd, attribute{0x7777, []byte{1}}))
		if kind, code := p.answered(); kind != bindingError || code != codeUnknownAttribute {
			t.Errorf("an unknown attribute: got %x %d, want 420", kind, code)
		}
		p.send(p.request("wrong password, quite wrong", nominate()))
		if kind, _ := p.answered(); kind != 0 {
			t.Errorf("a wrong password was answered with %x", kind)
		}
		good := p.request(p.pwd, nominate())
		p.ufrag = "aaaaaaaaaaaa"
		p.send(p.request(p.pwd, nominate()))
		if kind, _ := p.answered(); kind != 0 {
			t.Errorf("an unknown user was answered with %x", kind)
		}
		for i := range good { // one bit anywhere spoils it
			bad := append([]byte(nil), good...)
			bad[i] ^= 1
			p.send(bad)
		}
		if kind, _ := p.answered(); kind != 0 {
			t.Errorf("a spoilt request was answered with %x", kind)
		}
		if p.endpoint.selected.Load() != nil || len(p.endpoint.paths) != 0 {
			t.Error("a refused request opened a path")
		}
	})
}

// M1 to M4: a stranger hears nothing, is not heard and ends nothing, from his address or ours.
func TestStrangers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1")
		defer w.close()
		p := w.call(call{})
		defer p.close()
		stranger, err := w.net.ListenUDP(netip.MustParseAddrPort("198.51.100.9:4000"))
		if err != nil {
			t.Fatal(err)
		}
		defer stranger.Close()
		alert := []byte{21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40}
		sealedAlert := []byte{21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 26, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26}
		data := []byte{23, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1}
		hello := append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 12}, make([]byte, 12)...)
		bye := []byte{0x81, 203, 0, 1, 0, 0, 0, 7}
		plain := []byte{0x80, 0, 0, 99, 0, 0, 0, 99, 0, 0, 0, 7, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4}
		var captured [][]byte
		attack := func() {
			p.sendFrom(stranger, p.request("guessed, and guessed wrong", nominate()))
			for _, b := range append(captured, alert, sealedAlert, data, hello, bye, plain, nil, []byte{200}, make([]byte, 1400)) {
				p.sendFrom(stranger, b)
				p.send(b) // forging the browser's address
				time.Sleep(wakeEvery)
			}
		}
		attack()
		p.is(Connecting)
		p.checks()
		p.send(alert)
		p.send(data)
		p.sendFrom(stranger, hello)
		if err := p.shake(0); err != nil {
			t.Fatal(err)
		}
		p.is(Connected)
		p.send(alert) // before the browser is heard
		first := p.packet("hello")
		p.send(first)
		p.hears("hello")
		captured = append(captured, first)
		for i := range uint16(3) {
			attack()
			p.is(Connected)
			p.hears("")
			next := p.packet("still there")
			p.sendFrom(stranger, next) // right in all but the address
			p.hears("")
			p.send(next)
			p.hears("still there")
			captured = append(captured, next)
			if err := p.write(i, "still here"); err != nil {
				t.Fatal(err)
			}
			if got := p.got(); got != "still here" {
				t.Errorf("the peer gets %q", got)
			}
		}
		report, err := (&rtcp.Goodbye{Sources: []uint32{p.ssrc}}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if report, err = p.out.EncryptRTCP(nil, report, nil); err != nil {
			t.Fatal(err)
		}
		p.send(report)
		p.says("BYE ends nothing")
		p.hears("BYE ends nothing")
		p.is(Connected)
		if s := p.endpoint.Strays(); s.Stranger == 0 || s.RTCP == 0 || s.DTLS == 0 || s.Malformed == 0 {
			t.Errorf("what was refused is not counted: %+v", s)
		}
		if s := w.engine.Strays(); s.Stranger == 0 || s.RTCP == 0 || s.DTLS == 0 || s.Malformed == 0 {
			t.Errorf("what strangers sent is not counted: %+v", s)
		}
	})
}

func TestAnotherCertificateIsRefused(t *testing.T) {
	t.Parallel()
	for _, setup := range []string{"active", "passive"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, "192.0.2.1")
			defer w.close()
			p := w.call(call{setup: setup, forged: true})
			defer p.close()
			p.checks()
			_ = p.shake(0) // a server may believe it is done
			p.is(Connecting)
			if p.endpoint.opener.Ready() || p.endpoint.sealer.Ready() {
				t.Error("there are keys although the certificate is not the offer's")
			}
			time.Sleep(quietAfter + goneAfter + time.Second)
			p.is(Gone)
		})
	}
}

func TestGoodbyes(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string]string{"we serve": "active", "we begin": "passive"} {
		t.Run("the browser's, "+name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "192.0.2.1")
				defer w.close()
				p := w.call(call{setup: setup})
				defer p.close()
				p.connect()
				_ = p.secure.Close()
				p.is(Gone)
			})
		})
		t.Run("ours, "+name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "192.0.2.1")
				defer w.close()
				p := w.call(call{setup: setup})
				defer p.close()
				p.connect()
				if err := p.endpoint.Close(); err != nil {
					t.Error(err)
				}
				if _, err := p.secure.Read(make([]byte, 100)); err != io.EOF {
					t.Errorf("the peer's DTLS reads %v, want EOF", err)
				}
			})
		})
	}
	t.Run("the browser's before it is heard", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, "192.0.2.1")
			defer w.close()
			p := w.call(call{})
			defer p.close()
			p.checks()
			if err := p.shake(0); err != nil {
				t.Fatal(err)
			}
			_ = p.secure.Close()
			p.is(Gone)
		})
	})
}

// The browser changes its network: packets follow what it nominates, not what merely arrives.
func TestChangeOfPath(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1")
		defer w.close()
		p := w.call(call{})
		defer p.close()
		p.connect()
		other := w.call(call{from: "192.0.2.8:4000"}) // for its socket and reader
		defer other.close()
		p.sendFrom(other.conn, p.request(p.pwd))
		synctest.Wait()
		if err := p.write(1, "old way"); err != nil || p.got() != "old way" {
			t.Errorf("a request without nomination moved the path (%v)", err)
		}
		p.sendFrom(other.conn, p.request(p.pwd, nominate()))
		synctest.Wait()
		other.in = p.in
		if err := p.write(2, "new way"); err != nil || other.got() != "new way" {
			t.Errorf("the nominated path is not used (%v)", err)
		}
		p.sendFrom(other.conn, p.packet("from there"))
		p.hears("from there")
		// Many addresses: the table stays bounded, and the path in use stays.
		for i := range 3 * maxPaths {
			conn, err := w.net.ListenUDP(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.99"), uint16(5000+i)))
			if err != nil {
				t.Fatal(err)
			}
			p.sendFrom(conn, p.request(p.pwd))
			synctest.Wait()
			defer conn.Close()
		}
		if n := len(p.endpoint.paths); n > maxPaths {
			t.Errorf("%d paths, want at most %d", n, maxPaths)
		}
		if n := len(w.engine.byAddr); n > maxPaths {
			t.Errorf("%d addresses in the engine's table, want at most %d", n, maxPaths)
		}
		if err := p.write(3, "same way"); err != nil || other.got() != "same way" {
			t.Errorf("the path in use was given up (%v)", err)
		}
	})
}

// A browser may use few sources: each costs memory.
func TestSourcesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1")
		defer w.close()
		p := w.call(call{})
		defer p.close()
		p.connect()
		for i := range uint32(maxSources - 1) {
			p.ssrc = 100 + i
			p.says("one more")
			p.hears("one more")
		}
		p.ssrc = 999
		p.says("too many")
		p.hears("")
		p.ssrc = 7
		p.says("the first")
		p.hears("the first")
	})
}

// Reports go both ways: the peer sees ours, and what it says of them gives the round trip.
func TestReports(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1")
		defer w.close()
		p := w.call(call{})
		defer p.close()
		p.connect()
		p.sequence++ // one is lost
		for i := range uint16(3) {
			p.says("x")
			p.hears("x")
			if err := p.write(i, "xyz"); err != nil {
				t.Fatal(err)
			}
			p.got()
		}
		time.Sleep(reportFirst)
		synctest.Wait()
		b, err := p.in.DecryptRTCP(nil, <-p.sealed, nil)
		if err != nil {
			t.Fatal(err)
		}
		list, err := rtcp.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		sr, ok := list[0].(*rtcp.SenderReport)
		if !ok || sr.PacketCount != 3 || sr.OctetCount != 9 || len(sr.Reports) != 1 {
			t.Fatalf("our report: %v", list)
		}
		if r := sr.Reports[0]; r.SSRC != p.ssrc || r.TotalLost != 1 || r.LastSequenceNumber != 5 || r.FractionLost != 256/5 {
			t.Errorf("our view of the browser: %+v", r)
		}
		time.Sleep(70 * time.Millisecond)
		back, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: p.ssrc, Reports: []rtcp.ReceptionReport{
			{SSRC: sr.SSRC, LastSenderReport: uint32(sr.NTPTime >> 16), Delay: 65536 * 20 / 1000, FractionLost: 64, TotalLost: 2, Jitter: 80},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		if back, err = p.out.EncryptRTCP(nil, back, nil); err != nil {
			t.Fatal(err)
		}
		p.send(back)
		synctest.Wait()
		if got := p.endpoint.RoundTrip().Round(time.Millisecond); got != 50*time.Millisecond {
			t.Errorf("round trip: got %v, want 50ms", got)
		}
		far := p.endpoint.FarReport()
		if far.RoundTrip != p.endpoint.RoundTrip() || far.Loss != 0.25 || far.Lost != 2 || far.Jitter != 10*time.Millisecond || !far.At.Equal(time.Now()) {
			t.Errorf("the browser's view of us: %+v", far)
		}
	})
}
