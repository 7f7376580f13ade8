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
	var s splitting
	if err := s.read(envelope); err != nil {
		return nil, nil, err
	}
	switch {
	case s.found == 0:
		return s.carried, envelope, nil
	case s.rest == nil:
		return s.carried, nil, nil
	}
	return s.carried, object(s.rest), nil
}

// join returns the keys of a trace, of which there's at least one, together with the
// other keys of extra, which may be nil.
func join(extra runtime.Message, carried propagation.MapCarrier) (runtime.Message, error) {
	var s splitting
	if extra != nil {
		if err := s.read(extra); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(carried)) {
		s.rest = codec.AppendString(appendName(s.rest, name), carried[name])
	}
	return object(s.rest), nil
}

// appendName begins a member of an object; b has those before, and is nil if there are none.
func appendName(b []byte, name string) []byte {
	b = append(b, "{,"[min(len(b), 1)])
	return append(codec.AppendString(b, name), ':')
}

// object returns the object that the members b make.
func object(b []byte) *runtime.Raw { return new(runtime.Raw(append(b, '}'))) }

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

// read splits an envelope.
func (s *splitting) read(envelope runtime.Message) error {
	data, err := bytesOf(envelope)
	if err != nil {
		return err
	}
	if err := codec.Unmarshal(data, s); err != nil {
		return runtime.Errorf(runtime.Failed, "bad envelope: %w", err)
	}
	return nil
}

// DecodeJSON splits the next value of d. A trace whose keys aren't strings is no trace.
func (s *splitting) DecodeJSON(d *codec.Decoder) {
	fields := propagator.Fields()
	d.Object()
	for d.Member() {
		name := d.Name()
		value := d.Raw()
		if !slices.Contains(fields, name) {
			s.rest = append(appendName(s.rest, name), value...)
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
