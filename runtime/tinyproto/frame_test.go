package tinyproto

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"
	"time"
)

// Memory for a message is reserved as bytes arrive, not by its announced size.
func TestReadMessage_room(t *testing.T) {
	never := func() error { return nil }
	for _, came := range []int{0, 1, piece - 1, piece, piece + 1, 10 * piece} {
		msg, err := readMessage(nil, bytes.NewReader(make([]byte, came)), MaxMessage, never)
		if err != io.ErrUnexpectedEOF || len(msg) != came || cap(msg) > 2*came+piece {
			t.Errorf("of %d bytes that came, there are %d in room for %d; %v", came, len(msg), cap(msg), err)
		}
		msg, err = readMessage(nil, bytes.NewReader(make([]byte, came)), int64(came), never)
		if err != nil || len(msg) != came || cap(msg) > came+piece {
			t.Errorf("a message of %d bytes has %d in room for %d; %v", came, len(msg), cap(msg), err)
		}
	}
}

// A scriptedConn is a connection whose peer sends fixed bytes, whatever it gets.
type scriptedConn struct {
	net.Conn
	r    io.Reader
	sent bytes.Buffer
}

func (c *scriptedConn) Read(p []byte) (int, error)       { return c.r.Read(p) }
func (c *scriptedConn) Write(p []byte) (int, error)      { return c.sent.Write(p) }
func (c *scriptedConn) Close() error                     { return nil }
func (c *scriptedConn) SetDeadline(time.Time) error      { return nil }
func (c *scriptedConn) SetReadDeadline(time.Time) error  { return nil }
func (c *scriptedConn) SetWriteDeadline(time.Time) error { return nil }

// FuzzConn lets a peer send any bytes to either end, which sends and receives in turn.
func FuzzConn(f *testing.F) {
	f.Add([]byte("\xff\x00\x00\x00\x05hello\xff\xff\x00\x00\x00\x00"), true, false)
	f.Add([]byte("\xff\xff\x00\x00\x00\x02hi\xff"), true, false)
	f.Add([]byte("\xff\x00\x00\x00\x05\xffhello\x00\x00\x00\x00"), true, true)
	f.Add([]byte("\xff\x00\x00\x00\x05hello\xff"), false, true)
	f.Add([]byte("\xff\x01\x00\x00\x00\x01\x00\x00\x00"), true, true)
	f.Add([]byte("\xff\xf1\x00\x00\x00\x00\x00\x00\x01x"), false, false)
	f.Add([]byte("\xfe"), true, false)
	f.Fuzz(func(t *testing.T, said []byte, dialed, sendFirst bool) {
		for _, r := range []io.Reader{bytes.NewReader(said), iotest.OneByteReader(bytes.NewReader(said))} {
			nc := &scriptedConn{r: r}
			c, err := open(t.Context(), newConn(nc, &Config{MaxSize: 1 << 20}, dialed))
			if err != nil {
				continue
			}
			received := 0
			for i := 0; err == nil; i++ {
				if (i%2 == 0) == sendFirst {
					err = c.Transmit(t.Context(), []byte("hello"))
				} else {
					var msg []byte
					msg, err = c.Receive(t.Context())
					received += sizeLen + len(msg)
				}
				if errors.As(err, new(Signal)) && c.ended() == nil || errors.As(err, new(*SizeError)) {
					err = nil
				}
			}
			if received > len(said)+sizeLen {
				t.Errorf("%d bytes of messages and sizes in %d", received, len(said))
			}
			if again := c.Transmit(context.Background(), nil); again == nil {
				t.Errorf("after %v the connection works", err)
			}
		}
	})
}
