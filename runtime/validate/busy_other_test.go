//go:build !linux

package validate_test

import "time"

var began = time.Now()

// busy returns how long the test has been running.
func busy() time.Duration { return time.Since(began) }
