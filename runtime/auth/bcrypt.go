package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/tpp-rpc/tpp/runtime"
)

// Limits bounds what checking bcrypt hashes may cost. The zero value is right for most.
type Limits struct {
	// Checks is how many tokens are checked at once; each keeps one core busy for a
	// quarter of a second at the usual cost of 12, and then, if the token was wrong,
	// rests for as long. If zero, it is half the cores, at least one.
	Checks int

	// Verdicts is how many wrong tokens are remembered. If zero, it is 1024. Right
	// ones are remembered apart from them, so that wrong ones can't drive them out.
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

// Bcrypt returns an Auth that accepts the tokens whose bcrypt hashes are given, by
// name; the name becomes the principal. Hashes are of the kinds $2a$, $2b$ and $2y$, as
// ToxicBuild stores them in ACCESS_TOKEN; another kind, or a hash that no token could
// ever match, is an error that tells the name. Of a token the first 72 bytes count.
//
// A token that was checked before is answered from memory, without waiting for those
// being checked. Otherwise the call waits for its turn, and leaves when ctx ends; once
// the check itself runs it isn't interrupted. Calls with the same token share one check.
func Bcrypt(hashes map[string]string, limits Limits) (runtime.Auth, error) {
	b, err := newBcrypts(hashes, limits)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, c runtime.Credentials) (runtime.Principal, error) {
		name, err := b.auth(ctx, c.Token)
		return runtime.Principal{Name: name}, err
	}, nil
}

// maxToken is how many bytes of a token bcrypt looks at.
const maxToken = 72

// bcrypts is the state behind Bcrypt.
type bcrypts struct {
	key    key
	names  []string // in alphabetical order
	hashes [][]byte // of the same names
	slots  chan struct{}
	match  func(hash, token []byte) bool

	mu       sync.Mutex
	right    verdicts
	wrong    verdicts
	underWay map[fingerprint]*check
}

// check is one token being checked. Its fields are set before done is closed.
type check struct {
	done    chan struct{}
	decided bool // false if the call that made the check left before its turn came
	verdict verdict
}

// verdict is what is known about a token: its principal, if there is one.
type verdict struct {
	principal string
	right     bool
}

func newBcrypts(hashes map[string]string, limits Limits) (*bcrypts, error) {
	b := &bcrypts{
		key:      newKey(),
		names:    slices.Sorted(maps.Keys(hashes)),
		slots:    make(chan struct{}, limits.checks()),
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

// auth returns the name that goes with token.
func (b *bcrypts) auth(ctx context.Context, token string) (string, error) {
	v, err := b.verdict(ctx, token)
	switch {
	case err != nil:
		return "", err
	case !v.right:
		return "", runtime.ErrBadToken
	}
	return v.principal, nil
}

// verdict returns what is known about token, and finds it out if nothing is.
func (b *bcrypts) verdict(ctx context.Context, token string) (verdict, error) {
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
			return b.run(ctx, f, c, token)
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

// join returns the check of the token with fingerprint f: one that ended, if the
// verdict is remembered; one under way; or a new one, which the caller must run.
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

// closed is the done of checks that ended before they were asked for.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// run decides c, the check of token, when its turn comes, and releases those who wait
// for it. It leaves c undecided if ctx ends first; then one of them takes over.
func (b *bcrypts) run(ctx context.Context, f fingerprint, c *check, token string) (verdict, error) {
	defer b.end(f, c)
	select {
	case b.slots <- struct{}{}:
		began := time.Now()
		defer func() {
			if c.decided && !c.verdict.right {
				// Those who guess get half the time that those have who don't.
				time.AfterFunc(time.Since(began), func() { <-b.slots })
				return
			}
			<-b.slots
		}()
	case <-ctx.Done():
		return verdict{}, ctx.Err()
	}
	for i, hash := range b.hashes {
		if b.match(hash, []byte(token)) {
			c.verdict = verdict{b.names[i], true}
			break
		}
	}
	c.decided = true
	return c.verdict, nil
}

// end takes c from the checks under way and remembers its verdict.
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
