package ice

import (
	"net"
	"runtime"
	"syscall"
	"time"
)

const (
	pollFrom  = 32                     // outstanding calls from which on a connection is polled
	pollAfter = 8                      // reads in a row, each with few of the replies that are due, before it is
	pollDense = 200 * time.Microsecond // between such reads at most
	pollPause = time.Microsecond       // what is asked of the kernel, which adds some 60 us of its own
	pollYield = 2                      // messages that a look is to bring: fewer than that are not worth waiting for
	pollPoor  = 4                      // looks in a row that may bring fewer
	pollAgain = 1000                   // reads after which it is tried again when it was not worth it
	pollSpare = 32 << 10               // bytes of which the kernel tells nobody while a connection is polled
)

// poller reads a connection in bundles when many calls are outstanding and their replies trickle in, as network drivers do under load.
// Otherwise each reply by itself wakes a thread, which costs more than the rest of its call. While it is on, SO_RCVLOWAT has
// the kernel keep small arrivals to itself, and the reader looks for them after short pauses. The first look that finds
// nothing ends it, so that nothing is ever late by more than a pause.
type poller struct {
	raw  syscall.RawConn
	fn   func(fd uintptr) bool
	b    []byte
	n    int
	on   bool
	few  int       // reads in a row with few replies; below 0 after polling was not worth it
	last time.Time // of these reads
	poor int       // looks in a row that brought few messages
}

// newPoller gives nil for a transport that cannot be polled.
func newPoller(conn net.Conn) *poller {
	raw := rawTCP(conn)
	if raw == nil {
		return nil
	}
	p := &poller{raw: raw}
	p.fn = p.look // one closure for all reads
	return p
}

// due says whether to poll, before a read. The last read has brought got replies, and left calls are outstanding still.
func (p *poller) due(got, left int) bool {
	if p == nil {
		return false
	}
	switch {
	case left < pollFrom || !p.on && got > left/4:
		p.set(false)
		p.few = min(p.few, 0)
		return false
	case p.on && got >= pollYield:
		p.poor = 0
		return true
	case p.on:
		// Somebody may be making one call after the other, and wait longer for each, beside others that take their time.
		if p.poor++; p.poor <= pollPoor {
			return true
		}
		p.set(false)
		p.few = -pollAgain
		return false
	}
	now := time.Now()
	if now.Sub(p.last) > pollDense {
		p.few = min(p.few, 0)
	}
	p.last = now
	if p.few++; p.few < pollAfter || runtime.GOMAXPROCS(0) == 1 {
		return false
	}
	p.few, p.poor = 0, 0
	return p.set(true)
}

// set begins or ends polling, and says whether it is on.
func (p *poller) set(on bool) bool {
	if on == p.on {
		return on
	}
	low := 1
	if on {
		low = pollSpare
	}
	err := p.raw.Control(func(fd uintptr) {
		p.on = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, low) == nil && on
	})
	return err == nil && p.on
}

// read pauses and reads what has come. If that is nothing, not even bad news, polling is over, and the connection is to be read in the usual way.
func (p *poller) read(b []byte) int {
	pause := syscall.NsecToTimespec(int64(pollPause))
	_ = syscall.Nanosleep(&pause, nil)
	p.b, p.n = b, 0
	_ = p.raw.Read(p.fn)
	p.b = nil
	if p.n <= 0 {
		p.set(false)
		return 0
	}
	return p.n
}

func (p *poller) look(fd uintptr) bool {
	p.n, _ = syscall.Read(int(fd), p.b)
	return true
}
