package tpp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// client returns a client of s.
func (s *server) client(t *testing.T) *runtime.Client {
	c := watched(&runtime.Client{Wire: Wire{}, Addr: "memory", Token: "s3cret", Dial: func(context.Context, string) (net.Conn, error) { return s.l.Dial() }})
	t.Cleanup(func() { c.Close() })
	return c
}

// scripted returns a client whose peer answers each connection's request with
// bytes, and closes.
func scripted(t *testing.T, answer string) *runtime.Client {
	return watched(&runtime.Client{Wire: Wire{}, Addr: "script", Token: "s3cret", Dial: func(context.Context, string) (net.Conn, error) {
		near, far := wiretest.Pipe()
		go func() {
			f := frameReader{src: far, limit: 1 << 20}
			if _, err := f.next(); err != nil {
				t.Errorf("the peer reads: %v", err)
			}
			io.WriteString(far, answer)
			far.Close()
		}()
		return near, nil
	}})
}

func invoke(ctx context.Context, do runtime.Func, a *runtime.Action, n int64) (int64, error) {
	resp, err := stub.Invoke[Number](ctx, do, a, &Number{n}, nil)
	if err != nil {
		return 0, err
	}
	return resp.N, nil
}

func items(ctx context.Context, do runtime.Func, a *runtime.Action, n int64) (all []int64, err error) {
	for item, err := range stub.InvokeStream[Number](ctx, do, a, &Number{n}, nil) {
		if err != nil {
			return all, err
		}
		all = append(all, item.N)
	}
	return all, nil
}

// TestClient_classicAnswers holds what the Python client makes of odd answers,
// and what ours does.
func TestClient_classicAnswers(t *testing.T) {
	for _, tt := range []struct {
		answer string
		want   int64
		kind   string
		err    string
	}{
		{framed(`{"code":0,"body":{"double":{"n":5}}}`), 5, "0", ""},
		{framed(`{"body":{"double":{"n":5}}}`), 5, "0", ""},
		{framed(`{"code":"0","body":{"double":{"n":5}}}`), 5, "0", ""},
		{framed(`{"code":" 0 ","body":{"double":{"n":5}}}`), 5, "0", ""},
		{framed(`{"code":0.9,"body":{"double":{"n":5}}}`), 5, "0", ""},
		{framed(`{"code":false,"body":{"double":{"n":5}}}`), 5, "0", ""},
		{framed(`{"body":{"double":{"n":5}},"code":0}`) + "garbage", 5, "0", ""},
		{framed(`{"code":4,"body":{"error":"four"}}`), 0, "4", "four"},
		{framed(`{"code":"4","body":{"error":"four"}}`), 0, "4", "four"},
		{framed(`{"code":"+1_0","body":{"error":"ten"}}`), 0, "10", "ten"},
		{framed(`{"code":true,"body":{"error":"one"}}`), 0, "1", "one"},
		{framed(`{"code":-1,"body":{"error":"minus one"}}`), 0, "-1", "minus one"},
		{framed(`{"code":1e400,"body":{"error":"much"}}`), 0, "1", "much"},
		{framed(`{"code":1,"body":"plain words"}`), 0, "1", "plain words"},
		{framed(`{"code":1,"body":{"double":"error","error":"it went wrong: \u00e9 \ud83d\ude00"}}`), 0, "1", "it went wrong: é 😀"},
		{framed(`{"code":1,"body":{"error":{"a":1}}}`), 0, "1", `{"a":1}`},
		{framed(`{"code":1,"body":{"msg":"x"}}`), 0, "1", `{"msg":"x"}`},
		{framed(`{"code":7,"body":null}`), 0, "7", "code 7"},
		{framed(`{"code":7}`), 0, "7", "code 7"},
		{framed(`{"code":null,"body":1}`), 0, "bad_response", "bad code in the response: null"},
		{framed(`{"code":"x","body":1}`), 0, "bad_response", `bad code in the response: "x"`},
		{framed(`{"code":0}`), 0, "bad_response", "the response has no body"},
		{framed(`{"code":0,"body":{"other":1}}`), 0, "bad_response", `response of double: missing property "double"`},
		{framed(`[1]`), 0, "bad_response", "the response isn't an object"},
		{framed(`{"code":0,"code":1,"body":{}}`), 0, "bad_response", `bad response: key "code" stands twice in the envelope`},
		{framed(`{"code": 0,`), 0, "bad_response", "bad response: invalid JSON at byte 11: it ends where a name is expected"},
		{framed("{\"\xff\":1}"), 0, "bad_response", "bad response: invalid JSON at byte 2: invalid UTF-8"},
		{"\n", 0, "bad_response", "the response is empty"},
		{"0\n", 0, "bad_response", "the response is empty"},
		{framed(`{}`), 0, "bad_response", "the response is empty"},
		{"", 0, "unavailable", "script closed the connection without an answer"},
		{"abc\n{}", 0, "bad_response", `bad frame length "abc": 1 to 20 decimal digits and a line feed are expected`},
		{"99999999999\n", 0, "over_limit", "frame of 99999999999 bytes is longer than the limit of 67108864"},
		{"50\n{\"code\": 0", 0, "unavailable", "script: frame cut short: 10 of 50 bytes came"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := scripted(t, tt.answer)
			got, err := invoke(t.Context(), c.Do, &actionDouble, 1)
			if got != tt.want || kind(err) != tt.kind || err != nil && err.Error() != tt.err {
				t.Errorf("%q: %d, %v (%v)\nwant %d, %v (%v)", tt.answer, got, err, kind(err), tt.want, tt.err, tt.kind)
			}
		})
	}
}

