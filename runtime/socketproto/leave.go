package socketproto

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file ends connections in good order: see "Leaving" in PROTOCOL.md.

// control is where an end says something about the connection as a whole; see
// "Leaving" in PROTOCOL.md.
var control = Address{ExecuteResponse, controlID}

// refuse tells a peer that has made calls why the connection ends, if this end
// has accepted it.
func (l *link) refuse(ctx context.Context, err error) {
	l.linkMu.Lock()
	called := l.links.called
	l.linkMu.Unlock()
	if !called || l.dialed {
		return
	}
	l.reply(ctx, Message{NotPermitted, control.Service, control.DataID, envelope.AppendError(nil, 0, runtime.AsError(err))})
	// A connection that is closed with bytes unread may lose what was written.
	defer time.AfterFunc(lastWords, func() { l.part(err) }).Stop()
	io.Copy(io.Discard, l.frames.src)
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
	if resp.Goaway && l.cfg.goaway != nil {
		l.cfg.goaway()
	}
	return nil
}

// patience is how long a peer has to take notice of a goaway.
const patience = 5 * time.Second

// drain leaves once nothing is under way, and asks a peer that makes calls to
// make them elsewhere: then it is the peer that leaves, if it does so in time.
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

// errLeft is why a connection ends that isn't wanted any more.
var errLeft = errors.New("the connection isn't used any more")
