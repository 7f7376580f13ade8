package tinyproto

// This file serves the connections that a Server has accepted.

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// start serves nc in a goroutine, or refuses it if there are too many connections.
func (s *Server) start(ctx, long context.Context, nc net.Conn, conns *sync.WaitGroup) {
	s.mu.Lock()
	full := s.conns >= s.maxConns()
	if !full {
		s.conns++
	}
	s.mu.Unlock()
	if full {
		s.refuse(nc, conns)
		return
	}
	conns.Go(func() {
		defer func() {
			nc.Close()
			s.mu.Lock()
			s.conns--
			s.mu.Unlock()
		}()
		s.serve(ctx, long, nc)
	})
}

// serve opens a connection and runs its Loop.
func (s *Server) serve(ctx, long context.Context, nc net.Conn) {
	c, err := Accepted(ctx, nc, s.Config)
	if err != nil {
		s.log().Debug("connection not opened", "peer", nc.RemoteAddr(), "err", err)
		return
	}
	if !s.group.add(c) {
		c.Close()
		return
	}
	returned := false
	defer func() {
		if !returned {
			p := recover()
			s.log().Error("panic", "peer", nc.RemoteAddr(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
		c.Close()
		s.log().Debug("connection ended", "peer", nc.RemoteAddr(), "err", err)
		if s.Closed != nil {
			s.Closed(c, err)
		}
	}()
	if s.Opened != nil {
		s.Opened(c)
	}
	err = s.Loop.run(ctx, long, c)
	returned = true
}

// refuse tells the peer of nc that there are too many connections, unless too many
// refusals are under way. See "peer-handshake-fe" in the transcript for the byte.
func (s *Server) refuse(nc net.Conn, conns *sync.WaitGroup) {
	const most = 64
	s.mu.Lock()
	busy := s.refusing >= most
	if !busy {
		s.refusing++
	}
	s.mu.Unlock()
	s.log().Warn("connection refused", "peer", nc.RemoteAddr(), "limit", s.maxConns())
	if busy {
		nc.Close()
		return
	}
	conns.Go(func() {
		defer func() {
			s.mu.Lock()
			s.refusing--
			s.mu.Unlock()
		}()
		if d := s.Config.timeout(); d > 0 {
			nc.SetDeadline(time.Now().Add(d))
		}
		refuse(nc)
		nc.Close()
	})
}

// refuse sends SignalConnLimit instead of a greeting, and reads the peer's greeting:
// closing a connection with unread bytes resets it, and then the peer may not see the
// signal.
func refuse(nc net.Conn) {
	if _, err := nc.Write([]byte{byte(SignalConnLimit)}); err == nil {
		nc.Read(make([]byte, 1))
	}
}
