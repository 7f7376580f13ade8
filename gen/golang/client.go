package golang

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// client writes the client of a service:
//
//	// Client calls a Slave. …
//	type Client struct{ do runtime.Func }
func (e *emitter) client(s *model.Service) []jen.Code {
	do := jen.Id("do").Add(inRuntime("Func"))
	about := "Client calls " + article(e.n.service) + ". It is safe for concurrent use. A nil request means the zero value. Requests are sent without validation; call Validate to check one first."
	fields := []jen.Code{do}
	if s.Envelope != nil {
		fields = append(fields, jen.Id("envelope").Add(inRuntime("Message")))
	}
	code := []jen.Code{
		jen.Line(), jen.Comment(comment(about, 0)),
		jen.Type().Id("Client").Struct(fields...),
		jen.Line(), jen.Var().Id("_").Id(e.n.service).Op("=").Parens(jen.Op("*").Id("Client")).Parens(jen.Nil()),
		jen.Line(), jen.Comment(comment("NewClient returns a Client whose calls do performs: a connection, a Mux in the same process, or a function in a test.", 0)),
		jen.Func().Id("NewClient").Params(do.Clone()).Op("*").Id("Client").Block(
			jen.Return(jen.Op("&").Id("Client").Values(jen.Id("do").Op(":").Id("do")))),
	}
	if s.Envelope != nil {
		code = append(code, e.envelopes()...)
	}
	for _, a := range s.Actions {
		code = append(code, e.clientMethod(s, a)...)
	}
	return code
}

// envelopes writes how envelope keys get into a client, and how a handler
// reads them.
func (e *emitter) envelopes() []jen.Code {
	envelope := func() *jen.Statement { return jen.Id("e").Id("Envelope") }
	return []jen.Code{
		jen.Line(), jen.Comment("// WithEnvelope returns a copy of c that sends e with every request."),
		jen.Func().Params(jen.Id("c").Op("*").Id("Client")).Id("WithEnvelope").Params(envelope()).Op("*").Id("Client").Block(
			jen.Return(jen.Op("&").Id("Client").Values(jen.Id("do").Op(":").Id("c").Dot("do"), jen.Id("envelope").Op(":").Op("&").Id("e")))),

		jen.Line(), jen.Comment(comment("EnvelopeOf returns the envelope of the request that a handler with ctx is serving.", 0)),
		jen.Func().Id("EnvelopeOf").Params(jen.Id("ctx").Qual("context", "Context")).Params(jen.Id("Envelope"), jen.Bool()).Block(
			jen.Return(inRuntime("EnvelopeOf").Types(jen.Id("Envelope")).Call(jen.Id("ctx")))),
	}
}

// clientMethod writes one method of the client:
//
//	func (c *Client) Build(ctx context.Context, req *BuildRequest) iter.Seq2[BuildItem, error] {
//		return stub.InvokeStream[BuildItem](ctx, c.do, &actionBuild, req, nil)
//	}
//
// and if the response has no type of its own:
//
//	func (c *Client) Cancel(ctx context.Context, req *CancelRequest) (bool, error) {
//		v, err := stub.InvokeValue[cancelResponse](ctx, c.do, &actionCancel, req, nil)
//		return bool(v), err
//	}
//
// An upload is a parameter:
//
//	func (c *Client) Put(ctx context.Context, req *PutRequest, items iter.Seq2[PutUpload, error]) (*PutResponse, error) {
//		return stub.InvokeUpload[PutResponse](ctx, c.do, &actionPut, req, items, nil)
//	}
func (e *emitter) clientMethod(s *model.Service, a *model.Action) []jen.Code {
	an := e.n.action[a]
	envelope := jen.Nil()
	if s.Envelope != nil && !a.NoEnvelope {
		envelope = jen.Id("c").Dot("envelope")
	}
	invoke := func(how string) *jen.Statement {
		args := []jen.Code{jen.Id("ctx"), jen.Id("c").Dot("do"), jen.Op("&").Id(an.variable), jen.Id("req"), envelope}
		if a.Upload != nil {
			how = "InvokeUpload" + strings.TrimPrefix(how, "Invoke")
			args = slices.Insert(args, 4, jen.Code(jen.Id("items")))
		}
		return inStub(how).Types(jen.Id(an.response)).Call(args...)
	}
	var body []jen.Code
	switch {
	case a.Stream != nil && an.result == inPlace:
		convert := jen.Func().Params(jen.Id("v").Id(an.response)).Add(e.result(a)).Add(oneLine(e.unwrap(a, jen.Id("v"))))
		body = []jen.Code{jen.Return(inStub("Items").Call(invoke("InvokeStream"), convert))}
	case a.Stream != nil:
		body = []jen.Code{jen.Return(invoke("InvokeStream"))}
	case an.result == byReference:
		body = []jen.Code{jen.Return(invoke("Invoke"))}
	case an.result == byValue:
		body = []jen.Code{jen.Return(invoke("InvokeValue"))}
	case an.result == noResult:
		body = []jen.Code{jen.List(jen.Id("_"), jen.Err()).Op(":=").Add(invoke("InvokeValue")), jen.Return(jen.Err())}
	default:
		body = []jen.Code{
			jen.List(jen.Id("v"), jen.Err()).Op(":=").Add(invoke("InvokeValue")),
			jen.Return(e.unwrap(a, jen.Id("v")), jen.Err()),
		}
	}
	return []jen.Code{
		jen.Line(), jen.Comment(comment(e.methodDoc(a), 0)),
		jen.Func().Params(jen.Id("c").Op("*").Id("Client")).Add(e.signature(a)).Block(body...),
	}
}

// article returns name behind the article that suits it.
func article(name string) string {
	if strings.ContainsRune("AEIOU", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}
