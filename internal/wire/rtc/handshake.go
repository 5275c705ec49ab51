package rtc

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pion/dtls/v3"

	"linekeeper/internal/wire/srtp"
)

const (
	// maxAttempts is how many handshakes may fail before a browser is given up. More than one, because
	// the first records are not authenticated: a stranger's may spoil them.
	maxAttempts = 4
	// wakeEvery is how often a sealed alert is looked at, at most.
	wakeEvery = 200 * time.Millisecond
)

// hearDTLS takes a datagram of DTLS that came by one of the browser's paths.
func (p *Endpoint) hearDTLS(b []byte, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over || p.life.Err() != nil:
		return // the answer to our goodbye, most likely
	case p.asleep != nil:
		switch {
		case !srtp.Admissible(b, true):
			if srtp.Admissible(b, false) {
				return // repeats of the handshake that were long under way
			}
		case !p.waking && now.Sub(p.wokenAt) >= wakeEvery:
			p.wake(b, now)
			return
		}
	case srtp.Admissible(b, false):
		if p.records == nil && !p.begins {
			p.shake()
		}
		if p.records != nil {
			p.records.Give(b)
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
	r := srtp.NewRecords(func(b []byte) {
		if way := p.selected.Load(); way != nil {
			_ = way.send(b)
		}
	})
	p.records = r
	p.start(func() { p.connect(r) })
}

// connect shakes hands, installs the keys and waits until DTLS may sleep.
func (p *Endpoint) connect(r *srtp.Records) {
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
		case <-p.opener.Confirmed():
		case <-r.Closed:
		case <-p.life.Done():
		}
	}
	select {
	case <-r.Closed: // the browser said goodbye
		_ = conn.Close()
		p.leave()
	case <-p.life.Done():
		_ = conn.Close() // says goodbye
	default:
		p.sleep(conn, r)
	}
}

// handshake returns a connection whose other end owns the certificate of the offer.
func (p *Endpoint) handshake(r *srtp.Records) (*dtls.Conn, error) {
	ctx, cancel := context.WithTimeout(p.life, goneAfter)
	defer cancel()
	return p.shaking.Do(ctx, r)
}

// install takes the keys of a handshake.
func (p *Endpoint) install(conn *dtls.Conn) error {
	theirs, ours, err := srtp.Exported(conn, p.begins)
	if err != nil {
		return err
	}
	return errors.Join(p.opener.Use(theirs), p.sealer.Use(ours))
}

// sleep ends the goroutines and buffers of a confirmed connection: all it will ever do again is to say
// goodbye, which is sealed now, and to understand the browser's goodbye, for which it is woken.
func (p *Endpoint) sleep(conn *dtls.Conn, r *srtp.Records) {
	state, ok := conn.ConnectionState()
	var farewell []byte
	r.Redirect(func(b []byte) { farewell = slices.Clone(b) })
	_ = conn.Close()
	p.mu.Lock()
	p.records, p.farewell = nil, farewell
	if ok {
		p.asleep = &state
	}
	over := p.over
	if b := r.Take(); b != nil && ok && srtp.Admissible(b, true) { // came meanwhile; it may be the goodbye
		p.wake(b, time.Now())
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
	r := srtp.NewRecords(func([]byte) {})
	r.Give(b)
	r.Finish()
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
func (p *Endpoint) goodbye(state *dtls.State, r *srtp.Records) bool {
	conn, err := p.shaking.Resume(state, r)
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
	case <-r.Closed:
	case <-r.Drained:
	case <-p.life.Done():
	}
	select {
	case <-r.Closed:
		return !r.RanDry()
	default:
		return false
	}
}
