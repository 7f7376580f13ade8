package codec

// This file passes over JSON values and checks their syntax.

import "unicode/utf8"

// What a document lacks where its syntax is wrong.
const (
	wantValue    = "a value"
	wantName     = "a property name"
	wantNameEnd  = `a property name or "}"`
	wantColon    = `":"`
	wantMember   = `"," or "}"`
	wantElement  = `"," or "]"`
	wantDigit    = "a digit"
	wantEscape   = "an escape sequence"
	wantChar     = "a character of a string"
	wantUTF8     = "valid UTF-8"
	wantEnd      = "the end of the document"
	wantLessDeep = "less nesting"
)

// skip passes over the white space at i and one value, whose syntax it checks
// in full; the value may nest depth deep. It returns where the value ends, or
// where it's wrong and what was wanted there.
//
// If ends isn't nil, the ends of big arrays and objects are looked up in it
// and noted there.
func skip(data []byte, i, depth int, ends map[int]int) (end int, want string) {
	i = space(data, i)
	if i == len(data) {
		return i, wantValue
	}
	switch data[i] {
	case '"':
		return skipString(data, i+1)
	case '{':
		return skipObject(data, i, depth-1, ends)
	case '[':
		return skipArray(data, i, depth-1, ends)
	case 't':
		return skipLiteral(data, i, "true")
	case 'f':
		return skipLiteral(data, i, "false")
	case 'n':
		return skipLiteral(data, i, "null")
	default:
		return skipNumber(data, i)
	}
}

func skipObject(data []byte, start, depth int, ends map[int]int) (end int, want string) {
	if depth < 0 {
		return start, wantLessDeep
	}
	if end, ok := ends[start]; ok {
		return end, ""
	}
	i := space(data, start+1)
	if i < len(data) && data[i] == '}' {
		return i + 1, ""
	}
	want = wantNameEnd
	for {
		if i == len(data) || data[i] != '"' {
			return i, want
		}
		if i, want = skipString(data, i+1); want != "" {
			return i, want
		}
		if i = space(data, i); i == len(data) || data[i] != ':' {
			return i, wantColon
		}
		if i, want = skip(data, i+1, depth, ends); want != "" {
			return i, want
		}
		i = space(data, i)
		switch {
		case i < len(data) && data[i] == ',':
			i = space(data, i+1)
			want = wantName
		case i < len(data) && data[i] == '}':
			noteEnd(ends, start, i+1)
			return i + 1, ""
		default:
			return i, wantMember
		}
	}
}

func skipArray(data []byte, start, depth int, ends map[int]int) (end int, want string) {
	if depth < 0 {
		return start, wantLessDeep
	}
	if end, ok := ends[start]; ok {
		return end, ""
	}
	i := space(data, start+1)
	if i < len(data) && data[i] == ']' {
		return i + 1, ""
	}
	for {
		if i, want = skip(data, i, depth, ends); want != "" {
			return i, want
		}
		i = space(data, i)
		switch {
		case i < len(data) && data[i] == ',':
			i++
		case i < len(data) && data[i] == ']':
			noteEnd(ends, start, i+1)
			return i + 1, ""
		default:
			return i, wantElement
		}
	}
}

// noteEnd notes the end of a value if finding it again would take long.
func noteEnd(ends map[int]int, start, end int) {
	if ends != nil && end-start > 1<<10 {
		ends[start] = end
	}
}

// skipString passes over a string that begins before i, and its closing quote.
func skipString(data []byte, i int) (end int, want string) {
	start := i
	var high uint64
	for {
		j := clean(data, i)
		if j < len(data) && data[j] >= utf8.RuneSelf {
			var h uint64
			j, h = scan(data, j)
			high |= h
		}
		switch {
		case j == len(data):
			return j, wantChar
		case data[j] == '"':
			if high&highs != 0 {
				if bad := invalid(data[start:j]); bad >= 0 {
					return start + bad, wantUTF8
				}
			}
			return j + 1, ""
		case data[j] == '\\':
			n := escape(data, j)
			if n == 0 {
				return j, wantEscape
			}
			i = j + n
		default:
			return j, wantChar
		}
	}
}

// escape returns the length of the escape sequence at i, or 0 if it's none.
func escape(data []byte, i int) int {
	if i+1 >= len(data) {
		return 0
	}
	switch data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(data, i+2); ok {
			return 6
		}
	}
	return 0
}

// hex4 returns the value of the four hexadecimal digits at i.
func hex4(data []byte, i int) (r rune, ok bool) {
	if i+4 > len(data) {
		return 0, false
	}
	for _, c := range data[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// invalid returns where b stops being UTF-8, or -1.
func invalid(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	i := 0
	for {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
}

func skipLiteral(data []byte, i int, text string) (end int, want string) {
	if len(data)-i < len(text) || string(data[i:i+len(text)]) != text {
		return i, wantValue
	}
	return i + len(text), ""
}

func skipNumber(data []byte, i int) (end int, want string) {
	start := i
	if i < len(data) && data[i] == '-' {
		i++
	}
	n := digits(data, i)
	switch {
	case n == i && i > start:
		return i, wantDigit
	case n == i:
		return i, wantValue
	case data[i] == '0':
		n = i + 1 // what follows can't be a digit, and isn't this number's
	}
	i = n
	if i < len(data) && data[i] == '.' {
		if n = digits(data, i+1); n == i+1 {
			return n, wantDigit
		}
		i = n
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		if n = digits(data, i); n == i {
			return i, wantDigit
		}
		i = n
	}
	return i, ""
}

// digits returns where the digits at i end.
func digits(data []byte, i int) int {
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}
