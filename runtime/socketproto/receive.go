package socketproto

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"unicode"
)

// This file handles messages, in the order of "Requests and responses" in PROTOCOL.md.

// receive handles a message. An error ends the connection.
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
		if l.cfg.Secret == "" {
			l.welcome() // every peer that connects may use the callbacks
		}
		select {
		case l.jobs <- job{f, m}:
		case <-l.done:
		}
		return nil
	}
	status := Buffering
	newcomer := l.server != nil && !l.server.Known()
	if newcomer && l.server.Hold(keptMessage+len(m.Data)) != nil || !l.inbox.put(m) {
		l.cfg.Log.Warn("no room for a message", "channel", l.Name(), "message", l.describe(m))
		status = NotPermitted
	}
	l.respond(ctx, m, status)
	return nil
}

// keptMessage is what a message of a newcomer counts that is kept for Receive, beside its
// data. It counts until the connection ends.
const keptMessage = 1 << 10

// respond answers m without data, if it is a request of a paired service.
func (l *link) respond(ctx context.Context, m Message, status Status) {
	if response, ok := l.Response(m.Service); ok {
		l.reply(ctx, Message{status, response, m.DataID, nil})
	}
}

// A job is a callback and its message.
type job struct {
	callback Callback
	message  Message
}

// maxJobs is how many messages may wait for callbacks before reading stops.
const maxJobs = 8

// callBack runs callbacks, one at a time, and sends their results.
func (l *link) callBack(ctx context.Context) {
	for j := range l.jobs {
		if l.why() != nil {
			continue
		}
		m := j.message
		status, data := CallbackError, json.RawMessage(nil)
		l.contain(l.describe(m), func() { status, data = j.callback(ctx, l.Channel, m) })
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

// contain calls f and recovers from its panic. What names f in the log.
func (l *link) contain(what string, f func()) {
	returned := false
	defer func() {
		if !returned {
			l.cfg.Log.Error("panic", "channel", l.Name(), "in", what, "panic", recover(), "stack", string(debug.Stack()))
		}
	}()
	f()
	returned = true
}

// authenticate handles a message of the authentication.
func (l *link) authenticate(ctx context.Context, m Message) error {
	var reply Message
	var ok, became bool
	var err, failed error
	l.update(func(s *channelState) {
		before := s.auth.state
		reply, ok, err = s.auth.receive(m)
		became = before != Trusted && s.auth.state == Trusted
		asked := before == SeedRequested || before == KeySent
		if asked && s.auth.state == Untrusted {
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
	case failed != nil && l.dialed && l.cfg.AutoAuth:
		return failed
	}
	return nil
}

// maxName limits the bytes of a channel's name.
const maxName = 128

// name handles the peer's name for the channel. The name of the end that dialed counts.
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
