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

// PeerCertificate is the certificate that the peer has proved to hold on the connection the call
// came or went by, and that one of the accepted authorities has signed; nil without TLS or without a
// verified certificate.
func (c *Call) PeerCertificate() *x509.Certificate {
	c.mu.Lock()
	conn := c.peer.conn
	c.mu.Unlock()
	if conn == nil {
		return nil
	}
	secured, ok := conn.net.(*tls.Conn)
	if !ok {
		return nil
	}
	state := secured.ConnectionState()
	if len(state.VerifiedChains) == 0 || len(state.PeerCertificates) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}
