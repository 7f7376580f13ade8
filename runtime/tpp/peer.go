package tpp

import (
	"context"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/dial"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// A peer is one address that a client's calls go to.
type peer struct {
	client *Client
	name   string // as it is written in Client.Addr
	addr   string // where to connect: name, or one of the addresses that its host has

	mode    atomic.Int32            // what the last answer said of it
	shared  atomic.Pointer[[]*conn] // connections for unary calls; nil or empty if there are none
	alone   atomic.Int64            // calls that have a connection to themselves
	trouble atomic.Pointer[trouble] // why it's better not called now; nil if all is well
	reached atomic.Bool             // it was there once
	refused atomic.Int64            // when it last refused a connection, in nanoseconds since 1970; 0 if it never has
	opening *opening                // a shared connection that is being opened; nil if none is; guarded by client.mu
}

// What is known of a peer.
const (
	unknown int32 = iota
	classic
	persistent
)

// String returns how errors call the peer.
func (p *peer) String() string {
	if p.addr != p.name {
		return p.name + " (" + p.addr + ")"
	}
	return p.name
}

// load returns how many calls p has.
func (p *peer) load() (n int64) {
	if shared := p.shared.Load(); shared != nil {
		for _, cn := range *shared {
			n += cn.load.Load()
		}
	}
	return n + p.alone.Load()
}

// call performs a call in the way that fits p.
func (p *peer) call(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if req.Info != nil && req.Info.Stream || p.mode.Load() != persistent {
		p.alone.Add(1)
		defer p.alone.Add(-1)
		return p.lone(ctx, req, out)
	}
	cn, err := p.pick(ctx)
	if err != nil {
		return err
	}
	return cn.perform(ctx, req, out)
}

// A trouble is why a peer is better not called. It doesn't change.
type trouble struct {
	err   error     // why it can't be reached; nil if it can
	mute  bool      // it can, but connections ended before any answer
	since time.Time // when that began
	tries int       // how often it was tried since
	tried time.Time // when that was last
	until time.Time // when it may be tried again
}

// rests reports whether a peer has only asked for calls to go elsewhere.
func (t *trouble) rests() bool { return t.err == nil && !t.mute }

const (
	// comeback is how long calls wait for a peer that was there before.
	comeback = time.Second

	// hurry is the pause between two tries while calls wait, or if there's no other
	// peer.
	hurry = comeback / 10

	// away is how long calls go elsewhere when a peer has asked for that, and
	// how long it isn't asked for one connection more when it has refused one.
	away = time.Second

	// haste is how long one of several peers may take to connect that never was
	// there, until another one is tried.
	haste = time.Second
)

// again sets when a peer that has failed may be tried again: soon as long as
// calls wait for it.
func (t *trouble) again() {
	t.tried = time.Now()
	d := backoff(t.tries)
	if t.awaited(t.tried) {
		d = min(d, hurry)
	}
	t.until = t.tried.Add(d)
}

// awaited reports whether calls wait for a peer to come back until then.
func (t *trouble) awaited(then time.Time) bool { return then.Sub(t.since) <= comeback }

// backoff returns how long to wait after so many failures: twice as long each
// time, and not as long as others who count the same.
func backoff(failures int) time.Duration {
	const shortest, longest = 20 * time.Millisecond, 10 * time.Second
	d := min(shortest<<min(failures-1, 20), longest)
	return d/2 + rand.N(d/2)
}

// admit waits until p may be tried. Most often that's at once. If it takes too
// long, it returns why p can't be reached; a peer that is mute is tried then,
// since that may be due to the calls that were made.
func (p *peer) admit(ctx context.Context) error {
	for {
		t := p.trouble.Load()
		if t == nil || t.rests() {
			return nil
		}
		wait := time.Until(t.until)
		switch {
		case wait <= 0:
			if p.claim(t) {
				return nil
			}
		case !p.reached.Load() || !t.awaited(t.until):
			return t.err
		default:
			if err := pause(ctx, wait); err != nil {
				return err
			}
		}
	}
}

// claim reports whether the caller is who tries p next: nobody else does, until
// it's clear what becomes of that.
func (p *peer) claim(t *trouble) bool {
	next := *t
	if t.mute {
		next.tries++ // before it has failed, since a peer may take its time to hang up
	}
	next.again()
	return p.trouble.CompareAndSwap(t, &next)
}

// failed takes notice that connecting failed; was is what p.trouble was before.
// Many who fail at the same time count once.
func (p *peer) failed(was *trouble, err error) {
	next := trouble{err: err, since: time.Now(), tries: 1}
	if was != nil && !was.rests() {
		next.since, next.tries = was.since, was.tries+1
	}
	next.again()
	p.trouble.CompareAndSwap(was, &next)
	p.client.refresh()
}

// noAnswer takes notice that a connection with a request on it ended before any
// answer. If p is mute already, whoever tried it was counted.
func (p *peer) noAnswer() {
	if t := p.trouble.Load(); t == nil || t.rests() {
		next := trouble{mute: true, since: time.Now(), tries: 1}
		next.again()
		p.trouble.CompareAndSwap(t, &next)
	}
	p.client.refresh()
}

// answered takes notice of an answer.
func (p *peer) answered() {
	if t := p.trouble.Load(); t != nil && t.mute {
		p.trouble.CompareAndSwap(t, nil)
	}
}

// unnamed takes notice of an answer without an id, on a connection that hasn't
// brought any. A success is that of a classic peer. An error doesn't tell: so does
// a persistent peer refuse a connection.
func (p *peer) unnamed(resp *envelope.Response) {
	switch {
	case resp.Code == runtime.OK:
		p.mode.Store(classic)
		p.answered()
	case resp.Goaway, p.mode.Load() == persistent:
		p.refused.Store(time.Now().UnixNano())
		p.noAnswer()
	default:
		p.answered()
	}
}

// full reports whether p has refused a connection just now.
func (p *peer) full() bool {
	return time.Since(time.Unix(0, p.refused.Load())) < away
}

// ended returns what callers learn when p ends their connection by resp, which has no id.
func (p *peer) ended(resp *envelope.Response) error {
	if resp.Code == runtime.OK {
		return runtime.Errorf(runtime.BadResponse, "%v answered without an id", p)
	}
	return runtime.Errorf(runtime.Unavailable, "%v ended the connection: %s", p, envelope.ErrorText(resp.Body))
}

// connected takes notice that there's a connection, which says nothing of answers.
func (p *peer) connected() {
	p.reached.Store(true)
	if t := p.trouble.Load(); t != nil && !t.mute {
		p.trouble.CompareAndSwap(t, nil)
	}
}

// rest makes calls go to other peers for a while, if there are any.
func (p *peer) rest() {
	p.trouble.CompareAndSwap(nil, &trouble{until: time.Now().Add(away)})
	p.client.refresh()
}

// probe finds out whether p is there again.
func (p *peer) probe(t *trouble) {
	if t.rests() {
		p.trouble.CompareAndSwap(t, nil)
		return
	}
	if !p.claim(t) {
		return
	}
	if p.mode.Load() == persistent {
		p.open()
		return
	}
	c := p.client
	c.mu.Lock()
	defer c.mu.Unlock()
	c.during(func(ctx context.Context) {
		if cn, err := p.connect(ctx); err == nil {
			c.drop(cn)
		}
	})
}

// A connectError is why there is no connection.
type connectError struct{ error }

func (e connectError) Unwrap() error { return e.error }

// A refusedError is why a call wasn't seen by a peer that has said why it doesn't
// serve the connection.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// connect opens a connection.
func (p *peer) connect(ctx context.Context) (*conn, error) {
	c, was := p.client, p.trouble.Load()
	limit := c.dialTimeout()
	if len(*c.peers.Load()) > 1 && was == nil && !p.reached.Load() && (limit > haste || limit < 0) {
		limit = haste
	}
	dctx := ctx
	if limit > 0 {
		var cancel context.CancelFunc
		dctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	nc, err := p.dial(dctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		err = runtime.Errorf(runtime.Unavailable, "connecting to %v: %w", p, connectError{err})
		p.failed(was, err)
		return nil, err
	}
	p.connected()
	cn := newConn(p, nc)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conns == nil {
		c.conns = make(map[*conn]struct{})
	}
	c.conns[cn] = struct{}{}
	return cn, nil
}

func (p *peer) dial(ctx context.Context) (nc net.Conn, err error) {
	c := p.client
	if c.Dial != nil {
		nc, err = c.Dial(ctx, p.addr)
	} else {
		nc, err = dial.Net(ctx, p.addr)
	}
	if err != nil || c.TLS == nil {
		return nc, err
	}
	return dial.TLS(ctx, nc, p.name, c.TLS)
}

// leave ends the connections of p when their calls have.
func (p *peer) leave() {
	if shared := p.shared.Load(); shared != nil {
		for _, cn := range *shared {
			cn.update(func(s *connState) { s.leaving = true })
		}
	}
}

// A try is one of the two attempts of a call that is hedged.
type try struct {
	at    atomic.Pointer[peer] // where it went last
	avoid *peer                // where it should not go; nil if that doesn't matter
}

func (t *try) avoids(p *peer) bool { return t != nil && p == t.avoid }

// choose returns the peer for the next attempt of a call: the one with the
// fewest calls of those that are well, and another than was tried last if
// there is one. If none are well, it's the one that can be tried soonest, and those that
// can't be reached are tried all the same: calls needn't fail because of a pause. Now and
// then it's one that was mute: it's claimed for this attempt, which is to find out.
func (c *Client) choose(last *peer, t *try) (best *peer, claimed bool) {
	peers := c.all()
	if len(peers) == 1 {
		return peers[0], false
	}
	var soonest *peer
	var load int64
	var until time.Time
	var now time.Time // only if it matters
	var due []*peer
	from := rand.IntN(len(peers)) // so that equals take turns
	for i := range peers {
		p := peers[(from+i)%len(peers)]
		if tr := p.trouble.Load(); tr != nil {
			if now.IsZero() {
				now = time.Now()
			}
			if now.After(tr.until) {
				due = append(due, p)
			}
			at := tr.until
			switch {
			case tr.rests():
				at = time.Time{} // it can be reached
			case !tr.awaited(tr.until):
				at = at.Add(time.Hour) // better one that is
			}
			if soonest == nil || at.Before(until) {
				soonest, until = p, at
			}
			continue
		}
		l := p.load()
		if p == last || t.avoids(p) {
			l += 1 << 32
		}
		if best == nil || l < load {
			best, load = p, l
		}
	}
	switch {
	case best == nil:
		best = soonest
		for _, p := range peers {
			if tr := p.trouble.Load(); p != best && tr != nil && tr.err != nil && now.Sub(tr.tried) >= hurry {
				p.probe(tr)
			}
		}
	default:
		for _, p := range due {
			tr := p.trouble.Load()
			switch {
			case tr == nil:
			case !tr.mute:
				p.probe(tr)
			case !claimed && p != last && !t.avoids(p) && p.claim(tr):
				best, claimed = p, true
			}
		}
	}
	if t != nil {
		t.at.Store(best)
	}
	return best, claimed
}
