package rtc

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"linekeeper/internal/media"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/srtp"
)

// ErrOffer means that a browser's offer cannot be answered; the text says why.
var ErrOffer = errors.New("unusable offer")

const (
	// maxOffer is the longest offer that is read.
	maxOffer = 64 << 10
	// maxToken is the longest name we repeat in an answer.
	maxToken = 64
	// maxFingerprints is how many certificates an offer may name.
	maxFingerprints = 8
)

// security is what an offer says for the session or for the stream.
type security struct {
	ufrag, pwd, setup string
	fingerprints      []srtp.Fingerprint
}

// offer is what we need of a browser's description.
type offer struct {
	security
	proto, mid       string
	bundle, mux      bool
	direction        string
	formats          []uint8
	names            map[uint8]string // of formats, in capitals, with the clock rate: "PCMU/8000"
	audioPT, eventPT uint8            // eventPT 0: none
	audio, events    string           // the same as written in the answer's rtpmap
}

// rtpmap is a codec as an rtpmap names it; false: browsers do not speak it.
func rtpmap(c media.Codec) (string, bool) {
	switch c.Name {
	case "PCMU", "PCMA", "G722":
		return c.Name + "/8000", c.ClockRate == 8000
	case sdp.Opus().Name:
		return "opus/48000/2", c.ClockRate == 48000
	}
	return "", false
}

// parseOffer reads an offer of exactly one audio stream that holds the wanted codec.
func parseOffer(text string, want media.Codec) (*offer, error) {
	if _, ok := rtpmap(want); !ok {
		return nil, fmt.Errorf("codec %s is not for browsers", want.Name)
	}
	switch {
	case len(text) > maxOffer:
		return nil, fmt.Errorf("%w: %d bytes", ErrOffer, len(text))
	case !strings.HasPrefix(text, "v=0"):
		return nil, fmt.Errorf("%w: it is no session description", ErrOffer)
	case !strings.HasSuffix(text, "\n"):
		return nil, fmt.Errorf("%w: its last line is cut", ErrOffer)
	}
	o := &offer{direction: "sendrecv", names: map[uint8]string{0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000"}}
	var session, stream security
	at := &session
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		letter, value, ok := strings.Cut(line, "=")
		if !ok || len(letter) != 1 {
			return nil, fmt.Errorf("%w: a line is not of a session description", ErrOffer)
		}
		var err error
		switch letter {
		case "m":
			if at == &stream {
				return nil, fmt.Errorf("%w: want exactly one stream, audio", ErrOffer)
			}
			at = &stream
			err = o.media(value)
		case "a":
			if name, value, _ := strings.Cut(value, ":"); !at.take(name, value) {
				err = o.attribute(name, value, at == &stream)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if at != &stream {
		return nil, fmt.Errorf("%w: it holds no stream", ErrOffer)
	}
	o.security = stream.or(session)
	return o, o.check(want)
}

// take notes an attribute that may stand in either place; false: it is none of those.
func (s *security) take(name, value string) bool {
	switch name {
	case "ice-ufrag":
		s.ufrag = value
	case "ice-pwd":
		s.pwd = value
	case "setup":
		s.setup = value
	case "fingerprint":
		if f, ok := srtp.ParseFingerprint(value); ok && len(s.fingerprints) < maxFingerprints {
			s.fingerprints = append(s.fingerprints, f)
		}
	default:
		return false
	}
	return true
}

// or fills from the session what the stream does not say.
func (s security) or(session security) security {
	if s.ufrag == "" && s.pwd == "" {
		s.ufrag, s.pwd = session.ufrag, session.pwd
	}
	if s.setup == "" {
		s.setup = session.setup
	}
	if len(s.fingerprints) == 0 {
		s.fingerprints = session.fingerprints
	}
	return s
}

// media reads the m= line.
func (o *offer) media(value string) error {
	f := strings.Fields(value)
	if len(f) < 4 || f[0] != "audio" {
		return fmt.Errorf("%w: want exactly one stream, audio", ErrOffer)
	}
	switch o.proto = f[2]; o.proto {
	case "UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "RTP/SAVPF":
	default:
		return fmt.Errorf("%w: its stream is not SRTP by DTLS", ErrOffer)
	}
	for _, pt := range f[3:] {
		if n, err := strconv.ParseUint(pt, 10, 7); err == nil && len(o.formats) < 128 {
			o.formats = append(o.formats, uint8(n))
		}
	}
	return nil
}

// attribute reads an attribute that matters here.
func (o *offer) attribute(name, value string, stream bool) error {
	switch name {
	case "ice-lite":
		return fmt.Errorf("%w: nobody would check the connection, both sides are ICE-lite", ErrOffer)
	case "group":
		o.bundle = o.bundle || strings.HasPrefix(value, "BUNDLE")
		return nil
	}
	if !stream {
		return nil
	}
	switch name {
	case "mid":
		o.mid = value
	case "rtcp-mux":
		o.mux = true
	case "sendrecv", "sendonly", "recvonly", "inactive":
		o.direction = name
	case "rtpmap":
		pt, codec, _ := strings.Cut(value, " ")
		n, err := strconv.ParseUint(pt, 10, 7)
		if err != nil {
			return fmt.Errorf("%w: an rtpmap is broken", ErrOffer)
		}
		codec = strings.ToUpper(strings.TrimSpace(codec))
		o.names[uint8(n)] = strings.TrimSuffix(codec, "/1") // one channel, the default
	}
	return nil
}

// check refuses what cannot be answered and finds the payload types.
func (o *offer) check(want media.Codec) error {
	switch {
	case !isICE(o.ufrag, 4) || !isICE(o.pwd, 22):
		return fmt.Errorf("%w: it holds no ICE user and password", ErrOffer)
	case len(o.fingerprints) == 0:
		return fmt.Errorf("%w: it holds no fingerprint of SHA-256 or better", ErrOffer)
	case !isToken(o.mid):
		return fmt.Errorf("%w: its stream has no media id", ErrOffer)
	case !o.mux:
		return fmt.Errorf("%w: it wants a second port for RTCP", ErrOffer)
	case o.setup != "" && o.setup != "actpass" && o.setup != "active" && o.setup != "passive":
		return fmt.Errorf("%w: nobody would begin DTLS", ErrOffer)
	}
	o.audio, _ = rtpmap(want)
	i := slices.IndexFunc(o.formats, func(pt uint8) bool { return o.names[pt] == strings.ToUpper(o.audio) })
	if i < 0 {
		return fmt.Errorf("%w: it does not hold %s", ErrOffer, want.Name)
	}
	o.audioPT = o.formats[i]
	o.events = "telephone-event/" + strconv.Itoa(want.ClockRate)
	events := strings.ToUpper(o.events)
	if i = slices.IndexFunc(o.formats, func(pt uint8) bool { return o.names[pt] == events }); i >= 0 {
		o.eventPT = o.formats[i]
	}
	return nil
}

// isICE checks a user or password (RFC 8839, section 5.4).
func isICE(s string, least int) bool {
	return len(s) >= least && len(s) <= 256 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '+' && r != '/' && !isAlphanumeric(r)
	})
}

// isToken checks a name we repeat.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("!#$%&'*+-.^_`{|}~", r) && !isAlphanumeric(r)
	})
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// weBegin says whether we are the DTLS client. Where the browser leaves it to us it begins, because it
// knows when its path is open.
func (o *offer) weBegin() bool { return o.setup == "passive" }

