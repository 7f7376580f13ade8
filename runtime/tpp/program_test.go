package tpp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/wiretest"
)

// This file lets programs of random bytes speak to a server and to a client: each
// byte is something that a peer may do.

// FuzzServer checks that whatever a client does, it gets at most one last answer to
// each call, others aren't disturbed, and the server stops in time.
func FuzzServer(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"))
	f.Add([]byte("\x00\x10\x20\x30\x0f\x40\x04\x14\x24\x34\x05\x01\x02"))
	f.Add([]byte("\x02\x02\x12\x12\x22\x04\x0b\x0c"))
	f.Fuzz(func(t *testing.T, program []byte) {
		program = program[:min(len(program), 64)]
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, runtime.Limits{Frame: 1000, CallsPerConn: 4, Idle: time.Minute, FailedTokens: -1})
			c := s.dial(t)
			var wg sync.WaitGroup
			wg.Go(func() { readAll(t, c) })
			for _, b := range program {
				does(c, b)
			}
			if n, err := invoke(t.Context(), s.client(t).Do, &actionDouble, 21); n != 42 || err != nil {
				t.Errorf("an honest call: %d, %v", n, err)
			}
			s.stop()
			began := time.Now()
			if err := <-s.done; err != nil || time.Since(began) > 20*time.Second {
				t.Errorf("Serve: %v after %v", err, time.Since(began))
			}
			s.done <- nil
			wg.Wait()
			c.Close()
		})
	})
}

