package transport

import (
	"context"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// authenticate asks the server's Auth who makes the call. If the token wasn't good before,
// the call holds no place meanwhile, and the token isn't checked if its address has sent too
// many.
func (c *Core) authenticate(ctx context.Context, call *Call, req *runtime.Request) error {
	token, peer := call.Token, call.Peer
	if token == "" {
		return c.identify(ctx, call, req)
	}
	if peer.plain {
		c.warnPlain(peer)
	}
	f := c.tokens.fingerprint(token)
	if c.tokens.has(f) {
		return c.identify(ctx, call, req)
	}
	if err := c.door.try(peer.ip, f); err != nil {
		if !peer.known.Load() {
			peer.hold.Store(time.Now().Add(holdUp).UnixNano())
		}
		return err
	}
	bad := false
	defer func() { c.door.tried(peer.ip, f, bad) }() // also after a panic
	err := c.identifyNew(ctx, call, req)
	bad = err == runtime.BadCredentials
	if err == nil {
		c.tokens.add(f)
	}
	return err
}

// identifyNew is identify for a token that wasn't good before. Call holds no place
// meanwhile. If the token is good, identifyNew waits until there is a place for call again.
func (c *Core) identifyNew(ctx context.Context, call *Call, req *runtime.Request) error {
	rooms := []*room{&c.calls}
	if call.conn != nil && call.Peer.known.Load() { // a newcomer has few places, and only for itself
		rooms = append(rooms, &call.conn.calls)
	}
	for _, r := range rooms {
		r.release()
	}
	held := 0
	defer func() { // also after a panic
		for _, r := range rooms[held:] {
			r.force()
		}
	}()
	wait, cancel := context.WithCancel(ctx)
	if limit := c.limits.PreAuth; limit > 0 {
		wait, cancel = context.WithTimeout(ctx, limit)
	}
	defer cancel()
	if !call.Peer.known.Load() {
		c.door.check(call.Peer, call, cancel)
		defer c.door.checked(call.Peer, call)
	}
	err := c.identify(wait, call, req)
	late := err == errNotChecked && wait.Err() != nil && ctx.Err() == nil
	switch {
	case late:
		return errLateAuth
	case err != nil:
		return err
	}
	for _, r := range rooms {
		if err := r.acquire(ctx); err != nil {
			return err
		}
		held++
	}
	return nil
}

// identify asks Auth who makes the call. If the answer is good, the peer is no newcomer any
// more.
func (c *Core) identify(ctx context.Context, call *Call, req *runtime.Request) error {
	peer := call.Peer
	p, err := c.server.Auth(ctx, runtime.Credentials{Token: call.Token, Action: req.Action, Peer: peer.Peer, Envelope: req.Envelope})
	switch {
	case err == nil:
		call.principal = p
		if !peer.known.Load() {
			c.door.welcome(peer)
		}
		return nil
	case runtime.ReasonOf(err) != runtime.BadCredentials:
		if ctx.Err() == nil {
			c.log.ErrorContext(ctx, "token not checked", "err", err, "peer", peer.Addr)
		}
		return errNotChecked
	case call.Token == "":
		return runtime.NoCredentials
	}
	return runtime.BadCredentials
}

var errNotChecked = &runtime.Error{Code: runtime.Failed, Reason: runtime.Internal, Message: "the token can't be checked now"}

// holdUp is how long a newcomer's connection begins no call after the server refused a
// token unchecked. It slows down a peer that guesses tokens.
const holdUp = time.Second

// warnPlain warns, once for each server, that tokens come through a network without TLS.
func (c *Core) warnPlain(p *Peer) {
	c.plain.Do(func() {
		c.log.Warn("tokens come over a network without TLS: who can listen there can use them", "peer", p.Addr)
	})
}
