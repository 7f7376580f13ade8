// Package stub is what generated clients and registrations call; programs don't call it
// themselves. A method of a client turns its arguments into a runtime.Request and
// calls a runtime.Func (Invoke, InvokeStream); a registration turns methods of a service
// into Funcs (Unary, Stream, Enveloped).
package stub

// Generation1 exists in every runtime that runs code of generation 1. Generated packages
// refer to the constant of their own generation, so code that needs a newer runtime doesn't
// compile with an older one. To update the runtime, run
//
//	go get github.com/tpp-rpc/tpp@latest
const Generation1 = true
