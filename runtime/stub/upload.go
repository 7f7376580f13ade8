package stub

import (
	"context"
	"iter"

	"github.com/tpp-rpc/tpp/runtime"
)

// This file has the calls whose callers upload items. A handler gets the items as an
// iterator, which may be read once and only while the call lasts: its last error is why
// no more items come, such as the end of the call's context, or an item that doesn't fit
// its schema. A client reads its iterator in a goroutine of its own, from when the server
// wants the first item. It stops at an error, which is then that of the call, and when the
// call has ended.

// Upload returns the Func that performs a by calling f, as Unary does.
func Upload[Req, In, Resp any, Q unmarshaler[Req], I unmarshaler[In], P message[Resp]](a *runtime.Action, f func(context.Context, *Req, iter.Seq2[In, error]) (*Resp, error)) runtime.Func {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		items, err := received[In, I](ctx, a, req)
		if err != nil {
			return err
		}
		return Unary[Req, Resp, Q, P](a, func(ctx context.Context, in *Req) (*Resp, error) { return f(ctx, in, items) })(ctx, req, out)
	}
}

// UploadValue is Upload for a response that is no struct.
func UploadValue[Req, In, Resp any, Q unmarshaler[Req], I unmarshaler[In], P message[Resp]](a *runtime.Action, f func(context.Context, *Req, iter.Seq2[In, error]) (Resp, error)) runtime.Func {
	return Upload[Req, In, Resp, Q, I, P](a, func(ctx context.Context, req *Req, items iter.Seq2[In, error]) (*Resp, error) {
		resp, err := f(ctx, req, items)
		return &resp, err
	})
}

// UploadStream returns the Func that performs a by calling f, as Stream does. Items come
// and go at the same time.
func UploadStream[Req, In, Item any, Q unmarshaler[Req], I unmarshaler[In], P message[Item]](a *runtime.Action, f func(context.Context, *Req, iter.Seq2[In, error]) iter.Seq2[Item, error]) runtime.Func {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		items, err := received[In, I](ctx, a, req)
		if err != nil {
			return err
		}
		return Stream[Req, Item, Q, P](a, func(ctx context.Context, in *Req) iter.Seq2[Item, error] { return f(ctx, in, items) })(ctx, req, out)
	}
}

// received returns the items of a request; none if the wire carries no uploads.
func received[In any, I unmarshaler[In]](ctx context.Context, a *runtime.Action, req *runtime.Request) (iter.Seq2[In, error], error) {
	items := req.Upload
	if items == nil {
		return nil, runtime.Unimplemented.Errorf("%s takes an upload, and this connection carries none", a.Name)
	}
	return func(yield func(In, error) bool) {
		var item In // as in InvokeStream
		for m, err := range items {
			item = *new(In)
			if err == nil {
				if err = runtime.Decode(ctx, m, I(&item)); err != nil && err != ctx.Err() {
					err = runtime.BadRequest.Errorf("bad item: %w", err)
				}
			}
			if err != nil {
				var none In
				yield(none, err)
				return
			}
			if !yield(item, nil) {
				return
			}
		}
	}, nil
}

// InvokeUpload is Invoke for an action with an upload. If items is nil, there are none.
func InvokeUpload[Resp, Req, In any, P unmarshaler[Resp], Q message[Req], I message[In]](ctx context.Context, do runtime.Func, a *runtime.Action, req *Req, items iter.Seq2[In, error], envelope runtime.Message) (*Resp, error) {
	return Invoke[Resp, Req, P, Q](ctx, uploading[In, I](do, items), a, req, envelope)
}

// InvokeUploadValue is InvokeUpload for a response that is no struct. It is zero if there
// is an error.
func InvokeUploadValue[Resp, Req, In any, P unmarshaler[Resp], Q message[Req], I message[In]](ctx context.Context, do runtime.Func, a *runtime.Action, req *Req, items iter.Seq2[In, error], envelope runtime.Message) (Resp, error) {
	return InvokeValue[Resp, Req, P, Q](ctx, uploading[In, I](do, items), a, req, envelope)
}

// InvokeUploadStream is InvokeStream for an action with an upload.
func InvokeUploadStream[Item, Req, In any, P unmarshaler[Item], Q message[Req], I message[In]](ctx context.Context, do runtime.Func, a *runtime.Action, req *Req, items iter.Seq2[In, error], envelope runtime.Message) iter.Seq2[Item, error] {
	return InvokeStream[Item, Req, P, Q](ctx, uploading[In, I](do, items), a, req, envelope)
}

// uploading returns do with items as the upload of its request.
func uploading[In any, I message[In]](do runtime.Func, items iter.Seq2[In, error]) runtime.Func {
	return func(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
		req.Upload = func(yield func(runtime.Message, error) bool) {
			if items == nil {
				return
			}
			for item, err := range items {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(I(&item), nil) {
					return
				}
			}
		}
		return do(ctx, req, out)
	}
}
