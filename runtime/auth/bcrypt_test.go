package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/tpp-rpc/tpp/runtime"
)

// hashOf returns a hash of token with the least cost.
func hashOf(t *testing.T, token string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(token[:min(len(token), maxToken)]), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// ofKind returns hash with another letter for its kind.
func ofKind(kind byte, hash string) string {
	return hash[:2] + string(kind) + hash[3:]
}

func TestBcrypt(t *testing.T) {
	long := strings.Repeat("x", 71) + "yz" // the z doesn't count
	check, err := Bcrypt(map[string]string{
		"a":    ofKind('a', hashOf(t, "token of a")),
		"b":    ofKind('b', hashOf(t, "token of b")),
		"y":    ofKind('y', hashOf(t, "token of ÿ")),
		"long": hashOf(t, long),
	}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		token, principal string
		err              error
	}{
		{"token of a", "a", nil},
		{"token of b", "b", nil},
		{"token of ÿ", "y", nil},
		{long, "long", nil},
		{long[:72], "long", nil},
		{long[:72] + "\xff", "long", nil},
		{long[:71], "", runtime.BadCredentials},
		{"token of c", "", runtime.BadCredentials},
		{"token of a\x00token of a", "", runtime.BadCredentials},
		{"", "", runtime.BadCredentials},
	} {
		for _, from := range []string{"bcrypt", "memory"} {
			principal, err := check(context.Background(), runtime.Credentials{Token: test.token})
			if principal.Name != test.principal || !errors.Is(err, test.err) {
				t.Errorf("Bcrypt(%q) from %s = %q, %v, want %q, %v",
					test.token, from, principal, err, test.principal, test.err)
			}
		}
	}
}

// The hash comes from Python's bcrypt 5.0.0.
func TestBcrypt_hashFromPython(t *testing.T) {
	check, err := Bcrypt(map[string]string{
		"python": "$2b$04$85RZWbpb7v6EMkUQI1CMG.Bq5q0NMCiOPKiKCrDK1K2qsPbNz9Wei",
	}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if principal, err := check(context.Background(), runtime.Credentials{Token: "s3cret"}); principal.Name != "python" || err != nil {
		t.Errorf("Bcrypt(%q) = %q, %v", "s3cret", principal, err)
	}
}

func TestBcrypt_unusableHash(t *testing.T) {
	good := hashOf(t, "s3cret")
	for _, test := range []struct{ hash, want string }{
		{"", "not a bcrypt hash"},
		{"s3cret", "not a bcrypt hash"},
		{ofKind('x', good), "kind $2x$ is of a broken bcrypt"},
		{ofKind('c', good), `unknown kind "$2c$"`},
		{"$2" + good[3:], `unknown kind "$2$0"`},
		{good[:59], "59 characters long, not 60"},
		{good + "\n", "61 characters long, not 60"},
		{good[:4] + "03" + good[6:], "cost 03 isn't between 04 and 31"},
		{good[:4] + "32" + good[6:], "cost 32 isn't between 04 and 31"},
		{good[:4] + "+4" + good[6:], `cost "+4$" isn't two digits and a $`},
		{good[:6] + "." + good[7:], `cost "04." isn't two digits and a $`},
		{good[:10] + "=" + good[11:], "a salt that bcrypt doesn't write"},
		{good[:28] + "/" + good[29:], "a salt that bcrypt doesn't write"},
		{good[:40] + "\n" + good[41:], "a hash that bcrypt doesn't write"},
		{good[:59] + "/", "a hash that bcrypt doesn't write"},
	} {
		check, err := Bcrypt(map[string]string{"ci": test.hash, "good": good}, Limits{})
		if check != nil || err == nil || !strings.Contains(err.Error(), `bcrypt hash of "ci": `+test.want) {
			t.Errorf("Bcrypt of hash %q: %v, want %q", test.hash, err, test.want)
		}
	}
}

// slow makes a check of b take a second and compare tokens with hashes as texts. started
// counts the checks that began, and most is how many of them ran at once.
func slow(b *bcrypts) (started, most *atomic.Int64) {
	started, most = new(atomic.Int64), new(atomic.Int64)
	var running atomic.Int64
	b.match = func(hash, token []byte) bool {
		started.Add(1)
		n := running.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(time.Second)
		running.Add(-1)
		return bytes.Equal(hash, token)
	}
	return started, most
}

// newSlow returns the state behind Bcrypt for one principal, ci, whose token is "right".
func newSlow(t *testing.T, limits Limits) (b *bcrypts, started, most *atomic.Int64) {
	t.Helper()
	b, err := newBcrypts(map[string]string{"ci": hashOf(t, "right")}, limits)
	if err != nil {
		t.Fatal(err)
	}
	b.hashes[0] = []byte("right")
	started, most = slow(b)
	return b, started, most
}

func TestBcrypt_sameTokenSharesOneCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, started, _ := newSlow(t, Limits{Checks: 8})
		var calls sync.WaitGroup
		for range 50 {
			calls.Go(func() {
				if principal, err := b.auth(t.Context(), netip.Addr{}, "right"); principal != "ci" || err != nil {
					t.Errorf("auth = %q, %v, want ci", principal, err)
				}
			})
		}
		calls.Wait()
		if n := started.Load(); n != 1 {
			t.Errorf("%d checks for 50 calls with one token, want 1", n)
		}
	})
}

