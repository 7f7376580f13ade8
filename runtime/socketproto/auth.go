package socketproto

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// An AuthState is how far the authentication of a connection has got. Trusted at the end that
// dialed means that the peer has accepted its key; only with Config.Mutual has the peer proven
// the secret too.
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

// String returns the name that the protocol's documentation gives the state.
func (s AuthState) String() string {
	switch s {
	case Untrusted:
		return "Untrusted Connection"
	case SeedRequested:
		return "Seed was requested"
	case SeedSent:
		return "Seed has been sent"
	case KeySent:
		return "Key has been sent"
	case Trusted:
		return "Trusted Connection"
	}
	return "State " + strconv.Itoa(int(s))
}

// ErrAuth is the error of an authentication that failed: the ends don't have the same
// secret, one of them has none, or one alone wants a mutual proof.
var ErrAuth = errors.New("authentication failed")

// errTooManySeeds ends a connection whose peer requests too many seeds.
var errTooManySeeds = fmt.Errorf("%w: the peer has tried too often", ErrAuth)

// maxSeeds is how many seeds an end gives on one connection.
const maxSeeds = 8

// An auth is the authentication at one end, without sending and receiving. See
// "Authentication" in PROTOCOL.md.
type auth struct {
	secret string
	dialed bool // this end has dialed
	mutual bool // both ends prove that they have the secret

	key   func(secret, seed string) string // unless mutual
	fresh func() string                    // returns a new nonce or seed
	bind  func() (string, error)           // returns what ties a mutual proof to the connection

	state AuthState
	nonce string // of the mutual attempt under way, from the end that began it
	seed  string // of the attempt under way, from the other end; used once
	bound string // what bind returned, for the attempt under way
	seeds int    // sent so far
	err   error  // why the last attempt of this end failed
}

// nonceLen is the number of digits of a nonce, and of a seed that this package makes. Seeds
// of other implementations have at most maxSeed.
const (
	nonceLen = 64
	maxSeed  = 128
)

// fresh returns 32 random bytes as hexadecimal digits.
func fresh() string {
	var b [nonceLen / 2]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// begin returns the request for a seed. It reports false if the connection is authenticated,
// or an attempt is under way.
func (a *auth) begin() (Message, bool) {
	if a.secret == "" || a.state != Untrusted {
		return Message{}, false
	}
	a.seed, a.err = "", nil
	a.state = SeedRequested
	if a.mutual {
		a.nonce = a.fresh()
	}
	return authText(Auth, AuthSeed, Okay, a.nonce), true
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
		return a.takeSeed(m)
	case Address{AuthResponse, AuthKey}:
		a.checkVerdict(m)
		return Message{}, false, nil
	}
	if m.Service == Auth {
		return Message{Status: Unknown, Service: AuthResponse, DataID: m.DataID}, true, nil
	}
	return Message{}, false, nil
}

// giveSeed answers a request for a seed. If both ends ask for mutual proofs at once, the one
// that dialed goes first.
func (a *auth) giveSeed(m Message) (Message, error) {
	refused := authText(AuthResponse, AuthSeed, NotPermitted, "")
	if a.secret == "" || a.state == Trusted || !a.mutual && a.dialed {
		return refused, nil
	}
	nonce := ""
	if a.mutual {
		var ok bool
		nonce, ok = digits(m, nonceLen, nonceLen)
		asking := a.state == SeedRequested || a.state == KeySent
		if !ok || asking && a.dialed {
			return refused, nil
		}
		var err error
		if a.bound, err = a.bind(); err != nil {
			return Message{}, err
		}
	}
	if a.seeds == maxSeeds {
		return Message{}, errTooManySeeds
	}
	a.seeds++
	a.nonce, a.seed = nonce, a.fresh()
	a.state = SeedSent
	return authText(AuthResponse, AuthSeed, Okay, a.seed), nil
}

