package auth

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// host returns the address of a caller.
func host(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

// attack has addresses send wrong tokens, so many each, until ctx ends or all are checked.
func attack(ctx context.Context, b *bcrypts, calls *sync.WaitGroup, addresses, tokens int) {
	for a := range addresses {
		for n := range tokens {
			calls.Go(func() { b.auth(ctx, host(a+1), fmt.Sprint("wrong ", a, n)) })
		}
	}
}

// A newcomer's check begins behind the one under way, whatever else waits.
func TestBcrypt_newcomerGoesFirst(t *testing.T) {
	for _, addresses := range []int{1, 170} {
		synctest.Test(t, func(t *testing.T) {
			b, _, _ := newSlow(t, Limits{Checks: 1})
			ctx, cancel := context.WithCancel(t.Context())
			var calls sync.WaitGroup
			attack(ctx, b, &calls, addresses, 100)
			time.Sleep(time.Duration(addresses)*(2+restFactor)*time.Second + 500*time.Millisecond) // now each has sent a wrong token
			began := time.Now()
			principal, err := b.auth(ctx, host(0), "right")
			if took := time.Since(began); principal != "ci" || err != nil || took > 2*time.Second {
				t.Errorf("attacked from %d addresses: auth = %q, %v after %v, want ci within two checks", addresses, principal, err, took)
			}
			cancel()
			calls.Wait()
		})
	}
}

// At the beginning of an attack all of its addresses are newcomers. One more of them waits
// for a check under way, and for the rest that is due.
func TestBcrypt_newcomerAmongNewcomers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, _ := newSlow(t, Limits{Checks: 1})
		ctx, cancel := context.WithCancel(t.Context())
		var calls sync.WaitGroup
		attack(ctx, b, &calls, 170, 100)
		time.Sleep(20*time.Second + 100*time.Millisecond)
		began := time.Now()
		principal, err := b.auth(ctx, host(0), "right")
		if took := time.Since(began); principal != "ci" || err != nil || took > (1+restFactor+1)*time.Second {
			t.Errorf("auth = %q, %v after %v, want ci within a check, a rest and a check", principal, err, took)
		}
		cancel()
		calls.Wait()
	})
}

// Wrong tokens get a part of the time, however many there are.
func TestBcrypt_wrongTokensRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, started, _ := newSlow(t, Limits{Checks: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 1000*time.Second)
		defer cancel()
		var calls sync.WaitGroup
		attack(ctx, b, &calls, 170, 100)
		calls.Wait()
		if n := started.Load(); n < 1000/(1+restFactor)-2 || n > 1000/(1+restFactor)+5 {
			t.Errorf("%d checks of a second in 1000s, want about %d", n, 1000/(1+restFactor))
		}
	})
}

// Addresses with wrong tokens take turns: one with a few doesn't wait for all of another.
func TestBcrypt_addressesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, _ := newSlow(t, Limits{Checks: 1})
		ctx, cancel := context.WithCancel(t.Context())
		var calls sync.WaitGroup
		b.auth(ctx, host(0), "a typo")
		attack(ctx, b, &calls, 3, 100)
		time.Sleep(30*time.Second + 100*time.Millisecond)
		began := time.Now()
		principal, err := b.auth(ctx, host(0), "right")
		if took := time.Since(began); principal != "ci" || err != nil || took > 4*(1+restFactor)*time.Second {
			t.Errorf("auth = %q, %v after %v, want ci within a turn of all four", principal, err, took)
		}
		cancel()
		calls.Wait()
	})
}

// Nothing is kept of addresses whose checks have ended, but for wrong tokens, and these for
// a minute.
func TestTurns_forgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, _ := newSlow(t, Limits{Checks: 1000})
		var calls sync.WaitGroup
		for n := range 3 * maxWrong {
			calls.Go(func() { b.auth(t.Context(), host(n), fmt.Sprint("wrong ", n)) })
		}
		calls.Wait()
		if n, m := len(b.turns.lines), b.turns.wrong.Len(); n > maxWrong || m > maxWrong {
			t.Errorf("%d addresses and %d wrong tokens, want at most %d", n, m, maxWrong)
		}
		for n := range maxWrong {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			b.auth(ctx, host(n+1<<20), "gone")
		}
		time.Sleep(wrongFor)
		for n := range maxWrong {
			b.auth(t.Context(), host(n), fmt.Sprint("wrong ", n, 2))
			time.Sleep(wrongFor)
		}
		if n := len(b.turns.lines); n > 1 {
			t.Errorf("%d addresses are left", n)
		}
	})
}