func TestBcrypt_boundsChecksUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, started, most := newSlow(t, Limits{Checks: 4})
		begin := time.Now()
		var calls sync.WaitGroup
		for i := range 12 {
			calls.Go(func() { b.auth(t.Context(), netip.Addr{}, fmt.Sprint("wrong ", i)) })
		}
		calls.Wait()
		if n, m, d := started.Load(), most.Load(), time.Since(begin); n != 12 || m != 4 || d != 15*time.Second {
			t.Errorf("%d checks, %d at once, in %v; want 12, 4 at once, in 15s", n, m, d)
		}
	})
}

func TestBcrypt_wrongTokensDontDelayKnownOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, _ := newSlow(t, Limits{Checks: 1, Verdicts: 4})
		b.auth(t.Context(), netip.Addr{}, "right")

		ctx, cancel := context.WithCancel(t.Context())
		var flood sync.WaitGroup
		for i := range 100 {
			flood.Go(func() { b.auth(ctx, netip.Addr{}, fmt.Sprint("wrong ", i)) })
		}
		for range 20 { // meanwhile, more wrong tokens than are remembered
			time.Sleep(time.Second)
			synctest.Wait()
			begin := time.Now()
			principal, err := b.auth(t.Context(), netip.Addr{}, "right")
			if d := time.Since(begin); principal != "ci" || err != nil || d != 0 {
				t.Errorf("auth = %q, %v after %v, want ci at once", principal, err, d)
			}
		}
		cancel()
		flood.Wait()
	})
}

func TestBcrypt_waitingEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, started, _ := newSlow(t, Limits{Checks: 1})
		var first sync.WaitGroup
		first.Go(func() { b.auth(t.Context(), netip.Addr{}, "wrong") })
		synctest.Wait()

		for _, token := range []string{"right", "wrong"} { // one waits for its turn, one for the other's check
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			begin := time.Now()
			_, err := b.auth(ctx, netip.Addr{}, token)
			if d := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || d != time.Millisecond {
				t.Errorf("auth(%q) = %v after %v, want %v after 1ms", token, err, d, context.DeadlineExceeded)
			}
			cancel()
		}
		first.Wait()
		if n := started.Load(); n != 1 {
			t.Errorf("%d checks, want 1", n)
		}
	})
}

// The call that runs the check ends while it waits for its turn: another call with the
// same token takes over.
func TestBcrypt_checkPassesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, started, _ := newSlow(t, Limits{Checks: 1})
		var calls sync.WaitGroup
		calls.Go(func() { b.auth(t.Context(), netip.Addr{}, "wrong") })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		calls.Go(func() {
			if _, err := b.auth(ctx, netip.Addr{}, "right"); !errors.Is(err, context.Canceled) {
				t.Errorf("auth = %v, want %v", err, context.Canceled)
			}
		})
		synctest.Wait()
		for range 5 {
			calls.Go(func() {
				if principal, err := b.auth(t.Context(), netip.Addr{}, "right"); principal != "ci" || err != nil {
					t.Errorf("auth = %q, %v, want ci", principal, err)
				}
			})
		}
		synctest.Wait()
		cancel()
		calls.Wait()
		if n := started.Load(); n != 2 {
			t.Errorf("%d checks, want 2", n)
		}
	})
}

func TestBcrypt_forgetsUnusedVerdicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, started, _ := newSlow(t, Limits{Checks: 2, Keep: time.Minute})
		for _, test := range []struct {
			pause time.Duration
			want  int64 // checks so far, of a right and a wrong token
		}{
			{0, 2},
			{59 * time.Second, 2},
			{59 * time.Second, 2}, // its last use counts
			{time.Minute, 4},
			{59 * time.Second, 4},
		} {
			time.Sleep(test.pause)
			var calls sync.WaitGroup
			calls.Go(func() { b.auth(t.Context(), netip.Addr{}, "right") })
			calls.Go(func() { b.auth(t.Context(), netip.Addr{}, "wrong") })
			calls.Wait()
			if n := started.Load(); n != test.want {
				t.Errorf("after %v more: %d checks, want %d", test.pause, n, test.want)
			}
		}
	})
}

func TestBcrypt_remembersSoMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, started, _ := newSlow(t, Limits{Verdicts: 2})
		for _, test := range []struct {
			token string
			want  int64 // checks so far
		}{
			{"1", 1}, {"2", 2}, {"1", 2}, {"3", 3}, {"1", 3}, {"2", 4}, {"3", 5},
		} {
			b.auth(t.Context(), netip.Addr{}, test.token)
			if n := started.Load(); n != test.want {
				t.Errorf("after %q: %d checks, want %d", test.token, n, test.want)
			}
		}
		if n, m := b.wrong.byUse.Len(), len(b.wrong.known); n != 2 || m != 2 {
			t.Errorf("%d and %d verdicts are remembered, want 2", n, m)
		}
	})
}

func BenchmarkBcrypt_known(b *testing.B) {
	hash, err := bcrypt.GenerateFromPassword([]byte("s3cret"), bcrypt.MinCost)
	if err != nil {
		b.Fatal(err)
	}
	check, err := Bcrypt(map[string]string{"ci": string(hash)}, Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		check(b.Context(), runtime.Credentials{Token: "s3cret"})
	}
}

func BenchmarkPlain(b *testing.B) {
	check := Plain(map[string]string{"ci": "s3cret", "deploy": "another"})
	b.ReportAllocs()
	for b.Loop() {
		check(b.Context(), runtime.Credentials{Token: "s3cret"})
	}
}
