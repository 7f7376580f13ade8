package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/tpp-rpc/tpp/runtime"
)

// uploading returns do with the JSON values in r, one behind the other, as the items of
// its upload.
func (a *action) uploading(do runtime.Func, r io.Reader) runtime.Func {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		req.Upload = a.items(r)
		return do(ctx, req, out)
	}
}

// items yields the JSON values in r. It reads the next one when the service wants it. What
// doesn't fit the contract, if there is one, ends the call.
func (a *action) items(r io.Reader) iter.Seq2[runtime.Message, error] {
	return func(yield func(runtime.Message, error) bool) {
		d := json.NewDecoder(r)
		for n := 1; ; n++ {
			var item json.RawMessage
			err := d.Decode(&item)
			if err == io.EOF {
				return
			}
			if err == nil && a.model != nil {
				err = a.validator.check(a.model.Upload, item)
			}
			if err != nil {
				yield(nil, &itemError{n, err})
				return
			}
			if !yield((*runtime.Raw)(&item), nil) {
				return
			}
		}
	}
}

// An itemError says which item on standard input is wrong.
type itemError struct {
	n   int // counted from 1
	err error
}

func (e *itemError) Error() string { return fmt.Sprintf("standard input: item %d: %v", e.n, e.err) }

// checkUpload reports how the flags for an upload don't fit the action.
func (c *callRun) checkUpload(a *action) error {
	if a.model != nil && c.upload && a.model.Upload == nil {
		return usagef("%s takes no upload", a.name)
	}
	c.upload = c.upload || a.model != nil && a.model.Upload != nil
	if c.upload && c.data == "-" {
		return usagef("standard input holds the items of the upload: give the request with -d JSON or -d @FILE")
	}
	return nil
}
