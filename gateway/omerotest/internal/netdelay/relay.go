package netdelay

import (
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// most is how many bytes are held back at a time in one direction; a peer that
// sends more waits, as it would with a full network.
const most = 16 << 20

// Relay forwards connections.
type Relay struct {
	listener net.Listener
	target   string
	delay    time.Duration

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
	work   sync.WaitGroup
}

// Listen forwards connections to address to target. What goes through it takes
// delay longer in each direction.
func Listen(address, target string, delay time.Duration) (*Relay, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("omerotest: cannot listen: %w", err)
	}
	r := &Relay{listener: l, target: target, delay: delay, open: map[net.Conn]bool{}}
	r.work.Go(r.accept)
	return r, nil
}

// Addr is where the relay listens.
func (r *Relay) Addr() *net.TCPAddr { return r.listener.Addr().(*net.TCPAddr) }

// Close breaks all connections.
func (r *Relay) Close() {
	_ = r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for c := range r.open {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.work.Wait()
}

func (r *Relay) accept() {
	for {
		in, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.work.Go(func() { r.forward(in) })
	}
}

// forward copies both ways until both have ended.
func (r *Relay) forward(in net.Conn) {
	defer func() { _ = in.Close() }()
	out, err := net.Dial("tcp", r.target)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	if !r.keep(in, out) {
		return
	}
	defer r.forget(in, out)
	var both sync.WaitGroup
	both.Go(func() { r.carry(out, in) })
	both.Go(func() { r.carry(in, out) })
	both.Wait()
}

func (r *Relay) keep(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	for _, c := range conns {
		r.open[c] = true
	}
	return true
}

func (r *Relay) forget(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		delete(r.open, c)
	}
}

type piece struct {
	due  time.Time
	data []byte
}

// carry copies one way. The end of it is held back like all else.
func (r *Relay) carry(to, from net.Conn) {
	q := newQueue()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			p, ok := q.take()
			if !ok {
				closeWrite(to)
				return
			}
			if wait := time.Until(p.due); wait > 0 {
				time.Sleep(wait)
			}
			if _, err := to.Write(p.data); err != nil {
				q.abandon()
				_ = from.Close()
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !q.put(piece{time.Now().Add(r.delay), append([]byte(nil), buffer[:n]...)}) {
			break
		}
		if err != nil {
			if err != io.EOF {
				_ = to.Close()
			}
			break
		}
	}
	q.end()
	<-done
}

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = c.Close()
}

// queue holds what is on its way in one direction.
type queue struct {
	mu     sync.Mutex
	change *sync.Cond
	pieces []piece
	bytes  int
	ended  bool
	gone   bool
}

func newQueue() *queue {
	q := &queue{}
	q.change = sync.NewCond(&q.mu)
	return q
}

func (q *queue) put(p piece) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.bytes >= most && !q.gone {
		q.change.Wait()
	}
	if q.gone {
		return false
	}
	q.pieces = append(q.pieces, p)
	q.bytes += len(p.data)
	q.change.Broadcast()
	return true
}

func (q *queue) take() (piece, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.pieces) == 0 && !q.ended {
		q.change.Wait()
	}
	if len(q.pieces) == 0 {
		return piece{}, false
	}
	p := q.pieces[0]
	q.pieces = q.pieces[1:]
	q.bytes -= len(p.data)
	q.change.Broadcast()
	return p, true
}

func (q *queue) end() {
	q.mu.Lock()
	q.ended = true
	q.change.Broadcast()
	q.mu.Unlock()
}

func (q *queue) abandon() {
	q.mu.Lock()
	q.gone = true
	q.change.Broadcast()
	q.mu.Unlock()
}
