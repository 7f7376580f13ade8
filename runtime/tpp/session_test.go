package tpp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// A server is one that a test has started on connections in memory.
type server struct {
	*runtime.Server
	l    *wiretest.Listener
	stop context.CancelFunc
	done chan error
}

// serve starts a server, which ends with the test.
func serve(t *testing.T, limits runtime.Limits, setup ...func(s *runtime.Server)) *server {
	t.Helper()
	s := &server{
		Server: &runtime.Server{Wire: Wire{}, Handler: newMux(), Auth: auth, Limits: limits},
		l:      wiretest.Listen(),
		done:   make(chan error, 1),
	}
	for _, f := range setup {
		f(s.Server)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() { s.done <- s.Serve(ctx, s.l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-s.done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

func (s *server) dial(t *testing.T) *wiretest.Conn {
	t.Helper()
	c, err := s.l.Dial()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// framed puts a header before text.
func framed(text string) string { return strconv.Itoa(len(text)) + "\n" + text }

// TestSession_oddInput has a row for everything that a classic server may be sent, by the
// notes on the protocol.
func TestSession_oddInput(t *testing.T) {
	const good = `{"action": "double", "body": {"n": 21}, "token": "s3cret"}`
	const answer = `{"code":0,"body":{"double":{"n":42}}}`
	fails := func(code int, text string) string {
		return `{"code":` + strconv.Itoa(code) + `,"body":{"error":` + text + `}}`
	}
	deep := strings.Repeat("[", 600) + strings.Repeat("]", 600)
	tests := []struct {
		name, send, want string
		half             bool // the client closes its half
	}{
		{"good", framed(good), answer, false},
		{"good, leading zeros", "00000000000000000058\n" + good, answer, false},
		{"good, then half closed", framed(good), answer, true},
		{"other key order", framed(`{"token":"s3cret","body":{"n":21},"action":"double"}`), answer, false},
		{"escaped", framed(`{"token":"s3\u0063ret","body":{"n":21},"\u0061ction":"dou\u0062le"}`), answer, false},
		{"further keys", framed(`{"token":"s3cret","body":{"n":21},"action":"double","user_id":"x","id":"no number"}`), answer, false},
		{"garbage behind", framed(good) + "garbage", answer, false},
		{"a second request behind", framed(good) + framed(good), answer, false},

		{"nothing, half closed", "", fails(1, `"empty request"`), true},
		{"empty line", "\n", fails(1, `"empty request"`), false},
		{"empty line, then a request", "\n" + framed(good), fails(1, `"empty request"`), false},
		{"zero", "0\n", fails(1, `"empty request"`), false},
		{"minus zero", "-0\n" + good, fails(1, `"bad frame length \"-0\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"blank", " 58\n" + good, fails(1, `"bad frame length \" 58\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"crlf", "58\r\n" + good, fails(1, `"bad frame length \"58\\r\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"plus", "+58\n" + good, fails(1, `"bad frame length \"+58\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"underscore", "5_8\n" + good, fails(1, `"bad frame length \"5_8\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"word", "abc\n{}", fails(1, `"bad frame length \"abc\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"hexadecimal", "0x10\n" + good, fails(1, `"bad frame length \"0x10\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"fraction", "58.0\n" + good, fails(1, `"bad frame length \"58.0\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"negative", "-5\n" + good, fails(1, `"bad frame length \"-5\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"too many zeros", strings.Repeat("0", 21) + "58\n" + good, fails(1, `"bad frame length \"000000000000000000000\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"too long", "4294967296\n", fails(1, `"frame of 4294967296 bytes is longer than the limit of 16777216"`), false},
		{"twenty nines", "99999999999999999999\n", fails(1, `"frame of 99999999999999999999 bytes is longer than the limit of 16777216"`), false},
		{"many digits", strings.Repeat("9", 5000) + "\n", fails(1, `"bad frame length \"999999999999999999999\": 1 to 20 decimal digits and a line feed are expected"`), false},
		{"header cut short", "12", fails(1, `"frame cut short in its header \"12\""`), true},
		{"body cut short", "61\n" + good, fails(1, `"frame cut short: 58 of 61 bytes came"`), true},
		{"count too small", "57\n" + good, fails(1, `"invalid JSON at byte 57: it ends where ',' or '}' is expected"`), false},

		{"cut JSON", framed(`{"action": "x"`), fails(1, `"invalid JSON at byte 14: it ends where ',' or '}' is expected"`), false},
		{"single quotes", framed(`{'action': 'x'}`), fails(1, `"invalid JSON at byte 1: found '\\'' where a name is expected"`), false},
		{"trailing comma", framed(`{"action": "x",}`), fails(1, `"invalid JSON at byte 15: found '}' where a value is expected"`), false},
		{"byte order mark", framed("\ufeff" + good), fails(1, `"invalid JSON at byte 0: found '\\u00ef' where a value is expected"`), false},
		{"two values", framed(`{} {}`), fails(1, `"invalid JSON at byte 3: found '{' where the end is expected"`), false},
		{"control character", framed("{\"action\":\"a\nb\"}"), fails(1, `"invalid JSON at byte 12: control character in a string"`), false},
		{"invalid UTF-8", framed("{\"action\":\"\xff\"}"), fails(1, `"invalid JSON at byte 11: invalid UTF-8"`), false},
		{"nested too deeply", framed(`{"body":` + deep + `}`), fails(1, `"invalid JSON at byte 519: nested too deeply"`), false},
		{"NaN", framed(`{"body":NaN}`), fails(1, `"invalid JSON at byte 8: found 'N' where a value is expected"`), false},

		{"empty object", framed(`{}`), fails(1, `"empty request"`), false},
		{"array", framed(`[1]`), fails(1, `"the request isn't an object"`), false},
		{"empty array", framed(`[]`), fails(1, `"the request isn't an object"`), false},
		{"null", framed(`null`), fails(1, `"the request isn't an object"`), false},
		{"string", framed(`"action"`), fails(1, `"the request isn't an object"`), false},
		{"key twice", framed(`{"token":"s3cret","action":"bare","\u0074oken":"x"}`), fails(1, `"key \"token\" stands twice in the envelope"`), false},
		{"foreign key twice", framed(`{"x":1,"x":1}`), fails(1, `"key \"x\" stands twice in the envelope"`), false},

		{"no token", framed(`{"action":"double","body":{"n":1}}`), fails(2, `"No auth token"`), false},
		{"empty token", framed(`{"action":"double","token":""}`), fails(2, `"No auth token"`), false},
		{"null token", framed(`{"action":"double","token":null}`), fails(2, `"No auth token"`), false},
		{"false token", framed(`{"action":"double","token":0.0}`), fails(2, `"No auth token"`), false},
		{"no token, unknown action", framed(`{"action":"nope"}`), fails(2, `"No auth token"`), false},
		{"wrong token", framed(`{"action":"double","token":"x"}`), fails(3, `"Bad auth token"`), false},
		{"token with NUL", framed(`{"action":"double","token":"s3cret\u0000"}`), fails(3, `"Bad auth token"`), false},
		{"token of another type", framed(`{"action":"double","token":["s3cret"]}`), fails(3, `"Bad auth token"`), false},
		{"no token needed", framed(`{"action":"bare","body":{"n":21}}`), `{"code":0,"body":{"n":42}}`, false},

		{"no action", framed(`{"token":"s3cret"}`), fails(1, `"No action found!"`), false},
		{"empty action", framed(`{"token":"s3cret","action":""}`), fails(1, `"No action found!"`), false},
		{"null action", framed(`{"token":"s3cret","action":null}`), fails(1, `"No action found!"`), false},
		{"action of another type", framed(`{"token":"s3cret","action":5}`), fails(1, `"action: a string is expected"`), false},
		{"unknown action", framed(`{"token":"s3cret","action":"nope"}`), fails(1, `"unknown action \"nope\""`), false},
		{"application's code", framed(`{"token":"s3cret","action":"double","body":{"n":2000}}`), fails(2, `"the number is too large: 2000"`), false},
		{"panic", framed(`{"token":"s3cret","action":"panic","body":{"n":1}}`), fails(1, `"internal error"`), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, runtime.Limits{})
				c := s.dial(t)
				defer c.Close()
				began := time.Now()
				go func() {
					io.WriteString(c, tt.send)
					if tt.half {
						c.CloseWrite()
					}
				}()
				got, err := io.ReadAll(c)
				if want := framed(tt.want); string(got) != want || err != nil {
					t.Errorf("answer %q, %v\nwant %q", got, err, want)
				}
				if took := time.Since(began); took > 0 {
					t.Errorf("the answer took %v", took)
				}
			})
		})
	}
}

func TestSession_streams(t *testing.T) {
	for send, want := range map[string]string{
		`{"token":"s3cret","action":"count","body":{"n":2}}`: framed(`{"code":0,"body":{"count":"ok"}}`) + framed(`{"code":0,"body":{"n":0}}`) + framed(`{"code":0,"body":{"n":1}}`),
		`{"token":"s3cret","action":"null","body":{"n":1}}`:  framed(`{"code":0,"body":{"n":0}}`) + framed(`{"code":0,"body":null}`),
		`{"token":"s3cret","action":"null","body":{"n":0}}`:  framed(`{"code":0,"body":null}`),
		`{"token":"s3cret","action":"count","body":7}`:       framed(`{"code":1,"body":{"error":"bad request: expected an object, found 7"}}`),
	} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, runtime.Limits{})
			c := s.dial(t)
			io.WriteString(c, framed(send))
			got, err := io.ReadAll(c)
			if string(got) != want || err != nil {
				t.Errorf("%s: %q, %v\nwant %q", send, got, err, want)
			}
		})
	}
}

