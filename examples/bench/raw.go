package main

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
)

// This file echoes bytes: a length of four bytes and a message, with one connection for each
// caller, one write for each message, and no allocation. It is the limit for calls with a
// connection of their own.

func serveRaw(l net.Listener, _ *tls.Config) error {
	return accept(l, func(c net.Conn) {
		buf := make([]byte, 4<<10)
		for {
			m, err := readRaw(c, &buf)
			if err != nil {
				return
			}
			if _, err := c.Write(m); err != nil {
				return
			}
		}
	})
}

// readRaw reads a message, with its length, into *buf.
func readRaw(c net.Conn, buf *[]byte) ([]byte, error) {
	const head = 4
	need := head
	for n := 0; n < need; {
		m, err := c.Read((*buf)[n:])
		n += m
		if err != nil {
			return nil, err
		}
		if need == head && n >= head {
			need = head + int(binary.BigEndian.Uint32(*buf))
			if need > len(*buf) {
				*buf = append(*buf, make([]byte, need-len(*buf))...)
			}
		}
	}
	return (*buf)[:need], nil
}

// connectRaw sends as many bytes as the message has in JSON.
func connectRaw(p peer) (func() call, error) {
	body, err := of(p.size, smallMessage.MarshalJSON, mediumMessage.MarshalJSON, blobMessage.MarshalJSON)()
	if err != nil {
		return nil, err
	}
	msg := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
	return func() call {
		c, err := p.dial()
		buf := make([]byte, len(msg))
		return func() error {
			if err != nil {
				return err
			}
			if _, err := c.Write(msg); err != nil {
				return err
			}
			m, err := readRaw(c, &buf)
			if err == nil && len(m) != len(msg) {
				return io.ErrShortBuffer
			}
			return err
		}
	}, nil
}
