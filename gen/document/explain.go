package document

// This file finds the mistake in a text that can't be parsed. A parser reports where it had
// to stop, which is often far after the mistake.

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A fault is one mistake in a text.
type fault struct {
	line, col int // from 1
	message   string
}

// explain returns what is wrong with a YAML text that can't be read: the parser
// says message of the place at.
func explain(data []byte, at fault) fault {
	lines := strings.Split(string(data), "\n")
	if at.line > len(lines) || strings.Contains(at.message, "could not find expected ':'") {
		for at.line = min(at.line, len(lines)); at.line > 1 && !hasText(lines[at.line-1]); at.line-- {
		}
		at.col = len(lines[at.line-1]) - len(strings.TrimLeft(lines[at.line-1], " ")) + 1
	}
	line := strings.TrimRight(lines[at.line-1], "\r")
	scanned := scanYAML(data, at)
	for i := range lines[:min(at.line, len(lines))] {
		if text := strings.TrimRight(lines[i], " \r"); text == "---" && slices.ContainsFunc(lines[:i], hasText) {
			return fault{i + 1, 1, "a second YAML document begins here: a file holds one"}
		}
	}
	switch {
	case tabbed(data, at.line):
		at.message = "a tab can't indent a line: use spaces"
	case strings.Contains(at.message, "unknown escape"):
		at.message = "a backslash between double quotes begins an escape: write two of them, or use single quotes"
	case scanned.quote != nil && scanned.quote.line < at.line:
		return *scanned.quote
	case strings.Contains(at.message, "cannot start any token"):
		at.message = "a text can't begin with this character: put it in quotes"
	case strings.Contains(at.message, "unknown anchor"):
		at.message += ": a text that begins with * needs quotes"
	case tight.MatchString(line) && strings.Contains(at.message, "expected '-'"):
		at.message = "a list item begins with a dash and a blank"
	case scanned.open != nil:
		return *scanned.open
	case strings.Contains(at.message, "mapping values are not allowed"):
		if strings.Contains(strings.TrimSpace(line[:min(len(line), max(at.col-1, 0))]), ":") {
			at.message = "a text with a colon and a blank in it needs quotes"
		} else {
			at.message = "a key can't stand below a text: indent it like the keys above"
		}
	case strings.Contains(at.message, "could not find expected ':'"):
		at.message = "a key needs a colon and a blank behind it"
	case strings.Contains(at.message, "did not find expected key"), strings.Contains(at.message, "expected '-'"):
		if f := indentation(lines, at.line); f != nil {
			return *f
		}
		at.message = "not YAML: " + at.message
	default:
		at.message = "not YAML: " + at.message
	}
	return at
}

// tight matches an item of a list without a blank behind its dash.
var tight = regexp.MustCompile(`^\s*-[^-\s]`)

// indentation returns what is wrong with the blanks in front of a line, or of the one before
// it, or nil if they fit those above.
func indentation(lines []string, number int) *fault {
	if number > len(lines) {
		return nil
	}
	blanks := func(line string) (n int, ok bool) {
		return len(line) - len(strings.TrimLeft(line, " ")), hasText(line)
	}
	odd := func(line, n, other, m int) *fault {
		return &fault{line, n + 1, fmt.Sprintf("this line is indented by %d, but line %d by %d: indent the keys of an object alike", n, other, m)}
	}
	var open []int // the lines that the blocks around the line begin with
	siblings := 0  // lines of the innermost block that is left
	for i, line := range lines[:number-1] {
		n, ok := blanks(line)
		if !ok {
			continue
		}
		for len(open) > 0 {
			if last, _ := blanks(lines[open[len(open)-1]]); last <= n {
				break
			}
			open = open[:len(open)-1]
			siblings = 2
		}
		if len(open) > 0 {
			if last, _ := blanks(lines[open[len(open)-1]]); last == n {
				siblings++
				continue
			}
		}
		open, siblings = append(open, i), 1
	}
	n, _ := blanks(lines[number-1])
	var left int
	for len(open) > 0 {
		last, _ := blanks(lines[open[len(open)-1]])
		if last == n {
			return nil
		}
		if last < n {
			break
		}
		left = open[len(open)-1] + 1
		if len(open) > 1 {
			if before, _ := blanks(lines[open[len(open)-2]]); before >= n {
				siblings = 2
			}
		}
		open = open[:len(open)-1]
	}
	if left == 0 {
		for i := number - 2; i >= 0; i-- { // a key has a value on its line, and more below
			if above, ok := blanks(lines[i]); ok && above < n {
				return odd(number, n, i+1, above)
			} else if ok {
				break
			}
		}
		return nil
	}
	above, _ := blanks(lines[left-1])
	if next := lines[number:]; siblings == 1 && len(next) > 0 {
		if after, ok := blanks(next[0]); ok && after == n { // the line before is the odd one
			return odd(left, above, number, n)
		}
	}
	return odd(number, n, left, above)
}

// hasText reports whether a line has more than blanks and a comment.
func hasText(line string) bool {
	text := strings.TrimSpace(line)
	return text != "" && text[0] != '#'
}

