package rtc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"time"

	"linekeeper/internal/kit/network"
)

// certificateLife is how long a certificate is announced to new browsers; it is valid for twice that.
const certificateLife = 30 * 24 * time.Hour

// candidates are the addresses we announce.
func (e *Engine) candidates() (udp, tcp []netip.AddrPort, err error) {
	if udp, err = e.at(e.addr); err != nil || e.tcp == nil {
		return udp, nil, err
	}
	tcp, err = e.at(network.AddrPort(e.tcp.Addr()))
	return udp, tcp, err
}

// at are the announced addresses of a socket.
func (e *Engine) at(bound netip.AddrPort) (list []netip.AddrPort, err error) {
	ips := e.public
	switch {
	case len(ips) > 0:
	case !bound.Addr().IsUnspecified():
		ips = []netip.Addr{bound.Addr()}
	default:
		if ips, err = machineAddrs(bound.Addr().Is4()); err != nil {
			return nil, err
		}
	}
	for _, ip := range ips {
		list = append(list, netip.AddrPortFrom(ip.Unmap(), bound.Port()))
	}
	return list, nil
}

// machineAddrs are the machine's addresses, loopback last. Link-local ones are left out: a browser
// could not say on which of its links they are.
func machineAddrs(only4 bool) (list []netip.Addr, err error) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("WebRTC: listing the machine's addresses: %w", err)
	}
	var loopback []netip.Addr
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		ip = ip.Unmap()
		switch {
		case !ok || ip.IsLinkLocalUnicast() || only4 && !ip.Is4():
		case ip.IsLoopback():
			loopback = append(loopback, ip)
		default:
			list = append(list, ip)
		}
	}
	return append(list, loopback...), nil
}

// certified is the fingerprint of the certificate new browsers will see.
func (e *Engine) certified(now time.Time) (string, error) {
	e.certificateMu.Lock()
	renewAt := e.renewAt
	e.certificateMu.Unlock()
	if now.After(renewAt) {
		if err := e.renew(now); err != nil {
			return "", err
		}
	}
	e.certificateMu.Lock()
	defer e.certificateMu.Unlock()
	return e.fingerprint, nil
}

// renew makes a certificate. One for all browsers is enough: each learns its fingerprint through its
// own signalling.
func (e *Engine) renew(now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("WebRTC: making a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return fmt.Errorf("WebRTC: making a certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "WebRTC"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(2 * certificateLife),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("WebRTC: making a certificate: %w", err)
	}
	sum := sha256.Sum256(der)
	text := strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
	e.certificateMu.Lock()
	defer e.certificateMu.Unlock()
	e.certificate = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	e.fingerprint, e.renewAt = text, now.Add(certificateLife)
	return nil
}
