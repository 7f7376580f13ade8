package validate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// compile compiles the document of a schema.
func compile(doc string, engines []Engine) (root *node, err error) {
	c := compiler{keywords: keywords(), defs: map[string]*node{}}
	if len(engines) > 0 {
		c.engine = engines[0]
	}
	if !c.parse(doc) {
		return nil, fmt.Errorf("a schema that isn't JSON: %w", c.syntaxError())
	}
	defer func() {
		if bad, ok := recover().(mistake); ok {
			root, err = nil, errors.New(string(bad))
		}
	}()
	definitions := c.member(0, "$defs")
	// References may lead forward, so all targets are there before any is filled.
	if definitions >= 0 {
		c.each(definitions, func(name string, _ int) { c.defs[name] = newNode() })
		c.each(definitions, func(name string, at int) { c.fill(c.defs[name], at) })
	}
	return c.schema(0), nil
}

// A mistake in a schema is what the compiler panics with; compile recovers it.
type mistake string

type compiler struct {
	document
	keywords map[string]*keyword
	engine   Engine
	defs     map[string]*node
}

// fail gives up on the schema because of the value at a token.
func (c *compiler) fail(at int, format string, args ...any) {
	panic(mistake(c.pointer(0, at) + ": " + fmt.Sprintf(format, args...)))
}

// need gives up if a token isn't of the kind that a keyword has.
func (c *compiler) need(at int, k kind, what string) {
	if c.tokens[at].kind&k == 0 {
		c.fail(at, "expected %s, found %s", what, c.raw(at))
	}
}

// each calls f with the members of an object.
func (c *compiler) each(at int, f func(name string, at int)) {
	c.need(at, object, "an object")
	for i := at + 1; i < c.tokens[at].next; i = c.tokens[i+1].next {
		f(c.str(i), i+1)
	}
}

func (c *compiler) schema(at int) *node {
	s := newNode()
	c.fill(s, at)
	return s
}

// fill compiles the schema at a token into s.
func (c *compiler) fill(s *node, at int) {
	c.need(at, object|boolean, "a schema")
	if c.tokens[at].kind == boolean {
		s.never = c.raw(at) == "false"
		return
	}
	s.said = make([]*keyword, 0, c.tokens[at].count)
	c.each(at, func(name string, value int) {
		if name == "$defs" && at == 0 {
			return
		}
		k := c.keywords[name]
		if k == nil {
			c.fail(value, "unknown keyword %q", name)
		}
		k.compile(c, s, value)
		s.said = append(s.said, k)
	})
	s.arrange()
}

func (c *compiler) properties(s *node, at int) {
	c.each(at, func(name string, value int) {
		c.changeMember(s, name, func(m *member) { m.schema = c.schema(value) })
	})
}

func (c *compiler) required(s *node, at int) {
	s.required = c.texts(at)
	for _, name := range s.required {
		c.changeMember(s, name, func(m *member) { m.required = true })
	}
}

func (c *compiler) changeMember(s *node, name string, change func(*member)) {
	if s.members == nil {
		s.members = map[string]member{}
	}
	m := s.members[name]
	change(&m)
	s.members[name] = m
}

func (c *compiler) patternProperties(s *node, at int) {
	c.each(at, func(re string, value int) {
		s.patterns = append(s.patterns, patternMember{c.re2(value, re), c.schema(value)})
	})
}

func (c *compiler) ecmaProperties(s *node, at int) {
	for _, at := range c.list(at) {
		s.patterns = append(s.patterns, patternMember{c.ecma(c.want(at, "ecma")), c.schema(c.want(at, "schema"))})
	}
}

func (c *compiler) dependentRequired(s *node, at int) {
	c.each(at, func(name string, value int) {
		s.dependentRequired = append(s.dependentRequired, dependentRequired{name, c.texts(value)})
	})
}

func (c *compiler) dependentSchemas(s *node, at int) {
	c.each(at, func(name string, value int) {
		s.dependentSchemas = append(s.dependentSchemas, dependentSchema{name, c.schema(value)})
	})
}

