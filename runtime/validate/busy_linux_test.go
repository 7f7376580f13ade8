package validate_test

import (
	"syscall"
	"time"
)

// busy returns how long this thread has been at work, however many others there are.
func busy() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var used syscall.Rusage
	if err := syscall.Getrusage(thread, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
