package socketproto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Transport carries bytes in both directions, in order: a TCP or TLS connection, a serial
// line, one end of a pipe in memory. Close must make waiting Reads and Writes return, since
// a Channel keeps deadlines by closing the Transport.
type Transport = io.ReadWriteCloser

// A Channel is one end of a point-to-point connection. Both ends are equal: each sends
// messages and handles those of the other. If a connection ends and another one follows,
// callbacks, messages that wait for Receive, and waiting Receives stay.
//
// It is safe for concurrent use. It has the methods of its Services.
type Channel struct {
	*Services
	cfg    Config
	dialed bool
	inbox  inbox
	table  table

	redials bool          // another connection follows one that has ended
	hurry   chan struct{} // has a value when a call or a message waits for a connection
	again   chan struct{} // has a value when Reconnect has been called
	stopped chan struct{} // closed by Close
	wait    sync.WaitGroup

	mu    sync.Mutex
	state channelState
}

// channelState is everything about a channel that changes.
type channelState struct {
	link    *link // the connection; nil while there is none
	auth    auth  // of link
	name    string
	err     error // why the last attempt to connect failed, or the last connection ended
	failed  int   // attempts to connect so far that failed
	over    bool  // there will be no other connection
	calls   int   // calls of this end, under way or waiting for a connection
	leaving bool  // Shutdown refuses further calls
	closed  bool
	changed chan struct{} // closed, and replaced, by every change
}

// Open returns a channel over t, which this end has dialed. It ends with t.
func Open(cfg Config, t Transport) *Channel {
	c := newChannel(cfg, true)
	c.start(t)
	return c
}

// Accept returns a channel over t, which this end has accepted. It ends with t.
func Accept(cfg Config, t Transport) *Channel {
	c := newChannel(cfg, false)
	c.start(t)
	return c
}

func newChannel(cfg Config, dialed bool) *Channel {
	c := &Channel{
		cfg:     cfg.orDefault(dialed),
		dialed:  dialed,
		hurry:   make(chan struct{}, 1),
		again:   make(chan struct{}, 1),
		stopped: make(chan struct{}),
		state:   channelState{name: cfg.Name, changed: make(chan struct{})},
	}
	c.Services = c.cfg.Services
	c.inbox = inbox{maxMessages: c.cfg.Buffer, maxBytes: c.cfg.MaxFrame, answers: func(m Message) bool { return c.isResponse(m.Service) }}
	var err error
	if c.table, err = newTable(c.cfg.Handler, c.Services); err != nil {
		c.cfg.Log.Error("no calls are served", "err", err)
	}
	return c
}

// start runs the only connection of c.
func (c *Channel) start(t Transport) {
	l := c.attach(t, nil)
	c.wait.Go(func() {
		err := l.run(context.Background())
		c.detach(err, true)
		c.update(func(s *channelState) { s.over = true })
		c.inbox.close()
	})
}

// update applies f to the state, and wakes all goroutines in await.
func (c *Channel) update(f func(*channelState)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.state)
	close(c.state.changed)
	c.state.changed = make(chan struct{})
}

