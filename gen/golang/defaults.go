package golang

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// defaultOf returns the Go value of the default of f, or nil if there is none
// that fits a scalar type.
func defaultOf(n *names, f *model.Field) *jen.Statement {
	if f.Default == "" || f.Required {
		return nil
	}
	s, t := n.fieldSlot(f)
	if s != pointer && s != optional || n.boxed[f] || t.Import[lang] != "" {
		return nil
	}
	text := f.Default
	switch t.Kind {
	case model.Bool:
		if text == "true" || text == "false" {
			return jen.Id(text)
		}
	case model.Int:
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			return jen.Op(text)
		}
	case model.Uint:
		if _, err := strconv.ParseUint(text, 10, 64); err == nil {
			return jen.Op(text)
		}
	case model.Float:
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return jen.Op(text)
		}
	case model.Number, model.Integer:
		if text[0] != '"' && json.Valid([]byte(text)) && text[0] <= '9' {
			return jen.Lit(text)
		}
	case model.String:
		if text[0] == '"' {
			return jen.Lit(stringOf(text))
		}
	case model.Enum:
		i := slices.IndexFunc(t.Values, func(v model.Value) bool { return v.JSON == text })
		if i >= 0 && n.consts[t] != nil {
			return jen.Id(n.consts[t][i])
		}
	}
	return nil
}

// accessor writes
//
//	// ConfigTypeOrDefault returns ConfigType, or "yaml" if it's absent.
//	func (v *Checkout) ConfigTypeOrDefault() string {
//		if v.ConfigType == nil {
//			return "yaml"
//		}
//		return *v.ConfigType
//	}
func (e *emitter) accessor(owner *model.Type, f *model.Field) []jen.Code {
	name, field := e.n.orElse[f], at(field(e.n.field[f]))
	s, t := e.n.fieldSlot(f)
	value := defaultOf(e.n, f)
	missing, body := "absent", []jen.Code{
		jen.If(missing(field, s)).Block(jen.Return(value)),
		jen.Return(jen.Op("*").Add(field.value())),
	}
	if s == optional {
		missing, body = "absent or null", []jen.Code{jen.Return(field.operand().Dot("Or").Call(value))}
	}
	about := name + " returns " + e.n.field[f] + ", or " + f.Default + " if it's " + missing + "."
	return []jen.Code{
		jen.Line(), jen.Comment(comment(about, 0)),
		jen.Func().Params(jen.Id("v").Op("*").Id(e.n.typ[owner])).Id(name).Params().Add(e.goType(t)).Block(body...),
	}
}
