package ecma

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

func TestPattern_MatchString(t *testing.T) {
	for _, c := range []struct {
		source          string
		matches, misses []string
	}{
		{`^(?!foo).*$`, []string{"", "bar", "afoo"}, []string{"foo", "food", "a\n"}},
		{`^(?=.*\d)(?=.*[a-z]).{4,}$`, []string{"abc1", "😀😀a1"}, []string{"abcd", "a1", "߀bcd"}},
		{`(?<=\$)\d+`, []string{"$5"}, []string{"5", "€5"}},
		{`(?<!a+)b`, []string{"b", "cb"}, []string{"ab", "aab"}},
		{`^(['"])[^]*\1$`, []string{`""`, `'a"'`, "\"\n\""}, []string{`"'`, `"`}},
		{`^(?<q>a|b)\k<q>$`, []string{"aa", "bb"}, []string{"ab", "a"}},
		{`^(?:(?<x>a)|(?<x>b))\k<x>$`, []string{"aa", "bb"}, []string{"ab"}},
		{`^\1(a)$`, []string{"a"}, []string{"aa"}},                          // not yet matched is empty
		{`^(?:(a)|b)*\1$`, []string{"aa", "ab", "b"}, []string{"aba", "c"}}, // each round begins afresh
		{`^(?:(a)|b){2}\1$`, []string{"ab", "baa", "aaa"}, []string{"aba"}},
		{`(?!x)(?i:[a-c])(?i:ſ)\w`, []string{"Bs_", "cSx"}, []string{"dsx", "bé"}},
		{`(?!x)(?i:[^a])z`, []string{"bz"}, []string{"Az", "az"}},
		{`^(?i:(a))\1(?i:\1)$`, []string{"aaA", "AAa"}, []string{"aAA"}},
		{`(?<=^(.)\1)x`, []string{"xx"}, nil}, // what looks behind goes backwards: \1 comes first, and is empty
		{`(?<=\1(.))x`, []string{"aax"}, []string{"abx", "x"}},
		{`^(?=(a+))a*b\1$`, []string{"aaba"}[:0], []string{"aaba"}},
		{`^(?=(a+))aab\1$`, []string{"aabaa"}, []string{"aaba"}},
		{`^(?!(a)b)a\1c$`, []string{"ac"}, []string{"aac"}},
		{`^(?:a|(b))+?\1$`, []string{"a", "abb", "aa"}, []string{"bab", "bc"}},
		{`^(z)((a+)?(b+)?(c))*\3$`, []string{"zaacbbbcac" + "a"}, []string{"zaacbbbcac" + "b"}},
		{`^(?:(?=(\w))\1\1)*$`, []string{"", "aabb"}, []string{"aab", "ab"}},
		{`^(?!x)(?:(?:a*)*b?)*$`, []string{"", "aaba"}, []string{"ac"}},
		{`(?=(?:a*)*$)a`, []string{"baa"}, []string{"ab"}},
		{`^(?!x).\ud800$`, []string{"a\xed\xa0\x80", "\xed\xa0\x80\xed\xa0\x80"}, []string{"\xed\xa0\x80"}},
		{`(?!x)\bé\b`, nil, []string{"é", " é "}}, // é is no letter to \b
		{`(?=\b)a\B`, []string{"ab"}, []string{"a", "aé"}},
		{`^(?!x)\s\S$`, []string{"\u2003\u200b", "\ufeffx"}, []string{"xx", "  "}},
		{`^(?!x)\p{Script=Greek}\P{Lu}[\p{Nd}_-]$`, []string{"λa1", "Λb_"}, []string{"aa1", "λA1"}},
		{`^(?!x)[]|[^]$`, []string{"\n"}, []string{""}},
		{`(?!x)(?i:é)(?m:^b$)?`, []string{"É"}, []string{"E"}},
		{`^(?!x)(?m:a$\n^b)$`, []string{"a\nb"}, []string{"ab"}},
		{`^(?!x)[\uD83D\uDE00-\u{1F64F}#-~ ]$`, []string{"😃", "#", "a", " "}, []string{"\"", "😃😃"}},
		{`^(?!x)a{2,3}?b{0,}c?$`, []string{"aa", "aaabbc"}, []string{"a", "aaaa"}},
		{`^(a{1001})$`, []string{strings.Repeat("a", 1001)}, []string{strings.Repeat("a", 1000)}},
	} {
		p := MustPattern(c.source)
		for _, s := range c.matches {
			if !p.MatchString(s) {
				t.Errorf("%s doesn't match %q", c.source, s)
			}
		}
		for _, s := range c.misses {
			if p.MatchString(s) {
				t.Errorf("%s matches %q", c.source, s)
			}
		}
	}
}

