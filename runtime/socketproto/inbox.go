package socketproto

import (
	"context"
	"slices"
	"sync"

	"github.com/tpp-rpc/tpp/runtime"
)

// An inbox keeps messages without a callback for a later Receive.
type inbox struct {
	maxMessages int
	maxBytes    int
	answers     func(Message) bool // tells responses from requests

	mu      sync.Mutex
	kept    []Message
	bytes   int
	waiting []*receiver
	closed  bool
}

// A receiver waits for a message.
type receiver struct {
	address Address
	message chan Message // has room for one
}

// put keeps m, or gives it to a receiver that waits for it. If there is no room, it drops
// the oldest response, whose receiver no longer wants it. If there is none, put reports
// false.
func (b *inbox) put(m Message) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, r := range b.waiting {
		if r.address.covers(m.Address()) {
			b.waiting = slices.Delete(b.waiting, i, i+1)
			r.message <- m
			return true
		}
	}
	for len(b.kept) >= b.maxMessages || b.bytes+len(m.Data) > b.maxBytes {
		i := slices.IndexFunc(b.kept, b.answers)
		if i < 0 {
			return false
		}
		b.take(i)
	}
	b.kept = append(b.kept, m)
	b.bytes += len(m.Data)
	return true
}

// take removes a message; b.mu is held.
func (b *inbox) take(i int) Message {
	m := b.kept[i]
	b.kept = slices.Delete(b.kept, i, i+1)
	b.bytes -= len(m.Data)
	return m
}

// receive returns the oldest message with an address, or waits for one.
func (b *inbox) receive(ctx context.Context, a Address) (Message, error) {
	b.mu.Lock()
	if i := slices.IndexFunc(b.kept, func(m Message) bool { return a.covers(m.Address()) }); i >= 0 {
		defer b.mu.Unlock()
		return b.take(i), nil
	}
	if b.closed {
		b.mu.Unlock()
		return Message{}, runtime.ErrClosed
	}
	r := &receiver{a, make(chan Message, 1)}
	b.waiting = append(b.waiting, r)
	b.mu.Unlock()
	select {
	case m, ok := <-r.message:
		if !ok {
			return Message{}, runtime.ErrClosed
		}
		return m, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.waiting, r); i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
		return Message{}, ctx.Err()
	}
	if m, ok := <-r.message; ok { // it arrived at the same moment
		return m, nil
	}
	return Message{}, runtime.ErrClosed
}

// close ends all waiting receives.
func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for _, r := range b.waiting {
		close(r.message)
	}
	b.waiting = nil
}
