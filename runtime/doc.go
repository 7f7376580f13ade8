// Package runtime has what the author of a service needs besides generated code: a
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
// The context of a handler tells who calls: PrincipalOf, PeerOf, EnvelopeOf. Interceptors of
// a Mux know the same. Interceptors of a Server run before the call is authenticated, so
// they know the principal only after next has returned.
//
// A Client may have several addresses: each call goes to the one with the fewest calls,
// past those that can't be reached, and may be made again or twice at once if that is safe.
// A program that doesn't care what performs its calls holds a Caller.
//
// Generated clients return every error as an *Error: one of the contract, with its Name,
// or one with a Reason. It is the same over every wire, and in the same process:
//
//	switch {
//	case errors.Is(err, master.ErrUserDoesNotExist): …
//	case errors.Is(err, runtime.OverLimit): …
//	}
//
// A handler returns an *Error to choose what its caller is told: a sentinel of its contract,
// with words of its own by the method Errorf; the result of Errorf; or one with a Reason,
// such as BadRequest.Errorf. Every other error is internal: the caller isn't told more, and
// the server logs it. Disclose has the details.
//
// Other packages have what operators need: auth checks tokens and certificates, observe
// logs and counts calls, health has a health check, certfile has certificates that change
// while a server runs, and listen has Unix sockets and sockets of systemd. The packages
// prom (Prometheus) and tracing (OpenTelemetry) are modules of their own. Generated code
// calls package stub. Packages transport and balance are for authors of wires.
package runtime
