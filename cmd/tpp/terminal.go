package main

import (
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// This file keeps what a service or a contract says from controlling a terminal.

// shown returns a writer to w for text that others wrote. If w is a terminal, what the
// terminal would obey is shown instead, such as \u001b for the beginning of an escape
// sequence. Anything else, such as a file or a pipe, gets the bytes as they are.
func shown(w io.Writer) io.Writer {
	file, ok := w.(*os.File)
	if !ok {
		return w
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return w
	}
	return visible{w}
}

// A visible writer shows control characters. Each Write must be whole text: half a
// character at its end is shown as bytes.
type visible struct{ io.Writer }

func (v visible) Write(p []byte) (int, error) {
	if _, err := v.Writer.Write(appendVisible(nil, p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// appendVisible appends p to b, with escapes as in JSON for control characters and for
// characters that change the direction of text, and \x and two digits for bytes that aren't
// UTF-8. Line feeds and tabs stay.
func appendVisible(b, p []byte) []byte {
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		switch {
		case r == utf8.RuneError && n == 1:
			b = fmt.Appendf(b, `\x%02x`, p[0])
		case r == '\n', r == '\t', !controls(r):
			b = append(b, p[:n]...)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		p = p[n:]
	}
	return b
}

// controls reports whether a terminal acts on r: C0, DEL and C1, the marks and overrides of
// bidirectional text, and the separators of lines and paragraphs.
func controls(r rune) bool {
	switch {
	case r < ' ', 0x7f <= r && r <= 0x9f, r == 0x061c,
		0x200e <= r && r <= 0x200f, 0x2028 <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
		return true
	}
	return false
}
