package golang_test

import (
	"os/exec"
	"testing"

	"github.com/tpp-rpc/tpp/gen/internal/golden"
)

// Results of every kind come through a registration and a client.
func TestEmit_results(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	files, err := emit(golden.Contracts(t)["../../testdata/golden/results.txtar"])
	if err != nil {
		t.Fatal(err)
	}
	dir := newModule(t, "desk")
	write(t, dir, "desk_test.go", resultTest)
	for _, f := range files {
		write(t, dir, f.Name, string(f.Data))
	}
	cmd := exec.Command("go", "test", "-mod=mod", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go test: %v\n%s", err, out)
	}
}

const resultTest = `package desk

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"reflect"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

type desk struct{ UnimplementedDesk }

var start = codec.DateTime{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}

func (desk) Cancel(context.Context, *CancelRequest) (bool, error)               { return true, nil }
func (desk) Names(context.Context, *NamesRequest) ([]string, error)             { return []string{"a"}, nil }
func (desk) Sizes(context.Context, *SizesRequest) (map[string]int64, error)     { return map[string]int64{"a": 1}, nil }
func (desk) Find(context.Context, *FindRequest) (*string, error)                { return nil, nil }
func (desk) Next(context.Context, *NextRequest) (codec.DateTime, error)         { return start, nil }
func (desk) Any(context.Context, *AnyRequest) (json.RawMessage, error)          { return json.RawMessage("[1]"), nil }
func (desk) Ping(context.Context, *PingRequest) error                           { return nil }
func (desk) Level(context.Context, *LevelRequest) (Level, error)                { return LevelHigh, nil }
func (desk) Price(context.Context, *PriceRequest) (json.Number, error)          { return "1.50", nil }
func (desk) Lines(context.Context, *LinesRequest) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		_ = yield("one", nil) && yield("two", nil) && yield("", errors.New("no more"))
	}
}

func Test(t *testing.T) {
	var mux runtime.Mux
	Register(&mux, desk{})
	c, ctx := NewClient(mux.Serve), t.Context()
	type result struct {
		v   any
		err error
	}
	of := func(v any, err error) result { return result{v, err} }
	for want, got := range map[any]result{
		"true":                   of(c.Cancel(ctx, nil)),
		"[\"a\"]":                of(c.Names(ctx, nil)),
		"{\"a\":1}":              of(c.Sizes(ctx, nil)),
		"null":                   of(c.Find(ctx, nil)),
		"\"2026-01-02T03:04:05Z\"": of(c.Next(ctx, nil)),
		"[1]":                    of(c.Any(ctx, nil)),
		"\"high\"":               of(c.Level(ctx, nil)),
		"1.50":                   of(c.Price(ctx, nil)),
	} {
		data, err := json.Marshal(got.v)
		if got.err != nil || err != nil || string(data) != want {
			t.Errorf("got %s, %v, %v, want %s", data, got.err, err, want)
		}
	}
	if err := c.Ping(ctx, nil); err != nil {
		t.Error(err)
	}
	if key, err := c.Key(ctx, nil); err == nil || key.String() != "[secret]" {
		t.Errorf("Key = %v, %v", key, err)
	}
	var lines []string
	var last error
	for line, err := range c.Lines(ctx, nil) {
		if err != nil {
			last = err
			break
		}
		lines = append(lines, line)
	}
	if !reflect.DeepEqual(lines, []string{"one", "two"}) || last == nil {
		t.Errorf("lines are %q, %v", lines, last)
	}
	for range c.Lines(ctx, nil) {
		break
	}
}
`