// checkKey answers a key, right or wrong. Its seed can't be used again.
func (a *auth) checkKey(m Message) Message {
	if a.state != SeedSent {
		return authText(AuthResponse, AuthKey, NotPermitted, "")
	}
	var key string
	json.Unmarshal(m.Data, &key) // "" is no key
	if !hmac.Equal([]byte(key), []byte(a.keyOf(!a.dialed))) {
		a.reset(Untrusted)
		return Message{AuthRequired, AuthResponse, AuthKey, json.RawMessage("false")}
	}
	verdict := Message{Okay, AuthResponse, AuthKey, json.RawMessage("true")}
	if a.mutual {
		verdict = authText(AuthResponse, AuthKey, Okay, a.sum("proof", a.dialed))
	}
	a.reset(Trusted)
	return verdict
}

// takeSeed makes a key from a seed, if this end has requested one.
func (a *auth) takeSeed(m Message) (Message, bool, error) {
	if a.state != SeedRequested {
		return Message{}, false, nil
	}
	fewest, most := 1, maxSeed
	if a.mutual {
		fewest, most = nonceLen, nonceLen
	}
	seed, ok := digits(m, fewest, most)
	if m.Status != Okay || !ok {
		a.fail(m.Status)
		return Message{}, false, nil
	}
	if a.mutual {
		var err error
		if a.bound, err = a.bind(); err != nil {
			return Message{}, false, err
		}
	}
	a.seed = seed
	a.state = KeySent
	return authText(Auth, AuthKey, Okay, a.keyOf(a.dialed)), true, nil
}

// checkVerdict checks the answer to a key, if this end has sent one.
func (a *auth) checkVerdict(m Message) {
	if a.state != KeySent {
		return
	}
	good := string(m.Data) == "true"
	if a.mutual {
		proof, _ := digits(m, nonceLen, nonceLen)
		good = hmac.Equal([]byte(proof), []byte(a.sum("proof", !a.dialed)))
	}
	if m.Status != Okay || !good {
		a.fail(m.Status)
		return
	}
	a.reset(Trusted)
}

// fail ends an attempt of this end.
func (a *auth) fail(status Status) {
	a.reset(Untrusted)
	switch {
	case status != Okay:
		a.err = fmt.Errorf("%w: %v", ErrAuth, status)
	case a.mutual:
		a.err = fmt.Errorf("%w: the peer hasn't proven that it has the secret", ErrAuth)
	default:
		a.err = fmt.Errorf("%w: the peer doesn't accept the secret", ErrAuth)
	}
}

// reset clears nonce and seed, which are valid for one attempt, and sets the state.
func (a *auth) reset(s AuthState) {
	a.state = s
	a.nonce, a.seed, a.bound = "", "", ""
}

// keyOf returns the key of the end that dialed, or of the other end.
func (a *auth) keyOf(dialed bool) string {
	if a.mutual {
		return a.sum("key", dialed)
	}
	return a.key(a.secret, a.seed)
}

// sum returns the mutual key or proof of the end that dialed, or of the other end. It includes
// the end's role, so that an end doesn't accept its own values. A seed has no blank, so a peer
// can't get a sum by asking for the key of a seed.
func (a *auth) sum(what string, dialed bool) string {
	role := "accepted"
	if dialed {
		role = "dialed"
	}
	return hash(a.secret, what+" "+role+" "+a.seed+" "+a.nonce+" "+a.bound)
}

// authText returns a message with a text, or without data if the text is "".
func authText(s Service, id DataID, status Status, text string) Message {
	m := Message{Status: status, Service: s, DataID: id}
	if text != "" {
		m.Data = json.RawMessage(`"` + text + `"`)
	}
	return m
}

// digits returns the hexadecimal digits that are the data of a message. It reports false if
// the data is something else, or if there are fewer or more digits than allowed.
func digits(m Message, fewest, most int) (string, bool) {
	d := m.Data
	if len(d) < fewest+2 || len(d) > most+2 || d[0] != '"' || d[len(d)-1] != '"' {
		return "", false
	}
	text := string(d[1 : len(d)-1])
	for _, c := range []byte(text) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return "", false
		}
	}
	return text, true
}
