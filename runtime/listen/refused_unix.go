//go:build unix

package listen

import (
	"errors"
	"syscall"
)

// refused reports whether err says that no program listens.
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
