package socketproto

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// reach returns an end in a state.
func reach(t *testing.T, dialed bool, state AuthState) *auth {
	a := &auth{secret: pageSecret, dialed: dialed, fresh: func() string { return pageNonce }}
	switch state {
	case SeedRequested, KeySent:
		a.begin()
		if state == KeySent {
			a.receive(authMessage(AuthResponse, AuthSeed, Okay, pageSeed))
		}
	case SeedSent:
		a.receive(authMessage(Auth, AuthSeed, Okay, pageSeed))
	case Trusted:
		a.receive(authMessage(Auth, AuthSeed, Okay, pageSeed))
		a.receive(authMessage(Auth, AuthKey, Okay, a.sum("key", !dialed)))
	}
	if a.state != state {
		t.Fatalf("an end is %v, want %v", a.state, state)
	}
	return a
}

// TestAuth_table tests each message in each state at both ends: the table of PROTOCOL.md.
func TestAuth_table(t *testing.T) {
	const dialed, accepted = 0, 1
	type outcome struct {
		reply string // service, data id, status; "" if there is none
		state AuthState
	}
	const seed, noSeed, noKey, proof, wrongKey, key = "1/1 0", "1/1 6", "1/2 6", "1/2 0", "1/2 3", "0/2 0"
	states := []AuthState{Untrusted, SeedRequested, SeedSent, KeySent, Trusted}
	stay := func(reply string) func(AuthState, int) outcome {
		return func(s AuthState, _ int) outcome { return outcome{reply, s} }
	}
	for _, row := range []struct {
		name    string
		message func(a *auth) Message
		want    func(s AuthState, end int) outcome
	}{
		{"seed wanted", func(*auth) Message { return authMessage(Auth, AuthSeed, Okay, pageSeed) }, func(s AuthState, end int) outcome {
			switch {
			case s == Trusted, end == dialed && (s == SeedRequested || s == KeySent):
				return outcome{noSeed, s}
			}
			return outcome{seed, SeedSent}
		}},
		{"seed wanted with a bad nonce", func(*auth) Message { return authMessage(Auth, AuthSeed, Okay, "0f") }, stay(noSeed)},
		{"right key", func(a *auth) Message { return authMessage(Auth, AuthKey, Okay, a.sum("key", !a.dialed)) }, func(s AuthState, _ int) outcome {
			if s == SeedSent {
				return outcome{proof, Trusted}
			}
			return outcome{noKey, s}
		}},
		{"wrong key", func(*auth) Message { return authMessage(Auth, AuthKey, Okay, pageSeed) }, func(s AuthState, _ int) outcome {
			if s == SeedSent {
				return outcome{wrongKey, Untrusted}
			}
			return outcome{noKey, s}
		}},
		{"no key", func(*auth) Message { return authMessage(Auth, AuthKey, Okay, "") }, func(s AuthState, _ int) outcome {
			if s == SeedSent {
				return outcome{wrongKey, Untrusted}
			}
			return outcome{noKey, s}
		}},
		{"seed", func(*auth) Message { return authMessage(AuthResponse, AuthSeed, Okay, pageSeed) }, func(s AuthState, _ int) outcome {
			if s == SeedRequested {
				return outcome{key, KeySent}
			}
			return outcome{"", s}
		}},
		{"bad seed", func(*auth) Message { return authMessage(AuthResponse, AuthSeed, Okay, "a5") }, func(s AuthState, _ int) outcome {
			if s == SeedRequested {
				return outcome{"", Untrusted}
			}
			return outcome{"", s}
		}},
		{"no seed", func(*auth) Message { return authMessage(AuthResponse, AuthSeed, NotPermitted, "") }, func(s AuthState, _ int) outcome {
			if s == SeedRequested {
				return outcome{"", Untrusted}
			}
			return outcome{"", s}
		}},
		{"right proof", func(a *auth) Message { return authMessage(AuthResponse, AuthKey, Okay, a.sum("proof", !a.dialed)) }, func(s AuthState, _ int) outcome {
			if s == KeySent {
				return outcome{"", Trusted}
			}
			return outcome{"", s}
		}},
		{"wrong proof", func(*auth) Message { return authMessage(AuthResponse, AuthKey, Okay, pageSeed) }, func(s AuthState, _ int) outcome {
			if s == KeySent {
				return outcome{"", Untrusted}
			}
			return outcome{"", s}
		}},
		{"right proof with a status", func(a *auth) Message {
			return authMessage(AuthResponse, AuthKey, AuthRequired, a.sum("proof", !a.dialed))
		}, func(s AuthState, _ int) outcome {
			if s == KeySent {
				return outcome{"", Untrusted}
			}
			return outcome{"", s}
		}},
		{"unknown request", func(*auth) Message { return authMessage(Auth, 9, Okay, "") }, stay("1/9 4")},
		{"unknown response", func(*auth) Message { return authMessage(AuthResponse, 9, Okay, "") }, stay("")},
	} {
		for _, state := range states {
			for end, name := range []string{"dialed", "accepted"} {
				a := reach(t, end == dialed, state)
				reply, ok, err := a.receive(row.message(a))
				got := outcome{"", a.state}
				if ok {
					got.reply = fmt.Sprintf("%d/%d %d", reply.Service, reply.DataID, uint32(reply.Status))
				}
				if want := row.want(state, end); got != want || err != nil {
					t.Errorf("%s: %v, %s: %q, %v, %v; want %q, %v", name, state, row.name, got.reply, got.state, err, want.reply, want.state)
				}
			}
		}
	}
}

