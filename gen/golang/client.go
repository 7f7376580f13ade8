package golang

import (
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
//	func (c *Client) ListBuilders(ctx context.Context, req *ListBuildersRequest) (*ListBuildersResponse, error) {
//		return stub.Invoke[ListBuildersResponse](ctx, c.do, &ActionListBuilders, req, nil)
//	}
func (e *emitter) clientMethod(s *model.Service, a *model.Action) []jen.Code {
	an := e.n.action[a]
	invoke := "Invoke"
	if a.Stream != nil {
		invoke = "InvokeStream"
	}
	envelope := jen.Nil()
	if s.Envelope != nil && !a.NoEnvelope {
		envelope = jen.Id("c").Dot("envelope")
	}
	return []jen.Code{
		jen.Line(), jen.Comment(comment(e.methodDoc(a), 0)),
		jen.Func().Params(jen.Id("c").Op("*").Id("Client")).Add(e.signature(a)).Block(
			jen.Return(inStub(invoke).Types(jen.Id(an.response)).Call(
				jen.Id("ctx"), jen.Id("c").Dot("do"), jen.Op("&").Id(an.variable), jen.Id("req"), envelope))),
	}
}

// article returns name behind the article that suits it.
func article(name string) string {
	if strings.ContainsRune("AEIOU", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}
