package codec

import (
	"regexp/syntax"
	"slices"
)

// steps matches the plain kind of regular expression that most contracts use,
// such as ^[A-Z]{2}-[0-9]+$: from the beginning on, runs of bytes of one class
// each, without a choice. That takes a tenth of the time of package regexp.
type steps struct {
	runs []run
	open bool // s may go on behind the last run
}

// A run is from min to max bytes of a class, as many as there are.
type run struct {
	class    [256]bool
	min, max int
}

const unlimited = 1 << 30

func (p *steps) match(s string) bool {
	for k := range p.runs {
		r := &p.runs[k]
		n := 0
		for n < len(s) && n < r.max && r.class[s[n]] {
			n++
		}
		if n < r.min {
			return false
		}
		s = s[n:]
	}
	return p.open || s == ""
}

// newSteps returns the steps of a regular expression, or nil if it's of
// another kind.
func newSteps(source string) *steps {
	re, err := syntax.Parse(source, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || re.Sub[0].Op != syntax.OpBeginText {
		return nil
	}
	parts := re.Sub[1:]
	p := &steps{open: true}
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		p.open = false
		parts = parts[:n-1]
	}
	for _, part := range parts {
		runs, ok := runsOf(part)
		if !ok {
			return nil
		}
		p.runs = append(p.runs, runs...)
	}
	for i := range p.runs {
		if !p.certain(i) {
			return nil
		}
	}
	return p
}

// certain tells whether run i may take all it can get: either its length is
// fixed, or nothing that follows could begin with a byte of its class.
func (p *steps) certain(i int) bool {
	r := &p.runs[i]
	if r.min == r.max {
		return true
	}
	for _, next := range p.runs[i+1:] {
		for c, in := range r.class {
			if in && next.class[c] {
				return false
			}
		}
		if next.min > 0 {
			return true
		}
	}
	return true
}

// runsOf returns the runs of a literal, a class, or one of these repeated.
func runsOf(re *syntax.Regexp) (runs []run, ok bool) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return nil, false
		}
		for _, c := range []byte(string(re.Rune)) {
			r := run{min: 1, max: 1}
			r.class[c] = true
			runs = append(runs, r)
		}
		return runs, !slices.Contains(re.Rune, '\uFFFD') // which matches invalid bytes too
	case syntax.OpCharClass, syntax.OpAnyCharNotNL, syntax.OpAnyChar:
		r := run{min: 1, max: 1}
		wide, ok := r.setClass(re)
		return []run{r}, ok && !wide
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		r := run{min: re.Min, max: re.Max}
		switch re.Op {
		case syntax.OpStar:
			r.min, r.max = 0, unlimited
		case syntax.OpPlus:
			r.min, r.max = 1, unlimited
		case syntax.OpQuest:
			r.min, r.max = 0, 1
		}
		if r.max < 0 {
			r.max = unlimited
		}
		wide, ok := r.setClass(re.Sub[0])
		// A run counts bytes, so one of wider code points must not care.
		return []run{r}, ok && (!wide || r.min <= 1 && r.max == unlimited)
	}
	return nil, false
}

// setClass sets the class of r to that of re. Beyond ASCII it must hold all
// code points, which is wide, or none.
func (r *run) setClass(re *syntax.Regexp) (wide, ok bool) {
	var pairs []rune
	switch {
	case re.Op == syntax.OpCharClass:
		pairs = re.Rune
	case re.Op == syntax.OpAnyCharNotNL:
		pairs = []rune{0, '\n' - 1, '\n' + 1, 0x10FFFF}
	case re.Op == syntax.OpAnyChar:
		pairs = []rune{0, 0x10FFFF}
	case re.Op == syntax.OpLiteral && len(re.Rune) == 1 && re.Flags&syntax.FoldCase == 0:
		pairs = []rune{re.Rune[0], re.Rune[0]}
	default:
		return false, false
	}
	for i := 0; i < len(pairs); i += 2 {
		lo, hi := pairs[i], pairs[i+1]
		if hi >= 0x80 {
			if lo > 0x80 || hi != 0x10FFFF {
				return false, false
			}
			wide = true
		}
		for c := lo; c <= min(hi, 0xFF); c++ {
			r.class[c] = true
		}
	}
	return wide, true
}
