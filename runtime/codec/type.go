package codec

// Type is a type of JSON values.
type Type uint8

// The types of JSON values. 0 is none of them.
const (
	TypeNull Type = iota + 1
	TypeBool
	TypeNumber
	TypeString
	TypeArray
	TypeObject
)

// Type returns the type of the next value without reading it, or 0 if there is
// none.
func (d *Decoder) Type() Type {
	switch c := d.peek(); c {
	case '"':
		return TypeString
	case '{':
		return TypeObject
	case '[':
		return TypeArray
	case 't', 'f':
		return TypeBool
	case 'n':
		return TypeNull
	default:
		if c == '-' || c-'0' <= 9 {
			return TypeNumber
		}
		return 0
	}
}

// Null reads null, if that is next, and tells whether it was.
func (d *Decoder) Null() bool {
	if d.peek() != 'n' {
		return false
	}
	at := d.pos
	if d.Skip(); d.failed {
		return false
	}
	d.last = at
	return true
}

// Bool reads true or false.
func (d *Decoder) Bool() bool {
	c := d.peek()
	if c != 't' && c != 'f' {
		d.mistyped("a boolean")
		return false
	}
	at := d.pos
	if d.Skip(); d.failed {
		return false
	}
	d.last = at
	return c == 't'
}
