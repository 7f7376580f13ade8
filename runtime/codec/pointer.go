package codec

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// locate sorts errs by their offsets and puts the pointers to these before
// theirs, in one pass over data, which need not be valid behind the last of them.
func locate(data []byte, errs []*Error) {
	slices.SortStableFunc(errs, func(a, b *Error) int { return cmp.Compare(a.Offset, b.Offset) })
	w := walk{data: data}
	for _, e := range errs {
		w.to(e.Offset)
		e.Pointer = w.pointer() + e.Pointer
	}
}

// A walk goes through a document token by token and knows where it is.
type walk struct {
	data []byte
	pos  int
	open []container
	late bool // the next token isn't a value's first
}

// A container is an array or object that a walk is in.
type container struct {
	array bool
	index int    // of the current element
	named bool   // name is of the current member
	name  []byte // as it's written
}

// to goes on to the token at offset i, or the first one behind it.
func (w *walk) to(i int) {
	for {
		w.pos = space(w.data, w.pos)
		if w.pos >= min(i, len(w.data)) {
			return
		}
		w.token()
	}
}

// token passes over one token.
func (w *walk) token() {
	var top *container
	if len(w.open) > 0 {
		top = &w.open[len(w.open)-1]
	}
	start := w.pos
	w.pos++
	c := w.data[start]
	if c == ',' && !w.late {
		c = '{' // an object that is being written, see EndObject
	}
	w.late = c != '[' && c != ':' && (c != ',' || top == nil || !top.array)
	switch c {
	case '{', '[':
		w.open = append(w.open, container{array: c == '['})
	case '}', ']':
		w.open = w.open[:max(0, len(w.open)-1)]
	case ',':
		if top != nil {
			top.index++
			top.named = false
		}
	case '"':
		end, want := skipString(w.data, w.pos)
		w.pos = end
		if want == "" && top != nil && !top.array && !top.named {
			top.named = true
			top.name = w.data[start+1 : end-1]
		}
	}
}

// pointer returns the JSON pointer to the next token, or the innermost array
// or object around it if it belongs to no value.
func (w *walk) pointer() string {
	var p strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, c := range w.open {
		switch {
		case c.array:
			p.WriteByte('/')
			p.WriteString(strconv.Itoa(c.index))
		case c.named:
			p.WriteByte('/')
			escape.WriteString(&p, string(unescape(nil, c.name)))
		}
	}
	return p.String()
}