// TestClient_classicStreams holds the ways a stream ends.
func TestClient_classicStreams(t *testing.T) {
	ends := func(end runtime.StreamEnd) *runtime.Action {
		return &runtime.Action{Name: "s", Stream: true, Reply: runtime.Bare, End: end}
	}
	one := framed(`{"code":0,"body":{"n":1}}`)
	for _, tt := range []struct {
		answer string
		end    runtime.StreamEnd
		items  int
		err    error
	}{
		{one + one, runtime.EndClose, 2, nil},
		{"", runtime.EndClose, 0, nil},
		{one + "\n" + one, runtime.EndClose, 1, nil},
		{one + "0\n" + one, runtime.EndClose, 1, nil},
		{one + framed(`{}`) + one, runtime.EndClose, 1, nil},
		{one + framed(`{"code":0}`) + one, runtime.EndClose, 1, nil},
		{one + framed(`{"code":0,"body":null}`) + one, runtime.EndClose, 1, nil},
		{one + framed(`{"code":0,"body":null}`), runtime.EndNull, 1, nil},
		{one, runtime.EndNull, 1, runtime.ErrStreamCut},
		{one, runtime.EndNever, 1, runtime.ErrStreamCut},
		{one + "25\n{", runtime.EndClose, 1, runtime.ErrStreamCut},
		{one + framed(`{"code":5,"body":{"error":"x"}}`), runtime.EndClose, 1, &runtime.Error{Code: 5, Message: "x"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			got, err := items(t.Context(), scripted(t, tt.answer).Do, ends(tt.end), 1)
			if len(got) != tt.items || (err == nil) != (tt.err == nil) || err != nil && !errors.Is(err, tt.err) && err.Error() != tt.err.Error() {
				t.Errorf("%q: %d items, %v, want %d, %v", tt.answer, len(got), err, tt.items, tt.err)
			}
		})
	}
}

// A client that is set to stay classic asks as a Python client does, and makes a connection
// for each call.
func TestClient_classic(t *testing.T) {
	requests := make(chan string, 2)
	c := &runtime.Client{Wire: Wire{Classic: true}, Token: "s3cret", Dial: func(context.Context, string) (net.Conn, error) {
		near, far := wiretest.Pipe()
		go func() {
			f := frameReader{src: far, limit: 1 << 20}
			request, err := f.next()
			if err != nil {
				t.Errorf("the peer reads: %v", err)
				far.Close()
				return
			}
			requests <- string(request.b)
			io.WriteString(far, framed(`{"code":0,"body":{"double":{"n":4}}}`))
			far.Close()
		}()
		return near, nil
	}}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for range cap(requests) {
		if n, err := invoke(ctx, c.Do, &actionDouble, 2); n != 4 || err != nil {
			t.Fatalf("double(2) = %d, %v", n, err)
		}
		const want = `{"action":"double","token":"s3cret","body":{"n":2}}`
		if got := <-requests; got != want {
			t.Errorf("the request is %s, want %s", got, want)
		}
	}
}

