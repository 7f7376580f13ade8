package socketproto

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file serves calls: what a server does, and a client that its server calls.

// A performer performs the calls of a peer. A runtime.Conn is one.
type performer interface {
	Begin(ctx context.Context) error
	Finish()
	Do(ctx context.Context, call *runtime.Call, out runtime.Responder) *runtime.Error
}

// A local is the performer of an end that has no runtime.Server. Its handler's
// context tells whose call it is by ChannelOf.
type local struct {
	channel *Channel
	places  chan struct{} // has a value for each call under way
}

func newLocal(c *Channel) *local { return &local{c, make(chan struct{}, c.cfg.maxCalls)} }

func (p *local) Begin(ctx context.Context) error {
	select {
	case p.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *local) Finish() { <-p.places }

func (p *local) Do(ctx context.Context, call *runtime.Call, out runtime.Responder) *runtime.Error {
	return call.Perform(ctx, p.channel.cfg.Handler, p.channel.cfg.Log, nil, out)
}

var _ performer = (*runtime.Conn)(nil)

// A serverCall is one call of the peer. It is the Responder of its handler.
type serverCall struct {
	runtime.Call
	link    *link
	entry   entry
	id      uint64 // 0 for a plain call
	size    int    // of the request
	message Message
	request envelope.Request

	body, rest runtime.Raw

	answered bool // a response was sent: the answer, or an item
	ended    bool // the last response was sent

	// These are guarded by the connection's lock.
	ahead    int           // bytes of items that the peer hasn't taken yet
	canceled bool          // the peer isn't interested any more
	changed  chan struct{} // has a value when one of them has changed
}

const (
	// window is how far the items of a stream may be ahead of who reads them.
	window = 256 << 10

	// maxWaiting is how many calls may wait for a place.
	maxWaiting = 4096
)

// errGone is what a peer learns of a handler that ended its goroutine.
var errGone = &runtime.Error{Code: runtime.Failed, Message: "internal error"}

// serve takes a message that is about a call. An error ends the connection.
func (l *link) serve(ctx context.Context, m Message, e entry) error {
	c := &serverCall{link: l, entry: e, size: len(m.Data), message: m, changed: make(chan struct{}, 1)}
	if e.plain {
		c.Request.Action = e.action
		if m.Data != nil {
			c.body = runtime.Raw(m.Data)
			c.Request.Body = &c.body
		}
		l.startPlain(ctx, c)
		return nil
	}
	err := envelope.ParseRequest(m.Data, l.cfg.maxDepth, &c.request)
	c.id = c.request.ID
	l.change(func(s *linkState) { s.called = true })
	switch {
	case err == nil && c.id == 0:
		l.reply(ctx, c.failure(errNoID))
	case err != nil:
		l.reply(ctx, c.failure(runtime.AsError(err)))
	case c.request.Cancels:
		l.cancelServed(c.id)
	case len(c.request.Rest) == 1 && string(c.request.Rest[0].Name) == takenKey && c.request.Action == "":
		n, _ := strconv.Atoi(string(c.request.Rest[0].Value))
		l.taken(c.id, n)
	default:
		return l.start(ctx, c)
	}
	return nil
}

var errNoID = runtime.Errorf(runtime.Failed, "a call needs an id")

// takenKey is the key of the bytes that a peer has taken of a stream.
const takenKey = "taken"

// appendTaken appends the message that n bytes of the stream id were taken.
func appendTaken(b []byte, id uint64, n int) []byte {
	b = strconv.AppendUint(append(b, `{"id":`...), id, 10)
	b = strconv.AppendInt(append(b, `,"taken":`...), int64(n), 10)
	return append(b, '}')
}

// start begins a call. An error ends the connection.
func (l *link) start(ctx context.Context, c *serverCall) error {
	c.take()
	twice, full := false, false
	l.change(func(s *linkState) {
		_, twice = s.served[c.id]
		full = s.underWay >= maxWaiting || s.underWay > 0 && s.bytes+c.size > 2*l.cfg.MaxFrame
		if !twice && !full {
			put(&s.served, c.id, c)
			s.underWay++
			s.bytes += c.size
		}
	})
	switch {
	case twice:
		return runtime.Errorf(runtime.Failed, "call %d is under way already", c.id)
	case full:
		l.reply(ctx, c.failure(errTooManyCalls))
	default:
		l.calling.Go(func() { c.run(ctx) })
	}
	return nil
}

var errTooManyCalls = runtime.Errorf(runtime.Failed, "too many calls are under way on this connection")

// startPlain begins a plain call once the one before it at the same place has ended, since
// nothing but their order tells the answers apart.
func (l *link) startPlain(ctx context.Context, c *serverCall) {
	full := false
	ended := make(chan struct{})
	var before chan struct{}
	l.change(func(s *linkState) {
		full = s.underWay >= maxWaiting || s.underWay > 0 && s.bytes+c.size > 2*l.cfg.MaxFrame
		if !full {
			s.underWay++
			s.bytes += c.size
			before = s.plain[c.entry.Address]
			put(&s.plain, c.entry.Address, ended)
		}
	})
	if full {
		l.reply(ctx, c.failure(errTooManyCalls))
		return
	}
	l.calling.Go(func() {
		if before != nil {
			<-before
		}
		c.run(ctx)
		close(ended)
		l.change(func(s *linkState) {
			if s.plain[c.entry.Address] == ended {
				delete(s.plain, c.entry.Address)
			}
		})
	})
}

// take makes a call of what the peer asks for.
func (c *serverCall) take() {
	c.Timeout = c.request.Timeout
	c.Request.Action, c.Request.Token = c.request.Action, c.request.Token
	if c.request.Body != nil {
		c.body = c.request.Body
		c.Request.Body = &c.body
	}
	if len(c.request.Rest) > 0 {
		c.rest = envelope.AppendMembers(nil, c.request.Rest)
		c.Request.Envelope = &c.rest
	}
}

// run performs c to its end, and answers.
func (c *serverCall) run(ctx context.Context) {
	if err := c.link.performer.Begin(ctx); err != nil {
		c.end(runtime.AsError(err))
		return
	}
	err := errGone
	defer func() {
		if ctx.Err() != nil {
			c.finish() // it was cut, which must not look like the end of a stream
		}
		c.end(err)
		c.link.performer.Finish()
	}()
	if c.misplaced() {
		err = errMisplaced
		return
	}
	err = c.link.performer.Do(ctx, &c.Call, c)
}

var errMisplaced = runtime.Errorf(runtime.Failed, "the action has another service or data id")

// misplaced reports whether the action that the peer names is known to be elsewhere.
func (c *serverCall) misplaced() bool {
	if c.Request.Action == "" {
		return false
	}
	e, err := newEntry(c.Request.Action, c.link.wireOf(c.Request.Action), c.link.Services)
	return err != nil || e.Address != c.entry.Address
}

// wireOf returns what the contract has for an action that is served.
func (l *link) wireOf(action string) string {
	if a := l.cfg.Handler.Action(action); a != nil {
		return a.Wire[wireName]
	}
	return ""
}

// cancelServed cancels a call, if it is still under way.
func (l *link) cancelServed(id uint64) {
	l.linkMu.Lock()
	c := l.links.served[id]
	if c != nil {
		c.canceled = true
		c.notify()
	}
	l.linkMu.Unlock()
	if c != nil {
		c.Cancel()
	}
}

// taken notes that the peer has taken n bytes of a stream.
func (l *link) taken(id uint64, n int) {
	l.linkMu.Lock()
	defer l.linkMu.Unlock()
	if c := l.links.served[id]; c != nil && n > 0 {
		c.ahead = max(c.ahead-n, 0)
		c.notify()
	}
}

func (c *serverCall) notify() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// Respond sends the answer, or an item of a stream.
func (c *serverCall) Respond(body runtime.Message) error {
	stream := c.Request.Info != nil && c.Request.Info.Stream
	if c.answered && !stream {
		return runtime.Errorf(runtime.Failed, "%s was answered twice", c.Request.Action)
	}
	b := newBuffer()
	defer b.free()
	var err error
	switch {
	case c.id != 0:
		b.b, err = envelope.AppendResponse(b.b, c.id, stream, body)
	case stream:
		return runtime.Errorf(runtime.Failed, "%s is plain, and can't be a stream", c.Request.Action)
	default:
		b.b, err = body.AppendJSON(b.b)
	}
	if err != nil {
		return runtime.Errorf(runtime.Failed, "response: %w", err)
	}
	if stream {
		if err := c.await(len(b.b)); err != nil {
			return err
		}
	}
	c.answered = true
	if !stream {
		c.finish()
	}
	return c.send(c.response(Okay, b.b))
}

var (
	errCanceled = runtime.Errorf(runtime.Canceled, "the caller has left")
	errNotTaken = errors.New("the peer doesn't take the items of a stream")
)

// await waits until the peer may be sent n bytes of a stream.
func (c *serverCall) await(n int) error {
	var late <-chan time.Time
	for {
		l := c.link
		l.linkMu.Lock()
		err := l.links.err
		switch {
		case err != nil:
		case c.canceled:
			err = errCanceled
		case c.ahead < window:
			c.ahead += n
			l.linkMu.Unlock()
			return nil
		}
		l.linkMu.Unlock()
		if err != nil {
			return err
		}
		if late == nil && l.cfg.WriteTimeout > 0 {
			timer := time.NewTimer(l.cfg.WriteTimeout)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-c.changed:
		case <-late:
			return errNotTaken
		}
	}
}

// send sends a response.
func (c *serverCall) send(m Message) error { return c.link.send(context.Background(), m) }

// response returns the message of a response.
func (c *serverCall) response(status Status, data []byte) Message {
	a := c.entry.response()
	return Message{status, a.Service, a.DataID, data}
}

// failure returns the response to a call that isn't performed, or not to its end.
func (c *serverCall) failure(err *runtime.Error) Message {
	data := envelope.AppendError(nil, c.id, err)
	if c.entry.plain {
		var resp envelope.Response
		envelope.ParseResponse(data, &resp)
		data = resp.Body
	}
	return c.response(statusOf(err), data)
}

// statusOf returns the status that goes with an error. Codes from 7 on are statuses
// as they are.
func statusOf(err *runtime.Error) Status {
	switch code := err.Code.OnWire(); {
	case errors.Is(err, runtime.ErrNoToken), errors.Is(err, runtime.ErrBadToken):
		return AuthRequired
	case err == errMisplaced:
		return Unknown
	case err == errTooManyCalls:
		return NotPermitted
	case code >= runtime.Code(firstOwn):
		return Status(code)
	}
	return CallbackError
}

// finish forgets c: from the last response on, its id is free again.
func (c *serverCall) finish() {
	if c.ended {
		return
	}
	c.ended = true
	if c.id != 0 {
		c.link.linkMu.Lock()
		delete(c.link.links.served, c.id)
		c.link.linkMu.Unlock()
	}
}

// end sends what is still to be sent when the handler has returned err.
func (c *serverCall) end(err *runtime.Error) {
	stream := c.Request.Info != nil && c.Request.Info.Stream
	if !c.ended {
		c.finish()
		switch {
		case err != nil:
			c.send(c.failure(err))
		case !stream:
			c.send(c.failure(runtime.Errorf(runtime.Failed, "%s has no answer", c.Request.Action)))
		default:
			b, _ := envelope.AppendResponse(nil, c.id, false, nil)
			c.send(c.response(Okay, b))
		}
	}
	c.link.change(func(s *linkState) {
		s.underWay--
		s.bytes -= c.size
	})
}

// Wire is the protocol as a runtime.Server speaks it. Limits are the server's.
type Wire struct {
	// Config is for each connection. Its Handler, limits and Log aren't used.
	Config Config
}

var _ runtime.Wire = Wire{}

// Serve speaks with the peer of rc, performs its calls and handles its messages.
func (w Wire) Serve(ctx context.Context, rc *runtime.Conn) error {
	cfg := w.Config
	limits := &rc.Limits
	cfg.Handler, cfg.Log = rc.Handler(), rc.Log()
	cfg.MaxFrame, cfg.maxDepth, cfg.maxCalls = limits.Frame, limits.Depth, limits.CallsPerConn
	cfg.AuthTimeout, cfg.FrameTimeout = orNever(limits.Header), orNever(limits.Body)
	cfg.WriteTimeout, cfg.Idle = orNever(limits.Write), limits.Idle
	c := newChannel(cfg, false)
	l := c.attach(rc, rc)
	drained := make(chan struct{})
	draining := make(chan struct{})
	go func() {
		defer close(drained)
		select {
		case <-draining:
			l.drain()
		case <-l.done:
		}
	}()
	rc.OnDrain(func() { close(draining) })
	err := l.run(ctx)
	c.detach(err, true)
	c.Close()
	<-drained
	return err
}

// orNever returns a limit in the words of a Config.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// Refuse tells a peer why it isn't served.
func (w Wire) Refuse(c net.Conn, err *runtime.Error) {
	cfg := w.Config.orDefault(false)
	b, _ := cfg.Codec.Append(nil, Message{NotPermitted, control.Service, control.DataID, envelope.AppendError(nil, 0, err)})
	c.Write(b)
}
