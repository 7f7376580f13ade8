package codec

// An Optional is a property that may be absent, null, or a T. The zero value
// is absent.
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
