package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/edge/voice"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
)

// carrierThatSays is a peer at a UDP port that answers each request as it is told; 0: it is silent.
func carrierThatSays(t *testing.T, answer func(method string, authorized bool) (code int, header string)) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			lines := strings.Split(string(b[:n]), "\r\n")
			method, _, _ := strings.Cut(lines[0], " ")
			code, header := answer(method, strings.Contains(string(b[:n]), "\r\nAuthorization:"))
			if code == 0 {
				continue
			}
			reply := fmt.Sprintf("SIP/2.0 %d As told\r\n", code)
			for _, l := range lines[1:] {
				for _, copied := range []string{"Via:", "From:", "Call-ID:", "CSeq:"} {
					if strings.HasPrefix(l, copied) {
						reply += l + "\r\n"
					}
				}
				if strings.HasPrefix(l, "To:") {
					reply += l + ";tag=carrier\r\n"
				}
			}
			_, _ = conn.WriteTo([]byte(reply+header+"Content-Length: 0\r\n\r\n"), from)
		}
	}()
	return conn.LocalAddr().String()
}

// showsCertificate is a peer by TLS that shows a certificate of its own making.
func showsCertificate(t *testing.T, name string, until time.Time) (at string, authority *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	if ip := net.ParseIP(name); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	authority = x509.NewCertPool()
	authority.AddCert(leaf)
	l, err := tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.(*tls.Conn).Handshake()
			}()
		}
	}()
	return l.Addr().String(), authority
}

// newTrunkDoctor gives a doctor with this patience, on the machine's loopback.
func newTrunkDoctor(t *testing.T, patience time.Duration, authority *x509.CertPool) *trunkDoctor {
	t.Helper()
	udp, err := network.Machine{}.ListenUDP(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	d := &trunkDoctor{resolver: sip.NewResolver(sip.Machine{}), network: network.Machine{}, patience: patience, now: time.Now,
		client: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authority}}
	if err := d.open(sip.Config{UDP: udp, Network: network.Machine{}, Resolver: d.resolver, ClientTLS: d.client, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.stack.Close() })
	return d
}

// says looks for a finding that is well or not and holds a text, with advice if it is not well.
func says(t *testing.T, all []finding, ok bool, text string) {
	t.Helper()
	for _, f := range all {
		if f.ok == ok && strings.Contains(f.what, text) {
			if !ok && f.do == "" {
				t.Errorf("no advice for %q", f.what)
			}
			return
		}
	}
	t.Errorf("nothing says %q (well: %v) among %+v", text, ok, all)
}

const challenge = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n"

func TestDoctorLooksAtTrunks(t *testing.T) {
	t.Parallel()
	well := carrierThatSays(t, func(string, bool) (int, string) { return 200, "" })
	silent := carrierThatSays(t, func(string, bool) (int, string) { return 0, "" })
	down := carrierThatSays(t, func(string, bool) (int, string) { return 503, "" })
	takes := carrierThatSays(t, func(method string, authorized bool) (int, string) {
		if method == "REGISTER" && !authorized {
			return 401, challenge
		}
		return 200, "Contact: <sip:me@127.0.0.1>;expires=60\r\n"
	})
	refuses := carrierThatSays(t, func(method string, authorized bool) (int, string) {
		switch {
		case method != "REGISTER":
			return 200, ""
		case authorized:
			return 403, ""
		}
		return 401, challenge
	})
	at := func(host string) voice.OutTrunk {
		return voice.OutTrunk{Trunk: trunk.Trunk{Key: "k", Kind: trunk.ByAddress, Settings: trunk.Settings{Host: host}}}
	}
	signsIn := func(host string) voice.OutTrunk {
		k := at(host)
		k.Kind, k.User, k.Secret = trunk.ByRegistration, "me", "password"
		return k
	}
	patient, hasty := newTrunkDoctor(t, 20*time.Second, nil), newTrunkDoctor(t, 300*time.Millisecond, nil)
	ctx := context.Background()

	says(t, patient.examine(ctx, at(well)), true, "answers OPTIONS in")
	says(t, patient.examine(ctx, at(well)), true, "found at "+well+" by UDP")
	says(t, hasty.examine(ctx, at(silent)), false, "no answer to OPTIONS")
	says(t, patient.examine(ctx, at(down)), false, "503")
	says(t, patient.examine(ctx, signsIn(takes)), true, "takes user and password, and has us registered")
	says(t, patient.examine(ctx, signsIn(refuses)), false, "refuses user and password: 403")
	says(t, patient.examine(ctx, at("")), true, "takes calls only")
	says(t, patient.examine(ctx, at("[::")), false, "is not found")
	locked := at(well)
	locked.Unreadable = "There is no key for secrets."
	says(t, patient.examine(ctx, locked), false, "password cannot be read")
}

func TestDoctorLooksAtCertificates(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		until   time.Duration
		trusted bool
		ok      bool
		text    string
	}{
		{"127.0.0.1", 90 * 24 * time.Hour, true, true, "good for 127.0.0.1 until"},
		{"127.0.0.1", 24 * time.Hour, true, true, "but only until"},
		{"127.0.0.1", -time.Hour, true, false, "it has expired"},
		{"other.example", 90 * 24 * time.Hour, true, false, "it is for other.example, not for 127.0.0.1"},
		{"127.0.0.1", 90 * 24 * time.Hour, false, false, "no authority this machine trusts"},
	}
	for _, c := range cases {
		at, authority := showsCertificate(t, c.name, time.Now().Add(c.until))
		if !c.trusted {
			authority = x509.NewCertPool()
		}
		d := newTrunkDoctor(t, 20*time.Second, authority)
		got := d.certificate(context.Background(), "", "sip:"+at+";transport=tls", netip.MustParseAddrPort(at))
		says(t, []finding{got}, c.ok, c.text)
	}
	d := newTrunkDoctor(t, 20*time.Second, nil)
	nobody, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := nobody.Addr().String()
	nobody.Close()
	says(t, []finding{d.certificate(context.Background(), "", "sip:"+at+";transport=tls", netip.MustParseAddrPort(at))}, false, "no connection")
}
