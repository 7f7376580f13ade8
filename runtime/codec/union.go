package codec

import (
	"strconv"
	"strings"
)

// try decodes the next value as a T. If it isn't one, try returns nil, without
// an error, and d stands where it stood.
func try[T any, P interface {
	*T
	Unmarshaler
}](d *Decoder) *T {
	at := d.Offset()
	if d.failed {
		return nil
	}
	key := attempt{at, (*T)(nil)}
	if o, ok := d.tried[key]; ok {
		return again[T](d, at, o)
	}

	depth, problems := d.depth, len(d.problems)
	all, bad, before := d.all, d.bad, d.nearest
	d.all = false
	d.trying++
	v := new(T)
	P(v).DecodeJSON(d)
	d.trying--
	d.all = all
	if d.doc.err != nil {
		return nil // no other branch can mend that
	}

	o := outcome{v: v, end: d.pos}
	if d.failed {
		why := d.problems[problems]
		o = outcome{why: &why}
		d.failed = false
		d.pos, d.depth, d.problems = at, depth, d.problems[:problems]
	}
	d.state, d.bad, d.nearest = between, bad, before
	d.remember(key, o)
	return again[T](d, at, o)
}

// again does what the outcome of an attempt calls for.
func again[T any](d *Decoder, at int, o outcome) *T {
	if o.v == nil {
		d.nearest.add(at, o.why)
		return nil
	}
	d.pos = o.end
	return o.v.(*T)
}

// An attempt is the decoding of the value at an offset as a type.
type attempt struct {
	at  int
	typ any // a nil pointer to the type
}

// An outcome is the result of an attempt: a pointer to the value, or nil and why.
type outcome struct {
	v   any
	end int
	why *problem
}

// remember keeps the outcome of an attempt inside another one, once there are many: if each
// branch of each union tried anew what is inside, the time would double with each level.
// Nothing is tried again behind the outermost attempt.
func (d *Decoder) remember(a attempt, o outcome) {
	if d.trying == 0 {
		d.tries, d.tried = 0, nil
		return
	}
	if d.tries++; d.tries < 1000 {
		return
	}
	if d.tried == nil {
		d.tried = make(map[attempt]outcome)
	}
	d.tried[a] = o
}

// nearest is the failed attempt at one union that got farthest.
type nearest struct {
	at  int // where the union's value begins
	why *problem
}

func (n *nearest) add(at int, why *problem) {
	if n.why == nil || n.at != at || why.at > n.why.at {
		*n = nearest{at, why}
	}
}

// NoBranch reports that the next value is none of the branches of a union, and
// why the one that came nearest isn't.
func (d *Decoder) NoBranch(names ...string) {
	at := d.Offset()
	p := problem{at: at, branches: names}
	if d.nearest.at == at {
		p.nearest = d.nearest.why
	}
	d.Skip()
	d.report(p)
	d.bad = at
}

// TooManyBranches reports that the next value is more than one of the branches
// of a union that allows one.
func (d *Decoder) TooManyBranches(names ...string) {
	at := d.Offset()
	d.Skip()
	d.report(problem{at: at, text: "fits more than one of " + strings.Join(names, ", ")})
	d.bad = at
}

// NoType reports that the next value has none of some types, of which there
// must be one, and passes over it.
func (d *Decoder) NoType(types ...Type) {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = typePhrases[t]
	}
	d.mistyped(alternatives(words))
}

// typePhrases name a value of each type.
var typePhrases = [...]string{
	TypeNull: "null", TypeBool: "a boolean", TypeNumber: "a number",
	TypeString: "a string", TypeArray: "an array", TypeObject: "an object",
}

// alternatives joins words as in "a, b or c".
func alternatives(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// NoCase reports that the next value isn't an object whose member name is one
// of the strings that tell the branches of a union apart, and passes over it.
func (d *Decoder) NoCase(name string, values ...string) {
	if d.peek() != '{' {
		d.mistyped("an object")
		return
	}
	at := d.pos
	p := problem{at: at, text: "missing property " + strconv.Quote(name)}
	if start, _, ok := d.find(name); ok {
		quoted := make([]string, len(values))
		for i, s := range values {
			quoted[i] = strconv.Quote(s)
		}
		p = problem{at: start, expected: oneOf(quoted)}
	}
	d.Skip()
	d.report(p)
	d.bad = at
}

// Discriminator returns the string that the next value, an object, has as its
// member name, wherever it stands. It reads nothing, and isn't ok if there's
// no such member, it isn't a string, or the value isn't an object. The string is
// for a switch at once, not for keeping.
func (d *Decoder) Discriminator(name string) (value string, ok bool) {
	start, end, ok := d.find(name)
	if !ok || d.data[start] != '"' {
		return "", false
	}
	return plain(d.data[start+1 : end-1]), true
}

// Has reports whether the next value is an object with a member of the given name, wherever
// it stands. It reads nothing.
func (d *Decoder) Has(name string) bool {
	_, _, ok := d.find(name)
	return ok
}

// find returns where the value begins and ends that the next value, an object,
// has as its member name. It isn't ok if there's no such member before the
// object ends, or isn't JSON any more.
func (d *Decoder) find(name string) (start, end int, ok bool) {
	if d.peek() != '{' {
		return 0, 0, false
	}
	// An object in an object in an object may have its member behind the
	// inner one, so that each would be passed over once for each level. The
	// ends that are noted for big ones avoid that.
	if d.ends == nil && len(d.data) > maxShared {
		d.ends = make(map[int]int)
	}
	var want string
	for i := d.pos; ; {
		i = space(d.data, i+1) // behind '{' or ','
		if i == len(d.data) || d.data[i] != '"' {
			return 0, 0, false
		}
		start := i + 1
		if i, want = skipString(d.data, start); want != "" {
			return 0, 0, false
		}
		found := plain(d.data[start:i-1]) == name
		if i = space(d.data, i); i == len(d.data) || d.data[i] != ':' {
			return 0, 0, false
		}
		start = space(d.data, i+1)
		if i, want = skip(d.data, start, d.maxDepth()-d.depth-1, d.ends); want != "" {
			return 0, 0, false
		}
		if found {
			return start, i, true
		}
		if i = space(d.data, i); i == len(d.data) || d.data[i] != ',' {
			return 0, 0, false
		}
	}
}
