package slate

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
)

// Lock wraps the key of a process's values so that a later process can have it back. It is asked once
// when a Slate is opened for each of both.
type Lock interface {
	Wrap(key []byte) (wrapped []byte, err error)
	Unwrap(wrapped []byte) (key []byte, err error)
}

// ErrNotSealed is why a value is refused that nobody has sealed with a key of ours.
var ErrNotSealed = errors.New("what was written is not sealed with our key, or was changed")

// keyBytes is for AES-256.
const keyBytes = 32

// sealBytes is what sealing adds: the number that its nonce is made of, and the tag.
const sealBytes = 8 + 16

// sealer seals values with AES-GCM under a key that is never used by another process, so that counting is
// enough for the nonce.
type sealer struct {
	wrapped []byte
	aead    cipher.AEAD
	number  uint64 // of the latest value
	bound   []byte
}

func newSealer(lock Lock) (s sealer, err error) {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails
	if s.wrapped, err = lock.Wrap(key); err == nil {
		s.aead, err = newAEAD(key)
	}
	return s, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != keyBytes {
		return nil, fmt.Errorf("a key of %d bytes", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// nonce is that of a value's number.
func nonce(number uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), number)
}

// append writes an entry with a sealed value: its number, then what is sealed. The key is bound to it.
func (s *sealer) append(b []byte, key string, value []byte) []byte {
	start := len(b)
	s.number++
	s.bound = append(s.bound[:0], key...)
	b = appendHead(b, sealedEntry, key)
	b = binary.BigEndian.AppendUint64(b, s.number)
	return finish(s.aead.Seal(b, nonce(s.number), value, s.bound), start)
}

// opener opens the values of one file.
type opener struct {
	lock   Lock
	aead   cipher.AEAD
	err    error  // why there is no key
	number uint64 // of the latest value: each is greater than the one before
}

// use takes the key that follows are sealed with.
func (o *opener) use(wrapped []byte) {
	key, err := o.lock.Unwrap(wrapped)
	if err == nil {
		o.aead, err = newAEAD(key)
	}
	if err != nil {
		o.aead, o.err = nil, fmt.Errorf("the key it is sealed with cannot be had: %w", err)
	}
	o.number = 0
}

func (o *opener) open(e entry) ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	if o.aead == nil || e.kind != sealedEntry || len(e.value) < sealBytes {
		return nil, ErrNotSealed
	}
	number := binary.BigEndian.Uint64(e.value)
	if number <= o.number { // an earlier value, put in again
		return nil, ErrNotSealed
	}
	value, err := o.aead.Open([]byte{}, nonce(number), e.value[8:], []byte(e.key))
	if err != nil {
		return nil, ErrNotSealed
	}
	o.number = number
	return value, nil
}
