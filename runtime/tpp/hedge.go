package tpp

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// hedges counts what calls have earned: a tenth of a second attempt each.
type hedges struct{ earned atomic.Int64 }

const (
	costs    = 10         // of a second attempt
	maxSaved = 10 * costs // so that a quiet hour doesn't allow a flood
)

// earn counts a call.
func (h *hedges) earn() {
	if n := h.earned.Load(); n < maxSaved {
		h.earned.CompareAndSwap(n, n+1)
	}
}

// spend reports whether there may be a second attempt now.
func (h *hedges) spend() bool {
	for {
		n := h.earned.Load()
		if n < costs {
			return false
		}
		if h.earned.CompareAndSwap(n, n-costs) {
			return true
		}
	}
}

// An outcome is what became of an attempt.
type outcome struct {
	body runtime.Raw // the answer
	err  error       // why there is none
}

// encoded returns req with all that is to be encoded as JSON: once for both attempts,
// and in the goroutine of the caller, who can recover from a panic.
func (c *Client) encoded(req *runtime.Request) (*runtime.Request, error) {
	r := *req
	if r.Envelope == nil {
		r.Envelope = c.Envelope
	}
	for _, m := range []*runtime.Message{&r.Body, &r.Envelope, &r.Extra} {
		if *m == nil {
			continue
		}
		data, err := (*m).AppendJSON(nil)
		if err != nil {
			return nil, runtime.Errorf(runtime.Failed, "request of %s: %w", req.Action, err)
		}
		*m = new(runtime.Raw(data))
	}
	return &r, nil
}

// hedged performs a unary call that may be made twice at once. The answer that
// counts is copied, so that both attempts can be over when it's handed on.
func (c *Client) hedged(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	c.hedges.earn()
	req, err := c.encoded(req)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	outcomes := make(chan outcome, 2)
	attempt := func(t *try) {
		var o outcome
		o.err = c.call(ctx, req, runtime.ResponderFunc(func(body runtime.Message) (err error) {
			o.body, err = body.AppendJSON(nil)
			return err
		}), t)
		outcomes <- o
	}
	var first try
	go attempt(&first)
	running := 1
	timer := time.NewTimer(c.Hedge)
	defer timer.Stop()
	var o outcome
	for done := false; !done; {
		select {
		case o = <-outcomes:
			running--
			// That a peer can't be reached is no answer while another may give one.
			done = running == 0 || runtime.CodeOf(o.err) != runtime.Unavailable
		case <-timer.C:
			if c.hedges.spend() {
				running++
				go attempt(&try{avoid: first.at.Load()})
			}
		}
	}
	cancel()
	for range running {
		<-outcomes
	}
	if o.err != nil {
		return o.err
	}
	return out.Respond(&o.body)
}
