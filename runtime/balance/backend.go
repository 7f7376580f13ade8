package balance

import (
	"context"
	"errors"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Backend is one address that calls go to, as its Endpoint sees it.
type Backend struct {
	balancer *Balancer
	name     string // as it is written in Client.Addr
	addr     string // where to connect: name, or one of the addresses of its host
	end      Endpoint

	health atomic.Pointer[health]
	calls  atomic.Int64  // attempts under way; plus retired once no more are wanted
	heard  atomic.Uint64 // answers
	vacate sync.Once
	idle   chan struct{} // closed when p is retired and has no attempts
}

func newBackend(b *Balancer, at place) *Backend {
	p := &Backend{balancer: b, name: at.name, addr: at.addr, idle: make(chan struct{})}
	p.health.Store(untried)
	p.end = b.open(p)
	return p
}

// String returns how errors name the peer: its address in Client.Addr, and the one
// that was looked up for it if that differs.
func (p *Backend) String() string {
	if p.addr != p.name {
		return p.name + " (" + p.addr + ")"
	}
	return p.name
}

// Request returns the request to send for req: with the token and the envelope of
// the client, unless req has its own.
func (p *Backend) Request(req *runtime.Request) runtime.Request {
	r, c := *req, p.balancer.client
	if r.Token == "" {
		r.Token = c.Token
	}
	if r.Envelope == nil {
		r.Envelope = c.Envelope
	}
	return r
}

// MaxFrame returns how many bytes a response may have.
func (p *Backend) MaxFrame() int {
	if n := p.balancer.client.MaxFrame; n > 0 {
		return n
	}
	return 64 << 20
}

// retired is added to Backend.calls when no more attempts are wanted.
const retired = math.MinInt64 / 2

var errRetired = Unseen(errors.New("the address is no longer used"))

// attempt performs a call once, unless p is retired. Hedged says that another attempt may
// end this one.
func (p *Backend) attempt(ctx context.Context, req *runtime.Request, out runtime.Responder, hedged bool) error {
	defer func() {
		if p.calls.Add(-1) == retired {
			p.vacated()
		}
	}()
	if p.calls.Add(1) < 0 {
		return errRetired
	}
	if len(*p.balancer.backends.Load()) == 1 {
		return p.end.Do(ctx, req, out)
	}
	heard := p.heard.Load()
	var began time.Time
	if ctx.Done() != nil {
		began = time.Now()
	}
	err := p.end.Do(ctx, req, out)
	if err != nil && heard == p.heard.Load() {
		p.failed(ctx, err, began, hedged)
	}
	return err
}

// patience is how long a call must have waited before its deadline counts against a silent
// peer. A shorter deadline shows only that the caller is in a hurry.
const patience = 100 * time.Millisecond

// failed judges p by an attempt that failed with err, while no answer came from p to this
// attempt or any other.
func (p *Backend) failed(ctx context.Context, err error, began time.Time, hedged bool) {
	var responding respondError
	switch {
	case errors.Is(err, runtime.ErrClosed), errors.As(err, &responding):
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && time.Since(began) >= patience:
		p.suspect(Silent)
	case ctx.Err() != nil && (hedged || errors.Is(ctx.Err(), context.DeadlineExceeded)):
		p.suspect(broken)
	case ctx.Err() == nil && !IsUnseen(err) && runtime.ReasonOf(err) == runtime.Unavailable:
		p.suspect(broken)
	}
}

// suspect changes the health of p by e, which may eject p. It doesn't if too many others are
// ejected, or no other peer is well.
func (p *Backend) suspect(e Event) {
	h := p.health.Load()
	if n := h.next(e, nil); n.state == ejected && h.state != ejected && !p.spared() {
		return
	}
	p.change(e)
	p.balancer.refresh()
}

// spared reports whether there are enough peers without p. At most half of all are ejected.
func (p *Backend) spared() bool {
	all := *p.balancer.backends.Load()
	ready, out := 0, 1
	for _, other := range all {
		switch s := other.health.Load().state; {
		case other == p:
		case s == well:
			ready++
		case s == ejected:
			out++
		}
	}
	return ready > 0 && out <= (len(all)+1)/2
}

// retire makes attempts fail that begin from now on.
func (p *Backend) retire() {
	if p.calls.Add(retired) == retired {
		p.vacated()
	}
}

func (p *Backend) vacated() { p.vacate.Do(func() { close(p.idle) }) }

// Report records an event, which may change the health of p. It is safe for concurrent use.
func (p *Backend) Report(e Event) {
	if e == Silent {
		p.suspect(Silent)
		return
	}
	if e == Answered {
		p.heard.Add(1)
		if p.health.Load().settled() {
			return
		}
	}
	p.change(e)
	if e != Answered {
		p.balancer.refresh()
	}
}

// change replaces the health of p by the one that follows e.
func (p *Backend) change(e Event) {
	for {
		h := p.health.Load()
		n := h.next(e, nil)
		if n == h || p.health.CompareAndSwap(h, n) {
			return
		}
	}
}

// Dial connects to the peer and speaks TLS if the client wants that; then it calls
// greet, unless that is nil, for what the protocol says first. If any of these fails,
// Dial closes the connection and returns an error that is Unseen, and calls go to other
// backends for a while. If ctx ends, it returns the error of ctx; if Close has waited long
// enough, runtime.ErrClosed.
func (p *Backend) Dial(ctx context.Context, greet func(context.Context, net.Conn) error) (net.Conn, error) {
	was := p.health.Load()
	dctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.balancer.late, cancel)()
	if limit := p.dialTimeout(was); limit > 0 {
		dctx, cancel = context.WithTimeout(dctx, limit)
		defer cancel()
	}
	nc, err := p.balancer.dial(dctx, p, greet)
	switch {
	case err == nil:
		p.change(connected)
		return nc, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case p.balancer.late.Err() != nil:
		return nil, runtime.ErrClosed
	}
	err = runtime.Unavailable.Errorf("connecting to %v: %w", p, Unseen(err))
	// Of many that fail at the same time, the first one counts.
	p.health.CompareAndSwap(was, was.next(failed, err))
	p.balancer.refresh()
	return nil, err
}

