package observe

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// WithEnvelope returns a log handler that adds envelope keys of the request to each record
// that is logged with the context of a call: by the server, by a Log, or by a handler. A
// key that the request lacks is left out. Values that aren't strings are logged as JSON,
// and long values are cut. Don't name secret keys.
//
//	log := slog.New(observe.WithEnvelope(slog.Default().Handler(), "request_id"))
//	srv := &runtime.Server{Log: log, …}
func WithEnvelope(h slog.Handler, keys ...string) slog.Handler {
	return &envelopeHandler{h, keys}
}

// An envelopeHandler adds the keys of envelopes to records.
type envelopeHandler struct {
	slog.Handler
	keys []string
}

func (h *envelopeHandler) Handle(ctx context.Context, r slog.Record) error {
	if keys, ok := runtime.EnvelopeOf[members](ctx); ok {
		for _, name := range h.keys {
			if value, ok := keys[name]; ok {
				r.AddAttrs(slog.String(name, short(value, 256)))
			}
		}
	}
	return h.Handler.Handle(ctx, r)
}

func (h *envelopeHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &envelopeHandler{h.Handler.WithAttrs(attrs), h.keys}
}

func (h *envelopeHandler) WithGroup(name string) slog.Handler {
	return &envelopeHandler{h.Handler.WithGroup(name), h.keys}
}

// members are the members of an object: the text of strings, and other values as JSON.
type members map[string]string

// DecodeJSON reads m from d.
func (m *members) DecodeJSON(d *codec.Decoder) {
	*m = members{}
	d.Object()
	for d.Member() {
		name := d.Key()
		value := d.Raw()
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		(*m)[name] = text
	}
}
