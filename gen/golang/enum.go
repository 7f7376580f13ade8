package golang

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// enumKind is what the values of an enum are held by: String if all are
// strings, Int if all are integers of 64 bits, and Any, the JSON text, for
// everything else.
func enumKind(t *model.Type) model.Kind {
	texts, ints := true, true
	for _, v := range t.Values {
		_, err := strconv.ParseInt(v.JSON, 10, 64)
		ints = ints && err == nil
		// Half a surrogate pair, which has no place in a Go literal, is U+FFFD.
		texts = texts && v.JSON[0] == '"' && !strings.ContainsRune(stringOf(v.JSON), utf8.RuneError)
	}
	switch {
	case texts:
		return model.String
	case ints:
		return model.Int
	}
	return model.Any
}

// enumDecl writes a type with a constant for each value; see enumKind for
// what it's made of.
//
//	type BuildStatus string
//
//	// The values of BuildStatus.
//	const (
//		BuildStatusNoBuilds BuildStatus = "no builds"
//	)
func (e *emitter) enumDecl(t *model.Type) decl {
	name := e.n.typ[t]
	kind := enumKind(t)
	underlying, about := jen.String(), ""
	switch kind {
	case model.Int:
		underlying = jen.Int64()
	case model.Any:
		about = "It holds the JSON text of a value."
	}
	var sentences []string
	if about != "" {
		sentences = []string{about}
	}
	if t.Others {
		sentences = append(sentences, "Other values are kept as they are.")
	}
	code := append(e.declared(t, underlying, sentences...), jen.Line(),
		jen.Comment(fmt.Sprintf("// The values of %s.", name)), jen.Const().Defs(e.enumConsts(t, kind)...))

	consts := make([]jen.Code, len(t.Values))
	for i, c := range e.n.consts[t] {
		consts[i] = jen.Id(c)
	}
	var decode []jen.Code
	switch {
	case t.Others:
		decode = []jen.Code{receiver().assign(jen.Id(name).Call(dec("String")))}
	case kind == model.Any:
		args := make([]jen.Code, len(consts))
		for i, c := range consts {
			args[i] = jen.String().Call(c)
		}
		decode = []jen.Code{receiver().assign(jen.Id(name).Call(dec("OneOf", args...)))}
	default:
		method := map[model.Kind]string{model.String: "String", model.Int: "Int64"}[kind]
		decode = []jen.Code{
			receiver().assign(jen.Id(name).Call(dec(method))),
			jen.Switch(jen.Op("*").Id("v")).Block(
				jen.Case(consts...).Block(),
				jen.Default().Block(dec("Enum", texts(enumTexts(t, kind))...)),
			),
		}
	}
	x := underlying.Clone().Call(jen.Id("v"))
	if kind == model.Any {
		x = jen.Qual("encoding/json", "RawMessage").Call(jen.Id("v"))
	}
	return decl{code, e.methods(t, e.judged(t, decode, receiver()), scalarReturn(kind, x))}
}

// enumConsts writes the constants of an enum.
func (e *emitter) enumConsts(t *model.Type, kind model.Kind) []jen.Code {
	var code []jen.Code
	for i, v := range t.Values {
		doc := v.Doc()
		if repeats(e.n.consts[t][i], doc) {
			doc = ""
		}
		if c := fieldComment(doc, v.Deprecated); c != nil {
			code = append(code, c)
		}
		code = append(code, jen.Id(e.n.consts[t][i]).Id(e.n.typ[t]).Op("=").Add(enumValue(v, kind)))
	}
	return code
}

// enumValue writes the value of a constant.
func enumValue(v model.Value, kind model.Kind) jen.Code {
	switch kind {
	case model.String:
		return jen.Lit(stringOf(v.JSON))
	case model.Int:
		return jen.Op(v.JSON)
	}
	return text(v.JSON)
}

// enumTexts are the values as messages name them.
func enumTexts(t *model.Type, kind model.Kind) []string {
	list := make([]string, len(t.Values))
	for i, v := range t.Values {
		list[i] = v.JSON
		if kind == model.String {
			list[i] = stringOf(v.JSON)
		}
	}
	return list
}

// stringOf returns the string that a JSON text spells.
func stringOf(text string) string {
	var s string
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		panic("golang: constant " + text + " isn't a string")
	}
	return s
}
