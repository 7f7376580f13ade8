package socketproto

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Config is what can be chosen for a channel. The zero value is fine, for
// both ends.
type Config struct {
	// Codec is the layout of the bytes, the same at both ends. If nil, it is
	// JSON.
	Codec Codec

	// Secret is what both ends know. If "", this end asks for no authentication
	// and can't authenticate itself. It should be long and random, since who
	// hears an authentication can try out secrets at leisure.
	Secret string

	// ManualAuth leaves it to Channel.Authenticate, or the peer, to begin the
	// authentication. Otherwise the end that has dialed does so at once.
	ManualAuth bool

	// Name is the name of the channel, for the log. The name of the end that
	// has dialed wins; if "", that of the other one.
	Name string

	// Whitelist has the messages that need no authentication, beside those for
	// authentication and names. The response to one needs none either.
	Whitelist []Address

	// Services is what the channel knows, callbacks included. If nil, it is one
	// of its own.
	Services *Services

	// Handler performs the calls of the peer, which need no token: an
	// established connection is enough. If nil, there are none to be made. At
	// the end of a runtime.Server it's the server's, and so is what becomes of
	// tokens.
	Handler runtime.Handler

	// MaxFrame bounds the bytes of a message that is received. If zero, it is
	// 16 MiB, or 64 MiB at the end that has dialed.
	MaxFrame int

	// Buffer is how many messages are kept for a Receive. All of them together
	// are no larger than MaxFrame. If zero, it is 256; if negative, there are
	// none.
	Buffer int

	// AuthTimeout is how long a peer may take to authenticate itself, if there
	// is a Secret. If zero, it is 10 s; if negative, there is no end.
	AuthTimeout time.Duration

	// FrameTimeout is how long a message may take from its first byte to its
	// last. If zero, it is 1 min; if negative, there is no end.
	FrameTimeout time.Duration

	// WriteTimeout is how long the peer may take to accept what is written at
	// once, and to go on with a stream. If zero, it is 30 s; if negative, there
	// is no end.
	WriteTimeout time.Duration

	// Idle is how long a connection may be without a message or a call. If zero
	// or negative, there is no end.
	Idle time.Duration

	// Established, if not nil, is called in a goroutine of its own whenever a
	// connection is established. Ctx ends with the connection.
	Established func(ctx context.Context, c *Channel)

	// Log gets what goes wrong, without data. If nil, nothing is logged.
	Log *slog.Logger

	maxDepth, maxCalls int           // for a runtime.Server, its limits
	goaway             func()        // called when the peer wants no more calls; may be nil
	fresh              func() string // returns a new nonce or seed
}

// orDefault returns cfg with the defaults filled in.
func (cfg Config) orDefault(dialed bool) Config {
	if cfg.Codec == nil {
		cfg.Codec = JSON{}
	}
	if cfg.Services == nil {
		cfg.Services = new(Services)
	}
	if cfg.MaxFrame <= 0 {
		cfg.MaxFrame = 16 << 20
		if dialed {
			cfg.MaxFrame = 64 << 20
		}
	}
	if cfg.Buffer == 0 {
		cfg.Buffer = 256
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.maxDepth == 0 {
		cfg.maxDepth = 512
	}
	if cfg.maxCalls == 0 {
		cfg.maxCalls = 256
	}
	if cfg.fresh == nil {
		cfg.fresh = fresh
	}
	cfg.AuthTimeout = span(cfg.AuthTimeout, 10*time.Second)
	cfg.FrameTimeout = span(cfg.FrameTimeout, time.Minute)
	cfg.WriteTimeout = span(cfg.WriteTimeout, 30*time.Second)
	cfg.Idle = max(cfg.Idle, 0)
	cfg.Whitelist = slices.Clone(cfg.Whitelist)
	return cfg
}

// span returns d, or its default; 0 is without end.
func span(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return max(d, 0)
}
