package transport

import (
	"container/list"
	"context"
	"math/bits"
	"net/netip"
	"sync"
	"time"

	"github.com/tpp-rpc/tpp/runtime"
)

// A door is what a server knows of the addresses that connect to it, and of what newcomers
// have taken. A newcomer is a peer that hasn't authenticated yet on its connection. The door
// bounds what newcomers can take in all, and shares it between addresses: where there isn't
// enough, the address that has most gives way. Each method does bounded work, however many
// connections and addresses there are. A door is safe for concurrent use.
type door struct {
	limits *Limits

	mu        sync.Mutex
	addresses map[netip.Addr]*address
	failing   list.List     // addresses with bad tokens, in the order of address.since
	trying    int           // tokens that are being checked, from all addresses
	bytes     int64         // that are held for newcomers, from all addresses
	levels    [64]list.List // addresses by the number of binary digits of address.bytes, without those that have none
	newcomers list.List     // their connections, in the order of newcomer.since
	late      *time.Timer
	ticking   bool // late is set
}

// An address is what a door knows of one address, or of a /64 of IPv6. Peers without an
// address share one.
type address struct {
	ip        netip.Addr
	conns     int
	bytes     int64               // that are held for newcomers, beside what is free
	level     int                 // the index of the list in door.levels; 0 for none
	inLevel   *list.Element       // in that list
	newcomers list.List           // connections of newcomers, in the order in which they came
	holders   list.List           // those of them for which bytes are held, the oldest first
	trying    map[fingerprint]int // tokens that are being checked, and for how many calls
	failed    int                 // bad tokens since
	since     time.Time           // when the first of these came
	failing   *list.Element       // in door.failing; nil if there are none
}

// A newcomer is what a door knows of a connection whose peer hasn't authenticated yet.
type newcomer struct {
	conn   *Conn
	since  time.Time
	bytes  int                          // that are held for it
	inAll  *list.Element                // in door.newcomers
	inAddr *list.Element                // in address.newcomers
	holder *list.Element                // in address.holders; nil if it isn't there
	open   int                          // calls under way of actions that need no token
	checks map[*Call]context.CancelFunc // end the checks of tokens that are under way
}

const (
	failedFor  = time.Minute // how long a bad token is remembered
	maxFailing = 1 << 16     // addresses of which bad tokens are remembered

	// foothold is how long a newcomer is safe from losing its connection to another one.
	foothold = time.Second

	// farewell is how long a connection may still take to end when the time of a newcomer
	// is up.
	farewell = 5 * time.Second

	// freeBytes is what each newcomer can have sent without it being counted. So a small
	// request gets through whatever others have sent.
	freeBytes = 8 << 10

	// maxGiveWay is how many connections may be closed for one request.
	maxGiveWay = 16
)

// at returns the entry of ip, and makes one if there is none; d.mu is held.
func (d *door) at(ip netip.Addr) *address {
	a := d.addresses[ip]
	if a == nil {
		if d.addresses == nil {
			d.addresses = make(map[netip.Addr]*address)
		}
		a = &address{ip: ip}
		d.addresses[ip] = a
	}
	return a
}

// drop forgets a if it holds no information; d.mu is held.
func (d *door) drop(a *address) {
	if a.conns == 0 && a.failing == nil && len(a.trying) == 0 {
		delete(d.addresses, a.ip)
	}
}

// forgive forgets bad tokens that are too old, and the oldest if too many addresses have
// sent some. It looks at two addresses only, which is more than tried can add at a time.
// D.mu is held.
func (d *door) forgive() {
	for range 2 {
		e := d.failing.Front()
		if e == nil {
			return
		}
		a := e.Value.(*address)
		if time.Since(a.since) <= failedFor && d.failing.Len() <= maxFailing {
			return
		}
		d.failing.Remove(e)
		a.failing, a.failed = nil, 0
		d.drop(a)
	}
}

