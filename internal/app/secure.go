package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
)

// certificateCheck is how often the files of a certificate are looked at, at most.
const certificateCheck = 5 * time.Second

// keyPair is a certificate in two files, read again when they change.
type keyPair struct {
	certificate, key string
	log              *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	stamp   [2]time.Time
	checked time.Time
}

// newKeyPair reads the files; an error says which one is not usable.
func newKeyPair(certificate, key string, log *slog.Logger) (*keyPair, error) {
	p := &keyPair{certificate: certificate, key: key, log: log}
	stamp, err := p.changed()
	if err != nil {
		return nil, err
	}
	return p, p.load(stamp)
}

// changed is when the files were changed last.
func (p *keyPair) changed() (stamp [2]time.Time, err error) {
	for i, name := range []string{p.certificate, p.key} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, fmt.Errorf("reading the certificate for TLS: %w", err)
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}

func (p *keyPair) load(stamp [2]time.Time) error {
	c, err := tls.LoadX509KeyPair(p.certificate, p.key)
	if err != nil {
		return fmt.Errorf("reading the certificate for TLS from %s and %s: %w", p.certificate, p.key, err)
	}
	p.loaded, p.stamp = &c, stamp
	return nil
}

// current is the certificate as the files have it now. What cannot be read leaves the last one in use.
func (p *keyPair) current() *tls.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.checked) >= certificateCheck {
		p.checked = now
		stamp, err := p.changed()
		if err == nil && stamp != p.stamp {
			if err = p.load(stamp); err == nil {
				p.log.Info("the certificate for TLS was read again", "file", p.certificate)
			}
		}
		if err != nil {
			p.log.Error("the certificate for TLS stays the old one", "error", err)
		}
	}
	return p.loaded
}

// secureSIP adds to the SIP stack what SIP over TLS needs.
func (a *App) secureSIP(c *sip.Config) error {
	authorities, err := authoritiesOf(a.cfg.TLSAuthorities)
	if err != nil {
		return err
	}
	c.ClientTLS = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authorities}
	if a.cfg.TLSCertificate == "" {
		return nil
	}
	pair, err := newKeyPair(a.cfg.TLSCertificate, a.cfg.TLSKey, a.log)
	if err != nil {
		return err
	}
	c.ClientTLS.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.current(), nil }
	if a.cfg.SIPTLS == "" {
		return nil
	}
	at, err := parseAddr(a.cfg.SIPTLS)
	if err != nil {
		return err
	}
	if c.TLS, err = a.net.ListenTCP(at); err != nil {
		return fmt.Errorf("opening TCP %s for SIP over TLS: %w", at, err)
	}
	c.ServerTLS = &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.current(), nil },
		// Asked for, not demanded: phones have none. Who must have one is for the trunks to say.
		ClientAuth: tls.RequestClientCert, ClientCAs: authorities,
	}
	return nil
}

// authoritiesOf are the system's and those of a file.
func authoritiesOf(file string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // systems without any
	}
	if file == "" {
		return pool, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the authorities for TLS: %w", err)
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", file)
	}
	return pool, nil
}

// validateTLS checks what belongs together.
func (c *Config) validateTLS() error {
	if c.SIPTLS != "" {
		if _, err := parseAddr(c.SIPTLS); err != nil {
			return fmt.Errorf("sip-tls: %q is not an address with a port; write one like 0.0.0.0:5061", c.SIPTLS)
		}
		if c.TLSCertificate == "" {
			return errors.New("sip-tls: it needs tls-certificate and tls-key")
		}
	}
	if (c.TLSCertificate == "") != (c.TLSKey == "") {
		return errors.New("tls-certificate: it and tls-key go together")
	}
	if c.SIPWebSocket != "" && (c.SIPWebSocket[0] != '/' || c.SIPWebSocket == "/") {
		return fmt.Errorf("sip-websocket: %q is not a path; write one like /sip", c.SIPWebSocket)
	}
	return nil
}

// withWebSocket serves SIP over WebSocket at its path and everything else as before.
func (a *App) withWebSocket(next http.Handler, proxies []netip.Prefix) http.Handler {
	if a.cfg.SIPWebSocket == "" {
		return next
	}
	ws := a.voice.WebSocket(func(r *http.Request) (netip.AddrPort, bool) {
		// The port tells apart who comes by the same proxy.
		connection, _ := netip.ParseAddrPort(r.RemoteAddr)
		return netip.AddrPortFrom(api.Source(r, proxies), connection.Port()), api.OverTLS(r, proxies)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == a.cfg.SIPWebSocket {
			ws.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Certified is who calls with a certificate.
func (d *directory) Certified(c *x509.Certificate, verified bool, source netip.Addr) (voice.Trunk, bool) {
	p := d.page()
	k, ok := trunk.FindCertified(p.trunks, c, verified, source)
	if !ok {
		return voice.Trunk{}, false
	}
	return p.voiceTrunk(k), true
}
