// Package wiretest tests wires. Run holds what every wire must do. Conversations, which
// are recorded bytes, are played against a server and, with the sides swapped, against a
// client.
//
// Conversations are kept as text, in testdata/wire:
//
//	# A call whose action is unknown.
//	> "33\n" `{"action":"nope","body":{"n":12}}`
//	< "39\n" `{"code":5,"body":{"error":"no action"}}`
//	< eof
//
// The sentence above a conversation is its name; a blank line ends the conversation. A
// sentence with nothing below it belongs to the whole file.
//
// The client sends the lines that begin with >, the server those that begin with <. A line
// has Go string literals, one after the other; "y"*1000 repeats one. A line that begins
// with blanks continues the line above. Each line with > or < is sent in one piece, so a
// message on two such lines arrives in two pieces. Received bytes may arrive in any pieces.
// Instead of literals, eof means that a side ends its half of the connection, and reset
// that it breaks the connection.
//
// The result in the client stands below an answer if it isn't obvious:
//
//	< "33\n" `{"code":0,"body":{"other":true}}`
//	= `{"other":true}`
//	! bad response: the answer is late
//
// = is a body that the client returns. ! is the error that ends the call, with its code and
// its message.
package wiretest
