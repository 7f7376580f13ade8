package codec

import (
	"regexp"
	"testing"
)

var patterns = []string{
	`^[A-Z]{2}-[0-9]{4,6}$`, `^ord-[0-9a-f]{12}$`, `^[a-z0-9._+-]+@[a-z0-9.-]+$`, `^[a-z][a-z0-9]*$`, `^x?y*z+`, `^é+$`, `^日本$`,
	`^[^/]+/[^/]*$`, `^.*$`, `^.{2}$`, `^a{0}b$`, `^$`, `^`, `^\d+(\.\d+)?$`, `^[a-z]+[a-z]$`, `^a?a$`, `^[a-c]*[b-d]?[x]`, `(?i)^ab$`, `a+`,
	`^(?s:.)+$`, `^\x{FFFD}$`, `^[^a]?$`, `^[^a]{2,}$`, `^(ab|c)$`, `\Aab\z`, `(?m)^a$`, `^a*?b`, `^[\x00-\x7f]*$`,
}

func FuzzPattern(f *testing.F) {
	for _, p := range patterns {
		for _, s := range []string{"", "ab", "AB-1234", "ord-0123456789ab", "me@example.org", "日本", "éé", "a/b", "\xff", "\xed\xa0\x80", "xyz", "aa", "1.5", "a\nb", "\uFFFD"} {
			f.Add(p, s)
		}
	}
	f.Fuzz(func(t *testing.T, source, s string) {
		re, err := regexp.Compile(source)
		if err != nil {
			return
		}
		if got, want := MustPattern(source).MatchString(s), re.MatchString(s); got != want {
			t.Errorf("MustPattern(%q).MatchString(%q) = %v, want %v", source, s, got, want)
		}
	})
}

func TestPattern_steps(t *testing.T) {
	for source, want := range map[string]bool{
		`^[A-Z]{2}-[0-9]{4,6}$`: true, `^[a-z0-9._+-]+@[a-z0-9.-]+$`: true, `^[^/]+/[^/]*$`: true, `^ab`: true,
		`^[a-z]+[a-z]$`: false, `a+`: false, `^(a|bc)$`: false, `^.{2}$`: false, `^é+$`: false,
	} {
		if got := newSteps(source) != nil; got != want {
			t.Errorf("newSteps(%q) takes it: %v, want %v", source, got, want)
		}
	}
}
