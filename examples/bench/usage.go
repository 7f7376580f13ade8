package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

// A usage is what a process has used so far.
type usage struct {
	CPU     time.Duration // user and system
	Mallocs uint64
	Reads   uint64 // system calls that read, also those that found nothing
	Writes  uint64
	RSS     uint64 // bytes of memory that it holds now
}

// measure returns the usage of this process. If clean, it first returns unused memory to the
// system.
func measure(clean bool) (u usage, err error) {
	if clean {
		runtime.GC()
		debug.FreeOSMemory()
	}
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return u, err
	}
	u.CPU = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.Mallocs = m.Mallocs

	var pages uint64
	if err := scanFile("/proc/self/statm", "%d %d", new(uint64), &pages); err != nil {
		return u, err
	}
	u.RSS = pages * uint64(os.Getpagesize())
	return u, scanFile("/proc/self/io", "rchar: %d\nwchar: %d\nsyscr: %d\nsyscw: %d", new(uint64), new(uint64), &u.Reads, &u.Writes)
}

func scanFile(name, format string, into ...any) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err = fmt.Fscanf(f, format, into...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// since returns the usage since before, with the current RSS.
func (u usage) since(before usage) usage {
	u.CPU -= before.CPU
	u.Mallocs -= before.Mallocs
	u.Reads -= before.Reads
	u.Writes -= before.Writes
	return u
}
