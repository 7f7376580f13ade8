package auth

import (
	"crypto/rand"
	"crypto/sha256"
)

// A fingerprint represents a token in memory. All have the same length, so comparing two
// reveals nothing about the tokens' lengths, nor, without the key, about the tokens.
type fingerprint [sha256.Size]byte

// A key makes fingerprints. Each Auth has its own.
type key [sha256.BlockSize]byte

// newKey returns a random key.
func newKey() key {
	var k key
	rand.Read(k[:]) // never fails: it would end the process
	return k
}

// of returns the fingerprint of token. A plain hash of the key and the token is enough:
// fingerprints never leave the process, so an attacker has none to extend.
func (k *key) of(token string) fingerprint {
	var room [256]byte
	return sha256.Sum256(append(append(room[:0], k[:]...), token...))
}
