package socketproto

import (
	"context"
	"fmt"
	"slices"

	"github.com/tpp-rpc/tpp/runtime"
)

// This file asks, and waits for the response.

// A waiter is somebody who has asked.
type waiter struct {
	response chan Message // has room for one; closed when none will come
}

// ask sends a request and waits for its response.
func (l *link) ask(ctx context.Context, m Message) (Message, error) {
	response, ok := l.Response(m.Service)
	if !ok {
		return Message{}, fmt.Errorf("socketproto: %s has no response", l.ServiceName(m.Service))
	}
	w, err := l.queue(ctx, m, Address{response, m.DataID})
	if err != nil {
		return Message{}, err
	}
	select {
	case r, ok := <-w.response:
		if !ok {
			return Message{}, runtime.Errorf(runtime.Unavailable, "no answer: %w", l.why())
		}
		return r, nil
	case <-ctx.Done():
		// The waiter stays, for the response that is still to come.
		return Message{}, ctx.Err()
	}
}

// queue sends a request, whose response has an address, and returns who waits
// for that.
func (l *link) queue(ctx context.Context, m Message, a Address) (*waiter, error) {
	l.asking.Lock()
	defer l.asking.Unlock()
	w := &waiter{make(chan Message, 1)}
	l.change(func(s *linkState) {
		if s.err == nil {
			put(&s.waiters, a, append(s.waiters[a], w))
		}
	})
	err := l.send(ctx, m)
	if err != nil {
		l.change(func(s *linkState) {
			if i := slices.Index(s.waiters[a], w); i >= 0 {
				s.waiters[a] = slices.Delete(s.waiters[a], i, i+1)
			}
		})
	}
	return w, err
}

// waiter returns who has asked for a message with an address first; nil if
// nobody has.
func (l *link) waiter(a Address) (w *waiter) {
	l.linkMu.Lock()
	defer l.linkMu.Unlock()
	all := l.links.waiters[a]
	if len(all) == 0 {
		return nil
	}
	if len(all) == 1 {
		delete(l.links.waiters, a)
	} else {
		l.links.waiters[a] = all[1:]
	}
	return all[0]
}
