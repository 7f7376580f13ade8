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
)

// A link is one connection of a channel.
type link struct {
	*Channel
	frames    frameReader
	out       *outbox
	performer performer // of the calls of the peer; nil if there are none to be made
	jobs      chan job  // for callbacks
	done      chan struct{}
	heard     atomic.Bool // a response to a call of this end has come
	spoke     bool        // the peer has sent a frame; belongs to run

	calling sync.WaitGroup // the calls of the peer, and what else belongs to the connection
	asking  sync.Mutex     // keeps those who wait in the order of their requests

	linkMu sync.Mutex
	links  linkState
}

// linkState is everything about a connection that changes, apart from
// authentication.
type linkState struct {
	asked       map[uint64]*clientCall // calls of this end, by id
	lastID      uint64
	answers     map[Address]struct{}  // where responses to calls of this end come
	waiters     map[Address][]*waiter // those who have asked, in order
	served      map[uint64]*serverCall
	plain       map[Address]chan struct{} // closed when the last plain call has ended
	underWay    int                       // calls of the peer, plain ones included
	bytes       int                       // of their requests
	called      bool                      // the peer has made a call: it knows what a goaway is
	draining    bool                      // this end wants to leave once nothing is under way
	told        bool                      // the peer knows
	leaving     bool                      // no new calls of this end: the peer wants to leave
	established bool                      // it was, once

	err    error // why the connection has ended; nil while it is up
	ended  bool  // err was dealt with
	gentle bool  // what is to be sent still is
}

func newLink(c *Channel, t Transport, p performer) *link {
	l := &link{
		Channel:   c,
		performer: p,
		frames:    frameReader{src: t, codec: c.cfg.Codec, limit: c.cfg.MaxFrame},
		jobs:      make(chan job, maxJobs),
		done:      make(chan struct{}),
	}
	if p == nil && c.cfg.Handler != nil {
		l.performer = newLocal(&c.cfg)
	}
	l.out = newOutbox(t, c.cfg.WriteTimeout, l.unwritable)
	return l
}

// unwritable notes that nothing can be written any more, because of err. The
// peer may have said why before it left: that's still to be read.
func (l *link) unwritable(err error) {
	err = fmt.Errorf("sending: %w", err)
	if errors.Is(err, errWriteLate) {
		l.end(err)
		return
	}
	time.AfterFunc(lastWords, func() { l.end(err) })
}

// lastWords is how long an end reads on that can't write.
const lastWords = time.Second

var (
	errWriteLate = errors.New("the peer doesn't read")
	errFrameLate = errors.New("the peer has begun a message and doesn't go on")
	errAuthLate  = fmt.Errorf("%w: the peer takes too long", ErrAuth)
	errIdle      = errors.New("nothing has happened for too long")
	errBadFrames = errors.New("the peer sends one bad frame after the other")
)

// change applies f to the state, then puts right what follows from it: when the
// connection has ended, or nothing keeps one any more that isn't wanted, all
// who wait are released.
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

// part ends the connection once what is waiting to be sent is sent.
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

// run speaks with the peer until the connection ends, and waits for everything
// that belongs to it. It returns why it ended; nil if that was in order.
func (l *link) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(context.WithValue(ctx, channelKey{}, l.Channel))
	var calling sync.WaitGroup
	calling.Go(func() { l.callBack(ctx) })
	var authLate *time.Timer
	if l.cfg.Secret != "" && l.cfg.AuthTimeout > 0 {
		authLate = time.AfterFunc(l.cfg.AuthTimeout, func() {
			if !l.Established() {
				l.end(errAuthLate)
			}
		})
	}
	l.begin(ctx)
	l.end(l.read(ctx))
	if authLate != nil {
		authLate.Stop()
	}
	close(l.jobs)
	cancel()
	l.calling.Wait()
	calling.Wait()
	l.out.wait.Wait()
	switch err := l.why(); err {
	case io.EOF, errLeft, runtime.ErrClosed:
		return nil
	default:
		return err
	}
}

// begin sends what an end sends at first.
func (l *link) begin(ctx context.Context) {
	if l.dialed {
		name, _ := json.Marshal(l.cfg.Name)
		l.reply(ctx, Message{Service: ChannelName, DataID: channelName, Data: name})
		if !l.cfg.ManualAuth {
			var m Message
			var begun bool
			l.update(func(s *channelState) { m, begun = s.auth.begin() })
			if begun {
				l.reply(ctx, m)
			}
		}
	}
	if l.cfg.Secret == "" {
		l.establish(ctx)
	}
}

// establish notes that messages may travel.
func (l *link) establish(ctx context.Context) {
	l.change(func(s *linkState) { s.established = true })
	if f := l.cfg.Established; f != nil {
		l.calling.Go(func() { l.contain("established", func() { f(ctx, l.Channel) }) })
	}
}

// send sends m.
func (l *link) send(ctx context.Context, m Message) error {
	b := newBuffer()
	defer b.free()
	var err error
	if b.b, err = l.cfg.Codec.Append(b.b, m); err != nil {
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
	return runtime.Errorf(runtime.Unavailable, "sending: %w", l.why())
}

// reply sends m, for who reads from the peer. If that isn't possible, the
// connection ends soon.
func (l *link) reply(ctx context.Context, m Message) {
	b := newBuffer()
	defer b.free()
	var err error
	if b.b, err = l.cfg.Codec.Append(b.b, m); err == nil {
		l.out.sendSoon(ctx, b.b)
	}
}
