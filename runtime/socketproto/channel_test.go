package socketproto

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// say returns a callback that answers with text.
func say(text string) Callback {
	return func(context.Context, *Channel, Message) (Status, json.RawMessage) {
		return Okay, json.RawMessage(`"` + text + `"`)
	}
}

func TestChannel_callbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := pair(t, Config{}, Config{})
		const own, ownResponse, ownStatus = 40, 50, 77
		for _, c := range []*Channel{d, a} {
			if err := errors.Join(c.AddService(own, ownResponse, "blink", "blinked"), c.AddData(1, "twice", own), c.AddStatus(ownStatus, "broken lamp")); err != nil {
				t.Fatal(err)
			}
		}
		ask := func(s Service, id DataID) string {
			t.Helper()
			m, err := d.Ask(t.Context(), Message{Service: s, DataID: id})
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%d/%d %s %s", m.Service, m.DataID, d.StatusName(m.Status), m.Data)
		}
		expect := func(s Service, id DataID, want string) {
			t.Helper()
			if got := ask(s, id); got != want {
				t.Errorf("%d/%d: %s, want %s", s, id, got, want)
			}
		}
		expect(Read, 1, "11/1 buffering unhandled request ")
		a.Register(Any, Any, say("anything"))
		expect(Read, 1, `11/1 okay "anything"`)
		a.Register(Any, 1, say("any 1"))
		expect(Read, 1, `11/1 okay "any 1"`)
		a.Register(Read, Any, say("read any"))
		expect(Read, 1, `11/1 okay "read any"`)
		a.Register(Read, 1, say("read 1"))
		expect(Read, 1, `11/1 okay "read 1"`)
		expect(Read, 2, `11/2 okay "read any"`)
		expect(Write, 1, `21/1 okay "any 1"`)
		expect(own, 3, `50/3 okay "anything"`)
		a.Register(own, 1, func(context.Context, *Channel, Message) (Status, json.RawMessage) {
			return ownStatus, json.RawMessage(`[1]`)
		})
		expect(own, 1, "50/1 broken lamp [1]")
		a.Register(Read, 1, func(context.Context, *Channel, Message) (Status, json.RawMessage) { panic("secret") })
		expect(Read, 1, "11/1 callback error ")
		a.Register(Read, 1, func(context.Context, *Channel, Message) (Status, json.RawMessage) {
			return Okay, json.RawMessage(`{`)
		})
		expect(Read, 1, "11/1 callback error ")
		a.Register(Read, 1, nil)
		expect(Read, 1, `11/1 okay "read any"`)
		if _, err := d.Ask(t.Context(), Message{Service: 41}); err == nil {
			t.Error("a service without a response can be asked")
		}
	})
}

// TestChannel_bothAsk: each end asks the other from within a callback.
func TestChannel_bothAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := pair(t, Config{Secret: "x", AutoAuth: true}, Config{Secret: "x"})
		a.Register(Execute, 1, func(ctx context.Context, c *Channel, m Message) (Status, json.RawMessage) {
			r, err := c.Ask(ctx, Message{Service: Read, DataID: 2})
			if err != nil || ChannelOf(ctx) != c {
				return CallbackError, nil
			}
			return r.Status, r.Data
		})
		d.Register(Read, 2, say("two"))
		if err := d.AwaitEstablished(t.Context()); err != nil {
			t.Fatal(err)
		}
		if m, err := d.Ask(t.Context(), Message{Service: Execute, DataID: 1}); err != nil || string(m.Data) != `"two"` {
			t.Errorf("Ask = %v, %v", m, err)
		}
	})
}

