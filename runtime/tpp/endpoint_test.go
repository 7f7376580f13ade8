package tpp

import (
	"sync"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/balance"
)

// A watchedWire is a Wire whose endpoints a test can look at.
type watchedWire struct {
	Wire
	once   sync.Once
	caller runtime.Caller
	ends   []*endpoint
}

// watched makes the endpoints of c visible for endpoints.
func watched(c *runtime.Client) *runtime.Client {
	c.Wire = &watchedWire{Wire: c.Wire.(Wire)}
	return c
}

// endpoints returns the endpoints of c, one for each address.
func endpoints(c *runtime.Client) []*endpoint {
	w := c.Wire.(*watchedWire)
	w.Connect(c)
	return w.ends
}

func (w *watchedWire) Connect(c *runtime.Client) runtime.Caller {
	w.once.Do(func() {
		w.caller = balance.New(c, func(p *balance.Backend) balance.Endpoint {
			e := newEndpoint(w.Wire, p)
			w.ends = append(w.ends, e)
			return e
		})
	})
	return w.caller
}
