package faultproxy

import (
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Direction is one of the two ways through the proxy.
type Direction int

// The directions.
const (
	ToServer Direction = iota
	ToClient
)

// Fault is what happens to the bytes that go one way. The zero Fault passes
// everything on as it comes.
type Fault struct {
	// Split passes bytes on in pieces of at most this many, each in a packet of
	// its own as far as the system allows; 0 leaves them as they come.
	Split int
	// Delay is waited before each piece.
	Delay time.Duration

	// After is the number of bytes of a connection that pass untouched in this
	// direction before what follows happens.
	After int64
	// Cut closes the connection, on both sides, after After bytes.
	Cut bool
	// Reset is Cut with a reset instead of an orderly end.
	Reset bool
	// Stall passes nothing on after After bytes, and keeps the connection open
	// and its bytes unread.
	Stall bool
	// Corrupt is exclusive-ored into the byte at After, once per connection.
	Corrupt byte

	// Until spares the connections after this one, counted from 1 as [Proxy.Accepted] does; 0 spares none.
	Until int
}

// Proxy is a running proxy. It ends with its test.
type Proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	faults  [2]Fault
	changed chan struct{} // closed and replaced whenever a fault is set
	links   map[*link]struct{}
	closed  bool

	accepted atomic.Int64
	passed   [2]atomic.Int64
	running  sync.WaitGroup
}

// link is one connection through the proxy.
type link struct {
	number         int // counted from 1
	client, server *net.TCPConn
	once           sync.Once
	done           chan struct{}
}

// Start starts a proxy to a port of this machine.
func Start(t testing.TB, port int) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("faultproxy: %v", err)
	}
	p := &Proxy{
		listener: l, target: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		changed: make(chan struct{}), links: map[*link]struct{}{},
	}
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Port is where the proxy listens, at 127.0.0.1.
func (p *Proxy) Port() int { return p.listener.Addr().(*net.TCPAddr).Port }

// Set says what happens in a direction from now on.
func (p *Proxy) Set(d Direction, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults[d] = f
	close(p.changed)
	p.changed = make(chan struct{})
}

// Clear lets everything pass again.
func (p *Proxy) Clear() {
	p.Set(ToServer, Fault{})
	p.Set(ToClient, Fault{})
}

// Cut ends all connections of the moment.
func (p *Proxy) Cut() {
	for _, l := range p.current() {
		l.cut(false)
	}
}

// Reset ends all connections of the moment with a reset.
func (p *Proxy) Reset() {
	for _, l := range p.current() {
		l.cut(true)
	}
}

// Accepted is the number of connections that clients have made so far.
func (p *Proxy) Accepted() int { return int(p.accepted.Load()) }

// Passed is the number of bytes that went in a direction so far.
func (p *Proxy) Passed(d Direction) int64 { return p.passed[d].Load() }

func (p *Proxy) current() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	links := make([]*link, 0, len(p.links))
	for l := range p.links {
		links = append(links, l)
	}
	return links
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		number := int(p.accepted.Add(1))
		p.running.Go(func() { p.serve(conn.(*net.TCPConn), number) })
	}
}

func (p *Proxy) serve(client *net.TCPConn, number int) {
	server, err := net.DialTimeout("tcp", p.target, 10*time.Second)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{number: number, client: client, server: server.(*net.TCPConn), done: make(chan struct{})}
	p.mu.Lock()
	p.links[l] = struct{}{}
	closed := p.closed
	p.mu.Unlock()
	if closed {
		l.cut(false)
	}
	p.running.Go(func() { p.pass(l, ToClient, l.server, l.client) })
	p.pass(l, ToServer, l.client, l.server)
	<-l.done
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

func (l *link) cut(reset bool) {
	l.once.Do(func() {
		if reset {
			_ = l.client.SetLinger(0)
			_ = l.server.SetLinger(0)
		}
		_ = l.client.Close()
		_ = l.server.Close()
		close(l.done)
	})
}

// pass moves the bytes of one direction until either side ends.
func (p *Proxy) pass(l *link, d Direction, from, to *net.TCPConn) {
	buf := make([]byte, 64<<10)
	var seen int64
	for {
		n, err := from.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			m, ok := p.piece(l, d, seen, b)
			if !ok {
				return
			}
			if m == 0 {
				continue // the fault has changed
			}
			seen += int64(m)
			p.passed[d].Add(int64(m))
			if _, err := to.Write(b[:m]); err != nil {
				l.cut(false)
				return
			}
			b = b[m:]
		}
		if err == io.EOF {
			_ = to.CloseWrite()
			// The other direction may go on; the link ends when both have ended.
			p.ended(l)
			return
		}
		if err != nil {
			l.cut(false)
			return
		}
	}
}

// ended waits for nothing: a peer that closes its half is about to close all of
// it, so the link is cut when the other half has had its time.
func (p *Proxy) ended(l *link) {
	select {
	case <-l.done:
	case <-time.After(50 * time.Millisecond):
		l.cut(false)
	}
}

// piece decides how many bytes of b may pass now, b starting at offset seen of
// the connection. It applies delay and corruption, and waits while the direction
// is stalled. It returns 0 if the faults changed meanwhile, and !ok when the
// connection is over.
func (p *Proxy) piece(l *link, d Direction, seen int64, b []byte) (n int, ok bool) {
	p.mu.Lock()
	f, changed := p.faults[d], p.changed
	p.mu.Unlock()
	if f.Until > 0 && l.number > f.Until {
		f = Fault{}
	}

	n = len(b)
	if f.Split > 0 {
		n = min(n, f.Split)
	}
	left := f.After - seen
	ends := f.Cut || f.Reset || f.Stall
	if ends && left <= 0 {
		if !f.Stall {
			l.cut(f.Reset)
			return 0, false
		}
		select {
		case <-changed:
			return 0, true
		case <-l.done:
			return 0, false
		}
	}
	if ends && int64(n) > left {
		n = int(left)
	}
	if f.Corrupt != 0 && left >= 0 && left < int64(n) {
		b[left] ^= f.Corrupt
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-l.done:
			return 0, false
		}
	}
	return n, true
}
