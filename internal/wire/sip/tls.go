package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
)

// handshake secures a connection that we have opened. The peer must show a certificate for name, or
// for its address if it was not called by a name.
func (s *Stack) handshake(ctx context.Context, raw net.Conn, to netip.AddrPort, name string) (net.Conn, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.config.ClientTLS != nil {
		config = s.config.ClientTLS.Clone()
	}
	if config.ServerName = name; name == "" {
		config.ServerName = to.Addr().WithZone("").String()
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return conn, nil
}

// mayProve lets an unknown address connect, for a handshake in which it may show a certificate, within
// the limits for strangers.
func (s *Stack) mayProve(from netip.AddrPort) bool {
	if s.config.AcceptCertificate == nil {
		return false
	}
	s.mu.Lock()
	full := len(s.conns) >= s.config.Limits.Connections/2
	s.mu.Unlock()
	return !full && s.strange.each.allow(from.Addr()) && s.strange.all.Allow()
}

// shakeHands does the handshake of an accepted TLS connection, and looks at the certificate of who is
// not known by its address. false: it is to be closed.
func (c *tcpConn) shakeHands() bool {
	secured, ok := c.net.(*tls.Conn)
	if !ok {
		return true
	}
	s := c.stack
	ctx, cancel := context.WithTimeout(s.life, s.config.Limits.MessageTime)
	defer cancel()
	if secured.HandshakeContext(ctx) != nil {
		return false
	}
	if s.config.AcceptCertificate != nil {
		state := secured.ConnectionState()
		if len(state.PeerCertificates) > 0 && s.config.AcceptCertificate(state.PeerCertificates[0], s.verified(&state), c.remote) {
			c.proved.Store(true)
		}
	}
	return true
}

// verified says whether an authority that is accepted has signed a peer's certificate.
func (s *Stack) verified(state *tls.ConnectionState) bool {
	if len(state.VerifiedChains) > 0 {
		return true
	}
	if s.config.ServerTLS == nil || s.config.ServerTLS.ClientCAs == nil || len(state.PeerCertificates) == 0 {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots: s.config.ServerTLS.ClientCAs, Intermediates: between, // A carrier has one certificate for both directions, and authorities cease to sign for clients.
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	})
	return err == nil
}

// PeerCertificate is the certificate that the peer has proved to hold on the connection the call
// came or went by, and verified whether one of the accepted authorities has signed it; nil without
// TLS or without a certificate.
func (c *Call) PeerCertificate() (_ *x509.Certificate, verified bool) {
	c.mu.Lock()
	conn := c.peer.conn
	c.mu.Unlock()
	if conn == nil {
		return nil, false
	}
	secured, ok := conn.net.(*tls.Conn)
	if !ok {
		return nil, false
	}
	state := secured.ConnectionState()
	if len(state.PeerCertificates) == 0 {
		return nil, false
	}
	return state.PeerCertificates[0], c.stack.verified(&state)
}
