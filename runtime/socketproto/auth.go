package socketproto

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// An AuthState is how far the authentication of two ends has got. One exchange is enough
// for both: each end proves to the other that it has the secret.
type AuthState int

// The states, in order. The end that begins goes through SeedRequested and KeySent, the
// other one through SeedSent.
const (
	Untrusted     AuthState = 0
	SeedRequested AuthState = 1
	SeedSent      AuthState = 2
	KeySent       AuthState = 3
	Trusted       AuthState = 4
)

// String returns a name of the state.
func (s AuthState) String() string {
	switch s {
	case Untrusted:
		return "untrusted"
	case SeedRequested:
		return "seed requested"
	case SeedSent:
		return "seed sent"
	case KeySent:
		return "key sent"
	case Trusted:
		return "trusted"
	}
	return "state " + strconv.Itoa(int(s))
}

// ErrAuth is the error of an authentication that failed: the ends don't have the same
// secret, or one of them has none.
var ErrAuth = errors.New("authentication failed")

// errTooManySeeds ends a connection whose peer requests too many seeds.
var errTooManySeeds = fmt.Errorf("%w: the peer has tried too often", ErrAuth)

// maxSeeds is how many seeds an end gives on one connection.
const maxSeeds = 8

// An auth is the authentication on one end, without sending and receiving. See "Authentication" in PROTOCOL.md.
type auth struct {
	secret string
	dialed bool // this end has dialed

	// fresh returns a new nonce or seed.
	fresh func() string

	state AuthState
	nonce string // of the attempt under way, from the end that began it
	seed  string // of the attempt under way, from the other end; used once
	seeds int    // sent so far
	err   error  // why the last attempt of this end failed
}

// nonceLen is the number of digits of a nonce, a seed, a key or a proof.
const nonceLen = 64

// fresh returns 32 random bytes as hexadecimal digits.
func fresh() string {
	var b [nonceLen / 2]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// begin returns the request for a seed. It reports false if the ends trust each other, or
// an attempt is under way.
func (a *auth) begin() (Message, bool) {
	if a.secret == "" || a.state != Untrusted {
		return Message{}, false
	}
	a.nonce, a.seed, a.err = a.fresh(), "", nil
	a.state = SeedRequested
	return authMessage(Auth, AuthSeed, Okay, a.nonce), true
}

// receive handles a message of Auth or AuthResponse. It reports true if there is a reply. An
// error ends the connection.
func (a *auth) receive(m Message) (reply Message, ok bool, err error) {
	switch m.Address() {
	case Address{Auth, AuthSeed}:
		reply, err = a.giveSeed(m)
		return reply, true, err
	case Address{Auth, AuthKey}:
		return a.checkKey(m), true, nil
	case Address{AuthResponse, AuthSeed}:
		reply, ok = a.takeSeed(m)
		return reply, ok, nil
	case Address{AuthResponse, AuthKey}:
		a.checkProof(m)
		return Message{}, false, nil
	}
	if m.Service == Auth {
		return authMessage(AuthResponse, m.DataID, Unknown, ""), true, nil
	}
	return Message{}, false, nil
}

// giveSeed answers a request for a seed. If both ends ask at once, the one that dialed goes
// first.
func (a *auth) giveSeed(m Message) (Message, error) {
	nonce, ok := authText(m)
	asking := a.state == SeedRequested || a.state == KeySent
	switch {
	case a.secret == "", a.state == Trusted, !ok, asking && a.dialed:
		return authMessage(AuthResponse, AuthSeed, NotPermitted, ""), nil
	case a.seeds == maxSeeds:
		return Message{}, errTooManySeeds
	}
	a.seeds++
	a.nonce, a.seed = nonce, a.fresh()
	a.state = SeedSent
	return authMessage(AuthResponse, AuthSeed, Okay, a.seed), nil
}

// checkKey answers a key, right or wrong. Its seed can't be used again.
func (a *auth) checkKey(m Message) Message {
	if a.state != SeedSent {
		return authMessage(AuthResponse, AuthKey, NotPermitted, "")
	}
	key, _ := authText(m)
	want := a.sum("key", !a.dialed)
	if !hmac.Equal([]byte(key), []byte(want)) {
		a.reset(Untrusted)
		return authMessage(AuthResponse, AuthKey, AuthRequired, "")
	}
	proof := a.sum("proof", a.dialed)
	a.reset(Trusted)
	return authMessage(AuthResponse, AuthKey, Okay, proof)
}

// takeSeed makes a key from a seed, if this end has requested one.
func (a *auth) takeSeed(m Message) (Message, bool) {
	if a.state != SeedRequested {
		return Message{}, false
	}
	seed, ok := authText(m)
	if m.Status != Okay || !ok {
		a.fail(m.Status)
		return Message{}, false
	}
	a.seed = seed
	a.state = KeySent
	return authMessage(Auth, AuthKey, Okay, a.sum("key", a.dialed)), true
}

// checkProof checks the answer to a key, if this end has sent one.
func (a *auth) checkProof(m Message) {
	if a.state != KeySent {
		return
	}
	proof, _ := authText(m)
	want := a.sum("proof", !a.dialed)
	if m.Status != Okay || !hmac.Equal([]byte(proof), []byte(want)) {
		a.fail(m.Status)
		return
	}
	a.reset(Trusted)
}

// fail ends an attempt of this end.
func (a *auth) fail(status Status) {
	a.reset(Untrusted)
	if status != Okay {
		a.err = fmt.Errorf("%w: %v", ErrAuth, status)
		return
	}
	a.err = fmt.Errorf("%w: the peer hasn't proven that it has the secret", ErrAuth)
}

// reset clears nonce and seed, which are valid for one attempt, and sets the state.
func (a *auth) reset(s AuthState) {
	a.state = s
	a.nonce, a.seed = "", ""
}

// sum returns the key or proof of the end that dialed, or of the other end. It includes the
// end's role, so that an end doesn't accept its own values.
func (a *auth) sum(what string, dialed bool) string {
	role := "accepted"
	if dialed {
		role = "dialed"
	}
	h := hmac.New(sha256.New, []byte(a.secret))
	fmt.Fprintf(h, "%s %s %s %s", what, role, a.seed, a.nonce)
	return hex.EncodeToString(h.Sum(nil))
}

func authMessage(s Service, id DataID, status Status, text string) Message {
	m := Message{Status: status, Service: s, DataID: id}
	if text != "" {
		m.Data = json.RawMessage(`"` + text + `"`)
	}
	return m
}

// authText returns the digits in a message. It reports false if their number is wrong.
func authText(m Message) (string, bool) {
	d := m.Data
	if len(d) != nonceLen+2 || d[0] != '"' || d[len(d)-1] != '"' {
		return "", false
	}
	text := string(d[1 : len(d)-1])
	_, err := hex.DecodeString(text)
	return text, err == nil
}
