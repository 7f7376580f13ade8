package listen

import (
	"fmt"
	"net"
	"os"
	"strconv"
)

// firstInherited is the first file descriptor that systemd passes on; see
// sd_listen_fds(3).
const firstInherited = 3

// Inherited returns the listeners that systemd has opened for this program, in
// the order of its socket unit; none if it has opened none. They go on while the
// program is restarted, so no caller is turned away meanwhile. Only the first call finds
// them: it clears the variables, so that no child takes them for its own.
//
//	ls, err := listen.Inherited()
//	if err == nil && len(ls) == 0 {
//		…                            // not started by a socket unit: listen.At(addr)
//	}
func Inherited() ([]net.Listener, error) {
	pid, count := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		os.Unsetenv(name)
	}
	if pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("LISTEN_FDS is %q, not a number of sockets", count)
	}
	all := make([]net.Listener, 0, n)
	for fd := firstInherited; fd < firstInherited+n; fd++ {
		f := os.NewFile(uintptr(fd), "LISTEN_FD_"+strconv.Itoa(fd))
		l, err := net.FileListener(f) // a copy, which no child inherits
		f.Close()
		if err != nil {
			for _, l := range all {
				l.Close()
			}
			return nil, fmt.Errorf("socket %d that was passed on: %w", fd, err)
		}
		all = append(all, l)
	}
	return all, nil
}
