package main

import (
	"testing"
	"time"
)

func TestHistogram(t *testing.T) {
	var h histogram
	for i := range 1000 {
		h.add(time.Duration(i) * time.Microsecond)
	}
	for q, want := range map[float64]time.Duration{0.1: 100, 0.5: 500, 0.99: 990, 1: 999} {
		want *= time.Microsecond
		if got := h.quantile(q); got < want*96/100 || got > want*104/100 {
			t.Errorf("quantile(%v) = %v, want about %v", q, got, want)
		}
	}
	for _, d := range []time.Duration{0, 1, 31, 32, 63, 64, 1 << 40} {
		h = histogram{}
		if h.add(d); h.quantile(1) != d {
			t.Errorf("quantile(1) of %d alone = %d", d, h.quantile(1))
		}
	}
}
