package observe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// lines returns a logger that writes to the builder, without times.
func lines(b *strings.Builder, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// discard ignores all responses.
var discard = runtime.ResponderFunc(func(runtime.Message) error { return nil })

// outcome returns a Func that takes the time took, responds items times and returns err.
func outcome(took time.Duration, items int, err error) runtime.Func {
	return func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
		time.Sleep(took)
		for range items {
			out.Respond(new(runtime.Raw(`"hunter2"`)))
		}
		return err
	}
}

func TestLog(t *testing.T) {
	add := &runtime.Action{Name: "add"}
	secret := &runtime.Action{Name: "login", Secret: true}
	ticks := &runtime.Action{Name: "ticks", Stream: true}
	told := errors.New("expected a number, found hunter2")
	for _, tt := range []struct {
		name string
		log  *Log
		info *runtime.Action
		f    runtime.Func
		want string
	}{
		{"well", &Log{}, add, outcome(0, 1, nil), "level=INFO msg=\"call served\" action=add code=0 took=0s principal=ci\n"},
		{"level", &Log{Level: slog.LevelError}, add, outcome(0, 1, nil), "level=ERROR msg=\"call served\" action=add code=0 took=0s principal=ci\n"},
		{"below the logger's level", &Log{Level: slog.LevelDebug}, add, outcome(0, 1, nil), ""},
		{"failed below the logger's level", &Log{Level: slog.LevelDebug}, add, outcome(0, 0, told), "level=WARN msg=\"call served\" action=add code=1 reason=internal took=0s principal=ci\n"},
		{"message", &Log{Messages: true}, add, outcome(0, 0, told), "level=WARN msg=\"call served\" action=add code=1 reason=internal took=0s principal=ci err=\"expected a number, found hunter2\"\n"},
		{"message of a secret", &Log{Messages: true}, secret, outcome(0, 0, told), "level=WARN msg=\"call served\" action=login code=1 reason=internal took=0s principal=ci\n"},
		{"message of an unknown action", &Log{Messages: true}, nil, outcome(0, 0, told), "level=WARN msg=\"call served\" action=act code=1 reason=internal took=0s principal=ci\n"},
		{"slow", &Log{Slow: time.Second, Every: 1 << 20}, add, outcome(time.Second, 1, nil), "level=WARN msg=\"call served\" action=add code=0 took=1s principal=ci\n"},
		{"a stream isn't slow", &Log{Slow: time.Second}, ticks, outcome(time.Hour, 3, nil), "level=INFO msg=\"call served\" action=ticks code=0 took=1h0m0s items=3 principal=ci\n"},
		{"left", &Log{}, ticks, outcome(0, 1, context.Canceled), "level=INFO msg=\"call served\" action=ticks code=1 reason=canceled took=0s items=1 principal=ci\n"},
		{"panic", &Log{Messages: true}, add, func(context.Context, *runtime.Request, runtime.Responder) error { panic("hunter2") },
			"level=WARN msg=\"call served\" action=add code=1 took=0s principal=ci panic=true\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b strings.Builder
				tt.log.Logger = lines(&b, nil)
				req := &runtime.Request{Action: "act", Info: tt.info, Body: new(runtime.Raw(`"hunter2"`))}
				if tt.info != nil {
					req.Action = tt.info.Name
				}
				func() {
					defer func() { recover() }()
					tt.log.Server(runtime.WithPrincipal(t.Context(), runtime.Principal{Name: "ci"}), req, discard, tt.f)
				}()
				if b.String() != tt.want {
					t.Errorf("logged %q\nwant   %q", b.String(), tt.want)
				}
				if b.Reset(); tt.want != "" && tt.log.Every == 0 { // on the client
					func() {
						defer func() { recover() }()
						tt.log.Client(runtime.WithPrincipal(t.Context(), runtime.Principal{Name: "ci"}), req, discard, tt.f)
					}()
					want := strings.NewReplacer("served", "made", " principal=ci", "").Replace(tt.want)
					if b.String() != want {
						t.Errorf("logged %q\nwant   %q", b.String(), want)
					}
				}
			})
		})
	}
}

func TestLog_sample(t *testing.T) {
	var b strings.Builder
	l := &Log{Logger: lines(&b, nil), Every: 10}
	for i := range 100 {
		var err error
		if i%50 == 49 {
			err = errors.New("broken")
		}
		l.Client(t.Context(), &runtime.Request{Action: "a"}, discard, outcome(0, 0, err))
	}
	well, failed := strings.Count(b.String(), "code=0"), strings.Count(b.String(), "code=1")
	if well != 10 || failed != 2 {
		t.Errorf("%d calls that went well and %d that failed are logged, want 10 and 2", well, failed)
	}
}

func TestLog_switched(t *testing.T) {
	var b strings.Builder
	level := new(slog.LevelVar)
	l := &Log{Logger: lines(&b, slog.LevelInfo), Level: level}
	for i, on := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelDebug} {
		level.Set(on)
		l.Server(t.Context(), &runtime.Request{Action: fmt.Sprint(i)}, discard, outcome(0, 0, nil))
	}
	if n := strings.Count(b.String(), "\n"); n != 1 || !strings.Contains(b.String(), "action=1 ") {
		t.Errorf("logged %q, want call 1 alone", b.String())
	}
}

// Many calls that fail don't write as many lines.
func TestLog_flood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		l := &Log{Logger: lines(&b, nil), PerSecond: 3}
		long := strings.Repeat("é", 1<<20)
		for range 2 {
			for range 10 {
				l.Server(t.Context(), &runtime.Request{Action: long}, discard, outcome(0, 0, runtime.BadCredentials))
			}
			time.Sleep(time.Second)
		}
		if n := strings.Count(b.String(), "\n"); n != 6 || strings.Count(b.String(), "dropped=7\n") != 1 {
			t.Errorf("%d lines, want 6 of which one tells of 7 that were dropped:\n%s", n, b.String())
		}
		if b.Len() > 6*300 {
			t.Errorf("the lines have %d bytes", b.Len())
		}
	})
}
