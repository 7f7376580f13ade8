package wiretest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A Conversation is what a client and a server send to each other on one connection.
type Conversation struct {
	Name  string // the sentence above it
	File  string
	Line  int // where it begins
	Steps []Step
}

// A Step is one line of a conversation.
type Step struct {
	Kind  Kind
	Data  []byte // for Error the text of the line
	EOF   bool   // the side ends its half of the connection
	Reset bool   // the side breaks the connection
	Line  int
}

// Kind is the character that a line begins with.
type Kind byte

// The kinds of lines.
const (
	Client Kind = '>' // the client sends
	Server Kind = '<' // the server sends
	Body   Kind = '=' // the client returns a body
	Error  Kind = '!' // the call ends with an error
)

// Sent returns all bytes that one side sends.
func (c *Conversation) Sent(side Kind) []byte {
	var all []byte
	for _, s := range c.Steps {
		if s.Kind == side {
			all = append(all, s.Data...)
		}
	}
	return all
}

// Outcome returns the steps with the results in the client. There are none if they are
// obvious.
func (c *Conversation) Outcome() []Step {
	var all []Step
	for _, s := range c.Steps {
		if s.Kind == Body || s.Kind == Error {
			all = append(all, s)
		}
	}
	return all
}

// Load returns the conversations of the file at path.
func Load(t testing.TB, path string) []*Conversation {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Parse(filepath.Base(path), data)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Each runs play for each conversation of the file at path, in a subtest of its own.
func Each(t *testing.T, path string, play func(t *testing.T, c *Conversation)) {
	t.Helper()
	for _, c := range Load(t, path) {
		t.Run(strings.TrimSuffix(c.Name, "."), func(t *testing.T) {
			t.Logf("%s:%d", c.File, c.Line)
			play(t, c)
		})
	}
}

// Parse returns the conversations of a file. The error has every mistake in it, with the
// file's name and the line.
func Parse(file string, data []byte) ([]*Conversation, error) {
	p := parser{file: file}
	for line := range bytes.Lines(data) {
		p.line++
		p.parse(strings.TrimRight(string(line), "\r\n"))
	}
	p.end()
	return p.done, errors.Join(p.errs...)
}

// A parser holds the conversation that it reads.
type parser struct {
	file string
	line int
	name []string
	conv *Conversation
	done []*Conversation
	errs []error
}

func (p *parser) fail(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d: %w", p.file, p.line, fmt.Errorf(format, args...)))
}

// parse reads one line.
func (p *parser) parse(line string) {
	switch {
	case strings.TrimSpace(line) == "":
		p.end()
	case line[0] == '#':
		if p.conv != nil {
			p.fail("a sentence within a conversation")
			return
		}
		p.name = append(p.name, strings.TrimSpace(strings.TrimLeft(line, "#")))
	case line[0] == ' ' || line[0] == '\t':
		if p.conv == nil {
			p.fail("nothing above to go on with")
			return
		}
		last := &p.conv.Steps[len(p.conv.Steps)-1]
		if last.EOF || last.Reset || last.Kind == Error {
			p.fail("the line above is complete")
			return
		}
		last.Data = append(last.Data, p.literals(line)...)
	case strings.ContainsRune("><=!", rune(line[0])):
		p.step(Kind(line[0]), strings.TrimSpace(line[1:]))
	default:
		p.fail("a line begins with #, >, <, =, ! or a blank, not %q", line[:1])
	}
}

// step adds a step to the conversation. The first step begins one.
func (p *parser) step(kind Kind, text string) {
	if p.conv == nil {
		if len(p.name) == 0 {
			p.fail("a conversation without a sentence above it")
		}
		p.conv = &Conversation{Name: strings.Join(p.name, " "), File: p.file, Line: p.line}
	}
	s := Step{Kind: kind, Line: p.line}
	switch {
	case kind == Error:
		s.Data = []byte(text)
	case kind != Body && text == "eof":
		s.EOF = true
	case kind != Body && text == "reset":
		s.Reset = true
	default:
		s.Data = p.literals(text)
	}
	p.conv.Steps = append(p.conv.Steps, s)
}

// end ends the conversation, if there is one.
func (p *parser) end() {
	if p.conv != nil {
		p.done = append(p.done, p.conv)
	}
	p.conv, p.name = nil, nil
}

// literals returns the bytes of the Go string literals in text, which may be repeated.
func (p *parser) literals(text string) []byte {
	var all []byte
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil || quoted[0] == '\'' {
			p.fail("no string literal at %q", text)
			return nil
		}
		piece, err := strconv.Unquote(quoted)
		if err != nil {
			p.fail("%s: %w", quoted, err)
			return nil
		}
		text = text[len(quoted):]
		times := 1
		if strings.HasPrefix(text, "*") {
			digits := text[1:]
			if i := strings.IndexByte(digits, ' '); i >= 0 {
				digits = digits[:i]
			}
			if times, err = strconv.Atoi(digits); err != nil || times < 0 {
				p.fail("no number of times after %s: %q", quoted, digits)
				return nil
			}
			text = text[1+len(digits):]
		}
		for range times {
			all = append(all, piece...)
		}
	}
	return all
}
