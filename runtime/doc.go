// Package runtime has what the author of a service needs beside its generated code: a
// Server and a Client for any wire, the Mux that handlers are registered with,
// interceptors, and errors.
//
// A Func performs one call: it takes a Request and hands responses to a Responder. A
// client's Do, a Mux's Serve and an interceptor's next are Funcs, so a generated client
// works on each of them, and the shortest way from a client to a service needs no
// connection:
//
//	mux := new(runtime.Mux)
//	slave.Register(mux, handler{})
//	client := slave.NewClient(mux.Serve)
//
// Between two processes stands a Wire. Each wire is a package of its own, such as tpp:
//
//	srv := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: auth}
//	err := srv.Serve(ctx, listener)
//
//	conn := &runtime.Client{Wire: tpp.Wire{}, Addr: "localhost:7777", Token: token}
//	client := slave.NewClient(conn.Do)
//
// A Server authenticates each call (Auth) and decides whether its principal may make it
// (Authorize), bounds what peers can take (Limits), contains panics, and runs interceptors
// around calls. When the context of Serve ends, it takes no new calls, lets those under
// way finish within Grace, and cancels the rest.
//
// The context of a handler or an interceptor tells who calls: PrincipalOf, PeerOf,
// EnvelopeOf.
//
// A Client may have several addresses: each call goes to the one with the fewest calls,
// past those that can't be reached, and may be made again or twice at once if that is safe.
// A program that doesn't care what performs its calls holds a Caller.
//
// Callers always get an *Error, whose Code a service's contract explains. A handler returns
// any error, and chooses the code by wrapping an *Error such as the sentinels of its
// contract.
//
// What operators need is beside this package: observe has logs and counters of calls,
// health a health check, certfile certificates that change while a server runs, listen
// Unix sockets and those of systemd; prom and tracing, which are modules of their own,
// have Prometheus and OpenTelemetry. Package stub is what generated code calls; transport
// and balance are for those who write a wire.
package runtime
