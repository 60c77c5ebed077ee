// Package sealed encrypts what a database keeps and must not know.
package sealed

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// ErrUnreadable is of what no key opens, or of what was sealed for something else.
var ErrUnreadable = errors.New("sealed: it cannot be opened")

// KeySize is how many bytes a key has: AES-256.
const KeySize = 32

// idSize is how many bytes name the key that something was sealed with.
const idSize = 8

// Keyring seals with its first key, and opens what any of them has sealed: a new
// key is put in front of the old one, which goes once nothing is left of it.
type Keyring struct{ keys []key }

type key struct {
	id   []byte
	aead cipher.AEAD
}

// New makes a keyring of at least one key.
func New(secrets ...[]byte) (*Keyring, error) {
	if len(secrets) == 0 {
		return nil, errors.New("sealed: a keyring has a key")
	}
	k := &Keyring{}
	for _, secret := range secrets {
		if len(secret) != KeySize {
			return nil, errors.New("sealed: a key has 32 bytes")
		}
		block, err := aes.NewCipher(secret)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		id := sha256.Sum256(append([]byte("tenantgen example: key\n"), secret...))
		k.keys = append(k.keys, key{id[:idSize], aead})
	}
	return k, nil
}

// Seal encrypts a text for a purpose, such as an organization and a name. It
// opens for the same purpose only, wherever somebody may have moved it to.
func (k *Keyring) Seal(plain []byte, purpose ...string) []byte {
	first := k.keys[0]
	return first.aead.Seal(bytes.Clone(first.id), nil, plain, bound(purpose))
}

// Open returns the text that was sealed for the purpose, or ErrUnreadable.
func (k *Keyring) Open(sealed []byte, purpose ...string) ([]byte, error) {
	if len(sealed) < idSize {
		return nil, ErrUnreadable
	}
	for _, key := range k.keys {
		if !bytes.Equal(key.id, sealed[:idSize]) {
			continue
		}
		if plain, err := key.aead.Open(nil, nil, sealed[idSize:], bound(purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrUnreadable
}

// bound writes a purpose so that no two are the same.
func bound(purpose []string) []byte {
	var b []byte
	for _, part := range purpose {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}
