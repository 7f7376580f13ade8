package socketproto

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
)

// A Codec decides what the documentation of socket_protocol leaves open: the bytes of a
// message with its checksum, and the hash of a challenge. This package has JSON and Struct.
// To speak with an implementation that decides otherwise, write another one.
type Codec interface {
	// Append appends the bytes of m to dst. It fails if the data isn't JSON.
	Append(dst []byte, m Message) ([]byte, error)

	// Parse parses the bytes of a message, and keeps none of them. If the checksum is
	// wrong, the error is ErrChecksum, and the message is what the bytes seem to
	// contain, with the service Any if that isn't readable.
	Parse(p []byte) (Message, error)

	// Key returns the key that proves the secret for a seed. A peer chooses the seed.
	Key(secret, seed string) string
}

// ErrChecksum is the error of a message with a wrong checksum.
var ErrChecksum = errors.New("wrong checksum")

// castagnoli is the polynomial of the checksums, and of default data ids.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// hash returns the HMAC-SHA-256 of a text as hexadecimal digits.
func hash(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}