// admit counts c, a new connection, as that of a newcomer. Full says that there are as many
// connections as there may be. Then, or if its address has too many, c takes the place of
// the oldest newcomer, unless that has just come: admit returns the connection of that
// newcomer, and the caller closes it. If there is none to replace, admit returns an error.
func (d *door) admit(c *Conn, full bool) (instead *Conn, err *runtime.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgive()
	a := d.at(c.peer.ip)
	var from *list.List
	switch {
	case a.conns >= d.limits.ConnsPerIP && a.ip.IsValid():
		from, err = &a.newcomers, runtime.OverLimit.Errorf("too many connections from this address: the limit is %d", d.limits.ConnsPerIP)
	case full:
		from, err = &d.newcomers, runtime.OverLimit.Errorf("too many connections: the limit is %d", d.limits.Conns)
	}
	if from != nil {
		e := from.Front()
		if e == nil || time.Since(e.Value.(*newcomer).since) < foothold {
			d.drop(a)
			return nil, err
		}
		instead = e.Value.(*newcomer).conn
		a.conns++ // so that leave doesn't drop a
		d.leave(&instead.peer)
		a.conns--
	}
	a.conns++
	n := &newcomer{conn: c, since: time.Now()}
	n.inAll, n.inAddr = d.newcomers.PushBack(n), a.newcomers.PushBack(n)
	c.peer.address, c.peer.newcomer = a, n
	d.tick()
	return instead, nil
}

// forget stops counting the connection of p. It may be called twice.
func (d *door) forget(p *Peer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leave(p)
}

// leave is forget; d.mu is held.
func (d *door) leave(p *Peer) {
	if a := p.address; a != nil {
		if n := p.newcomer; n != nil {
			for _, cancel := range n.checks {
				cancel()
			}
		}
		d.recognize(p)
		p.address = nil
		a.conns--
		d.drop(a)
	}
}

// welcome records that p has authenticated itself. From now on it is no newcomer.
func (d *door) welcome(p *Peer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recognize(p)
}

// recognize removes p from the newcomers; d.mu is held.
func (d *door) recognize(p *Peer) {
	n := p.newcomer
	if n == nil {
		return
	}
	p.known.Store(true)
	p.newcomer = nil
	d.newcomers.Remove(n.inAll)
	p.address.newcomers.Remove(n.inAddr)
	if l := d.limits; l.CallsPerConn > l.PreAuthCalls {
		n.conn.calls.grow(l.CallsPerConn - l.PreAuthCalls)
	}
	d.count(p.address, n, -n.bytes)
}

// count counts more bytes for n, a newcomer from a; d.mu is held.
func (d *door) count(a *address, n *newcomer, more int) {
	by := n.costs(more)
	n.bytes += more
	a.bytes += by
	d.bytes += by
	switch holds := n.bytes > freeBytes; {
	case holds && n.holder == nil:
		n.holder = a.holders.PushBack(n)
	case !holds && n.holder != nil:
		a.holders.Remove(n.holder)
		n.holder = nil
	}
	if level := bits.Len64(uint64(a.bytes)); level != a.level {
		if a.level > 0 {
			d.levels[a.level].Remove(a.inLevel)
		}
		if a.level = level; level > 0 {
			a.inLevel = d.levels[level].PushBack(a)
		}
	}
}

// costs returns how many bytes more are counted if n sends so many more.
func (n *newcomer) costs(more int) int64 {
	return int64(max(n.bytes+more-freeBytes, 0) - max(n.bytes-freeBytes, 0))
}

// hold counts n bytes that p sends. It reports false, and counts nothing, if that's more
// than p may send before it has authenticated itself: its address would have more than half
// of all, or there isn't enough left and no address has more than its own would. Where one
// has, connections from there give way; the caller closes them.
func (d *door) hold(p *Peer, n int) (ok bool, instead []*Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, a := p.newcomer, p.address
	if c == nil {
		return true, nil
	}
	all, more := d.limits.PreAuthBytes, c.costs(n)
	if more > 0 && a.bytes+more > all/2 {
		return false, nil
	}
	for d.bytes+more > all && more > 0 {
		from := d.most()
		if len(instead) == maxGiveWay || from == nil || from.bytes <= a.bytes+more {
			return false, instead
		}
		oldest := from.holders.Front().Value.(*newcomer).conn
		d.leave(&oldest.peer)
		instead = append(instead, oldest)
	}
	d.count(a, c, n)
	return true, instead
}

// most returns an address for which, within a factor of two, the most bytes are held; nil
// if none are. D.mu is held.
func (d *door) most() *address {
	for level := len(d.levels) - 1; level > 0; level-- {
		if e := d.levels[level].Front(); e != nil {
			return e.Value.(*address)
		}
	}
	return nil
}

// unhold stops counting n bytes that hold has counted.
func (d *door) unhold(p *Peer, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := p.newcomer; c != nil {
		d.count(p.address, c, -n)
	}
}

