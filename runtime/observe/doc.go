// Package observe shows operators what becomes of calls, on either end: Log
// writes lines about them, and an Observer counts them.
//
//	calls := &observe.Log{Logger: log, Every: 100, Slow: time.Second}
//	stats := new(observe.Stats)
//	srv.Interceptors = []runtime.Interceptor{calls.Server, observe.Server(stats)}
//	client := slave.NewClient(runtime.Intercept(conn.Do, calls.Client, observe.Client(stats)))
//
// As Interceptors of a Server they see every call, those with a bad token and
// those of unknown actions included; put around a Mux, only calls that it
// performs.
//
// Stats is an Observer without dependencies, for expvar. Package prom has one for
// Prometheus, and package tracing passes traces on by OpenTelemetry; each is a
// module of its own, so that only those pay for them who use them.
package observe
