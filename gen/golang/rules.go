package golang

// This file prints what is left to an evaluator, as the canonical JSON Schema
// that runtime/validate compiles.

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

// rulesDocument prints root. Schemas that are referred to, and those that
// stand in several places, are in $defs. It reports whether a pattern needs an
// engine for ECMA-262.
func rulesDocument(root *model.Schema) (doc string, ecma bool) {
	p := &rulesPrinter{places: map[*model.Schema]int{}, refs: map[*model.Schema]string{}, taken: map[string]bool{}}
	p.count(root)
	p.name(root, true, map[*model.Schema]bool{})
	o := p.inner(root, true)
	if len(p.shared) > 0 {
		defs := &object{}
		for _, s := range p.shared {
			defs.add(p.refs[s], p.inner(s, false))
		}
		o.add("$defs", defs)
	}
	var b strings.Builder
	write(&b, o, 0)
	return b.String(), p.ecma
}

// A rulesPrinter prints one document.
type rulesPrinter struct {
	places map[*model.Schema]int    // how often a schema is used in place
	refs   map[*model.Schema]string // the names of those in $defs
	shared []*model.Schema          // those in $defs, in the order they're met
	taken  map[string]bool
	ecma   bool
}

// An object is a JSON object in order. A value is an *object, a []any, or a
// string that holds JSON text.
type object struct {
	names  []string
	values []any
}

func (o *object) add(name string, value any) {
	o.names = append(o.names, name)
	o.values = append(o.values, value)
}

// A child is a schema inside another, and whether it is referred to rather
// than written in place.
type child struct {
	schema *model.Schema
	ref    bool
}

// children returns the schemas inside s.
func children(s *model.Schema) []child {
	var list []child
	in := func(schemas ...*model.Schema) {
		for _, c := range schemas {
			if c != nil {
				list = append(list, child{c, false})
			}
		}
	}
	if s.Ref != nil {
		list = append(list, child{s.Ref, true})
	}
	for _, scope := range s.Scope {
		list = append(list, child{scope.Schema, true})
	}
	in(s.AllOf...)
	in(s.AnyOf...)
	in(s.OneOf...)
	in(s.Not, s.If, s.Then, s.Else)
	for _, p := range s.Properties {
		in(p.Schema)
	}
	for _, p := range s.PatternProperties {
		in(p.Schema)
	}
	in(s.Additional, s.PropertyNames, s.UnevaluatedProps)
	for _, p := range s.DependentSchemas {
		in(p.Schema)
	}
	in(s.PrefixItems...)
	in(s.Items, s.Contains, s.UnevaluatedItems)
	return list
}

// count counts in how many places each schema stands.
func (p *rulesPrinter) count(s *model.Schema) {
	p.places[s]++
	if p.places[s] > 1 {
		return
	}
	for _, c := range children(s) {
		p.count(c.schema)
	}
}

// name finds the schemas that belong into $defs and names them.
func (p *rulesPrinter) name(s *model.Schema, root bool, seen map[*model.Schema]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	if !root && p.places[s] > 1 && !small(s) {
		p.share(s)
	}
	for _, c := range children(s) {
		if c.ref || root && c.schema == s {
			p.share(c.schema)
		}
		p.name(c.schema, false, seen)
	}
	if root && p.places[s] > 1 {
		p.share(s)
	}
}

func (p *rulesPrinter) share(s *model.Schema) {
	if p.refs[s] != "" {
		return
	}
	base := nameOf(s)
	name := base
	for i := 2; p.taken[name]; i++ {
		name = base + strconv.Itoa(i)
	}
	p.taken[name] = true
	p.refs[s] = name
	p.shared = append(p.shared, s)
}

// small tells of the schemas that are shorter than a reference.
func small(s *model.Schema) bool {
	return s.Never || len(children(s)) == 0 && s.Enum == nil && s.Pattern == nil && len(s.Required) == 0
}

var unsafeName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// nameOf returns the last word of where s stands, without what a reference
// would have to escape.
func nameOf(s *model.Schema) string {
	words := strings.FieldsFunc(s.Pointer, func(r rune) bool { return r == '/' || r == '#' })
	for i := len(words) - 1; i >= 0; i-- {
		if name := strings.Trim(unsafeName.ReplaceAllString(words[i], "_"), "_"); name != "" {
			return name
		}
	}
	return "schema"
}

// schema prints s where it stands: itself or a reference to $defs.
func (p *rulesPrinter) schema(s *model.Schema) any {
	if name := p.refs[s]; name != "" {
		o := &object{}
		o.add("$ref", quote("#/$defs/"+name))
		return o
	}
	if s.Never {
		return "false"
	}
	o := p.inner(s, false)
	if len(o.names) == 0 {
		return "true"
	}
	return o
}

// inner prints the keywords of s. The root, if others refer to it, is a
// reference itself.
func (p *rulesPrinter) inner(s *model.Schema, root bool) *object {
	o := &object{}
	if root && p.refs[s] != "" {
		o.add("$ref", quote("#/$defs/"+p.refs[s]))
		return o
	}
	if s.Never {
		o.add("not", &object{})
		return o
	}
	p.references(o, s)
	p.values(o, s)
	p.applicators(o, s)
	p.properties(o, s)
	p.items(o, s)
	return o
}

// lineWidth is how long the line of a value may be before it's broken up.
const lineWidth = 80

// write prints a value: on one line if it fits, else with one member or item
// a line.
func write(b *strings.Builder, value any, indent int) {
	line := oneLineOf(value)
	if 2*indent+len(line) <= lineWidth {
		b.WriteString(line)
		return
	}
	newLine := func(depth int) { b.WriteString("\n" + strings.Repeat("  ", depth)) }
	switch v := value.(type) {
	case string:
		b.WriteString(v)
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			newLine(indent + 1)
			write(b, item, indent+1)
		}
		newLine(indent)
		b.WriteByte(']')
	case *object:
		b.WriteByte('{')
		for i, name := range v.names {
			if i > 0 {
				b.WriteByte(',')
			}
			newLine(indent + 1)
			b.WriteString(quote(name) + ": ")
			write(b, v.values[i], indent+1)
		}
		newLine(indent)
		b.WriteByte('}')
	default:
		panic(fmt.Sprintf("golang: no rule to print a %T", value))
	}
}

// oneLineOf prints a value on one line.
func oneLineOf(value any) string {
	switch v := value.(type) {
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = oneLineOf(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case *object:
		members := make([]string, len(v.names))
		for i, name := range v.names {
			members[i] = quote(name) + ": " + oneLineOf(v.values[i])
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	return value.(string)
}
