package sdp

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ErrProtection says that one side insists on encryption and the other has none, or another kind; SIP
// edges say 488.
var ErrProtection = errors.New("no agreement on encryption")

// maxKeys and maxFingerprints bound what is taken from one stream.
const (
	maxKeys         = 16
	maxFingerprints = 8
)

// Keying is where the keys of a stream come from.
type Keying int

// The kinds of keying.
const (
	Plain Keying = iota // there are none: plain RTP
	SDES                // they stand in the descriptions (RFC 4568)
	DTLS                // from a handshake on the stream's own ports; descriptions hold fingerprints (RFC 5763)
)

// String is the name as people write it.
func (k Keying) String() string {
	switch k {
	case SDES:
		return "sdes"
	case DTLS:
		return "dtls"
	}
	return "none"
}

// Crypto is a key of one side: a usable a=crypto line.
type Crypto struct {
	Tag   int
	Suite string // such as AES_CM_128_HMAC_SHA1_80
	Key   []byte // master key and salt
}

// Protection is how our side wants a stream protected. The zero value: plain RTP, and a peer that
// insists on protection is refused.
type Protection struct {
	Keying Keying
	// Optional agrees on plain RTP if the peer protects nothing (RFC 8643).
	Optional bool
	// Keys are ours for SDES, one a suite, the preferred first. Keep them for the life of the dialog.
	// Their tags do not matter.
	Keys []Crypto
	// Fingerprint is of our certificate for DTLS, as in a=fingerprint. Keep it, too.
	Fingerprint string
	// Client begins the handshake when the peer leaves that to us. Keep it, too.
	Client bool
}

// Protected is the agreement on protection.
type Protected struct {
	Keying       Keying
	Ours, Theirs Crypto   // with SDES
	Fingerprints []string // of the peer, with DTLS, as in a=fingerprint
	Client       bool     // with DTLS: we begin the handshake
}

// wanted are the kinds of keying that our side takes, the preferred first.
func (p Protection) wanted() []Keying {
	if p.Keying != Plain && p.Optional {
		return []Keying{p.Keying, Plain}
	}
	return []Keying{p.Keying}
}

// proto is the transport our offer names.
func (p Protection) proto() string {
	switch {
	case p.Keying == Plain || p.Optional:
		return "RTP/AVP"
	case p.Keying == DTLS:
		return "UDP/TLS/RTP/SAVP"
	}
	return "RTP/SAVP"
}

// offers adds to our offer what it needs of attributes.
func (p Protection) offers(m *Media) {
	switch p.Keying {
	case SDES:
		for i, k := range p.Keys {
			k.Tag = i + 1
			m.Attributes = append(m.Attributes, k.attribute())
		}
	case DTLS:
		m.Attributes = append(m.Attributes, Attribute{"setup", "actpass"}, Attribute{"fingerprint", p.Fingerprint}, Attribute{muxed, ""})
	}
}

// answers adds to our answer what was agreed upon.
func (p Protection) answers(m, offered *Media, agreed Protected) {
	switch agreed.Keying {
	case SDES:
		m.Attributes = append(m.Attributes, agreed.Ours.attribute())
	case DTLS:
		setup := "passive"
		if agreed.Client {
			setup = "active"
		}
		m.Attributes = append(m.Attributes, Attribute{"setup", setup}, Attribute{"fingerprint", p.Fingerprint})
	}
}

// allows says whether a stream's transport may be protected so.
func (m *Media) allows(k Keying) bool {
	switch strings.ToUpper(m.Proto) {
	case "RTP/AVP", "RTP/AVPF":
		return true // with keys it is opportunistic
	case "RTP/SAVP", "RTP/SAVPF":
		return k != Plain
	case "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF":
		return k == DTLS
	}
	return false
}