// own is our side of the negotiation.
type own struct {
	ufrag, pwd  string
	certificate srtp.Certificate
	ssrc        uint32
	udp, tcp    []netip.AddrPort // candidates
}

// answer writes our description.
func (o *offer) answer(w own) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("v=0\r\no=- %d 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite", w.ssrc)
	if o.bundle {
		line("a=group:BUNDLE %s", o.mid)
	}
	line("a=msid-semantic: WMS line")
	formats := strconv.Itoa(int(o.audioPT))
	if o.eventPT != 0 {
		formats += " " + strconv.Itoa(int(o.eventPT))
	}
	line("m=audio 9 %s %s\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0", o.proto, formats)
	line("a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s", w.ufrag, w.pwd, w.certificate.Fingerprint)
	setup := "passive"
	if o.weBegin() {
		setup = "active"
	}
	direction := map[string]string{"sendonly": "recvonly", "recvonly": "sendonly"}[o.direction]
	if direction == "" {
		direction = o.direction
	}
	line("a=setup:%s\r\na=mid:%s\r\na=%s\r\na=rtcp-mux", setup, o.mid, direction)
	line("a=rtpmap:%d %s", o.audioPT, o.audio)
	if o.audio == "opus/48000/2" {
		line("a=fmtp:%d %s", o.audioPT, sdp.OpusParameters)
	}
	if o.eventPT != 0 {
		line("a=rtpmap:%d %s\r\na=fmtp:%d 0-15", o.eventPT, o.events, o.eventPT)
	}
	line("a=ptime:20\r\na=msid:line audio\r\na=ssrc:%d cname:line\r\na=ssrc:%d msid:line audio", w.ssrc, w.ssrc)
	// Priorities by RFC 8445, section 5.1.2: host candidates, UDP before TCP, in our order.
	for i, a := range w.udp {
		line("a=candidate:%d 1 udp %d %s %d typ host", i+1, 126<<24|(65535-i)<<8|255, a.Addr(), a.Port())
	}
	for i, a := range w.tcp {
		line("a=candidate:%d 1 tcp %d %s %d typ host tcptype passive", len(w.udp)+i+1, 90<<24|(65535-i)<<8|255, a.Addr(), a.Port())
	}
	line("a=end-of-candidates")
	return b.String()
}
