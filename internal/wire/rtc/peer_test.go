package rtc

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/dtls/v3"
	pionsrtp "github.com/pion/srtp/v3"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/srtp"
)

// world is an engine on a network in memory.
type world struct {
	t      *testing.T
	net    *network.Memory
	engine *Engine
	drop   atomic.Pointer[func(b []byte) bool]
}

func newWorld(t *testing.T, ip string) *world {
	t.Helper()
	w := &world{t: t, net: network.NewMemory()}
	w.net.Drop = func(_, _ netip.AddrPort, b []byte) bool {
		f := w.drop.Load()
		return f != nil && (*f)(b)
	}
	at := netip.AddrPortFrom(netip.MustParseAddr(ip), 5061)
	udp, err := w.net.ListenUDP(at)
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := w.net.ListenTCP(at)
	if err != nil {
		t.Fatal(err)
	}
	if w.engine, err = New(Config{UDP: udp, TCP: tcp, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	return w
}

// loses makes the network lose what f says, from now on.
func (w *world) loses(f func(b []byte) bool) { w.drop.Store(&f) }

func (w *world) close() {
	w.t.Helper()
	if err := w.engine.Close(); err != nil {
		w.t.Errorf("closing the engine: %v", err)
	}
	if n := len(w.engine.byAddr) + len(w.engine.endpoints) + len(w.engine.streams) + len(w.engine.strangersBy) + w.engine.strangers; n != 0 {
		w.t.Errorf("%d entries are left in the engine's tables", n)
	}
}

// peer is a browser that does exactly what the test says.
type peer struct {
	w           *world
	endpoint    *Endpoint
	ufrag, pwd  string // the engine's
	certificate tls.Certificate
	client      bool
	ssrc        uint32

	conn   network.UDPConn
	tcp    net.Conn // nil: UDP
	stun   chan []byte
	sealed chan []byte
	dtls   *srtp.Records
	secure *dtls.Conn
	in     *pionsrtp.Context
	out    *pionsrtp.Context
	done   sync.WaitGroup

	transaction byte
	sequence    uint16
}

// call says how a peer differs from the usual one.
type call struct {
	setup   string // in the offer; empty: actpass
	from    string // empty: 192.0.2.7:4000
	tcp     bool
	forged  bool // the offer names another certificate
	profile dtls.SRTPProtectionProfile
}

// call opens an endpoint and its peer; nothing was sent yet.
func (w *world) call(c call) *peer {
	w.t.Helper()
	if c.setup == "" {
		c.setup = "actpass"
	}
	if c.from == "" {
		c.from = "192.0.2.7:4000"
	}
	p := &peer{
		w: w, client: c.setup != "passive", ssrc: 7, certificate: selfSigned(w.t),
		stun: make(chan []byte, 16), sealed: make(chan []byte, 256),
	}
	sum := sha256.Sum256(p.certificate.Certificate[0])
	if c.forged {
		sum[0]++
	}
	offer := fmt.Sprintf(testOffer, strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":"), c.setup)
	var err error
	if p.endpoint, err = w.engine.Open(context.Background(), offer, media.PCMU()); err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(p.endpoint.Answer()) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "a=ice-ufrag:"); ok {
			p.ufrag = v
		}
		if v, ok := strings.CutPrefix(line, "a=ice-pwd:"); ok {
			p.pwd = v
		}
	}
	p.dtls = srtp.NewRecords(p.send)
	if c.tcp {
		if p.tcp, err = w.net.DialTCP(context.Background(), w.engine.Addr()); err != nil {
			w.t.Fatal(err)
		}
		p.done.Go(p.listenTCP)
		return p
	}
	if p.conn, err = w.net.ListenUDP(netip.MustParseAddrPort(c.from)); err != nil {
		w.t.Fatal(err)
	}
	p.done.Go(func() { p.listen(p.conn) })
	return p
}

