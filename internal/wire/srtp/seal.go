package srtp

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"

	pionrtcp "github.com/pion/rtcp"
	pionrtp "github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"linekeeper/internal/media"
)

const (
	// replayWindow is how far, in packets, one may be late.
	replayWindow = 128
	// SealRoom is what sealing adds at most: a tag of 16 bytes, for RTCP 4 of index more.
	SealRoom = 20
)

// ErrNoKeys is what a Sealer says before it has keys.
var ErrNoKeys = errors.New("there are no SRTP keys yet")

// Verdict is what opening a packet led to.
type Verdict uint8

// The verdicts.
const (
	Early  Verdict = iota // there are no keys yet
	Opened                // it is authentic and new
	Forged                // it is not, or was seen before
)

// Opener verifies and decrypts what a party sends. It is safe for concurrent use.
type Opener struct {
	mu        sync.Mutex
	keys      *srtp.Context // nil: none yet
	key       Key
	header    pionrtp.Header
	report    pionrtcp.Header
	sources   []source
	limit     int
	confirmed chan struct{} // closed by the first authentic packet: the party has finished DTLS too
	heard     bool
}

// NewOpener makes one without keys, for at most so many SSRCs: each keeps a replay window.
func NewOpener(sources int) *Opener { return &Opener{limit: sources, confirmed: make(chan struct{})} }

// Use takes keys. The same keys again change nothing: what was seen stays seen.
func (o *Opener) Use(k Key) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keys != nil && o.key.Equal(k) {
		return nil
	}
	c, err := k.context(srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return err
	}
	o.keys, o.key, o.sources = c, k, nil
	return nil
}

// Ready says whether there are keys.
func (o *Opener) Ready() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.keys != nil
}

// Confirmed is closed by the first authentic packet.
func (o *Opener) Confirmed() <-chan struct{} { return o.confirmed }

// RTP opens b into dst, which has room for a packet.
func (o *Opener) RTP(dst, b []byte) (int, Verdict) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keys == nil {
		return 0, Early
	}
	ssrc := binary.BigEndian.Uint32(b[8:]) // classified as RTP: long enough
	from := o.find(ssrc)
	if !o.room(from) || from != nil && !o.after(from, b) {
		return 0, Forged
	}
	number := binary.BigEndian.Uint16(b[2:]) // before it is opened in place
	out, err := o.keys.DecryptRTP(dst[:0], b, &o.header)
	n, verdict := o.verify(out, err)
	if verdict == Opened {
		o.heardRTP(from, ssrc, number)
	}
	return n, verdict
}

// RTCP opens b into dst.
func (o *Opener) RTCP(dst, b []byte) (int, Verdict) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keys == nil {
		return 0, Early
	}
	if len(b) < 8 { // its header and SSRC
		return 0, Forged
	}
	ssrc := binary.BigEndian.Uint32(b[4:])
	from := o.find(ssrc)
	if !o.room(from) {
		return 0, Forged
	}
	out, err := o.keys.DecryptRTCP(dst[:0], b, &o.report)
	n, verdict := o.verify(out, err)
	if verdict == Opened && from == nil {
		o.sources = append(o.sources, source{ssrc: ssrc})
	}
	return n, verdict
}

// verify notes an authentic packet; mu is held.
func (o *Opener) verify(out []byte, err error) (int, Verdict) {
	if err != nil || len(out) > media.MaxPacket {
		return 0, Forged
	}
	if !o.heard {
		o.heard = true
		close(o.confirmed)
	}
	return len(out), Opened
}

// Sealer encrypts and signs what we send. It is safe for concurrent use.
type Sealer struct {
	mu     sync.Mutex
	keys   *srtp.Context // nil: none yet
	key    Key
	header pionrtp.Header
	report pionrtcp.Header
	lease
}

// Use takes keys. The same keys again change nothing: no number is used twice.
func (s *Sealer) Use(k Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys != nil && s.key.Equal(k) {
		return nil
	}
	c, err := k.context()
	if err != nil {
		return err
	}
	s.keys, s.key = c, k
	s.next, s.limit = 0, 0
	return nil
}

// Ready says whether there are keys.
func (s *Sealer) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys != nil
}

// RTP seals the first n bytes of b in place; b has SealRoom more.
func (s *Sealer) RTP(b []byte, n int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		return nil, ErrNoKeys
	}
	if err := s.take(binary.BigEndian.Uint16(b[2:])); err != nil {
		return nil, err
	}
	return s.keys.EncryptRTP(b[:0], b[:n], &s.header)
}

// RTCP seals the first n bytes of b in place.
func (s *Sealer) RTCP(b []byte, n int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		return nil, ErrNoKeys
	}
	s.forward(b[:n], time.Now())
	return s.keys.EncryptRTCP(b[:0], b[:n], &s.report)
}
