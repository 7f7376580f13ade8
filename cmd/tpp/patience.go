package main

import (
	"context"
	"errors"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// firstAnswer is how long call waits for the first answer if nothing else is said.
const firstAnswer = 30 * time.Second

// A patience limits the time of a call.
type patience struct {
	ctx    context.Context // of the call
	cancel context.CancelCauseFunc
	timer  *time.Timer // runs until the first answer; nil if that may take any time
}

// errNoAnswer is the cause of the end of a call without an answer in time.
var errNoAnswer = errors.New("no answer")

// newPatience returns a patience for a call that ends with parent, or when limit is over
// and no answer has come. A limit of zero means no limit.
func newPatience(parent context.Context, limit time.Duration) *patience {
	p := &patience{}
	p.ctx, p.cancel = context.WithCancelCause(parent)
	if limit > 0 {
		p.timer = time.AfterFunc(limit, func() { p.cancel(errNoAnswer) })
	}
	return p
}

// answered notes that an answer has come.
func (p *patience) answered() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// end ends the call if it isn't over.
func (p *patience) end() {
	p.answered()
	p.cancel(nil)
}

// lost reports whether err means that the time is up. The service knows the deadline, so it
// may end the call a moment earlier.
func (p *patience) lost(err error) bool {
	reason := runtime.ReasonOf(err)
	if reason == runtime.Canceled {
		return context.Cause(p.ctx) == errNoAnswer
	}
	deadline, ok := p.ctx.Deadline()
	return ok && time.Until(deadline) <= 50*time.Millisecond && reason == runtime.DeadlineExceeded
}
