package observe

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Log writes a line about each call, or about a sample: its Server and Client are
// interceptors. A line has the action, the code, the reason or name of an error, the
// duration, the number of a stream's items, and on a server the principal and the peer's
// address. It never has tokens, bodies, envelopes, or the data of errors.
//
// Calls that fail or are slow are logged as warnings. A call that its caller canceled
// hasn't failed. To change the level of a running Log, use a *slog.LevelVar in the
// handler of its Logger or as Level. Don't change fields after the first call. A Log is
// safe for concurrent use.
type Log struct {
	// Logger gets the lines. If nil, it is slog.Default().
	Logger *slog.Logger

	// Level is the level of successful calls. If nil, it is slog.LevelInfo.
	Level slog.Leveler

	// Every is for samples: one in Every successful calls is logged. If zero, all are.
	Every int

	// Slow is how long a slow call takes. Slow calls are logged whatever Every says,
	// except streams. If zero, no call is slow.
	Slow time.Duration

	// PerSecond limits the lines in a second, so that no peer can fill a disk. After
	// lines were dropped, the next line has their number. If zero, it is 1000; if
	// negative, there is no limit.
	PerSecond int

	// Messages adds the texts and pointers of errors. They may quote the request, so
	// they are still left out for unknown actions and for actions with secrets.
	Messages bool

	well atomic.Uint64 // successful calls

	mu      sync.Mutex
	second  time.Time // the beginning of the second that lines counts
	lines   int
	dropped int // lines dropped since the last one
}

// Server is the interceptor for a server's calls.
func (l *Log) Server(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
	return l.intercept(ctx, req, out, next, "call served")
}

// Client is the interceptor for a client's calls.
func (l *Log) Client(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
	return l.intercept(ctx, req, out, next, callMade)
}

const callMade = "call made"

func (l *Log) logger() *slog.Logger {
	if l.Logger == nil {
		return slog.Default()
	}
	return l.Logger
}

func (l *Log) level() slog.Level {
	if l.Level == nil {
		return slog.LevelInfo
	}
	return l.Level.Level()
}

func (l *Log) perSecond() int {
	if l.PerSecond == 0 {
		return 1000
	}
	return l.PerSecond
}

// errPanic is the outcome of a call that ended in a panic.
var errPanic = errors.New("panic")

func (l *Log) intercept(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func, message string) (err error) {
	log := l.logger()
	if !log.Enabled(ctx, l.level()) && !log.Enabled(ctx, slog.LevelWarn) {
		return next(ctx, req, out)
	}
	c := callRecord{action: req.Action, info: req.Info, began: time.Now()}
	if c.stream() {
		c.out, out = out, &c
	}
	err = errPanic
	defer func() {
		c.took = time.Since(c.began)
		c.err = err
		l.write(ctx, log, &c, message)
	}()
	err = next(ctx, req, out)
	return err
}

// A callRecord is what a line says of one call. It counts a stream's items.
type callRecord struct {
	action string
	info   *runtime.Action
	out    runtime.Responder
	items  int
	began  time.Time
	took   time.Duration
	err    error
}

func (c *callRecord) stream() bool { return c.info != nil && c.info.Stream }

// Respond counts an item and passes it on.
func (c *callRecord) Respond(body runtime.Message) error {
	c.items++
	return c.out.Respond(body)
}

// failed reports whether the call is logged as a warning.
func (c *callRecord) failed(slow time.Duration) bool {
	if slow > 0 && c.took >= slow && !c.stream() {
		return true
	}
	return c.err != nil && runtime.ReasonOf(c.err) != runtime.Canceled
}

func (l *Log) write(ctx context.Context, log *slog.Logger, c *callRecord, message string) {
	level := l.level()
	if c.failed(l.Slow) {
		level = max(level, slog.LevelWarn)
	} else if n := l.well.Add(1) - 1; l.Every > 1 && n%uint64(l.Every) != 0 {
		return
	}
	if !log.Enabled(ctx, level) {
		return
	}
	dropped, ok := l.room()
	if !ok {
		return
	}
	attrs := make([]slog.Attr, 0, 10)
	attrs = append(attrs,
		slog.String("action", short(c.action, 64)),
		slog.String("code", runtime.CodeOf(c.err).String()))
	e := runtime.AsError(c.err)
	if e != nil && c.err != errPanic {
		attrs = appendKnown(attrs, "reason", string(e.Reason))
		attrs = appendKnown(attrs, "name", e.Name)
	}
	attrs = append(attrs, slog.Duration("took", c.took))
	if c.stream() {
		attrs = append(attrs, slog.Int("items", c.items))
	}
	if message != callMade { // in a client, ctx may belong to a handler's own call
		if p := runtime.PrincipalOf(ctx); p.Name != "" {
			attrs = append(attrs, slog.String("principal", p.Name))
		}
		if a := runtime.PeerOf(ctx).Addr; a != nil {
			attrs = append(attrs, slog.String("peer", a.String()))
		}
	}
	switch {
	case c.err == errPanic:
		attrs = append(attrs, slog.Bool("panic", true))
	case c.err != nil && l.Messages && c.info != nil && !c.info.Secret:
		attrs = append(attrs, slog.String("err", short(c.err.Error(), 256)))
		attrs = appendKnown(attrs, "pointer", e.Pointer)
	}
	if dropped > 0 {
		attrs = append(attrs, slog.Int("dropped", dropped))
	}
	log.LogAttrs(ctx, level, message, attrs...)
}

// appendKnown appends an attribute, unless value is "".
func appendKnown(attrs []slog.Attr, key, value string) []slog.Attr {
	if value == "" {
		return attrs
	}
	return append(attrs, slog.String(key, short(value, 64)))
}

// room reports whether one more line is allowed in this second, and how many were
// dropped before it.
func (l *Log) room() (dropped int, ok bool) {
	if l.PerSecond < 0 {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.second) >= time.Second {
		l.second, l.lines = now, 0
	}
	if l.lines >= l.perSecond() {
		l.dropped++
		return 0, false
	}
	l.lines++
	dropped, l.dropped = l.dropped, 0
	return dropped, true
}

// short returns s, cut to most bytes: a peer may send a name of any length.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
