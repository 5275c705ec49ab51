package sip

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// authority signs the certificates of a test, valid in its bubble's time.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool()}
	a.cert, a.key = a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "CA"}})
	a.pool.AddCert(a.cert)
	return a
}

func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) certificate(names ...string) *tls.Certificate {
	template := &x509.Certificate{Subject: pkix.Name{CommonName: names[0]}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	for _, name := range names {
		if ip, err := netip.ParseAddr(name); err == nil {
			template.IPAddresses = append(template.IPAddresses, ip.AsSlice())
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	cert, key := a.sign(template)
	return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// secure lets a stack speak TLS on port 5061 of its address, and trust the authority.
func (w *world) secure(ca *authority, at string, server func(*tls.ClientHelloInfo) (*tls.Certificate, error)) func(*Config) {
	return func(c *Config) {
		listener, err := w.net.ListenTCP(netip.MustParseAddrPort(at))
		if err != nil {
			w.t.Fatal(err)
		}
		c.TLS = listener
		c.ServerTLS = &tls.Config{GetCertificate: server, ClientCAs: ca.pool, ClientAuth: tls.VerifyClientCertIfGiven}
		c.ClientTLS = &tls.Config{RootCAs: ca.pool}
		c.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
			if strings.HasSuffix(host, ".example") {
				return []netip.Addr{netip.MustParseAddr("10.0.0.2")}, nil
			}
			return nil, errors.New("no such name")
		}
	}
}

func TestCallsOverTLS(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		ca := newAuthority(t)
		var served atomic.Pointer[tls.Certificate]
		served.Store(ca.certificate("b.example", "10.0.0.2"))
		var asked atomic.Value
		serve := func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			asked.Store(hello.ServerName)
			return served.Load(), nil
		}
		client := ca.certificate("a.example")
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil, w.secure(ca, "10.0.0.1:5061", serve), func(c *Config) {
			c.ClientTLS.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return client, nil }
		})
		b := w.stack("10.0.0.2:5060", answers(calls), w.secure(ca, "10.0.0.2:5061", serve))
		for _, target := range []string{"sips:x@b.example", "sip:x@b.example;transport=tls", "sips:x@10.0.0.2:5061"} {
			out := w.dial(a, DialRequest{Target: target, Offer: pcmuOnly})
			if _, ok := <-out.Answered(); !ok {
				t.Fatalf("%s: %+v", target, out.End())
			}
			in := <-calls
			synctest.Wait()
			if in.Transport() != TLS || in.Phase() != Confirmed {
				t.Errorf("%s: got %s, phase %d", target, in.Transport(), in.Phase())
			}
			if name := asked.Load(); strings.Contains(target, "b.example") && name != "b.example" {
				t.Errorf("server name: got %q", name)
			}
			want := map[bool]string{true: "sips:alice@10.0.0.1:5061", false: "sip:alice@10.0.0.1:5061;transport=tls"}[strings.HasPrefix(target, "sips:")]
			if out.Contact() != want || !strings.HasPrefix(in.Contact(), want[:4]) {
				t.Errorf("contacts: got %s and %s, want %s", out.Contact(), in.Contact(), want)
			}
			theirs, ok := in.PeerCertificate()
			ours, _ := out.PeerCertificate()
			if theirs == nil || !ok || theirs.Subject.CommonName != "a.example" || ours.Subject.CommonName != "b.example" {
				t.Errorf("certificates: got %v and %v", theirs, ours)
			}
			_ = in.Hangup(context.Background(), "")
			w.ended(out, ByPeer, EndedBye, time.Second)
		}
		if n := b.Counters().Connections; n != 2 { // to the name and to the address
			t.Errorf("%d connections", n)
		}
		// Another name at the same address is another connection, and its certificate is missing.
		if _, err := a.Dial(context.Background(), DialRequest{Target: "sips:x@c.example", Offer: pcmuOnly}); err == nil {
			t.Error("a certificate for another name was taken")
		}
		served.Store(ca.certificate("c.example")) // exchanged while running
		out := w.dial(a, DialRequest{Target: "sips:x@c.example", Offer: pcmuOnly})
		if _, ok := <-out.Answered(); !ok {
			t.Fatalf("%+v", out.End())
		}
		in := <-calls
		synctest.Wait()
		_ = in.Hangup(context.Background(), "")
		served.Store(newAuthority(t).certificate("d.example")) // an authority that nobody knows
		if _, err := a.Dial(context.Background(), DialRequest{Target: "sips:x@d.example", Offer: pcmuOnly}); err == nil {
			t.Error("a certificate of a stranger was taken")
		}
		if _, err := a.Dial(context.Background(), DialRequest{Target: "sips:x@b.example", Transport: UDP}); err == nil {
			t.Error("a sips URI was called by UDP")
		}
		// Who does not shake hands is let go.
		begin := time.Now()
		silent, err := w.net.DialTCP(context.Background(), netip.MustParseAddrPort("10.0.0.2:5061"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := silent.Read(make([]byte, 1)); err == nil || time.Since(begin) > 15*time.Second {
			t.Errorf("half-open connection ended after %v: %v", time.Since(begin), err)
		}
		plain, _ := w.net.DialTCP(context.Background(), netip.MustParseAddrPort("10.0.0.2:5061"))
		go func() { _, _ = plain.Write([]byte("OPTIONS sip:x SIP/2.0\r\n\r\n")) }()
		for buffer := make([]byte, 100); err == nil; {
			_, err = plain.Read(buffer)
		}
		w.idle()
	})
}

