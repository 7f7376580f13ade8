package tpp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A fickle message can be encoded once.
type fickle struct{ times int }

func (m *fickle) AppendJSON(b []byte) ([]byte, error) {
	if m.times++; m.times > 1 {
		return b, errors.New("not again")
	}
	return append(b, "1"...), nil
}

// A response that has to wait for room is encoded a second time. If that fails, the call
// still gets an answer.
func TestCall_encodedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		big := filler(`"` + strings.Repeat("x", 100<<10) + `"`)
		odd := new(fickle)
		full := make(chan struct{})
		s := serve(t, runtime.Limits{}, func(s *runtime.Server) {
			s.Handler.(*runtime.Mux).Use(func(_ context.Context, req *runtime.Request, out runtime.Responder, _ runtime.Func) error {
				if req.Action == "double" {
					<-full
					return out.Respond(odd)
				}
				return out.Respond(big)
			})
		})
		c := s.dial(t)
		defer c.Close()
		io.WriteString(c, framed(`{"id":99,"action":"double","token":"s3cret","body":{}}`))
		time.Sleep(2 * turn) // until another worker reads
		const most = 6       // two are on their way, one is being written, and three fill the queue
		for id := range most {
			io.WriteString(c, framed(fmt.Sprintf(`{"id":%d,"action":"bare","body":{}}`, id+1)))
			synctest.Wait()
		}
		close(full)
		synctest.Wait()
		f := &frameReader{src: c, limit: 1 << 20}
		var answer string
		for range most + 1 {
			if got := read(t, f); strings.HasPrefix(got, `{"id":99,`) {
				answer = got
			}
		}
		if want := `{"id":99,"code":1,"body":{"error":"internal error"},"reason":"internal"}`; answer != want || odd.times != 2 {
			t.Errorf("%s, encoded %d times; want %s", answer, odd.times, want)
		}
	})
}
