package envelope

import (
	"errors"
	"testing"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestAppendError(t *testing.T) {
	for _, test := range []struct {
		err  *runtime.Error
		want string
	}{
		{&runtime.Error{Code: 7, Message: "no"}, `{"id":3,"code":7,"body":{"error":"no"}}`},
		{
			&runtime.Error{Code: 7, Message: "no", Body: new(runtime.Raw(`{"add":"error","error":"no"}`))},
			`{"id":3,"code":7,"body":{"add":"error","error":"no"}}`,
		},
		{&runtime.Error{Code: 7, Message: "no", Body: unwritable{}}, `{"id":3,"code":7,"body":{"error":"no"}}`},
	} {
		if got := string(AppendError(nil, 3, test.err)); got != test.want {
			t.Errorf("AppendError(%+v) = %s, want %s", test.err, got, test.want)
		}
	}
}

// An unwritable is a message that fails to encode.
type unwritable struct{}

func (unwritable) AppendJSON(b []byte) ([]byte, error) {
	return append(b, `{"half":`...), errors.New("no more")
}
