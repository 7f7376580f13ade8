// Package faultnet is a network that misbehaves, for tests. A Link carries bytes between
// two connections, and a Faults value says what goes wrong on all links that share it. A
// Proxy makes links between real sockets; Join makes one between connections in memory, so
// that it works in the bubbles of testing/synctest.
package faultnet

import (
	"math"
	"net"
	"sync"
	"time"
)

// Faults is what goes wrong on links. The zero value lets everything through. It is safe for
// concurrent use, and a change counts for what arrives from then on.
type Faults struct {
	mu    sync.Mutex
	since int // links made before are affected by silence
	links int // links so far
	up    bool
	down  bool
	delay time.Duration
	cut   int // bytes on the way down; 0 for no limit
}

// Silence makes all links, also new ones, drop everything in both directions. They stay
// open: the network has vanished.
func (f *Faults) Silence() { f.set(func() { f.since, f.up, f.down = math.MaxInt, true, true }) }

// Forget makes the existing links drop everything. New links work: a load balancer has
// dropped idle flows.
func (f *Faults) Forget() { f.set(func() { f.since, f.up, f.down = f.links, true, true }) }

// ForgetUp is Forget for what goes to the server.
func (f *Faults) ForgetUp() { f.set(func() { f.since, f.up, f.down = f.links, true, false }) }

// ForgetDown is Forget for what comes from the server.
func (f *Faults) ForgetDown() { f.set(func() { f.since, f.up, f.down = f.links, false, true }) }

// DropUp drops what goes to the server.
func (f *Faults) DropUp() { f.set(func() { f.since, f.up, f.down = math.MaxInt, true, false }) }

// DropDown drops what comes from the server.
func (f *Faults) DropDown() { f.set(func() { f.since, f.up, f.down = math.MaxInt, false, true }) }

// Delay makes everything take d longer, in each direction.
func (f *Faults) Delay(d time.Duration) { f.set(func() { f.delay = d }) }

// CutAt ends each link when so many bytes have come from the server on it.
func (f *Faults) CutAt(bytes int) { f.set(func() { f.cut = bytes }) }

// Heal ends all faults. What was dropped is lost.
func (f *Faults) Heal() {
	f.set(func() { f.since, f.up, f.down, f.delay, f.cut = 0, false, false, 0, 0 })
}

func (f *Faults) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// A link is one of the connections.
type link struct {
	faults *Faults
	number int
	ends   [2]net.Conn // of the client and the server
	once   sync.Once
}

// Join carries bytes between a connection to a client and one to a server. It returns at
// once. The link ends when both directions have, and closes the connections then.
func Join(f *Faults, client, server net.Conn) {
	l := &link{faults: f, ends: [2]net.Conn{client, server}}
	f.set(func() { l.number = f.links; f.links++ })
	var wait sync.WaitGroup
	for i := range l.ends {
		wait.Go(func() { l.carry(i == 0) })
	}
	go func() {
		wait.Wait()
		l.close()
	}()
}

func (l *link) close() {
	l.once.Do(func() {
		l.ends[0].Close()
		l.ends[1].Close()
	})
}

// A parcel is what was read at once; no data is the end.
type parcel struct {
	data []byte
	due  time.Time
}

// carry carries one direction.
func (l *link) carry(up bool) {
	from, to := l.ends[0], l.ends[1]
	if !up {
		from, to = to, from
	}
	parcels := make(chan parcel, 1024)
	var wait sync.WaitGroup
	wait.Go(func() { l.deliver(parcels, to, up) })
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if drops, delay := l.state(up); !drops && (n > 0 || err != nil) {
			parcels <- parcel{append([]byte(nil), buf[:n]...), time.Now().Add(delay)}
		}
		if err != nil {
			break
		}
	}
	close(parcels)
	wait.Wait()
}

func (l *link) state(up bool) (drops bool, delay time.Duration) {
	f := l.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	return l.number < f.since && (up && f.up || !up && f.down), f.delay
}

// deliver writes what was read when it's due.
func (l *link) deliver(parcels <-chan parcel, to net.Conn, up bool) {
	sent := 0
	for p := range parcels {
		if d := time.Until(p.due); d > 0 {
			time.Sleep(d)
		}
		if len(p.data) == 0 {
			if c, ok := to.(interface{ CloseWrite() error }); ok {
				c.CloseWrite()
			}
			continue
		}
		cut := false
		if !up {
			l.faults.mu.Lock()
			if most := l.faults.cut; most > 0 && sent+len(p.data) >= most {
				p.data, cut = p.data[:max(most-sent, 0)], true
			}
			l.faults.mu.Unlock()
		}
		sent += len(p.data)
		if _, err := to.Write(p.data); err != nil || cut {
			l.close()
		}
	}
}

// A Proxy is a listener whose connections are linked to those of a server.
type Proxy struct {
	Faults
	Addr string // where it listens

	listener net.Listener
	server   string
}

// Listen returns a Proxy in front of the server at addr, a host and a port.
func Listen(addr string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{Addr: l.Addr().String(), listener: l, server: addr}
	go p.accept()
	return p, nil
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		Join(&p.Faults, client, server)
	}
}

// Close makes the proxy accept no more connections. Existing ones stay open.
func (p *Proxy) Close() error { return p.listener.Close() }
