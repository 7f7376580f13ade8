package wiretest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestConn_halfClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Listen()
		go func() {
			server, _ := l.Accept()
			question, _ := io.ReadAll(server)
			server.Write(append(question, '!'))
			server.Close()
		}()
		client, err := l.Dial()
		if err != nil {
			t.Fatal(err)
		}
		client.Write([]byte("hello"))
		client.CloseWrite()
		if _, err := client.Write([]byte("more")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("Write after CloseWrite: %v, want %v", err, syscall.EPIPE)
		}
		if answer, err := io.ReadAll(client); string(answer) != "hello!" || err != nil {
			t.Errorf("ReadAll = %q, %v", answer, err)
		}
		l.Close()
		if _, err := l.Dial(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Dial after Close: %v, want %v", err, net.ErrClosed)
		}
	})
}

func TestConn_reset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe()
		a.Write([]byte("lost"))
		a.Reset()
		if n, err := b.Read(make([]byte, 9)); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("Read = %d, %v, want %v", n, err, syscall.ECONNRESET)
		}
		if _, err := b.Write([]byte("x")); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("Write: %v, want %v", err, syscall.ECONNRESET)
		}
	})
}

func TestConn_closeUnblocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe()
		ended := make(chan error)
		go func() {
			_, err := a.Read(make([]byte, 1))
			ended <- err
		}()
		go func() {
			_, err := b.Write(make([]byte, 2*room))
			ended <- err
		}()
		a.Close()
		for range 2 {
			if err := <-ended; !errors.Is(err, net.ErrClosed) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("ended with %v", err)
			}
		}
	})
}

func TestConn_deadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe()
		begin := time.Now()
		go func() {
			time.Sleep(time.Second)
			a.SetDeadline(time.Now().Add(time.Second)) // for a Read that waits already
		}()
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v, want %v", err, os.ErrDeadlineExceeded)
		}
		if d := time.Since(begin); d != 2*time.Second {
			t.Errorf("Read took %v, want 2s", d)
		}
		a.SetDeadline(time.Now().Add(time.Second))
		if n, err := a.Write(make([]byte, 2*room)); n != room || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write = %d, %v, want %d, %v", n, err, room, os.ErrDeadlineExceeded)
		}
		a.SetDeadline(time.Time{})
		go func() {
			a.Write([]byte("end"))
			a.Close()
		}()
		if all, err := io.ReadAll(b); len(all) != room+3 || !bytes.HasSuffix(all, []byte("end")) || err != nil {
			t.Errorf("ReadAll = %d bytes, %v", len(all), err)
		}
	})
}
