package golang

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// structDecl writes the struct that an object is held by.
func (e *emitter) structDecl(t *model.Type) decl {
	d := decl{e.declared(t, jen.Struct(e.structFields(t)...)),
		e.methods(t, e.structDecode(t), e.appending(func(w *writer) { w.object(t) }))}
	for _, f := range t.Fields {
		if e.n.orElse[f] != "" {
			d.methods = append(d.methods, e.accessor(t, f)...)
		}
	}
	return d
}

func (e *emitter) structFields(t *model.Type) []jen.Code {
	var code []jen.Code
	add := func(comment jen.Code, name string, typ, tag jen.Code) {
		if comment != nil {
			if len(code) > 0 {
				code = append(code, jen.Line())
			}
			code = append(code, comment)
		}
		code = append(code, jen.Id(name).Add(typ).Add(tag))
	}
	for _, f := range t.Fields {
		if held(f) {
			s, of := e.n.fieldSlot(f)
			add(e.aboutField(f, s), e.n.field[f], e.slotType(s, of, e.n.boxed[f]), tag(f, s))
		}
	}
	for _, g := range t.Groups {
		name := e.n.group[g]
		add(fieldComment(e.aboutGroup(g, name), g.Deprecated), name, jen.Map(jen.String()).Add(e.goType(g.Type)), noTag)
	}
	if name := e.n.further[t]; name != "" {
		switch {
		case bare(t):
			code = append(code, jen.Id(name).Add(inCodec("Unknown")))
		case t.Open.Kind == model.Any:
			add(fieldComment(name+" holds the properties that the "+e.source()+" doesn't name.", ""),
				name, inCodec("Unknown"), noTag)
		default:
			add(fieldComment(name+" holds the properties that the "+e.source()+" doesn't name.", ""),
				name, jen.Map(jen.String()).Add(e.goType(t.Open)), noTag)
		}
	}
	if name := e.n.other[t]; name != "" {
		add(fieldComment(name+" is the value if it isn't an object; everything else is zero then.", ""),
			name, jen.Qual("encoding/json", "RawMessage"), noTag)
	}
	return code
}

// tag is the tag of a field, which tells its name in JSON and how it's left out;
// no tag if a tag can't hold the name.
func tag(f *model.Field, s slot) jen.Code {
	if !taggable(f.Name) {
		return jen.Null()
	}
	value := f.Name
	switch {
	case f.Name == "-":
		value += ","
	case f.Required:
	case s == optional:
		value += ",omitzero"
	default:
		value += ",omitempty"
	}
	return jen.Tag(map[string]string{"json": value})
}

// noTag is the tag of a field that is no property.
var noTag = jen.Tag(map[string]string{"json": "-"})

// taggable reports whether encoding/json takes name from a tag.
func taggable(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r)
	})
}

// bare reports whether t is an object of which nothing is known, such as the
// request of an action that takes none. What such an object holds anyhow isn't its
// reader's concern, so the field that keeps it isn't exported.
func bare(t *model.Type) bool {
	return len(t.Fields) == 0 && len(t.Groups) == 0 && !t.Loose && t.Open != nil && t.Open.Kind == model.Any
}

// aboutField is the comment of a field: its description, and what isn't plain
// from its type.
func (e *emitter) aboutField(f *model.Field, s slot) jen.Code {
	doc := f.Doc()
	note := func(text string) {
		if doc != "" {
			doc = sentence(doc) + " "
		}
		doc += text
	}
	if !taggable(f.Name) {
		note(fmt.Sprintf("It's the property %s.", model.Quote(f.Name)))
	}
	switch s {
	case constText:
		note(fmt.Sprintf(`It's %s, or "" if absent.`, f.Type.Values[0].JSON))
	case constInt:
		note(fmt.Sprintf("It's %s, or 0 if absent.", f.Type.Values[0].JSON))
	case flag:
		note(fmt.Sprintf("True means that %s is there: it's always %s.", f.Name, f.Type.Values[0].JSON))
	}
	for _, s := range e.placeLimits(f.Type) {
		note(s)
	}
	switch {
	case e.n.orElse[f] != "":
		note("If absent, " + e.n.orElse[f] + " returns " + f.Default + ".")
	case f.Default != "" && f.Default != "null":
		note("If absent, it means " + f.Default + ".")
	}
	if f.Secret {
		note("It's secret: keep it out of logs.")
	}
	return fieldComment(doc, f.Deprecated)
}

