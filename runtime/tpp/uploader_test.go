package tpp

import (
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// An upload may fail just when its call is answered. Its connection has a deadline that has
// passed then, so no other call gets it.
func TestUploader_failsAtTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, runtime.Limits{}, withExamples)
		broken := errors.New("broken")
		for range 50 {
			c := s.client(t)
			items := func(yield func(Number, error) bool) {
				if yield(Number{1}, nil) {
					yield(Number{}, broken)
				}
			}
			if _, err := stub.InvokeUpload[Number](t.Context(), c.Do, &actionFirst, &Number{}, items, nil); err != nil && !errors.Is(err, broken) {
				t.Fatal(err)
			}
			if n, err := invoke(t.Context(), c.Do, &actionDouble, 4); n != 8 || err != nil {
				t.Fatalf("the next call: %d, %v", n, err)
			}
		}
	})

	l := newUploader(&conn{Conn: deadlines{}}, &runtime.Request{})
	l.fail(errors.New("broken"), nil)
	if failed := l.stop(); !failed {
		t.Error("stop doesn't tell that the upload has failed")
	}
}

// deadlines is a connection that takes deadlines and nothing else.
type deadlines struct{ net.Conn }

func (deadlines) SetReadDeadline(time.Time) error { return nil }
