package ecma

import (
	"cmp"
	"slices"
	"unicode"

	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// A set is the runes that one place of a pattern takes.
type set struct {
	ascii   [2]uint64
	ranges  []span // beyond ASCII too, in order and apart
	negated bool
	fold    bool
}

type span struct{ low, high rune }

func newSet(items []ecma.Item, negated, fold bool) *set {
	s := &set{negated: negated, fold: fold}
	for _, it := range items {
		ranges := it.Ranges()
		for i := 0; i < len(ranges); i += 2 {
			s.ranges = append(s.ranges, span{ranges[i], ranges[i+1]})
		}
	}
	slices.SortFunc(s.ranges, func(a, b span) int { return cmp.Compare(a.low, b.low) })
	apart := s.ranges[:0]
	for _, r := range s.ranges {
		if n := len(apart); n > 0 && r.low <= apart[n-1].high+1 {
			apart[n-1].high = max(apart[n-1].high, r.high)
			continue
		}
		apart = append(apart, r)
	}
	s.ranges = apart
	for r := range rune(128) {
		if s.takes(r) {
			s.ascii[r/64] |= 1 << (r % 64)
		}
	}
	return s
}

// has reports whether s takes r.
func (s *set) has(r rune) bool {
	if r < 128 {
		return s.ascii[r/64]>>(r%64)&1 != 0
	}
	return s.takes(r)
}

// takes is has for any rune.
func (s *set) takes(r rune) bool {
	in := s.lists(r)
	if s.fold {
		for other := unicode.SimpleFold(r); other != r && !in; other = unicode.SimpleFold(other) {
			in = s.lists(other)
		}
	}
	return in != s.negated
}

func (s *set) lists(r rune) bool {
	i, found := slices.BinarySearchFunc(s.ranges, r, func(a span, r rune) int { return cmp.Compare(a.low, r) })
	return found || i > 0 && r <= s.ranges[i-1].high
}

// folded returns the rune that stands for r and all that differ from it in case
// alone.
func folded(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return least
}

func isWord(r rune, fold bool) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_' || fold && (r == 'ſ' || r == '\u212a')
}

func isLineEnd(r rune) bool { return r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029 }
