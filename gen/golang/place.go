package golang

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// A place is an expression that can be assigned to. If deref, the expression
// is a pointer and the place is what it points to.
type place struct {
	expr  *jen.Statement
	deref bool
}

// at is the place that code names.
func at(code *jen.Statement) place { return place{expr: code} }

// receiver is what the receiver v of a method points to.
func receiver() place { return place{expr: jen.Id("v"), deref: true} }

// field is the field of v of that name.
func field(name string) *jen.Statement { return jen.Id("v").Dot(name) }

// value is the place as an operand.
func (p place) value() *jen.Statement {
	if p.deref {
		return jen.Op("*").Add(p.expr)
	}
	return jen.Add(p.expr)
}

// pointee is the place that the pointer in p points to.
func (p place) pointee() place { return place{expr: p.indexed(), deref: true} }

// operand is the place in front of a selector: Go follows a pointer itself.
func (p place) operand() *jen.Statement { return jen.Add(p.expr) }

// indexed is the place in front of an index.
func (p place) indexed() *jen.Statement {
	if p.deref {
		return jen.Parens(jen.Op("*").Add(p.expr))
	}
	return jen.Add(p.expr)
}

// assign writes p = value.
func (p place) assign(value jen.Code) jen.Code { return p.value().Op("=").Add(value) }

// dec writes a call of a method of the decoder d.
func dec(method string, args ...jen.Code) *jen.Statement {
	return jen.Id("d").Dot(method).Call(args...)
}

// text writes a string: between backquotes if that spares it escapes.
func text(s string) *jen.Statement {
	if strings.ContainsAny(s, `"\`) && strconv.CanBackquote(s) {
		return jen.Op("`" + s + "`")
	}
	return jen.Lit(s)
}

// texts writes strings as arguments.
func texts(list []string) []jen.Code {
	args := make([]jen.Code, len(list))
	for i, s := range list {
		args[i] = text(s)
	}
	return args
}

// local returns the name of a variable in nested loops: item, item2, item3.
func local(name string, depth int) string {
	if depth == 0 {
		return name
	}
	return name + strconv.Itoa(depth+1)
}
