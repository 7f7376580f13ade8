package socketproto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/transport"
)

// A link is one connection of a channel.
type link struct {
	*Channel
	frames    frameReader
	out       *outbox
	performer performer       // of the peer's calls; nil if it can't make any
	server    *transport.Conn // the connection, if it is one of a runtime.Server; otherwise nil
	jobs      chan job        // for callbacks
	done      chan struct{}
	heard     atomic.Bool // a response to a call of this end has arrived
	spoke     bool        // the peer has sent a frame; belongs to run

	work sync.WaitGroup // the peer's calls and other goroutines of the connection
	asks sync.Mutex     // keeps waiters in the order of their requests

	linkMu sync.Mutex
	links  linkState
}

// linkState is everything about a connection that changes, except authentication.
type linkState struct {
	asked       map[uint64]*clientCall // calls of this end, by id
	lastID      uint64
	answers     map[Address]struct{}  // of the responses to calls of this end
	waiters     map[Address][]*waiter // waiters in the order of their requests
	served      map[uint64]*serverCall
	plain       map[Address]chan struct{} // closed when the last plain call has ended
	underWay    int                       // calls of the peer, plain ones included
	bytes       int                       // of their requests
	called      bool                      // the peer has made a call, so it knows goaway
	draining    bool                      // this end closes the connection when nothing is under way
	told        bool                      // the peer has been told
	leaving     bool                      // the peer has sent goaway: this end makes no new calls
	established bool                      // the connection has been established

	err    error // why the connection has ended; nil while it is up
	ended  bool  // err has been handled
	gentle bool  // queued frames are still sent
}

func newLink(c *Channel, t Transport, p performer) *link {
	l := &link{
		Channel:   c,
		performer: p,
		frames:    frameReader{src: t, framing: c.cfg.Framing, limit: c.cfg.MaxFrame},
		jobs:      make(chan job, maxJobs),
		done:      make(chan struct{}),
	}
	if l.server, _ = t.(*transport.Conn); l.server != nil {
		l.frames.hold, l.frames.unhold = l.server.Hold, l.server.Unhold
	}
	if p == nil && c.cfg.Handler != nil {
		l.performer = newLocal(&c.cfg)
	}
	l.out = newOutbox(t, c.cfg.WriteTimeout, l.unwritable)
	return l
}

// unwritable records that writing failed with err. The link keeps reading for a moment,
// since the peer may have sent a reason before it left.
func (l *link) unwritable(err error) {
	err = fmt.Errorf("sending: %w", err)
	if errors.Is(err, errWriteLate) {
		l.end(err)
		return
	}
	time.AfterFunc(lastWords, func() { l.end(err) })
}

// lastWords is how long a link reads after writing has failed.
const lastWords = time.Second

var (
	errWriteLate = errors.New("the peer doesn't read")
	errFrameLate = errors.New("the peer has begun a message and doesn't go on")
	errAuthLate  = fmt.Errorf("%w: the peer takes too long", ErrAuth)
	errIdle      = errors.New("nothing has happened for too long")
	errBadFrames = errors.New("the peer sends one bad frame after the other")
)

// change applies f to the state, and then restores its invariants: a connection that drains
// ends when nothing is under way, and when the connection has ended, all waiters are woken.
func (l *link) change(f func(*linkState)) {
	l.linkMu.Lock()
	s := &l.links
	f(s)
	idle := len(s.asked) == 0 && s.underWay == 0
	if s.err == nil && idle && (s.leaving || s.draining && !s.told) {
		s.err, s.gentle = errLeft, true
	}
	ends := s.err != nil && !s.ended
	var release []func()
	if ends {
		s.ended = true
		for id, c := range s.asked {
			delete(s.asked, id)
			c.end(s.err)
		}
		for a, all := range s.waiters {
			delete(s.waiters, a)
			for _, w := range all {
				close(w.response)
			}
		}
		for _, c := range s.served {
			release = append(release, c.Cancel)
			c.notify()
		}
	}
	err, gentle := s.err, s.gentle
	l.linkMu.Unlock()
	if !ends {
		return
	}
	for _, f := range release {
		f()
	}
	close(l.done)
	if gentle {
		err = nil
	}
	l.out.end(err)
}

// end ends the connection. The first reason counts.
func (l *link) end(err error) {
	l.change(func(s *linkState) {
		if s.err == nil {
			s.err = err
		}
	})
}