// A peer that takes too long to send a request is told so, unless it has sent nothing.
func TestSession_slow(t *testing.T) {
	known := framed(`{"id":1,"action":"double","token":"s3cret","body":{"n":1}}`)
	answer := framed(`{"id":1,"code":0,"body":{"double":{"n":2}}}`)
	for _, tt := range []struct {
		name, send string
		took       time.Duration
		want       string
	}{
		{"sends nothing", "", 10 * time.Second, ""},
		{"begins a header", "1", 10 * time.Second, framed(`{"code":1,"body":{"error":"the header took longer than 10s"}}`)},
		{"begins a body", "10\n{", 30 * time.Second, framed(`{"code":1,"body":{"error":"no call was authenticated within 30s"}}`)},
		{"is known, and begins a body", known + "10\n{", time.Minute, answer + framed(`{"goaway":true,"code":1,"body":{"error":"the request took longer than 1m0s"},"reason":"over_limit"}`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, runtime.Limits{})
				c := s.dial(t)
				defer c.Close()
				began := time.Now()
				io.WriteString(c, tt.send)
				got, err := io.ReadAll(c)
				if string(got) != tt.want || err != nil {
					t.Errorf("answer %q, %v, want %q", got, err, tt.want)
				}
				if took := time.Since(began); took != tt.took {
					t.Errorf("closed after %v, want %v", took, tt.took)
				}
			})
		})
	}
}