// open adds n to the calls of p whose actions need no token.
func (d *door) open(p *Peer, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := p.newcomer; c != nil {
		c.open += n
	}
}

// check says that a token of p is being checked for call. If p is a newcomer and leaves
// before checked is called, cancel is.
func (d *door) check(p *Peer, call *Call, cancel context.CancelFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := p.newcomer; c != nil {
		if c.checks == nil {
			c.checks = make(map[*Call]context.CancelFunc)
		}
		c.checks[call] = cancel
	}
}

func (d *door) checked(p *Peer, call *Call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := p.newcomer; c != nil {
		delete(c.checks, call)
	}
}

// tick sets the timer that closes the connections of newcomers whose time is up, unless it
// is set; d.mu is held.
func (d *door) tick() {
	e := d.newcomers.Front()
	if d.ticking || e == nil || d.limits.PreAuth == 0 {
		return
	}
	rest := time.Until(e.Value.(*newcomer).since.Add(d.limits.PreAuth + farewell))
	rest = max(rest, time.Millisecond)
	if d.late == nil {
		d.late = time.AfterFunc(rest, d.expire)
	} else {
		d.late.Reset(rest)
	}
	d.ticking = true
}

// expire closes the connections of newcomers whose time is up. One that has a call under
// way of an action that needs no token gets another turn.
func (d *door) expire() {
	for _, c := range d.expired() {
		c.cut()
	}
}

// expired returns the connections that expire closes.
func (d *door) expired() (conns []*Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ticking = false
	defer d.tick()
	for e := d.newcomers.Front(); e != nil; e = d.newcomers.Front() {
		n := e.Value.(*newcomer)
		if time.Since(n.since) < d.limits.PreAuth+farewell {
			break
		}
		n.since = time.Now()
		d.newcomers.MoveToBack(e)
		if n.open == 0 {
			conns = append(conns, n.conn)
		}
	}
	return conns
}

// stop ends the timer.
func (d *door) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ticking = true
	if d.late != nil {
		d.late.Stop()
	}
}

var (
	errManyBad  = &runtime.Error{Code: 3, Reason: runtime.OverLimit, Message: "too many bad tokens from this address, try again later"}
	errManyNew  = &runtime.Error{Code: runtime.Failed, Reason: runtime.OverLimit, Message: "too many tokens from this address are being checked, try again later"}
	errManyAll  = &runtime.Error{Code: runtime.Failed, Reason: runtime.OverLimit, Message: "too many tokens are being checked, try again later"}
	errLateAuth = &runtime.Error{Code: runtime.Failed, Reason: runtime.OverLimit, Message: "the token couldn't be checked in time, try again later"}
)

// try counts the token f from ip, which wasn't good before, as one that is being
// checked, until tried is called. It returns an error if the token isn't to be checked: ip
// has sent FailedTokens bad ones within a minute, or would have if all that are being
// checked turned out to be bad; or it has more of those being checked than it leaves for
// others, and more than one.
func (d *door) try(ip netip.Addr, f fingerprint) *runtime.Error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forgive()
	a := d.at(ip)
	if a.failing != nil && time.Since(a.since) > failedFor {
		d.failing.Remove(a.failing)
		a.failing, a.failed = nil, 0
	}
	n, again := len(a.trying), a.trying[f] > 0
	switch {
	case a.failed >= d.limits.FailedTokens && ip.IsValid():
		return errManyBad
	case again:
	case a.failed+n >= d.limits.FailedTokens && ip.IsValid():
		return errManyNew
	case n > 0 && n+1 > d.limits.PreAuthTokens-d.trying-1:
		return errManyAll
	default:
		d.trying++
	}
	if a.trying == nil {
		a.trying = make(map[fingerprint]int)
	}
	a.trying[f]++
	return nil
}

// tried ends the check that try began, and counts the token if it was bad.
func (d *door) tried(ip netip.Addr, f fingerprint, bad bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.at(ip)
	if a.trying[f]--; a.trying[f] == 0 {
		delete(a.trying, f)
		d.trying--
		if len(a.trying) == 0 {
			a.trying = nil
		}
	}
	if bad && ip.IsValid() {
		if a.failed++; a.failed == 1 {
			a.since = time.Now()
			a.failing = d.failing.PushBack(a)
		}
		d.forgive()
	}
	d.drop(a)
}
