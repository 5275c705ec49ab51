// Package secret keeps passwords and tokens: what is stored of them cannot be turned back.
package secret

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"linekeeper/internal/kit/fault"
)

// Cost of a new hash (OWASP's second choice for argon2id). Older hashes carry their own.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	lanes   = 1
	saltLen = 16
	keyLen  = 32
)

// Limits of a hash from outside, so that a center file cannot ask for all memory or all day.
const (
	maxMemory = 256 * 1024 // KiB
	maxPasses = 16
	maxLanes  = 16
)

// Hasher hashes passwords with argon2id, only a few at a time: each takes 19 MiB and tens of
// milliseconds of a processor, and a storm of sign-ins must not take all of them. Use NewHasher.
type Hasher struct {
	slots chan struct{}
	decoy string // verified in place of the hash of a user that is not there
}

// NewHasher allows parallel hashes at a time.
func NewHasher(parallel int) *Hasher {
	h := &Hasher{slots: make(chan struct{}, max(1, parallel))}
	var salt [saltLen]byte
	rand.Read(salt[:])
	// No password has this key: it is not the outcome of argon2 but chance.
	var key [keyLen]byte
	rand.Read(key[:])
	h.decoy = format(salt[:], key[:])
	return h
}

// Hash gives the PHC string to store: "$argon2id$v=19$m=19456,t=2,p=1$salt$key". It waits for its
// turn, until ctx ends.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	var salt [saltLen]byte
	rand.Read(salt[:])
	return format(salt[:], argon2.IDKey([]byte(password), salt[:], passes, memory, lanes, keyLen)), nil
}

// Verify reports whether the password is the one of a stored hash. An empty hash is never matched
// but takes as long. The error says that the hash cannot be read or that ctx ended.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (bool, error) {
	decoy := hash == ""
	if decoy {
		hash = h.decoy
	}
	p, err := parse(hash)
	if err != nil {
		return false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	got := argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.key)))
	return subtle.ConstantTimeCompare(got, p.key) == 1 && !decoy, nil
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Busy.Wrap(ctx.Err(), "Too many people are signing in at once; try again.")
	}
}

func (h *Hasher) leave() { <-h.slots }

// CheckHash checks that a text is a hash Verify can use.
func CheckHash(hash string) error {
	_, err := parse(hash)
	return err
}

type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

func format(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

func parse(hash string) (phc, error) {
	var p phc
	var version int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, fault.Invalid.New("this is not an argon2id hash ($argon2id$v=19$m=…,t=…,p=…$salt$key)")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, fault.Invalid.New("this argon2id hash has an unknown version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return p, fault.Invalid.New("the parameters of this argon2id hash cannot be read")
	}
	if p.memory < 8 || p.memory > maxMemory || p.passes < 1 || p.passes > maxPasses || p.lanes < 1 || p.lanes > maxLanes {
		return p, fault.Invalid.New("the parameters of this argon2id hash are outside of what is allowed")
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 || len(p.salt) > 64 {
		return p, fault.Invalid.New("the salt of this argon2id hash cannot be read")
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) < 16 || len(p.key) > 64 {
		return p, fault.Invalid.New("the key of this argon2id hash cannot be read")
	}
	return p, nil
}
