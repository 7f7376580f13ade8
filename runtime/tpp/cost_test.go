package tpp

import (
	"bufio"
	"context"
	"net"
	goruntime "runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/envelope"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// This file counts the costs of a call that don't depend on the machine: writes to the
// connection, and allocations.

// A countedConn counts how often it is written to.
type countedConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c countedConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// A countedListener counts how often its connections are written to.
type countedListener struct {
	net.Listener
	writes atomic.Int64
}

func (l *countedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return countedConn{c, &l.writes}, nil
}

// Calls that are made at the same time share writes, on both sides. Both sides have one
// processor here, since an idle one would write whatever there is, even little.
func TestWritesPerCall(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes who runs when")
	}
	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
	for _, tt := range []struct {
		callers int
		most    float64
	}{
		{1, 1},
		{16, 0.20},
		{256, 0.10},
	} {
		t.Run(strconv.Itoa(tt.callers), func(t *testing.T) {
			tcp, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			l := &countedListener{Listener: tcp}
			mux := new(runtime.Mux)
			mux.Handle(&actionEcho, stub.Unary(&actionEcho, func(_ context.Context, m *Text) (*Text, error) { return m, nil }))
			s := &runtime.Server{Wire: Wire{}, Handler: mux, Auth: auth}
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- s.Serve(ctx, l) }()

			var writes atomic.Int64
			c := &runtime.Client{Wire: Wire{}, Addr: tcp.Addr().String(), Token: "s3cret", Dial: func(ctx context.Context, addr string) (net.Conn, error) {
				c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
				return countedConn{c, &writes}, err
			}}
			defer func() {
				c.Close()
				stop()
				if err := <-served; err != nil {
					t.Error(err)
				}
			}()
			call := func() {
				if _, err := stub.Invoke[Text](ctx, c.Do, &actionEcho, &Text{strings.Repeat("x", 100)}, nil); err != nil {
					t.Error(err)
				}
			}
			call()

			// How many calls share a write depends on what else the machine does, so the
			// best of a few attempts counts.
			const calls, attempts = 25_600, 8
			var client, server float64
			for range attempts {
				writes.Store(0)
				l.writes.Store(0)
				var wait sync.WaitGroup
				for range tt.callers {
					wait.Go(func() {
						for range calls / tt.callers {
							call()
						}
					})
				}
				wait.Wait()
				client, server = float64(writes.Load())/calls, float64(l.writes.Load())/calls
				if client <= tt.most && server <= tt.most {
					t.Logf("client: %.3f, server: %.3f", client, server)
					return
				}
			}
			t.Errorf("client: %.3f, server: %.3f writes for each call, want at most %v", client, server, tt.most)
		})
	}
}

// A call allocates its result, what Invoke needs, and one copy of the answer for all the
// strings in it.
func TestClient_allocationsPerCall(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget on purpose")
	}
	for _, tt := range []struct {
		name    string
		answer  string
		strings int
		call    func(context.Context, *runtime.Client) error
	}{
		{"number", `{"double":{"n":42}}`, 0, func(ctx context.Context, c *runtime.Client) error {
			_, err := stub.Invoke[Number](ctx, c.Do, &actionDouble, &Number{21}, nil)
			return err
		}},
		{"text", `{"echo":"` + strings.Repeat("x", 100) + `"}`, 1, func(ctx context.Context, c *runtime.Client) error {
			_, err := stub.Invoke[Text](ctx, c.Do, &actionEcho, &Text{"x"}, nil)
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &runtime.Client{Wire: Wire{}, Addr: parrot(t, tt.answer)}
			defer c.Close()
			call := func() {
				if err := tt.call(context.Background(), c); err != nil {
					t.Error(err)
				}
			}
			for range 100 {
				call()
			}
			// Now and then the garbage collector takes a buffer from a pool.
			if got, most := testing.AllocsPerRun(1000, call), float64(tt.strings+3); got > most {
				t.Errorf("%v allocations for each call, want at most %v", got, most)
			} else {
				t.Logf("%v allocations", got)
			}
		})
	}
}

// parrot listens for peers and gives all requests the same answer. It allocates nothing for
// a request.
func parrot(t *testing.T, body string) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	serve := func(c net.Conn) {
		defer c.Close()
		r := bufio.NewReader(c)
		var out []byte
		for {
			header, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			n, err := strconv.Atoi(string(header[:len(header)-1]))
			if err != nil {
				t.Error(err)
				return
			}
			request, err := r.Peek(n)
			if err != nil {
				t.Error(err)
				return
			}
			id, _, ok := envelope.PeekID(request)
			if !ok {
				t.Errorf("%q has no id", request)
				return
			}
			r.Discard(n)
			out = append(strconv.AppendUint(append(beginFrame(out), `{"id":`...), id, 10), `,"code":0,"body":`...)
			out = append(append(out, body...), '}')
			if _, err := c.Write(endFrame(out)); err != nil {
				return
			}
		}
	}
	wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wait.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wait.Wait()
	})
	return l.Addr().String()
}
