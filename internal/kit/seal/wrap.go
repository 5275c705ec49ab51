package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// wrapKeyBytes is for AES-256.
const wrapKeyBytes = 32

// errWrapped is what damage of something wrapped is called.
var errWrapped = errors.New("it is damaged, or was not wrapped by us")

// Wrap seals something short, such as another key, so that only who has the secret keys can open or forge
// it: unlike sealed files, for which the public key is enough. It begins with the id of the current key.
func (r *Ring) Wrap(short []byte) ([]byte, error) {
	k, err := r.Current()
	if err != nil {
		return nil, err
	}
	aead, err := k.wrapper()
	if err != nil {
		return nil, err
	}
	return aead.Seal([]byte(k.ID), nil, short, []byte(k.ID)), nil
}

// Unwrap opens what Wrap sealed, under whichever key that was. The error is ErrUnknownKey if the key is
// not in the file.
func (r *Ring) Unwrap(wrapped []byte) ([]byte, error) {
	keys, err := r.Keys()
	if err != nil {
		return nil, err
	}
	if len(wrapped) < idBytes {
		return nil, errWrapped
	}
	id := string(wrapped[:idBytes])
	for _, k := range keys {
		if k.ID != id {
			continue
		}
		aead, err := k.wrapper()
		if err != nil {
			return nil, err
		}
		short, err := aead.Open(nil, nil, wrapped[idBytes:], []byte(id))
		if err != nil {
			return nil, errWrapped
		}
		return short, nil
	}
	return nil, fmt.Errorf("key %q: %w", id, ErrUnknownKey)
}

// wrapper seals with a key that is derived from the secret one. Its nonces are random: it is used a few
// times a day at most.
func (k Key) wrapper() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(k.identity.String()), nil, "linekeeper wrapped", wrapKeyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