// places numbers the properties of a struct, for the set of those seen:
// those that are required first, so that asking for them is short.
func places(t *model.Type) (order map[*model.Field]int, required []string) {
	order = map[*model.Field]int{}
	for _, f := range t.Fields {
		if f.Required {
			order[f] = len(required)
			required = append(required, f.Name)
		}
	}
	for _, f := range t.Fields {
		if !f.Required {
			order[f] = len(order)
		}
	}
	return order, required
}

// setSize is how many properties one set of those seen holds.
const setSize = 64

// structDecode writes
//
//	*v = Checkout{}
//	var seen uint64
//	at := d.Object()
//	for d.Member() {
//		switch d.Name() {
//		…
//		}
//	}
//	d.Require(at, seen, "repo_id")
func (e *emitter) structDecode(t *model.Type) []jen.Code {
	order, required := places(t)
	counted := len(propertyChecks(&t.Checks, jen.Null())) > 0
	needsAt := len(required) > 0 || counted || t.Rules != nil || t.Secret

	code := []jen.Code{receiver().assign(jen.Id(e.n.typ[t]).Values())}
	if t.Loose {
		code = append(code, e.notObject(t)...)
	}
	if n := len(order); n > setSize {
		code = append(code, jen.Var().Id("seen").Index(jen.Lit((n+setSize-1)/setSize)).Uint64())
	} else if n > 0 {
		code = append(code, jen.Var().Id("seen").Uint64())
	}
	if counted {
		code = append(code, jen.Id("n").Op(":=").Lit(0))
	}
	if needsAt {
		code = append(code, jen.Id("at").Op(":=").Add(dec("Object")))
	} else {
		code = append(code, dec("Object"))
	}
	code = append(code, jen.For(dec("Member")).Block(e.structMember(t, order, counted)...))
	code = append(code, requires(required, len(order) > setSize)...)
	if counted {
		code = append(code, propertyChecks(&t.Checks, jen.Id("n"))...)
	}
	if t.Rules != nil {
		code = append(code, e.check(t))
	}
	return append(code, conceal(t)...)
}

// notObject writes what keeps a value that isn't an object:
//
//	if d.Type() != codec.TypeObject {
//		v.Other = d.Raw()
//		return
//	}
func (e *emitter) notObject(t *model.Type) []jen.Code {
	keep := []jen.Code{field(e.n.other[t]).Op("=").Add(dec("Raw"))}
	if t.Rules != nil {
		keep = append([]jen.Code{jen.Id("at").Op(":=").Add(dec("Offset"))}, keep...)
		keep = append(keep, e.check(t))
	}
	return []jen.Code{jen.If(dec("Type").Op("!=").Add(inCodec("TypeObject"))).Block(append(keep, jen.Return())...)}
}

// structMember writes what reads the current member.
func (e *emitter) structMember(t *model.Type, order map[*model.Field]int, counted bool) []jen.Code {
	further := e.readFurther(t)
	var code []jen.Code
	if counted {
		code = append(code, jen.Id("n").Op("++"))
	}
	if len(t.Fields) == 0 {
		return append(code, further...)
	}
	var cases []jen.Code
	for _, f := range t.Fields {
		body := append([]jen.Code{see(order[f], len(order) > setSize)}, e.readField(f)...)
		cases = append(cases, jen.Case(text(f.Name)).Block(body...))
	}
	cases = append(cases, jen.Default().Block(further...))
	return append(code, jen.Switch(dec("Name")).Block(cases...))
}

