package tinyproto

import (
	"errors"
	"net"
	"sync"

	"github.com/tpp-rpc/tpp/runtime/internal/keepalive"
)

// A Listener accepts connections at several addresses. It is a net.Listener, so
// a Server, a runtime.Server or tls.NewListener takes it.
type Listener struct {
	listeners []net.Listener
	results   chan acceptResult
	done      chan struct{}
	close     sync.Once
	closeErr  error
	wait      sync.WaitGroup
}

// An acceptResult is the result of an Accept.
type acceptResult struct {
	nc  net.Conn
	err error
}

// Listen listens at addresses, each a host and a port, such as "127.0.0.1:9123",
// "[::1]:9123" or ":0". If one of them fails, it listens at none.
func Listen(addrs ...string) (*Listener, error) {
	if len(addrs) == 0 {
		return nil, errors.New("tinyproto: no addresses to listen at")
	}
	l := &Listener{results: make(chan acceptResult), done: make(chan struct{})}
	for _, addr := range addrs {
		one, err := net.Listen("tcp", addr)
		if err != nil {
			for _, other := range l.listeners {
				other.Close()
			}
			return nil, err
		}
		l.listeners = append(l.listeners, one)
	}
	for _, one := range l.listeners {
		l.wait.Go(func() { l.accept(one) })
	}
	return l, nil
}

// accept passes on what one of the listeners accepts. After an error it continues when
// Accept has returned the error.
func (l *Listener) accept(one net.Listener) {
	for {
		nc, err := one.Accept()
		if err == nil {
			keepalive.Set(nc)
		}
		select {
		case l.results <- acceptResult{nc, err}:
		case <-l.done:
			if nc != nil {
				nc.Close()
			}
			return
		}
	}
}

// Accept waits for a connection at any of the addresses.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.done:
		return nil, net.ErrClosed
	default:
	}
	select {
	case a := <-l.results:
		return a.nc, a.err
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close stops listening at all addresses.
func (l *Listener) Close() error {
	l.close.Do(func() {
		close(l.done)
		var errs []error
		for _, one := range l.listeners {
			errs = append(errs, one.Close())
		}
		l.wait.Wait()
		l.closeErr = errors.Join(errs...)
	})
	return l.closeErr
}

// Addr returns the first of the addresses.
func (l *Listener) Addr() net.Addr { return l.listeners[0].Addr() }

// Addrs returns all addresses, in the order in which Listen got them.
func (l *Listener) Addrs() []net.Addr {
	all := make([]net.Addr, len(l.listeners))
	for i, one := range l.listeners {
		all[i] = one.Addr()
	}
	return all
}
