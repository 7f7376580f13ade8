package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestPatience: without --timeout only the first answer is waited for, with it the whole call
// is limited.
func TestPatience(t *testing.T) {
	for _, test := range []struct {
		name    string
		timed   bool // there is a --timeout
		timeout time.Duration
		soon    bool
		answer  time.Duration // when the first answer comes; 0 for never
		want    time.Duration // when the call ends; 0 if it doesn't
	}{
		{"no answer", false, 0, true, 0, firstAnswer},
		{"a stream that has begun", false, 0, true, 29 * time.Second, 0},
		{"a limit for the whole call", true, 5 * time.Second, true, time.Second, 5 * time.Second},
		{"never", true, 0, true, 0, 0},
		{"a stream that never ends", false, 0, false, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				c := &connection{timeout: test.timeout, timed: func() bool { return test.timed }}
				ctx, cancel := c.limited(t.Context())
				defer cancel()
				p := c.patience(ctx, test.soon)
				if test.answer > 0 {
					time.AfterFunc(test.answer, p.answered)
				}
				select {
				case <-p.ctx.Done():
					if d := time.Since(began); d != test.want || !p.lost(p.ctx.Err()) {
						t.Errorf("it ends after %v, want %v", d, test.want)
					}
				case <-time.After(time.Hour):
					if test.want != 0 {
						t.Errorf("it doesn't end after %v", test.want)
					}
				}
				p.end()
				if p.ctx.Err() == nil || test.want == 0 && p.lost(context.Canceled) {
					t.Error("end doesn't end it")
				}
			})
		})
	}
}
