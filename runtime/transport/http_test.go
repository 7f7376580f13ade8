package transport_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/transport"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// This file is a transport that isn't made of sockets: HTTP over net/http. A call is POST
// /ACTION with the request as body. A line of JSON comes back for each response and one for
// the end, which tells a stream that is cut from one that is over.

// A line is one response, or with End the last word on a call.
type line struct {
	Body  json.RawMessage `json:"body,omitempty"`
	End   bool            `json:"end,omitempty"`
	Code  runtime.Code    `json:"code,omitempty"`
	Error *problem        `json:"error,omitempty"`
}

// A problem is what a peer is told of an error beside its code.
type problem struct {
	Name    string          `json:"name,omitempty"`
	Message string          `json:"message,omitempty"`
	Reason  runtime.Reason  `json:"reason,omitempty"`
	Pointer string          `json:"pointer,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// end returns the last line on a call that ended with err.
func end(err *runtime.Error) line {
	if err == nil {
		return line{End: true}
	}
	p := &problem{Name: err.Name, Message: err.Message, Reason: err.Reason, Pointer: err.Pointer}
	if err.Data != nil {
		p.Data, _ = err.Data.AppendJSON(nil)
	}
	return line{End: true, Code: err.Code, Error: p}
}

// err returns the error that l tells of.
func (l *line) err() error {
	p := l.Error
	e := &runtime.Error{Code: l.Code, Name: p.Name, Message: p.Message, Reason: p.Reason, Pointer: p.Pointer}
	if p.Data != nil {
		e.Data = new(runtime.Raw(p.Data))
	}
	return e
}

// httpWire is both ends.
type httpWire struct{}

func (httpWire) Serve(ctx context.Context, s *runtime.Server, listeners ...net.Listener) error {
	core, err := transport.New(s)
	if err != nil {
		return err
	}
	callCtx, cancelCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelCalls()
	server := &http.Server{
		Handler:           handler{core},
		BaseContext:       func(net.Listener) context.Context { return callCtx },
		ReadHeaderTimeout: core.Limits().Header,
		IdleTimeout:       core.Limits().Idle,
	}
	var serving sync.WaitGroup
	for _, l := range listeners {
		serving.Go(func() { server.Serve(l) })
	}
	<-ctx.Done()
	core.Drain()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), core.Grace())
	defer cancel()
	if server.Shutdown(grace) != nil {
		cancelCalls()
		server.Close()
	}
	serving.Wait()
	return nil
}

// A handler turns HTTP requests into calls.
type handler struct{ core *transport.Core }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answered := false
	out := responder(func(l line) error {
		answered = true
		return errors.Join(json.NewEncoder(w).Encode(l), http.NewResponseController(w).Flush())
	})
	if err := h.core.Acquire(r.Context()); err != nil {
		return
	}
	defer h.core.Release()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(h.core.Limits().Frame)))
	if err != nil {
		out(end(runtime.OverLimit.Errorf("%w", err)))
		return
	}
	addr, _ := net.ResolveTCPAddr("tcp", r.RemoteAddr)
	timeout, _ := strconv.ParseInt(r.Header.Get("Timeout"), 10, 64)
	call := &transport.Call{
		Request: runtime.Request{Action: strings.TrimPrefix(r.URL.Path, "/"), Body: (*runtime.Raw)(&body)},
		Token:   strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		Timeout: time.Duration(timeout),
		Peer:    transport.NewPeer(addr, r.TLS),
	}
	last := end(h.core.Perform(r.Context(), call, out))
	if answered && (call.Request.Info == nil || !call.Request.Info.Stream) {
		last = end(nil) // the handler may have failed behind its answer
	}
	if r.Context().Err() == nil { // else it isn't the call that ends, but the server or the peer
		out(last)
	}
}

// A responder writes the responses to one call.
type responder func(line) error

func (write responder) Respond(body runtime.Message) error {
	b, err := body.AppendJSON(nil)
	if err != nil {
		return runtime.Internal.Errorf("response: %w", err)
	}
	return write(line{Body: b})
}

func (httpWire) Connect(c *runtime.Client) runtime.Caller {
	return balance.New(c, func(p *balance.Backend) balance.Endpoint {
		e := &endpoint{peer: p}
		e.life, e.end = context.WithCancel(context.Background())
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return p.Dial(ctx, nil) }
		// Connections aren't kept: a server that stops drops a request on an unused one.
		e.client.Transport = &http.Transport{DialContext: dial, DisableKeepAlives: true}
		return e
	})
}

// An endpoint makes the attempts of calls on one peer.
type endpoint struct {
	peer   *balance.Backend
	client http.Client
	life   context.Context
	end    context.CancelFunc
}

func (e *endpoint) Do(ctx context.Context, r *runtime.Request, out runtime.Responder) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a caller that leaves early doesn't want the rest
	defer context.AfterFunc(e.life, cancel)()
	err := e.call(ctx, e.peer.Request(r), out)
	if e.life.Err() != nil {
		return runtime.ErrClosed
	}
	return err
}

func (e *endpoint) call(ctx context.Context, req runtime.Request, out runtime.Responder) error {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = req.Body.AppendJSON(nil); err != nil {
			return runtime.BadRequest.Errorf("request of %s: %w", req.Action, codec.EncodeError(body, err))
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://peer/"+req.Action, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if req.Token != "" {
		r.Header.Set("Authorization", "Bearer "+req.Token)
	}
	if deadline, ok := ctx.Deadline(); ok {
		r.Header.Set("Timeout", strconv.FormatInt(int64(time.Until(deadline)), 10))
	}
	resp, err := e.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !balance.IsUnseen(err) {
			e.peer.Report(balance.NoAnswer)
		}
		return runtime.Unavailable.Errorf("%w", err)
	}
	defer resp.Body.Close()
	e.peer.Report(balance.Answered)
	for lines := bufio.NewReader(resp.Body); ; {
		var l line
		text, err := lines.ReadBytes('\n')
		switch {
		case len(text) > e.peer.MaxFrame():
			return runtime.OverLimit.Errorf("a response of %d bytes", len(text))
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return runtime.ErrStreamCut
		case json.Unmarshal(text, &l) != nil:
			return runtime.BadResponse.Errorf("not a line of JSON: %s", text)
		case l.End && l.Code != runtime.OK:
			return l.err()
		case l.End:
			return nil
		}
		if err := balance.Respond(out, (*runtime.Raw)(&l.Body)); err != nil {
			return err
		}
	}
}

func (e *endpoint) Connect(ctx context.Context) error {
	nc, err := e.peer.Dial(ctx, nil)
	if err == nil {
		nc.Close()
	}
	return err
}

func (e *endpoint) Close() { e.end() }

// What every wire must do, this one does as well.
func TestHTTP(t *testing.T) { wiretest.Run(t, httpWire{}) }