func TestServices_names(t *testing.T) {
	s := new(Services)
	if err := errors.Join(s.AddService(40, 41, "blink", "blinked"), s.AddService(60, 61, "", "")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		request, response Service
		want              error // nil for any
	}{
		{40, 50, ErrRequestExists}, {50, 40, ErrResponseExists}, {41, 50, ErrRequestExists}, {50, 41, ErrResponseExists}, {40, 41, ErrRequestExists},
		{10, 50, ErrRequestExists}, {50, 31, ErrResponseExists}, {60, 50, ErrRequestExists}, {50, 50, nil}, {Any, 50, nil}, {50, Any, nil},
	} {
		err := s.AddService(test.request, test.response, "x", "y")
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("AddService(%d, %d): %v, want %v", test.request, test.response, err, test.want)
		}
	}
	for range 2 {
		if err := errors.Join(s.AddData(1, "one", 40, 41), s.AddData(3, "three"), s.AddStatus(9, "nine"), s.AddStatus(Okay, "okay")); err != nil {
			t.Error(err)
		}
	}
	for _, err := range []error{s.AddData(1, "two", 77, 40), s.AddData(3, "four"), s.AddStatus(9, "ten"), s.AddStatus(1, "fine")} {
		if err == nil {
			t.Error("a name is changed")
		}
	}
	for got, want := range map[string]string{
		s.ServiceName(40): "blink", s.ServiceName(41): "blinked", s.ServiceName(60): "service 60", s.ServiceName(50): "service 50", s.ServiceName(30): "execute request", s.ServiceName(99): "service 99",
		s.DataName(40, 1): "one", s.DataName(41, 1): "one", s.DataName(77, 1): "data 1", s.DataName(40, 2): "data 2", s.DataName(10, 3): "three",
		s.StatusName(9): "nine", s.StatusName(5): "checksum error", s.StatusName(70): "status 70",
	} {
		if got != want {
			t.Errorf("a name is %q, want %q", got, want)
		}
	}
}

func TestChannel_receive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := pair(t, Config{}, Config{Buffer: 2})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := a.Receive(ctx, Read, 1); err != context.DeadlineExceeded {
			t.Errorf("Receive of nothing: %v", err)
		}
		send := func(s Service, id DataID) {
			if err := d.Send(t.Context(), Message{Service: s, DataID: id}); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		receive := func(s Service, id DataID, want Address) {
			t.Helper()
			if m, err := a.Receive(t.Context(), s, id); err != nil || m.Address() != want {
				t.Errorf("Receive(%d, %d) = %v, %v, want %v", s, id, m, err, want)
			}
		}
		send(Write, 1)
		send(Write, 2)
		receive(Write, 2, Address{Write, 2})
		receive(Any, Any, Address{Write, 1})
		// An unwanted response makes room; a request doesn't.
		send(ReadResponse, 1)
		send(Write, 3)
		send(Write, 4)
		if m, err := d.Ask(t.Context(), Message{Service: Write, DataID: 5}); err != nil || m.Status != NotPermitted {
			t.Errorf("a request without room for it: %v, %v", m, err)
		}
		receive(Write, Any, Address{Write, 3})
		receive(Any, 4, Address{Write, 4})
		for range 2 {
			m, err := d.Receive(t.Context(), WriteResponse, Any)
			if err != nil || m.Status != Buffering {
				t.Errorf("Receive = %v, %v", m, err)
			}
		}
		go func() {
			synctest.Wait()
			a.Close()
		}()
		if _, err := a.Receive(t.Context(), Read, 1); err != runtime.ErrClosed {
			t.Errorf("Receive of a closed channel: %v", err)
		}
	})
}

