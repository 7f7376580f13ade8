// Package balance spreads the calls of a client over the peers that serve them. Every wire
// uses it: the package knows nothing of how calls travel.
//
// A Balancer is made from a runtime.Client and a function that opens an Endpoint.
// It splits Client.Addr into addresses, looks names up, and opens one Endpoint for
// each address. An Endpoint makes one attempt of a call on its peer. The Balancer
// chooses the peer and decides what follows a failed attempt:
//
//   - An attempt that the peer can't have seen is made again, on another peer if
//     there is one. The Endpoint says so by Unseen or Refused.
//   - A unary call of an idempotent action is made again if its connection broke,
//     three times at most.
//   - Any other error is what the caller gets. So is each error of the caller's own
//     Responder: the peer has answered.
//
// A call goes to the peer with the fewest calls under way. A unary call of an
// idempotent action that has no answer after Client.Hedge is made a second time on
// another peer.
//
// # The health of a peer
//
// A Backend is one address. An Endpoint connects by Backend.Dial and reports what it
// sees by Backend.Report; that moves the peer from one state to another:
//
//	well ── dial failed ─► down ── connected ───────────────► well
//	well ── NoAnswer ────► mute ── Answered ────────────────► well
//	                       mute ── dial failed ─► down
//	well ── GoAway ──────► away ── connected, or after 1 s ─► well
//	                       away ── dial failed ─► down
//	                       away ── NoAnswer ────► mute
//	well ── silent ──────► ejected ── Answered ─────────────► well
//	well ── failures ────► ejected ── dial failed ─► down
//	                       ejected ── NoAnswer ────► mute
//
// Nothing else changes the state. What an attempt shows, the Balancer sees itself: it does so
// for every wire.
//
//   - A well peer gets calls.
//   - A peer that is down can't be reached. It is tried again after a pause that
//     doubles with each failure, from 20 ms to 10 s. Within a second of the first
//     failure the pause is 100 ms at most, and calls that have no other peer wait.
//   - A mute peer accepts connections and closes them without an answer, like a proxy
//     whose server is gone. After the same pauses, a single call goes there as a
//     probe. Calls that have no other peer go there at any time.
//   - A peer that is away has asked for calls to go elsewhere. It gets calls only if
//     there is no other peer.
//   - An ejected peer fails attempts or is silent: three attempts in a row, or more than
//     one in five for long, failed because their connections broke, or an attempt of
//     100 ms or more ran into its deadline and the peer didn't answer that or any other
//     call meanwhile. After pauses that begin with 160 to 320 ms, Connect finds out whether it can be reached,
//     and a single call whether it answers. A peer that fails again within 30 s goes on
//     with the longer pauses. At most half of the peers are ejected, rounded up, and
//     never the last one that is well. Calls that have no other peer go there at any time.
//
// An error that a peer returns is an answer and never counts against it. With a single
// peer, ejection has no effect.
//
// While a peer isn't well, names are looked up again, at most once a second.
package balance
