package tinyproto

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
)

// A clientConn is a connection of an endpoint.
type clientConn struct {
	*Conn
	end    *endpoint
	lastID uint64 // the id of its current or last call
	whole  bool   // no call is under way, and the next one may begin
	raw    runtime.Raw
}

// perform performs a call. Afterwards, whole says whether the connection can carry
// another one.
func (cn *clientConn) perform(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	cn.whole = false
	cn.lastID++
	if err := cn.send(ctx, req); err != nil {
		return err
	}
	frame := newBuffer()
	defer frame.free()
	stream := req.Info != nil && req.Info.Stream
	for begun := false; ; begun = true {
		b, err := cn.receive(ctx, frame.b[:0], time.Time{})
		switch {
		case errors.As(err, new(*SizeError)):
			return runtime.OverLimit.Errorf("response of %s: %w", req.Action, err)
		case err != nil && begun && ctx.Err() == nil:
			return runtime.Unavailable.Errorf("%w: %w", runtime.ErrStreamCut, err)
		case err != nil:
			return cn.lost(ctx, err)
		}
		frame.b = b
		last, err := cn.take(b, stream, out)
		if last || err != nil {
			return err
		}
	}
}

// send sends the request.
func (cn *clientConn) send(ctx context.Context, req *runtime.Request) error {
	frame := newBuffer()
	defer frame.free()
	r := cn.end.peer.Request(req)
	b, err := envelope.AppendRequest(frame.b, cn.lastID, envelope.Timeout(ctx), &r)
	if err != nil {
		cn.whole = true
		return err
	}
	frame.b = b

	seen := false
	err = cn.use(ctx, func() error {
		return cn.transmit(ctx, int64(len(b)), func() error {
			seen = true
			return cn.write(ctx, b)
		})
	})
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(Signal)) && cn.ended() == nil:
		cn.whole = true
		return runtime.OverLimit.Errorf("request of %d bytes: %w", len(b), err)
	case !seen && ctx.Err() == nil && !isClosed(err):
		return cn.end.unseen(cn, err)
	}
	return cn.lost(ctx, err)
}

// lost returns the caller's error for a connection that ended before the answer.
func (cn *clientConn) lost(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != io.EOF && isClosed(err):
		return runtime.ErrClosed
	}
	if cn.lastID == 1 {
		cn.end.peer.Report(balance.NoAnswer)
	}
	if err == io.EOF {
		return runtime.Unavailable.Errorf("%v closed the connection without an answer", cn.end.peer)
	}
	return runtime.Unavailable.Errorf("%v: %w", cn.end.peer, err)
}

// take passes a response to out, and reports whether it was the last one.
func (cn *clientConn) take(b []byte, stream bool, out runtime.Responder) (last bool, err error) {
	var resp envelope.Response
	if err := envelope.ParseResponse(b, &resp); err != nil {
		return true, err
	}
	cn.end.peer.Report(balance.Answered)
	if resp.ID != cn.lastID && resp.ID != 0 {
		return true, runtime.BadResponse.Errorf("response to call %d, not %d", resp.ID, cn.lastID)
	}
	last = !stream || !resp.More
	cn.whole = last && !resp.More
	if err := resp.Err(); err != nil {
		cn.whole = true
		return true, err
	}
	if stream && last && resp.Body == nil {
		return true, nil
	}
	body, err := resp.Result()
	if err != nil {
		return true, err
	}
	cn.raw = body
	if err := balance.Respond(out, &cn.raw); err != nil {
		return last, envelope.ExplainResponse(b, err)
	}
	return last, nil
}