// part ends the connection when all queued frames are sent.
func (l *link) part(err error) {
	l.change(func(s *linkState) {
		if s.err == nil {
			s.err, s.gentle = err, true
		}
	})
}

// why returns why the connection has ended.
func (l *link) why() error {
	l.linkMu.Lock()
	defer l.linkMu.Unlock()
	return l.links.err
}

func (l *link) wasEstablished() bool {
	l.linkMu.Lock()
	defer l.linkMu.Unlock()
	return l.links.established
}

// run reads from the peer until the connection ends, and waits for its goroutines. It
// returns the reason for the end, or nil if the connection ended in order.
func (l *link) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(context.WithValue(ctx, channelKey{}, l.Channel))
	var callbacks sync.WaitGroup
	callbacks.Go(func() { l.callBack(ctx) })
	var authLate *time.Timer
	if l.cfg.Secret != "" && l.cfg.AuthTimeout > 0 && (!l.dialed || l.cfg.AutoAuth) {
		authLate = time.AfterFunc(l.cfg.AuthTimeout, func() {
			if !l.Established() {
				l.end(errAuthLate)
			}
		})
	}
	if s := l.server; s != nil && s.Limits().PreAuth > 0 {
		defer time.AfterFunc(s.Limits().PreAuth, func() { l.expire(ctx) }).Stop()
	}
	l.begin(ctx)
	l.end(l.read(ctx))
	if authLate != nil {
		authLate.Stop()
	}
	close(l.jobs)
	cancel()
	l.work.Wait()
	callbacks.Wait()
	l.out.wait.Wait()
	switch err := l.why(); err {
	case io.EOF, errLeft, runtime.ErrClosed:
		return nil
	default:
		return err
	}
}

// begin sends the first messages of an end.
func (l *link) begin(ctx context.Context) {
	if l.dialed {
		name, _ := json.Marshal(l.cfg.Name)
		l.reply(ctx, Message{Service: ChannelName, DataID: ChannelNameID, Data: name})
		if l.cfg.AutoAuth {
			var m Message
			var begun bool
			l.update(func(s *channelState) { m, begun = s.auth.begin() })
			if begun {
				l.reply(ctx, m)
			}
		}
	}
	l.notify(ctx, "connected", l.cfg.Connected)
	if l.cfg.Secret == "" {
		l.establish(ctx)
	}
}

// expire ends the connection of a newcomer whose time is up, unless calls are under way,
// which can only be of actions that need no token.
func (l *link) expire(ctx context.Context) {
	err := l.server.Late()
	l.linkMu.Lock()
	busy := l.links.underWay > 0
	l.linkMu.Unlock()
	if err == nil || busy {
		return
	}
	l.reply(ctx, Message{NotPermitted, control.Service, control.DataID, envelope.AppendRefusal(nil, refusal(err))})
	l.part(err)
}

// welcome records that the peer of a server isn't a newcomer any more.
func (l *link) welcome() {
	if l.server != nil && !l.server.Known() {
		l.server.Welcome()
	}
}

// establish records that the connection is established. If there is a secret, or the program
// wants to know of all connections, the peer isn't a newcomer any more.
func (l *link) establish(ctx context.Context) {
	if l.cfg.Secret != "" || l.cfg.Established != nil {
		l.welcome()
	}
	l.change(func(s *linkState) { s.established = true })
	l.notify(ctx, "established", l.cfg.Established)
}

// notify calls f, if it isn't nil, in another goroutine of the connection.
func (l *link) notify(ctx context.Context, what string, f func(context.Context, *Channel)) {
	if f != nil {
		l.work.Go(func() { l.contain(what, func() { f(ctx, l.Channel) }) })
	}
}

// send sends m.
func (l *link) send(ctx context.Context, m Message) error {
	b := newBuffer()
	defer b.free()
	var err error
	if b.b, err = l.cfg.appendFrame(b.b, m); err != nil {
		return fmt.Errorf("socketproto: %w", err)
	}
	if l.out.send(ctx, b.b) == nil {
		return nil
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if e, ok := l.why().(*runtime.Error); ok {
		return e
	}
	return runtime.Unavailable.Errorf("sending: %w", l.why())
}

// reply sends m, from the goroutine that reads from the peer. If that fails, the connection
// will end soon.
func (l *link) reply(ctx context.Context, m Message) {
	b := newBuffer()
	defer b.free()
	var err error
	if b.b, err = l.cfg.appendFrame(b.b, m); err == nil {
		l.out.sendSoon(ctx, b.b)
	}
}
