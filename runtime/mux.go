package runtime

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/tpp-rpc/tpp/runtime/internal/callctx"
)

// A Mux performs the actions that are registered with it. The zero value has none. Register
// everything before the first call; from then on, a Mux is safe for concurrent use.
type Mux struct {
	actions      map[string]*registration
	interceptors []Interceptor
	contracts    []byte // see Describe
}

// A registration is one action of a Mux.
type registration struct {
	action *Action
	bare   Func // as it was registered
	serve  Func // with the interceptors around it
}

// Handle registers f to perform a; a generated Register calls it. It panics if there is an
// action of that name already.
func (m *Mux) Handle(a *Action, f Func) {
	if m.actions == nil {
		m.actions = make(map[string]*registration)
	}
	if m.actions[a.Name] != nil {
		panic(fmt.Sprintf("runtime: action %q is registered twice", a.Name))
	}
	m.actions[a.Name] = &registration{a, f, Intercept(f, m.interceptors...)}
}

// Use puts interceptors around every action, inside those that are there already, whether
// an action is registered before or after. Calls of unknown actions don't reach them.
func (m *Mux) Use(interceptors ...Interceptor) {
	m.interceptors = append(slices.Clip(m.interceptors), interceptors...)
	for _, r := range m.actions {
		r.serve = Intercept(r.bare, m.interceptors...)
	}
}

// Action returns the action called name; nil if there is none.
func (m *Mux) Action(name string) *Action {
	if r := m.actions[name]; r != nil {
		return r.action
	}
	return nil
}

// Actions returns the registered actions, in no order.
func (m *Mux) Actions() iter.Seq[*Action] {
	return func(yield func(*Action) bool) {
		for _, r := range m.actions {
			if !yield(r.action) {
				return
			}
		}
	}
}

// Serve performs a call; it is a Func. The reason of an unknown action is
// UnknownAction.
func (m *Mux) Serve(ctx context.Context, req *Request, out Responder) error {
	r := m.actions[req.Action]
	if r == nil {
		return UnknownAction.Errorf("unknown action %q", req.Action)
	}
	req.Info = r.action
	if req.Envelope != nil && len(m.interceptors) > 0 {
		ctx = withRequest(ctx, req)
	}
	return r.serve(ctx, req, out)
}

// withRequest returns a context in which EnvelopeOf knows the keys of req, if ctx isn't
// one already because a transport has brought req.
func withRequest(ctx context.Context, req *Request) context.Context {
	if ctx.Value(callctx.Request{}) == req {
		return ctx
	}
	raw := new(Raw)
	if b, err := req.Envelope.AppendJSON(nil); err == nil {
		*raw = b
	}
	ctx = context.WithValue(ctx, callctx.Request{}, req)
	return context.WithValue(ctx, callctx.Envelope{}, raw)
}
