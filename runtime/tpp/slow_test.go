package tpp

import (
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// Peers that send a byte a second, of a header or a body, or nothing at all, are told why
// and closed in time. They hold up no other peer.
func TestSoak_slowConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{ConnsPerIP: -1})
		client := s.client(t)
		if _, err := invoke(t.Context(), client.Do, &actionDouble, 1); err != nil {
			t.Fatal(err)
		}
		kinds := []struct {
			sends, want string
			took        time.Duration
		}{
			{strings.Repeat("0", 20), framed(`{"code":1,"body":{"error":"the header took longer than 10s"}}`), 10 * time.Second},
			{framed(`{"action":"double","token":"s3cret","body":{"n":1` + strings.Repeat(" ", 100) + `}}`), framed(`{"code":1,"body":{"error":"no call was authenticated within 30s"}}`), 30 * time.Second},
			{"", "", 10 * time.Second},
		}
		began := time.Now()
		var slow sync.WaitGroup
		for n := range short(300, 10_000) {
			kind := kinds[n%len(kinds)]
			c := s.dial(t)
			slow.Go(func() {
				var sending sync.WaitGroup
				sending.Go(func() {
					for i := range kind.sends {
						if _, err := io.WriteString(c, kind.sends[i:i+1]); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
				})
				got, err := io.ReadAll(c)
				if took := time.Since(began); string(got) != kind.want || err != nil || took != kind.took {
					t.Errorf("%.10q, a byte a second: %q, %v after %v, want %q after %v", kind.sends, got, err, took, kind.want, kind.took)
				}
				sending.Wait() // it goes on until the server has closed
				if took := time.Since(began); took > kind.took+patience+time.Second {
					t.Errorf("%.10q, a byte a second: closed after %v", kind.sends, took)
				}
				c.Close()
			})
		}
		for time.Since(began) < 70*time.Second {
			now := time.Now()
			if _, err := invoke(t.Context(), client.Do, &actionDouble, 1); err != nil || time.Since(now) > 0 {
				t.Errorf("an honest call: %v after %v", err, time.Since(now))
			}
			time.Sleep(100 * time.Millisecond)
		}
		slow.Wait()
	})
}
