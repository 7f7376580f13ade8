// Package health has a ready-made action by which others find out whether a
// service may be given work:
//
//	h := new(health.Health)
//	h.Register(mux, health.Action)
//
// Under the name healthcheck it answers as ToxicBuild's services do. Their master
// sends no token when it asks, and takes an error for "not alive", so OpenAction is
// for it; tpp call ADDR healthcheck asks by hand, and its exit status tells.
package health

import (
	"context"
	"sync/atomic"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// Action is the usual description of the action. A server asks a token for it, as
// ToxicBuild's do; OpenAction is for those who have none.
var (
	Action     = &runtime.Action{Name: "healthcheck", Reply: runtime.Bare, Idempotent: true}
	OpenAction = &runtime.Action{Name: "healthcheck", Reply: runtime.Bare, Idempotent: true, NoAuth: true}
)

// ErrDraining is the answer of a service that wants no more work: it was told to stop,
// or is going to be.
var ErrDraining = runtime.NewError(runtime.Failed, "Draining", "draining", "^draining$")

// Health knows whether a service may be given work. The zero value says that it may.
type Health struct {
	// Check finds out whether the service can work, such as by asking its
	// database; its error is the answer. It ends soon after ctx does. If nil, the
	// service can.
	Check func(ctx context.Context) error

	draining atomic.Bool
}

// Drain makes the answer ErrDraining from now on. Call it a while before the context of
// Serve ends, so that those who look send no new calls when that comes.
func (h *Health) Drain() { h.draining.Store(true) }

// Register registers the action with mux: under the name, and where in the body the
// answer sits, that a says. It panics if mux has an action of that name.
func (h *Health) Register(mux *runtime.Mux, a *runtime.Action) {
	mux.Handle(a, stub.Unary(a, h.answer))
}

// answer answers with what ToxicBuild's services say.
func (h *Health) answer(ctx context.Context, _ *anything) (*runtime.Raw, error) {
	if h.draining.Load() || runtime.Draining(ctx) {
		return nil, ErrDraining
	}
	if h.Check != nil {
		if err := h.Check(ctx); err != nil {
			return nil, err
		}
	}
	return new(runtime.Raw(`"I'm alive!"`)), nil
}
