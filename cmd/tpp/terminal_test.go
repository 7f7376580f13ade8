package main

import (
	"bytes"
	"io"
	"os"
	"testing"
)

func TestAppendVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 😀 \U0001f469\u200d\U0001f680\n\tx": "plain é 😀 \U0001f469\u200d\U0001f680\n\tx",
		"\x1b[2J":                         `\u001b[2J`,
		"\u009b31m\u0085":                 `\u009b31m\u0085`,
		"a\rb\x00\x7f\b":                  `a\u000db\u0000\u007f\u0008`,
		"\x9b31m\xff":                     `\x9b31m\xff`,
		"e\xcc":                           `e\xcc`,
		"\u202egnp.exe\u2066\u2028\u200f": `\u202egnp.exe\u2066\u2028\u200f`,
		"\ufffd":                          "\ufffd",
	} {
		if got := string(appendVisible(nil, []byte(in))); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// TestShown: what isn't a terminal gets the bytes as they are.
func TestShown(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer pipe.Close()
	for _, w := range []io.Writer{file, pipe, new(bytes.Buffer)} {
		if shown(w) != w {
			t.Errorf("%T isn't left alone", w)
		}
	}
	if n, err := (visible{io.Discard}).Write([]byte("\x1b")); n != 1 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
}
