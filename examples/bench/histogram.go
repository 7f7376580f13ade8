package main

import (
	"math/bits"
	"time"
)

// A histogram counts times in buckets that are at most 3 % wide.
type histogram [64 * perPower]uint32

const (
	perPower = 32 // buckets for each power of two
	perShift = 5
)

func (h *histogram) add(d time.Duration) {
	v := uint64(d)
	e := max(bits.Len64(v)-perShift-1, 0)
	h[e*perPower+int(v>>e)]++
}

func (h *histogram) addAll(other *histogram) {
	for i, n := range other {
		h[i] += n
	}
}

// quantile returns the time that the share q of all didn't exceed.
func (h *histogram) quantile(q float64) time.Duration {
	var all uint64
	for _, n := range h {
		all += uint64(n)
	}
	rest := q * float64(all)
	for i, n := range h {
		if rest -= float64(n); rest <= 0 && n > 0 {
			e := max(i/perPower-1, 0)
			return time.Duration(i-e*perPower) << e
		}
	}
	return 0
}
