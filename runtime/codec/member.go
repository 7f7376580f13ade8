package codec

import (
	"encoding/json"
	"math/bits"
	"strconv"
)

// A Member is a property that the contract doesn't name. It passes through as
// it is.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Keep reads the value of the current member and appends both to m, which
// holds what was kept of the object so far. A name that is there already is
// refused.
func (d *Decoder) Keep(m []Member) []Member {
	name := d.Key()
	if d.repeated(m, name) {
		d.Twice()
		d.Skip()
		return m
	}
	return append(m, Member{name, d.Raw()})
}

// repeated tells whether name is in m. When there
// are many it remembers them, since looking through them each time would take
// time with the square of their number.
func (d *Decoder) repeated(m []Member, name string) bool {
	const few = 16
	if len(m) < few {
		for i := range m {
			if m[i].Name == name {
				return true
			}
		}
		return false
	}
	names := d.kept[d.depth]
	if len(m) == few || names == nil {
		names = make(map[string]struct{}, 2*few)
		for i := range m {
			names[m[i].Name] = struct{}{}
		}
		if d.kept == nil {
			d.kept = make(map[int]map[string]struct{})
		}
		d.kept[d.depth] = names
	}
	if _, ok := names[name]; ok {
		return true
	}
	names[name] = struct{}{}
	return false
}

// Seen adds member n, the current one, to the set of those seen in its object. A
// member that was there already is an error.
func (d *Decoder) Seen(set uint64, n uint) uint64 {
	bit := uint64(1) << (n % 64)
	if set&bit != 0 {
		d.Twice()
	}
	return set | bit
}

// Twice reports that the current member was there before.
func (d *Decoder) Twice() {
	d.report(problem{at: d.nameAt, text: "property " + quote(d.name) + " twice"})
}

// NeverMember reports that the current member isn't allowed, and passes over
// its value.
func (d *Decoder) NeverMember() {
	d.report(problem{at: d.nameAt, text: "unknown property " + quote(d.name)})
	d.Skip()
}

// Never reports that no value is allowed here, and passes over the next one.
func (d *Decoder) Never() { d.mistyped("no value") }

// NeverItem reports that the next element isn't allowed, and passes over it.
func (d *Decoder) NeverItem() { d.mistyped("no further item") }

// Require checks that the object that began at at has its required members, which
// are the first of the set, in the order of their names.
func (d *Decoder) Require(at int, seen uint64, names ...string) {
	if missing := (uint64(1)<<len(names) - 1) &^ seen; missing != 0 {
		d.missing(at, missing, names)
	}
}

func (d *Decoder) missing(at int, missing uint64, names []string) {
	for ; missing != 0; missing &= missing - 1 {
		name := names[bits.TrailingZeros64(missing)]
		d.report(problem{at: at, text: "missing property " + strconv.Quote(name)})
	}
}
