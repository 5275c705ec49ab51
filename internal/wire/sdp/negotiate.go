package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// eventsPT is the payload type we offer for telephone-event; most peers use 101 themselves.
const eventsPT = 101

// defaultPtime is what RFC 3551 gives G.711.
const defaultPtime = 20 * time.Millisecond

// Offer makes an offer of one audio stream with the codecs in order of preference and, unless
// local.NoEvents, telephone-event at each of their clock rates, at 8000 with payload type 101. No
// codecs means PCMU and PCMA.
func Offer(local Local, codecs ...Codec) *Session {
	if len(codecs) == 0 {
		codecs = []Codec{pcmu, pcma}
	}
	s := local.session()
	m := local.media(local.Protection.proto())
	for _, c := range codecs {
		m.Formats = append(m.Formats, c.format(int(c.PayloadType)))
	}
	if !local.NoEvents {
		m.offerEvents(codecs)
	}
	m.Direction = local.Direction
	local.Protection.offers(&m)
	s.Media = []Media{m}
	return s
}

// Answer answers an offer (RFC 3264 section 6). The first audio stream that is protected as local wants
// it and has a codec in common is taken, every other m-line is refused with port 0. prefer lists our
// codecs; the order of the offer decides among them. No prefer means PCMU and PCMA. It wraps
// ErrNoCodec, ErrProtection or ErrNoAudio.
func Answer(offer *Session, local Local, prefer ...Codec) (answer *Session, chosen Negotiated, err error) {
	if len(prefer) == 0 {
		prefer = []Codec{pcmu, pcma}
	}
	taken, chosen, err := choose(offer, local, prefer)
	if err != nil {
		return nil, Negotiated{}, err
	}
	answer = local.session()
	for i := range offer.Media {
		if i == taken {
			m := local.media(offer.Media[i].Proto)
			m.Formats = []Format{chosen.Codec.format(int(chosen.Codec.PayloadType))}
			if chosen.EventsPT != 0 {
				m.Formats = append(m.Formats, eventFormat(int(chosen.EventsPT), chosen.EventRate))
			}
			m.Direction = chosen.Direction
			local.Protection.answers(&m, &offer.Media[i], chosen.Protected)
			if chosen.Mux {
				m.Attributes = append(m.Attributes, Attribute{muxed, ""})
			}
			answer.Media = append(answer.Media, m)
			continue
		}
		answer.Media = append(answer.Media, offer.Media[i].refused(answer))
	}
	return answer, chosen, nil
}

// choose finds the stream of an offer to take: protection first, then the order of the offer.
func choose(offer *Session, local Local, prefer []Codec) (taken int, chosen Negotiated, err error) {
	err = ErrNoAudio
	for _, keying := range local.Protection.wanted() {
		for i := range offer.Media {
			m := &offer.Media[i]
			if !m.usable() {
				continue
			}
			protected, ok := local.Protection.protectable(offer, m, keying)
			if !ok {
				if errors.Is(err, ErrNoAudio) {
					err = fmt.Errorf("%w: want %s, offered %s", ErrProtection, keying, m.Proto)
				}
				continue
			}
			codec, ok := m.common(prefer)
			if !ok {
				err = fmt.Errorf("%w: offered %s", ErrNoCodec, m.names())
				continue
			}
			chosen = m.negotiated(codec, local.Direction, !local.NoEvents)
			chosen.Protected = protected
			_, chosen.Mux = find(m.Attributes, muxed)
			return i, chosen, nil
		}
	}
	return 0, Negotiated{}, err
}