// TestChannel_beforeTrust: until the ends trust each other, only messages on the whitelist
// pass, in either direction.
func TestChannel_beforeTrust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		called := new(Services)
		called.AddWhitelist(Read, 1)
		var calls atomic.Int32
		called.Register(Any, Any, func(context.Context, *Channel, Message) (Status, json.RawMessage) {
			calls.Add(1)
			return Okay, nil
		})
		here, there := wiretest.Pipe()
		c := Accept(Config{Secret: "x", Services: called, Handler: newMux()}, there)
		defer c.Wait()
		defer c.Close()
		// A peer that ignores authentication.
		peer := Open(Config{}, here)
		defer peer.Wait()
		defer peer.Close()
		if m, err := peer.Ask(t.Context(), Message{Service: Write, DataID: 9}); err != nil || m.Status != AuthRequired {
			t.Errorf("before it is on the whitelist: %v, %v", m.Status, err)
		}
		called.AddWhitelist(Write, Any)
		for _, test := range []struct {
			a     Address
			want  Status
			calls int32
		}{
			{Address{Read, 1}, Okay, 1},
			{Address{Read, 2}, AuthRequired, 1},
			{Address{Write, 9}, Okay, 2},
			{Address{Execute, 1}, AuthRequired, 2},
			{Address{Execute, DataIDOf("double")}, AuthRequired, 2},
			{Address{Read, 8}, AuthRequired, 2},
		} {
			m, err := peer.Ask(t.Context(), Message{Service: test.a.Service, DataID: test.a.DataID})
			if err != nil || m.Status != test.want || calls.Load() != test.calls {
				t.Errorf("%v: %v, %v, %d calls; want %v, %d", test.a, m.Status, err, calls.Load(), test.want, test.calls)
			}
		}
		for _, s := range []Service{77, ReadResponse, ExecuteResponse} {
			peer.Send(t.Context(), Message{Service: s, DataID: 2})
		}
		synctest.Wait()
		if calls.Load() != 2 {
			t.Error("a message without an answer has passed")
		}
		if _, err := invoke(t.Context(), peer.Do, &actionDouble, 1); runtime.ReasonOf(err) != runtime.NoCredentials {
			t.Errorf("a call: %v", err)
		}
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Send(late, Message{Service: Execute}); !errors.Is(err, ErrNotEstablished) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send before trust: %v", err)
		}
		if err := c.Send(t.Context(), Message{Service: Write}); err != nil {
			t.Errorf("Send of the whitelist: %v", err)
		}
		if c.Established() || !c.Connected() || c.AuthState() != Untrusted {
			t.Error("the connection is established")
		}
	})
}

func TestChannel_manualAuth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Secret: "x"}
		d, a := pair(t, cfg, cfg)
		synctest.Wait()
		if d.Established() || a.Established() {
			t.Error("established by itself")
		}
		if err := d.Send(t.Context(), Message{}); err != ErrNotEstablished {
			t.Errorf("Send before Authenticate: %v", err)
		}
		if err := a.Authenticate(t.Context()); err != errNotDialed {
			t.Errorf("Authenticate at the end that accepted: %v", err)
		}
		sent := make(chan error)
		go func() { sent <- a.Send(t.Context(), Message{}) }()
		if err := d.Authenticate(t.Context()); err != nil || d.AuthState() != Trusted {
			t.Errorf("%v, %v", d.AuthState(), err)
		}
		if err := <-sent; err != nil {
			t.Errorf("Send that waits for the authentication: %v", err)
		}
		if err := d.Authenticate(t.Context()); err != nil {
			t.Errorf("once more: %v", err)
		}
	})
}

func TestChannel_mutualAuth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Secret: "x", Mutual: true}
		d, a := pair(t, cfg, cfg)
		// Both at once: the end that dialed goes first.
		begun := make(chan error, 2)
		for _, c := range []*Channel{a, d} {
			go func() { begun <- c.Authenticate(t.Context()) }()
		}
		for range 2 {
			if err := <-begun; err != nil {
				t.Error(err)
			}
		}
		if d.AuthState() != Trusted || a.AuthState() != Trusted {
			t.Errorf("%v, %v", d.AuthState(), a.AuthState())
		}
		if err := a.AwaitEstablished(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestChannel_wrongSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := pair(t, Config{Secret: "x", AutoAuth: true}, Config{Secret: "y"})
		if err := d.AwaitEstablished(t.Context()); !errors.Is(err, ErrAuth) {
			t.Errorf("AwaitEstablished: %v", err)
		}
		d.Wait()
		a.Wait()
		if a.Connected() || a.AuthState() != Untrusted {
			t.Error("the other end goes on")
		}
		m, n := pair(t, Config{Secret: "x"}, Config{Secret: "y"})
		for range 3 { // the connection stays for another attempt
			if err := m.Authenticate(t.Context()); !errors.Is(err, ErrAuth) || !n.Connected() {
				t.Errorf("Authenticate: %v", err)
			}
		}
	})
}

