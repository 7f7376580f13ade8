package ecma

import (
	"errors"
	"strings"
	"sync"
	"testing"
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

func TestPattern_givesUp(t *testing.T) {
	p := MustPattern(`^(?!x)(a|a?)+$`)
	hostile := strings.Repeat("a", 64) + "b"
	if ok, err := p.Match(hostile); ok || !errors.Is(err, ErrTimeout) {
		t.Errorf("Match(%q) = %v, %v, want ErrTimeout", hostile, ok, err)
	}
	if p.MatchString(hostile) {
		t.Errorf("MatchString(%q) = true", hostile)
	}
	if ok, err := p.Match("aaa"); !ok || err != nil {
		t.Errorf("Match(aaa) = %v, %v after a timeout", ok, err)
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