func TestClient_withServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, runtime.Limits{}).client(t)
		if got, err := invoke(t.Context(), c.Do, &actionDouble, 21); got != 42 || err != nil {
			t.Errorf("double: %d, %v", got, err)
		}
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 2000); !errors.Is(err, errTooLarge) || err.Error() != "the number is too large: 2000" {
			t.Errorf("double(2000): %v", err)
		}
		for _, a := range []*runtime.Action{&actionCount, &actionNull} {
			if got, err := items(t.Context(), c.Do, a, 3); !slices.Equal(got, []int64{0, 1, 2}) || err != nil {
				t.Errorf("%s: %v, %v", a.Name, got, err)
			}
			if got, err := items(t.Context(), c.Do, a, 2000); len(got) != 1000 || !errors.Is(err, errTooLarge) {
				t.Errorf("%s(2000): %d items, %v", a.Name, len(got), err)
			}
		}
		for item, err := range stub.InvokeStream[Number](t.Context(), c.Do, &actionTicks, &Number{1}, nil) {
			if err != nil {
				t.Fatal(err)
			}
			if item.N == 3 {
				break
			}
		}
	})
}

func TestClient_tokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, runtime.Limits{}).client(t)
		c.Token = "wrong"
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); !errors.Is(err, runtime.BadCredentials) {
			t.Errorf("wrong token: %v", err)
		}
		if got, err := invoke(t.Context(), c.Do, &actionBare, 1); got != 2 || err != nil {
			t.Errorf("action without token: %d, %v", got, err)
		}
		c = serve(t, runtime.Limits{}).client(t)
		c.Token = ""
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); !errors.Is(err, runtime.NoCredentials) {
			t.Errorf("no token: %v", err)
		}
	})
}

func TestClient_contextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, runtime.Limits{}).client(t)
		for range 2 { // unknown, then known to be persistent
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			_, err := invoke(ctx, c.Do, &actionWait, 3600)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
			cancel()
			if got, err := invoke(t.Context(), c.Do, &actionDouble, 1); got != 2 || err != nil {
				t.Errorf("the next call: %d, %v", got, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		got, err := items(ctx, c.Do, &actionTicks, 2)
		if len(got) != 2 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ticks: %v, %v", got, err)
		}
	})
}

func TestClient_contextEndsWhileConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := func(ctx context.Context, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		c := &runtime.Client{Wire: Wire{}, Addr: "nowhere", Dial: dial}
		began := time.Now()
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); runtime.ReasonOf(err) != runtime.Unavailable || time.Since(began) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		c = &runtime.Client{Wire: Wire{}, Addr: "nowhere", Dial: dial}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := invoke(ctx, c.Do, &actionDouble, 1); runtime.ReasonOf(err) != runtime.DeadlineExceeded {
			t.Errorf("with a deadline: %v", err)
		}
	})
}

func TestClient_envelope(t *testing.T) {
	got := make(chan string, 1)
	c := &runtime.Client{Wire: Wire{}, Addr: "script", Token: "t", Envelope: new(runtime.Raw(`{ "user_id":"ann" }`)), Dial: func(context.Context, string) (net.Conn, error) {
		near, far := wiretest.Pipe()
		go func() {
			f := frameReader{src: far, limit: 1 << 20}
			frame, _ := f.next()
			got <- string(frame.b)
			io.WriteString(far, framed(`{"code":0,"body":{"n":1}}`))
			far.Close()
		}()
		return near, nil
	}}
	if _, err := invoke(t.Context(), c.Do, &actionBare, 1); err != nil {
		t.Fatal(err)
	}
	if got, want := <-got, `{"id":1,"action":"bare","token":"t","user_id":"ann","body":{"n":1}}`; got != want {
		t.Errorf("request %s, want %s", got, want)
	}
}

