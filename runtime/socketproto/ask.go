package socketproto

import (
	"context"
	"fmt"
	"slices"

	"github.com/tpp-rpc/tpp/runtime"
)

// This file sends requests and waits for their responses.

// A waiter waits for the response to a request.
type waiter struct {
	response chan Message // has room for one; closed if none will arrive
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
			return Message{}, runtime.Unavailable.Errorf("no answer: %w", l.why())
		}
		return r, nil
	case <-ctx.Done():
		// The waiter stays, since the response will still arrive.
		return Message{}, ctx.Err()
	}
}

// queue sends a request, and returns the waiter for the response, which has the address
// a.
func (l *link) queue(ctx context.Context, m Message, a Address) (*waiter, error) {
	l.asks.Lock()
	defer l.asks.Unlock()
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

// waiter removes and returns the first waiter for a message with an address, or nil if
// there is none.
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
