package balance

import (
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestHealth_next holds the transitions that the package documentation shows.
func TestHealth_next(t *testing.T) {
	names := map[state]string{well: "well", away: "away", down: "down", mute: "mute", ejected: "ejected"}
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			from state
			then Event
			want state
		}{
			{well, failed, down}, {well, NoAnswer, mute}, {well, GoAway, away}, {well, connected, well}, {well, Answered, well}, {well, pauseEnded, well}, {well, claimed, well},
			{away, failed, down}, {away, NoAnswer, mute}, {away, GoAway, away}, {away, connected, well}, {away, Answered, away}, {away, pauseEnded, well}, {away, claimed, away},
			{down, failed, down}, {down, NoAnswer, down}, {down, GoAway, down}, {down, connected, well}, {down, Answered, down}, {down, pauseEnded, down}, {down, claimed, down},
			{mute, failed, down}, {mute, NoAnswer, mute}, {mute, GoAway, mute}, {mute, connected, mute}, {mute, Answered, well}, {mute, pauseEnded, mute}, {mute, claimed, mute},
			{well, Silent, ejected}, {away, Silent, ejected}, {down, Silent, down}, {mute, Silent, mute}, {ejected, Silent, ejected},
			{well, broken, well}, {away, broken, away}, {down, broken, down}, {mute, broken, mute}, {ejected, broken, ejected},
			{well, reachable, well}, {away, reachable, away}, {down, reachable, down}, {mute, reachable, mute}, {ejected, reachable, ejected},
			{well, quiet, well}, {away, quiet, away}, {down, quiet, down}, {mute, quiet, mute}, {ejected, quiet, ejected},
			{ejected, failed, down}, {ejected, NoAnswer, mute}, {ejected, GoAway, ejected}, {ejected, connected, ejected}, {ejected, Answered, well}, {ejected, pauseEnded, ejected}, {ejected, claimed, ejected},
		} {
			for _, reached := range []bool{false, true} {
				h := &health{state: tt.from, reached: reached, since: time.Now(), tries: 2}
				if tt.from == well {
					if h = untried; reached {
						h = healthy
					}
				}
				before := *h
				n := h.next(tt.then, io.EOF)
				if n.state != tt.want {
					t.Errorf("%s after %d: %s, want %s", names[tt.from], tt.then, names[n.state], names[tt.want])
				}
				if *h != before {
					t.Errorf("%s changes by %d", names[tt.from], tt.then)
				}
				if want := reached || tt.then == connected || (tt.from == mute || tt.from == ejected) && tt.then == Answered; n.reached != want {
					t.Errorf("%s after %d: reached is %v", names[tt.from], tt.then, n.reached)
				}
				if (n.err != nil) != (tt.then == failed) {
					t.Errorf("%s after %d: err is %v", names[tt.from], tt.then, n.err)
				}
			}
		}
	})
}

// The pauses between attempts grow to 10 s, and are short while calls wait.
func TestHealth_pauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		h := healthy.next(failed, io.EOF)
		for n := 1; time.Since(began) < time.Hour; n++ {
			pause := time.Until(h.until)
			switch {
			case h.tries != n || h.since != began:
				t.Fatalf("after %d failures: %+v", n, h)
			case time.Since(began) <= reconnectWait && pause > maxBackoffWaiting, pause > 10*time.Second, pause <= 0:
				t.Errorf("pause %d, after %v, is %v", n, time.Since(began), pause)
			case n > 20 && pause < 5*time.Second:
				t.Errorf("pause %d is only %v", n, pause)
			}
			time.Sleep(pause)
			h = h.next(failed, io.EOF)
		}
	})
}
