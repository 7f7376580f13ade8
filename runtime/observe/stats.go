package observe

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Stats is an Observer that counts in memory. It is also an expvar.Var:
//
//	expvar.Publish("calls", stats)
//
// The zero value has counted nothing. It is safe for concurrent use.
type Stats struct {
	mu    sync.RWMutex
	calls map[Call]*tally
}

// A tally counts one kind of calls.
type tally struct {
	underWay atomic.Int64

	mu    sync.Mutex
	ended map[string]*Count // by code; Within counts each call in one element only
}

// of returns the tally of c, a new one for the first call.
func (s *Stats) of(c Call) *tally {
	s.mu.RLock()
	t := s.calls[c]
	s.mu.RUnlock()
	if t != nil {
		return t
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t = s.calls[c]; t == nil {
		t = &tally{ended: make(map[string]*Count)}
		if s.calls == nil {
			s.calls = make(map[Call]*tally)
		}
		s.calls[c] = t
	}
	return t
}

// A Count describes the calls of one action that ended with one code.
type Count struct {
	Side   Side   `json:"side"`
	Action string `json:"action"`
	Code   string `json:"code"` // see Label

	Calls   uint64  `json:"calls"`
	Seconds float64 `json:"seconds"` // the sum of their durations

	// Within[i] is the number of calls that took at most Buckets()[i].
	Within []uint64 `json:"within"`
}

// Buckets returns the limits of latency histograms, in ascending order.
func Buckets() []time.Duration { return slices.Clone(buckets) }

var buckets = func() (all []time.Duration) {
	for d := 100 * time.Microsecond; d <= 10*time.Second; d *= 10 {
		all = append(all, d, d*5/2, d*5)
	}
	return all
}()

// Begin counts a call under way.
func (s *Stats) Begin(c Call) { s.of(c).underWay.Add(1) }

// End counts a call that has ended.
func (s *Stats) End(c Call, label string, took time.Duration) {
	first, _ := slices.BinarySearch(buckets, took)
	t := s.of(c)
	t.underWay.Add(-1)
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.ended[label]
	if n == nil {
		n = &Count{Side: c.Side, Action: c.Action, Code: label, Within: make([]uint64, len(buckets))}
		t.ended[label] = n
	}
	n.Calls++
	n.Seconds += took.Seconds()
	if first < len(n.Within) {
		n.Within[first]++
	}
}

// UnderWay returns how many calls have begun and not ended.
func (s *Stats) UnderWay() (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range s.calls {
		n += int(t.underWay.Load())
	}
	return n
}

// Counts returns the counts so far, ordered by side, action and code.
func (s *Stats) Counts() []Count {
	all := []Count{} // not null in JSON
	s.mu.RLock()
	for _, t := range s.calls {
		all = t.appendCounts(all)
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Code, b.Code))
	})
	return all
}

// appendCounts appends the counts of t. A call counts in its bucket and in all longer
// ones.
func (t *tally) appendCounts(all []Count) []Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.ended {
		c := *n
		c.Within = slices.Clone(n.Within)
		for i := range c.Within[1:] {
			c.Within[i+1] += c.Within[i]
		}
		all = append(all, c)
	}
	return all
}

// String returns Counts and UnderWay as JSON.
func (s *Stats) String() string {
	data, err := json.Marshal(struct {
		UnderWay int     `json:"under_way"`
		Ended    []Count `json:"ended"`
	}{s.UnderWay(), s.Counts()})
	if err != nil {
		panic("observe: " + err.Error()) // a Count always encodes
	}
	return string(data)
}
