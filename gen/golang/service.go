package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// packageDoc is the comment of a service's package.
func (e *emitter) packageDoc() string {
	s := e.c.Service
	version := ""
	if s.Version != "" {
		version = ", version " + s.Version
	}
	text := fmt.Sprintf("Package %s has the types, the client and the registration of the service %s%s.",
		e.pkg, s.Name, version)
	if doc := strings.TrimSpace(s.Description); doc != "" {
		text += "\n\n" + sentence(doc)
	}
	return text + deprecation(s.Deprecated)
}

// serviceDecls returns everything about the service but its types.
func (e *emitter) serviceDecls() []jen.Code {
	s := e.c.Service
	code := e.serviceInterface(s)
	code = append(code, e.register(s)...)
	code = append(code, e.client(s)...)
	code = append(code, e.unimplementedStruct(s)...)
	code = append(code, e.aliases(s)...)
	code = append(code, e.errorVars(s)...)
	code = append(code, e.actionVars(s)...)
	return append(code,
		jen.Line(), jen.Comment(comment(skew, 0)),
		jen.Const().Id("_").Op("=").Add(inStub("Generation1")))
}

// skew stands where the compiler complains if the runtime is too old.
const skew = "This code needs a runtime that has generation 1. If the next line doesn't compile, " +
	"the runtime is older than the tpp that wrote this file; update it with: " +
	"go" + keptSpace + "get" + keptSpace + "github.com/tpp-rpc/tpp@latest"

// serviceInterface writes
//
//	// Slave runs the builds that the master asks for.
//	type Slave interface {
//		// ListBuilders lists the builders of a branch.
//		ListBuilders(ctx context.Context, req *ListBuildersRequest) (*ListBuildersResponse, error)
//	}
func (e *emitter) serviceInterface(s *model.Service) []jen.Code {
	var methods []jen.Code
	for i, a := range s.Actions {
		if i > 0 {
			methods = append(methods, jen.Line())
		}
		methods = append(methods, jen.Comment(comment(e.methodDoc(a), 1)), e.signature(a))
	}
	return []jen.Code{
		jen.Line(), docComment(s.Description, e.n.service+" is the service "+s.Name+".", s.Deprecated),
		jen.Type().Id(e.n.service).Interface(methods...),
	}
}

// methodDoc is the comment of the method of an action.
func (e *emitter) methodDoc(a *model.Action) string {
	name := e.n.action[a].method
	text := describedAs(a.Description, fmt.Sprintf("%s performs the action %s.", name, a.Name))
	if len(a.Errors) > 0 {
		names := make([]string, len(a.Errors))
		for i, err := range a.Errors {
			names[i] = e.n.err[err]
		}
		last := len(names) - 1
		list := names[last]
		if last > 0 {
			list = strings.Join(names[:last], ", ") + " or " + list
		}
		separator := " "
		if strings.Contains(text, "\n\n") {
			separator = "\n\n"
		}
		text += separator + "It may fail with " + list + "."
	}
	return text + deprecation(a.Deprecated)
}

// signature writes
//
//	ListBuilders(ctx context.Context, req *ListBuildersRequest) (*ListBuildersResponse, error)
//
// and for a stream
//
//	Build(ctx context.Context, req *BuildRequest) iter.Seq2[BuildItem, error]
func (e *emitter) signature(a *model.Action) *jen.Statement {
	an := e.n.action[a]
	method := jen.Id(an.method).Params(
		jen.Id("ctx").Qual("context", "Context"), jen.Id("req").Op("*").Id(an.request))
	if a.Stream != nil {
		return method.Add(e.sequence(a))
	}
	return method.Params(jen.Op("*").Id(an.response), jen.Error())
}

// sequence is the type of a stream's items, such as iter.Seq2[BuildItem, error].
func (e *emitter) sequence(a *model.Action) *jen.Statement {
	return jen.Qual("iter", "Seq2").Types(jen.Id(e.n.action[a].response), jen.Error())
}

// register writes
//
//	// Register registers s with mux as the service slave.
//	func Register(mux *runtime.Mux, s Slave) {
//		mux.Handle(&ActionBuild, stub.Stream(&ActionBuild, s.Build))
//	}
func (e *emitter) register(s *model.Service) []jen.Code {
	var body []jen.Code
	for _, a := range s.Actions {
		an := e.n.action[a]
		kind := "Unary"
		if a.Stream != nil {
			kind = "Stream"
		}
		handler := inStub(kind).Call(jen.Op("&").Id(an.variable), jen.Id("s").Dot(an.method))
		if s.Envelope != nil && !a.NoEnvelope {
			handler = inStub("Enveloped").Types(jen.Id("Envelope")).Call(handler)
		}
		body = append(body, jen.Id("mux").Dot("Handle").Call(jen.Op("&").Id(an.variable), handler))
	}
	return []jen.Code{
		jen.Line(), jen.Comment("// Register registers s with mux as the service " + s.Name + "."),
		jen.Func().Id("Register").Params(jen.Id("mux").Op("*").Add(inRuntime("Mux")), jen.Id("s").Id(e.n.service)).Block(body...),
	}
}

// unimplementedStruct writes
//
//	// UnimplementedSlave returns an error from every method. …
//	type UnimplementedSlave struct{}
func (e *emitter) unimplementedStruct(s *model.Service) []jen.Code {
	name := e.n.unimplemented
	about := name + " returns an error from every method. Embed it in an implementation of " + e.n.service +
		" that lacks methods, or that must still compile when the contract gets new actions."
	code := []jen.Code{
		jen.Line(), jen.Comment(comment(about, 0)), jen.Type().Id(name).Struct(),
		jen.Line(), jen.Var().Id("_").Id(e.n.service).Op("=").Id(name).Values(),
	}
	for _, a := range s.Actions {
		an := e.n.action[a]
		missing := inStub("Unimplemented").Call(jen.Op("&").Id(an.variable))
		result := jen.Return(jen.Nil(), missing)
		if a.Stream != nil {
			result = jen.Return(inStub("StreamError").Types(jen.Id(an.response)).Call(missing))
		}
		method := jen.Func().Params(jen.Id(name)).Id(an.method).Params(jen.Qual("context", "Context"), jen.Op("*").Id(an.request))
		if a.Stream != nil {
			method.Add(e.sequence(a))
		} else {
			method.Params(jen.Op("*").Id(an.response), jen.Error())
		}
		code = append(code, jen.Line(), jen.Comment("// "+an.method+" returns an error."), method.Block(result))
	}
	return code
}

// aliases writes the names that signatures use for types with names of their
// own:
//
//	// ListBuildersRequest is the request of list_builders.
//	type ListBuildersRequest = Checkout
func (e *emitter) aliases(s *model.Service) []jen.Code {
	var code []jen.Code
	add := func(name, what string, a *model.Action, t *model.Type) {
		about := fmt.Sprintf("%s is %s %s.", name, what, a.Name)
		code = append(code, jen.Line(), jen.Comment(comment(about, 0)), jen.Type().Id(name).Op("=").Id(e.n.typ[t]))
	}
	for _, a := range s.Actions {
		an := e.n.action[a]
		if an.aliasReq {
			add(an.request, "the request of", a, a.Request)
		}
		if an.aliasResponse && a.Stream != nil {
			add(an.response, "one item of the stream of", a, a.Response)
		} else if an.aliasResponse {
			add(an.response, "the response of", a, a.Response)
		}
	}
	return code
}