func (c *compiler) not(s *node, at int) {
	s.not = c.schema(at)
	s.never = c.tokens[at].count == 0 && c.raw(at) != "false" // true or {}
}

func (c *compiler) scope(s *node, at int) {
	c.each(at, func(name string, value int) { s.scope = append(s.scope, anchor{name, c.target(value)}) })
}

// kindNames are the words of the keyword type.
var kindNames = map[string]kind{
	"null": null, "boolean": boolean, "number": number, "string": text, "array": array, "object": object,
	"integer": integer, "strictInteger": strictInteger,
}

func (c *compiler) kinds(at int) kind {
	names := []string{}
	if c.tokens[at].kind == text {
		names = append(names, c.str(at))
	} else {
		names = c.texts(at)
	}
	var ks kind
	for _, name := range names {
		k, ok := kindNames[name]
		if !ok {
			c.fail(at, "unknown type %q", name)
		}
		ks |= k
	}
	return ks
}

// enum adds the values that enum or const allow. A schema with both allows what
// is in both.
func (c *compiler) enum(s *node, values []int) {
	before := s.enum
	s.enum, s.enumKinds, s.enumTexts = map[string]bool{}, 0, nil
	for _, at := range values {
		canonical := string(c.appendCanonical(nil, at))
		if before != nil && !before[canonical] {
			continue
		}
		s.enum[canonical] = true
		s.enumKinds |= c.tokens[at].kind
		s.enumTexts = append(s.enumTexts, c.raw(at))
	}
}

func (c *compiler) list(at int) []int {
	c.need(at, array, "an array")
	var items []int
	for i := at + 1; i < c.tokens[at].next; i = c.tokens[i].next {
		items = append(items, i)
	}
	return items
}

func (c *compiler) text(at int) string {
	c.need(at, text, "a string")
	return c.str(at)
}

func (c *compiler) texts(at int) []string {
	var out []string
	for _, at := range c.list(at) {
		out = append(out, c.text(at))
	}
	return out
}

func (c *compiler) flag(at int) bool {
	c.need(at, boolean, "a boolean")
	return c.raw(at) == "true"
}

func (c *compiler) count(at int) int {
	n, err := strconv.Atoi(c.raw(at))
	if err != nil || n < 0 {
		c.fail(at, "expected a count, found %s", c.raw(at))
	}
	return n
}

// oneOf returns the text at a token, which must be one that can be asserted.
func (c *compiler) oneOf(at int, allowed ...string) string {
	s := c.text(at)
	for _, a := range allowed {
		if s == a {
			return s
		}
	}
	c.fail(at, "expected one of %q, found %q", allowed, s)
	return ""
}

// want returns the member of that name, which must be there.
func (c *compiler) want(at int, name string) int {
	c.need(at, object, "an object")
	value := c.member(at, name)
	if value < 0 {
		c.fail(at, "no %q", name)
	}
	return value
}

// target returns the definition that a reference names.
func (c *compiler) target(at int) *node {
	ref := c.text(at)
	name, ok := strings.CutPrefix(ref, "#/$defs/")
	s := c.defs[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	if !ok || s == nil {
		c.fail(at, "no definition %q", ref)
	}
	return s
}

func (c *compiler) pattern(at int) *pattern {
	if c.tokens[at].kind == object {
		return c.ecma(c.want(at, "ecma"))
	}
	return c.re2(at, c.text(at))
}

func (c *compiler) re2(at int, source string) *pattern {
	re, err := codec.NewPattern(source)
	if err != nil {
		c.fail(at, "%v", err)
	}
	return newPattern(source, re)
}

func (c *compiler) ecma(at int) *pattern {
	source := c.text(at)
	if c.engine == nil {
		c.fail(at, "no engine for the pattern %q", source)
	}
	m, err := c.engine(source)
	if err != nil {
		c.fail(at, "%v", err)
	}
	return newPattern(source, m)
}
