package tinyproto

import "fmt"

// A Signal is a byte that one end says to the other: in place of a greeting, or
// as the answer to a size. All but SignalOK are errors, which errors.Is finds in what
// Dial and Conn.Transmit return.
type Signal byte

// The signals. Cases "init-handshake", "raw-size-too-big-f1000000" and
// "peer-handshake-fe" of the transcript have the first three; no peer is known
// that sends the last, but a sender understands it ("peer-answers-fd").
const (
	SignalOK        Signal = 0xFF // hello, or: send it
	SignalError     Signal = 0x00 // the message is larger than the receiver takes
	SignalConnLimit Signal = 0xFE // the server has as many connections as it wants
	SignalConflict  Signal = 0xFD
)

// Error returns what the signal means where SignalOK was expected.
func (s Signal) Error() string {
	switch s {
	case SignalOK:
		return "accepted"
	case SignalError:
		return "refused by the peer"
	case SignalConnLimit:
		return "refused by the peer: too many connections"
	case SignalConflict:
		return "refused by the peer: conflict"
	}
	return fmt.Sprintf("answered with %#02x, which means nothing", byte(s))
}
