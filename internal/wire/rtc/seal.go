package rtc

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"

	"github.com/pion/dtls/v3"
	pionrtcp "github.com/pion/rtcp"
	pionrtp "github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"linekeeper/internal/media"
)

const (
	// replayWindow is how far, in packets, one may be late.
	replayWindow = 128
	// maxSources bounds the SSRCs one browser may use: each keeps a replay window.
	maxSources = 8
	// sealRoom is what sealing adds at most: a tag of 16 bytes, for RTCP 4 of index more.
	sealRoom = 20
	// keyLabel is for the keys of SRTP (RFC 5764, section 4.2).
	keyLabel = "EXTRACTOR-dtls_srtp"
)

var errProfile = errors.New("no SRTP profile was agreed on")

// verdict is what opening a packet led to.
type verdict uint8

const (
	early  verdict = iota // there are no keys yet
	opened                // it is authentic and new
	forged                // it is not, or was seen before
)

// opener verifies and decrypts what the browser sends.
type opener struct {
	mu        sync.Mutex
	keys      *srtp.Context // nil: none yet
	header    pionrtp.Header
	report    pionrtcp.Header
	sources   []uint32
	confirmed chan struct{} // closed by the first authentic packet: the browser has finished DTLS too
	heard     bool
}

// rtp opens b into dst, which has room for a packet.
func (o *opener) rtp(dst, b []byte) (int, verdict) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keys == nil {
		return 0, early
	}
	ssrc := binary.BigEndian.Uint32(b[8:]) // classified as RTP: long enough
	if !o.room(ssrc) {
		return 0, forged
	}
	out, err := o.keys.DecryptRTP(dst[:0], b, &o.header)
	return o.verify(out, err, ssrc)
}

// rtcp opens b into dst.
func (o *opener) rtcp(dst, b []byte) (int, verdict) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keys == nil {
		return 0, early
	}
	if len(b) < rtcpHeader {
		return 0, forged
	}
	ssrc := binary.BigEndian.Uint32(b[4:])
	if !o.room(ssrc) {
		return 0, forged
	}
	out, err := o.keys.DecryptRTCP(dst[:0], b, &o.report)
	return o.verify(out, err, ssrc)
}

// room says whether a packet of that source may be opened; mu is held.
func (o *opener) room(ssrc uint32) bool {
	return len(o.sources) < maxSources || slices.Contains(o.sources, ssrc)
}

// verify notes an authentic packet; mu is held.
func (o *opener) verify(out []byte, err error, ssrc uint32) (int, verdict) {
	if err != nil || len(out) > media.MaxPacket {
		return 0, forged
	}
	if !slices.Contains(o.sources, ssrc) {
		o.sources = append(o.sources, ssrc)
	}
	if !o.heard {
		o.heard = true
		close(o.confirmed)
	}
	return len(out), opened
}

// sealer encrypts and signs what we send.
type sealer struct {
	mu     sync.Mutex
	keys   *srtp.Context // nil: none yet
	header pionrtp.Header
	report pionrtcp.Header
}

// rtp seals the first n bytes of b in place; b has sealRoom more.
func (s *sealer) rtp(b []byte, n int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		return nil, errNotYet
	}
	return s.keys.EncryptRTP(b[:0], b[:n], &s.header)
}

// rtcp seals the first n bytes of b in place.
func (s *sealer) rtcp(b []byte, n int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		return nil, errNotYet
	}
	return s.keys.EncryptRTCP(b[:0], b[:n], &s.report)
}

// profiles are what we agree to, the best first.
func profiles() []dtls.SRTPProtectionProfile {
	return []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80}
}

// install takes the keys of a handshake.
func (p *Endpoint) install(conn *dtls.Conn) error {
	agreed, ok := conn.SelectedSRTPProtectionProfile()
	if !ok || !slices.Contains(profiles(), agreed) {
		return errProfile
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return errProfile
	}
	profile := srtp.ProtectionProfile(agreed)
	key, err := profile.KeyLen()
	if err != nil {
		return err
	}
	salt, err := profile.SaltLen()
	if err != nil {
		return err
	}
	m, err := state.ExportKeyingMaterial(keyLabel, nil, 2*(key+salt))
	if err != nil {
		return err
	}
	client, server := [2][]byte{m[:key], m[2*key : 2*key+salt]}, [2][]byte{m[key : 2*key], m[2*key+salt:]}
	theirs, ours := client, server
	if p.begins {
		theirs, ours = server, client
	}
	in, err := srtp.CreateContext(theirs[0], theirs[1], profile, srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return err
	}
	out, err := srtp.CreateContext(ours[0], ours[1], profile)
	if err != nil {
		return err
	}
	p.opener.mu.Lock()
	p.opener.keys = in
	p.opener.mu.Unlock()
	p.sealer.mu.Lock()
	p.sealer.keys = out
	p.sealer.mu.Unlock()
	return nil
}
