// Package runtime is what generated code leans on: it joins typed clients and
// handlers to a wire, and to each other.
//
// Everything turns around Func, which performs one call: it takes a Request
// and hands responses to a Responder. A generated client turns a method's
// arguments into a Request and calls a Func (Invoke, InvokeStream); a generated
// Register puts handlers into a Mux (UnaryHandler, StreamHandler), whose Serve
// is a Func. So the shortest way from one to the other needs no connection:
//
//	mux := new(runtime.Mux)
//	slave.Register(mux, handler{})
//	client := slave.NewClient(mux.Serve)
//
// Between two processes stands a wire. On the client's side it is a type with a
// Do method that is a Func; on the server's, a Wire:
//
//	client := slave.NewClient((&tpp.Client{Addr: "localhost:7777", Token: token}).Do)
//
//	srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: auth}
//	err := srv.Serve(ctx, listener)
//
// A Server has what the servers of all wires have in common. It accepts
// connections, bounds what peers can take from it (Limits), checks the token of
// a call before anything else (Auth), contains panics, and stops when its
// context ends: it lets calls under way finish within Grace, and cuts the rest.
// Shutdown lets them finish until the end of a context of its own.
//
// An Interceptor stands around calls, on either end (Intercept, Mux.Use,
// Server.Interceptors).
//
// What operators need is beside this package: observe has logs and counters of
// calls, health a health check, certfile certificates that change while a server
// runs, listen Unix sockets and those of systemd; prom and tracing, which are modules
// of their own, have Prometheus and OpenTelemetry.
//
// Callers always get an *Error, whose Code a service's contract explains; a
// handler returns any error, and chooses the code by wrapping an *Error such
// as the sentinels of its contract. What a handler may ask its context:
// Principal, EnvelopeOf.
package runtime
