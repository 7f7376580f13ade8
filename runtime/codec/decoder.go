package codec

import (
	"bytes"
	"encoding/json"
	"unsafe"
)

// A Decoder reads one JSON document for a type that decodes itself. The zero
// value is ready after Reset. It serves one goroutine at a time.
type Decoder struct {
	// MaxDepth is how deep arrays and objects may nest. If zero, it is 10000.
	MaxDepth int

	// Borrow makes strings point into the document, where they need no
	// decoding, instead of into a copy of it. It must then stay unchanged for
	// as long as they're used.
	Borrow bool

	data []byte
	pos  int

	state state
	depth int // of arrays and objects that are open
	ahead int // how many bytes Array may still look ahead

	last   int    // where the scalar decoded last begins
	name   string // of the current member; may point into data
	nameAt int    // where it begins, at its quote

	// text is a copy of a small document, shared by the strings in it: one
	// that holds escape sequences is decoded in its own place there. In a big
	// document strings are packed into blocks.
	text  []byte
	block []byte

	all      bool // goes on after problems with a value
	failed   bool // goes on no more; pos is at the end of data
	problems []problem
	bad      int // where the value begins that had the wrong type last; -1 at first

	doc     Document    // for rules and patterns
	unknown unknown     // what Keep is at
	ends    map[int]int // of big arrays and objects that were passed over
	nearest nearest     // what the attempts at a union failed for
	trying  int         // attempts that are under way, one in the other
	tries   int         // made inside the outermost of them
	tried   map[attempt]outcome
}

// state is what Member and Element do next.
type state uint8

const (
	between state = iota // behind a member or element
	opened               // behind the opening bracket
	none                 // there are none, since the value isn't an object or array
)

// defaultDepth is how deep documents may nest by default: as deep as in encoding/json.
const defaultDepth = 10000

// maxShared is the size of the biggest document whose strings share one copy
// of it. Each of them keeps all of it from being collected.
const maxShared = 16 << 10

// Reset prepares d for decoding data, which must be one JSON value. It forgets
// everything about another document; MaxDepth and Borrow stay.
func (d *Decoder) Reset(data []byte) {
	d.forget()
	d.data, d.pos = data, 0
	d.state, d.depth, d.ahead = between, 0, len(data)
	d.last, d.nameAt = 0, 0
	d.all, d.failed, d.bad = false, false, -1
	d.trying, d.tries = 0, 0
	d.doc.size = len(data)
}

// forget drops what d refers to. It is called twice for each message: setting fields one
// by one, and few of them, takes a quarter of the time that a new Decoder would.
func (d *Decoder) forget() {
	d.data, d.text, d.block, d.name = nil, nil, nil, ""
	d.doc.ctx = nil
	if d.doc.spent|d.doc.matched|d.doc.reread != 0 || d.doc.err != nil {
		d.doc = Document{}
	}
	if len(d.problems) > 0 {
		clear(d.problems)
		d.problems = d.problems[:0]
	}
	if d.unknown.used() {
		d.unknown = d.unknown.forget()
	}
	if d.ends != nil || d.tried != nil || d.nearest.why != nil {
		d.ends, d.tried, d.nearest = nil, nil, nearest{}
	}
}

// End reports what follows the document, if anything but white space does.
func (d *Decoder) End() {
	if d.peek(); d.pos < len(d.data) {
		d.stop(problem{at: d.pos, expected: wantEnd})
	}
}

// Err returns the first problem, an *[Error], or nil if there was none so far.
func (d *Decoder) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	return d.render(d.problems[:1])[0]
}

// Object begins to read an object, whose members Member goes through, and
// returns where it begins.
func (d *Decoder) Object() int {
	c := d.peek()
	at := d.pos
	if c != '{' {
		d.mistyped("an object")
		d.state = none
		return at
	}
	d.enter()
	return at
}

