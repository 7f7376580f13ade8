package balance

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Balancer performs the calls of a runtime.Client. It is a runtime.Caller.
type Balancer struct {
	client   *runtime.Client
	open     func(*Backend) Endpoint
	backends atomic.Pointer[[]*Backend] // never nil, nor empty
	names    names
	hedges   hedges

	life context.Context // ends when Close begins
	end  context.CancelFunc
	late context.Context // ends when Close has waited long enough
	cut  context.CancelFunc

	mu     sync.Mutex
	closed bool
	wait   sync.WaitGroup // for goroutines; those begin while mu is held and closed is false
}

// New returns a Balancer for c. Open returns the Endpoint of a peer; it is called
// for each address, and again when names get new addresses, and doesn't wait for a
// connection.
func New(c *runtime.Client, open func(*Backend) Endpoint) *Balancer {
	b := &Balancer{client: c, open: open}
	b.life, b.end = context.WithCancel(context.Background())
	b.late, b.cut = context.WithCancel(context.Background())
	var backends []*Backend
	for _, at := range b.written() {
		backends = append(backends, newBackend(b, at))
	}
	b.backends.Store(&backends)
	b.refresh()
	return b
}

func orDefault(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return d
}

// Do performs a call; it is a runtime.Func. It calls out in the goroutine that called
// Do.
func (b *Balancer) Do(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if b.client.Hedge > 0 && repeatable(req) {
		return b.hedged(ctx, req, out)
	}
	return b.call(ctx, req, out, nil)
}

// call performs a call on any peer, and again on the same or another one. If t
// isn't nil, it learns which peer that is, and says which one it shouldn't be.
func (b *Balancer) call(ctx context.Context, req *runtime.Request, out runtime.Responder, t *try) error {
	var last *Backend
	var retry Retry
	for {
		p, claimed := b.choose(last, t)
		if p == nil {
			return runtime.ErrClosed
		}
		if !claimed {
			if err := p.admit(ctx); err != nil {
				return err
			}
		}
		err := p.attempt(ctx, req, out, t != nil)
		if err == nil {
			return nil
		}
		if again, err := retry.Again(ctx, req, err); !again {
			return err
		}
		last = p
	}
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// background runs f in a goroutine, unless b is closed. The context of f ends when
// it is.
func (b *Balancer) background(f func(ctx context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.start(func() { f(b.life) })
}

// start is background while b.mu is held.
func (b *Balancer) start(f func()) bool {
	if b.closed {
		return false
	}
	b.wait.Go(f)
	return true
}

// retire ends the use of p: it closes the endpoint after the last attempt on it,
// or when Close has waited long enough. B.mu is held, and b isn't closed.
func (b *Balancer) retire(p *Backend) {
	p.retire()
	b.wait.Go(func() {
		select {
		case <-p.idle:
		case <-b.late.Done():
		}
		p.end.Close()
	})
}

// Close waits for the calls under way, but not longer than Client.Grace, and closes
// all endpoints. Calls that begin after it, and attempts too, fail with
// runtime.ErrClosed.
func (b *Balancer) Close() error {
	b.mu.Lock()
	if !b.closed {
		for _, p := range *b.backends.Load() {
			b.retire(p)
		}
		b.backends.Store(new([]*Backend))
		b.closed = true
		b.end()
	}
	b.mu.Unlock()
	grace := time.AfterFunc(max(orDefault(b.client.Grace, 10*time.Second), 0), b.cut)
	defer grace.Stop()
	b.wait.Wait()
	return nil
}
