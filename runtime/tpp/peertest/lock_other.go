//go:build !unix

package peertest

import (
	"context"
	"errors"
)

// lock fails: the peers run on Unix only.
func lock(context.Context, string) (unlock func(), err error) {
	return nil, errors.New("ToxicBuild's programs run on Unix only")
}