// A peer that makes no calls is asked to leave after Idle, and closed after 5 s more. The
// server looks every 10 s whether there were calls.
func TestSession_idle(t *testing.T) {
	const second, never = time.Second, 24 * time.Hour
	const short, long = `{"id":1,"action":"double","token":"s3cret","body":{"n":1}}`, `{"id":1,"action":"wait","token":"s3cret","body":{"n":395}}`
	for _, tt := range []struct {
		name   string
		limit  time.Duration
		second time.Duration // when another call comes after the first
		call   string
		goaway time.Duration
	}{
		{"5 min by default", 0, 0, short, 300 * second},
		{"a limit below 10 s", 3 * second, 0, short, 3 * second},
		{"a limit above", 11 * second, 0, short, 11 * second},
		{"no limit", -1, 0, short, never},
		{"a call meanwhile", 0, 4 * second, short, 310 * second},
		{"a call meanwhile, below 10 s", 3 * second, 2 * second, short, 6 * second},
		{"a call after 20 s", 0, 20 * second, short, 320 * second},
		{"a call after almost 5 min", 0, 299 * second, short, 599 * second},
		{"a long call", 0, 0, long, 690 * second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, runtime.Limits{Idle: tt.limit})
				c := s.dial(t)
				defer c.Close()
				f := &frameReader{src: c, limit: 1 << 20}
				began := time.Now()
				for _, wait := range []time.Duration{0, tt.second} {
					time.Sleep(wait)
					io.WriteString(c, framed(tt.call))
					if got := read(t, f); !strings.HasPrefix(got, `{"id":1,"code":0,`) {
						t.Fatal(got)
					}
					if tt.second == 0 {
						break
					}
				}
				c.SetReadDeadline(began.Add(never))
				got := read(t, f)
				if took := time.Since(began); took != tt.goaway {
					t.Errorf("%s after %v, want a goaway after %v", got, took, tt.goaway)
				}
				if tt.goaway == never {
					return
				}
				if end := read(t, f); got != `{"goaway":true}` || end != "! EOF" || time.Since(began) != tt.goaway+5*second {
					t.Errorf("%s, then %s after %v", got, end, time.Since(began))
				}
			})
		})
	}
}

