package voice

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
	"linekeeper/internal/wire/srtp"
)

// errKeysInClear says that SDES would show its keys to whoever can read the signalling.
var errKeysInClear = errors.New("SDES keys would travel in clear: use TLS for the signalling, or DTLS for the keys, or allow it")

// Encryption is how a trunk or a phone wants its sound protected. The zero value: not at all.
type Encryption struct {
	Keying      sdp.Keying
	Optional    bool // plain sound is taken from a side that protects nothing
	KeysInClear bool // SDES keys may travel over signalling that others can read
}

// EncryptionOf is what a trunk's settings mean to its calls.
func EncryptionOf(k trunk.Trunk) Encryption {
	e := Encryption{Optional: k.EncryptionOptional, KeysInClear: k.SDESWithoutTLS}
	switch k.Encryption {
	case trunk.SDES:
		e.Keying = sdp.SDES
	case trunk.DTLS:
		e.Keying = sdp.DTLS
	}
	return e
}

// PhoneEncryption is what a user's settings mean to the calls of his SIP phones.
func PhoneEncryption(p access.PhoneEncryption) Encryption {
	switch p {
	case access.PhoneOff:
		return Encryption{}
	case access.PhoneSDES:
		return Encryption{Keying: sdp.SDES}
	case access.PhoneDTLS:
		return Encryption{Keying: sdp.DTLS}
	}
	return Encryption{Keying: sdp.SDES, Optional: true} // nobody has to set that
}

// protection is what a session offers and takes.
type protection struct {
	sdp.Protection
	certificate tls.Certificate // with DTLS
}

// protection makes the keys of a new session. transport is that of the signalling. With nat we leave
// the first word of a handshake to the other side, which must open its NAT anyway.
func (e *Edge) protection(want Encryption, transport sip.Transport, nat bool) (p protection, err error) {
	p.Keying, p.Optional = want.Keying, want.Optional
	switch want.Keying {
	case sdp.SDES:
		if !transport.Secure() && !want.KeysInClear {
			if want.Optional {
				return protection{}, nil
			}
			return protection{}, errKeysInClear
		}
		for _, suite := range srtp.Suites() {
			k, err := srtp.NewKey(suite)
			if err != nil {
				return protection{}, err
			}
			p.Keys = append(p.Keys, sdp.Crypto{Suite: k.Suite, Key: k.Secret})
		}
	case sdp.DTLS:
		c, err := e.identity.Certificate(time.Now())
		if err != nil {
			return protection{}, err
		}
		p.certificate, p.Fingerprint, p.Client = c.TLS, c.Fingerprint, !nat
	}
	return p, nil
}

// protectPhone protects the sound of an agent's SIP phone; secure says that it signals over TLS.
func (e *Edge) protectPhone(s *session, want Encryption, secure bool) error {
	transport := sip.UDP
	if secure {
		transport = sip.TLS
	}
	p, err := e.protection(want, transport, true)
	if err == nil {
		s.protect(p, e.log)
	}
	return err
}

// protect says how the sound is to be protected; it comes before the first description.
func (s *session) protect(p protection, log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.local.Protection, s.certificate, s.log = p.Protection, p.certificate, log
	if s.guard != nil { // a call that goes on to another trunk
		s.transport.Protect(nil)
		s.guard.Close()
		s.guard = nil
	}
}

// fingerprints are those of the peer that we trust; an error if DTLS has none.
func fingerprints(p sdp.Protected) (all []srtp.Fingerprint, err error) {
	for _, text := range p.Fingerprints {
		if f, ok := srtp.ParseFingerprint(text); ok {
			all = append(all, f)
		}
	}
	if p.Keying == sdp.DTLS && len(all) == 0 {
		return nil, fmt.Errorf("%w: no fingerprint of SHA-256 or better", sdp.ErrProtection)
	}
	return all, nil
}

// secure carries out what was agreed about protection. Once there was protection, nothing plain is
// agreed upon any more. The lock is held.
func (s *session) secure(p sdp.Protected, prints []srtp.Fingerprint) error {
	if p.Keying == sdp.Plain {
		return nil
	}
	fresh := s.guard == nil
	if fresh {
		s.guard = srtp.NewGuard(s.log)
	}
	if p.Keying == sdp.SDES {
		if err := s.guard.Use(srtp.Key{Suite: p.Theirs.Suite, Secret: p.Theirs.Key}, srtp.Key{Suite: p.Ours.Suite, Secret: p.Ours.Key}); err != nil {
			return fmt.Errorf("%w: %w", sdp.ErrProtection, err)
		}
	}
	if fresh {
		s.transport.Protect(s.guard)
	}
	s.local.Protection.Optional, s.local.Protection.Client = false, p.Client
	if p.Keying == sdp.DTLS {
		s.guard.Begin(s.shaking(p, prints))
	}
	return nil
}

// shaking is our side of a handshake. The lock is held.
func (s *session) shaking(p sdp.Protected, prints []srtp.Fingerprint) srtp.Shaking {
	t := s.transport.UDPTransport
	return srtp.Shaking{
		Handshake: srtp.Handshake{Client: p.Client, Certificate: s.certificate, Fingerprints: prints, Log: s.log},
		Send:      func(b []byte) { _ = t.WriteDTLS(b) }, // lost, as on any network: DTLS repeats
		Done: func() {
			t.Shaken()
			s.tellNews()
		},
	}
}

// keying is how the sound is protected now.
func (s *session) keying() sdp.Keying {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.agreed.Keying
}
