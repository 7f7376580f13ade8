package format

import "testing"

func TestValid(t *testing.T) {
	for name, c := range map[string]struct{ valid, invalid []string }{
		"date":      {[]string{"2024-02-29", "0000-01-01"}, []string{"", "2023-02-29", "2024-2-29", "2024-04-31", "2024-00-10", "2024-13-01", "2024-01-01 "}},
		"time":      {[]string{"00:00:00Z", "12:30:15.5+02:00", "23:59:60z", "04:59:60+05:00"}, []string{"", "24:00:00Z", "12:00:00", "12:00:00.Z", "12:00:60Z", "12:00:00+24:00", "12:00:00Z\n"}},
		"date-time": {[]string{"2024-02-29T12:00:00Z", "2024-02-29t12:00:00.123456789-07:30"}, []string{"2024-02-29", "2024-02-29 12:00:00Z", "2024-02-30T12:00:00Z", "2024-02-29T"}},
		"duration":  {[]string{"P1Y", "P3W", "PT5M", "P1DT1H", "PT1H1M1S"}, []string{"", "P", "PT", "P1DT", "P1H", "PT1Y", "P1W1D", "P1Y1D", "P1.5D", "1D"}},

		"email":     {[]string{"ada@lovelace.example", "a.b+c@x", `"a b"@x.example`, `"a\"b"@x.example`, "a@[10.0.0.1]", "a@[IPv6:fe80::1]"}, []string{"", "@", "a", "a@", "@x", "a..b@x", "a@-x", "a@x-", "a@x..y", "a@[10.0.0]", "a@[IPv7:1]", `"a"b"@x`, `"a\"@x`, "ä@x"}},
		"idn-email": {[]string{"ä@ö.example", "a@x"}, []string{"ä", "ä@", "a b@ö", "\xff@x"}},

		"hostname": {
			[]string{"localhost", "a-b.Example.com", "3com.com", "xn--bcher-kva.example", "XN--BCHER-KVA.example"},
			[]string{"", ".", "a.", "a..b", "-a", "a-", "a_b", "bücher.example", "xn--", "xn--a", "xn---", "xn--zzzzzzzzzzzz"},
		},
		"idn-hostname": {
			[]string{
				"bücher.example", "a\u3002b", "λ\u0375λ", "l·l", "\u05d0", "क्\u200dष", "न\u094d\u200cन", "ア・ア", "\u0628\u0627.com", "日本語", "Ꭳ", "straße", "1.2", "café", "x\u0316\u0301",
			},
			[]string{
				"", "Bücher", "ü-", "-ü", "ab--ü", "\u0301a\u0301", "a·b", "\u0375ü", "a\u05f3", "a\u200dü", "・ü", "٠۰", "a\u05d0", "1\u05d0", "\u05d0a", "\u05d0-", "1.\u05d0", "ﬁ", "㎏", "Ａ", "a b", "ü\u200c", "\xff", "cafe\u0301", "\u0131\u0323\u0301\u0316", "か\u3099",
			},
		},

		"ipv4": {[]string{"0.0.0.0", "255.255.255.255"}, []string{"", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4/8", "::1"}},
		"ipv6": {[]string{"::", "2001:db8::1", "::ffff:1.2.3.4"}, []string{"", "1.2.3.4", "fe80::1%eth0", "1::2::3", "[::1]", "12345::"}},

		"uri":           {[]string{"https://u:p@host:80/p/a?q=1#f", "urn:a:b", "mailto:a@b", "http://[::1]:80/", "http://[v1.a:b]/", "x:"}, []string{"", "/p", "//host", "a b:c", "1a:b", "http://[::1", "http://[::1]x", "http://[v.a]", "http://h:p", "http://a@b@c", "http://h/[", "http://h/%g0", "http://ö"}},
		"uri-reference": {[]string{"", "a/b", "?q", "#f", "//h", "./a:b", "http://h"}, []string{"a:b c", "1:b", "\\a", "#a#b", "%"}},
		"iri":           {[]string{"http://ö.example/ß?\ue000#ü", "urn:é"}, []string{"é", "http://h/\ue000", "http://h/\U000e0001", "http://h/ "}},
		"iri-reference": {[]string{"é/ü", "", "#ß"}, []string{"a\\é", "\xff"}},
		"uri-template":  {[]string{"", "/a/{b}", "{+a,b:3,c*}", "{a.b_%41}", "é"}, []string{"{", "}", "{}", "{a", "{a b}", "{a:}", "{a:0}", "{a:12345}", "{a.}", "a b", "%4", "\xff"}},

		"json-pointer":          {[]string{"", "/", "/a/~0~1/é"}, []string{"a", "/~", "/~2"}},
		"relative-json-pointer": {[]string{"0", "1/a", "12#"}, []string{"", "/a", "01", "1##", "-1", "1a"}},
		"uuid":                  {[]string{"01234567-89ab-cdef-0123-456789ABCDEF"}, []string{"", "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdeg", "01234567-89ab-cdef-0123-456789abcdef0"}},
		"regex":                 {[]string{"", "^[a-z]+$", `(?<n>a)\k<n>`, "(?!a)"}, []string{"(", "[", `\a`, "(?i)a", "a{2,1}"}},
		"color":                 {[]string{"", "anything"}, nil},
	} {
		for _, s := range c.valid {
			if !Valid(name, s) {
				t.Errorf("Valid(%q, %q) = false", name, s)
			}
		}
		for _, s := range c.invalid {
			if Valid(name, s) {
				t.Errorf("Valid(%q, %q) = true", name, s)
			}
		}
	}
}

func TestKnown(t *testing.T) {
	for name, want := range map[string]bool{"date-time": true, "regex": true, "": false, "color": false} {
		if got := Known(name); got != want {
			t.Errorf("Known(%q) = %v, want %v", name, got, want)
		}
	}
}

func FuzzValid(f *testing.F) {
	f.Add("xn--bcher-kva.example")
	f.Add("http://u@[::1]:80/{+a}?#")
	f.Fuzz(func(t *testing.T, s string) {
		for name := range formats {
			Valid(name, s)
		}
		if u, _, ok := validLabel(s); ok && !isASCII(string(u)) {
			code, _ := encodePunycode(u)
			if back, ok := decodePunycode(code); !ok || string(back) != string(u) {
				t.Errorf("punycode of %q is %q, which decodes to %q", string(u), code, string(back))
			}
		}
	})
}
