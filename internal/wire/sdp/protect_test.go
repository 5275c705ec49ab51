package sdp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const (
	sha1Suite = "AES_CM_128_HMAC_SHA1_80"
	gcmSuite  = "AEAD_AES_128_GCM"
	printA    = "sha-256 AA:BB"
	printB    = "sha-256 CC:DD"
)

func ourSDES() Protection {
	return Protection{Keying: SDES, Keys: []Crypto{
		{Suite: gcmSuite, Key: bytes.Repeat([]byte{1}, 28)}, {Suite: sha1Suite, Key: bytes.Repeat([]byte{2}, 30)},
	}}
}

func ourDTLS() Protection { return Protection{Keying: DTLS, Fingerprint: printA, Client: true} }

func optional(p Protection) Protection {
	p.Optional = true
	return p
}

func protected(p Protection) Local {
	l := local(4000)
	l.Protection = p
	return l
}

const (
	head    = "v=0\no=- 1 1 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\n"
	key30   = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD" // 30 times 3
	crypto1 = "a=crypto:1 F8_128_HMAC_SHA1_80 inline:" + key30 + "\n"
	crypto2 = "a=crypto:2 " + sha1Suite + " inline:" + key30 + "|2^20\n"
)

// Who agrees on what: all offers of peers against all settings of ours.
func TestProtectionIsAgreedUponOrRefused(t *testing.T) {
	t.Parallel()
	dtls := "a=fingerprint:" + printB + "\na=setup:actpass\na=rtcp-mux\n"
	offers := map[string]string{
		"plain":         "m=audio 9 RTP/AVP 0\n",
		"sdes":          "m=audio 9 RTP/SAVP 0\n" + crypto1 + crypto2,
		"sdes, no suit": "m=audio 9 RTP/SAVP 0\n" + crypto1,
		"sdes or plain": "m=audio 9 RTP/AVP 0\n" + crypto2,
		"two streams":   "m=audio 7 RTP/AVP 0\nm=audio 9 RTP/SAVP 0\n" + crypto2,
		"dtls":          "m=audio 9 UDP/TLS/RTP/SAVP 0\n" + dtls,
		"dtls or plain": "m=audio 9 RTP/AVP 0\n" + dtls,
		"both":          "m=audio 9 RTP/SAVP 0\n" + crypto2 + dtls,
		"savp, nothing": "m=audio 9 RTP/SAVP 0\n",
		"other codec":   "m=audio 9 RTP/SAVP 18\n" + crypto2,
	}
	const no, codec = "no agreement", "no codec"
	for _, c := range []struct {
		ours Protection
		want map[string]string
	}{
		{Protection{}, map[string]string{"plain": "none", "sdes": no, "sdes, no suit": no, "sdes or plain": "none", "two streams": "none", "dtls": no, "dtls or plain": "none", "both": no, "savp, nothing": no, "other codec": no}},
		{ourSDES(), map[string]string{"plain": no, "sdes": "sdes", "sdes, no suit": no, "sdes or plain": "sdes", "two streams": "sdes", "dtls": no, "dtls or plain": no, "both": "sdes", "savp, nothing": no, "other codec": codec}},
		{optional(ourSDES()), map[string]string{"plain": "none", "sdes": "sdes", "sdes, no suit": no, "sdes or plain": "sdes", "two streams": "sdes", "dtls": no, "dtls or plain": "none", "both": "sdes", "savp, nothing": no, "other codec": codec}},
		{ourDTLS(), map[string]string{"plain": no, "sdes": no, "sdes, no suit": no, "sdes or plain": no, "two streams": no, "dtls": "dtls", "dtls or plain": "dtls", "both": "dtls", "savp, nothing": no, "other codec": no}},
		{optional(ourDTLS()), map[string]string{"plain": "none", "sdes": no, "sdes, no suit": no, "sdes or plain": "none", "two streams": "none", "dtls": "dtls", "dtls or plain": "dtls", "both": "dtls", "savp, nothing": no, "other codec": no}},
	} {
		for name, text := range offers {
			offer := parse(t, head+text)
			answer, chosen, err := Answer(offer, protected(c.ours))
			got := chosen.Keying.String()
			switch {
			case errors.Is(err, ErrProtection):
				got = no
			case errors.Is(err, ErrNoCodec):
				got = codec
			case err != nil:
				got = err.Error()
			}
			if got != c.want[name] {
				t.Errorf("%s (optional %v), offered %s: got %s, want %s", c.ours.Keying, c.ours.Optional, name, got, c.want[name])
			}
			if err != nil {
				continue
			}
			theirs, err := Accept(offer, answer)
			if err != nil || theirs.Keying != chosen.Keying {
				t.Errorf("%s answered to %s: accepted as %s, %v", chosen.Keying, name, theirs.Keying, err)
			}
			if chosen.Keying == SDES && (!bytes.Equal(theirs.Theirs.Key, chosen.Ours.Key) || !bytes.Equal(theirs.Ours.Key, chosen.Theirs.Key) || chosen.Theirs.Tag != 2) {
				t.Errorf("%s: keys %+v and %+v", name, chosen.Protected, theirs.Protected)
			}
			if chosen.Keying == DTLS && (chosen.Client == theirs.Client || chosen.Fingerprints[0] != printB || theirs.Fingerprints[0] != printA) {
				t.Errorf("%s: %+v and %+v", name, chosen.Protected, theirs.Protected)
			}
		}
	}
}

