package srtp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256" // and registers the hash of fingerprints
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"
)

// certificateLife is how long a certificate is announced to new parties; it is valid for twice that.
const certificateLife = 30 * 24 * time.Hour

// Identity is the certificate we show in DTLS. One for all parties is enough: each learns its
// fingerprint through its own signalling. It is safe for concurrent use.
type Identity struct {
	mu      sync.Mutex
	now     Certificate
	renewAt time.Time
}

// Certificate is a certificate with its fingerprint as in a=fingerprint: "sha-256 12:AB:...".
type Certificate struct {
	TLS         tls.Certificate
	Fingerprint string
}

// Certificate is the one for a party that comes now.
func (i *Identity) Certificate(now time.Time) (Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.now.Fingerprint != "" && now.Before(i.renewAt) {
		return i.now, nil
	}
	c, err := newCertificate(now)
	if err != nil {
		return Certificate{}, err
	}
	i.now, i.renewAt = c, now.Add(certificateLife)
	return c, nil
}

func newCertificate(now time.Time) (Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Certificate{}, fmt.Errorf("making a key for DTLS: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Certificate{}, fmt.Errorf("making a certificate for DTLS: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "WebRTC"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(2 * certificateLife),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return Certificate{}, fmt.Errorf("making a certificate for DTLS: %w", err)
	}
	sum := sha256.Sum256(der)
	return Certificate{
		TLS:         tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		Fingerprint: "sha-256 " + strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":"),
	}, nil
}

// Fingerprint is what a description says of the party's certificate (RFC 8122).
type Fingerprint struct {
	hash crypto.Hash
	sum  []byte
}

// ParseFingerprint reads the value of a=fingerprint; false for hashes that are too weak or unknown.
func ParseFingerprint(value string) (Fingerprint, bool) {
	name, digits, _ := strings.Cut(value, " ")
	var f Fingerprint
	switch strings.ToLower(name) {
	case "sha-256":
		f.hash = crypto.SHA256
	case "sha-384":
		f.hash = crypto.SHA384
	case "sha-512":
		f.hash = crypto.SHA512
	default:
		return f, false
	}
	var err error
	f.sum, err = hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(digits), ":", ""))
	return f, err == nil && len(f.sum) == f.hash.Size()
}

// Of says whether a certificate has this fingerprint.
func (f Fingerprint) Of(der []byte) bool {
	h := f.hash.New()
	h.Write(der)
	return slices.Equal(h.Sum(nil), f.sum)
}
