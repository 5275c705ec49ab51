package voice

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/srtp"
)

// ahead is how many packets may be sent before a call with protected sound must be written down again: 40 s
// of them. It stays below the 3000 that receivers take for a restart (RFC 3550, A.1), as a call that is
// taken up begins behind them.
const ahead = 2000

// keptSecure is what protects the sound of a call; Next is the index that the next process begins with.
type keptSecure struct {
	srtp.Kept
	// What we showed in DTLS: a later handshake must show it again. Empty with SDES.
	Certificate []byte `json:",omitempty"`
	PrivateKey  []byte `json:",omitempty"` // PKCS #8
}

// keptSecure is the protection as it is now; sequence is the number of our next packet if none was
// sealed. s.mu is held.
func (s *session) keptSecure(sequence uint16) (k keptSecure, ok bool) {
	if k.Kept, ok = s.guard.Kept(); !ok {
		return k, false
	}
	if k.Next == 0 {
		k.Next = uint64(sequence)
	}
	k.Next += ahead
	if s.agreed.Keying == sdp.DTLS {
		key, err := x509.MarshalPKCS8PrivateKey(s.certificate.PrivateKey)
		if err != nil || len(s.certificate.Certificate) != 1 {
			return k, false
		}
		k.Certificate, k.PrivateKey = s.certificate.Certificate[0], key
	}
	return k, true
}

// lease is a call that was written down, or should have been.
type lease struct {
	session *session
	call    keptCall
}

// give lets the call send up to where the next process would begin; news is told when that comes near.
// What could not be written down nobody goes on with, and so it may send what it likes.
func (l lease) give(written bool, news func()) {
	l.session.mu.Lock()
	g := l.session.guard
	l.session.mu.Unlock()
	switch {
	case g == nil || l.call.Secure == nil:
	case written:
		g.Lease(l.call.Secure.Next, l.call.Secure.Next-ahead/2, news)
	default:
		g.Lease(0, 0, nil)
	}
}

// news has the leg written down soon. It may be called from any goroutine and does not wait.
func (l *Leg) news() { l.tell(l.keepSoon) }

// keeps has the leg written down whenever something of a session changes that the next process needs.
func (l *Leg) keeps(s *session) {
	news := l.news
	s.news.Store(&news)
}

// tellNews tells that something is to be written down. It does not wait.
func (s *session) tellNews() {
	if news := s.news.Load(); news != nil {
		(*news)()
	}
}

// resecure takes up the protection of a call of an earlier process. It sends nothing before it is
// written down again.
func (s *session) resecure(k keptCall) error {
	if k.Secure == nil {
		if k.Agreed.Keying != sdp.Plain {
			return errors.New("the keys of its sound were not written down")
		}
		return nil
	}
	g := srtp.NewGuard(s.log)
	shaking, err := s.shaken(k)
	if err == nil {
		err = g.Resume(k.Secure.Kept, k.Numbers.SSRC, shaking)
	}
	if err != nil {
		g.Close()
		return fmt.Errorf("the keys of its sound: %w", err)
	}
	s.guard = g
	s.transport.Protect(g)
	return nil
}

// shaken is the handshake that the keys come from; nil: they come from the description.
func (s *session) shaken(k keptCall) (*srtp.Shaking, error) {
	if k.Agreed.Keying != sdp.DTLS {
		return nil, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(k.Secure.PrivateKey)
	if err != nil {
		return nil, err
	}
	prints, err := fingerprints(k.Agreed.Protected)
	if err != nil {
		return nil, err
	}
	s.certificate = tls.Certificate{Certificate: [][]byte{k.Secure.Certificate}, PrivateKey: key}
	shaking := s.shaking(k.Agreed.Protected, prints)
	return &shaking, nil
}