const testOffer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=fingerprint:sha-256 %s\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 0 110\r\nc=IN IP4 0.0.0.0\r\na=setup:%s\r\na=mid:0\r\na=ice-ufrag:peer\r\n" +
	"a=ice-pwd:peerpeerpeerpeerpeerpeer\r\na=rtcp-mux\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:110 telephone-event/8000\r\na=sendrecv\r\n"

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (p *peer) listen(conn network.UDPConn) {
	b := make([]byte, 2000)
	for {
		n, _, err := conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		p.take(b[:n])
	}
}

func (p *peer) listenTCP() {
	r, b := bufio.NewReader(p.tcp), make([]byte, media.MaxPacket)
	for {
		n, err := readFrame(r, b)
		if err != nil {
			return
		}
		p.take(b[:n])
	}
}

func (p *peer) take(b []byte) {
	c := append([]byte(nil), b...)
	switch rtp.Classify(b) {
	case rtp.STUN:
		p.stun <- c
	case rtp.DTLS:
		p.dtls.Give(c)
	default:
		select {
		case p.sealed <- c:
		default:
		}
	}
}

func (p *peer) send(b []byte) {
	if p.tcp != nil {
		_, _ = p.tcp.Write(appendFrame(nil, b))
		return
	}
	p.sendFrom(p.conn, b)
}

func (p *peer) sendFrom(conn network.UDPConn, b []byte) {
	_, _ = conn.WriteToUDPAddrPort(b, p.w.engine.Addr())
}

// request builds a binding request; attributes are kind and value.
func (p *peer) request(password string, attributes ...attribute) []byte {
	p.transaction++
	b := make([]byte, stunHeader)
	binary.BigEndian.PutUint16(b, bindingRequest)
	binary.BigEndian.PutUint32(b[4:], stunCookie)
	b[19] = p.transaction
	add := func(kind uint16, value []byte) {
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
		b = append(b, value...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	add(attrUsername, []byte(p.ufrag+":peer"))
	add(attrPriority, []byte{1, 2, 3, 4})
	for _, a := range attributes {
		add(a.kind, a.value)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-stunHeader+24))
	mac := hmac.New(sha1.New, []byte(password))
	mac.Write(b)
	add(attrIntegrity, mac.Sum(nil))
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-stunHeader+8))
	add(attrFingerprint, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)^stunXOR))
	return b
}

type attribute struct {
	kind  uint16
	value []byte
}

func nominate() attribute { return attribute{attrUseCandidate, nil} }

// answered waits for the answer to the last request and gives its kind and error code.
func (p *peer) answered() (kind uint16, code int) {
	p.w.t.Helper()
	late := time.NewTimer(time.Second)
	defer late.Stop()
	select {
	case b := <-p.stun:
		if b[19] != p.transaction {
			p.w.t.Fatalf("an answer to request %d, want to %d", b[19], p.transaction)
		}
		kind = binary.BigEndian.Uint16(b)
		if kind == bindingError {
			code = int(b[stunHeader+6])*100 + int(b[stunHeader+7])
		}
		return kind, code
	case <-late.C:
		return 0, 0
	}
}

// checks sends the requests that open the path.
func (p *peer) checks() {
	p.w.t.Helper()
	p.send(p.request(p.pwd, nominate()))
	if kind, _ := p.answered(); kind != bindingSuccess {
		p.w.t.Fatalf("answer to a good request: got %x, want success", kind)
	}
}

