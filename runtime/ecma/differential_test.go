package ecma

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// FuzzPattern makes patterns without references back. It compares a program that
// tries each instruction once at each place with one that backtracks, and both with
// Go's regexp where that can express the pattern.
func FuzzPattern(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		source := random(r, 4)
		n, err := ecma.Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		once := newProgram(n)
		again := compiler{groups: count(n)}
		again.backs = true
		again.slots = 2 * (again.groups + 1)
		again.add(inst{op: match})
		again.program.start = again.node(n, 0)
		var re *regexp.Regexp
		if re2, ok, _ := ecma.Translate(source); ok {
			re = regexp.MustCompile(re2)
		}
		for range 20 {
			var b strings.Builder
			for range r.IntN(12) {
				b.WriteString(pick(r, "a", "a", "b", "b", "c", "é", "\n"))
			}
			s := b.String()
			got, err := once.match(codec.NewDocument(t.Context(), s), s)
			if err != nil {
				t.Fatalf("%s on %q: %v", source, s, err)
			}
			if want, err := again.match(codec.NewDocument(t.Context(), s), s); err == nil && got != want {
				t.Errorf("%s on %q: %v, but %v if it backtracks", source, s, got, want)
			}
			if re != nil && re.MatchString(s) != got {
				t.Errorf("%s on %q: %v, but %v by regexp", source, s, got, !got)
			}
		}
	})
}

func pick(r *rand.Rand, all ...string) string { return all[r.IntN(len(all))] }

// random returns a pattern.
func random(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(8) == 0 {
		return pick(r, "a", "b", "c", ".", "[ab]", "[^a]", "a", "b", "^", "$", `\b`, `\B`, "", "é")
	}
	sub := func() string { return random(r, depth-1) }
	switch r.IntN(8) {
	case 0, 1, 2:
		return sub() + sub()
	case 3:
		return "(?:" + sub() + "|" + sub() + ")"
	case 4, 5:
		return "(?:" + sub() + ")" + pick(r, "*", "+", "?", "{2}", "{1,3}", "*?", "{0,2}?", "{2,}")
	case 6:
		return pick(r, "(?=", "(?!", "(?<=", "(?<!", "(?=", "(") + sub() + ")"
	}
	return pick(r, "(?i:", "(?m:", "(?:") + sub() + ")"
}
