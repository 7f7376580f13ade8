package socketproto

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// newAuth returns an end of a connection without TLS.
func newAuth(secret string, dialed, mutual bool) *auth {
	return &auth{
		secret: secret, dialed: dialed, mutual: mutual,
		key: JSON{}.Key, fresh: fresh, bind: func() (string, error) { return "-", nil },
	}
}

// rightKey returns the key that an end in SeedSent accepts.
func rightKey(a *auth) Message { return authText(Auth, AuthKey, Okay, a.keyOf(!a.dialed)) }

// rightVerdict returns the verdict that an end in KeySent accepts.
func rightVerdict(a *auth) Message {
	if a.mutual {
		return authText(AuthResponse, AuthKey, Okay, a.sum("proof", !a.dialed))
	}
	return Message{Okay, AuthResponse, AuthKey, json.RawMessage("true")}
}

// reach returns an end in a state.
func reach(t *testing.T, dialed, mutual bool, state AuthState) *auth {
	a := newAuth(pageSecret, dialed, mutual)
	a.fresh = func() string { return pageNonce }
	switch state {
	case SeedRequested, KeySent:
		a.begin()
		if state == KeySent {
			a.receive(authText(AuthResponse, AuthSeed, Okay, pageSeed))
		}
	case SeedSent, Trusted:
		if dialed && !mutual { // it gets there in another way, or never
			a.state = state
			break
		}
		a.receive(authText(Auth, AuthSeed, Okay, pageSeed))
		if state == Trusted {
			a.receive(rightKey(a))
		}
	}
	if a.state != state {
		t.Fatalf("an end is %v, want %v", a.state, state)
	}
	return a
}

// TestAuth_table tests each message in each state at both ends: the table of PROTOCOL.md.
func TestAuth_table(t *testing.T) {
	type end struct{ dialed, mutual bool }
	type outcome struct {
		reply string // service, data id, status; "" if there is none
		state AuthState
	}
	const seed, noSeed, noKey, accepted, wrongKey, key = "1/0 0", "1/0 6", "1/1 6", "1/1 0", "1/1 3", "0/1 0"
	states := []AuthState{Untrusted, SeedRequested, SeedSent, KeySent, Trusted}
	stay := func(reply string) func(AuthState, end) outcome {
		return func(s AuthState, _ end) outcome { return outcome{reply, s} }
	}
	// in returns an outcome in one state, and otherwise lets the end stay as it is.
	in := func(in AuthState, want outcome, otherwise string) func(AuthState, end) outcome {
		return func(s AuthState, _ end) outcome {
			if s == in {
				return want
			}
			return outcome{otherwise, s}
		}
	}
	text := func(s Service, id DataID, status Status, text string) func(*auth) Message {
		return func(*auth) Message { return authText(s, id, status, text) }
	}
	for _, row := range []struct {
		name    string
		message func(a *auth) Message
		want    func(s AuthState, e end) outcome
	}{
		{"seed wanted", text(Auth, AuthSeed, Okay, pageSeed), func(s AuthState, e end) outcome {
			switch {
			case s == Trusted, e.dialed && !e.mutual, e.dialed && (s == SeedRequested || s == KeySent):
				return outcome{noSeed, s}
			}
			return outcome{seed, SeedSent}
		}},
		{"seed wanted without a nonce", text(Auth, AuthSeed, Okay, ""), func(s AuthState, e end) outcome {
			if s == Trusted || e.dialed || e.mutual {
				return outcome{noSeed, s}
			}
			return outcome{seed, SeedSent}
		}},
		{"right key", rightKey, in(SeedSent, outcome{accepted, Trusted}, noKey)},
		{"wrong key", text(Auth, AuthKey, Okay, pageSeed), in(SeedSent, outcome{wrongKey, Untrusted}, noKey)},
		{"no key", text(Auth, AuthKey, Okay, ""), in(SeedSent, outcome{wrongKey, Untrusted}, noKey)},
		{"seed", text(AuthResponse, AuthSeed, Okay, pageSeed), in(SeedRequested, outcome{key, KeySent}, "")},
		{"short seed", text(AuthResponse, AuthSeed, Okay, "a5"), func(s AuthState, e end) outcome {
			switch {
			case s != SeedRequested:
				return outcome{"", s}
			case e.mutual:
				return outcome{"", Untrusted}
			}
			return outcome{key, KeySent}
		}},
		{"seed that isn't digits", text(AuthResponse, AuthSeed, Okay, "key dialed"), in(SeedRequested, outcome{"", Untrusted}, "")},
		{"long seed", text(AuthResponse, AuthSeed, Okay, strings.Repeat("a", maxSeed+1)), in(SeedRequested, outcome{"", Untrusted}, "")},
		{"no seed", text(AuthResponse, AuthSeed, NotPermitted, ""), in(SeedRequested, outcome{"", Untrusted}, "")},
		{"right verdict", rightVerdict, in(KeySent, outcome{"", Trusted}, "")},
		{"wrong verdict", text(AuthResponse, AuthKey, Okay, pageSeed), in(KeySent, outcome{"", Untrusted}, "")},
		{"no verdict", text(AuthResponse, AuthKey, Okay, ""), in(KeySent, outcome{"", Untrusted}, "")},
		{"right verdict with a status", func(a *auth) Message {
			m := rightVerdict(a)
			m.Status = AuthRequired
			return m
		}, in(KeySent, outcome{"", Untrusted}, "")},
		{"unknown request", text(Auth, 9, Okay, ""), stay("1/9 4")},
		{"unknown response", text(AuthResponse, 9, Okay, ""), stay("")},
	} {
		for _, state := range states {
			for _, e := range []end{{true, false}, {false, false}, {true, true}, {false, true}} {
				if !e.mutual && (e.dialed && state == SeedSent || !e.dialed && (state == SeedRequested || state == KeySent)) {
					continue // it can't get there
				}
				a := reach(t, e.dialed, e.mutual, state)
				reply, ok, err := a.receive(row.message(a))
				got := outcome{"", a.state}
				if ok {
					got.reply = fmt.Sprintf("%d/%d %d", reply.Service, reply.DataID, uint32(reply.Status))
				}
				if want := row.want(state, e); got != want || err != nil {
					t.Errorf("%+v: %v, %s: %q, %v, %v; want %q, %v", e, state, row.name, got.reply, got.state, err, want.reply, want.state)
				}
			}
		}
	}
}

