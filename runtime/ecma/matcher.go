package ecma

import (
	"sync"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A matcher runs a program on one text.
type matcher struct {
	*program
	text string
	doc  *codec.Document
	err  error // why there's no verdict
	done int   // steps since doc was asked

	stack []choice // what else to try

	// Without backrefs, what has been tried at a place isn't tried again: it failed,
	// or is being tried, or it is known to match.
	failed, passed bits
	looking        int   // how deep it's in what looks around
	trail          []int // what that is trying, in order, by the number of its bit
	tried          []int // all that it has tried
	circular       bool  // something led back to itself without a step

	registers []int
	undo      []change
}

// A choice is where to go on if a way leads nowhere.
type choice struct{ at, pos, trail, undo int }

// A change is what a register held before.
type change struct{ slot, old int }

type bits []uint64

func (b bits) has(i int) bool { return b[i/64]>>(i%64)&1 != 0 }
func (b bits) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bits) clear(i int)    { b[i/64] &^= 1 << (i % 64) }

// resized returns b with room for n bits, none of them set.
func (b bits) resized(n int) bits {
	words := (n + 63) / 64
	if cap(b) < words {
		return make(bits, words)
	}
	b = b[:words]
	clear(b)
	return b
}

// maxBits bounds what is noted for one text, 32 MiB. A longer one has no verdict.
const maxBits = 1 << 28

// perAsk is how many steps are taken between two looks at what is left for a document.
const perAsk = 1 << 10

var matchers = sync.Pool{New: func() any { return new(matcher) }}

// match reports whether text contains a match of p.
func (p *program) match(doc *codec.Document, text string) (bool, error) {
	if p.memos*(len(text)+1) > maxBits {
		return false, doc.GiveUp(ErrTooLong)
	}
	m := matchers.Get().(*matcher)
	m.program, m.text, m.doc = p, text, doc
	m.failed = m.failed.resized(p.memos * (len(text) + 1))
	m.passed = m.passed.resized(len(m.failed) * 64)
	if cap(m.registers) < p.slots {
		m.registers = make([]int, p.slots)
	}
	m.registers = m.registers[:p.slots]
	ok := m.search()
	if m.err == nil {
		m.ask()
	}
	err := m.err
	m.release()
	return ok && err == nil, err
}

// release gives m back for reuse, without the text and without tables so large that
// they'd be a waste.
func (m *matcher) release() {
	if cap(m.failed) > 1<<12 || cap(m.stack) > 1<<12 || cap(m.undo) > 1<<12 || cap(m.tried) > 1<<14 {
		return
	}
	*m = matcher{
		failed: m.failed, passed: m.passed, registers: m.registers,
		stack: m.stack[:0], trail: m.trail[:0], tried: m.tried[:0], undo: m.undo[:0],
	}
	matchers.Put(m)
}

// search looks for a match that begins anywhere.
func (m *matcher) search() bool {
	for pos := 0; m.err == nil; {
		if m.backs {
			for i := range m.registers {
				m.registers[i] = -1
			}
			m.undo = m.undo[:0]
		}
		if m.run(m.start, pos) {
			return true
		}
		if pos == len(m.text) || m.anchored {
			break
		}
		_, size := decode(m.text[pos:])
		pos += size
	}
	return false
}

// ask reports whether m may go on.
func (m *matcher) ask() bool {
	steps := 0
	if m.backs {
		steps = m.done // it's the number that can grow beyond all bounds
	}
	m.done = 0
	m.err = m.doc.Spend(steps)
	return m.err == nil
}

// run reports whether what begins at an instruction matches at pos.
func (m *matcher) run(at, pos int) bool {
	bottom, trail, tried, circular := len(m.stack), len(m.trail), len(m.tried), m.circular
	m.circular = false
	ok := m.loop(at, pos, bottom, trail)
	m.stack = m.stack[:bottom]
	if ok {
		if m.circular {
			// What failed because it led back to what matches may match, too.
			for _, bit := range m.tried[tried:] {
				m.failed.clear(bit)
			}
		}
		for _, bit := range m.trail[trail:] {
			m.failed.clear(bit)
			m.passed.set(bit)
		}
	}
	m.trail, m.tried, m.circular = m.trail[:trail], m.tried[:tried], circular
	return ok
}

// loop is run with the bottom of its stack and of its trail.
func (m *matcher) loop(at, pos, bottom, trail int) bool {
	for {
		if m.done++; m.done >= perAsk && !m.ask() {
			return false
		}
		in := &m.insts[at]
		ok := true
		if in.memo >= 0 {
			bit := in.memo*(len(m.text)+1) + pos
			switch {
			case m.passed.has(bit):
				return true
			case m.failed.has(bit):
				ok = false
				m.circular = m.circular || m.isTrying(bit, pos, trail)
			default:
				m.failed.set(bit)
				if m.looking > 0 {
					m.trail = append(m.trail, bit)
					m.tried = append(m.tried, bit)
				}
			}
		}
		if ok && in.op == match {
			return true
		}
		if ok {
			at, pos, ok = m.step(in, pos)
		}
		if m.err != nil {
			return false
		}
		if !ok {
			top := len(m.stack) - 1
			if top < bottom {
				return false
			}
			c := m.stack[top]
			m.stack = m.stack[:top]
			m.trail = m.trail[:c.trail]
			m.rewind(c.undo)
			at, pos = c.at, c.pos
		}
	}
}