func TestClient_closed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		c := s.client(t)
		done := make(chan error)
		for range 2 {
			go func() {
				_, err := invoke(t.Context(), c.Do, &actionWait, 3)
				done <- err
			}()
		}
		synctest.Wait()
		began := time.Now()
		c.Close()
		if took := time.Since(began); took != 3*time.Second+hesitation { // the second call waits for the first
			t.Errorf("Close took %v", took)
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Errorf("the call under way: %v", err)
			}
		}
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); !errors.Is(err, runtime.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// Calls that go on are cut when Close has waited for Grace.
func TestClient_closeCuts(t *testing.T) {
	for _, tt := range []struct{ grace, want time.Duration }{
		{0, 10 * time.Second},
		{3 * time.Second, 3 * time.Second},
		{-1, 0},
	} {
		for _, shared := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				c := serve(t, runtime.Limits{}).client(t)
				c.Grace = tt.grace
				if shared {
					invoke(t.Context(), c.Do, &actionDouble, 1)
				}
				unary, stream := make(chan error, 1), make(chan error, 1)
				go func() {
					_, err := invoke(t.Context(), c.Do, &actionWait, 3600)
					unary <- err
				}()
				go func() {
					_, err := items(t.Context(), c.Do, &actionTicks, 3600)
					stream <- err
				}()
				synctest.Wait()
				began := time.Now()
				c.Close()
				if took := time.Since(began); took != tt.want {
					t.Errorf("Grace %v: Close took %v, want %v", tt.grace, took, tt.want)
				}
				if err := <-unary; !errors.Is(err, runtime.ErrClosed) || time.Since(began) != tt.want {
					t.Errorf("Grace %v, shared %v: the call ended after %v with %v", tt.grace, shared, time.Since(began), err)
				}
				if err := <-stream; !errors.Is(err, runtime.ErrClosed) || time.Since(began) != tt.want {
					t.Errorf("Grace %v: the stream ended after %v with %v", tt.grace, time.Since(began), err)
				}
			})
		}
	}
}

// A call that the peer may have seen isn't made again when its connection breaks, unless
// its action is idempotent.
func TestClient_brokenConnection(t *testing.T) {
	for _, tt := range []struct {
		action runtime.Action
		want   int64 // how often it's made
	}{
		{runtime.Action{Name: "lost"}, 1},
		{runtime.Action{Name: "lost", Idempotent: true}, 3},
		{runtime.Action{Name: "lost", Idempotent: true, Stream: true}, 1},
	} {
		for _, shared := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, runtime.Limits{})
				var conn atomic.Pointer[wiretest.Conn]
				var seen atomic.Int64
				s.Handler.(*runtime.Mux).Handle(&tt.action, func(context.Context, *runtime.Request, runtime.Responder) error {
					seen.Add(1)
					conn.Load().Reset()
					return nil
				})
				c := s.client(t)
				c.Dial = func(context.Context, string) (net.Conn, error) {
					nc, err := s.l.Dial()
					conn.Store(nc)
					return nc, err
				}
				if shared {
					invoke(t.Context(), c.Do, &actionDouble, 1)
				}
				err := c.Do(t.Context(), &runtime.Request{Action: "lost", Info: &tt.action}, nil)
				if runtime.ReasonOf(err) != runtime.Unavailable {
					t.Errorf("%+v, shared %v: %v", tt.action, shared, err)
				}
				if n := seen.Load(); n != tt.want {
					t.Errorf("%+v, shared %v: made %d times, want %d", tt.action, shared, n, tt.want)
				}
			})
		}
	}
}

func TestClient_overTLS(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", web.TLS)
	if err != nil {
		t.Fatal(err)
	}
	s := &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: auth}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l) }()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	for _, tt := range []struct {
		config *tls.Config
		want   runtime.Reason
	}{
		{&tls.Config{RootCAs: roots}, ""},
		{&tls.Config{InsecureSkipVerify: true}, ""},
		{&tls.Config{}, runtime.Unavailable},
		{nil, runtime.Unavailable},
	} {
		c := &runtime.Client{Wire: Wire{}, Addr: l.Addr().String(), Token: "s3cret", TLS: tt.config}
		if _, err := invoke(t.Context(), c.Do, &actionDouble, 21); runtime.ReasonOf(err) != tt.want {
			t.Errorf("%+v: %v", tt.config, err)
		}
		c.Close()
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A caller that leaves before its answer says nothing about the peer: the next call
// doesn't wait.
func TestClient_leavingIsNoTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, runtime.Limits{}).client(t)
		for _, calls := range []int{0, 1} { // before it: a connection of its own, and a shared one
			for range calls {
				if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil {
					t.Fatal(err)
				}
				(*endpoints(c)[0].shared.Load())[0].fail(io.EOF) // so that none has an answer
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := invoke(ctx, c.Do, &actionWait, 60); runtime.ReasonOf(err) != runtime.DeadlineExceeded {
				t.Errorf("%v", err)
			}
			cancel()
			began := time.Now()
			if _, err := invoke(t.Context(), c.Do, &actionDouble, 1); err != nil || time.Since(began) > 0 {
				t.Errorf("after %d calls: %v after %v", calls, err, time.Since(began))
			}
		}
	})
}