// exchange passes messages between two ends until there are no more, and returns the key.
func exchange(from, to *auth) (key Message) {
	m, ok := from.begin()
	for ok {
		if m.Address() == (Address{Auth, AuthKey}) {
			key = m
		}
		m, ok, _ = to.receive(m)
		from, to = to, from
	}
	return key
}

// TestAuth_documented: the end that dialed proves itself, with the key of the codec.
func TestAuth_documented(t *testing.T) {
	d, a := newAuth("x", true, false), newAuth("x", false, false)
	d.key = func(secret, seed string) string { return secret + seed }
	a.key = d.key
	a.fresh = func() string { return pageSeed }
	if key := exchange(d, a); d.state != Trusted || a.state != Trusted || string(key.Data) != `"x`+pageSeed+`"` {
		t.Errorf("%v, %v, key %s", d.state, a.state, key.Data)
	}
}

func TestAuth_eitherEndBegins(t *testing.T) {
	for _, dialed := range []bool{true, false} {
		begins, other := newAuth("x", dialed, true), newAuth("x", !dialed, true)
		exchange(begins, other)
		if begins.state != Trusted || other.state != Trusted {
			t.Errorf("dialed %v: %v, %v", dialed, begins.state, other.state)
		}
	}
}

func TestAuth_fails(t *testing.T) {
	for name, ends := range map[string][2]*auth{
		"other secret":              {newAuth("x", true, false), newAuth("y", false, false)},
		"other secret, mutual":      {newAuth("x", true, true), newAuth("y", false, true)},
		"only one is mutual":        {newAuth("x", true, true), newAuth("x", false, false)},
		"only the other is mutual":  {newAuth("x", true, false), newAuth("x", false, true)},
		"the other has no secret":   {newAuth("x", true, false), newAuth("", false, false)},
		"the end that dialed is it": {newAuth("x", false, false), newAuth("x", true, false)},
	} {
		from, to := ends[0], ends[1]
		exchange(from, to)
		if from.state != Untrusted || to.state == Trusted || !errors.Is(from.err, ErrAuth) {
			t.Errorf("%s: %v, %v, %v", name, from.state, to.state, from.err)
		}
	}
	if _, ok := newAuth("", true, false).begin(); ok {
		t.Error("an end without a secret begins")
	}
}

