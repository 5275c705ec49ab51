package rtc

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/pion/dtls/v3"
)

const (
	// flightInterval is when DTLS repeats first; it doubles.
	flightInterval = 400 * time.Millisecond
	// maxAttempts is how many handshakes may fail before a browser is given up. More than one, because
	// the first records are not authenticated: a stranger's may spoil them.
	maxAttempts = 4
	// recordQueue is how many datagrams wait for DTLS.
	recordQueue = 16
	// wakeEvery is how often a sealed alert is looked at, at most.
	wakeEvery = 200 * time.Millisecond
)

var errFingerprint = errors.New("the browser's certificate is not the one its offer names")

// What a DTLS record is (RFC 6347, section 4.1).
const (
	recordHeader    = 13
	changeCipher    = 20
	alertRecord     = 21
	handshakeRecord = 22
)

// admissible says whether a datagram may be shown to DTLS. Alerts in the clear may not: anybody can
// write one, and pion would end the connection over it, even long after the handshake. Nor may
// application data, which nobody reads. late: only sealed alerts.
func admissible(b []byte, late bool) bool {
	for len(b) > 0 {
		if len(b) < recordHeader {
			return false
		}
		sealed := binary.BigEndian.Uint16(b[3:]) > 0
		size := recordHeader + int(binary.BigEndian.Uint16(b[11:]))
		if size > len(b) || b[1] != 0xfe {
			return false
		}
		switch b[0] {
		case alertRecord:
			if !sealed {
				return false
			}
		case changeCipher, handshakeRecord:
			if late {
				return false
			}
		default:
			return false
		}
		b = b[size:]
	}
	return true
}

// hearDTLS takes a datagram of DTLS that came by one of the browser's paths.
func (p *Endpoint) hearDTLS(b []byte, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over || p.life.Err() != nil:
		return // the answer to our goodbye, most likely
	case p.asleep != nil:
		switch {
		case !admissible(b, true):
			if admissible(b, false) {
				return // repeats of the handshake that were long under way
			}
		case !p.waking && now.Sub(p.wokenAt) >= wakeEvery:
			p.wake(b, now)
			return
		}
	case admissible(b, false):
		if p.records == nil && !p.begins {
			p.shake()
		}
		if p.records != nil {
			p.records.give(b)
			return
		}
	}
	p.strays.dtls.Add(1)
}

// shake begins a handshake; mu is held.
func (p *Endpoint) shake() {
	if p.attempts == maxAttempts {
		return
	}
	p.attempts++
	r := newRecords(func(b []byte) {
		if way := p.selected.Load(); way != nil {
			_ = way.send(b)
		}
	})
	p.records = r
	p.start(func() { p.connect(r) })
}

// connect shakes hands, installs the keys and waits until DTLS may sleep.
func (p *Endpoint) connect(r *records) {
	conn, err := p.handshake(r)
	if err == nil {
		err = p.install(conn)
	}
	if err != nil {
		p.engine.log.Debug("a browser's DTLS handshake failed", "error", err)
		if conn != nil {
			_ = conn.Close()
		}
		p.mu.Lock()
		p.records = nil
		last := p.attempts == maxAttempts
		p.mu.Unlock()
		if last {
			p.leave()
		}
		return
	}
	p.become(Connected)
	p.catchUp()
	if !p.begins {
		// Until the browser is heard it may not have our last flight, and only conn can repeat it.
		select {
		case <-p.opener.confirmed:
		case <-r.closed:
		case <-p.life.Done():
		}
	}
	select {
	case <-r.closed: // the browser said goodbye
		_ = conn.Close()
		p.leave()
	case <-p.life.Done():
		_ = conn.Close() // says goodbye
	default:
		p.sleep(conn, r)
	}
}

// handshake returns a connection whose other end owns the certificate of the offer.
func (p *Endpoint) handshake(r *records) (*dtls.Conn, error) {
	shared := []dtls.Option{
		dtls.WithCertificates(p.certificate),
		dtls.WithSRTPProtectionProfiles(profiles()...),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		// There is no authority: the fingerprint, which came with the offer, decides.
		dtls.WithInsecureSkipVerify(true),
		dtls.WithVerifyPeerCertificate(func(chain [][]byte, _ [][]*x509.Certificate) error { return p.verify(chain) }),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithLoggerFactory(loggers{p.engine.log}),
	}
	var conn *dtls.Conn
	var err error
	if p.begins {
		var options []dtls.ClientOption
		for _, o := range shared {
			options = append(options, o)
		}
		conn, err = dtls.ClientWithOptions(r, nowhere(), options...)
	} else {
		options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, o := range shared {
			options = append(options, o)
		}
		conn, err = dtls.ServerWithOptions(r, nowhere(), options...)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(p.life, goneAfter)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return conn, err
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return conn, errProfile
	}
	return conn, p.verify(state.PeerCertificates)
}

// verify compares the browser's certificate with the offer (RFC 5763, section 5).
func (p *Endpoint) verify(chain [][]byte) error {
	if len(chain) > 0 && slices.ContainsFunc(p.fingerprints, func(f fingerprint) bool { return f.of(chain[0]) }) {
		return nil
	}
	return errFingerprint
}

// sleep ends the goroutines and buffers of a confirmed connection: all it will ever do again is to say
// goodbye, which is sealed now, and to understand the browser's goodbye, for which it is woken.
func (p *Endpoint) sleep(conn *dtls.Conn, r *records) {
	state, ok := conn.ConnectionState()
	var farewell []byte
	r.redirect(func(b []byte) { farewell = slices.Clone(b) })
	_ = conn.Close()
	p.mu.Lock()
	p.records, p.farewell = nil, farewell
	if ok {
		p.asleep = &state
	}
	over := p.over
	select {
	case b := <-r.in: // came meanwhile; it may be the goodbye
		if ok && admissible(b, true) {
			p.wake(b, time.Now())
		}
	default:
	}
	p.mu.Unlock()
	if way := p.selected.Load(); over && way != nil {
		_ = way.send(farewell) // Close came before it was there
	}
}

// wake shows a sealed alert to the sleeping connection; mu is held. If it is the browser's goodbye, the
// browser is gone.
func (p *Endpoint) wake(b []byte, now time.Time) {
	p.waking, p.wokenAt = true, now
	state := p.asleep
	r := newRecords(func([]byte) {})
	r.give(b)
	close(r.in)
	p.start(func() {
		if p.goodbye(state, r) {
			p.leave()
		}
		p.mu.Lock()
		p.waking = false
		p.mu.Unlock()
	})
}

// goodbye says whether the records end the connection.
func (p *Endpoint) goodbye(state *dtls.State, r *records) bool {
	conn, err := dtls.ResumeWithOptions(state, r, nowhere(), dtls.WithCertificates(p.certificate), dtls.WithLoggerFactory(loggers{p.engine.log}))
	if err != nil {
		p.engine.log.Debug("a browser's DTLS connection does not wake", "error", err)
		return false
	}
	defer conn.Close()
	if err := conn.HandshakeContext(p.life); err != nil {
		// The reader was faster than the handshake, which is none.
		p.engine.log.Debug("a browser's DTLS connection ended while it woke", "error", err)
	}
	select {
	case <-r.closed:
	case <-r.drained:
	case <-p.life.Done():
	}
	select {
	case <-r.closed:
		return !r.ranDry.Load()
	default:
		return false
	}
}
