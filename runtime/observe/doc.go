// Package observe shows operators how calls end, on the client and on the server: a Log
// writes lines, and an Observer counts.
//
//	calls := &observe.Log{Logger: log, Every: 100, Slow: time.Second}
//	stats := new(observe.Stats)
//	srv.Interceptors = []runtime.Interceptor{calls.Server, observe.Server(stats)}
//	client := slave.NewClient(runtime.Intercept(conn.Do, calls.Client, observe.Client(stats)))
//
// Interceptors of a Server see every call, also those with a bad token or an unknown
// action. Around a Mux, they see only the calls that it performs.
//
// Stats is an Observer for expvar, without dependencies. Package prom has one for
// Prometheus, and package tracing takes part in traces of OpenTelemetry. Each is a module
// of its own, so that only its users depend on these.
package observe
