package tpp

import (
	"context"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// A server is one that a test has started in memory.
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

// TestSession_oddInput holds a row for each that the protocol notes have of what
// a classic server may be sent.
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

// TestSession_slow holds what a peer gets that takes too long.
func TestSession_slow(t *testing.T) {
	for _, tt := range []struct {
		name, send string
		took       time.Duration
		want       string
	}{
		{"sends nothing", "", 10 * time.Second, ""},
		{"begins a header", "1", 10 * time.Second, framed(`{"code":1,"body":{"error":"the header took longer than 10s"}}`)},
		{"begins a body", "10\n{", time.Minute, framed(`{"code":1,"body":{"error":"the request took longer than 1m0s"}}`)},
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

// A byte a second doesn't get a peer further than silence.
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
		if err := <-ended; err != context.Canceled || time.Since(began) > 0 {
			t.Errorf("the handler ended after %v with %v", time.Since(began), err)
		}
	})
}

// A client that has closed its half still gets its answer, however late.
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
