package tpp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A conn is one connection of a client.
type conn struct {
	net.Conn
	client *Client
	frames frameReader
	out    writer
	raw    runtime.Raw // what the Responder of a lone call gets
}

func newConn(c *Client, nc net.Conn) *conn {
	return &conn{
		Conn:   nc,
		client: c,
		frames: frameReader{src: nc, limit: c.maxFrame()},
		out:    writer{conn: nc},
	}
}

// lost returns what a caller is told when the connection has broken.
func (cn *conn) lost(err error) error {
	if e, ok := err.(*runtime.Error); ok {
		return &runtime.Error{Code: runtime.BadResponse, Message: e.Message}
	}
	if err == io.EOF {
		return runtime.Errorf(runtime.Unavailable, "%s closed the connection without an answer", cn.client.Addr)
	}
	return runtime.Errorf(runtime.Unavailable, "%s: %w", cn.client.Addr, err)
}

// exchange performs a call on a connection that carries nothing else. Both modes
// look alike until the answer comes: if that has no id, the peer is classic.
// The connection isn't fit for another call after an error.
func (cn *conn) exchange(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, func() { cn.SetDeadline(longAgo) })()
	}
	err := cn.converse(ctx, req, out)
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// loneID is the id of a call that has a connection to itself.
const loneID = 1

func (cn *conn) converse(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	sent := newBuffer()
	defer sent.free()
	if err := cn.client.encode(ctx, sent, loneID, req); err != nil {
		return err
	}
	sendErr := cn.out.send(endFrame(sent.b), true)
	// Even if that failed, the peer may have said why.
	stream := req.Info != nil && req.Info.Stream
	var resp response
	for first := true; ; first = false {
		frame, err := cn.frames.next()
		if err != nil {
			switch {
			case sendErr != nil:
				return cn.lost(sendErr)
			case !stream || first && err != io.EOF:
				return cn.lost(err)
			case resp.id != 0:
				return streamCut(err)
			}
			return streamEnd(req.Info, err)
		}
		last, err := cn.receive(frame, &resp, stream, out)
		frame.free()
		if last || err != nil {
			return err
		}
	}
}

// slack is how much longer a peer is told that a caller waits than it does. So
// what a caller sees is its own deadline, and not the handler's answer to it.
const slack = 10 * time.Millisecond

// encode appends the frame of a request to b, but for its header.
func (c *Client) encode(ctx context.Context, b *buffer, id uint64, req *runtime.Request) (err error) {
	var timeout time.Duration
	if deadline, ok := ctx.Deadline(); ok {
		timeout = max(time.Until(deadline), 0) + slack
	}
	r := *req
	if r.Envelope == nil {
		r.Envelope = c.Envelope
	}
	token := r.Token
	if token == "" {
		token = c.Token
	}
	if b.b, err = appendRequest(beginFrame(b.b), id, timeout, token, &r); err != nil {
		return runtime.Errorf(runtime.Failed, "request of %s: %w", req.Action, err)
	}
	return nil
}

// receive takes the next response of a lone call, and reports whether it was
// the last.
func (cn *conn) receive(frame *buffer, resp *response, stream bool, out runtime.Responder) (last bool, err error) {
	if err := parseResponse(frame.b, resp); err != nil {
		return true, err
	}
	if resp.goaway {
		return false, nil
	}
	if err := resp.err(); err != nil {
		return true, err
	}
	nothing := len(resp.body) == 0 || string(resp.body) == "null"
	if nothing && stream {
		return true, nil // how classic streams may end, and persistent ones do
	}
	if resp.empty {
		return true, runtime.Errorf(runtime.BadResponse, "the response is empty")
	}
	if resp.body == nil {
		return true, runtime.Errorf(runtime.BadResponse, "the response has no body")
	}
	cn.raw = resp.body
	err = out.Respond(&cn.raw)
	return !stream || resp.id != 0 && !resp.more, err
}

// streamEnd decides what the end of a classic connection means in the middle
// of a stream: it may be how the stream ends.
func streamEnd(a *runtime.Action, err error) error {
	if err == io.EOF && a.End == runtime.EndClose {
		return nil
	}
	return streamCut(err)
}

// streamCut returns what a caller is told when a stream ended without saying so.
func streamCut(err error) error {
	if err == io.EOF {
		return runtime.ErrStreamCut
	}
	return runtime.Errorf(runtime.Unavailable, "%w: %w", runtime.ErrStreamCut, err)
}
