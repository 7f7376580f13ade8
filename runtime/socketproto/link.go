package socketproto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"time"
	"unicode"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// A link is one connection of a channel.
type link struct {
	*Channel
	frames    frameReader
	out       *outbox
	performer performer // of the calls of the peer; nil if there are none to be made
	jobs      chan job  // for callbacks
	done      chan struct{}

	calling sync.WaitGroup // the calls of the peer, and what else belongs to the connection
	asking  sync.Mutex     // keeps those who wait in the order of their requests

	linkMu sync.Mutex
	links  linkState
}

// linkState is everything about a connection that changes, apart from authentication.
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

// A job is a callback to be called.
type job struct {
	callback Callback
	message  Message
}

// maxJobs is how many messages wait for their callbacks before no more are read.
const maxJobs = 8

func newLink(c *Channel, t Transport, p performer) *link {
	l := &link{
		Channel:   c,
		performer: p,
		frames:    frameReader{src: t, codec: c.cfg.Codec, limit: c.cfg.MaxFrame},
		jobs:      make(chan job, maxJobs),
		done:      make(chan struct{}),
	}
	if p == nil && c.cfg.Handler != nil {
		l.performer = newLocal(c)
	}
	l.out = newOutbox(t, c.cfg.WriteTimeout, l.unwritable)
	return l
}

// unwritable notes that nothing can be written any more, because of err. The peer may have said
// why before it left: that's still to be read.
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

// change applies f to the state, then puts right what follows from it: when the connection
// has ended, or nothing keeps one any more that isn't wanted, all who wait are released.
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

// errLeft is why a connection ends that isn't wanted any more.
var errLeft = errors.New("the connection isn't used any more")

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
		l.calling.Go(func() { f(ctx, l.Channel) })
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

// reply sends m, for who reads from the peer. If that isn't possible, the connection ends soon.
func (l *link) reply(ctx context.Context, m Message) {
	b := newBuffer()
	defer b.free()
	var err error
	if b.b, err = l.cfg.Codec.Append(b.b, m); err == nil {
		l.out.sendSoon(ctx, b.b)
	}
}

// maxBad is how many bad frames may come one after the other.
const maxBad = 16

// read receives messages until there are no more.
func (l *link) read(ctx context.Context) error {
	defer l.frames.forget()
	var idle *time.Timer
	idle = time.AfterFunc(time.Hour, func() { l.idle(idle) })
	idle.Stop()
	defer idle.Stop()
	slow := time.AfterFunc(time.Hour, func() { l.end(errFrameLate) })
	slow.Stop()
	defer slow.Stop()
	timed := false // slow runs
	l.frames.waits = func(begun bool) {
		switch {
		case begun && !timed && l.cfg.FrameTimeout > 0:
			timed = true
			slow.Reset(l.cfg.FrameTimeout)
		case !begun && l.cfg.Idle > 0:
			idle.Reset(l.cfg.Idle)
		}
	}
	for bad := 0; bad < maxBad; {
		frame, err := l.frames.next()
		if timed {
			slow.Stop()
			timed = false
		}
		switch {
		case err == io.EOF:
			return err
		case err != nil:
			if l.why() == nil {
				l.refuse(ctx, err)
			}
			return fmt.Errorf("receiving: %w", err)
		}
		m, err := l.cfg.Codec.Parse(frame)
		switch {
		case err == ErrChecksum:
			bad++
			l.cfg.Log.Warn("message with a wrong checksum", "channel", l.Name(), "message", l.describe(m))
			l.respond(ctx, m, ChecksumError)
		case err != nil:
			bad++
			l.cfg.Log.Warn("bad frame", "channel", l.Name(), "err", err)
		default:
			bad = 0
			if err := l.receive(ctx, m); err != nil {
				return err
			}
		}
	}
	return errBadFrames
}

// idle ends the connection if no call is under way; else it waits once more.
func (l *link) idle(timer *time.Timer) {
	l.change(func(s *linkState) {
		switch {
		case s.err != nil:
		case len(s.asked) == 0 && s.underWay == 0:
			s.err, s.gentle = errIdle, true
		default:
			timer.Reset(l.cfg.Idle)
		}
	})
}

// describe tells of m for the log, without its data.
func (l *link) describe(m Message) string {
	if m.Service == Any {
		return "unreadable"
	}
	return l.ServiceName(m.Service) + ", " + l.DataName(m.Service, m.DataID) + ", " + l.StatusName(m.Status)
}

// receive deals with a message. An error ends the connection.
func (l *link) receive(ctx context.Context, m Message) error {
	switch m.Service {
	case Auth, AuthResponse:
		return l.authenticate(ctx, m)
	case ChannelName:
		l.name(m)
		name, _ := json.Marshal(l.cfg.Name)
		l.reply(ctx, Message{Okay, ChannelNameResponse, m.DataID, name})
		return nil
	case ChannelNameResponse:
		l.name(m)
		return nil
	}
	a := m.Address()
	if a == control && l.dialed {
		return l.goaway(m)
	}
	if !l.Established() && !l.whitelisted(a) {
		l.cfg.Log.Debug("message refused", "channel", l.Name(), "message", l.describe(m))
		l.respond(ctx, m, AuthRequired)
		return nil
	}
	if w := l.waiter(a); w != nil {
		w.response <- m
		return nil
	}
	if done, err := l.answer(a, m); done || err != nil {
		return err
	}
	if e, ok := l.table.find(a); ok && l.performer != nil {
		return l.serve(ctx, m, e)
	}
	if f := l.callback(a); f != nil {
		select {
		case l.jobs <- job{f, m}:
		case <-l.done:
		}
		return nil
	}
	status := Buffering
	if !l.inbox.put(m) {
		l.cfg.Log.Warn("no room for a message", "channel", l.Name(), "message", l.describe(m))
		status = NotPermitted
	}
	l.respond(ctx, m, status)
	return nil
}

