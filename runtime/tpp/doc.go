// Package tpp speaks TPP, the protocol of ToxicBuild's services. A frame is a decimal
// count, a line feed and that many bytes of JSON.
//
// Wire is TPP for a runtime.Server and a runtime.Client. PROTOCOL.md beside this file says
// what travels.
//
// # Modes
//
// Two modes share one port. A classic connection carries one request and its answer, or
// its stream of answers, and then ends. Every peer understands that. A request with a
// positive integer under the key "id" asks for persistent mode: the connection stays, and
// carries many calls at once, told apart by their IDs:
//
//	> {"id":7,"timeout":1500,"action":"add","token":"…","body":{"n":1}}
//	< {"id":7,"code":0,"body":{"add":2}}
//	< {"id":8,"code":0,"more":true,"body":{"tick":1}}   an item of a stream
//	< {"id":8,"code":0}                                 the end of that stream
//	> {"id":9,"cancel":true}                            the client has left call 9
//	< {"goaway":true}                                   the server takes no new calls
//
// A classic peer ignores the ID, and its answer has none. So a client learns the mode of
// its peer from the first answer, and remembers it. Calls that begin meanwhile wait for
// that answer, for 50 ms at most.
//
// # Toxiccore
//
// What the Python library has, and where it is here:
//
//	ToxicServer(host, port), start          runtime.Server, its Serve; package listen
//	…use_ssl, certfile, keyfile             tls.NewListener; package certfile
//	…PROTOCOL_CLS, client_connected         Server.Handler, a runtime.Mux of handlers
//	BaseToxicProtocol.action, .data         runtime.Request
//	…send_response, code 0                  Responder.Respond
//	…send_response, code > 0                the handler returns a runtime.Error
//	BaseToxicClient(host, port)             runtime.Client, its Addr
//	…use_ssl, validate_cert                 Client.TLS, its InsecureSkipVerify
//	…request2server(action, body, token)    Client.Do, Token; generated clients
//	…timeout                                the context of the call, without a default
//	…async with                             Client.Close
//	ToxicClientException                    runtime.Error
//
// # A connection of a server
//
// A connection goes through these states:
//
//	new ──── request with ID ─────► persistent ──── 10 s without calls ───► quiet
//	 │                               │  │   ▲                              │  │
//	 │            request without ID │  │   └────────── request ───────────┘  │
//	 │                               │  └──── idle or drain ────┐             │
//	 │                               ▼                          ▼             │
//	 ├──── request without ID ────► classic                  leaving ◄────────┘ idle or drain
//	 │                               │ answered                 │ 5 s without calls
//	 │ nothing in time               ▼                          │
//	 └───────────────────────────► closing ◄────────────────────┘
//
// The end of input, a broken connection and a request that comes too slowly lead from every
// state to closing. So does a request that can't be read, unless it has an ID.
//
//   - new: no request has come. The peer has Limits.Header to send one, and one second
//     when the server stops.
//   - classic: the one call is performed. If its handler waits for the end of its context,
//     the connection is watched, and the call is cancelled when it breaks.
//   - persistent: requests are read and calls performed, many at once.
//   - quiet: nothing has come for 10 seconds and no call is under way. The connection
//     keeps little memory.
//   - leaving: the peer was asked to leave, by a goaway, because nothing came for
//     Limits.Idle or the server stops. Its calls go on, and what it still sends is served,
//     until it sends nothing for 5 seconds while no call is under way.
//   - closing: no more requests are read. If the peer is gone, its calls are cancelled, and
//     5 seconds after it has closed its half, if it is to be told what it did wrong. When
//     all calls have ended, it is told so, and the connection is closed.
//
// SCHEDULING.md beside this file says which goroutine does what, and why.
package tpp
