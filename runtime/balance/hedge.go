package balance

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// hedges is a budget for second attempts: each call earns a tenth of one.
type hedges struct{ earned atomic.Int64 }

const (
	hedgeCost = 10             // of a second attempt
	maxSaved  = 10 * hedgeCost // so that a quiet hour doesn't allow a flood
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
		if n < hedgeCost {
			return false
		}
		if h.earned.CompareAndSwap(n, n-hedgeCost) {
			return true
		}
	}
}

// An outcome is what became of an attempt.
type outcome struct {
	body runtime.Raw // the answer
	err  error       // why there is none
}

// hedged performs a unary call that may be made twice at once. It copies the answer
// that counts, so that both attempts are over when it hands that on.
func (b *Balancer) hedged(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	b.hedges.earn()
	req, err := b.encoded(req)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	outcomes := make(chan outcome, 2)
	attempt := func(t *try) {
		var o outcome
		o.err = b.call(ctx, req, runtime.ResponderFunc(func(body runtime.Message) (err error) {
			o.body, err = body.AppendJSON(nil)
			return err
		}), t)
		outcomes <- o
	}
	var first try
	go attempt(&first)
	running := 1
	timer := time.NewTimer(b.client.Hedge)
	defer timer.Stop()
	var o outcome
	for done := false; !done; {
		select {
		case o = <-outcomes:
			running--
			// An unavailable peer doesn't decide while another one may answer.
			done = running == 0 || runtime.ReasonOf(o.err) != runtime.Unavailable
		case <-timer.C:
			if b.hedges.spend() {
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

// encoded returns req with all its messages as JSON: encoded once for both attempts,
// and in the goroutine of the caller, which can recover from a panic.
func (b *Balancer) encoded(req *runtime.Request) (*runtime.Request, error) {
	r := *req
	if r.Envelope == nil {
		r.Envelope = b.client.Envelope
	}
	for _, m := range []*runtime.Message{&r.Body, &r.Envelope, &r.Extra} {
		if *m == nil {
			continue
		}
		data, err := (*m).AppendJSON(nil)
		if err != nil {
			return nil, runtime.BadRequest.Errorf("request of %s: %w", req.Action, err)
		}
		*m = new(runtime.Raw(data))
	}
	return &r, nil
}
