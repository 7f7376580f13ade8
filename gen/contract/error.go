package contract

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/words"
)

var errorName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// declareErrors reads the table of errors.
func (r *reader) declareErrors(n *document.Node) {
	if !r.Object(n, "errors") {
		return
	}
	s := r.contract.Service
	for i := range n.Members {
		m := &n.Members[i]
		if r.errors[m.Name] != nil {
			continue // gen/document has reported it
		}
		if !errorName.MatchString(m.Name) {
			r.Problems.Add(m.Key.Pos(), "error name %q must begin with a letter and have letters, digits and _ only", m.Name)
		}
		e := r.declareError(m)
		r.errors[m.Name] = e
		r.distinct(m, e)
		s.Errors = append(s.Errors, e)
	}
}

func (r *reader) declareError(m *document.Member) *model.Error {
	what := fmt.Sprintf("error %q", m.Name)
	e := &model.Error{Name: m.Name, Pos: m.Key.Pos()}
	if !r.Object(m.Value, what) {
		return e
	}
	r.Keys(m.Value, what, "code", "description", "message", "match", "data", "x-go-name")
	e.Description = r.description(m.Value)
	e.Names = r.goName(m.Value)
	e.Code = r.code(m, what)
	r.words(m, e)
	if n := m.Value.Member("data"); n != nil {
		r.slot(n, "data", Slot{Place: ErrorData, Error: e, Words: []string{m.Name, "data"}})
	}
	return e
}

// words reads the words by which callers know an error that has no name on the wire.
func (r *reader) words(m *document.Member, e *model.Error) {
	e.Message = strings.ToLower(strings.Join(words.Dictionary(nil).Split(m.Name), " "))
	message := m.Value.Member("message")
	if message != nil {
		e.Message, _ = r.NonEmpty(message, "message")
	}
	n := m.Value.Member("match")
	if n == nil {
		return
	}
	e.Match, _ = r.NonEmpty(n, "match")
	switch re, err := regexp.Compile(e.Match); {
	case err != nil:
		reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		r.Problems.Add(n.Pos(), "match isn't a regular expression: %s", reason)
	case e.Match == "" || re.MatchString(e.Message):
	case message != nil:
		r.Problems.Add(message.Pos(), "message doesn't fit match, so a client doesn't know this error by it: change one of them")
	default:
		r.Problems.Add(n.Pos(), "match doesn't fit %q, which is the message of the error: add a message that fits", e.Message)
	}
}

// code reads the code of an error, a number from 1 on.
func (r *reader) code(m *document.Member, what string) int {
	n := m.Value.Member("code")
	if n == nil {
		if r.Lacks(m.Value, "code") {
			r.Problems.Add(m.Key.Pos(), "%s has no code: add the number that the response carries", what)
		}
		return 0
	}
	if n.Kind != document.Number {
		r.WrongKind(n, "code", document.Number)
		return 0
	}
	f, err := strconv.ParseFloat(n.Text, 64)
	if err != nil || f != math.Trunc(f) || f < 1 || f > math.MaxInt32 {
		r.Problems.Add(n.Pos(), "code %s must be a whole number from 1 to %d: 0 is success", n.Text, math.MaxInt32)
		return 0
	}
	return int(f)
}

// distinct adds a problem if callers can't tell e from an error before it.
func (r *reader) distinct(m *document.Member, e *model.Error) {
	for _, other := range r.contract.Service.Errors {
		if e.Code == 0 || other.Code != e.Code || other.Match != e.Match {
			continue
		}
		r.Problems.Add(m.Key.Pos(), "errors %q and %q can't be told apart, since both are code %d: give each a match of its own",
			other.Name, e.Name, e.Code)
		return
	}
}
