package auth

import (
	"context"
	"crypto/subtle"
	"maps"
	"slices"

	"github.com/tpp-rpc/tpp/runtime"
)

// Plain returns an Auth that accepts the tokens given, by name; the name becomes the
// principal's. How long a check takes depends on how many tokens there are, on how long the
// longest is, and on the length of what was sent, and on nothing else. If two names
// share a token, its principal is the first of them in alphabetical order. An empty token
// is never accepted, so that a variable somebody forgot to set opens no door.
func Plain(tokens map[string]string) runtime.Auth {
	names := slices.Sorted(maps.Keys(tokens))
	longest := 0
	for _, token := range tokens {
		longest = max(longest, len(token))
	}
	known := make([][]byte, len(names))
	lengths := make([]int32, len(names))
	for i, name := range names {
		known[i] = padded(make([]byte, longest), tokens[name])
		lengths[i] = int32(len(tokens[name]))
	}
	return func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
		token := c.Token
		if token == "" {
			return runtime.Principal{}, runtime.ErrBadToken
		}
		var room [64]byte
		sent, found := padded(slices.Grow(room[:0], longest)[:longest], token), -1
		for i := len(known) - 1; i >= 0; i-- {
			same := subtle.ConstantTimeCompare(sent, known[i]) & subtle.ConstantTimeEq(int32(len(token)), lengths[i])
			found = subtle.ConstantTimeSelect(same, i, found)
		}
		if found < 0 {
			return runtime.Principal{}, runtime.ErrBadToken
		}
		return runtime.Principal{Name: names[found]}, nil
	}
}

// padded returns p with token in it, or as much of it as there's room for, and zeros behind it.
func padded(p []byte, token string) []byte {
	clear(p[copy(p, token):])
	return p
}