// shake does DTLS and takes the keys.
func (p *peer) shake(profile dtls.SRTPProtectionProfile) error {
	if profile == 0 {
		profile = dtls.SRTP_AEAD_AES_128_GCM
	}
	shared := []dtls.Option{dtls.WithCertificates(p.certificate), dtls.WithSRTPProtectionProfiles(profile), dtls.WithInsecureSkipVerify(true), dtls.WithFlightInterval(100 * time.Millisecond)}
	var err error
	if p.client {
		var o []dtls.ClientOption
		for _, s := range shared {
			o = append(o, s)
		}
		p.secure, err = dtls.ClientWithOptions(p.dtls, srtp.Nowhere(), o...)
	} else {
		o := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, s := range shared {
			o = append(o, s)
		}
		p.secure, err = dtls.ServerWithOptions(p.dtls, srtp.Nowhere(), o...)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := p.secure.HandshakeContext(ctx); err != nil {
		return err
	}
	agreed, _ := p.secure.SelectedSRTPProtectionProfile()
	state, _ := p.secure.ConnectionState()
	config := &pionsrtp.Config{Profile: pionsrtp.ProtectionProfile(agreed)}
	if err := config.ExtractSessionKeysFromDTLS(&state, p.client); err != nil {
		return err
	}
	if p.in, err = pionsrtp.CreateContext(config.Keys.RemoteMasterKey, config.Keys.RemoteMasterSalt, config.Profile); err != nil {
		return err
	}
	p.out, err = pionsrtp.CreateContext(config.Keys.LocalMasterKey, config.Keys.LocalMasterSalt, config.Profile)
	return err
}

// connect does all of it.
func (p *peer) connect() *peer {
	p.w.t.Helper()
	p.checks()
	if err := p.shake(0); err != nil {
		p.w.t.Fatal(err)
	}
	p.says("hello")
	p.hears("hello")
	return p
}

// packet seals the next RTP packet with that text.
func (p *peer) packet(text string) []byte {
	p.w.t.Helper()
	p.sequence++
	h := rtp.Header{Sequence: p.sequence, Timestamp: uint32(p.sequence) * 160, SSRC: p.ssrc}
	b := make([]byte, rtp.HeaderSize)
	h.Put(b)
	b, err := p.out.EncryptRTP(nil, append(b, text...), nil)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return b
}

func (p *peer) says(text string) { p.w.t.Helper(); p.send(p.packet(text)) }

// hears checks that the endpoint reads exactly that text next; empty: nothing.
func (p *peer) hears(want string) {
	p.w.t.Helper()
	synctest.Wait()
	got := ""
	if len(p.endpoint.in) > 0 {
		b := make([]byte, media.MaxPacket)
		n, err := p.endpoint.Read(b)
		if err != nil {
			p.w.t.Fatal(err)
		}
		got = string(b[rtp.HeaderSize:n])
	}
	if got != want {
		p.w.t.Errorf("the endpoint hears %q, want %q", got, want)
	}
}

// write sends a packet from us.
func (p *peer) write(sequence uint16, text string) error {
	h := rtp.Header{Sequence: sequence, Timestamp: uint32(sequence) * 160}
	b := make([]byte, rtp.HeaderSize)
	h.Put(b)
	return p.endpoint.Write(append(b, text...))
}

// got opens the next media packet at the peer; empty: there is none.
func (p *peer) got() string {
	p.w.t.Helper()
	synctest.Wait()
	for {
		select {
		case b := <-p.sealed:
			if rtp.Classify(b) != rtp.RTP {
				continue
			}
			out, err := p.in.DecryptRTP(nil, b, nil)
			if err != nil {
				p.w.t.Fatalf("the peer cannot open a packet: %v", err)
			}
			return string(out[rtp.HeaderSize:])
		default:
			return ""
		}
	}
}

// is checks the endpoint's state.
func (p *peer) is(want State) {
	p.w.t.Helper()
	synctest.Wait()
	if got := p.endpoint.State(); got != want {
		p.w.t.Errorf("state: got %v, want %v", got, want)
	}
}

// close ends the peer without a word.
func (p *peer) close() {
	if p.secure != nil {
		p.dtls.Redirect(func([]byte) {})
		_ = p.secure.Close()
	}
	if p.tcp != nil {
		_ = p.tcp.Close()
	} else {
		_ = p.conn.Close()
	}
	p.done.Wait()
}