// protectable says whether a stream of the peer, who offers it, can be protected as our side wants.
func (p Protection) protectable(s *Session, m *Media, k Keying) (Protected, bool) {
	agreed := Protected{Keying: k}
	if !m.allows(k) {
		return agreed, false
	}
	switch k {
	case SDES:
		for _, theirs := range m.cryptos() {
			i := slices.IndexFunc(p.Keys, func(o Crypto) bool { return o.Suite == theirs.Suite && len(o.Key) == len(theirs.Key) })
			if i >= 0 {
				agreed.Theirs, agreed.Ours = theirs, p.Keys[i]
				agreed.Ours.Tag = theirs.Tag
				return agreed, true
			}
		}
		return agreed, false
	case DTLS:
		agreed.Fingerprints = s.fingerprints(m)
		switch s.setup(m) {
		case "passive":
			agreed.Client = true
		case "actpass", "holdconn":
			agreed.Client = p.Client
		}
		return agreed, len(agreed.Fingerprints) > 0
	}
	return agreed, true
}

// accepted says how the peer's answer protects the stream of our offer.
func accepted(offer *Session, ours *Media, answer *Session, theirs *Media) (Protected, error) {
	if mine := ours.cryptos(); len(mine) > 0 {
		for _, k := range theirs.cryptos() {
			for _, o := range mine {
				if o.Tag == k.Tag && o.Suite == k.Suite && len(o.Key) == len(k.Key) {
					return Protected{Keying: SDES, Ours: o, Theirs: k}, nil
				}
			}
		}
	}
	if len(offer.fingerprints(ours)) > 0 && theirs.allows(DTLS) {
		if f := answer.fingerprints(theirs); len(f) > 0 {
			return Protected{Keying: DTLS, Fingerprints: f, Client: answer.setup(theirs) == "passive"}, nil
		}
	}
	if !ours.allows(Plain) || !theirs.allows(Plain) {
		return Protected{}, ErrProtection
	}
	return Protected{}, nil
}

// cryptos are the a=crypto lines that can be used, in order.
func (m *Media) cryptos() (all []Crypto) {
	for _, a := range m.Attributes {
		if !strings.EqualFold(a.Name, "crypto") || len(all) == maxKeys {
			continue
		}
		if c, ok := parseCrypto(a.Value); ok {
			all = append(all, c)
		}
	}
	return all
}

// parseCrypto reads "tag suite inline:key|lifetime session-parameters". Not usable are lines with a
// master key identifier, several keys, or parameters that change how packets are sealed. A lifetime is
// passed over: no call sends as many packets as the shortest that is allowed by default.
func parseCrypto(value string) (c Crypto, ok bool) {
	f := strings.Fields(value)
	if len(f) < 3 {
		return c, false
	}
	tag, err := strconv.ParseUint(f[0], 10, 30)
	if err != nil || len(f[0]) > 9 {
		return c, false
	}
	method, text, _ := strings.Cut(f[2], ":")
	if !strings.EqualFold(method, "inline") || strings.ContainsAny(text, ";:") {
		return c, false
	}
	text, _, _ = strings.Cut(text, "|")
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(key) == 0 || len(key) > 64 {
		return c, false
	}
	for _, parameter := range f[3:] {
		name, number, _ := strings.Cut(strings.ToUpper(parameter), "=")
		if name != "WSH" && !(name == "KDR" && number == "0") {
			return c, false
		}
	}
	return Crypto{Tag: int(tag), Suite: strings.ToUpper(f[1]), Key: key}, true
}

func (c Crypto) attribute() Attribute {
	return Attribute{"crypto", strconv.Itoa(c.Tag) + " " + c.Suite + " inline:" + base64.StdEncoding.EncodeToString(c.Key)}
}

// fingerprints are those that hold for a stream.
func (s *Session) fingerprints(m *Media) (all []string) {
	for _, attributes := range [][]Attribute{m.Attributes, s.Attributes} {
		for _, a := range attributes {
			if strings.EqualFold(a.Name, "fingerprint") && a.Value != "" && len(all) < maxFingerprints {
				all = append(all, a.Value)
			}
		}
		if all != nil {
			return all
		}
	}
	return nil
}

// setup is the role the sender of a description wants in the handshake (RFC 4145); in lower case, empty
// if it does not say.
func (s *Session) setup(m *Media) string {
	value, ok := find(m.Attributes, "setup")
	if !ok {
		value, _ = find(s.Attributes, "setup")
	}
	return strings.ToLower(value)
}

// find is the value of the first attribute of a name.
func find(attributes []Attribute, name string) (string, bool) {
	for _, a := range attributes {
		if strings.EqualFold(a.Name, name) {
			return a.Value, true
		}
	}
	return "", false
}