// TestTortureOverTLS: the RFCs' messages lead to the same over TLS as over TCP.
func TestTortureOverTLS(t *testing.T) {
	t.Parallel()
	for _, c := range torture {
		raw, err := os.ReadFile("testdata/siptorture/" + c.file + ".dat")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				ca := newAuthority(t)
				cert := ca.certificate("10.0.0.1")
				w.stack("10.0.0.1:5060", takesG711, w.secure(ca, "10.0.0.1:5061", func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert, nil }))
				plain, err := w.net.DialTCP(context.Background(), netip.MustParseAddrPort("10.0.0.1:5061"))
				if err != nil {
					t.Fatal(err)
				}
				conn := tls.Client(plain, &tls.Config{RootCAs: ca.pool, ServerName: "10.0.0.1"})
				if err := conn.Handshake(); err != nil {
					t.Fatal(err)
				}
				go func() { _, _ = conn.Write(raw) }()
				got := readAnswers(t, conn, 11*time.Second)
				_ = plain.Close()
				compareCodes(t, got, c.tcp, c.why)
				w.normalCall()
			})
		})
	}
}

// TestCertificatesLetIn: a peer whose address nobody knows is let in by its certificate: by the name in
// one that an authority has signed, or by the very certificate.
func TestCertificatesLetIn(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		ca, strangers := newAuthority(t), newAuthority(t)
		own := ca.certificate("b.example")
		pinned := strangers.certificate("pinned.example")
		calls := make(chan *Call, 1)
		b := w.stack("10.0.0.2:5060", answers(calls), w.secure(ca, "10.0.0.2:5061", func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own, nil }), func(c *Config) {
			c.ServerTLS.ClientAuth = tls.RequestClientCert
			c.Accept = func(from netip.AddrPort) bool { return from.Addr() == netip.MustParseAddr("10.0.0.9") }
			c.AcceptCertificate = func(cert *x509.Certificate, verified bool, _ netip.AddrPort) bool {
				return verified && cert.VerifyHostname("carrier.example") == nil || cert.Equal(pinned.Leaf)
			}
		})
		var client atomic.Pointer[tls.Certificate]
		none := &tls.Certificate{}
		a := w.stack("10.0.0.1:5060", nil, w.secure(ca, "10.0.0.1:5061", nil), func(c *Config) {
			c.ClientTLS.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return client.Load(), nil }
		})
		for _, c := range []struct {
			name        string
			certificate *tls.Certificate
			want        bool
		}{
			{"none", none, false},
			{"the carrier's", ca.certificate("carrier.example"), true},
			{"another name", ca.certificate("other.example"), false},
			{"the carrier's name, signed by a stranger", strangers.certificate("carrier.example"), false},
			{"the very certificate", pinned, true},
		} {
			client.Store(c.certificate)
			out, err := a.Dial(context.Background(), DialRequest{Target: "sip:x@b.example;transport=tls", From: "a", Offer: pcmuOnly, Timeout: 5 * time.Second})
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			_, ok := <-out.Answered()
			if ok != c.want {
				t.Errorf("%s: answered %v, want %v (%+v)", c.name, ok, c.want, out.End())
			}
			if ok {
				in := <-calls
				if got, _ := in.PeerCertificate(); !got.Equal(c.certificate.Leaf) {
					t.Errorf("%s: the call has the certificate of %v", c.name, got.Subject)
				}
				_ = out.Hangup(context.Background(), "")
			}
			synctest.Wait()
			a.mu.Lock()
			for _, conn := range a.conns { // the next one shall shake hands again
				go conn.close()
			}
			a.mu.Unlock()
			time.Sleep(time.Minute)
		}
		if b.Counters().Refused == 0 {
			t.Error("nobody was counted as refused")
		}
	})
}
