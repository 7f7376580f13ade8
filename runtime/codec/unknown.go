package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"unsafe"
)

// Unknown is the JSON text of the properties of an object that its type has no
// field for, without the braces, such as
//
//	"color":"red","size":[3,4]
//
// It is empty if there are none, which is nearly always so. Encoding gives them
// back behind the others; a text that isn't one of properties is an error then.
type Unknown string

// All returns the properties in their order. It ends where the text is wrong.
func (u Unknown) All() iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		data := []byte(u)
		members(data, func(name, value []byte) bool { return yield(string(plain(name)), value) })
	}
}

// members calls f with the members in data, names as they're written between the
// quotes, until f returns false. It returns where the text is wrong and what was
// wanted there, or len(data) and "".
func members(data []byte, f func(name, value []byte) bool) (end int, want string) {
	for i := 0; ; i++ {
		if i = space(data, i); i == len(data) || data[i] != '"' {
			return i, wantName
		}
		start := i + 1
		if i, want = skipString(data, start); want != "" {
			return i, want
		}
		name := data[start : i-1]
		if i = space(data, i); i == len(data) || data[i] != ':' {
			return i, wantColon
		}
		start = space(data, i+1)
		if i, want = skip(data, start, defaultDepth, nil); want != "" {
			return i, want
		}
		if !f(name, data[start:i:i]) {
			return len(data), ""
		}
		if i = space(data, i); i == len(data) {
			return i, ""
		}
		if data[i] != ',' {
			return i, `","`
		}
	}
}

// AppendUnknown appends u to an object that has members already, or will be ended
// by EndObject: it begins with a comma, unless u is empty.
func AppendUnknown(b []byte, u Unknown) ([]byte, error) {
	if u == "" {
		return b, nil
	}
	return appendUnknown(b, bytesOf(string(u)))
}

func appendUnknown(b, text []byte) ([]byte, error) {
	if at, want := members(text, func(_, _ []byte) bool { return true }); want != "" {
		return b, fmt.Errorf("encoding unknown properties: expected %s at offset %d, found %s", want, at, describe(text, at))
	}
	return appendLine(append(b, ','), text), nil
}

// An unknown is the Unknown that is being read, with room behind it.
type unknown struct {
	text  []byte
	names map[string]struct{} // in it; nil if it's short
}

// Keep reads the value of the current member, which has no field, and returns u
// with it. u is what Keep returned for the object's member before; it's empty at
// first. A name that is there already is refused.
func (d *Decoder) Keep(u Unknown) Unknown {
	k := &d.unknown
	if unsafe.StringData(string(u)) != unsafe.SliceData(k.text) || len(u) != len(k.text) {
		// It's another object's turn: the first one, or one around the last one.
		k.text, k.names = nil, nil
		if u != "" {
			k.text = append(make([]byte, 0, 2*len(u)), u...)
		}
	}
	if k.has(d.name) {
		d.twice()
		d.Skip()
		return u
	}
	start := d.nameAt
	d.peek()
	at := d.pos
	if d.Skip(); d.failed {
		return u
	}
	d.last = at
	if k.names != nil {
		k.names[d.name] = struct{}{}
	}
	if len(k.text) > 0 {
		k.text = append(k.text, ',')
	}
	k.text = append(k.text, d.data[start:d.pos]...)
	return Unknown(alias(k.text))
}

// has tells whether there is a property of that name. It looks through a short
// text each time; that would take too long for a long one.
func (k *unknown) has(name string) bool {
	const short = 512
	if k.names != nil {
		_, ok := k.names[name]
		return ok
	}
	if len(k.text) == 0 {
		return false
	}
	if len(k.text) > short {
		k.names = make(map[string]struct{})
	}
	found := false
	members(k.text, func(other, _ []byte) bool {
		if k.names != nil {
			k.names[plain(other)] = struct{}{}
		}
		if plain(other) == name {
			found = true
		}
		return k.names != nil || !found
	})
	return found
}

// appendLine appends JSON text without its line breaks.
func appendLine(b, text []byte) []byte {
	if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return append(b, text...)
	}
	for i := space(text, 0); i < len(text); i = space(text, i) {
		start := i
		if i++; text[start] == '"' {
			i, _ = skipString(text, i)
		}
		b = append(b, text[start:i]...)
	}
	return b
}
