package codec

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strconv"

	"github.com/tpp-rpc/tpp/runtime/internal/decimal"
)

// Const reads a value that must equal text, a JSON value: 1.0 equals 1, and
// the order of an object's members doesn't matter.
func (d *Decoder) Const(text string) { d.OneOf(text) }

// OneOf reads a value that must equal one of texts, each a JSON value, and
// returns that text, or "" if it equals none.
func (d *Decoder) OneOf(texts ...string) string {
	d.peek()
	at := d.pos
	if d.Skip(); d.failed {
		return ""
	}
	d.last = at
	value := d.data[at:d.pos]
	for _, t := range texts {
		if string(value) == t {
			return t
		}
	}
	key, _ := appendCanonical(nil, value, 0)
	for _, t := range texts {
		if k, _ := appendCanonical(nil, []byte(t), 0); bytes.Equal(k, key) {
			return t
		}
	}
	d.mistaken(oneOf(slices.Clone(texts)))
	return ""
}

// Unique checks that no two items of the array that began at at and ended just
// now are equal.
func (d *Decoder) Unique(at int) {
	if d.failed || at == d.bad {
		return
	}
	var keys []byte // one after the other, and where each begins
	var starts []int
	for i := space(d.data, at+1); d.data[i] != ']'; i = space(d.data, i) {
		if d.data[i] == ',' {
			i = space(d.data, i+1)
		}
		starts = append(starts, len(keys))
		keys, i = appendCanonical(keys, d.data, i)
	}
	starts = append(starts, len(keys))

	seen := make(map[string]int, len(starts)-1)
	for i := range len(starts) - 1 {
		key := alias(keys[starts[i]:starts[i+1]])
		if first, ok := seen[key]; ok {
			d.report(problem{
				at:       at,
				expected: "unique items",
				found:    "items " + strconv.Itoa(first) + " and " + strconv.Itoa(i) + " equal",
			})
			return
		}
		seen[key] = i
	}
}

// appendCanonical appends bytes that are the same for two JSON values if and
// only if they are equal, here for the value at i, which must be valid. It
// returns where that ends.
func appendCanonical(dst, data []byte, i int) (key []byte, end int) {
	i = space(data, i)
	switch data[i] {
	case '{':
		return canonicalObject(dst, data, i)
	case '[':
		start := len(dst)
		dst = append(dst, '[')
		for i = space(data, i+1); data[i] != ']'; i = space(data, i) {
			if data[i] == ',' {
				i++
			}
			dst, i = appendCanonical(dst, data, i)
			dst = append(dst, ',')
		}
		return condense(append(dst, ']'), start), i + 1
	case '"':
		end, _ := skipString(data, i+1)
		return AppendString(dst, plain(data[i+1:end-1])), end
	case 't', 'n':
		return append(dst, data[i:i+4]...), i + 4
	case 'f':
		return append(dst, data[i:i+5]...), i + 5
	default:
		end, _ := skipNumber(data, i)
		return decimal.AppendCanonical(dst, alias(data[i:end])), end
	}
}

// canonicalObject is appendCanonical for an object: it sorts the members.
func canonicalObject(dst, data []byte, i int) (key []byte, end int) {
	type member struct{ start, end int }
	var members []member
	start := len(dst)
	sorted := true
	for i = space(data, i+1); data[i] != '}'; i = space(data, i) {
		if data[i] == ',' {
			i++
		}
		m := member{start: len(dst)}
		dst, i = appendCanonical(dst, data, i)
		dst = append(dst, ':')
		dst, i = appendCanonical(dst, data, space(data, i)+1)
		m.end = len(dst)
		if n := len(members); n > 0 {
			last := members[n-1]
			sorted = sorted && bytes.Compare(dst[last.start:last.end], dst[m.start:m.end]) <= 0
		}
		members = append(members, m)
	}
	if !sorted {
		all := bytes.Clone(dst[start:])
		slices.SortFunc(members, func(a, b member) int {
			return bytes.Compare(all[a.start-start:a.end-start], all[b.start-start:b.end-start])
		})
		dst = dst[:start]
		for _, m := range members {
			dst = append(dst, all[m.start-start:m.end-start]...)
		}
	}

	// Brackets come last, so that members needn't be moved for them. Strings
	// and numbers never end in one.
	return condense(append(dst, '{', '}'), start), i + 1
}

// condense replaces what was appended since start by its hash if it's long, so
// that what stands deep in a document isn't moved and compared once for each
// level.
func condense(dst []byte, start int) []byte {
	if len(dst)-start <= 256 {
		return dst
	}
	sum := sha256.Sum256(dst[start:])
	return append(append(dst[:start], '#'), sum[:]...)
}
