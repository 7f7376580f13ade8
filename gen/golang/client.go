package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// client writes the client of a service:
//
//	// A Client is a Slave somewhere else. …
//	type Client struct{ do runtime.Func }
func (e *emitter) client(s *model.Service) []jen.Code {
	do := jen.Id("do").Add(inRuntime("Func"))
	about := "A Client is a " + e.n.service + " that performs its actions by a runtime.Func. It serves any number of goroutines. A nil request is the zero one. Nothing is validated before it is sent: that's what Validate is for."
	fields := []jen.Code{do}
	if s.Envelope != nil {
		fields = append(fields, jen.Id("envelope").Add(inRuntime("Message")))
	}
	code := []jen.Code{
		jen.Line(), jen.Comment(comment(about, 0)),
		jen.Type().Id("Client").Struct(fields...),
		jen.Line(), jen.Var().Id("_").Id(e.n.service).Op("=").Parens(jen.Op("*").Id("Client")).Parens(jen.Nil()),
		jen.Line(), jen.Comment(comment("NewClient returns a client that calls by do: a connection, a mux in the same process, or what a test puts there.", 0)),
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
		jen.Line(), jen.Comment("// WithEnvelope returns a client that sends e with its requests."),
		jen.Func().Params(jen.Id("c").Op("*").Id("Client")).Id("WithEnvelope").Params(envelope()).Op("*").Id("Client").Block(
			jen.Return(jen.Op("&").Id("Client").Values(jen.Id("do").Op(":").Id("c").Dot("do"), jen.Id("envelope").Op(":").Op("&").Id("e")))),

		jen.Line(), jen.Comment(comment("EnvelopeOf returns the envelope keys of the request that a handler's ctx belongs to.", 0)),
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
