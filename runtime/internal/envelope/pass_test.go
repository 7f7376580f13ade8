package envelope

import (
	"fmt"
	"strings"
	"testing"
)

// passSlowly is passBrackets written simply: it looks at each byte.
func passSlowly(b []byte, depth int) (end int, err string) {
	open := 0
	inside, escaped := false, false
	for i, c := range b {
		was := escaped
		escaped = c == '\\' && !was
		switch {
		case c == '"' && !was:
			inside = !inside
		case inside:
		case c == '[' || c == '{':
			if open++; open > depth {
				return i, fmt.Sprintf("invalid JSON at byte %d: nested too deeply", i)
			}
		case c == ']' || c == '}':
			if open--; open == 0 {
				return i + 1, ""
			}
		}
	}
	if inside {
		return len(b), fmt.Sprintf("invalid JSON at byte %d: the string doesn't end", len(b))
	}
	return len(b), fmt.Sprintf("invalid JSON at byte %d: it ends where ',' or a closing bracket is expected", len(b))
}

// FuzzPass compares passBrackets with passSlowly. The fuzzed program makes long texts
// from few bytes, since the borders between blocks are what matters.
func FuzzPass(f *testing.F) {
	for _, s := range []string{
		"[", "[]", "{}", `["]"]`, `["\\"]"]`, `{"a":{"b":[1,2,{}]},"c":"}{"}`, `[\\"]`, `["\\\\"]`,
		"[" + strings.Repeat(`"x",`, 15) + `"abc"]`,
		`["` + strings.Repeat("x", 200) + `]","\\` + strings.Repeat("y", 61) + `\\"]"]`,
		`["` + strings.Repeat("x", 61) + `\\` + strings.Repeat("y", 64) + `"]`,
		`["` + strings.Repeat("\\", 63) + `"]`, `["` + strings.Repeat("\\", 64) + `"]`, `["` + strings.Repeat("\\", 125) + `"` + strings.Repeat("\\", 126) + `"]`,
		strings.Repeat("[", 100) + strings.Repeat("]", 100),
	} {
		f.Add(s, 0, 0)
		f.Add(s, 1, 64)
	}
	f.Fuzz(func(t *testing.T, text string, at, n int) {
		if at = min(max(at, 0), len(text)); at < len(text) {
			text = text[:at] + strings.Repeat(text[at:at+1], 1+min(max(n, 0), 300)) + text[at+1:]
		}
		b := []byte("[" + text)
		for _, depth := range []int{1, 50, 1000} {
			s := scanner{b: b, depth: depth}
			s.passBrackets()
			got := ""
			if s.err != nil {
				got = s.err.Error()
			}
			if end, want := passSlowly(b, depth); s.i != end || got != want {
				t.Fatalf("%q, depth %d: %d, %q, want %d, %q", b, depth, s.i, got, end, want)
			}
		}
	})
}
