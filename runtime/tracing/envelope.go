package tracing

import (
	"maps"
	"slices"

	"go.opentelemetry.io/otel/propagation"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// split takes the keys of a trace out of an envelope. The rest is the envelope itself
// if there are none, and nil if there are no others.
func split(envelope runtime.Message) (carried propagation.MapCarrier, rest runtime.Message, err error) {
	data, err := bytesOf(envelope)
	if err != nil {
		return nil, nil, err
	}
	var s splitting
	if err := codec.Unmarshal(data, &s); err != nil {
		return nil, nil, runtime.Errorf(runtime.Failed, "bad envelope: %w", err)
	}
	switch {
	case s.found == 0:
		return s.carried, envelope, nil
	case s.rest == nil:
		return s.carried, nil, nil
	}
	raw := runtime.Raw(append(s.rest, '}'))
	return s.carried, &raw, nil
}

func bytesOf(m runtime.Message) ([]byte, error) {
	if raw, ok := m.(*runtime.Raw); ok && raw != nil {
		return *raw, nil
	}
	return m.AppendJSON(nil)
}

// splitting is an envelope that is being split.
type splitting struct {
	carried propagation.MapCarrier
	found   int
	rest    []byte // the other members, as an object without its end; nil if there are none
}

// DecodeJSON splits the next value of d. A trace whose keys aren't strings is no trace.
func (s *splitting) DecodeJSON(d *codec.Decoder) {
	fields := propagator.Fields()
	d.Object()
	for d.Member() {
		name := d.Name()
		value := d.Raw()
		if !slices.Contains(fields, name) {
			s.rest = append(s.rest, "{,"[min(len(s.rest), 1)])
			s.rest = codec.AppendString(s.rest, name)
			s.rest = append(append(s.rest, ':'), value...)
			continue
		}
		s.found++
		var text text
		if codec.Unmarshal(value, &text) == nil {
			if s.carried == nil {
				s.carried = make(propagation.MapCarrier, len(fields))
			}
			s.carried[name] = string(text)
		}
	}
}

// text is a string.
type text string

// DecodeJSON reads a string from d.
func (t *text) DecodeJSON(d *codec.Decoder) { *t = text(d.String()) }

// keys are envelope keys that are strings; there's at least one.
type keys propagation.MapCarrier

// AppendJSON appends an object, with its keys in order.
func (k keys) AppendJSON(b []byte) ([]byte, error) {
	for i, name := range slices.Sorted(maps.Keys(k)) {
		b = append(b, "{,"[min(i, 1)])
		b = append(codec.AppendString(b, name), ':')
		b = codec.AppendString(b, k[name])
	}
	return append(b, '}'), nil
}
