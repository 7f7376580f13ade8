package auth

import (
	"context"
	"crypto/subtle"
	"maps"
	"slices"

	"github.com/tpp-rpc/tpp/runtime"
)

// Plain returns an Auth that accepts these tokens, which have names; the name becomes the
// name of the principal. The time of a check depends only on the number of tokens, the
// length of the longest, and the length of the token that was sent. If two names have the
// same token, the principal is the first of them in alphabetical order. An empty token is
// never accepted, so a variable that isn't set gives no access.
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
			return runtime.Principal{}, runtime.BadCredentials
		}
		var room [64]byte
		sent, found := padded(slices.Grow(room[:0], longest)[:longest], token), -1
		for i := len(known) - 1; i >= 0; i-- {
			same := subtle.ConstantTimeCompare(sent, known[i]) & subtle.ConstantTimeEq(int32(len(token)), lengths[i])
			found = subtle.ConstantTimeSelect(same, i, found)
		}
		if found < 0 {
			return runtime.Principal{}, runtime.BadCredentials
		}
		return runtime.Principal{Name: names[found]}, nil
	}
}

// padded fills p with token, cut or padded with zeros to p's length, and returns p.
func padded(p []byte, token string) []byte {
	clear(p[copy(p, token):])
	return p
}