// see writes seen = d.Seen(seen, 3).
func see(bit int, several bool) jen.Code {
	set := jen.Id("seen")
	if several {
		set = set.Index(jen.Lit(bit / setSize))
	}
	return jen.Add(set).Op("=").Add(dec("Seen", set, jen.Lit(bit%setSize)))
}

// requires writes what asks for the required properties, which have the first
// places of the sets.
func requires(names []string, several bool) []jen.Code {
	var code []jen.Code
	for i := 0; i < len(names); i += setSize {
		part := names[i:min(i+setSize, len(names))]
		set := jen.Id("seen")
		if several {
			set = set.Index(jen.Lit(i / setSize))
		}
		code = append(code, dec("Require", append([]jen.Code{jen.Id("at"), set}, texts(part)...)...))
	}
	return code
}

// readField writes what reads the value of f.
func (e *emitter) readField(f *model.Field) []jen.Code {
	return concealed(f, e.readHeld(f))
}

// readHeld is readField for what isn't secret.
func (e *emitter) readHeld(f *model.Field) []jen.Code {
	if !held(f) {
		return e.readPlain(place{}, f.Type, 0)
	}
	p := at(field(e.n.field[f]))
	s, of := e.n.fieldSlot(f)
	if s == optional {
		code := e.readOptional(p, of, e.n.boxed[f], 0)
		return e.judged(f.Type, code, p)
	}
	return e.read(p, of, s, 0)
}

// aboutGroup is the comment of the field of a group: which properties it holds, and what
// the schema says of them.
func (e *emitter) aboutGroup(g *model.Group, name string) string {
	var names []string
	for _, p := range g.Patterns {
		names = append(names, strings.TrimPrefix(matches(p.Source), "matches "))
	}
	doc := name + " holds the properties whose names match " + strings.Join(names, " or ") + "."
	if g.Doc() != "" {
		doc += " " + sentence(g.Doc())
	}
	for _, s := range ofEach("Each value: ", e.placeLimits(g.Type)) {
		doc += " " + s
	}
	return doc
}

// readFurther writes what happens to a property that isn't named:
//
//	switch {
//	case reOrderMatching.MatchString(d.Name()):
//		…
//	default:
//		v.Unknown = d.Keep(v.Unknown)
//	}
func (e *emitter) readFurther(t *model.Type) []jen.Code {
	if len(t.Groups) == 0 {
		return e.readOthers(t)
	}
	var cases []jen.Code
	for _, g := range t.Groups {
		var any *jen.Statement
		for _, p := range g.Patterns {
			match := jen.Id(e.n.pattern[p.Source]).Dot("MatchString").Call(dec("Name"))
			if any == nil {
				any = match
			} else {
				any = any.Op("||").Add(match)
			}
		}
		cases = append(cases, jen.Case(any).Block(e.readInto(at(field(e.n.group[g])), g.Type)...))
	}
	return []jen.Code{jen.Switch().Block(append(cases, jen.Default().Block(e.readOthers(t)...))...)}
}

// readOthers is readFurther for a property that isn't in a group.
func (e *emitter) readOthers(t *model.Type) []jen.Code {
	if t.Open == nil {
		return []jen.Code{dec("NeverMember")}
	}
	p := at(field(e.n.further[t]))
	if t.Open.Kind == model.Any {
		return e.judged(t.Open, []jen.Code{p.assign(dec("Keep", p.value()))}, p)
	}
	return e.readInto(p, t.Open)
}

// readInto writes what adds the current member to the map p, which may be nil.
func (e *emitter) readInto(p place, elem *model.Type) []jen.Code {
	return append([]jen.Code{
		jen.If(p.value().Op("==").Nil()).Block(p.assign(jen.Make(jen.Map(jen.String()).Add(e.goType(elem))))),
	}, e.readEntry(p, elem, 0)...)
}
