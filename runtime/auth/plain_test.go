package auth

import (
	"context"
	"errors"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestPlain(t *testing.T) {
	check := Plain(map[string]string{
		"ci":     "s3cret",
		"deploy": "another",
		"twin":   "another",
		"unset":  "",
	})
	for _, test := range []struct {
		token, principal string
		err              error
	}{
		{"s3cret", "ci", nil},
		{"another", "deploy", nil},
		{"s3cre", "", runtime.BadCredentials},
		{"s3cret ", "", runtime.BadCredentials},
		{"S3CRET", "", runtime.BadCredentials},
		{"s3cret\x00", "", runtime.BadCredentials},
		{"", "", runtime.BadCredentials},
	} {
		principal, err := check(context.Background(), runtime.Credentials{Token: test.token})
		if principal.Name != test.principal || !errors.Is(err, test.err) {
			t.Errorf("Plain(%q) = %q, %v, want %q, %v", test.token, principal, err, test.principal, test.err)
		}
	}
}

func TestPlain_withoutTokens(t *testing.T) {
	if _, err := Plain(nil)(context.Background(), runtime.Credentials{Token: "x"}); !errors.Is(err, runtime.BadCredentials) {
		t.Errorf("Plain(nil) gives %v, want %v", err, runtime.BadCredentials)
	}
}
