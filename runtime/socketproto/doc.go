// Package socketproto speaks socket_protocol: JSON messages between two equal
// ends, each with a service, a data id, a status and data. It carries calls
// over it, in both directions.
//
// # Messages
//
// A Channel is one end. It handles what comes by callbacks, and sends, asks and
// receives at will:
//
//	c := socketproto.Connect(socketproto.Config{Secret: secret, Name: "lamp"}, dial)
//	c.Register(socketproto.Read, 7, func(ctx context.Context, c *socketproto.Channel, m socketproto.Message) (socketproto.Status, json.RawMessage) {
//		return socketproto.Okay, json.RawMessage(`{"celsius":21.5}`)
//	})
//	err := c.AwaitEstablished(ctx)
//	…
//	answer, err := c.Ask(ctx, socketproto.Message{Service: socketproto.Write, DataID: 3, Data: json.RawMessage(`"on"`)})
//
// Connect dials, and again when the connection has ended; Open and Accept make
// a channel of one connection. A Transport is anything that reads, writes and
// closes:
//
//	dial := func(ctx context.Context) (socketproto.Transport, error) {
//		return new(net.Dialer).DialContext(ctx, "tcp", "localhost:4711")
//	}
//
// Those who know the Python library find their things here:
//
//	pure JSON, struct                      Config.Codec: JSON, Struct
//	secret, automatic authentication       Config.Secret, ManualAuth
//	channel name                           Config.Name, Channel.Name
//	whitelist                              Config.Whitelist
//	names of services, data and statuses   Services.AddService, AddData, AddStatus
//	callbacks                              Services.Register
//	send, receive with a timeout           Channel.Send, Receive; both at once: Ask
//	authenticate, its state                Channel.Authenticate, AuthState
//	connection established                 Channel.Established, AwaitEstablished
//	reconnect                              by itself, with Connect
//
// # Calls
//
// PROTOCOL.md beside this file says what travels when the actions of a contract
// are called. Wire is for a runtime.Server and a runtime.Client:
//
//	srv := &runtime.Server{Wire: socketproto.Wire{Config: cfg}, Handler: mux, Auth: socketproto.BySecret}
//	conn := &runtime.Client{Wire: socketproto.Wire{Config: cfg}, Addr: "localhost:7777"}
//	client := calc.NewClient(conn.Do)
//
// The Handler of a client's Config performs the calls of its server. The Do of every
// Channel is a runtime.Func, so a handler calls its caller by
//
//	calc.NewClient(socketproto.ChannelOf(ctx).Do)
package socketproto
