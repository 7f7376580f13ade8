package golang

// This file writes the variables that decoders refer to.

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/rules"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// variables writes the patterns and rules of the package, in the order of the
// types that use them:
//
//	var reObjectID = codec.MustPattern(`^[0-9a-f]{24}$`)
func (e *emitter) variables() []jen.Code {
	var code []jen.Code
	done := map[string]bool{}
	var visit func(t *model.Type)
	visit = func(t *model.Type) {
		for _, p := range patterns(t) {
			if name := e.n.pattern[p.Source]; !done[name] {
				done[name] = true
				code = append(code, jen.Line(), e.patternVariable(p))
			}
		}
		if t.Rules != nil && !done[e.n.rules[t]] {
			done[e.n.rules[t]] = true
			code = append(code, jen.Line(), e.rulesVariable(t))
		}
		for part := range t.Parts() {
			if e.n.typ[part.Type] == "" {
				visit(part.Type)
			}
		}
	}
	for _, t := range e.n.types {
		visit(t)
	}
	return code
}

// patterns returns the patterns that code for a t matches with.
func patterns(t *model.Type) []*model.Pattern {
	var list []*model.Pattern
	if p := t.Checks.Pattern; p != nil && t.Kind == model.String {
		list = append(list, p)
	}
	for _, g := range t.Groups {
		list = append(list, g.Patterns...)
	}
	return list
}

func (e *emitter) patternVariable(p *model.Pattern) jen.Code {
	name := e.n.pattern[p.Source]
	re2, ok, _ := ecma.Translate(p.Source)
	if ok {
		made := inCodec("MustPattern").Call(pattern(re2))
		if re2 != p.Source {
			made = jen.Add(made).Dot("Named").Call(pattern(p.Source))
		}
		return jen.Var().Id(name).Op("=").Add(made)
	}
	about := name + " has what package regexp can't match, such as a lookahead."
	return jen.Comment(comment(about, 0)).Line().
		Var().Id(name).Op("=").Qual(ecmaPath, "MustPattern").Call(pattern(p.Source))
}

// pattern writes a regular expression, or rules: between backquotes, over
// several lines if need be, unless that would change it.
func pattern(s string) jen.Code {
	if s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return r == '`' || r == '\uFEFF' || r != '\n' && unicode.IsControl(r)
	}) {
		return jen.Lit(s)
	}
	return jen.Op("`" + s + "`")
}

// rulesVariable writes
//
//	// configRules are what straight-line code can't check of order.json#/$defs/Config.
//	var configRules = validate.MustCompile(`…`)
func (e *emitter) rulesVariable(t *model.Type) jen.Code {
	doc, needsECMA := rules.Text(t.Rules)
	args := []jen.Code{pattern(doc)}
	if needsECMA {
		args = append(args, jen.Qual(ecmaPath, "Engine"))
	}
	name := e.n.rules[t]
	about := fmt.Sprintf("%s are what straight-line code can't check of %s.", name, standsAt(t.Rules))
	return jen.Comment(comment(about, 0)).Line().
		Var().Id(name).Op("=").Qual(rulesPath, "MustCompile").Call(args...)
}

// standsAt returns where s stands, without the folder, which differs from
// machine to machine.
func standsAt(s *model.Schema) string {
	file, inside, _ := strings.Cut(s.Pointer, "#")
	if inside == "" {
		return path.Base(file)
	}
	return path.Base(file) + "#" + inside
}
