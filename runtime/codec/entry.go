package codec

import (
	"fmt"
	"slices"
)

// Key returns the name of the current member, which is to be a key of m. If m
// has it already, that is an error.
func Key[T any](d *Decoder, m map[string]T) string {
	name := d.Key()
	if _, ok := m[name]; ok {
		d.twice()
	}
	return name
}

// AppendName appends a comma, the key of a map as a member's name, and a colon.
// It's an error if the name is one of taken, those of the struct around the map.
func AppendName(b []byte, name string, taken ...string) ([]byte, error) {
	if slices.Contains(taken, name) {
		return b, fmt.Errorf("encoding property %s of a map: there's a field for it", quote(name))
	}
	b = AppendString(append(b, ','), name)
	return append(b, ':'), nil
}
