package observe

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// Stats is an Observer that counts in memory. It is an expvar.Var as well:
//
//	expvar.Publish("calls", stats)
//
// The zero value has counted nothing.
type Stats struct {
	mu       sync.Mutex
	ended    map[series]*Count
	underWay map[Call]int
}

// A series is what is counted together.
type series struct {
	Call
	code string
}

// A Count is what Stats knows of the calls of one action that ended with one code.
type Count struct {
	Side   Side   `json:"side"`
	Action string `json:"action"`
	Code   string `json:"code"` // as Label has it

	Calls   uint64  `json:"calls"`
	Seconds float64 `json:"seconds"` // that they took together

	// Within has how many of the calls took at most as long as the element of Buckets
	// at the same place says.
	Within []uint64 `json:"within"`
}

// Buckets returns the limits of latency histograms, in order.
func Buckets() []time.Duration { return slices.Clone(buckets) }

var buckets = func() (all []time.Duration) {
	for d := 100 * time.Microsecond; d <= 10*time.Second; d *= 10 {
		all = append(all, d, d*5/2, d*5)
	}
	return all
}()

// Begin counts a call under way.
func (s *Stats) Begin(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.underWay == nil {
		s.underWay = make(map[Call]int)
	}
	s.underWay[c]++
}

// End counts a call that has ended.
func (s *Stats) End(c Call, code runtime.Code, took time.Duration) {
	key := series{c, Label(code)}
	first, _ := slices.BinarySearch(buckets, took)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.underWay[c]--; s.underWay[c] == 0 {
		delete(s.underWay, c)
	}
	n := s.ended[key]
	if n == nil {
		n = &Count{Side: c.Side, Action: c.Action, Code: key.code, Within: make([]uint64, len(buckets))}
		if s.ended == nil {
			s.ended = make(map[series]*Count)
		}
		s.ended[key] = n
	}
	n.Calls++
	n.Seconds += took.Seconds()
	for i := range n.Within[first:] {
		n.Within[first+i]++
	}
}

// UnderWay returns how many calls have begun and not ended.
func (s *Stats) UnderWay() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.underWay {
		n += m
	}
	return n
}

// Counts returns what was counted so far, ordered by side, action and code.
func (s *Stats) Counts() []Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Count, 0, len(s.ended))
	for _, n := range s.ended {
		c := *n
		c.Within = slices.Clone(n.Within)
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Code, b.Code))
	})
	return all
}

// String returns Counts and UnderWay as JSON.
func (s *Stats) String() string {
	data, err := json.Marshal(struct {
		UnderWay int     `json:"under_way"`
		Ended    []Count `json:"ended"`
	}{s.UnderWay(), s.Counts()})
	if err != nil {
		panic("observe: " + err.Error()) // there's nothing in it that can't be encoded
	}
	return string(data)
}
