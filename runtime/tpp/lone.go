package tpp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// This file performs a call on a connection that carries nothing else. Calls of a
// classic peer have one, so do the first calls of a peer whose mode isn't known, and
// streams.

// loneID is the id of such a call.
const loneID = 1

// lone performs a call on a connection to itself.
func (e *endpoint) lone(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	cn, err := e.connect(ctx)
	if err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			e.drop(cn)
		}
	}()
	l := loneCall{conn: cn, stream: req.Info != nil && req.Info.Stream}
	err = l.perform(ctx, req, out)
	if l.persistent {
		e.mode.Store(persistent)
		if l.whole && !l.goaway {
			// Its id is taken. One connection is enough to begin with.
			cn.begun.Store(true)
			cn.update(func(s *connState) { s.lastID, s.known = max(loneID, l.pinged.Load()), true })
			kept = e.share(cn, 1)
		}
	}
	return err
}

// A loneCall is a call that has a connection to itself.
type loneCall struct {
	*conn
	stream     bool
	waits      atomic.Uint64     // changes when the stream begins to wait for a response, to an odd number, and when it ends
	named      atomic.Bool       // persistent, for the vigil
	pinged     atomic.Uint64     // the id of the last ping; loneID or 0 if there was none
	hushed     atomic.Bool       // the vigil has closed the connection
	came       bool              // a response has come
	persistent bool              // one had an id, or was a goaway
	resp       envelope.Response // the last one
	whole      bool              // the last response was read, and the connection can carry another call
	goaway     bool              // the peer wants no further call
	uploader   *uploader         // the upload; nil if there is none
	raw        runtime.Raw
}

// perform performs the call. Both modes look alike until the answer comes. If it has
// no id, the peer is classic.
func (l *loneCall) perform(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if ctx.Done() != nil {
		undo := context.AfterFunc(ctx, func() { l.SetDeadline(longAgo) })
		defer func() {
			if !undo() {
				l.whole = false
			}
		}()
	}
	sent := newBuffer()
	defer sent.free()
	var id uint64 = loneID
	if l.end.wire.Classic {
		id = 0
	}
	if err := l.end.encode(ctx, sent, id, req); err != nil {
		return err
	}
	sendErr := l.out.send(endFrame(sent.b), true, true)
	if req.Upload != nil {
		l.uploader = newUploader(l.conn, req)
		go l.uploader.run()
		defer func() {
			if failed := l.uploader.stop(); failed {
				l.whole = false // its read deadline has passed
			}
		}()
	}
	if l.stream && req.Upload == nil { // a handler may take its time to read an upload, and a ping behind it
		defer l.vigil()()
	}
	// If that failed, the peer may have said why.
	for {
		if frame, ok := l.frames.inPlace(); ok {
			last, err := l.receive(frame, out)
			if err != nil && !last {
				l.hangUp()
			}
			if last || err != nil {
				return err
			}
			continue
		}
		l.waits.Add(1)
		frame, err := l.frames.next()
		l.waits.Add(1)
		if err != nil {
			if l.hushed.Load() && ctx.Err() == nil {
				return l.cut()
			}
			if sendErr != nil {
				err = sendErr
			}
			if failed := l.uploader.failed(); failed != nil {
				return failed
			}
			if interrupted(ctx, err) {
				l.hangUp()
				return ctx.Err()
			}
			if errors.Is(err, net.ErrClosed) {
				return runtime.ErrClosed // by Close
			}
			if err = l.closed(req.Info, err); err != nil && !l.came {
				l.end.peer.Report(balance.NoAnswer)
			}
			return err
		}
		last, err := l.receive(frame.b, out)
		frame.free()
		if err != nil && !last {
			l.hangUp()
		}
		if last || err != nil {
			return err
		}
	}
}

// hangUp resets the connection to a peer that may be classic. If it were only closed, the
// peer could take that for the end of the client's half, and go on.
func (l *loneCall) hangUp() {
	if l.persistent {
		return
	}
	nc := l.Conn
	if tc, ok := nc.(*tls.Conn); ok {
		nc = tc.NetConn()
	}
	if tc, ok := nc.(*net.TCPConn); ok {
		tc.SetLinger(0)
		tc.Close()
	}
}

// receive handles one response, and reports whether it was the last.
func (l *loneCall) receive(frame []byte, out runtime.Responder) (last bool, err error) {
	if err := envelope.ParseResponse(frame, &l.resp); err != nil {
		return true, err
	}
	l.came = true
	resp := &l.resp
	before := l.persistent
	l.persistent = before || resp.ID != 0 || resp.Goaway
	l.goaway = l.goaway || resp.Goaway
	switch {
	case resp.ID > loneID && resp.ID <= l.pinged.Load(): // of a ping
		l.named.Store(true)
		return false, nil
	case resp.ID != 0 && resp.ID != loneID:
		return true, runtime.BadResponse.Errorf("%v answered call %d, and not %d", l.end.peer, resp.ID, loneID)
	case resp.ID != 0:
		l.named.Store(true)
		l.end.peer.Report(balance.Answered)
		if resp.Grant > 0 {
			l.uploader.granted(resp.Grant)
			return false, nil
		}
	case resp.Goaway && resp.Code == runtime.OK:
		return false, nil
	default:
		if !before {
			l.end.unnamed(resp)
		}
		if l.uploader != nil && !l.persistent && resp.Code == runtime.OK {
			return true, errNoUploads
		}
		if l.persistent {
			return true, l.end.ended(resp)
		}
	}
	last = !l.stream || resp.ID != 0 && !resp.More
	l.whole = last && resp.ID != 0
	if err := resp.Err(); err != nil {
		l.whole = resp.ID != 0
		return true, err
	}
	item := resp.ID != 0 && resp.More // whose body may be null
	if l.stream && !item && (len(resp.Body) == 0 || string(resp.Body) == "null") {
		return true, nil // a classic stream may end like that, a persistent one does
	}
	return last, l.respond(frame, out)
}

// respond hands the body, which is a part of frame, to out.
func (l *loneCall) respond(frame []byte, out runtime.Responder) error {
	body, err := l.resp.Result()
	if err != nil {
		return err
	}
	l.raw = body
	if err := balance.Respond(out, &l.raw); err != nil {
		return envelope.ExplainResponse(frame, err)
	}
	return nil
}

// closed returns what the end of the connection means. The stream of a classic peer may
// end that way.
func (l *loneCall) closed(a *runtime.Action, err error) error {
	switch {
	case !l.stream, !l.came && err != io.EOF:
		return l.lost(err)
	case err == io.EOF && a.End == runtime.EndClose && !l.persistent && l.end.mode.Load() != persistent:
		return nil
	case err == io.EOF:
		return runtime.ErrStreamCut
	}
	return runtime.Unavailable.Errorf("%w: %w", runtime.ErrStreamCut, err)
}
