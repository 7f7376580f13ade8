package socketproto

import (
	"context"
	"log/slog"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A Config has the settings of a channel. The zero value works, for both ends.
type Config struct {
	// Codec is the layout of messages, the same at both ends. If nil, it is JSON.
	Codec Codec

	// Framing marks where messages begin and end, the same at both ends. If nil, it
	// is STP.
	Framing Framing

	// Secret is the secret of both ends: the end that dialed proves to the other one
	// that it has it. If "", this end requires no authentication and can't
	// authenticate itself. Use a long random secret: a listener who has recorded an
	// authentication can try out secrets offline.
	Secret string

	// AutoAuth makes the end that dialed authenticate itself as soon as it is
	// connected. Otherwise Channel.Authenticate does so. A runtime.Client always
	// authenticates itself.
	AutoAuth bool

	// Mutual makes both ends prove that they have the secret, which the protocol's
	// documentation doesn't have. Over TLS, it also ties the proof to the connection,
	// so that a relay gains nothing. Both ends must set it.
	Mutual bool

	// Name is the name of the channel, for the log. The name of the end that dialed
	// counts or, if that is "", the name of the other end.
	Name string

	// Services has the services, the callbacks and the whitelist of the channel. If
	// nil, the channel has its own.
	Services *Services

	// Handler performs the calls of the peer. They need no token, only an established
	// connection. If nil, the peer can't make calls. In a Wire of a runtime.Server it
	// isn't used: the server has its own Handler and Auth.
	Handler runtime.Handler

	// MaxFrame limits the bytes of a received message. If zero, it is 16 MiB, or
	// 64 MiB at the end that dialed.
	MaxFrame int

	// Buffer is how many messages are kept for Receive. Together they have at most
	// MaxFrame bytes. If zero, it is 256; if negative, none are kept.
	Buffer int

	// AuthTimeout is how long the authentication of a new connection may take, if there
	// is a Secret. The end that dialed has this limit only with AutoAuth. If zero, it
	// is 10 s; if negative, there is no limit.
	AuthTimeout time.Duration

	// FrameTimeout is how long a message may take from its first byte to its last. If
	// zero, it is 1 min; if negative, there is no limit.
	FrameTimeout time.Duration

	// WriteTimeout is how long the peer may take to accept one write, and to take more
	// items of a stream. If zero, it is 30 s; if negative, there is no limit.
	WriteTimeout time.Duration

	// Idle is how long a connection may be without a message or a call. If zero or
	// negative, there is no limit.
	Idle time.Duration

	// Connected, if not nil, is called in its own goroutine whenever there is a new
	// connection, before it is authenticated; Established when the connection is
	// established. Ctx ends with the connection.
	Connected, Established func(ctx context.Context, c *Channel)

	// Log gets what goes wrong, without data. If nil, nothing is logged.
	Log *slog.Logger

	maxDepth, maxCalls int           // for a runtime.Server, its limits
	goaway             func()        // called when the peer sends goaway, if not nil
	fresh              func() string // returns a new nonce or seed
}

// orDefault returns cfg with the defaults filled in.
func (cfg Config) orDefault(dialed bool) Config {
	if cfg.Codec == nil {
		cfg.Codec = JSON{}
	}
	if cfg.Framing == nil {
		cfg.Framing = STP{}
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
	return cfg
}

// appendFrame appends the frame of m to dst.
func (cfg *Config) appendFrame(dst []byte, m Message) ([]byte, error) {
	b := newBuffer()
	defer b.free()
	var err error
	if b.b, err = cfg.Codec.Append(b.b, m); err != nil {
		return dst, err
	}
	return cfg.Framing.Append(dst, b.b)
}

// span returns d or its default. The result 0 means no limit.
func span(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return max(d, 0)
}
