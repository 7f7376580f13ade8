// Package rules prints predicates of the model as the canonical JSON Schema
// that the evaluator in runtime/validate compiles. Generated code embeds the
// text for what straight-line code can't check; a program that judges documents
// by a contract compiles it while it runs.
package rules

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// Text returns the canonical text of root, which mustn't be nil. Schemas that
// are referred to, or used in several places, are in $defs. NeedsECMA says
// that Go's regexp can't express one of the patterns, so that the text has to
// be compiled with an engine for ECMA-262.
func Text(root *model.Schema) (text string, needsECMA bool) {
	p := &printer{places: map[*model.Schema]int{}, refs: map[*model.Schema]string{}, taken: map[string]bool{}}
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

// A printer prints one document.
type printer struct {
	places map[*model.Schema]int    // how often a schema is used in place
	refs   map[*model.Schema]string // the names of those in $defs
	shared []*model.Schema          // those in $defs, in the order they're met
	taken  map[string]bool
	ecma   bool
}

// referred reports whether a keyword refers to schemas rather than contains them.
func referred(k *keyword.Keyword) bool {
	return k.Holds == keyword.Reference || k.Holds == keyword.Anchors
}

// count counts in how many places each schema stands.
func (p *printer) count(s *model.Schema) {
	p.places[s]++
	if p.places[s] > 1 {
		return
	}
	for c := range keyword.Children(s) {
		p.count(c.Schema)
	}
}

// name finds the schemas that belong in $defs and names them.
func (p *printer) name(s *model.Schema, root bool, seen map[*model.Schema]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	if !root && p.places[s] > 1 && !small(s) {
		p.share(s)
	}
	for c := range keyword.Children(s) {
		if referred(c.Keyword) || root && c.Schema == s {
			p.share(c.Schema)
		}
		p.name(c.Schema, false, seen)
	}
	if root && p.places[s] > 1 {
		p.share(s)
	}
}

func (p *printer) share(s *model.Schema) {
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

// small reports whether a schema is shorter than a reference.
func small(s *model.Schema) bool {
	for range keyword.Children(s) {
		return false
	}
	return s.Never || s.Enum == nil && s.Pattern == nil && len(s.Required) == 0
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
func (p *printer) schema(s *model.Schema) any {
	if name := p.refs[s]; name != "" {
		o := &object{}
		o.add("$ref", model.Quote("#/$defs/"+name))
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
func (p *printer) inner(s *model.Schema, root bool) *object {
	o := &object{}
	if root && p.refs[s] != "" {
		o.add("$ref", model.Quote("#/$defs/"+p.refs[s]))
		return o
	}
	if s.Never {
		o.add("not", &object{})
		return o
	}
	for i := range keyword.All {
		p.keyword(o, &keyword.All[i], s)
	}
	return o
}
