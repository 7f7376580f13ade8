package transport

import (
	"context"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// authenticate asks the server's Auth who makes the call, unless its address has sent too
// many bad tokens.
func (c *Core) authenticate(ctx context.Context, call *Call, req *runtime.Request) error {
	token, peer := call.Token, call.Peer
	fresh := token != "" && !c.addresses.wasGood(token)
	if fresh {
		if err := c.addresses.try(peer.addr, token, c.limits.FailedTokens); err != nil {
			peer.hold.Store(time.Now().Add(holdUp).UnixNano())
			return err
		}
	}
	bad := false
	if fresh {
		defer func() { c.addresses.tried(peer.addr, token, bad) }() // also after a panic
	}
	p, err := c.server.Auth(ctx, runtime.Credentials{Token: token, Action: req.Action, Peer: peer.Peer, Envelope: req.Envelope})
	bad = err != nil && runtime.ReasonOf(err) == runtime.BadCredentials
	switch {
	case err == nil:
		if token != "" {
			c.addresses.good(token)
		}
		call.principal = p
		return nil
	case !bad:
		if ctx.Err() == nil {
			c.log.ErrorContext(ctx, "token not checked", "err", err, "peer", peer.Addr)
		}
		return errNotChecked
	case token == "":
		return runtime.NoCredentials
	}
	return runtime.BadCredentials
}

var errNotChecked = &runtime.Error{Code: runtime.Failed, Reason: runtime.Internal, Message: "the token can't be checked now"}

// holdUp is how long a connection begins no call after a token was refused unchecked. It
// slows down a peer that guesses tokens.
const holdUp = time.Second
