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

// This file ends connections in order: see "Leaving" in PROTOCOL.md.

// control is the address of messages about the whole connection; see
// "Leaving" in PROTOCOL.md.
var control = Address{ExecuteResponse, controlID}

// refuse tells a peer that has made calls why the connection ends, if this end accepted the
// connection.
func (l *link) refuse(ctx context.Context, err error) {
	l.linkMu.Lock()
	called := l.links.called
	l.linkMu.Unlock()
	// A first message that is too long may have been a call.
	if l.dialed || !called && !errors.Is(err, runtime.OverLimit) {
		return
	}
	l.reply(ctx, Message{NotPermitted, control.Service, control.DataID, envelope.AppendRefusal(nil, refusal(err))})
	// Closing a connection with unread bytes may lose what was written.
	defer time.AfterFunc(lastWords, func() { l.part(err) }).Stop()
	io.Copy(io.Discard, l.frames.src)
	l.part(err)
}

// refusal returns the error to send to a peer whose message caused err.
func refusal(err error) *runtime.Error {
	if errors.As(err, new(*runtime.Error)) {
		return runtime.AsError(err)
	}
	return runtime.BadRequest.Errorf("%w", err)
}

// goaway handles a message about the whole connection.
func (l *link) goaway(m Message) error {
	var resp envelope.Response
	if err := envelope.ParseResponse(m.Data, &resp); err != nil {
		return nil // it has no meaning here
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

// patience is how long a peer has to react to a goaway.
const patience = 5 * time.Second

// drain closes the connection when nothing is under way. First it sends goaway to a peer
// that makes calls; then the peer closes the connection, if it does so in time.
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

// errLeft is the error of a connection that ended because it wasn't needed any more.
var errLeft = errors.New("the connection isn't used any more")
