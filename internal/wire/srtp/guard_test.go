package srtp_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/srtp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// party is one end of a call: a transport with a guard, and what it hears.
type party struct {
	*media.UDPTransport
	guard *srtp.Guard
	heard chan string
	seq   uint16
}

func listen(t *testing.T) network.UDPConn {
	t.Helper()
	c, err := network.Machine{}.ListenUDP(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newParty(t *testing.T) *party {
	t.Helper()
	p := &party{
		UDPTransport: media.NewUDP(listen(t), media.UDPConfig{NAT: true}),
		guard:        srtp.NewGuard(nil), heard: make(chan string, 100),
	}
	p.Protect(p.guard)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, media.MaxPacket)
		for {
			n, err := p.Read(b)
			if err != nil {
				return
			}
			p.heard <- string(b[rtp.HeaderSize:n])
		}
	}()
	t.Cleanup(func() { _ = p.Close(); <-done })
	return p
}

func (p *party) talksTo(o *party) {
	p.Renegotiate(media.UDPConfig{Remote: o.LocalAddr(), NAT: true, Signal: o.LocalAddr().Addr()})
}

func pair(t *testing.T) (a, b *party) {
	a, b = newParty(t), newParty(t)
	a.talksTo(b)
	b.talksTo(a)
	return a, b
}

func (p *party) packet(text string) []byte {
	p.seq++
	b := make([]byte, rtp.HeaderSize, 200)
	(&rtp.Header{Sequence: p.seq, SSRC: 7}).Put(b)
	return append(b, text...)
}

// says sends until the other end has heard, as a telephone would.
func says(t *testing.T, from, to *party, text string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		_ = from.Write(from.packet(text))
		select {
		case got := <-to.heard:
			if got == text {
				return
			}
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%q was not heard; strays %+v", text, to.Strays())
		}
	}
}

func keys(t interface {
	Helper()
	Fatal(...any)
}, suite string) (a, b srtp.Key) {
	t.Helper()
	a, err := srtp.NewKey(suite)
	b, err2 := srtp.NewKey(suite)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return a, b
}

func TestEverySuiteIsHeardBothWays(t *testing.T) {
	for _, suite := range srtp.Suites() {
		t.Run(suite, func(t *testing.T) {
			a, b := pair(t)
			if err := a.Write(a.packet("too early")); err == nil {
				t.Error("something was sent without keys")
			}
			ka, kb := keys(t, suite)
			if err := errors.Join(a.guard.Use(kb, ka), b.guard.Use(ka, kb)); err != nil {
				t.Fatal(err)
			}
			says(t, a, b, "hello")
			says(t, b, a, "hello, too")
			// The same keys once more, as after a hold, change nothing.
			if err := errors.Join(a.guard.Use(kb, ka), b.guard.Use(ka, kb)); err != nil {
				t.Fatal(err)
			}
			says(t, a, b, "still there")
			// New keys of one side, as after a transfer in its house.
			na, _ := keys(t, suite)
			if err := errors.Join(a.guard.Use(kb, na), b.guard.Use(na, kb)); err != nil {
				t.Fatal(err)
			}
			says(t, a, b, "new keys")
			says(t, b, a, "old keys")
		})
	}
}

