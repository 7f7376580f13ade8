package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const keySize = 32 // AES-256

// A keyID identifies a key without revealing it.
type keyID [8]byte

func (id keyID) String() string { return hex.EncodeToString(id[:]) }

func idOf(key []byte) (id keyID) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("id of a key of the secrets service"))
	copy(id[:], mac.Sum(nil))
	return id
}

// A keyring encrypts with its first key and decrypts with any of them.
type keyring struct {
	source string // where the keys are from
	first  keyID
	keys   map[keyID]cipher.AEAD
}

// parseKeys reads the keys in text: one on a line, base64 of 32 bytes. It skips blank lines
// and lines that begin with #. Source is for errors.
func parseKeys(source, text string) (*keyring, error) {
	r := &keyring{source: source, keys: make(map[keyID]cipher.AEAD)}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(key) != keySize {
			return nil, fmt.Errorf("%s:%d: not a key, which is base64 of %d bytes", source, n, keySize)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		id := idOf(key)
		if len(r.keys) == 0 {
			r.first = id
		}
		r.keys[id] = aead
	}
	if len(r.keys) == 0 {
		return nil, fmt.Errorf("%s: no key in it; secrets newkey makes one", source)
	}
	return r, nil
}

// A sealed value has the version of its format, the id of its key, a random nonce, the value
// encrypted by AES-GCM, and a tag. The tag also covers the names of the value, so a value
// that was moved doesn't decrypt.
const (
	version  = 1
	headSize = 1 + len(keyID{})
)

// seal encrypts the value with these names.
func (r *keyring) seal(value string, names ...string) []byte {
	sealed := append([]byte{version}, r.first[:]...)
	return r.keys[r.first].Seal(sealed, nil, []byte(value), bind(sealed, names))
}

var errDamaged = errors.New("its value is damaged, or has been put there from elsewhere")

// open decrypts a sealed value with these names.
func (r *keyring) open(sealed []byte, names ...string) (string, error) {
	id, err := sealedBy(sealed)
	if err != nil {
		return "", err
	}
	aead := r.keys[id]
	if aead == nil {
		return "", fmt.Errorf("its value is encrypted with the key %s, which isn't in %s", id, r.source)
	}
	value, err := aead.Open(nil, nil, sealed[headSize:], bind(sealed[:headSize], names))
	if err != nil {
		return "", errDamaged
	}
	return string(value), nil
}

// sealedBy returns the id of a sealed value's key.
func sealedBy(sealed []byte) (id keyID, err error) {
	switch {
	case len(sealed) < headSize:
		return id, errDamaged
	case sealed[0] != version:
		return id, fmt.Errorf("its value has format %d, which is newer than this program", sealed[0])
	}
	copy(id[:], sealed[1:])
	return id, nil
}

// bind returns the associated data of a value: its head and its names, each after its length,
// so that different lists of names give different data.
func bind(head []byte, names []string) []byte {
	data := append([]byte(nil), head...)
	for _, name := range names {
		data = binary.AppendUvarint(data, uint64(len(name)))
		data = append(data, name...)
	}
	return data
}
