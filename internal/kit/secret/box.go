package secret

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"linekeeper/internal/kit/fault"
)

// Sealed is a secret that we must be able to read again, such as the password that a carrier gave us,
// locked in a Box. As JSON it is only a mark that tells one secret from another, so that neither an
// answer of the API nor a line of the audit has it. Empty: no secret.
type Sealed string

const sealedPrefix = "sealed1:"

// MarshalJSON implements json.Marshaler.
func (s Sealed) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte(`""`), nil
	}
	sum := sha256.Sum256([]byte(s))
	return json.Marshal(fmt.Sprintf("secret %x", sum[:4]))
}

// Valid says whether the text has the form of something sealed.
func (s Sealed) Valid() bool {
	text, ok := strings.CutPrefix(string(s), sealedPrefix)
	b, err := base64.RawStdEncoding.DecodeString(text)
	return ok && err == nil && len(b) >= chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead
}

// Box seals and opens secrets with one key, by XChaCha20-Poly1305. The nonce is a MAC of the secret,
// so that the same secret is sealed to the same text and a set-up applied twice changes nothing.
type Box struct{ lock, nonce []byte }

// NewBox makes a Box of a key, which may be any text with 128 bits of chance in it.
func NewBox(key string) (*Box, error) {
	if len(key) < 16 {
		return nil, errors.New("the key for secrets must have at least 16 characters")
	}
	var b Box
	var err error
	if b.lock, err = hkdf.Key(sha256.New, []byte(key), nil, "linekeeper secrets", chacha20poly1305.KeySize); err == nil {
		b.nonce, err = hkdf.Key(sha256.New, []byte(key), nil, "linekeeper nonces", 32)
	}
	return &b, err
}

// OpenBox makes a Box of the key in a file of a folder, which it makes at the first start. Whoever has
// the database without this file cannot read the secrets; a backup needs both.
func OpenBox(folder string) (*Box, error) {
	name := filepath.Join(folder, "secret.key")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(rand.Text() + rand.Text() + "\n")
		err = writeKey(name, text)
	}
	if err != nil {
		return nil, fmt.Errorf("the key for secrets: %w", err)
	}
	b, err := NewBox(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// writeKey makes a file that others may not read, whole and on the disk.
func writeKey(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// Seal locks a secret; an empty one stays empty.
func (b *Box) Seal(secret string) Sealed {
	if secret == "" {
		return ""
	}
	mac := hmac.New(sha256.New, b.nonce)
	mac.Write([]byte(secret))
	nonce := mac.Sum(nil)[:chacha20poly1305.NonceSizeX]
	aead, err := chacha20poly1305.NewX(b.lock)
	if err != nil {
		panic("secret: " + err.Error()) // the key has the right length
	}
	return Sealed(sealedPrefix + base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(secret), nil)))
}

// Open gives a secret back. The error is Unavailable: it was sealed with another key.
func (b *Box) Open(s Sealed) (string, error) {
	if s == "" {
		return "", nil
	}
	if !s.Valid() {
		return "", fault.Invalid.New("this is not a sealed secret (%s…)", sealedPrefix)
	}
	text, _ := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(string(s), sealedPrefix))
	aead, err := chacha20poly1305.NewX(b.lock)
	if err != nil {
		return "", err
	}
	size := chacha20poly1305.NonceSizeX
	plain, err := aead.Open(nil, text[:size], text[size:], nil)
	if err != nil {
		return "", fault.Unavailable.Wrap(err, "This secret was sealed with another key; give it again.")
	}
	return string(plain), nil
}

// Derive gives a key for one purpose, the same each time: who knows it knows neither the box's own nor any other.
func (b *Box) Derive(purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, b.lock, nil, "linekeeper "+purpose, 32)
}
