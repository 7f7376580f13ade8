// Package socketproto implements socket_protocol: JSON messages between two equal ends. A
// message has a service, a data id, a status and data. Calls travel in both directions.
//
// # Messages
//
// A Channel is one end. Callbacks handle the messages of the peer, and a program sends,
// asks and receives:
//
//	c := socketproto.Connect(socketproto.Config{Secret: secret, AutoAuth: true, Name: "lamp"}, dial)
//	c.Register(socketproto.Read, 7, func(ctx context.Context, c *socketproto.Channel, m socketproto.Message) (socketproto.Status, json.RawMessage) {
//		return socketproto.Okay, json.RawMessage(`{"celsius":21.5}`)
//	})
//	err := c.AwaitEstablished(ctx)
//	…
//	answer, err := c.Ask(ctx, socketproto.Message{Service: socketproto.Write, DataID: 3, Data: json.RawMessage(`"on"`)})
//
// Connect dials, and dials again when the connection has ended. Open and Accept make a
// channel from one connection. A Transport is anything that reads, writes and closes:
//
//	dial := func(ctx context.Context) (socketproto.Transport, error) {
//		return new(net.Dialer).DialContext(ctx, "tcp", "localhost:4711")
//	}
//
// What the Python library has, and where it is here:
//
//	pure_json_protocol, struct_json_protocol  Config.Codec: JSON, Struct
//	comm_instance                             Transport, and Config.Framing: STP, CSP
//	its IS_CLIENT                             Connect and Open, or Accept
//	its connect and disconnect callbacks      Config.Connected, and the end of its context
//	secret, auto_auth, channel_name           Config.Secret, AutoAuth, Name
//	data_storage                              Message
//	SID_…, DID_…, STATUS_…, AUTH_STATE_…      the constants of Service, DataID, Status, AuthState
//	AUTH_STATE__NAMES                         AuthState.String
//	add_service, add_data, add_status         Services.AddService, AddData, AddStatus
//	RequestSidExistsError, Response…          ErrRequestExists, ErrResponseExists
//	add_msg_to_auth_whitelist_                Services.AddWhitelist
//	register_callback                         Services.Register
//	send, receive                             Channel.Send, Receive; both at once: Ask
//	authentificate                            Channel.Authenticate
//	check_authentification_state              Channel.AuthState
//	connection_established, is_connected      Channel.Established, AwaitEstablished, Connected
//	reconnect                                 Channel.Reconnect
//
// A context takes the place of a timeout. The library's timeouts by default are 2 s, and 1 s to
// receive; here a context without a deadline waits for ever.
//
// # Calls
//
// Wire carries calls of a contract's actions, as PROTOCOL.md says. Use it in a
// runtime.Server and a runtime.Client. The Do of a Channel is a runtime.Func too:
//
//	srv := &runtime.Server{Wire: socketproto.Wire{Config: cfg}, Handler: mux, Auth: socketproto.BySecret}
//	conn := &runtime.Client{Wire: socketproto.Wire{Config: cfg}, Addr: "localhost:7777"}
//	client := calc.NewClient(conn.Do)
//
// Config.Handler performs the calls that a server makes on its client. A handler calls its
// caller with
//
//	calc.NewClient(socketproto.ChannelOf(ctx).Do)
package socketproto
