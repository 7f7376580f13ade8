package tpp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
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

// FuzzServer checks that whatever clients do on two connections, each call gets at most
// one last answer, which is its own, and just one if its connection is in order; that
// others aren't disturbed; and that the server stops in time.
func FuzzServer(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"))
	f.Add([]byte("\x00\x10\x20\x30\x0f\x40\x04\x14\x24\x34\x05\x01\x02"))
	f.Add([]byte("\x02\x02\x12\x12\x22\x04\x0b\x0c"))
	f.Add([]byte("\x00\x80\x12\x92\x23\xa3\x31\x41\x51\x61\xb1\x71\x7a\x03\x00\x0d"))
	f.Fuzz(func(t *testing.T, program []byte) {
		program = program[:min(len(program), 100)]
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, runtime.Limits{Frame: 1000, CallsPerConn: 4, Idle: time.Minute, FailedTokens: -1})
			var wg sync.WaitGroup
			var conns [2]*asker
			for i := range conns {
				conns[i] = &asker{T: t, Conn: s.dial(t)}
				wg.Go(conns[i].readAll)
			}
			for _, b := range program {
				conns[b>>7].does(b)
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
			for _, c := range conns {
				c.Close()
			}
		})
	})
}

// An asker is a client's end of a connection, and knows what was asked on it.
type asker struct {
	*testing.T
	*wiretest.Conn
	serial int // of the last request

	mu   sync.Mutex
	sent []byte // what makes no frame yet
	long bool   // sent begins a frame over the limit, and its request is in open
	open []ask  // what has no last answer yet, in order
	gone bool   // the client has left
	odd  bool   // the server has, or may have, a reason not to answer everything
	over bool   // no answer is to come any more
}

// An ask is a request as it stands in a frame.
type ask struct {
	ID     uint64
	Action string
	Token  string
	Cancel bool
	Body   struct{ N int }

	refused bool // it can't be read
	again   bool // its id was used while there was no answer, so that it's open what comes first
	items   int  // that have come, if it's for a stream
}

// does does one thing.
func (c *asker) does(b byte) {
	id := int(b>>4&7) + 1
	c.serial++
	ask := func(action string, n int) {
		c.write(framed(fmt.Sprintf(`{"id":%d,"action":%q,"token":"s3cret","body":{"n":%d}}`, id, action, n)))
	}
	switch b & 15 {
	case 0:
		ask("double", c.serial)
	case 1:
		ask("wait", id)
	case 2:
		ask("wait", 3600)
	case 3:
		ask("count", c.serial)
	case 4:
		c.write(framed(fmt.Sprintf(`{"id":%d,"cancel":true}`, id)))
	case 5:
		ask("panic", 1)
	case 6:
		ask("nope", 1)
	case 7:
		c.write(framed(fmt.Sprintf(`{"id":%d,"timeout":%d,"action":"wait","token":"s3cret","body":{"n":5}}`, id, id*1000)))
	case 8:
		c.write(framed(fmt.Sprintf(`{"id":%d,"action":"double","token":"wrong","body":{}}`, id)))
	case 9:
		ask(strings.Repeat("x", 200*id), 1) // too long, from 5 on
	case 10:
		if id < 8 {
			// Never for as long as a limit of the server: either may be first then.
			time.Sleep(time.Duration(id)*time.Second + 37*time.Millisecond)
		} else {
			time.Sleep(10 * time.Minute)
			c.settled()
		}
	case 11:
		c.write("7\n{\"id\":")
	case 12:
		c.write(strings.Repeat("9", id))
	case 13:
		c.write(framed(fmt.Sprintf(`{"action":"double","token":"s3cret","body":{"n":%d}}`, c.serial)))
	case 14:
		c.leaves()
		c.CloseWrite()
	case 15:
		if id > 4 {
			c.leaves()
			c.Reset()
		} else {
			synctest.Wait()
		}
	}
}

func (c *asker) leaves() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
}

// write sends text, unless what comes before it couldn't be sent.
func (c *asker) write(text string) {
	c.mu.Lock()
	gone := c.gone
	if !gone {
		c.sent = append(c.sent, text...)
		for c.asked() {
		}
	}
	c.mu.Unlock()
	if gone {
		return
	}
	c.SetWriteDeadline(time.Now().Add(time.Second)) // the server may not read any more
	if _, err := io.WriteString(c, text); err != nil {
		c.leaves()
	}
}

