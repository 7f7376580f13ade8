package tracing

import (
	"maps"
	"slices"

	"go.opentelemetry.io/otel/propagation"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// split separates the keys of a trace from an envelope. The rest is the envelope itself
// if it has no such keys, and nil if it has no others.
func split(envelope runtime.Message) (carried propagation.MapCarrier, rest runtime.Message, err error) {
	var s envelopeSplit
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

// join returns an envelope with the keys of a trace, at least one, and the other keys of
// extra, which may be nil.
func join(extra runtime.Message, carried propagation.MapCarrier) (runtime.Message, error) {
	var s envelopeSplit
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

// appendName begins a member of an object. b has the members before it, and is nil if there
// are none.
func appendName(b []byte, name string) []byte {
	b = append(b, "{,"[min(len(b), 1)])
	return append(codec.AppendString(b, name), ':')
}

// object returns the object with the members b.
func object(b []byte) *runtime.Raw { return new(runtime.Raw(append(b, '}'))) }

func bytesOf(m runtime.Message) ([]byte, error) {
	if raw, ok := m.(*runtime.Raw); ok && raw != nil {
		return *raw, nil
	}
	return m.AppendJSON(nil)
}

// envelopeSplit is an envelope, split into the keys of a trace and the others.
type envelopeSplit struct {
	carried propagation.MapCarrier
	found   int
	rest    []byte // the other members, as an object without its closing brace; nil if there are none
}

// read splits envelope into s.
func (s *envelopeSplit) read(envelope runtime.Message) error {
	data, err := bytesOf(envelope)
	if err != nil {
		return err
	}
	if err := codec.Unmarshal(data, s); err != nil {
		return runtime.BadRequest.Errorf("bad envelope: %w", err)
	}
	return nil
}

// DecodeJSON splits the next value of d. It drops the keys of a trace that aren't strings.
func (s *envelopeSplit) DecodeJSON(d *codec.Decoder) {
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
