package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
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

// NewDigits makes a random code of so many digits, each as likely as any other.
func NewDigits(n int) string {
	code := make([]byte, n)
	for i := range code {
		digit, err := rand.Int(rand.Reader, big.NewInt(10))
		if err != nil {
			panic("secret: " + err.Error()) // it never fails: crypto/rand ends the program instead
		}
		code[i] = '0' + byte(digit.Int64())
	}
	return string(code)
}
