package codec

import (
	"math/bits"
	"strconv"
)

// Seen adds member n, the current one, to the set of those seen in its object. A
// member that was there already is an error.
func (d *Decoder) Seen(set uint64, n uint) uint64 {
	bit := uint64(1) << (n % 64)
	if set&bit != 0 {
		d.twice()
	}
	return set | bit
}

// twice reports that the current member was there before.
func (d *Decoder) twice() {
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
