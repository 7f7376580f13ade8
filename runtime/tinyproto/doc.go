// Package tinyproto implements the protocol of the Python library tinyproto, for either
// end, and carries calls over it.
//
// # Messages
//
// A message is any bytes. A Server has a Loop that gets the messages:
//
//	srv := &tinyproto.Server{
//		Addrs: []string{"127.0.0.1:9123", "[::1]:9123"},
//		Loop: tinyproto.Loop{
//			Message: func(ctx context.Context, c *tinyproto.Conn, msg []byte) error {
//				return c.Transmit(ctx, append([]byte("re: "), msg...))
//			},
//		},
//	}
//	err := srv.ListenAndServe(ctx)
//
// A client dials, and then sends and receives, or has a Loop too (see Dialer):
//
//	c, err := tinyproto.Dial(ctx, "127.0.0.1:9123")
//	…
//	err = c.Transmit(ctx, []byte("hello"))
//	msg, err := c.Receive(ctx)
//
// What the Python library has, and where it is here:
//
//	TinyProtoServer.add_addr                    Server.Addrs, Listen
//	…set_conn_handler                           Server.Loop, Dialer.Loop
//	TinyProtoServer.start, .shutdown            Server.ListenAndServe, .Stop
//	…pre_loop, loop_pass, post_loop             Server.Before, Pass, After
//	…conn_init, conn_shutdown                   Server.Opened, Closed
//	…active_connections                         Server.Conns, Dialer.Conns; all at once: Broadcast
//	…connection_limit                           Server.MaxConns
//	TinyProtoConnection.pre_loop, loop_pass,
//	post_loop, transmission_received            Loop.Before, Pass, After, Message
//	…transmit, receive, shutdown                Conn.Transmit, Receive, Close
//	TinyProtoClient.connect_to, set_timeout     Dialer.Dial, Config.Timeout
//	…start, pre_loop, loop_pass, post_loop      your own code around Dial, and Dialer.Wait
//	TinyProtoPlugin                             Transform
//
// Unlike there, everything may be called from any goroutine, a message that is too large
// for its receiver leaves the connection usable, and a message cut short is never
// delivered.
//
// # Calls
//
// Wire carries calls of a contract's actions in messages, as PROTOCOL.md says. Use it in
// a runtime.Server and a runtime.Client:
//
//	srv := &runtime.Server{Wire: tinyproto.Wire{}, Handler: mux, Auth: auth}
//	conn := &runtime.Client{Wire: tinyproto.Wire{}, Addr: "localhost:7777", Token: token}
//	client := calc.NewClient(conn.Do)
//
// In the comments, names in "the transcript" are recorded conversations in
// testdata/wire/tinyproto.
package tinyproto