// asked records the next request in what was sent, if all of it was; c.mu is
// held.
func (c *asker) asked() bool {
	header, rest, ok := bytes.Cut(c.sent, []byte("\n"))
	n, err := strconv.Atoi(string(header))
	if errors.Is(err, strconv.ErrRange) && len(header) <= maxDigits {
		err = nil // n is as large as can be
	}
	if !ok || err != nil {
		return false
	}
	var a ask
	if n > len(rest) {
		// A frame over the limit is refused when its id has come.
		if _, err := fmt.Sscanf(string(rest), `{"id":%d`, &a.ID); err == nil && n > 1000 && !c.long {
			a.refused = true
			c.odd, c.long = true, true
			c.open = append(c.open, a)
		}
		return false
	}
	frame := rest[:n]
	c.sent = rest[n:]
	if c.long {
		c.long = false
		return true
	}
	if err = json.Unmarshal(frame, &a); err != nil {
		a = ask{}
		fmt.Sscanf(string(frame), `{"id":%d`, &a.ID)
	}
	a.refused = err != nil || n > 1000
	c.odd = c.odd || a.refused || a.ID == 0
	if a.Cancel {
		return true
	}
	for i := range c.open {
		if other := &c.open[i]; other.ID == a.ID {
			c.odd, a.again, other.again = true, true, true
		}
	}
	c.open = append(c.open, a)
	return true
}

// settled checks that there's an answer to everything that was asked, after a time that is
// enough for that.
func (c *asker) settled() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone || c.odd || len(c.sent) > 0 {
		return
	}
	c.odd = true // nothing came for so long that the server has left
	waiting := 0
	for _, a := range c.open {
		if a.Action == "wait" && a.Body.N == 3600 {
			waiting++
		}
	}
	if waiting < 4 && waiting < len(c.open) { // or there's no room for others
		c.Errorf("no answer to some of %+v", c.open)
	}
}

// An answer is a response as it stands in a frame.
type answer struct {
	ID     uint64
	Code   *int
	More   bool
	Goaway bool
	Body   json.RawMessage
}

// readAll reads what the server sends to its end, and checks that it was asked for.
func (c *asker) readAll() {
	f := &frameReader{src: c, limit: 1 << 20}
	for {
		frame, err := f.next()
		if err != nil {
			return
		}
		var resp answer
		if err := json.Unmarshal(frame.b, &resp); err != nil {
			c.Errorf("%s: %v", frame.b, err)
		} else if !c.answered(resp) {
			c.Errorf("no call asked for %s", frame.b)
		}
		frame.free()
	}
}

// answered records resp, and reports whether it was asked for.
func (c *asker) answered(resp answer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return false
	case resp.Goaway:
		c.odd = true
		c.over = resp.Code != nil
		return resp.ID == 0 && !resp.More && (!c.over || *resp.Code == 1)
	case resp.Code == nil:
		return false
	case resp.ID == 0:
		c.odd, c.over = true, true
		if *resp.Code == 1 {
			return true // it's about the connection
		}
	}
	i := slices.IndexFunc(c.open, func(a ask) bool { return a.ID == resp.ID && a.fits(resp) })
	if i < 0 {
		return false
	}
	if c.open[i].items++; !resp.More {
		c.open = slices.Delete(c.open, i, i+1)
	}
	return true
}

// fits reports whether resp may be the next answer to a.
func (a *ask) fits(resp answer) bool {
	body, n := string(resp.Body), a.Body.N
	switch {
	case a.again:
		return true
	case resp.More && a.items == 0:
		return a.Action == "count" && body == `{"count":"ok"}`
	case resp.More:
		return a.Action == "count" && a.items <= n && body == fmt.Sprintf(`{"n":%d}`, a.items-1)
	case *resp.Code != 0:
		return *resp.Code == 1 || *resp.Code == 3 && a.Token == "wrong"
	case a.refused, a.Token != "s3cret":
		return false
	case a.Action == "count":
		return a.items == n+1 && body == ""
	case a.Action == "double":
		n *= 2
	case a.Action != "wait":
		return false
	}
	return body == fmt.Sprintf(`{%q:{"n":%d}}`, a.Action, n)
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
			client := &runtime.Client{Wire: Wire{}, Addr: "odd", Dial: l.DialContext, Grace: time.Second}
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
			if n == 0 { // or it could be any call's
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
