package auth

import (
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"
)

// hashLength is the length of every valid hash: 7 characters of kind and cost, as in
// "$2b$12$", then 22 of salt and 31 of hash.
const hashLength = 7 + 22 + 31

// hashBase64 has bcrypt's own alphabet. It is strict: bcrypt never writes a last character
// with bits beyond the salt or the hash, so a comparison of texts, as in the Python
// services, would always fail.
var hashBase64 = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").
	WithPadding(base64.NoPadding).Strict()

// checkHash returns what is wrong with hash, without the hash in the text. Package bcrypt
// checks less: it accepts any letter as the kind, and anything after the cost.
func checkHash(hash string) error {
	if len(hash) < 4 || hash[:2] != "$2" {
		return errors.New("not a bcrypt hash: it must begin with $2a$, $2b$ or $2y$")
	}
	switch kind := hash[:4]; kind {
	case "$2a$", "$2b$", "$2y$":
	case "$2x$":
		return errors.New("kind $2x$ is of a broken bcrypt: hash the token again")
	default:
		return fmt.Errorf("unknown kind %q: it must be $2a$, $2b$ or $2y$", kind)
	}
	if len(hash) != hashLength {
		return fmt.Errorf("%d characters long, not %d", len(hash), hashLength)
	}
	if !digit(hash[4]) || !digit(hash[5]) || hash[6] != '$' {
		return fmt.Errorf("cost %q isn't two digits and a $", hash[4:7])
	}
	if _, err := bcrypt.Cost([]byte(hash)); err != nil {
		return fmt.Errorf("cost %s isn't between %02d and %d", hash[4:6], bcrypt.MinCost, bcrypt.MaxCost)
	}
	if salt, err := hashBase64.DecodeString(hash[7:29]); err != nil || len(salt) != 16 {
		return errors.New("a salt that bcrypt doesn't write")
	}
	if sum, err := hashBase64.DecodeString(hash[29:]); err != nil || len(sum) != 23 {
		return errors.New("a hash that bcrypt doesn't write")
	}
	return nil
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
