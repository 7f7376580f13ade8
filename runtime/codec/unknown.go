package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
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
	names []string            // in it
	many  map[string]struct{} // the same, once they are many
}

// Keep reads the value of the current member, which has no field, and returns u
// with it. u is what Keep returned for the object's member before; it's empty at
// first. A name that is there already is refused, and so is one that stands twice in an
// object of the value.
func (d *Decoder) Keep(u Unknown) Unknown {
	k := &d.unknown
	if unsafe.StringData(string(u)) != unsafe.SliceData(k.text) || len(u) != len(k.text) {
		k.begin(u)
	}
	if k.has(d.name) {
		d.twice()
		d.Skip()
		return u
	}
	start := d.nameAt
	d.peek()
	at := d.pos
	if d.keepText(); d.failed {
		return u
	}
	d.last = at
	k.add(d.name)
	if len(k.text) > 0 {
		k.text = append(k.text, ',')
	}
	k.text = append(k.text, d.data[start:d.pos]...)
	return Unknown(alias(k.text))
}

// begin makes k go on with u: it's another object's turn, a new one's, or that of one
// around the last one.
func (k *unknown) begin(u Unknown) {
	k.text, k.names, k.many = nil, k.names[:0], nil
	if u == "" {
		return
	}
	k.text = append(make([]byte, 0, 2*len(u)), u...)
	members(k.text, func(name, _ []byte) bool {
		k.add(plain(name))
		return true
	})
}

// few is how many names are looked through one by one.
const few = 16

func (k *unknown) has(name string) bool {
	if k.many == nil {
		return slices.Contains(k.names, name)
	}
	_, ok := k.many[name]
	return ok
}

func (k *unknown) add(name string) {
	k.names = append(k.names, name)
	switch n := len(k.names); {
	case n > few:
		k.many[name] = struct{}{}
	case n == few:
		k.many = make(map[string]struct{}, 2*few)
		for _, name := range k.names {
			k.many[name] = struct{}{}
		}
	}
}

// used reports whether there is something to forget.
func (k *unknown) used() bool { return len(k.names) > 0 || k.text != nil || k.many != nil }

// forget drops the names but keeps their room.
func (k *unknown) forget() unknown {
	clear(k.names[:cap(k.names)])
	return unknown{names: k.names[:0]}
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
