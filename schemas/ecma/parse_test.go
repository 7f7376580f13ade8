package ecma

import "testing"

func TestParse_accepts(t *testing.T) {
	for _, source := range []string{
		``, `^$`, `a|`, `([abc])+\s+$`, `[]`, `[^]`, `\cA`, `\/a\-b`, `\_\@\"`, `[\w-.]`, `a{,2}`, `{x}`, `a]`, `}`,
		`(?<name>x)`, `(?<n>a)\k<n>`, `(?:(?<y>a)|(?<y>b))\k<y>`, `\1(a)`, `(?<=a+)b`, `(?<!a)(?!b)(?=c)`, `(?=a)?`,
		`\u{1F600}`, `\uD83D\uDE00`, `\uD83D`, `\x41`, `\0`, `a{0}`, `a{2,}?`, `a{99999999999}`, `(?i:a)(?-s:.)(?m-i:^b$)`,
		`\p{L}\P{Lu}`, `\p{Letter}`, `\p{digit}`, `\p{gc=Nd}`, `\p{Script=Greek}`, `\p{sc=Grek}`, `\p{Alphabetic}`, `\p{RI}`, `\p{Emoji}`, `\p{ASCII}`,
		`(?<$ä_1>x)`, `(?<\u0061b>x)\k<ab>`,
	} {
		if _, err := Parse(source); err != nil {
			t.Errorf("Parse(%q) = %v, want no error", source, err)
		}
	}
}

func TestParse_refuses(t *testing.T) {
	for source, want := range map[string]string{
		`^(abc`:         "a ( without its ) at character 2",
		`^(abc]`:        "a ( without its ) at character 2",
		`abc)`:          "a ) without its ( at character 4",
		`[abc`:          "a [ without its ] at character 1",
		`[b-a]`:         "a range in the wrong order at character 3",
		`*`:             "nothing to repeat at character 1",
		`a**`:           "nothing to repeat at character 3",
		`a|+`:           "nothing to repeat at character 3",
		`^*`:            "nothing that could be repeated at character 2",
		`{2}`:           "nothing to repeat at character 1",
		`a{3,2}`:        "bounds of a repetition in the wrong order at character 2",
		`\`:             `a \ with nothing behind it at character 2`,
		`\a`:            `\a, which ECMA-262 doesn't have, at character 1`,
		`\Z`:            `\Z, which ECMA-262 doesn't have, at character 1`,
		`\1`:            "no group 1 at character 1",
		`\k<n>`:         "no group named n at character 1",
		`(?<n>a)(?<n>)`: "a second group named n at character 13",
		`(?<>a)`:        "no name of a group at character 5",
		`(?<1>a)`:       "no name of a group at character 5",
		`(?P<n>a)`:      "a kind of group that ECMA-262 doesn't have at character 3",
		`(?#c)a`:        "a kind of group that ECMA-262 doesn't have at character 3",
		`(?i)a`:         "a kind of group that ECMA-262 doesn't have at character 3",
		`(?i-i:a)`:      "modifiers that make no sense at character 6",
		`\x4`:           "no hexadecimal digit at character 4",
		`\u{110000}`:    "no Unicode code point at character 10",
		`\u{}`:          "no Unicode code point at character 5",
		`\00`:           "an octal escape, which ECMA-262 doesn't have at character 3",
		`\c1`:           `no letter behind \c at character 3`,
		`\pL`:           `no { behind \p at character 3`,
		`\p{Nope}`:      `the unknown property \p{Nope} at character 3`,
		`\p{sc=Nope}`:   `the unknown property \p{sc=Nope} at character 3`,
		`\p{L`:          "a { without its } at character 3",
	} {
		_, err := Parse(source)
		if err == nil || err.Error() != want {
			t.Errorf("Parse(%q) = %v, want %q", source, err, want)
		}
	}
}

func TestParse_boundsDepth(t *testing.T) {
	deep := make([]byte, 1<<20)
	for i := range deep {
		deep[i] = '('
	}
	if _, err := Parse(string(deep)); err == nil {
		t.Error("Parse of a million open parentheses = no error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`^(?<a>[^\w-\u{1F600}]{2,}?|\p{L}\k<a>)$`)
	f.Fuzz(func(t *testing.T, source string) {
		n, err := Parse(source)
		if (n == nil) == (err == nil) {
			t.Errorf("Parse(%q) = %v, %v", source, n, err)
		}
	})
}