// A stranger knows the address, the SSRC and the next number, but not the key; or has copied a packet.
func TestStrangersAreNotHeardNorFollowed(t *testing.T) {
	a, b := pair(t)
	ka, kb := keys(t, "AES_CM_128_HMAC_SHA1_80")
	if err := errors.Join(a.guard.Use(kb, ka), b.guard.Use(ka, kb)); err != nil {
		t.Fatal(err)
	}
	says(t, a, b, "hello")
	stranger := listen(t)
	defer stranger.Close()
	copied, err := a.guard.Seal(make([]byte, media.MaxPacket), a.packet("once"))
	if err != nil {
		t.Fatal(err)
	}
	wire, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(b.LocalAddr()))
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	before := b.Strays()
	forged := append(a.packet("forged"), make([]byte, 10)...)
	plain := a.packet("plain")
	hello := append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 12}, make([]byte, 12)...)
	for _, p := range [][]byte{forged, plain, hello} {
		if _, err := stranger.WriteToUDPAddrPort(p, b.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "the refusals", func() bool {
		s := b.Strays()
		return s.Stranger-before.Stranger == 2 && s.DTLS-before.DTLS == 1
	})
	if b.Remote() != a.LocalAddr() {
		t.Errorf("packets go to %s, want %s", b.Remote(), a.LocalAddr())
	}
	// The party itself moves: what is authentic is followed, once.
	for range 2 {
		if _, err := wire.Write(copied); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "the replay to be refused", func() bool { return b.Strays().Stranger-before.Stranger == 3 })
	if got, want := b.Remote(), wire.LocalAddr().(*net.UDPAddr).AddrPort(); got != want {
		t.Errorf("packets go to %s, want %s", got, want)
	}
	if got := <-b.heard; got != "once" {
		t.Errorf("heard %q", got)
	}
	says(t, a, b, "back")
	if b.Remote() != a.LocalAddr() {
		t.Errorf("packets go to %s, want %s", b.Remote(), a.LocalAddr())
	}
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s in vain", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// shake lets both ends agree by DTLS; a is the client.
func shake(t *testing.T, a, b *party, ofA, ofB srtp.Certificate) {
	t.Helper()
	begin := func(p *party, client bool, own srtp.Certificate, theirs string) {
		f, ok := srtp.ParseFingerprint(theirs)
		if !ok {
			t.Fatalf("fingerprint %q", theirs)
		}
		p.guard.Begin(srtp.Shaking{
			Handshake: srtp.Handshake{Client: client, Certificate: own.TLS, Fingerprints: []srtp.Fingerprint{f}},
			Send:      func(b []byte) { _ = p.WriteDTLS(b) }, Done: p.Shaken,
		})
	}
	begin(b, false, ofB, ofA.Fingerprint)
	begin(a, true, ofA, ofB.Fingerprint)
}

func certificate(t *testing.T) srtp.Certificate {
	t.Helper()
	var i srtp.Identity
	c, err := i.Certificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDTLSMakesKeys(t *testing.T) {
	a, b := pair(t)
	ofA, ofB := certificate(t), certificate(t)
	shake(t, a, b, ofA, ofB)
	says(t, a, b, "hello")
	says(t, b, a, "hello, too")
	shake(t, a, b, ofA, ofB) // again, as after a hold: nothing happens
	says(t, a, b, "still there")
	ofA = certificate(t) // another device
	shake(t, a, b, ofA, ofB)
	says(t, b, a, "you are new")
	says(t, a, b, "I am")
}

func TestAnotherCertificateGetsNoKeys(t *testing.T) {
	a, b := pair(t)
	f, _ := srtp.ParseFingerprint(certificate(t).Fingerprint)
	b.guard.Begin(srtp.Shaking{Handshake: srtp.Handshake{Certificate: certificate(t).TLS, Fingerprints: []srtp.Fingerprint{f}},
		Send: func(d []byte) { _ = b.WriteDTLS(d) }})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := srtp.NewRecords(func(d []byte) { _ = a.WriteDTLS(d) })
	own := certificate(t)
	a.Protect(relay{r})
	conn, err := srtp.Handshake{Client: true, Certificate: own.TLS, Fingerprints: []srtp.Fingerprint{f}}.Do(ctx, r)
	if err == nil {
		t.Error("a certificate that is not the described one was taken")
	}
	if conn != nil {
		_ = conn.Close()
	}
	if b.guard.Ready() {
		t.Error("there are keys")
	}
	a.guard.Close()
}

// relay gives a transport's DTLS to records.
type relay struct{ r *srtp.Records }

func (relay) Open([]byte) (int, bool)             { return 0, false }
func (relay) Seal([]byte, []byte) ([]byte, error) { return nil, errors.New("none") }
func (r relay) Shake(b []byte) bool               { r.r.Give(b); return true }
func (relay) Close()                              {}

// raced says that the race detector runs.
var raced bool

func TestNoAllocationPerPacket(t *testing.T) {
	for _, suite := range srtp.Suites() {
		ours, theirs := keys(t, suite)
		a, b := srtp.NewGuard(nil), srtp.NewGuard(nil)
		if err := errors.Join(a.Use(theirs, ours), b.Use(ours, theirs)); err != nil {
			t.Fatal(err)
		}
		out, pkt, seq := make([]byte, media.MaxPacket), make([]byte, rtp.HeaderSize+160), uint16(0)
		if got := testing.AllocsPerRun(1000, func() {
			seq++
			(&rtp.Header{Sequence: seq, SSRC: 9}).Put(pkt)
			sealed, err := a.Seal(out, pkt)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := b.Open(sealed); !ok {
				t.Fatal("refused")
			}
		}); got != 0 && !raced {
			t.Errorf("%s: %v allocations per packet", suite, got)
		}
		a.Close()
		b.Close()
	}
}