// Accept reads the peer's answer to our offer and says what was agreed. It wraps ErrNoCodec,
// ErrProtection or ErrNoAudio when the peer refused the stream or answered with a codec or without the
// protection that was offered.
func Accept(offer, answer *Session) (Negotiated, error) {
	for i := range min(len(offer.Media), len(answer.Media)) {
		ours, theirs := &offer.Media[i], &answer.Media[i]
		if !ours.usable() || !theirs.usable() {
			continue
		}
		var offered []Codec
		for _, f := range ours.Formats {
			if f.PayloadType >= 0 && f.Name != "" {
				offered = append(offered, f.codec())
			}
		}
		codec, ok := theirs.common(offered)
		if !ok {
			return Negotiated{}, fmt.Errorf("%w: answered %s", ErrNoCodec, theirs.names())
		}
		protected, err := accepted(offer, ours, answer, theirs)
		if err != nil {
			return Negotiated{}, fmt.Errorf("%w: answered %s", err, theirs.Proto)
		}
		events, _ := ours.events(codec.ClockRate)
		n := theirs.negotiated(codec, ours.Direction, events != 0)
		n.Protected = protected
		_, asked := find(ours.Attributes, muxed)
		_, taken := find(theirs.Attributes, muxed)
		n.Mux = asked && taken
		return n, nil
	}
	return Negotiated{}, ErrNoAudio
}

// Audio is the first audio stream that is not refused; nil if there is none.
func (s *Session) Audio() *Media {
	for i := range s.Media {
		if m := &s.Media[i]; strings.EqualFold(m.Type, "audio") && m.Port != 0 {
			return m
		}
	}
	return nil
}

// Held says whether the sender of this description has put us on hold: its audio stream is
// sendonly or inactive, or its address is 0.0.0.0 or ::.
func (s *Session) Held() bool {
	m := s.Audio()
	return m != nil && (m.Direction == SendOnly || m.Direction == Inactive)
}

// String is the attribute of the direction.
func (d Direction) String() string {
	switch d {
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	}
	return "sendrecv"
}

// Sends says whether the side whose direction it is sends media.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives says whether the side whose direction it is receives media.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Reverse is the same direction seen from the other side.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// and is what both directions, seen from the same side, allow.
func (d Direction) and(e Direction) Direction {
	sends, receives := d.Sends() && e.Sends(), d.Receives() && e.Receives()
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	}
	return Inactive
}

func (l Local) session() *Session {
	address := l.Address.Addr().WithZone("").Unmap()
	host := "0.0.0.0"
	if address.IsValid() {
		host = address.String()
	}
	return &Session{
		Origin:     Origin{User: "-", ID: l.SessionID, Version: l.Version, Address: host},
		Name:       "-",
		Connection: address,
		Host:       host,
		Lines:      []string{"t=0 0"},
	}
}

func (l Local) media(proto string) Media {
	ptime := l.Ptime
	if ptime == 0 {
		ptime = defaultPtime
	}
	s := l.session()
	return Media{Type: "audio", Port: l.Address.Port(), Proto: proto, Connection: s.Connection, Host: s.Host, Ptime: ptime}
}

// usable says whether we can take the stream: RTP audio that is not switched off.
func (m *Media) usable() bool {
	return strings.EqualFold(m.Type, "audio") && m.Port != 0 && m.allows(DTLS)
}

// common finds the first format of the stream that is one of the codecs.
func (m *Media) common(codecs []Codec) (Codec, bool) {
	for _, f := range m.Formats {
		// Opus is always written with two channels, whatever it carries (RFC 7587, section 7).
		if f.PayloadType < 0 || f.Channels > 1 && !strings.EqualFold(f.Name, opus.Name) || f.isEvents() {
			continue
		}
		for _, c := range codecs {
			if strings.EqualFold(f.Name, c.Name) && f.ClockRate == c.ClockRate {
				return f.codec(), true
			}
		}
	}
	return Codec{}, false
}

func (m *Media) negotiated(codec Codec, local Direction, events bool) Negotiated {
	n := Negotiated{Codec: codec, Direction: m.Direction.Reverse().and(local), Ptime: m.Ptime}
	if n.Ptime == 0 {
		n.Ptime = defaultPtime
	}
	if events {
		n.EventsPT, n.EventRate = m.events(codec.ClockRate)
	}
	if m.Connection.IsValid() && !m.Connection.IsUnspecified() {
		n.Remote = netip.AddrPortFrom(m.Connection, m.Port)
		n.Reports = m.reports()
	}
	return n
}