// isTrying reports whether what has a bit is being tried at pos. If so, what was
// tried since is at pos too.
func (m *matcher) isTrying(bit, pos, trail int) bool {
	for i := len(m.trail) - 1; i >= trail && m.trail[i]%(len(m.text)+1) == pos; i-- {
		if m.trail[i] == bit {
			return true
		}
	}
	return false
}

// step performs one instruction at pos. It returns where to go on, unless it fails.
func (m *matcher) step(in *inst, pos int) (at, next int, ok bool) {
	switch in.op {
	case char:
		r, size := m.rune(pos, in.back)
		if size == 0 || !in.set.has(r) {
			return 0, 0, false
		}
		if in.back {
			size = -size
		}
		return in.next, pos + size, true
	case begin:
		r, size := m.rune(pos, true)
		return in.next, pos, size == 0 || in.multiline && isLineEnd(r)
	case end:
		r, size := m.rune(pos, false)
		return in.next, pos, size == 0 || in.multiline && isLineEnd(r)
	case boundary:
		before, size1 := m.rune(pos, true)
		after, size2 := m.rune(pos, false)
		is := (size1 > 0 && isWord(before, in.fold)) != (size2 > 0 && isWord(after, in.fold))
		return in.next, pos, is != in.negated
	case look:
		undo := len(m.undo)
		m.looking++
		found := m.run(in.alt, pos)
		m.looking--
		if in.negated {
			m.rewind(undo)
		}
		return in.next, pos, found != in.negated
	case split:
		m.push(in.alt, pos)
		return in.next, pos, true
	case save:
		m.put(in.slot, pos)
		return in.next, pos, true
	case backref:
		next, ok = m.repeat(in, pos)
		return in.next, next, ok
	case enter:
		m.put(in.slot, 0)
		return in.next, pos, true
	case loop:
		switch n := m.registers[in.slot]; {
		case n < in.low:
			return in.alt, pos, true
		case in.high >= 0 && n >= in.high:
			return in.next, pos, true
		case in.lazy:
			m.push(in.alt, pos)
			return in.next, pos, true
		}
		m.push(in.next, pos)
		return in.alt, pos, true
	case round:
		m.put(in.slot+1, pos)
		for slot := 2 * in.low; slot < 2*in.high; slot++ {
			m.put(slot, -1)
		}
		return in.next, pos, true
	case again:
		n := m.registers[in.slot]
		if n >= in.low && m.registers[in.slot+1] == pos {
			return 0, 0, false // a round more than is needed, in which nothing happened
		}
		m.put(in.slot, n+1)
		return in.next, pos, true
	}
	panic("ecma: no rule for an instruction")
}

func (m *matcher) push(at, pos int) {
	m.stack = append(m.stack, choice{at, pos, len(m.trail), len(m.undo)})
}

// put changes a register.
func (m *matcher) put(slot, value int) {
	if m.registers[slot] != value {
		m.undo = append(m.undo, change{slot, m.registers[slot]})
		m.registers[slot] = value
	}
}

// rewind takes back the changes behind the first n.
func (m *matcher) rewind(n int) {
	for i := len(m.undo) - 1; i >= n; i-- {
		m.registers[m.undo[i].slot] = m.undo[i].old
	}
	m.undo = m.undo[:n]
}

// repeat steps over what the groups of in have matched. A group that hasn't matched
// is the empty text.
func (m *matcher) repeat(in *inst, pos int) (next int, ok bool) {
	for _, g := range in.groups {
		from, to := m.registers[2*g], m.registers[2*g+1]
		if from < 0 || to < 0 {
			continue
		}
		for want := m.text[from:to]; want != ""; {
			var w rune
			var size int
			if in.back {
				w, size = decodeLast(want)
				want = want[:len(want)-size]
			} else {
				w, size = decode(want)
				want = want[size:]
			}
			r, n := m.rune(pos, in.back)
			if n == 0 || r != w && !(in.fold && folded(r) == folded(w)) {
				return 0, false
			}
			m.done++
			if in.back {
				n = -n
			}
			pos += n
		}
	}
	return pos, true
}

// rune returns the rune behind pos, or before it, and how long it is: 0 if there is
// none.
func (m *matcher) rune(pos int, back bool) (r rune, size int) {
	if back {
		return decodeLast(m.text[:pos])
	}
	return decode(m.text[pos:])
}

// decode returns the first rune of s. Half a surrogate pair, in the three bytes that
// UTF-8 would have for it, is one.
func decode(s string) (r rune, size int) {
	if s == "" {
		return 0, 0
	}
	if s[0] < utf8.RuneSelf {
		return rune(s[0]), 1
	}
	if r, size = utf8.DecodeRuneInString(s); r == utf8.RuneError && size == 1 && isHalf(s) {
		return half(s), 3
	}
	return r, size
}

// decodeLast returns the last rune of s.
func decodeLast(s string) (r rune, size int) {
	if s == "" {
		return 0, 0
	}
	if last := s[len(s)-1]; last < utf8.RuneSelf {
		return rune(last), 1
	}
	r, size = utf8.DecodeLastRuneInString(s)
	if r == utf8.RuneError && size == 1 && len(s) >= 3 && isHalf(s[len(s)-3:]) {
		return half(s[len(s)-3:]), 3
	}
	return r, size
}

func isHalf(s string) bool {
	return len(s) >= 3 && s[0] == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80
}

func half(s string) rune { return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f) }