func newEnds(secretDialed, secretAccepted string) (d, a *auth) {
	return &auth{secret: secretDialed, dialed: true, fresh: fresh}, &auth{secret: secretAccepted, fresh: fresh}
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

func TestAuth_eitherEndBegins(t *testing.T) {
	for range 2 {
		d, a := newEnds("x", "x")
		exchange(d, a)
		d2, a2 := newEnds("x", "x")
		exchange(a2, d2)
		for _, end := range []*auth{d, a, d2, a2} {
			if end.state != Trusted {
				t.Errorf("an end is %v", end.state)
			}
		}
	}
}

func TestAuth_wrongSecret(t *testing.T) {
	d, a := newEnds("x", "y")
	exchange(d, a)
	if d.state != Untrusted || a.state != Untrusted || !errors.Is(d.err, ErrAuth) {
		t.Errorf("%v, %v, %v", d.state, a.state, d.err)
	}
}

// TestAuth_falsePeer: a peer that sends a seed without having the secret isn't trusted.
func TestAuth_falsePeer(t *testing.T) {
	d, _ := newEnds("x", "x")
	d.begin()
	d.receive(authMessage(AuthResponse, AuthSeed, Okay, pageSeed))
	d.receive(authMessage(AuthResponse, AuthKey, Okay, pageSeed))
	if d.state != Untrusted || !errors.Is(d.err, ErrAuth) {
		t.Errorf("%v, %v", d.state, d.err)
	}
}

// TestAuth_replay: a right key isn't accepted a second time, neither with its own seed nor
// on another connection.
func TestAuth_replay(t *testing.T) {
	d, a := newEnds("x", "x")
	key := exchange(d, a)
	if a.state != Trusted {
		t.Fatal(a.state)
	}
	_, next := newEnds("x", "x")
	for range maxSeeds {
		if reply, _, _ := next.receive(key); reply.Status != NotPermitted {
			t.Errorf("without a seed: %v", reply.Status)
		}
		next.receive(authMessage(Auth, AuthSeed, Okay, pageNonce))
		if reply, _, _ := next.receive(key); reply.Status != AuthRequired || next.state != Untrusted {
			t.Errorf("with another seed: %v, %v", reply.Status, next.state)
		}
	}
	if _, _, err := next.receive(authMessage(Auth, AuthSeed, Okay, pageNonce)); !errors.Is(err, ErrAuth) {
		t.Errorf("the ninth seed: %v", err)
	}
}

// TestAuth_seeds: no two seeds are equal, and an older one is invalid.
func TestAuth_seeds(t *testing.T) {
	_, a := newEnds("x", "x")
	first, _, _ := a.receive(authMessage(Auth, AuthSeed, Okay, pageNonce))
	old := a.sum("key", true)
	second, _, _ := a.receive(authMessage(Auth, AuthSeed, Okay, pageNonce))
	if string(first.Data) == string(second.Data) {
		t.Error("a seed was given twice")
	}
	if reply, _, _ := a.receive(authMessage(Auth, AuthKey, Okay, old)); reply.Status != AuthRequired {
		t.Errorf("the key for an old seed: %v", reply.Status)
	}
}

// TestAuth_reflection: an end doesn't accept its own values.
func TestAuth_reflection(t *testing.T) {
	d, _ := newEnds("x", "x")
	wanted, _ := d.begin()
	// A server without the secret asks the client the same question.
	d.state = Untrusted
	given, _, _ := d.receive(wanted)
	d.state = SeedRequested
	seed, _ := authText(given)
	key, _, _ := d.receive(authMessage(AuthResponse, AuthSeed, Okay, seed))
	d.state = SeedSent
	if reply, _, _ := d.receive(key); reply.Status != AuthRequired {
		t.Errorf("its own key: %v", reply.Status)
	}
}

func TestAuth_noSecret(t *testing.T) {
	d, a := newEnds("x", "")
	if exchange(d, a); d.state != Untrusted || d.err == nil || !strings.Contains(d.err.Error(), "not permitted") {
		t.Errorf("%v, %v", d.state, d.err)
	}
	if _, ok := a.begin(); ok {
		t.Error("an end without a secret begins")
	}
}