// A scan is what is open where a parser can't go on.
type scan struct {
	quote *fault // a quote that is closed on another line, if it's the last one
	open  *fault // a bracket that isn't closed
}

// scanYAML looks for quotes and brackets that are open at a place of a text.
func scanYAML(data []byte, until fault) scan {
	var s scan
	var open []fault
	line, start := 1, 0
	value := true // whether a quote or bracket can begin here
	for i := 0; i < len(data); i++ {
		c := data[i]
		if line > until.line || line == until.line && i-start+1 > until.col {
			break
		}
		here := fault{line: line, col: i - start + 1}
		switch {
		case c == '\n':
			line, start, value = line+1, i+1, true
			continue
		case c == '#' && (i == start || data[i-1] == ' '):
			for i+1 < len(data) && data[i+1] != '\n' {
				i++
			}
			continue
		case value && (c == '"' || c == '\''):
			end := closing(data, i)
			if text := data[i:min(end+1, len(data))]; bytes.IndexByte(text, '\n') >= 0 {
				here.message = "this quote isn't closed on its line: close it"
				s.quote = &here
				line += bytes.Count(text, []byte("\n"))
				start = i + bytes.LastIndexByte(text, '\n') + 1
			} else {
				s.quote = nil
			}
			i, value = end, false
			continue
		case (value || len(open) > 0) && (c == '{' || c == '['):
			here.message = fmt.Sprintf("this %c isn't closed: add its %c", c, c+2)
			open = append(open, here)
		case len(open) > 0 && (c == '}' || c == ']'):
			open = open[:len(open)-1]
		}
		switch c {
		case ' ', '\t', '\r':
		case ':', ',', '-', '{', '[', '?':
			value = c != ':' && c != '-' || i+1 == len(data) || bytes.IndexByte([]byte(" \r\n"), data[i+1]) >= 0
			if len(open) == 0 && c == ',' {
				value = false
			}
		default:
			value = false
		}
	}
	if len(open) > 0 {
		s.open = &open[len(open)-1]
	}
	return s
}

// closing returns the offset of the quote that closes the one at i, or the end of data.
func closing(data []byte, i int) int {
	quote := data[i]
	for i++; i < len(data); i++ {
		switch {
		case data[i] == '\\' && quote == '"':
			i++
		case data[i] == quote && quote == '\'' && i+1 < len(data) && data[i+1] == quote:
			i++
		case data[i] == quote:
			return i
		}
	}
	return len(data)
}

// explainJSON returns what is wrong with a JSON text that a parser can't go on with at an
// offset, and at which offset the mistake is. The message is "" if that's all that is known.
func explainJSON(data []byte, at int) (where int, message string) {
	if open := openJSON(data[:min(at, len(data))]); at >= len(data) && open >= 0 {
		switch c := data[open]; c {
		case '"':
			return open, "this quote isn't closed"
		default:
			return open, fmt.Sprintf("this %c isn't closed: add its %c", c, c+2)
		}
	}
	if at >= len(data) {
		return at, ""
	}
	before := bytes.TrimRight(data[:at], " \t\r\n")
	last := byte(0)
	if len(before) > 0 {
		last = before[len(before)-1]
	}
	switch c := data[at]; {
	case (c == '}' || c == ']') && last == ',':
		return len(before) - 1, fmt.Sprintf("no comma may stand before a %c: remove it", c)
	case c == ',' && (last == ',' || last == '[' || last == '{'):
		return at, "there is nothing before this comma: remove it"
	case c == '/' || c == '#':
		return at, "JSON has no comments: remove it, or write YAML in a file that ends in .yaml"
	case c == '\'':
		return at, "JSON has double quotes only"
	case slices.Contains([]byte{'\n', '\t', '\r'}, c) && openJSON(data[:at]) >= 0 && data[openJSON(data[:at])] == '"':
		return openJSON(data[:at]), "this quote isn't closed on its line: close it, or write \\n for the end of a line"
	case (c == '"' || c == '{' || c == '[') && last != ',' && last != ':' && last != '{' && last != '[' && last != 0:
		if open := openJSON(data[:at]); open >= 0 && data[open] != '"' {
			return len(before), "a comma is missing here"
		}
	case c == '}' || c == ']':
		if open := openJSON(data[:at]); open >= 0 && data[open] != '"' && data[open]+2 != c {
			return at, fmt.Sprintf("this %c closes a %c: write %c", c, data[open], data[open]+2)
		}
	case last == '{' || last == ',':
		if open := openJSON(data[:at]); open >= 0 && data[open] == '{' {
			return at, "a key needs double quotes"
		}
	case last == ':' || last == '[':
		return at, "this is no value of JSON: a text needs double quotes"
	}
	return at, ""
}

// openJSON returns the offset of the last bracket or quote that is open at the end of
// data, or -1.
func openJSON(data []byte) int {
	var open []int
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case '"':
			end := closing(data, i)
			if end >= len(data) {
				return i
			}
			i = end
		case '{', '[':
			open = append(open, i)
		case '}', ']':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}
