package srtp

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
)

// keyLabel is for the keys of SRTP (RFC 5764, section 4.2).
const keyLabel = "EXTRACTOR-dtls_srtp"

var errProfile = errors.New("no SRTP profile was agreed on")

// suite is one way to seal, under its name in session descriptions.
type suite struct {
	name      string // RFC 4568, section 6.2; RFC 6188; RFC 7714, section 14.2
	profile   srtp.ProtectionProfile
	key, salt int // bytes
}

// suites are those we know, the preferred first: GCM costs least where the processor helps.
var suites = []suite{
	{"AEAD_AES_256_GCM", srtp.ProtectionProfileAeadAes256Gcm, 32, 12},
	{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
	{"AES_256_CM_HMAC_SHA1_80", srtp.ProtectionProfileAes256CmHmacSha1_80, 32, 14},
	{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
}

// Suites are the names of the suites for session descriptions, the preferred first.
func Suites() []string {
	names := make([]string, len(suites))
	for i, s := range suites {
		names[i] = s.name
	}
	return names
}

// Key is a master key of one direction.
type Key struct {
	Suite  string // one of Suites
	Secret []byte // master key and salt, one after the other
}

// NewKey makes a random key.
func NewKey(name string) (Key, error) {
	s, err := suiteOf(name)
	if err != nil {
		return Key{}, err
	}
	k := Key{Suite: name, Secret: make([]byte, s.key+s.salt)}
	_, _ = rand.Read(k.Secret) // never fails
	return k, nil
}

// Equal says whether both are the same.
func (k Key) Equal(o Key) bool { return k.Suite == o.Suite && bytes.Equal(k.Secret, o.Secret) }

// context is pion's state for the key.
func (k Key) context(options ...srtp.ContextOption) (*srtp.Context, error) {
	s, err := suiteOf(k.Suite)
	if err != nil {
		return nil, err
	}
	if len(k.Secret) != s.key+s.salt {
		return nil, fmt.Errorf("a key of %d bytes for %s, which has %d", len(k.Secret), k.Suite, s.key+s.salt)
	}
	return srtp.CreateContext(k.Secret[:s.key], k.Secret[s.key:], s.profile, options...)
}

func suiteOf(name string) (suite, error) {
	i := slices.IndexFunc(suites, func(s suite) bool { return s.name == name })
	if i < 0 {
		return suite{}, fmt.Errorf("SRTP suite %q is not known", name)
	}
	return suites[i], nil
}

// Profiles are what we agree to in DTLS, the best first.
func Profiles() []dtls.SRTPProtectionProfile {
	return []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80}
}

// Exported are the keys of a finished handshake; client says whether we began it.
func Exported(conn *dtls.Conn, client bool) (theirs, ours Key, err error) {
	agreed, ok := conn.SelectedSRTPProtectionProfile()
	if !ok || !slices.Contains(Profiles(), agreed) {
		return Key{}, Key{}, errProfile
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return Key{}, Key{}, errProfile
	}
	i := slices.IndexFunc(suites, func(s suite) bool { return s.profile == srtp.ProtectionProfile(agreed) })
	if i < 0 {
		return Key{}, Key{}, errProfile
	}
	s := suites[i]
	m, err := state.ExportKeyingMaterial(keyLabel, nil, 2*(s.key+s.salt))
	if err != nil {
		return Key{}, Key{}, err
	}
	// Both keys come first, then both salts (RFC 5764, section 4.2).
	salts := m[2*s.key:]
	begun := Key{s.name, slices.Concat(m[:s.key], salts[:s.salt])}
	answered := Key{s.name, slices.Concat(m[s.key:2*s.key], salts[s.salt:])}
	if client {
		return answered, begun, nil
	}
	return begun, answered, nil
}
