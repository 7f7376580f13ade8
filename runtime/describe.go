package runtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// contractAction is the action by which a service publishes its contracts. Contracts can't
// have actions whose names begin with "tpp.".
var contractAction = Action{Name: "tpp.contract", Idempotent: true}

// Describe makes the service publish its contract, the ContractJSON of the generated
// package:
//
//	shop.Register(mux, service{})
//	mux.Describe(shop.ContractJSON)
//
// Then tpp describe ADDR shows it. Describe registers the action tpp.contract, which is
// authenticated and authorized like any other. If a Mux has several services, call it for
// each. It panics if contract isn't JSON. Call it before the first call of the Mux.
func (m *Mux) Describe(contract string) {
	var text bytes.Buffer
	if err := json.Compact(&text, []byte(contract)); err != nil {
		panic(fmt.Sprintf("runtime: the contract isn't JSON: %v", err))
	}
	if m.contracts == nil {
		m.Handle(&contractAction, m.describe)
	} else {
		m.contracts = append(m.contracts, ',')
	}
	m.contracts = append(m.contracts, text.Bytes()...)
}

// describe performs contractAction.
func (m *Mux) describe(_ context.Context, _ *Request, out Responder) error {
	body := append(codec.AppendString([]byte("{"), contractAction.Name), ":["...)
	return out.Respond(new(Raw(append(append(body, m.contracts...), "]}"...))))
}

// Contracts asks a peer for its contracts, through do. Each is a document as Describe got
// it, but compact. The reason of the error is UnknownAction if the peer doesn't publish
// them.
func Contracts(ctx context.Context, do Func) ([]json.RawMessage, error) {
	var got *contracts
	req := &Request{Action: contractAction.Name, Body: new(Raw("{}")), Info: &contractAction}
	err := do(ctx, req, ResponderFunc(func(body Message) error {
		got = new(contracts)
		return Decode(ctx, body, got)
	}))
	var bad *codec.Error
	switch {
	case errors.As(err, &bad):
		return nil, BadResponse.Errorf("response of %s: %w", contractAction.Name, err)
	case err != nil:
		return nil, AsError(err)
	case got == nil:
		return nil, BadResponse.Errorf("%s was not answered", contractAction.Name)
	}
	return got.all, nil
}

// contracts are the body of the answer to contractAction.
type contracts struct{ all []json.RawMessage }

// DecodeJSON reads c from d.
func (c *contracts) DecodeJSON(d *codec.Decoder) {
	var seen uint64
	at := d.Object()
	for d.Member() {
		if d.Name() != contractAction.Name {
			d.Skip()
			continue
		}
		seen = d.Seen(seen, 0)
		c.all = make([]json.RawMessage, 0, d.Array())
		for d.Element() {
			c.all = append(c.all, d.Raw())
		}
	}
	d.Require(at, seen, contractAction.Name)
}
