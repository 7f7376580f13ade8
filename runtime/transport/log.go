package transport

import (
	"context"
	"log/slog"
)

// A safeLog is a log handler whose panics end nothing but the line that it was given: the
// server logs where nothing would recover them.
type safeLog struct{ slog.Handler }

func (h safeLog) Enabled(ctx context.Context, level slog.Level) (on bool) {
	defer func() { recover() }()
	return h.Handler.Enabled(ctx, level)
}

func (h safeLog) Handle(ctx context.Context, r slog.Record) (err error) {
	defer func() { recover() }()
	return h.Handler.Handle(ctx, r)
}

func (h safeLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return safeLog{h.Handler.WithAttrs(attrs)}
}

func (h safeLog) WithGroup(name string) slog.Handler { return safeLog{h.Handler.WithGroup(name)} }
