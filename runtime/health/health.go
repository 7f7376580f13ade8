// Package health has an action that says whether a service is able to work:
//
//	h := new(health.Health)
//	h.Register(mux, health.Action)
//
// The action is named healthcheck and answers as ToxicBuild's services do. Use OpenAction
// if ToxicBuild's master checks the service, since it sends no token. By hand, run
// tpp call ADDR healthcheck: the exit status says whether the service is healthy.
package health

import (
	"context"
	"sync/atomic"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// Action requires a token, as in ToxicBuild's services. OpenAction requires none.
var (
	Action     = &runtime.Action{Name: "healthcheck", Reply: runtime.Bare, Idempotent: true}
	OpenAction = &runtime.Action{Name: "healthcheck", Reply: runtime.Bare, Idempotent: true, NoAuth: true}
)

// Health says whether a service is able to work. The zero value says that it is. It is
// safe for concurrent use.
type Health struct {
	// Check finds out whether the service is able to work, for example by a query to
	// its database. Its error is the answer, like that of a handler. It must return
	// soon after ctx ends. If nil, there is no check.
	Check func(ctx context.Context) error

	draining atomic.Bool
}

// Drain makes the answer runtime.GoingAway from now on. Call it some time before the context
// of Serve ends, so that load balancers have noticed by then.
func (h *Health) Drain() { h.draining.Store(true) }

// Register registers the action with mux, with the name and the reply of a. It panics if
// mux has an action of that name.
func (h *Health) Register(mux *runtime.Mux, a *runtime.Action) {
	mux.Handle(a, stub.Unary(a, h.answer))
}

// answer answers with the text of ToxicBuild's services.
func (h *Health) answer(ctx context.Context, _ *anything) (*runtime.Raw, error) {
	if h.draining.Load() || runtime.Draining(ctx) {
		return nil, runtime.GoingAway.Errorf("draining")
	}
	if h.Check != nil {
		if err := h.Check(ctx); err != nil {
			return nil, err
		}
	}
	return new(runtime.Raw(`"I'm alive!"`)), nil
}