func TestChannel_names(t *testing.T) {
	for _, test := range []struct{ dialed, accepted, want, log string }{
		{"lamp", "server", "lamp", "channel names differ"},
		{"", "server", "server", ""},
		{"lamp", "", "lamp", ""},
		{"", "", "", ""},
		{"lamp", "lamp", "lamp", ""},
		{"la\nmp", "server", "server", "bad channel name"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			d, a := pair(t, Config{Name: test.dialed}, Config{Name: test.accepted, Log: slog.New(slog.NewTextHandler(&log, nil))})
			synctest.Wait()
			if a.Name() != test.want || !strings.Contains(log.String(), test.log) || test.log == "" && log.Len() > 0 {
				t.Errorf("%q, %q: %q and %q; log: %s", test.dialed, test.accepted, d.Name(), a.Name(), &log)
			}
			if test.log != "bad channel name" && d.Name() != test.want {
				t.Errorf("%q, %q: %q", test.dialed, test.accepted, d.Name())
			}
		})
	}
}

// TestChannel_reconnects: after a connection ends, another one follows and begins untrusted.
// Pauses grow.
func TestChannel_reconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Secret: "x"}
		var mu sync.Mutex
		var attempts []time.Time
		refuse := false
		accepted := make(chan *Channel, 1)
		states := make(chan AuthState, 10)
		var ended atomic.Int32 // connections, as Connected saw them
		dialing := cfg
		dialing.Connected = func(ctx context.Context, c *Channel) {
			if err := c.Authenticate(ctx); err != nil || c.AuthState() != Trusted {
				t.Errorf("Authenticate: %v, %v", err, c.AuthState())
			}
			<-ctx.Done()
			ended.Add(1)
		}
		dialing.Established = func(_ context.Context, c *Channel) { states <- c.AuthState() }
		c := Connect(dialing, func(ctx context.Context) (Transport, error) {
			mu.Lock()
			defer mu.Unlock()
			attempts = append(attempts, time.Now())
			if refuse {
				return nil, io.ErrClosedPipe
			}
			here, there := wiretest.Pipe()
			accepted <- Accept(cfg, there)
			return here, nil
		})
		ctx := t.Context()
		for range 3 {
			a := <-accepted
			if err := c.AwaitEstablished(ctx); err != nil || <-states != Trusted {
				t.Fatal(err)
			}
			if _, err := c.Ask(ctx, Message{Service: Read}); err != nil {
				t.Error(err)
			}
			a.Close()
			a.Wait()
			synctest.Wait()
			if c.Established() || c.Connected() || c.AuthState() != Untrusted {
				t.Error("the end of the connection isn't seen")
			}
		}
		if n := ended.Load(); n != 3 {
			t.Errorf("Connected has seen %d connections end", n)
		}
		mu.Lock()
		refuse, attempts = true, nil
		mu.Unlock()
		time.Sleep(time.Minute)
		mu.Lock()
		if n := len(attempts); n < 8 || n > 20 {
			t.Errorf("%d attempts in a minute", n)
		}
		for i := 1; i < len(attempts); i++ {
			if d := attempts[i].Sub(attempts[i-1]); d < 50*time.Millisecond || d > 10*time.Second {
				t.Errorf("attempt %d comes after %v", i, d)
			}
		}
		mu.Unlock()
		// A call ends a long pause.
		began := time.Now()
		if _, err := invoke(ctx, c.Do, &actionDouble, 1); runtime.ReasonOf(err) != runtime.Unavailable || time.Since(began) > 200*time.Millisecond {
			t.Errorf("a call: %v after %v", err, time.Since(began))
		}
		c.Close()
		c.Wait()
		if err := c.AwaitEstablished(ctx); err != runtime.ErrClosed {
			t.Errorf("AwaitEstablished: %v", err)
		}
	})
}