// TestAuth_falsePeer: with mutual proofs, a peer that sends a seed without having the secret
// isn't trusted.
func TestAuth_falsePeer(t *testing.T) {
	d := newAuth("x", true, true)
	d.begin()
	d.receive(authText(AuthResponse, AuthSeed, Okay, pageSeed))
	d.receive(Message{Okay, AuthResponse, AuthKey, json.RawMessage("true")})
	if d.state != Untrusted || !errors.Is(d.err, ErrAuth) {
		t.Errorf("%v, %v", d.state, d.err)
	}
}

// TestAuth_relay: mutual proofs for one TLS connection are invalid on another.
func TestAuth_relay(t *testing.T) {
	d, a := newAuth("x", true, true), newAuth("x", false, true)
	d.bind = func() (string, error) { return "one", nil }
	a.bind = func() (string, error) { return "two", nil }
	exchange(d, a)
	if d.state != Untrusted || a.state != Untrusted {
		t.Errorf("%v, %v", d.state, a.state)
	}
	a.bind = func() (string, error) { return "", io.EOF }
	if _, _, err := a.receive(authText(Auth, AuthSeed, Okay, pageNonce)); err != io.EOF || a.state != Untrusted {
		t.Errorf("without a binding: %v, %v", err, a.state)
	}
}

// TestAuth_replay: a right key isn't accepted a second time, neither with its own seed nor
// on another connection.
func TestAuth_replay(t *testing.T) {
	for _, mutual := range []bool{false, true} {
		a := newAuth("x", false, mutual)
		key := exchange(newAuth("x", true, mutual), a)
		if a.state != Trusted {
			t.Fatal(a.state)
		}
		next := newAuth("x", false, mutual)
		for range maxSeeds {
			if reply, _, _ := next.receive(key); reply.Status != NotPermitted {
				t.Errorf("without a seed: %v", reply.Status)
			}
			next.receive(authText(Auth, AuthSeed, Okay, pageNonce))
			if reply, _, _ := next.receive(key); reply.Status != AuthRequired || next.state != Untrusted {
				t.Errorf("with another seed: %v, %v", reply.Status, next.state)
			}
		}
		if _, _, err := next.receive(authText(Auth, AuthSeed, Okay, pageNonce)); !errors.Is(err, ErrAuth) {
			t.Errorf("the ninth seed: %v", err)
		}
	}
}

// TestAuth_seeds: no two seeds are equal, and an older one is invalid.
func TestAuth_seeds(t *testing.T) {
	for _, mutual := range []bool{false, true} {
		a := newAuth("x", false, mutual)
		first, _, _ := a.receive(authText(Auth, AuthSeed, Okay, pageNonce))
		old := rightKey(a)
		second, _, _ := a.receive(authText(Auth, AuthSeed, Okay, pageNonce))
		if string(first.Data) == string(second.Data) {
			t.Error("a seed was given twice")
		}
		if reply, _, _ := a.receive(old); reply.Status != AuthRequired {
			t.Errorf("the key for an old seed: %v", reply.Status)
		}
	}
}

// TestAuth_reflection: an end doesn't accept its own values.
func TestAuth_reflection(t *testing.T) {
	d := newAuth("x", true, true)
	wanted, _ := d.begin()
	// A server without the secret asks the client the same question.
	d.state = Untrusted
	given, _, _ := d.receive(wanted)
	d.state = SeedRequested
	seed, _ := digits(given, nonceLen, nonceLen)
	key, _, _ := d.receive(authText(AuthResponse, AuthSeed, Okay, seed))
	d.state = SeedSent
	if reply, _, _ := d.receive(key); reply.Status != AuthRequired {
		t.Errorf("its own key: %v", reply.Status)
	}
}

func TestAuthState_names(t *testing.T) {
	for state, want := range []string{"Untrusted Connection", "Seed was requested", "Seed has been sent", "Key has been sent", "Trusted Connection", "State 5"} {
		if got := AuthState(state).String(); got != want {
			t.Errorf("state %d is %q, want %q", state, got, want)
		}
	}
}
