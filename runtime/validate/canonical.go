package validate

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/tpp-rpc/tpp/runtime/internal/decimal"
)

// appendCanonical appends bytes that are the same for two values if and only if
// the values are equal as JSON Schema has it: numbers by value, objects without
// regard to the order of their members.
func (d *document) appendCanonical(dst []byte, at int) []byte {
	t := &d.tokens[at]
	switch t.kind {
	case number:
		return append(decimal.AppendCanonical(append(dst, '#'), d.raw(at)), endOfText)
	case text:
		return d.appendText(dst, at)
	case array, object:
		return d.appendContainer(dst, at)
	}
	return append(dst, d.raw(at)[0]) // the first letter of null, true and false tells them apart
}

// maxCanonical is how many canonical bytes an array or object may have before
// its digest takes their place, so that what stands deep in a document isn't
// compared byte by byte once for each level.
const maxCanonical = 256

func (d *document) appendContainer(dst []byte, at int) []byte {
	if digest, ok := d.digests[at]; ok {
		return append(append(dst, '$'), digest[:]...)
	}
	t := &d.tokens[at]
	start := len(dst)
	if t.kind == array {
		dst = append(dst, '[')
		for i := at + 1; i < t.next; i = d.tokens[i].next {
			dst = d.appendCanonical(dst, i)
		}
		dst = append(dst, ']')
	} else {
		dst = d.appendMembers(dst, at)
	}
	if len(dst)-start <= maxCanonical {
		return dst
	}
	digest := sha256.Sum256(dst[start:])
	if d.digests == nil {
		d.digests = map[int][sha256.Size]byte{}
	}
	d.digests[at] = digest
	return append(append(dst[:start], '$'), digest[:]...)
}

// endOfText ends texts in canonical bytes. No text contains it.
const endOfText = 0xff

func (d *document) appendText(dst []byte, at int) []byte {
	raw := d.raw(at)
	dst = append(dst, '"')
	if d.tokens[at].escaped {
		dst = appendUnescaped(dst, raw[1:len(raw)-1])
	} else {
		dst = append(dst, raw[1:len(raw)-1]...)
	}
	return append(dst, endOfText)
}

func (d *document) appendMembers(dst []byte, at int) []byte {
	type member struct {
		name  string
		token int
	}
	t := &d.tokens[at]
	members := make([]member, 0, t.count)
	for i := at + 1; i < t.next; i = d.tokens[i+1].next {
		members = append(members, member{d.str(i), i})
	}
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	dst = append(dst, '{')
	for _, m := range members {
		dst = d.appendText(dst, m.token)
		dst = d.appendCanonical(dst, m.token+1)
	}
	return append(dst, '}')
}
