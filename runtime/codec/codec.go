// Package codec is what generated decoders and encoders are made of.
//
// A generated type reads itself from a [Decoder], in one pass over the bytes
// that decodes and checks:
//
//	func (v *Point) DecodeJSON(d *codec.Decoder) {
//		*v = Point{}
//		var seen uint64
//		at := d.Object()
//		for d.Member() {
//			switch d.Name() {
//			case "x":
//				seen = d.Seen(seen, 0)
//				v.X = d.Int64()
//				d.Expect(v.X >= 0, "at least 0")
//			default:
//				d.NeverMember()
//			}
//		}
//		d.Require(at, seen, "x")
//	}
//
// Nothing in it tests for errors: after the first one, every method of the
// Decoder returns a zero value and every loop ends. Encoding appends to a
// buffer that the caller owns.
//
// A document is accepted if encoding/json accepts it, with two exceptions:
// invalid UTF-8 is refused, and so is a name that stands twice in an object, in values
// that are kept as text too. Half a surrogate pair, which only an escape can spell, is kept: in
// Go it has the three bytes that UTF-8 would give it, and [AppendString] writes
// the escape again.
package codec

import (
	"context"
	"sync"
)

// An Unmarshaler decodes and checks itself.
type Unmarshaler interface {
	// DecodeJSON reads the next value of d. Errors stay in d.
	DecodeJSON(d *Decoder)
}

// Unmarshal decodes data, which must be one JSON value, into v and checks it.
// The error is nil or an *[Error]. Nothing in v points into data.
func Unmarshal(data []byte, v Unmarshaler) error {
	return UnmarshalContext(context.Background(), data, v)
}

// UnmarshalContext is Unmarshal, but the end of ctx ends checks that take long; the error
// is that of ctx then.
func UnmarshalContext(ctx context.Context, data []byte, v Unmarshaler) error {
	d := decoders.Get().(*Decoder)
	d.Reset(data)
	d.doc.ctx = ctx
	v.DecodeJSON(d)
	d.End()
	err := d.Err()
	if d.doc.err != nil && d.doc.err == ctx.Err() {
		err = d.doc.err
	}
	d.release()
	return err
}

// Problems decodes data into v and returns everything that is wrong with it,
// in the order of the document, but no more than 1000 problems. An error of
// syntax is the last one found.
func Problems(data []byte, v Unmarshaler) []*Error {
	d := decoders.Get().(*Decoder)
	d.Reset(data)
	d.all = true
	v.DecodeJSON(d)
	d.End()
	errs := d.errors()
	d.release()
	return errs
}

// Validate reports the first thing about v that decoding would refuse: it
// encodes v and decodes that into another value of its type. The error is nil or an
// *[Error].
func Validate(v interface {
	AppendJSON(dst []byte) ([]byte, error)
}, into Unmarshaler) error {
	buf := buffers.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= 64<<10 {
			buffers.Put(buf)
		}
	}()
	data, err := v.AppendJSON((*buf)[:0])
	if err != nil {
		return EncodeError(data, err)
	}
	*buf = data
	return Unmarshal(data, into)
}

var (
	decoders = sync.Pool{New: func() any { return new(Decoder) }}
	buffers  = sync.Pool{New: func() any { return new([]byte) }}
)

// release gives d back to the pool, without what it remembers of a document.
func (d *Decoder) release() {
	d.forget()
	decoders.Put(d)
}
