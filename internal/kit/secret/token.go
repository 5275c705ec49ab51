package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// NewToken makes a random token of 256 bits: 43 characters that need no escaping in addresses,
// headers and cookies.
func NewToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// HashToken is what is stored of a token. A plain SHA-256 is enough because a token, unlike a
// password, cannot be guessed; and being looked up by its hash, it needs no comparison in constant
// time.
func HashToken(token string) string {
	h := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(h[:])
}
