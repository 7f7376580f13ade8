package tpp

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// When there is no room for calls, cancels are still read.
func TestQueue_cancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{CallsPerConn: 2})
		c := s.dial(t)
		defer c.Close()
		for id := range 5 {
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"wait","token":"s3cret","body":{"n":%d}}`, id+1, 3600+id)))
			synctest.Wait() // the first call makes the peer known, and each waits behind the ones before
		}
		for _, id := range []int{4, 1, 2} {
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"cancel":true}`, id)))
			synctest.Wait()
		}
		f := &frameReader{src: c, limit: 1 << 20}
		for _, want := range []string{
			`{"id":1,"code":1,"body":{"error":"context canceled"},"reason":"canceled"}`,
			`{"id":2,"code":1,"body":{"error":"context canceled"},"reason":"canceled"}`,
			`{"id":4,"code":1,"body":{"error":"context canceled"},"reason":"canceled"}`,
			`{"id":3,"code":0,"body":{"wait":{"n":3602}}}`,
			`{"id":5,"code":0,"body":{"wait":{"n":3604}}}`,
		} {
			if got := read(t, f); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}

// The timeout of a queued call counts from when its request came.
func TestQueue_deadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{Calls: 1})
		c := s.dial(t)
		defer c.Close()
		io.WriteString(c, framed(`{"id":1,"action":"wait","token":"s3cret","body":{"n":10}}`))
		synctest.Wait() // the peer is known from then on
		io.WriteString(c, framed(`{"id":2,"timeout":5000,"action":"wait","token":"s3cret","body":{"n":1}}`))
		io.WriteString(c, framed(`{"id":3,"timeout":15000,"action":"wait","token":"s3cret","body":{"n":10}}`))
		f := &frameReader{src: c, limit: 1 << 20}
		began := time.Now()
		for _, want := range []string{
			`10s {"id":1,"code":0,"body":{"wait":{"n":10}}}`,
			`10s {"id":2,"code":1,"body":{"error":"context deadline exceeded"},"reason":"deadline_exceeded"}`,
			`15s {"id":3,"code":1,"body":{"error":"context deadline exceeded"},"reason":"deadline_exceeded"}`,
		} {
			got := read(t, f)
			if got = fmt.Sprint(time.Since(began), " ", got); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}

// When a peer leaves, its queued calls end.
func TestQueue_peerLeaves(t *testing.T) {
	for _, limits := range []runtime.Limits{{Calls: 2}, {CallsPerConn: 2}} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, limits)
			c := s.dial(t)
			for id := range 5 {
				io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"wait","token":"s3cret","body":{"n":3600}}`, id+1)))
				synctest.Wait() // the first call makes the peer known
			}
			c.Reset()
			began := time.Now()
			if n, err := invoke(t.Context(), s.client(t).Do, &actionDouble, 1); n != 2 || err != nil || time.Since(began) > 0 {
				t.Errorf("another call: %d, %v after %v", n, err, time.Since(began))
			}
		})
	}
}

// When the queue is full, nothing is read. If it stays full for Limits.Body, the queued
// calls are refused and reading goes on; calls under way go on anyway.
func TestQueue_full(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{CallsPerConn: 2})
		c := s.dial(t)
		defer c.Close()
		began := time.Now()
		sent := make(chan time.Duration, 10)
		go func() {
			blank := strings.Repeat(" ", 1<<20)
			for id := range 5 {
				io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"wait","token":"s3cret","body":{"n":%d}}%s`, id+1, 90+id, blank)))
				sent <- time.Since(began)
			}
			io.WriteString(c, framed(`{"id":5,"cancel":true}`))
		}()
		f := &frameReader{src: c, limit: 1 << 20}
		for _, want := range []string{
			`1m0s {"id":3,"code":1,"body":{"error":"there was no room for the call for 1m0s"},"reason":"over_limit"}`,
			`1m30s {"id":1,"code":0,"body":{"wait":{"n":90}}}`,
			`1m31s {"id":2,"code":0,"body":{"wait":{"n":91}}}`,
			`1m31s {"id":5,"code":1,"body":{"error":"context canceled"},"reason":"canceled"}`,
			`3m3s {"id":4,"code":0,"body":{"wait":{"n":93}}}`,
		} {
			got := read(t, f)
			if got = fmt.Sprint(time.Since(began), " ", got); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		for _, want := range []time.Duration{0, 0, 0, 0, time.Minute} {
			if took := <-sent; took != want {
				t.Errorf("a request was taken after %v, want %v", took, want)
			}
		}
	})
}

// In persistent mode, a request over the limit fails its own call only.
func TestSession_skipsTooLongRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{Frame: 1000})
		c := s.dial(t)
		defer c.Close()
		f := &frameReader{src: c, limit: 1 << 20}
		go func() {
			io.WriteString(c, framed(`{"id":1,"action":"wait","token":"s3cret","body":{"n":3}}`))
			for id, n := range []int{1001, 1 << 20} {
				io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"%s"}`, 7+id, strings.Repeat("x", n))))
			}
			io.WriteString(c, framed(`{"id":2,"action":"double","token":"s3cret","body":{"n":3}}`))
			time.Sleep(5 * time.Second)
			io.WriteString(c, framed(`{"action":"`+strings.Repeat("x", 1000)+`","id":3}`))
		}()
		for _, want := range []string{
			`{"id":7,"code":1,"body":{"error":"frame of 1021 bytes is longer than the limit of 1000"},"reason":"over_limit"}`,
			`{"id":8,"code":1,"body":{"error":"frame of 1048596 bytes is longer than the limit of 1000"},"reason":"over_limit"}`,
			`{"id":2,"code":0,"body":{"double":{"n":6}}}`,
			`{"id":1,"code":0,"body":{"wait":{"n":3}}}`,
			`{"goaway":true,"code":1,"body":{"error":"frame of 1020 bytes is longer than the limit of 1000"},"reason":"over_limit"}`,
			`! EOF`,
		} {
			if got := read(t, f); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}