// await waits until done reports true for the state, or ctx ends.
func (c *Channel) await(ctx context.Context, done func(*channelState) bool) error {
	for {
		c.mu.Lock()
		ok, changed := done(&c.state), c.state.changed
		c.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// attach makes t the connection of c. If p is nil, c performs calls itself.
func (c *Channel) attach(t Transport, p performer) *link {
	l := newLink(c, t, p)
	c.update(func(s *channelState) {
		s.link = l
		s.auth = auth{
			secret: c.cfg.Secret, dialed: c.dialed, mutual: c.cfg.Mutual,
			key: c.cfg.Codec.Key, fresh: c.cfg.fresh, bind: func() (string, error) { return binding(t) },
		}
		if s.closed {
			l.end(runtime.ErrClosed)
		}
	})
	return l
}

// detach records that the connection has ended, or couldn't be made, because of err.
func (c *Channel) detach(err error, failed bool) {
	if err == nil {
		err = ErrNotConnected
	}
	c.update(func(s *channelState) {
		s.link, s.auth, s.err = nil, auth{}, err
		if failed {
			s.failed++
		}
	})
}

// established reports whether messages may be sent.
func (s *channelState) established() bool {
	return s.link != nil && (s.auth.secret == "" || s.auth.state == Trusted)
}

// unconnected returns ErrNotConnected, with the reason if it is known.
func (s *channelState) unconnected() error {
	if s.err == nil || s.err == ErrNotConnected {
		return ErrNotConnected
	}
	return fmt.Errorf("%w: %w", ErrNotConnected, s.err)
}

// Name returns the name of the channel. If the peer's name counts, it is this end's name
// until the peer has sent its own.
func (c *Channel) Name() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.name
}

// Connected reports whether there is a connection, authenticated or not.
func (c *Channel) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.link != nil
}

// Established reports whether messages may be sent: there is a connection and, if there is
// a Secret, it is authenticated.
func (c *Channel) Established() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.established()
}

// AwaitEstablished waits until the connection is established. It fails if ctx ends before
// that, or if there will be no connection any more.
func (c *Channel) AwaitEstablished(ctx context.Context) error {
	var err error
	late := c.await(ctx, func(s *channelState) bool {
		switch {
		case s.established():
			return true
		case s.closed:
			err = runtime.ErrClosed
		case s.over:
			err = s.err
		}
		return err != nil
	})
	if late != nil {
		return late
	}
	return err
}

// AuthState returns how far the authentication of the connection has got. It is Untrusted if
// there is no connection.
func (c *Channel) AuthState() AuthState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.auth.state
}

// Authenticate authenticates the connection, and returns when that has succeeded. It waits
// for a connection if there is none. If the authentication fails, the error is ErrAuth.
// Only the end that dialed needs it or, with Config.Mutual, both ends.
func (c *Channel) Authenticate(ctx context.Context) error {
	switch {
	case c.cfg.Secret == "":
		return errNoSecret
	case !c.dialed && !c.cfg.Mutual:
		return errNotDialed
	}
	l, err := c.connection(ctx, func(*channelState) (bool, error) { return true, nil })
	if err != nil {
		return err
	}
	var m Message
	var begun bool
	c.update(func(s *channelState) {
		if s.link == l {
			m, begun = s.auth.begin()
		}
	})
	if begun {
		if err := l.send(ctx, m); err != nil {
			return err
		}
	}
	late := c.await(ctx, func(s *channelState) bool {
		switch {
		case s.link != l:
			err = ErrNotConnected
		case s.auth.state == Untrusted:
			if err = s.auth.err; err == nil {
				err = ErrAuth
			}
		}
		return err != nil || s.auth.state == Trusted
	})
	if late != nil {
		return late
	}
	return err
}

var (
	errNoSecret  = errors.New("socketproto: there is no secret to authenticate with")
	errNotDialed = errors.New("socketproto: without Config.Mutual, only the end that dialed authenticates itself")

	// ErrNotConnected is the error of a message for which there was no connection in
	// time.
	ErrNotConnected = runtime.Unavailable.Errorf("not connected")

	// ErrNotEstablished is the error of a message that the peer would refuse, since
	// the connection isn't authenticated.
	ErrNotEstablished = runtime.Unavailable.Errorf("the connection isn't established")
)

// connection waits for a connection that usable accepts, and returns it. An error of usable
// ends the waiting.
func (c *Channel) connection(ctx context.Context, usable func(*channelState) (bool, error)) (*link, error) {
	var l *link
	var err, without error // without says what there was to wait for
	late := c.await(ctx, func(s *channelState) bool {
		l, without = s.link, ErrNotEstablished
		var ok bool
		switch {
		case s.closed:
			err = runtime.ErrClosed
		case l != nil:
			ok, err = usable(s)
		case s.over:
			err = s.unconnected()
		default:
			without = s.unconnected()
			c.hurryUp()
		}
		return ok || err != nil
	})
	if late != nil {
		return nil, fmt.Errorf("%w: %w", without, late)
	}
	return l, err
}

