// Package stub is what generated clients and registrations call; programs don't call it
// themselves. A method of a client turns its arguments into a runtime.Request and
// calls a runtime.Func (Invoke, InvokeStream); a registration turns methods of a service
// into Funcs (Unary, Stream, Enveloped).
package stub
