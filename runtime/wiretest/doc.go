// Package wiretest plays recorded conversations against a wire: as the client against a
// server, and with the sides swapped.
//
// Conversations are kept as text, in testdata/wire:
//
//	# A call whose action is unknown.
//	> "33\n" `{"action":"nope","body":{"n":12}}`
//	< "39\n" `{"code":5,"body":{"error":"no action"}}`
//	< eof
//
// The sentence above a conversation is its name; a blank line ends it. Sentences with nothing
// below them belong to the file as a whole.
//
// Lines with > are what the client sends, lines with < what the server does. Each has Go string
// literals, one after the other; "y"*1000 repeats one. A line that begins with blanks goes on
// with the one above. What has a > or < of its own is sent in one piece, so a message on two
// such lines arrives in two pieces; how what comes back is cut into pieces doesn't matter. In place of
// literals, eof says that a side sends no more, and reset that it breaks the connection.
//
// What a client makes of an answer stands below it where it isn't obvious:
//
//	< "33\n" `{"code":0,"body":{"other":true}}`
//	= `{"other":true}`
//	! bad response: the answer is late
//
// Each = is a body that the client hands over, ! is the error that ends the call: its code and its
// message.
package wiretest