// respond answers m without data if it is a request of a service that was added.
func (l *link) respond(ctx context.Context, m Message, status Status) {
	if response, ok := l.Response(m.Service); ok {
		l.reply(ctx, Message{status, response, m.DataID, nil})
	}
}

// callBack calls callbacks, one at a time, and answers with what they return.
func (l *link) callBack(ctx context.Context) {
	for j := range l.jobs {
		if l.why() != nil {
			continue
		}
		m := j.message
		status, data := l.call(ctx, j)
		response, ok := l.Response(m.Service)
		if !ok {
			continue
		}
		err := l.send(ctx, Message{status, response, m.DataID, data})
		if err != nil && l.why() == nil {
			l.cfg.Log.Error("bad data in a response", "channel", l.Name(), "message", l.describe(m), "err", err)
			l.send(ctx, Message{CallbackError, response, m.DataID, nil})
		}
	}
}

// call calls a callback, and contains its panic.
func (l *link) call(ctx context.Context, j job) (status Status, data json.RawMessage) {
	status = CallbackError
	returned := false
	defer func() {
		if !returned {
			l.cfg.Log.Error("panic", "channel", l.Name(), "message", l.describe(j.message), "panic", recover(), "stack", string(debug.Stack()))
		}
	}()
	s, d := j.callback(ctx, l.Channel, j.message)
	returned = true
	return s, d
}

// authenticate takes a message of the authentication.
func (l *link) authenticate(ctx context.Context, m Message) error {
	var reply Message
	var ok, began, became bool
	var err, failed error
	l.update(func(s *channelState) {
		before := s.auth.state
		reply, ok, err = s.auth.receive(m)
		became = before != Trusted && s.auth.state == Trusted
		began = before == SeedRequested || before == KeySent
		if began && s.auth.state == Untrusted {
			failed = s.auth.err
		}
	})
	if ok && err == nil {
		l.reply(ctx, reply)
	}
	switch {
	case err != nil:
		return err
	case became:
		l.establish(ctx)
	case failed != nil && !l.cfg.ManualAuth:
		return failed
	}
	return nil
}

// maxName bounds the characters of a channel's name.
const maxName = 128

// name takes the name that the peer has for the channel. That of the end that has
// dialed wins.
func (l *link) name(m Message) {
	var name string
	if json.Unmarshal(m.Data, &name) != nil || len(name) > maxName {
		l.cfg.Log.Warn("bad channel name", "channel", l.Name())
		return
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			l.cfg.Log.Warn("bad channel name", "channel", l.Name())
			return
		}
	}
	own := l.cfg.Name
	if name == "" || name == own {
		return
	}
	if own != "" {
		l.cfg.Log.Warn("channel names differ", "own", own, "peer", name)
	}
	if !l.dialed || own == "" {
		l.update(func(s *channelState) { s.name = name })
	}
}

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

// queue sends a request, whose response has an address, and returns who waits for that.
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

// waiter returns who has asked for a message with an address first; nil if nobody
// has.
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

// control is where an end says something about the connection as a whole; see
// "Leaving" in PROTOCOL.md.
var control = Address{ExecuteResponse, controlID}

// refuse tells a peer that has made calls why the connection ends.
func (l *link) refuse(ctx context.Context, err error) {
	l.linkMu.Lock()
	called := l.links.called
	l.linkMu.Unlock()
	if !called {
		return
	}
	l.reply(ctx, Message{NotPermitted, control.Service, control.DataID, envelope.AppendError(nil, 0, runtime.AsError(err))})
	l.part(err)
}

// goaway takes what the peer says about the connection as a whole.
func (l *link) goaway(m Message) error {
	var resp envelope.Response
	if err := envelope.ParseResponse(m.Data, &resp); err != nil {
		return nil // it's of no use to anybody
	}
	if err := resp.Err(); err != nil {
		return err
	}
	l.change(func(s *linkState) { s.leaving = s.leaving || resp.Goaway })
	return nil
}

// patience is how long a peer has to take notice of a goaway.
const patience = 5 * time.Second

// drain leaves once nothing is under way, and asks a peer that makes calls to make
// them elsewhere: then it is the peer that leaves, if it does so in time.
func (l *link) drain() {
	tell := false
	l.change(func(s *linkState) {
		tell = s.called && s.err == nil
		s.draining, s.told = true, tell
	})
	if !tell {
		return
	}
	l.send(context.Background(), Message{Okay, control.Service, control.DataID, json.RawMessage(envelope.Goaway)})
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-l.done:
	case <-late.C:
		l.change(func(s *linkState) { s.told = false })
	}
}
