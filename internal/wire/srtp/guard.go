package srtp

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
)

const (
	// guardSources bounds the SSRCs of one call: each transfer in the peer's house brings another.
	guardSources = 64
	// shakeTime is how long a handshake may take.
	shakeTime = 20 * time.Second
	// maxAttempts is how many handshakes may fail before DTLS is given up. More than one, because the
	// first records are not authenticated: a stranger's may spoil them.
	maxAttempts = 4
)

var errTooShort = errors.New("the packet is not RTP")

// Guard protects one call's sound; it implements media.Guard. Make it with NewGuard, give it keys with
// Use or Begin, and close it.
type Guard struct {
	log    *slog.Logger
	opener *Opener
	sealer Sealer
	life   context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	over     bool
	shaking  *Shaking // nil: no DTLS
	records  *Records // of the handshake that is running or not yet confirmed
	attempts int
	shaken   bool
}

// Shaking is a handshake and what it needs of the call.
type Shaking struct {
	Handshake
	Send func(b []byte) // sends a datagram; it may lose it and must not keep it
	Done func()         // tells that there are keys; nil: nobody wants to know
}

var _ media.Guard = (*Guard)(nil)

// NewGuard makes a guard without keys: it refuses everything.
func NewGuard(log *slog.Logger) *Guard {
	if log == nil {
		log = slog.Default()
	}
	g := &Guard{log: log, opener: NewOpener(guardSources)}
	g.life, g.cancel = context.WithCancel(context.Background())
	return g
}

// Use takes keys of a session description. Those in use already change nothing.
func (g *Guard) Use(theirs, ours Key) error {
	return errors.Join(g.opener.Use(theirs), g.sealer.Use(ours))
}

// Ready says whether there are keys.
func (g *Guard) Ready() bool { return g.opener.Ready() && g.sealer.Ready() }

// Begin agrees on keys by DTLS. The same party again, as after a hold, changes nothing (RFC 8842,
// section 3); another certificate begins a new handshake, and until it is done the old keys hold.
func (g *Guard) Begin(s Shaking) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s.Log == nil {
		s.Log = g.log
	}
	if g.shaking != nil && g.shaking.Client == s.Client && slices.EqualFunc(g.shaking.Fingerprints, s.Fingerprints, Fingerprint.equal) {
		return
	}
	if g.records != nil {
		_ = g.records.Close()
	}
	g.shaking, g.records, g.attempts, g.shaken = &s, nil, 0, false
	if s.Client {
		g.attempt()
	}
}

func (f Fingerprint) equal(o Fingerprint) bool {
	return f.hash == o.hash && slices.Equal(f.sum, o.sum)
}

// Shake implements media.Guard.
func (g *Guard) Shake(b []byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.shaking == nil || !Admissible(b, false):
		return false
	case g.shaken && g.records == nil:
		return true // repeats of the handshake, or a goodbye: the call's own signalling says when it ends
	case g.records == nil && !g.shaking.Client:
		g.attempt()
	}
	if g.records != nil {
		g.records.Give(b)
	}
	return true
}

// attempt begins a handshake; mu is held.
func (g *Guard) attempt() {
	if g.over || g.attempts == maxAttempts {
		return
	}
	g.attempts++
	s := g.shaking
	r := NewRecords(s.Send)
	g.records = r
	g.work.Go(func() { g.connect(s, r) })
}

// connect shakes hands and ends DTLS as soon as nothing of it is needed any more.
func (g *Guard) connect(s *Shaking, r *Records) {
	err := g.agree(s, r)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.records != r {
		return // replaced meanwhile
	}
	g.records = nil
	if err != nil {
		s.Log.Debug("a DTLS handshake failed", "error", err)
		if s.Client {
			g.attempt()
		}
	}
}

// agree shakes hands, takes the keys and waits until the other side has finished too: until then only
// the connection can repeat our last flight.
func (g *Guard) agree(s *Shaking, r *Records) error {
	ctx, cancel := context.WithTimeout(g.life, shakeTime)
	defer cancel()
	conn, err := s.Do(ctx, r)
	if conn != nil {
		defer func() {
			r.Redirect(func([]byte) {}) // no goodbye: BYE says it
			_ = conn.Close()
		}()
	}
	if err != nil {
		return err
	}
	theirs, ours, err := Exported(conn, s.Client)
	if err != nil {
		return err
	}
	g.mu.Lock()
	current := g.shaking == s
	g.shaken = g.shaken || current
	g.mu.Unlock()
	if !current {
		return nil
	}
	if err := g.Use(theirs, ours); err != nil {
		return err
	}
	if s.Done != nil {
		s.Done()
	}
	if !s.Client {
		select {
		case <-g.opener.Confirmed():
		case <-r.Closed:
		case <-g.life.Done():
		}
	}
	return nil
}

// Open implements media.Guard.
func (g *Guard) Open(b []byte) (int, bool) {
	if len(b) < rtp.HeaderSize {
		return 0, false
	}
	n, verdict := g.opener.RTP(b, b)
	return n, verdict == Opened
}

// Seal implements media.Guard.
func (g *Guard) Seal(dst, pkt []byte) ([]byte, error) {
	if len(pkt) < rtp.HeaderSize {
		return nil, errTooShort
	}
	return g.sealer.RTP(dst, copy(dst, pkt))
}

// Close implements media.Guard.
func (g *Guard) Close() {
	g.mu.Lock()
	g.over = true
	g.mu.Unlock()
	g.cancel()
	g.work.Wait()
}
