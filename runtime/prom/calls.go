// Package prom counts calls for Prometheus:
//
//	calls := prom.NewCalls(prom.Options{})
//	prometheus.MustRegister(calls)
//	srv.Interceptors = []runtime.Interceptor{observe.Server(calls)}
//
// It is a module of its own, so that only its users depend on Prometheus's client.
package prom

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tpp-rpc/tpp/runtime/observe"
)

// Options are settings of Calls.
type Options struct {
	// Labels are added to every metric, such as the service's name. If nil, there are
	// none.
	Labels prometheus.Labels

	// Buckets are the limits of the histogram, in seconds. If nil, they are those of
	// observe.Buckets.
	Buckets []float64
}

func (o *Options) buckets() []float64 {
	if o.Buckets != nil {
		return o.Buckets
	}
	var all []float64
	for _, d := range observe.Buckets() {
		all = append(all, d.Seconds())
	}
	return all
}

// Calls is a prometheus.Collector of three metrics:
//
//	tpp_calls_total{side, action, code}    the number of calls that have ended
//	tpp_call_seconds{side, action, code}   a histogram of their durations
//	tpp_calls_under_way{side, action}      the number of calls that haven't ended yet
//
// It is an observe.Observer for both sides, "server" and "client". A stream counts as one
// call that lasts until its end. The label code is the code of a call, or the reason of its
// error. The number of labels is bounded: all unknown actions share one, and so do codes
// over 99. Calls is safe for concurrent use.
type Calls struct {
	ended    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	underWay *prometheus.GaugeVec
}

var (
	_ prometheus.Collector = (*Calls)(nil)
	_ observe.Observer     = (*Calls)(nil)
)

// NewCalls returns Calls without any counts.
func NewCalls(o Options) *Calls {
	byCode, byAction := []string{"side", "action", "code"}, []string{"side", "action"}
	return &Calls{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tpp_calls_total", Help: "Calls that have ended.", ConstLabels: o.Labels,
		}, byCode),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tpp_call_seconds", Help: "How long calls took.", ConstLabels: o.Labels, Buckets: o.buckets(),
		}, byCode),
		underWay: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tpp_calls_under_way", Help: "Calls that have begun and not ended.", ConstLabels: o.Labels,
		}, byAction),
	}
}

// Begin counts a call under way.
func (c *Calls) Begin(call observe.Call) {
	c.underWay.WithLabelValues(string(call.Side), call.Action).Inc()
}

// End counts a call that has ended.
func (c *Calls) End(call observe.Call, label string, took time.Duration) {
	side := string(call.Side)
	c.underWay.WithLabelValues(side, call.Action).Dec()
	c.ended.WithLabelValues(side, call.Action, label).Inc()
	c.took.WithLabelValues(side, call.Action, label).Observe(took.Seconds())
}

// Describe sends the descriptions of the metrics.
func (c *Calls) Describe(to chan<- *prometheus.Desc) {
	c.ended.Describe(to)
	c.took.Describe(to)
	c.underWay.Describe(to)
}

// Collect sends the current values of the metrics.
func (c *Calls) Collect(to chan<- prometheus.Metric) {
	c.ended.Collect(to)
	c.took.Collect(to)
	c.underWay.Collect(to)
}
