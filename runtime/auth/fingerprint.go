package auth

import (
	"crypto/rand"
	"crypto/sha256"
)

// fingerprint stands for a token in memory. All have one length, so comparing two
// says nothing about the tokens' lengths, and without the key nothing about the tokens.
type fingerprint [sha256.Size]byte

// key makes fingerprints; each Auth has its own.
type key [sha256.BlockSize]byte

// newKey returns a random key.
func newKey() key {
	var k key
	rand.Read(k[:]) // never returns an error: it ends the process instead
	return k
}

// of returns the fingerprint of token. A plain hash of the key and the token is enough,
// since fingerprints never leave the process: nobody has one to extend.
func (k *key) of(token string) fingerprint {
	var room [256]byte
	return sha256.Sum256(append(append(room[:0], k[:]...), token...))
}