// sender waits until m may be sent, and returns the connection for it.
func (c *Channel) sender(ctx context.Context, m Message) (*link, error) {
	return c.connection(ctx, func(s *channelState) (bool, error) {
		switch {
		case s.established() || c.whitelisted(m.Address()):
			return true, nil
		case c.dialed && !c.cfg.AutoAuth && s.auth.state == Untrusted:
			return false, ErrNotEstablished // nothing is under way that could change that
		}
		return false, nil
	})
}

// hurryUp ends the pause before the next attempt to connect.
func (c *Channel) hurryUp() {
	select {
	case c.hurry <- struct{}{}:
	default:
	}
}

// Send sends a message. Until ctx ends, it waits for an established connection or, for a
// message on the whitelist, for any connection; without one in time, the error is
// ErrNotConnected or ErrNotEstablished. The latter comes at once if this end has to call
// Authenticate first. Send returns when the message is written or queued. A nil error doesn't
// mean that the peer has received it.
func (c *Channel) Send(ctx context.Context, m Message) error {
	l, err := c.sender(ctx, m)
	if err != nil {
		return err
	}
	return l.send(ctx, m)
}

// Receive waits for a message that has this service and data id, either of which may be
// Any, and that no callback handles. It returns the oldest kept message if there is one.
// Each message goes to one Receive.
func (c *Channel) Receive(ctx context.Context, s Service, id DataID) (Message, error) {
	return c.inbox.receive(ctx, Address{s, id})
}

// Ask sends a request, as Send does, and waits for the response. Callbacks and Receive don't
// get that response. A response with any status is no error. Requests with the same service
// and data id get their responses in order.
func (c *Channel) Ask(ctx context.Context, m Message) (Message, error) {
	l, err := c.sender(ctx, m)
	if err != nil {
		return Message{}, err
	}
	return l.ask(ctx, m)
}

// Close closes the connection and ends the channel. It doesn't wait, so a callback may call
// it.
func (c *Channel) Close() error {
	var l *link
	c.update(func(s *channelState) {
		if !s.closed {
			s.closed, s.leaving = true, true
			close(c.stopped)
		}
		l = s.link
	})
	if l != nil {
		l.end(runtime.ErrClosed)
	}
	c.inbox.close()
	return nil
}

// Wait waits, after Close or the end of the only connection, until all callbacks and calls
// of the peer have ended. Don't call it from one of them.
func (c *Channel) Wait() { c.wait.Wait() }

// Shutdown refuses new calls of this end, and waits for those under way until ctx ends. Then
// it closes the channel and waits for its end.
func (c *Channel) Shutdown(ctx context.Context) error {
	c.update(func(s *channelState) { s.leaving = true })
	err := c.await(ctx, func(s *channelState) bool { return s.calls == 0 || s.closed })
	c.Close()
	c.Wait()
	return err
}

type channelKey struct{}

// ChannelOf returns the channel of the call or callback with this context, or nil if the
// call came over another wire. A handler calls its caller back with ChannelOf(ctx).Do.
func ChannelOf(ctx context.Context) *Channel {
	c, _ := ctx.Value(channelKey{}).(*Channel)
	return c
}

// BySecret is an Auth for a runtime.Server whose peers authenticate with the secret of the
// connection and need no token. The principal's name is the name of the channel.
func BySecret(ctx context.Context, _ runtime.Credentials) (runtime.Principal, error) {
	c := ChannelOf(ctx)
	if c == nil || c.AuthState() != Trusted {
		return runtime.Principal{}, runtime.BadCredentials
	}
	return runtime.Principal{Name: c.Name()}, nil
}