// A connection gives back its buffer after 10 s without calls, but not while one is under
// way, and serves the next call as before.
func TestSession_quiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		dial, when := s.spyOn(t)
		c := dial(t)
		defer c.Close()
		f := &frameReader{src: c, limit: 1 << 20}
		call := func(text, want string) {
			t.Helper()
			io.WriteString(c, framed(text))
			if got := read(t, f); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		call(`{"id":1,"action":"wait","token":"s3cret","body":{"n":25}}`, `{"id":1,"code":0,"body":{"wait":{"n":25}}}`)
		time.Sleep(20 * time.Second)
		if took, want := when("read "+strconv.Itoa(dozing)), 30*time.Second; took != want {
			t.Errorf("quiet after %v, want %v", took, want)
		}
		for range 3 {
			call(`{"id":1,"action":"double","token":"s3cret","body":{"n":1}}`, `{"id":1,"code":0,"body":{"double":{"n":2}}}`)
			large := strings.Repeat(" ", 100<<10)
			call(`{"id":2,"action":"double","token":"s3cret","body":{"n":2}}`+large, `{"id":2,"code":0,"body":{"double":{"n":4}}}`)
			time.Sleep(20 * time.Second)
		}
	})
}

// When the server stops, a peer that hasn't sent a request has a second to send one. If it
// doesn't, its connection is closed without a word.
func TestSession_lastMoment(t *testing.T) {
	for _, tt := range []struct {
		wait time.Duration
		send string
		want []string
		took time.Duration
	}{
		{0, "", []string{"! EOF"}, time.Second},
		{900 * time.Millisecond, framed(`{"action":"bare","body":{"n":1}}`), []string{`{"code":0,"body":{"n":2}}`, "! EOF"}, 900 * time.Millisecond},
		{900 * time.Millisecond, framed(`{"id":1,"action":"bare","body":{"n":1}}`), []string{`{"id":1,"code":0,"body":{"n":2}}`, `{"goaway":true}`, "! EOF"}, 5900 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, runtime.Limits{})
			c := s.dial(t)
			defer c.Close()
			synctest.Wait()
			s.stop()
			began := time.Now()
			time.Sleep(tt.wait)
			io.WriteString(c, tt.send)
			f := &frameReader{src: c, limit: 1 << 20}
			for _, want := range tt.want {
				if got := read(t, f); got != want {
					t.Errorf("%q: %s, want %s", tt.send, got, want)
				}
			}
			if took := time.Since(began); took != tt.took {
				t.Errorf("%q: closed after %v, want %v", tt.send, took, tt.took)
			}
		})
	}
}

// A peer that doesn't leave after a goaway is closed once nothing has happened for 5 s, but
// its calls end first.
func TestSession_staysAfterGoaway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		c := s.dial(t)
		defer c.Close()
		io.WriteString(c, framed(`{"id":1,"action":"wait","token":"s3cret","body":{"n":7}}`))
		synctest.Wait()
		began := time.Now()
		s.stop()
		f := &frameReader{src: c, limit: 1 << 20}
		for _, want := range []string{`0s {"goaway":true}`, `7s {"id":1,"code":0,"body":{"wait":{"n":7}}}`, "10s ! EOF"} {
			got := read(t, f)
			if got = fmt.Sprint(time.Since(began), " ", got); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}

// A byte a second doesn't give a peer more time than silence.
func TestSession_trickle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		c := s.dial(t)
		began := time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				if _, err := io.WriteString(c, "0"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		io.ReadAll(c)
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("answered after %v", took)
		}
		<-done // the server waits a little for the peer to leave
		if took := time.Since(began); took > 16*time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

func TestSession_peerGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		ended := make(chan error, 1)
		mux := s.Handler.(*runtime.Mux)
		mux.Use(func(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
			err := next(ctx, req, out)
			ended <- err
			return err
		})
		c := s.dial(t)
		io.WriteString(c, framed(`{"token":"s3cret","action":"wait","body":{"n":3600}}`))
		synctest.Wait()
		c.Reset()
		began := time.Now()
		if err := <-ended; !errors.Is(err, context.Canceled) || time.Since(began) > 0 {
			t.Errorf("the handler ended after %v with %v", time.Since(began), err)
		}
	})
}

// A client that has closed its half still gets its answer, even a late one.
func TestSession_halfClosedWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{})
		c := s.dial(t)
		io.WriteString(c, framed(`{"token":"s3cret","action":"wait","body":{"n":7}}`))
		c.CloseWrite()
		got, err := io.ReadAll(c)
		if want := framed(`{"code":0,"body":{"wait":{"n":7}}}`); string(got) != want || err != nil {
			t.Errorf("answer %q, %v, want %q", got, err, want)
		}
	})
}
