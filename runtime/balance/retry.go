package balance

import (
	"context"
	"errors"

	"github.com/tpp-rpc/tpp/runtime"
)

const (
	// mostSeen is how many attempts are made that the peer may have seen, or refused.
	mostSeen = 3

	// mostUnseen is how many attempts are made altogether, should none get through.
	mostUnseen = 100
)

// A Retry decides whether a call that failed is made again. The zero value is for a
// call that hasn't been made. A Retry belongs to one goroutine.
type Retry struct {
	all  int // attempts so far
	seen int // those that the peer may have seen
}

// Again reports whether a call is made again after an attempt that failed with err;
// before that, it waits a little if the peer may have seen the attempt. If the call
// isn't made again, the error is what the caller gets. An error of Respond ends the call.
func (r *Retry) Again(ctx context.Context, req *runtime.Request, err error) (bool, error) {
	if e, ok := err.(respondError); ok {
		return false, e.error
	}
	r.all++
	var unseen unseenError
	switch {
	case errors.Is(err, runtime.ErrClosed):
		return false, err
	case errors.As(err, &unseen):
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case unseen.refused && r.all >= mostSeen:
			return false, err
		case r.all == mostUnseen:
			return false, runtime.Unavailable.Errorf("%d attempts didn't get through: %w", r.all, err)
		}
		return true, nil
	}
	r.seen++
	if ctx.Err() != nil || !repeatable(req) || r.seen == mostSeen || runtime.ReasonOf(err) != runtime.Unavailable {
		return false, err
	}
	if sleep(ctx, backoff(r.seen)) != nil {
		return false, err
	}
	return true, nil
}

// repeatable reports whether a call may be made again though the peer may have seen
// it.
func repeatable(req *runtime.Request) bool {
	return req.Info != nil && req.Info.Idempotent && !req.Info.Stream && !req.Info.Upload
}
