// Package callctx has the keys by which the context of a call answers what package
// runtime asks it. The contexts of package transport know them; so do those that runtime
// makes for tests and interceptors. Each value is a pointer or a channel, so that asking
// costs no allocation.
package callctx

type (
	Request   struct{} // the *runtime.Request
	Principal struct{} // a *runtime.Principal
	Peer      struct{} // a *runtime.Peer
	Envelope  struct{} // a *runtime.Raw: all envelope keys of the request; nil if the call is over
	Draining  struct{} // a <-chan struct{} that is closed when the server stops
)
