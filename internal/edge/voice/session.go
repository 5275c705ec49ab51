package voice

import (
	"bytes"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"

	"linekeeper/internal/media"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
	"linekeeper/internal/wire/srtp"
)

// noisePT is comfort noise (RFC 3389); it has a static payload type.
const noisePT = 13

// gate is plain RTP that can be told not to send, for a party that put us on hold (RFC 3264, section
// 8.4). What the party sends is still heard.
type gate struct {
	*media.UDPTransport
	shut atomic.Bool
}

// Write implements media.Transport.
func (g *gate) Write(pkt []byte) error {
	if g.shut.Load() {
		return nil
	}
	return g.UDPTransport.Write(pkt)
}

// session is what one SIP call's two sides agreed upon: offer and answer on one hand, the transport
// and the media leg that follow them on the other. Offers of the peer come on the SIP call's goroutine,
// which the leg's must never wait for nor be waited for by; so it is guarded by a mutex instead of
// belonging to the leg.
type session struct {
	transport *gate
	nat       bool
	signal    netip.Addr // where the peer's signalling comes from
	// changed is told after each agreement but the first, outside the lock.
	changed func(held bool)
	news    atomic.Pointer[func()] // told when there is something to write down; nil: nobody wants to know

	mu      sync.Mutex
	media   *media.Leg  // nil until the first agreement
	codecs  []sdp.Codec // what we take, by preference; after the first agreement only the agreed one
	local   sdp.Local
	sent    []byte       // our latest description
	offered *sdp.Session // our offer that awaits its answer; nil: none
	agreed  sdp.Negotiated
	held    bool      // the peer put us on hold
	noise   bool      // the peer takes comfort noise
	moved   bool      // the peer has made an offer of its own, which we answered, since we began
	line    *keptLine // of an answered call out; nil: it is none

	certificate tls.Certificate // for DTLS
	guard       *srtp.Guard     // nil: the sound is plain
	log         *slog.Logger
}

// newSession begins a session on a socket of ours; address is what the peer shall send to.
func newSession(transport *media.UDPTransport, address netip.AddrPort, nat bool, signal netip.Addr, codecs []sdp.Codec) *session {
	return &session{
		transport: &gate{UDPTransport: transport}, nat: nat, signal: signal, codecs: codecs,
		local: sdp.Local{Address: address, SessionID: uint64(rand.Uint32()), Version: 1},
	}
}

// answer takes the peer's offer and gives our answer. Our order of preference decides, not the
// peer's: a center wants one codec on both sides. An error leaves everything as it was.
func (s *session) answer(offer *sdp.Session) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var refusal error
	for _, codec := range s.codecs {
		answer, chosen, err := sdp.Answer(offer, s.local, codec)
		if err != nil {
			refusal = err
			continue
		}
		if err := s.agree(chosen, offer); err != nil {
			return nil, err
		}
		return s.describe(answer), nil
	}
	return nil, refusal
}

// isFrom says where the peer's signalling comes from, before there is an agreement.
func (s *session) isFrom(signal netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signal = signal
}

// moveTo sets what the peer shall send to, before there is an offer.
func (s *session) moveTo(address netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.local.Address = address
}

// offer makes our offer, for a peer that sent none or a call of ours.
func (s *session) offer() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offered = sdp.Offer(s.local, s.codecs...)
	return s.describe(s.offered)
}

// accept takes the peer's answer to our offer; nil: it was missing or could not be read.
func (s *session) accept(answer *sdp.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offered == nil {
		return errors.New("an answer without an offer")
	}
	if answer == nil {
		return errors.New("no session description in the answer")
	}
	chosen, err := sdp.Accept(s.offered, answer)
	if err != nil {
		return err
	}
	if err := s.agree(chosen, answer); err != nil {
		return err
	}
	s.offered = nil
	return nil
}

// taken takes the 200 to a call of ours. What the peer offered before it is agreed already.
func (s *session) taken(answer sip.Answer) error {
	if !answer.Settled {
		return s.accept(answer.Session)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offered = nil
	return nil
}

// reoffered answers an offer inside the dialog: hold, resume, another address, a refresh. A nil offer
// asks for ours.
func (s *session) reoffered(offer *sdp.Session) (body []byte, code int) {
	if offer == nil {
		return s.offer(), 200
	}
	body, err := s.answer(offer)
	if err != nil {
		return nil, 488
	}
	s.mu.Lock()
	s.moved = true
	s.mu.Unlock()
	s.tell()
	return body, 200
}

// reanswered takes the answer to the offer that reoffered gave, or to the description sent last, which the
// stack offers again to refresh the call.
func (s *session) reanswered(answer *sdp.Session) error {
	s.mu.Lock()
	if s.offered == nil {
		s.offered, _ = sdp.Parse(s.sent)
	}
	s.mu.Unlock()
	err := s.accept(answer)
	if err == nil {
		s.tell()
	}
	return err
}

func (s *session) tell() {
	s.mu.Lock()
	held, changed := s.held, s.changed
	s.mu.Unlock()
	s.tellNews()
	if changed != nil {
		changed(held)
	}
}

// describe writes our description; its version grows only when it differs from the last one (RFC 3264,
// section 8). The lock is held.
func (s *session) describe(d *sdp.Session) []byte {
	d.Origin.Version = s.local.Version
	body := d.Bytes()
	if s.sent != nil && !bytes.Equal(body, s.sent) {
		s.local.Version++
		d.Origin.Version = s.local.Version
		body = d.Bytes()
	}
	s.sent = body
	return body
}

// agree carries out what was agreed; an error leaves everything as it was. The lock is held.
func (s *session) agree(chosen sdp.Negotiated, theirs *sdp.Session) error {
	prints, err := fingerprints(chosen.Protected)
	if err != nil {
		return err
	}
	// Before there are keys: a handshake begins at once.
	s.transport.Renegotiate(media.UDPConfig{Remote: chosen.Remote, NAT: s.nat, Signal: s.signal, Mux: chosen.Mux, Reports: chosen.Reports})
	_ = s.transport.OpenReports() // somebody else has the port: then there are no reports
	if err := s.secure(chosen.Protected, prints); err != nil {
		return err
	}
	s.agreed, s.held, s.noise = chosen, theirs.Held(), offersNoise(theirs)
	s.codecs = []sdp.Codec{chosen.Codec}
	s.transport.shut.Store(!chosen.Direction.Sends())
	if s.media != nil {
		s.media.Renegotiate(agreedCodec(chosen), chosen.EventsPT, s.noise)
	}
	return nil
}

// open makes the media leg of what was agreed or, while nothing is, of what we would like best.
func (s *session) open(c media.LegConfig) *media.Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Transport, c.Events, c.Noise = s.transport, s.agreed.EventsPT, s.noise
	c.Codec = mediaCodec(s.codecs[0])
	c.Codec.EventRate = s.agreed.EventRate
	s.media = media.NewLeg(c)
	return s.media
}

// codec is what was agreed, or what we would like best.
func (s *session) codec() media.Codec {
	s.mu.Lock()
	defer s.mu.Unlock()
	return mediaCodec(s.codecs[0])
}

// isHeld says whether the peer put us on hold.
func (s *session) isHeld() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// agreement is what was agreed last.
func (s *session) agreement() sdp.Negotiated {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.agreed
}

func offersNoise(d *sdp.Session) bool {
	m := d.Audio()
	if m == nil {
		return false
	}
	for _, f := range m.Formats {
		if f.PayloadType == noisePT {
			return true
		}
	}
	return false
}
