package codec

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// An Optional is a property that may be absent, null, or a T. The zero value
// is absent.
//
// The methods for encoding/json are for structs of one's own. They can leave
// out an absent one with the tag option omitzero; otherwise it becomes null.
type Optional[T any] struct {
	value T
	is    presence
}

type presence uint8

const (
	absent presence = iota
	null
	present
)

// Some returns an Optional that is v.
func Some[T any](v T) Optional[T] { return Optional[T]{v, present} }

// Null returns an Optional that is null.
func Null[T any]() Optional[T] { return Optional[T]{is: null} }

// Get returns the value. It isn't ok, and the value is zero, if o is absent or
// null.
func (o Optional[T]) Get() (v T, ok bool) { return o.value, o.is == present }

// Or returns the value, or v if o is absent or null.
func (o Optional[T]) Or(v T) T {
	if o.is == present {
		return o.value
	}
	return v
}

// IsNull tells whether o is null.
func (o Optional[T]) IsNull() bool { return o.is == null }

// IsAbsent tells whether o is absent.
func (o Optional[T]) IsAbsent() bool { return o.is == absent }

// IsZero tells whether o is absent; encoding/json asks it for omitzero.
func (o Optional[T]) IsZero() bool { return o.is == absent }

// MarshalJSON returns the value as encoding/json encodes it, or null if o is
// absent or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.is != present {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON makes o null, or what encoding/json makes of data. It isn't
// called for a property that isn't there, so that stays absent.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*o = Null[T]()
		return nil
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*o = Some(v)
	return nil
}

// String returns the value as fmt prints it, "null" or "absent".
func (o Optional[T]) String() string {
	switch o.is {
	case absent:
		return "absent"
	case null:
		return "null"
	}
	return fmt.Sprint(o.value)
}

// LogValue is the value in a log; an absent one is left out.
func (o Optional[T]) LogValue() slog.Value {
	switch o.is {
	case absent:
		return slog.GroupValue()
	case null:
		return slog.AnyValue(nil)
	}
	return slog.AnyValue(o.value)
}
