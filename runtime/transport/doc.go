// Package transport is for authors of transports: of a wire, which works on connections,
// or of another way to bring calls to a server. Programs that serve or call don't need it.
//
// A Core performs the calls of a runtime.Server, whatever brought them. It authenticates
// and authorizes a call, bounds how many there are, runs interceptors and handlers,
// contains their panics and logs how calls end. The transport turns bytes into a Call, and
// the responses that the Core passes to a runtime.Responder into bytes:
//
//	core, err := transport.New(server)
//	…
//	if err := core.Acquire(ctx); err != nil { … }     // wait for room
//	defer core.Release()
//	call := &transport.Call{
//		Request: runtime.Request{Action: action, Body: body, Envelope: keys},
//		Token:   token,
//		Peer:    transport.NewPeer(addr, tlsState),
//	}
//	failed := core.Perform(ctx, call, responder)
//
// Ctx is the peer's: when the peer leaves, end it, or call Call.Cancel.
//
// Package balance is the counterpart for clients.
//
// A wire whose peers connect to listeners is a Protocol, which Serve runs: it accepts and
// refuses connections, counts them, drains them when the server stops, and closes those
// that take too long. What a Protocol gets is a Conn, a connection with room for calls and
// workers to perform them.
package transport
