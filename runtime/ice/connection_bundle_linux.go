package ice

import (
	"net"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	bundleFrom  = 32                     // outstanding calls from which on replies are bundled
	bundleAfter = 8                      // reads in a row, each with few of the replies that are due, before they are
	bundleDense = 100 * time.Microsecond // between such reads at most
	bundleShare = 2                      // a bundle is to have half of what is outstanding
	bundleMax   = 64                     // but not more replies than that
	bundleBytes = 32 << 10               // that a bundle has at most
)

// bundler reads replies in bundles when many calls are outstanding and their replies trickle in, as network drivers do under load.
// Otherwise each reply by itself wakes a thread, which costs more than the rest of its call. While it is on, SO_RCVLOWAT has
// the kernel tell of new data only when there is enough for a bundle. The first bundle that does not come in time ends it.
type bundler struct {
	raw    syscall.RawConn
	delay  time.Duration // a bundle has no more replies than come in that time, by the pace of those before; after twice that what has come is read
	fn     func(fd uintptr) bool
	b      []byte
	n      int
	looked bool
	low    int // bytes that the kernel waits for, 0 if it is off
	good   int // bundles that came in time since it is on
	few    int // reads in a row with few replies; below 0 after a bundle was late
	later  backoff
	last   time.Time // of these reads
}

// newBundler gives nil for a transport for which that cannot be done.
func newBundler(conn net.Conn, delay time.Duration) *bundler {
	raw := rawTCP(conn)
	if raw == nil || delay <= 0 {
		return nil
	}
	p := &bundler{raw: raw, delay: delay}
	p.fn = p.look // one closure for all reads
	return p
}

// due is asked before a read, and gives the time until which to wait for a bundle, zero if none is to be waited for. The last read has
// brought size bytes with got replies, and left calls are outstanding still.
func (p *bundler) due(got, size, left int) (until time.Time) {
	if p == nil {
		return until
	}
	if left < bundleFrom || p.low == 0 && got > left/bundleShare {
		p.end()
		p.few = min(p.few, 0)
		return until
	}
	now := time.Now()
	since := max(now.Sub(p.last), time.Microsecond)
	p.last = now
	if p.low == 0 {
		if since > bundleDense {
			p.few = min(p.few, 0)
		}
		if p.few++; p.few < bundleAfter || runtime.GOMAXPROCS(0) == 1 {
			return until
		}
		p.few = 0
	}
	if got > 0 {
		count := min(left/bundleShare, bundleMax, max(2, int(time.Duration(got)*p.delay/since)))
		p.set(min(count*size/got, bundleBytes))
	}
	if p.low == 0 {
		return until
	}
	return now.Add(2 * p.delay)
}

// set has the kernel wait for so many bytes. Small changes are not worth telling it.
func (p *bundler) set(low int) {
	if p.low > 0 && low > p.low*3/4 && low < p.low*5/4 {
		return
	}
	err := p.raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVLOWAT, max(low, 1)) == nil {
			p.low = low
		}
	})
	if err != nil {
		p.low = 0
	}
}

// end has the kernel tell of each byte again.
func (p *bundler) end() {
	if p.low > 0 {
		p.set(0)
	}
}

// read waits for a bundle and reads it. If none comes before the connection's read deadline, or bad news comes, it gives 0, and the connection
// is to be read in the usual way.
func (p *bundler) read(b []byte) int {
	p.b, p.n, p.looked = b, 0, false
	_ = p.raw.Read(p.fn)
	p.b = nil
	if p.n <= 0 {
		p.end()
		p.few = -p.later.after(p.good)
		p.good = 0
		return 0
	}
	p.good++
	return p.n
}

// look reads when the kernel has told of enough, or when there is enough anyway.
func (p *bundler) look(fd uintptr) bool {
	if !p.looked {
		p.looked = true
		if there, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ); err == nil && there < p.low {
			return false
		}
	}
	var err error
	p.n, err = unix.Read(int(fd), p.b)
	return err != unix.EAGAIN && err != unix.EINTR
}
