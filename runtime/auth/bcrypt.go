package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/internal/origin"
)

// Limits bound the cost of checking bcrypt hashes. The zero value suits most services.
type Limits struct {
	// Checks is how many tokens are checked at once. At the usual cost of 12, a check
	// uses a core for a quarter of a second. Wrong tokens get a seventh of that time: after
	// each, a place stays empty for six times as long as the check took. If zero, it is
	// half the cores, at least one.
	Checks int

	// Verdicts is how many wrong tokens are remembered. If zero, it is 1024. Right
	// tokens are remembered separately, so wrong ones don't displace them.
	Verdicts int

	// Keep is how long a verdict is remembered after its last use. If zero, it is an
	// hour.
	Keep time.Duration
}

func (l Limits) checks() int {
	if l.Checks <= 0 {
		return max(1, goruntime.GOMAXPROCS(0)/2)
	}
	return l.Checks
}

func (l Limits) verdicts() int {
	if l.Verdicts <= 0 {
		return 1024
	}
	return l.Verdicts
}

func (l Limits) keep() time.Duration {
	if l.Keep <= 0 {
		return time.Hour
	}
	return l.Keep
}

// Bcrypt returns an Auth that accepts the tokens with these bcrypt hashes, which have
// names; the name of the hash becomes the name of the principal. Hashes have the kinds
// $2a$, $2b$ and $2y$, as in ToxicBuild's ACCESS_TOKEN. It is an error if a hash has
// another kind or can't match any token; the error has the name. Only the first 72 bytes
// of a token count.
//
// The Auth remembers the tokens that it has checked. A call with a new token waits for its
// turn, at most until its context ends; a check that has begun isn't interrupted. Calls
// with the same token share one check. Addresses take turns, a /64 of IPv6 as one of them.
// An address that hasn't sent a wrong token within a minute goes first, and doesn't wait for
// places that stay empty after the wrong tokens of others.
func Bcrypt(hashes map[string]string, limits Limits) (runtime.Auth, error) {
	b, err := newBcrypts(hashes, limits)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
		name, err := b.auth(ctx, origin.Of(c.Peer.Addr), c.Token)
		return runtime.Principal{Name: name}, err
	}, nil
}

// maxToken is how many bytes of a token bcrypt uses.
const maxToken = 72

// bcrypts is the state behind Bcrypt.
type bcrypts struct {
	key    key
	names  []string // in alphabetical order
	hashes [][]byte // of the same names
	turns  turns
	match  func(hash, token []byte) bool

	mu       sync.Mutex
	right    verdicts
	wrong    verdicts
	underWay map[fingerprint]*check
}

// A check is the check of one token. Its fields are set before done is closed.
type check struct {
	done    chan struct{}
	decided bool // false if the call that made the check ended before its turn
	verdict verdict
}

// A verdict says whether a token is right, and whose it is.
type verdict struct {
	principal string
	right     bool
}

func newBcrypts(hashes map[string]string, limits Limits) (*bcrypts, error) {
	b := &bcrypts{
		key:      newKey(),
		names:    slices.Sorted(maps.Keys(hashes)),
		turns:    turns{slots: limits.checks()},
		match:    func(hash, token []byte) bool { return bcrypt.CompareHashAndPassword(hash, token) == nil },
		right:    newVerdicts(len(hashes), limits.keep()),
		wrong:    newVerdicts(limits.verdicts(), limits.keep()),
		underWay: make(map[fingerprint]*check),
	}
	var errs []error
	for _, name := range b.names {
		if err := checkHash(hashes[name]); err != nil {
			errs = append(errs, fmt.Errorf("bcrypt hash of %q: %w", name, err))
		}
		b.hashes = append(b.hashes, []byte(hashes[name]))
	}
	return b, errors.Join(errs...)
}

// auth returns the name of the principal of a token that came from addr.
func (b *bcrypts) auth(ctx context.Context, addr netip.Addr, token string) (string, error) {
	v, err := b.verdict(ctx, addr, token)
	switch {
	case err != nil:
		return "", err
	case !v.right:
		return "", runtime.BadCredentials
	}
	return v.principal, nil
}

// verdict returns the verdict on token, from memory or by a check.
func (b *bcrypts) verdict(ctx context.Context, addr netip.Addr, token string) (verdict, error) {
	// bcrypt's key is the token and a NUL over and over again, so "a\x00a" would pass
	// for "a".
	if token == "" || strings.IndexByte(token, 0) >= 0 {
		return verdict{}, nil
	}
	token = token[:min(len(token), maxToken)]
	f := b.key.of(token)
	for {
		c, mine := b.join(f)
		if mine {
			return b.run(ctx, f, c, addr, token)
		}
		select {
		case <-c.done:
			if c.decided {
				return c.verdict, nil
			}
		case <-ctx.Done():
			return verdict{}, ctx.Err()
		}
	}
}

// join returns the check of the token with fingerprint f: one that has ended, if the
// verdict is remembered; one under way; or a new one, which is mine to run.
func (b *bcrypts) join(f fingerprint) (c *check, mine bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if principal, ok := b.right.find(f, now); ok {
		return &check{done: closed, decided: true, verdict: verdict{principal, true}}, false
	}
	if _, ok := b.wrong.find(f, now); ok {
		return &check{done: closed, decided: true}, false
	}
	if c := b.underWay[f]; c != nil {
		return c, false
	}
	c = &check{done: make(chan struct{})}
	b.underWay[f] = c
	return c, true
}

// closed is the done channel of remembered checks.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// run waits for its turn, decides c, the check of token, and wakes the calls that wait for
// it. If ctx ends first, c stays undecided, and one of these calls runs a new check.
func (b *bcrypts) run(ctx context.Context, f fingerprint, c *check, addr netip.Addr, token string) (verdict, error) {
	defer b.end(f, c)
	if err := b.turns.take(ctx, addr); err != nil {
		return verdict{}, err
	}
	began := time.Now()
	defer func() { b.turns.done(addr, time.Since(began), c.decided && !c.verdict.right) }()
	for i, hash := range b.hashes {
		if b.match(hash, []byte(token)) {
			c.verdict = verdict{b.names[i], true}
			break
		}
	}
	c.decided = true
	return c.verdict, nil
}

// end removes c from the checks under way and remembers its verdict.
func (b *bcrypts) end(f fingerprint, c *check) {
	b.mu.Lock()
	delete(b.underWay, f)
	switch {
	case !c.decided:
	case c.verdict.right:
		b.right.add(f, c.verdict.principal, time.Now())
	default:
		b.wrong.add(f, "", time.Now())
	}
	b.mu.Unlock()
	close(c.done)
}
