package listen

import (
	"fmt"
	"net"
	"os"
	"strconv"
)

// firstInherited is the first file descriptor that systemd passes to the program; see
// sd_listen_fds(3).
const firstInherited = 3

// Inherited returns the listeners that systemd has opened for this program, in
// the order of its socket unit; none if it has opened none. The sockets stay open while
// the program restarts, so no caller is refused meanwhile. Only the first call returns
// them: it clears the environment variables, so that child processes don't use them.
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
		l, err := net.FileListener(f) // a copy that child processes don't inherit
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
