package main

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tpp-rpc/tpp/cmd/tpp/testdata/parcels"
	shopgen "github.com/tpp-rpc/tpp/cmd/tpp/testdata/shop"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/socketproto"
	"github.com/tpp-rpc/tpp/runtime/tinyproto"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// A shop is the service of testdata/cli/shop.yaml, over loopback. It is written
// without generated code, so that it can also answer what the contract forbids.
type shop struct {
	addr, tlsAddr, tinyAddr, socketAddr string
	quietAddr                           string // doesn't publish its contract
	ca                                  []byte
}

const shopToken = "open-sesame"

func startShop(t *testing.T) *shop {
	t.Helper()
	auth := func(_ context.Context, c runtime.Credentials) (runtime.Principal, error) {
		if c.Token != shopToken {
			return runtime.Principal{}, runtime.BadCredentials
		}
		return runtime.Principal{Name: "customer"}, nil
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	serving := 0
	serve := func(wire runtime.Wire, l net.Listener, contracts ...string) string {
		mux := new(runtime.Mux)
		for _, a := range shopActions {
			mux.Handle(&a.action, a.do)
		}
		for _, c := range contracts {
			mux.Describe(c)
		}
		server := &runtime.Server{Wire: wire, Handler: mux, Auth: auth, Grace: -1}
		serving++
		go func() { done <- server.Serve(ctx, l) }()
		return l.Addr().String()
	}
	t.Cleanup(func() {
		stop()
		for range serving {
			if err := <-done; err != nil {
				t.Errorf("Serve: %v", err)
			}
		}
	})
	certified := httptest.NewUnstartedServer(nil) // for its certificate
	certified.StartTLS()
	defer certified.Close()
	s := &shop{ca: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw})}
	s.addr = serve(tpp.Wire{}, listen(t), shopgen.ContractJSON)
	s.quietAddr = serve(tpp.Wire{}, listen(t))
	s.tinyAddr = serve(tinyproto.Wire{}, listen(t), shopgen.ContractJSON, parcels.ContractJSON)
	s.socketAddr = serve(socketproto.Wire{}, listen(t), `{"tpp": "1", "service": "odd"}`)
	s.tlsAddr = serve(tpp.Wire{}, tls.NewListener(listen(t), &tls.Config{Certificates: certified.TLS.Certificates}), shopgen.ContractJSON)
	return s
}

func listen(t *testing.T) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// setup tells a script where the shop is.
func (s *shop) setup(env *testscript.Env) error {
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	env.Setenv("ADDR", s.addr)
	env.Setenv("QUIET_ADDR", s.quietAddr)
	env.Setenv("TLS_ADDR", s.tlsAddr)
	env.Setenv("TINYPROTO_ADDR", s.tinyAddr)
	env.Setenv("SOCKETPROTO_ADDR", s.socketAddr)
	env.Setenv("CA", filepath.Join(env.WorkDir, "ca.pem"))
	env.Setenv("TOKEN", shopToken)
	env.Setenv("CONTRACT", filepath.Join(root, "testdata", "cli", "shop.yaml"))
	env.Setenv("SCHEMAS", filepath.Join(root, "schemas", "toxicbuild"))
	return os.WriteFile(env.Getenv("CA"), s.ca, 0o666)
}

// shopActions are what the shop does.
var shopActions = []struct {
	action runtime.Action
	do     runtime.Func
}{
	{runtime.Action{Name: "healthcheck", NoAuth: true}, answer(`"fine"`)},
	{runtime.Action{Name: "price"}, price},
	{runtime.Action{Name: "echo"}, echo},
	{runtime.Action{Name: "open-hours"}, answer(`{"hours":"always"}`)}, // which the contract doesn't allow
	{runtime.Action{Name: "buy", Stream: true}, answer(`{"buy":"ok"}`, `{"kind":"packed","items":2}`, `{"kind":"sent","by":"post"}`)},
	{runtime.Action{Name: "offers", Stream: true}, offers},
	{runtime.Action{Name: "restock", Stream: true, Upload: true}, restock},
}

// restock sends back each item that comes, and closes after a nut.
func restock(_ context.Context, req *runtime.Request, out runtime.Responder) error {
	if req.Upload == nil {
		return runtime.Unimplemented.Errorf("restock takes an upload, and this connection carries none")
	}
	for item, err := range req.Upload {
		if err != nil {
			return err
		}
		if err := out.Respond(item); err != nil {
			return err
		}
		if text, err := item.AppendJSON(nil); err != nil || string(text) == `{"item":"nut"}` {
			return err
		}
	}
	return nil
}

// offers tells of one, and then waits for the customer to leave.
func offers(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	if err := answer(`{"item":"pear"}`)(ctx, req, out); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// answer returns a Func that sends bodies, which are JSON.
func answer(bodies ...string) runtime.Func {
	return func(_ context.Context, _ *runtime.Request, out runtime.Responder) error {
		for _, b := range bodies {
			if err := out.Respond(new(runtime.Raw(b))); err != nil {
				return err
			}
		}
		return nil
	}
}

// price knows what an apple costs.
func price(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	var r result
	if err := req.Decode(ctx, &r); err != nil {
		return err
	}
	switch string(r) {
	case `{"item":"apple"}`:
	case `{"item":"plum"}`:
		return &runtime.Error{Code: 2, Name: "NoSuchItem", Message: "no plums", Data: new(runtime.Raw(`{"alike":["peach"]}`))}
	default:
		return runtime.Errorf(2, "no such item: %s", r)
	}
	return answer(`{"price":1.50}`)(ctx, req, out)
}

// echo answers with the request's body and envelope.
func echo(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	var body result
	if err := req.Decode(ctx, &body); err != nil {
		return err
	}
	envelope := []byte("{}")
	if req.Envelope != nil {
		var err error
		if envelope, err = req.Envelope.AppendJSON(nil); err != nil {
			return err
		}
	}
	return answer(fmt.Sprintf(`{"body":%s,"envelope":%s}`, body, envelope))(ctx, req, out)
}
