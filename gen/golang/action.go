package golang

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// actionVars writes
//
//	// The names of the actions.
//	const (
//		ActionBuild = "build"
//	)
//
//	// What the contract says about each action.
//	var (
//		actionBuild = runtime.Action{Name: ActionBuild, Stream: true}
//	)
func (e *emitter) actionVars(s *model.Service) []jen.Code {
	var consts, vars []jen.Code
	for _, a := range s.Actions {
		consts = append(consts, jen.Id(e.n.action[a].constant).Op("=").Lit(a.Name))
		vars = append(vars, jen.Id(e.n.action[a].variable).Op("=").Add(inRuntime("Action")).Values(e.actionValues(a)...))
	}
	return []jen.Code{
		jen.Line(), jen.Comment("// The names of the actions."), jen.Const().Defs(consts...),
		jen.Line(), jen.Comment("// What the contract says about each action."),
		jen.Var().Defs(vars...),
	}
}

// actionValues writes the fields of a runtime.Action that aren't zero.
func (e *emitter) actionValues(a *model.Action) []jen.Code {
	values := []jen.Code{jen.Id("Name").Op(":").Id(e.n.action[a].constant)}
	add := func(name string, value jen.Code) {
		values = append(values, jen.Id(name).Op(":").Add(value))
	}
	if r := reply(a.Reply); r != nil {
		add("Reply", r)
	}
	if st := a.Stream; st != nil {
		add("Stream", jen.True())
		if st.Ack != "" {
			add("Ack", text(st.Ack))
			if r := reply(st.AckReply); r != nil {
				add("AckReply", r)
			}
		}
		switch st.End {
		case model.EndNull:
			add("End", inRuntime("EndNull"))
		case model.EndNever:
			add("End", inRuntime("EndNever"))
		}
	}
	if a.Upload != nil {
		add("Upload", jen.True())
	}
	if a.Idempotent {
		add("Idempotent", jen.True())
	}
	if a.NoAuth {
		add("NoAuth", jen.True())
	}
	held := a.Types()
	for _, err := range a.Errors {
		held = append(held, err.Data)
	}
	if e.n.holdsSecret(held...) {
		add("Secret", jen.True())
	}
	if len(a.Wire) > 0 {
		wires := jen.Dict{}
		for name, v := range a.Wire {
			wires[jen.Lit(name)] = text(v)
		}
		add("Wire", jen.Map(jen.String()).String().Values(wires))
	}
	return values
}

// reply writes where a result sits; nil for where it sits if nothing is said.
func reply(r model.Reply) jen.Code {
	switch r.Kind {
	case model.Keyed:
		return nil
	case model.Bare:
		return inRuntime("Bare")
	case model.KeyNamed:
		return inRuntime("Key").Call(jen.Lit(r.Key))
	case model.KeyFrom:
		return inRuntime("KeyFrom").Call(jen.Lit(r.Key))
	}
	panic(fmt.Sprintf("golang: no rule for a reply that is %v", r.Kind))
}
