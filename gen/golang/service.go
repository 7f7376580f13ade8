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
	return append(code, e.actionVars(s)...)
}

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
	if e.n.action[a].result == inPlace {
		what := "The result: "
		if a.Stream != nil {
			what = "Each item: "
		}
		about := limits(a.Response)
		if a.Response.Kind == model.Nullable {
			about = append(about, "Nil stands for null.")
		}
		if doc := describedAs(a.Response.Doc(), ""); doc != "" {
			about = append([]string{doc}, about...)
		} else if len(about) > 0 {
			about[0] = lowerFirst(about[0])
		}
		if len(about) > 0 {
			text += "\n\n" + what + strings.Join(about, " ")
		}
	}
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
//	ListBuilders(ctx context.Context, req *ListBuildersRequest) ([]string, error)
//
// and for a stream
//
//	Build(ctx context.Context, req *BuildRequest) iter.Seq2[BuildItem, error]
func (e *emitter) signature(a *model.Action) *jen.Statement {
	an := e.n.action[a]
	return jen.Id(an.method).Add(e.params(a)).Add(e.results(a))
}

// params are the parameters of an action's method.
func (e *emitter) params(a *model.Action) *jen.Statement {
	an := e.n.action[a]
	params := []jen.Code{jen.Id("ctx").Qual("context", "Context"), jen.Id("req").Op("*").Id(an.request)}
	if a.Upload != nil {
		params = append(params, jen.Id("items").Add(e.sequence(jen.Id(an.upload))))
	}
	return jen.Params(params...)
}

// results are the results of an action's method.
func (e *emitter) results(a *model.Action) *jen.Statement {
	switch an := e.n.action[a]; {
	case a.Stream != nil:
		return e.sequence(e.result(a))
	case an.result == noResult:
		return jen.Error()
	}
	return jen.Params(e.result(a), jen.Error())
}

// result is the type that the method of an action gives its response, or an item, as.
func (e *emitter) result(a *model.Action) *jen.Statement {
	an := e.n.action[a]
	switch {
	case an.result == inPlace && a.Response.Import[lang] != "":
		return e.goType(a.Response)
	case an.result == inPlace:
		return e.underlying(a.Response)
	case a.Stream == nil && an.result == byReference:
		return jen.Op("*").Id(an.response)
	}
	return jen.Id(an.response)
}

// sequence is the type of a stream of items, such as iter.Seq2[BuildItem, error].
func (e *emitter) sequence(item jen.Code) *jen.Statement {
	return jen.Qual("iter", "Seq2").Types(item, jen.Error())
}

// wrap is the response v in the type that encodes it, and unwrap the reverse.
func (e *emitter) wrap(a *model.Action, v *jen.Statement) *jen.Statement {
	switch t := a.Response; {
	case t.Import[lang] != "" || t.Kind == model.Nullable:
		return jen.Id(e.n.action[a].response).Values(jen.Id("Value").Op(":").Add(v))
	case t.Kind == model.DateTime || t.Kind == model.Addr:
		return jen.Id(e.n.action[a].response).Values(v)
	}
	return jen.Id(e.n.action[a].response).Call(v)
}

func (e *emitter) unwrap(a *model.Action, v *jen.Statement) *jen.Statement {
	switch t := a.Response; {
	case t.Import[lang] != "" || t.Kind == model.Nullable:
		return v.Dot("Value")
	case t.Kind == model.DateTime:
		return v.Dot("DateTime")
	case t.Kind == model.Addr:
		return v.Dot("Addr")
	}
	return jen.Add(e.result(a)).Call(v)
}

// register writes
//
//	// Register registers s with mux as the service slave.
//	func Register(mux *runtime.Mux, s Slave) {
//		mux.Handle(&actionBuild, stub.Stream(&actionBuild, s.Build))
//	}
func (e *emitter) register(s *model.Service) []jen.Code {
	var body []jen.Code
	for _, a := range s.Actions {
		an := e.n.action[a]
		handler := e.handler(a)
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

// handler writes the Func that performs an action by the method of s:
//
//	stub.Stream(&actionBuild, s.Build)
//
// The method of a response without a type of its own is called like this:
//
//	stub.Value(&actionCancel, func(ctx context.Context, req *CancelRequest) (cancelResponse, error) {
//		v, err := s.Cancel(ctx, req)
//		return cancelResponse(v), err
//	})
func (e *emitter) handler(a *model.Action) *jen.Statement {
	an := e.n.action[a]
	method := jen.Id("s").Dot(an.method)
	info := jen.Op("&").Id(an.variable)
	stubs := map[string]string{"Unary": "Unary", "Value": "Value", "Stream": "Stream"}
	args := []jen.Code{jen.Id("ctx"), jen.Id("req")}
	if a.Upload != nil {
		stubs = map[string]string{"Unary": "Upload", "Value": "UploadValue", "Stream": "UploadStream"}
		args = append(args, jen.Id("items"))
	}
	inStub := func(name string) *jen.Statement { return inStub(stubs[name]) }
	call := func() *jen.Statement { return jen.Add(method).Call(args...) }
	closure := func(results jen.Code, body ...jen.Code) jen.Code {
		return jen.Func().Add(e.params(a)).Add(results).Block(body...)
	}
	single := jen.Params(jen.Id(an.response), jen.Error())
	switch {
	case a.Stream != nil && an.result == inPlace:
		convert := jen.Func().Params(jen.Id("v").Add(e.result(a))).Id(an.response).Add(oneLine(e.wrap(a, jen.Id("v"))))
		return inStub("Stream").Call(info, closure(e.sequence(jen.Id(an.response)),
			jen.Return(jen.Qual(stubPath, "Items").Call(call(), convert))))
	case a.Stream != nil:
		return inStub("Stream").Call(info, method)
	case an.result == byReference:
		return inStub("Unary").Call(info, method)
	case an.result == byValue:
		return inStub("Value").Call(info, method)
	case an.result == noResult:
		return inStub("Value").Call(info, closure(single, jen.Return(jen.Id(an.response).Values(), call())))
	}
	return inStub("Value").Call(info, closure(single,
		jen.List(jen.Id("v"), jen.Err()).Op(":=").Add(call()),
		jen.Return(e.wrap(a, jen.Id("v")), jen.Err())))
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
		params := []jen.Code{jen.Qual("context", "Context"), jen.Op("*").Id(an.request)}
		if a.Upload != nil {
			params = append(params, e.sequence(jen.Id(an.upload)))
		}
		method := jen.Func().Params(jen.Id(name)).Id(an.method).Params(params...)
		result := jen.Return(jen.Nil(), missing)
		switch {
		case a.Stream != nil:
			result = jen.Return(inStub("StreamError").Types(e.result(a)).Call(missing))
			method.Add(e.results(a))
		case an.result == noResult:
			result = jen.Return(missing)
			method.Add(e.results(a))
		case an.result == byReference:
			method.Add(e.results(a))
		default:
			result = jen.Return(jen.Id("v"), missing)
			method.Params(jen.Id("v").Add(e.result(a)), jen.Id("err").Error())
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
		if an.aliasUpload {
			add(an.upload, "one item of the upload of", a, a.Upload)
		}
		if an.aliasResponse && a.Stream != nil {
			add(an.response, "one item of the stream of", a, a.Response)
		} else if an.aliasResponse {
			add(an.response, "the response of", a, a.Response)
		}
	}
	return code
}