// TestChannel_send: Send and Ask wait for a connection that comes in time.
func TestChannel_send(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := time.Now().Add(time.Minute)
		c := Connect(Config{Secret: "x", AutoAuth: true}, func(context.Context) (Transport, error) {
			if time.Now().Before(up) {
				return nil, io.ErrClosedPipe
			}
			here, there := wiretest.Pipe()
			Accept(Config{Secret: "x"}, there)
			return here, nil
		})
		defer c.Wait()
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		for range 2 { // the second time, ctx has ended already
			err := c.Send(ctx, Message{Service: Read})
			if !errors.Is(err, ErrNotConnected) || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("Send without a connection: %v", err)
			}
		}
		if m, err := c.Ask(t.Context(), Message{Service: Read}); err != nil || m.Status != Buffering {
			t.Errorf("Ask = %v, %v", m, err)
		}
		if d := time.Since(up); d < 0 || d > 10*time.Second {
			t.Errorf("Ask returns %v after a connection was possible", d)
		}
	})
}

// TestChannel_reconnect: Reconnect ends the connection, or a pause, and dials at once.
func TestChannel_reconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refuse atomic.Bool
		var dialed atomic.Int32
		c := Connect(Config{}, func(context.Context) (Transport, error) {
			dialed.Add(1)
			if refuse.Load() {
				return nil, io.EOF
			}
			here, there := wiretest.Pipe()
			Accept(Config{Handler: newMux()}, there)
			return here, nil
		})
		began := time.Now()
		for n := range int32(3) {
			if err := c.AwaitEstablished(t.Context()); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error)
			go func() {
				_, err := invoke(t.Context(), c.Do, &actionWait, 5)
				ended <- err
			}()
			synctest.Wait()
			if err := c.Reconnect(); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			if err := <-ended; runtime.ReasonOf(err) != runtime.Unavailable {
				t.Errorf("a call on the old connection: %v", err)
			}
			if !c.Connected() || dialed.Load() != n+2 || time.Since(began) != 0 {
				t.Errorf("connected: %v after %d attempts and %v", c.Connected(), dialed.Load(), time.Since(began))
			}
		}
		refuse.Store(true)
		c.Reconnect()
		time.Sleep(30 * time.Second) // it pauses for about 10 s now
		refuse.Store(false)
		c.Reconnect()
		c.Reconnect()
		synctest.Wait()
		if !c.Connected() {
			t.Error("Reconnect doesn't end the pause")
		}
		c.Close()
		c.Wait()
		if err := c.Reconnect(); err != runtime.ErrClosed {
			t.Errorf("after Close: %v", err)
		}
		here, there := wiretest.Pipe()
		one := Open(Config{}, here)
		there.Close()
		one.Wait()
		if err := one.Reconnect(); err != errOneLink {
			t.Errorf("with one connection: %v", err)
		}
		if err := one.Send(t.Context(), Message{}); !errors.Is(err, ErrNotConnected) {
			t.Errorf("Send after the only connection: %v", err)
		}
	})
}