// firstDialTimeout limits the first dial of a peer if there are other backends to try.
const firstDialTimeout = time.Second

func (p *Backend) dialTimeout(h *health) time.Duration {
	limit := orDefault(p.balancer.client.DialTimeout, 10*time.Second)
	if h == untried && len(*p.balancer.backends.Load()) > 1 && (limit > firstDialTimeout || limit < 0) {
		return firstDialTimeout
	}
	return limit
}

// admit waits until p may be tried, which is at once if it's well. If that takes too
// long, admit returns why p can't be reached. A mute peer is tried instead: the calls
// may be the reason why they had no answer.
func (p *Backend) admit(ctx context.Context) error {
	for {
		h := p.health.Load()
		if h.state == well || h.state == away || h.state == ejected {
			return nil
		}
		wait := time.Until(h.until)
		switch {
		case wait <= 0:
			if p.claim(h) {
				return nil
			}
		case !h.reached || !h.callsWait(h.until):
			return h.err
		default:
			if err := sleep(ctx, wait); err != nil {
				return err
			}
		}
	}
}

// claim reports whether the caller is the one that tries p next. No other caller does until
// the next pause is over.
func (p *Backend) claim(h *health) bool { return p.health.CompareAndSwap(h, h.next(claimed, nil)) }

// probe finds out whether p is well again.
func (p *Backend) probe(h *health) {
	if h.state == away {
		p.health.CompareAndSwap(h, h.next(pauseEnded, nil))
		return
	}
	if p.claim(h) {
		p.balancer.background(func(ctx context.Context) {
			switch err := p.end.Connect(ctx); {
			case err == nil:
				p.change(reachable)
			case ctx.Err() == nil:
				p.change(quiet)
			}
		})
	}
}