// muxed is the attribute of RFC 5761.
const muxed = "rtcp-mux"

// reports is where the stream's sender wants reports (RFC 3605, section 2.1); zero if it says nothing
// that can be used.
func (m *Media) reports() netip.AddrPort {
	value, _ := find(m.Attributes, "rtcp")
	words := strings.Fields(value)
	if len(words) != 1 && len(words) != 4 {
		return netip.AddrPort{}
	}
	port, err := strconv.ParseUint(words[0], 10, 16)
	if err != nil || port == 0 {
		return netip.AddrPort{}
	}
	at := m.Connection
	if len(words) == 4 {
		if at, err = netip.ParseAddr(words[3]); err != nil || at.Zone() != "" {
			return netip.AddrPort{}
		}
	}
	return netip.AddrPortFrom(at, uint16(port))
}

// events is the payload type of telephone-event at a clock rate, or else at 8000 Hz, which many use
// beside any codec; 0 if there is none.
func (m *Media) events(clockRate int) (payloadType uint8, rate int) {
	for _, f := range m.Formats {
		if !f.isEvents() || f.PayloadType <= 0 {
			continue
		}
		switch f.ClockRate {
		case clockRate:
			return uint8(f.PayloadType), clockRate
		case 8000:
			if payloadType == 0 {
				payloadType, rate = uint8(f.PayloadType), 8000
			}
		}
	}
	return payloadType, rate
}

// offerEvents adds telephone-event at each clock rate of the codecs, with payload types of its own.
func (m *Media) offerEvents(codecs []Codec) {
	next := eventsPT
	var rates []int
	for _, c := range codecs {
		if slices.Contains(rates, c.ClockRate) {
			continue
		}
		rates = append(rates, c.ClockRate)
		for slices.ContainsFunc(m.Formats, func(f Format) bool { return f.PayloadType == next }) {
			next++
		}
		m.Formats = append(m.Formats, eventFormat(next, c.ClockRate))
	}
}

// refused is the stream in an answer that does not take it (RFC 3264 section 6): port 0, and a
// format, which the grammar wants.
func (m *Media) refused(answer *Session) Media {
	r := Media{Type: m.Type, Proto: m.Proto, Connection: answer.Connection, Host: answer.Host, Direction: m.Direction.Reverse()}
	for _, f := range m.Formats {
		r.Formats = append(r.Formats, Format{PayloadType: f.PayloadType, Token: f.Token, Name: f.Name, ClockRate: f.ClockRate, Channels: f.Channels})
	}
	return r
}

func (m *Media) names() string {
	var names []string
	for _, f := range m.Formats {
		names = append(names, or(f.Name, f.Token))
	}
	return strings.Join(names, " ")
}

func (f Format) isEvents() bool { return strings.EqualFold(f.Name, "telephone-event") }

func (f Format) codec() Codec {
	name := strings.ToUpper(f.Name)
	if strings.EqualFold(name, opus.Name) {
		name = opus.Name
	}
	return Codec{Name: name, ClockRate: f.ClockRate, PayloadType: uint8(f.PayloadType)}
}

func (c Codec) format(payloadType int) Format {
	f := Format{PayloadType: payloadType, Token: strconv.Itoa(payloadType), Name: c.Name, ClockRate: c.ClockRate}
	if c.Name == opus.Name {
		f.Channels, f.Parameters = 2, OpusParameters
	}
	return f
}

// eventFormat offers the sixteen keys of RFC 4733; hook flash is not among them.
func eventFormat(payloadType, clockRate int) Format {
	return Format{PayloadType: payloadType, Token: strconv.Itoa(payloadType), Name: "telephone-event", ClockRate: clockRate, Parameters: "0-15"}
}