func TestOffersOfOursAreProtected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ours, theirs Protection
		proto        string
		want         Keying
		err          error
	}{
		{ourSDES(), ourSDES(), "RTP/SAVP", SDES, nil},
		{optional(ourSDES()), ourSDES(), "RTP/AVP", SDES, nil},
		{optional(ourSDES()), Protection{}, "RTP/AVP", Plain, nil},
		{ourDTLS(), ourDTLS(), "UDP/TLS/RTP/SAVP", DTLS, nil},
		{optional(ourDTLS()), Protection{}, "RTP/AVP", Plain, nil},
		{ourSDES(), ourDTLS(), "RTP/SAVP", Plain, ErrProtection},
	} {
		offer := Offer(protected(c.ours))
		if offer.Media[0].Proto != c.proto {
			t.Errorf("offered %s, want %s", offer.Media[0].Proto, c.proto)
		}
		read := parse(t, string(offer.Bytes()))
		answer, _, err := Answer(read, protected(c.theirs))
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.proto, err)
		}
		if err != nil {
			continue
		}
		got, err := Accept(offer, parse(t, string(answer.Bytes())))
		if err != nil || got.Keying != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.proto, got.Keying, err, c.want)
		}
	}
	// A peer that answers a protected offer without protection is not believed.
	for _, text := range []string{"m=audio 9 RTP/SAVP 0\n", "m=audio 9 RTP/AVP 0\n", "m=audio 9 RTP/SAVP 0\na=crypto:1 " + sha1Suite + " inline:" + key30 + "\n"} {
		if _, err := Accept(Offer(protected(ourSDES())), parse(t, head+text)); !errors.Is(err, ErrProtection) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRolesOfTheHandshake(t *testing.T) {
	t.Parallel()
	for setup, want := range map[string]bool{"": false, "active": false, "passive": true, "actpass": true, "holdconn": true} {
		text := head + "a=fingerprint:" + printB + "\nm=audio 9 UDP/TLS/RTP/SAVP 0\n"
		if setup != "" {
			text += "a=setup:" + setup + "\n"
		}
		_, got, err := Answer(parse(t, text), protected(ourDTLS()))
		if err != nil || got.Client != want {
			t.Errorf("%q: client %v, %v; want %v", setup, got.Client, err, want)
		}
	}
}

func TestCryptoLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"1 " + sha1Suite + " inline:" + key30:                            true,
		"1 " + strings.ToLower(sha1Suite) + " inline:" + key30 + "|2^31": true,
		"1 " + sha1Suite + " inline:" + key30 + "|1048576 WSH=64 KDR=0":  true,
		"1 " + sha1Suite + " inline:" + key30 + "|2^20|1:4":              false, // a key identifier in each packet
		"1 " + sha1Suite + " inline:" + key30 + ";inline:" + key30:       false,
		"1 " + sha1Suite + " inline:" + key30 + " UNENCRYPTED_SRTP":      false,
		"1 " + sha1Suite + " inline:" + key30 + " KDR=5":                 false,
		"1 " + sha1Suite + " inline:!":                                   false,
		"1 " + sha1Suite:                                                 false,
		"x " + sha1Suite + " inline:" + key30:                            false,
		"1234567890 " + sha1Suite + " inline:" + key30:                   false,
		"1 " + sha1Suite + " ldap:" + key30:                              false,
		"1 " + sha1Suite + " inline:" + strings.Repeat("A", 400):         false,
	} {
		if c, ok := parseCrypto(line); ok != want || ok && (c.Suite != sha1Suite || len(c.Key) != 30) {
			t.Errorf("%q: %+v %v", line, c, ok)
		}
	}
}
