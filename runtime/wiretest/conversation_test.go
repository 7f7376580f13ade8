package wiretest

import (
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const text = `
# A file has an introduction,
# which isn't the name of anything.

# A question, and its
# answer.
> "5\n" ` + "`" + `{"a":` + "`" + `
> "y"*3 "\x00"
  "more"
> eof
< "" "2\n"
< reset
= ` + "`{}`" + `
! bad response: it was late

# An answer.
< "z"
`
	all, err := Parse("x.txt", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, c := range all {
		fmt.Fprintf(&got, "%s:%d %s\n", c.File, c.Line, c.Name)
		for _, s := range c.Steps {
			fmt.Fprintf(&got, "%c %q %t %t\n", s.Kind, s.Data, s.EOF, s.Reset)
		}
	}
	const want = `x.txt:7 A question, and its answer.
> "5\n{\"a\":" false false
> "yyy\x00more" false false
> "" true false
< "2\n" false false
< "" false true
= "{}" false false
! "bad response: it was late" false false
x.txt:17 An answer.
< "z" false false
`
	if got.String() != want {
		t.Errorf("Parse gives\n%s\nwant\n%s", &got, want)
	}
	if sent := string(all[0].Sent(Client)); sent != "5\n{\"a\":yyy\x00more" {
		t.Errorf("Sent(Client) = %q", sent)
	}
	if n := len(all[0].Outcome()); n != 2 {
		t.Errorf("Outcome has %d steps, want 2", n)
	}
}

func TestParse_errors(t *testing.T) {
	const text = `> "no name"

# One.
> "unfinished
> abc
> "x"*many
> eof
  "more"
# Another.
? what

  "nothing above"
`
	_, err := Parse("x.txt", []byte(text))
	const want = `x.txt:1: a conversation without a sentence above it
x.txt:4: no string literal at "\"unfinished"
x.txt:5: no string literal at "abc"
x.txt:6: no number of times after "x": "many"
x.txt:8: the line above is complete
x.txt:9: a sentence within a conversation
x.txt:10: a line begins with #, >, <, =, ! or a blank, not "?"
x.txt:12: nothing above to go on with`
	if err == nil || err.Error() != want {
		t.Errorf("Parse: %v\nwant\n%s", err, want)
	}
}