func TestPattern_spends(t *testing.T) {
	p := MustPattern(`^(a|a?)+\1b$`)
	hostile := strings.Repeat("a", 64) + "c"
	doc := codec.NewDocument(t.Context(), hostile)
	if ok, err := p.Match(doc, hostile); ok || !errors.Is(err, codec.ErrEffort) {
		t.Errorf("Match(%q) = %v, %v, want ErrEffort", hostile, ok, err)
	}
	if ok, err := p.Match(doc, "aab"); ok || !errors.Is(err, codec.ErrEffort) {
		t.Errorf("Match(aab) = %v, %v in a document that has cost too much", ok, err)
	}
	if p.MatchString(hostile) {
		t.Errorf("MatchString(%q) = true", hostile)
	}
	if !p.MatchString("aab") {
		t.Error("MatchString(aab) = false")
	}
}

// TestPattern_canceled passes if it ends soon.
func TestPattern_canceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text := strings.Repeat("ab", 1<<20)
	for _, source := range []string{`^(?!x)(?:ab)*c`, `(.+)x\1`} {
		ok, err := MustPattern(source).Match(codec.NewDocument(ctx, text), text)
		if ok || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Match = %v, %v, want %v", source, ok, err, context.Canceled)
		}
	}
}

// TestPattern_linear counts steps. It has what looks around at every place, and
// repetitions in repetitions, in which something may be empty.
func TestPattern_linear(t *testing.T) {
	for _, source := range []string{
		`^(?:(?=.*x).)*$`, `(?:(?!.*y).)+z`, `^(?!x)(?:a|a?)+$`, `(?<=a.*)b.*c`, `^(?:(?:a*)*)*(?!.)c`, `(?=(?:a*)*b)a`,
		`^(?=(?:.{3})*$)(?!(?:..)*z)`, `(?!b)(?:a{1,30}){20}c`, `(?:(?=(?:(?!b).)*x)a)*y`,
	} {
		p := MustPattern(source).program()
		count := func(n int) int {
			m := matcher{program: p, text: strings.Repeat("a", n) + "x"}
			m.doc = codec.NewDocument(t.Context(), m.text)
			m.done = math.MinInt32
			m.failed, m.passed = m.failed.resized(p.memos*(n+2)), m.passed.resized(p.memos*(n+2))
			m.search()
			return m.done - math.MinInt32
		}
		if few, many := count(1019), count(32*1020-1); p.backs || many > 40*few {
			t.Errorf("%s takes %d steps for 1 KiB, %d for 32 KiB", source, few, many)
		}
	}
}

func TestPattern_concurrently(t *testing.T) {
	p := MustPattern(`^(?!x)\w+$`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if !p.MatchString("abc") || p.MatchString("xbc") {
					t.Error("wrong verdict")
				}
			}
		})
	}
	wg.Wait()
}

func TestEngine_invalid(t *testing.T) {
	_, err := Engine(`^(abc`)
	if want := "ecma: pattern \"^(abc\" has a ( without its ) at character 2"; err == nil || err.Error() != want {
		t.Errorf("Engine = %v, want %q", err, want)
	}
}

func TestMustPattern_panicsAtFirstUse(t *testing.T) {
	p := MustPattern(`(`)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	p.MatchString("")
}