// Member goes to the next member of the object: its name is decoded, and its
// value must be read next. At the object's end it returns false.
func (d *Decoder) Member() bool {
	c := d.peek()
	switch d.state {
	case between:
		if c != ',' {
			return d.leave(c, '}', wantMember)
		}
		d.pos++
		if c = d.peek(); c != '"' {
			d.syntax(d.pos, wantName)
			return false
		}
	case opened:
		d.state = between
		if c != '"' {
			return d.leave(c, '}', wantNameEnd)
		}
	default:
		d.state = between
		return false
	}

	i := d.pos + 1
	d.nameAt = d.pos
	j := clean(d.data, i)
	if j < len(d.data) && d.data[j] == '"' {
		d.name = alias(d.data[i:j])
		d.pos = j + 1
	} else {
		d.name = d.decodeString(i)
	}
	if d.pos < len(d.data) && d.data[d.pos] == ':' || d.peek() == ':' {
		d.pos++
		return true
	}
	d.syntax(d.pos, wantColon)
	return false
}

// Name returns the name of the current member. It's good until the next one;
// Key returns one that may be kept.
func (d *Decoder) Name() string { return d.name }

// Key returns the name of the current member as a string that may be kept.
func (d *Decoder) Key() string {
	i, j := d.nameAt+1, d.nameAt+1+len(d.name)
	if j < len(d.data) && d.data[j] == '"' && alias(d.data[i:j]) == d.name {
		return d.share(i, j)
	}
	return d.name // it had escape sequences, so it's a string of its own
}

// Array begins to read an array, whose elements Element goes through, and
// returns how many to make room for: all of them, unless they are many.
func (d *Decoder) Array() int {
	if d.peek() != '[' {
		d.mistyped("an array")
		d.state = none
		return 0
	}
	d.enter()
	if d.failed {
		return 0
	}

	// In all, no more is looked at than the document is long: nested arrays
	// would look at what is inside once for each level.
	n, looked := count(d.data, d.pos, min(d.ahead, 4<<10))
	d.ahead -= looked
	return n
}

// Element goes to the next element of the array, which must be read next. At
// the array's end it returns false.
func (d *Decoder) Element() bool {
	c := d.peek()
	switch d.state {
	case between:
		if c != ',' {
			return d.leave(c, ']', wantElement)
		}
		d.pos++
	case opened:
		d.state = between
		if c == ']' {
			return d.leave(c, ']', wantElement)
		}
	default:
		d.state = between
		return false
	}
	return true
}

// Offset returns where the next value begins.
func (d *Decoder) Offset() int {
	d.peek()
	return d.pos
}

// Skip passes over one value of any kind, whose syntax it checks.
func (d *Decoder) Skip() {
	end, want := skip(d.data, d.pos, d.maxDepth()-d.depth, nil)
	if want != "" {
		d.syntax(end, want)
		return
	}
	d.pos = end
}

// Raw reads one value of any kind and returns its text, as a copy. A name that stands twice
// in an object of it is refused.
func (d *Decoder) Raw() json.RawMessage {
	d.peek()
	at := d.pos
	if d.keepText(); d.failed {
		return nil
	}
	d.last = at
	return bytes.Clone(d.data[at:d.pos])
}

// rewind goes to an offset where a value begins that was decoded without a
// problem, to decode it once more, or behind one, to go on from there.
func (d *Decoder) rewind(at int) {
	if !d.failed {
		d.pos = at
		d.state = between
	}
}

// peek passes over white space and returns the byte that follows, which stays;
// 0 at the end.
func (d *Decoder) peek() (c byte) {
	if d.pos < len(d.data) {
		c = d.data[d.pos]
	}
	if c <= ' ' {
		c = d.peekSpace()
	}
	return
}

// peekSpace is peek where there's white space. It isn't inlined so that peek is.
//
//go:noinline
func (d *Decoder) peekSpace() byte {
	d.pos = space(d.data, d.pos)
	if d.pos == len(d.data) {
		return 0
	}
	return d.data[d.pos]
}

// enter passes the opening bracket.
func (d *Decoder) enter() {
	if d.depth++; d.depth > d.maxDepth() {
		d.syntax(d.pos, wantLessDeep)
		return
	}
	d.pos++
	d.state = opened
}

// leave passes the closing bracket if c, which is next, is that. It returns
// false.
func (d *Decoder) leave(c, closing byte, want string) bool {
	if c != closing {
		d.syntax(d.pos, want)
		return false
	}
	d.pos++
	d.depth--
	return false
}

func (d *Decoder) maxDepth() int {
	if d.MaxDepth == 0 {
		return defaultDepth
	}
	return d.MaxDepth
}

// alias returns b as a string that is good as long as b stays unchanged.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
