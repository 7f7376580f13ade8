package ecma

import (
	"regexp"
	"testing"
)

const (
	anyButLineEnds = `[^\n\r\x{2028}\x{2029}]`
	spaces         = `\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
)

func TestTranslate(t *testing.T) {
	for source, want := range map[string]string{
		`^[a-z0-9]+(-[a-z0-9]+)*$`: `^[a-z0-9]+(-[a-z0-9]+)*$`,
		`^\d{3}-\w*\W\D\b\B$`:      `^\d{3}-\w*\W\D\b\B$`,
		`a.b`:                      `a` + anyButLineEnds + `b`,
		`(?s:a.b)`:                 `(?:a(?s:.)b)`,
		`\s`:                       `[` + spaces + `]`,
		`\S`:                       `[^` + spaces + `]`,
		`[\s,]`:                    `[` + spaces + `,]`,
		`[\s\S]`:                   `(?s:.)`,
		`[^]`:                      `(?s:.)`,
		`[]`:                       `[^\x{0}-\x{10ffff}]`,
		`[\w-.]`:                   `[\w\-.]`,
		`[a-]`:                     `[a-]`,
		`[&\-\]\[\\^]`:             `[&\-\]\[\\\^]`,
		`\/\-\_\@`:                 `/-_@`,
		`\cA\x41\u0042\u{43}\0`:    `\x{1}ABC\x{0}`,
		`[\uD83D\uDE00-\u{1F64F}]`: `[😀-🙏]`,
		`[^\uD800-\uDFFF]`:         `[^\x{d800}-\x{dfff}]`,
		`\p{Letter}\p{gc=Nd}`:      `\p{L}\p{Nd}`,
		`\P{sc=Grek}`:              `\P{Greek}`,
		`\p{AHex}`:                 `[0-9A-Fa-f]`,
		`(?<year>\d{4})`:           `(\d{4})`,
		`(?i:a)b`:                  `(?i:a)b`,
		`a{,2}]`:                   `a\{,2\}\]`,
		`a{2,3}?b{0,}c{0,1}d{1,}`:  `a{2,3}?b*c?d+`,
		`|a||`:                     `|a||`,
	} {
		got, ok, err := Translate(source)
		if got != want || !ok || err != nil {
			t.Errorf("Translate(%q) = %q, %v, %v, want %q", source, got, ok, err, want)
		}
	}
}

func TestTranslate_meaning(t *testing.T) {
	for _, c := range []struct {
		source          string
		matches, misses []string
	}{
		{`^abc$`, []string{"abc"}, []string{"abc\n", "\nabc", "xabc"}},
		{`^.$`, []string{"a", "é", "😀", "\u0085"}, []string{"\n", "\r", "\u2028", "\u2029", "ab"}},
		{`^\s$`, []string{" ", "\v", "\u00a0", "\ufeff", "\u2003", "\u2029"}, []string{"\u200b", "\u180e", "x"}},
		{`^\d\w$`, []string{"1a"}, []string{"߀a", "1é"}},
		{`^\p{digit}+$`, []string{"42", "৪২"}, []string{"x"}},
		{`^🐲*$`, []string{"", "🐲", "🐲🐲"}, []string{"🐉", "D"}},
		{`^\p{Alphabetic}+$`, []string{"aé", "Ⅷ"}, []string{"a1"}},
		{`^\p{Emoji_Presentation}$`, []string{"😀"}, []string{"1", "©"}},
		{`[]`, nil, []string{"", "a"}},
		{`^[^]$`, []string{"\n", "😀"}, []string{""}},
	} {
		re2, ok, err := Translate(c.source)
		if !ok || err != nil {
			t.Errorf("Translate(%q) = %v, %v", c.source, ok, err)
			continue
		}
		re := regexp.MustCompile(re2)
		for _, s := range c.matches {
			if !re.MatchString(s) {
				t.Errorf("%s, translated to %s, doesn't match %q", c.source, re2, s)
			}
		}
		for _, s := range c.misses {
			if re.MatchString(s) {
				t.Errorf("%s, translated to %s, matches %q", c.source, re2, s)
			}
		}
	}
}

func TestTranslate_cannot(t *testing.T) {
	for _, source := range []string{`(?=a)`, `(?!a)`, `(?<=a)`, `(?<!a)`, `(a)\1`, `(?<n>a)\k<n>`, `a{1001}`, `(a{100}){100}`, `(?m:^a$)`} {
		if got, ok, err := Translate(source); ok || err != nil {
			t.Errorf("Translate(%q) = %q, %v, %v, want neither a translation nor an error", source, got, ok, err)
		}
	}
}

func TestTranslate_invalid(t *testing.T) {
	_, ok, err := Translate(`^(abc`)
	if want := "pattern \"^(abc\" has a ( without its ) at character 2"; ok || err == nil || err.Error() != want {
		t.Errorf("Translate of an open group = %v, %v, want %q", ok, err, want)
	}
}

func FuzzTranslate(f *testing.F) {
	f.Add(`^(?<a>[^\w-\u{1F600}]{2,}?|\p{L})$`)
	f.Fuzz(func(t *testing.T, source string) {
		if re2, ok, _ := Translate(source); ok {
			regexp.MustCompile(re2)
		}
	})
}