// TestChannel_hostile: every kind of misbehaving peer is disconnected in time.
func TestChannel_hostile(t *testing.T) {
	hello := `{"service_id":10,"data_id":1}`
	for _, test := range []struct {
		name string
		cfg  Config
		play func(peer *wiretest.Conn)
		want error
		in   time.Duration
	}{
		{"doesn't authenticate itself", Config{Secret: "x"}, func(p *wiretest.Conn) {
			for range 5 {
				p.Write([]byte(framed(hello)))
			}
		}, errAuthLate, 10 * time.Second},
		{"stops within a frame", Config{}, func(p *wiretest.Conn) { p.Write([]byte(":<" + hello)) }, errFrameLate, time.Minute},
		{"goes on slowly within a frame", Config{}, func(p *wiretest.Conn) {
			p.Write([]byte(":<"))
			for range 100 {
				p.Write([]byte(" "))
				time.Sleep(time.Second)
			}
		}, errFrameLate, time.Minute},
		{"is idle", Config{Idle: time.Hour}, func(*wiretest.Conn) {}, errIdle, time.Hour},
		{"sends rubbish", Config{}, func(p *wiretest.Conn) { p.Write(bytes.Repeat([]byte(":<:>"), 100)) }, errBadFrames, 0},
		{"sends noise", Config{}, func(p *wiretest.Conn) { p.Write(bytes.Repeat([]byte("noise:<"), 100)) }, errBadFrames, 0},
		{"sends noise without an end", Config{MaxFrame: 1000}, func(p *wiretest.Conn) { p.Write(bytes.Repeat([]byte("noise"), 1000)) }, runtime.OverLimit, lastWords},
		{"sends line feeds", Config{Framing: CSP{}}, func(p *wiretest.Conn) { p.Write(bytes.Repeat([]byte{'\n'}, 100)) }, errBadFrames, 0},
		{"asks for seeds", Config{Secret: "x"}, func(p *wiretest.Conn) {
			p.Write(bytes.Repeat([]byte(framed(`{"service_id":0,"data_id":0}`)), 9))
		}, ErrAuth, 0},
		{"doesn't read", Config{}, func(p *wiretest.Conn) {
			for range 20000 {
				if _, err := p.Write([]byte(framed(hello))); err != nil {
					return
				}
			}
		}, errWriteLate, 30 * time.Second},
		{"leaves within a frame", Config{}, func(p *wiretest.Conn) {
			p.Write([]byte(":<" + hello))
			p.Close()
		}, io.ErrUnexpectedEOF, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := wiretest.Pipe()
				c := newChannel(test.cfg, false)
				l := c.attach(there, nil)
				began := time.Now()
				done := make(chan struct{})
				go func() {
					defer close(done)
					test.play(here)
				}()
				if err := l.run(t.Context()); !errors.Is(err, test.want) || time.Since(began) != test.in {
					t.Errorf("it ends with %v after %v, want %v after %v", err, time.Since(began), test.want, test.in)
				}
				<-done
			})
		})
	}
}

// TestChannel_closeInCallback: a callback may close its channel.
func TestChannel_closeInCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, a := pair(t, Config{}, Config{})
		a.Register(Execute, 1, func(_ context.Context, c *Channel, _ Message) (Status, json.RawMessage) {
			c.Close()
			return Okay, nil
		})
		if _, err := d.Ask(t.Context(), Message{Service: Execute, DataID: 1}); runtime.ReasonOf(err) != runtime.Unavailable {
			t.Errorf("Ask: %v", err)
		}
		a.Wait()
		d.Wait()
	})
}

// TestChannel_closed: every method fails, and none waits.
func TestChannel_closed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := pair(t, Config{}, Config{})
		if err := d.Authenticate(t.Context()); err != errNoSecret {
			t.Errorf("Authenticate without a secret: %v", err)
		}
		waiting := make(chan error)
		go func() {
			_, err := d.Receive(t.Context(), Read, 1)
			waiting <- err
		}()
		synctest.Wait()
		d.Close()
		d.Close()
		d.Wait()
		_, receive := d.Receive(t.Context(), Read, 1)
		_, ask := d.Ask(t.Context(), Message{Service: Read})
		_, call := invoke(t.Context(), d.Do, &actionDouble, 1)
		for what, err := range map[string]error{
			"a Receive that waits": <-waiting, "Receive": receive, "Ask": ask, "Do": call,
			"Send": d.Send(t.Context(), Message{Service: Read}), "AwaitEstablished": d.AwaitEstablished(t.Context()),
		} {
			if !errors.Is(err, runtime.ErrClosed) {
				t.Errorf("%s: %v", what, err)
			}
		}
		never := Connect(Config{Secret: "x"}, func(context.Context) (Transport, error) { return nil, io.EOF })
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := never.Authenticate(ctx); !errors.Is(err, ErrNotConnected) || !errors.Is(err, io.EOF) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Authenticate without a connection: %v", err)
		}
		never.Close()
		never.Wait()
	})
}