// does does one thing as a client.
func does(c *wiretest.Conn, b byte) {
	id := b>>4 + 1
	ask := func(action string, n int) {
		io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":%q,"token":"s3cret","body":{"n":%d}}`, id, action, n)))
	}
	c.SetWriteDeadline(time.Now().Add(time.Second)) // the server may not read any more
	switch b & 15 {
	case 0:
		ask("double", int(id))
	case 1:
		ask("wait", int(id))
	case 2:
		ask("wait", 3600)
	case 3:
		ask("count", int(id))
	case 4:
		io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"cancel":true}`, id)))
	case 5:
		ask("panic", 1)
	case 6:
		ask("nope", 1)
	case 7:
		io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"timeout":%d,"action":"wait","token":"s3cret","body":{"n":5}}`, id, int(id)*500)))
	case 8:
		io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"double","token":"wrong","body":{}}`, id)))
	case 9:
		ask(strings.Repeat("x", 200*int(id)), 1) // too long, from 5 on
	case 10:
		time.Sleep(time.Duration(id) * time.Second)
	case 11:
		io.WriteString(c, "7\n{\"id\":")
	case 12:
		io.WriteString(c, strings.Repeat("9", int(id)))
	case 13:
		io.WriteString(c, framed(`{"action":"double","token":"s3cret","body":{"n":1}}`))
	case 14:
		c.CloseWrite()
	case 15:
		if id > 8 {
			c.Reset()
		} else {
			synctest.Wait()
		}
	}
}

// readAll reads what a server sends to its end. No call has two last answers,
// unless its id was used again.
func readAll(t *testing.T, c net.Conn) {
	f := &frameReader{src: c, limit: 1 << 20}
	for {
		frame, err := f.next()
		if err != nil {
			return
		}
		var resp struct {
			ID     uint64
			Code   *int
			More   bool
			Goaway bool
			Body   json.RawMessage
		}
		if err := json.Unmarshal(frame.b, &resp); err != nil {
			t.Errorf("%s: %v", frame.b, err)
		}
		switch {
		case resp.Code == nil && !resp.Goaway, resp.More && (*resp.Code != 0 || resp.ID == 0):
			t.Errorf("an odd answer: %s", frame.b)
		}
		frame.free()
	}
}

// FuzzClient checks that whatever a server does, calls end in time, with their own
// answers or errors, and so does the client.
func FuzzClient(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"))
	f.Add([]byte("\x00\x00\x03\x00\x0b\x00\x02\x00\x05"))
	f.Add([]byte("\x00\x0a\x00\x0a\x04"))
	f.Fuzz(func(t *testing.T, program []byte) {
		program = program[:min(len(program), 64)]
		synctest.Test(t, func(t *testing.T) {
			l := wiretest.Listen()
			p := &script{program: program}
			var served sync.WaitGroup
			served.Go(func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					served.Go(func() { p.serve(c) })
				}
			})
			client := &Client{Addr: "odd", Dial: l.DialContext, Grace: time.Second}
			began := time.Now()
			var calls sync.WaitGroup
			for caller := range int64(4) {
				calls.Go(func() {
					for n := caller * 100; n < caller*100+4; n++ {
						ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
						if got, err := invoke(ctx, client.Do, &actionBare, n); err == nil && got != n {
							t.Errorf("bare(%d) = %d", n, got)
						}
						if all, err := items(ctx, client.Do, &actionNull, n); err == nil && len(all) > 100 {
							t.Errorf("null(%d): %d items", n, len(all))
						}
						cancel()
					}
				})
			}
			calls.Wait()
			if took := time.Since(began); took > 4*3*time.Second {
				t.Errorf("the calls took %v", took)
			}
			client.Close()
			l.Close()
			served.Wait()
		})
	})
}

// A script is what a server does, on all its connections together; from its end on
// it closes them.
type script struct {
	mu      sync.Mutex
	program []byte
}

func (p *script) next() (b byte, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.program) == 0 {
		return 0, false
	}
	b, p.program = p.program[0], p.program[1:]
	return b, true
}

// serve does for each request what the script says.
func (p *script) serve(c net.Conn) {
	defer c.Close()
	f := &frameReader{src: c, limit: 1 << 20}
	var kept []string // answers for later
	for n := 0; ; n++ {
		frame, err := f.next()
		if err != nil {
			return
		}
		var req struct {
			ID     uint64
			Cancel bool
			Body   json.RawMessage
		}
		json.Unmarshal(frame.b, &req)
		frame.free()
		if req.Cancel {
			continue
		}
		b, ok := p.next()
		if !ok {
			return
		}
		answer := framed(fmt.Sprintf(`{"id":%d,"code":0,"body":%s}`, req.ID, req.Body))
		c.SetWriteDeadline(time.Now().Add(time.Second))
		switch b % 13 {
		case 0:
			io.WriteString(c, answer)
		case 1:
			kept = append(kept, answer)
		case 2:
			io.WriteString(c, strings.Join(kept, "")+answer)
			kept = nil
		case 3:
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"code":0,"body":{"n":-1}}`, req.ID+100)))
		case 4:
			io.WriteString(c, framed(`{"goaway":true}`)+answer)
		case 5:
			if n == 0 { // or it would be anybody's
				io.WriteString(c, framed(fmt.Sprintf(`{"code":0,"body":%s}`, req.Body)))
			}
			return
		case 6:
			io.WriteString(c, "garbage")
		case 7:
			io.WriteString(c, answer[:len(answer)/2])
			return
		case 8:
			return
		case 9:
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"code":5,"body":{"error":"five"}}`, req.ID)))
		case 10:
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"code":0,"more":true,"body":%s}`, req.ID, req.Body)))
		case 11:
			io.WriteString(c, answer+answer)
		case 12:
			c.(*wiretest.Conn).Reset()
			return
		}
	}
}

// Connections that bring a byte a second are closed in time, and hold up nobody.
func TestSoak_slowConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{ConnsPerIP: -1})
		client := s.client(t)
		if _, err := invoke(t.Context(), client.Do, &actionDouble, 1); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var slow, honest sync.WaitGroup
		for n := range short(300, 10_000) {
			c := s.dial(t)
			slow.Go(func() {
				text := "30\n" + strings.Repeat(" ", 30)
				if n%2 == 0 {
					text = strings.Repeat("0", 20)
				}
				for i := range text {
					if _, err := c.Write([]byte(text[i : i+1])); err != nil {
						break
					}
					time.Sleep(time.Second)
				}
				io.Copy(io.Discard, c)
				c.Close()
			})
		}
		honest.Go(func() {
			for time.Since(began) < 30*time.Second {
				now := time.Now()
				if _, err := invoke(t.Context(), client.Do, &actionDouble, 1); err != nil || time.Since(now) > 0 {
					t.Errorf("an honest call: %v after %v", err, time.Since(now))
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
		slow.Wait()
		if took := time.Since(began); took > time.Minute {
			t.Errorf("the last was closed after %v", took)
		}
		honest.Wait()
	})
}
