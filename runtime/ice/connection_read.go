package ice

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

const (
	readMin = 4 << 10  // what a connection's first read asks for, and the one after a large message
	readMax = 64 << 10 // what one asks for at most
	// straight is the size from which what is missing of a message is read straight into its own buffer.
	straight = 32 << 10
	// directMax is the size up to which a message's buffer is made at once, if the peer has sent one half as large before. Beyond, and
	// for others, it grows with what really comes: an announcement alone costs little.
	directMax = 1<<20 + 4<<10 // a block of 1 MiB with its headers
	directMin = 64 << 10
)

// reader takes messages from a connection with as few reads as possible, and with as little copying.
type reader struct {
	c       *Connection
	buf     []byte
	r, w    int
	want    int       // what the next read asks for: much when small messages flood in, little when large ones come
	late    time.Time // the deadline that is set, zero for none
	bundles *bundler
	got     int       // messages since the last read
	size    int       // bytes that it gave
	out     gathering // what who reads writes before
	largest int       // size of the largest message that has come whole
	// The message that is being read, if f is not nil: a reader that was kicked leaves it to the next.
	f *frame
	h wire.Header
}

func newReader(c *Connection, left []byte) *reader {
	r := &reader{c: c, buf: make([]byte, max(readMin, len(left))), want: readMin, bundles: newBundler(c.conn, c.rules.coalesce)}
	r.w = copy(r.buf, left)
	return r
}

// readLoop reads messages, or has others read them, until the connection ends. It never waits for anything else.
func (c *Connection) readLoop() {
	for {
		switch err := c.reader.step(); {
		case err == errKicked:
		case err != nil:
			c.wake()
			c.die(err)
			return
		case !c.reader.holdsMessage() && c.lending.worthLending(len(c.woken)) && !c.lend():
			return
		}
	}
}

// step reads a message and handles it.
func (r *reader) step() error {
	f, h, err := r.next()
	if err != nil {
		return err
	}
	r.got++
	return r.c.received(f, h)
}

// holdsMessage reports whether the next message is there already.
func (r *reader) holdsMessage() bool {
	there := r.w - r.r
	if r.f != nil || there < wire.HeaderSize {
		return false
	}
	h, err := wire.ParseHeader(r.buf[r.r:r.w], r.c.sizeMax)
	return err != nil || there >= h.Size
}

// next gives the next message. Its frame belongs to the caller.
func (r *reader) next() (*frame, wire.Header, error) {
	if r.f == nil {
		if err := r.begin(); err != nil {
			return nil, r.h, err
		}
	}
	if len(r.f.b) < r.h.Size {
		if err := r.rest(r.f, r.h.Size); err != nil {
			return nil, r.h, err
		}
	}
	f, h := r.f, r.h
	r.f = nil
	r.largest = max(r.largest, h.Size)
	if h.Compression == wire.Compressed {
		f, err := r.c.decompressed(f, h.Type)
		if err != nil {
			return nil, h, err
		}
		h.Size = len(f.b)
		return f, h, nil
	}
	return f, h, nil
}

// begin begins with the next message: its header, and what else of it is there.
func (r *reader) begin() error {
	for r.w-r.r < wire.HeaderSize {
		if err := r.fill(r.w > r.r); err != nil {
			return err
		}
	}
	h, err := wire.ParseHeader(r.buf[r.r:r.w], r.c.sizeMax)
	if err != nil {
		return r.c.badHeader(r.buf[r.r:r.w], err)
	}
	r.f, r.h = newFrame(min(h.Size, directMax, max(directMin, 2*r.largest))), h
	n := min(h.Size, r.w-r.r)
	r.f.b = append(r.f.b, r.buf[r.r:r.r+n]...)
	r.r += n
	return nil
}

// fill reads what has come, at least a byte. partial says that a part of a message is there, so that the rest must come in time.
func (r *reader) fill(partial bool) error {
	if r.r == r.w {
		r.r, r.w = 0, 0
	} else if r.r > 0 {
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	if missing := r.w + r.want - len(r.buf); missing > 0 {
		r.buf = append(r.buf, make([]byte, missing)...)
	}
	n, err := r.read(r.buf[r.w:r.w+r.want], partial)
	r.w += n
	if n == r.want {
		// More has come than was asked for: ask for more.
		r.want = min(4*r.want, readMax)
	}
	return err
}

// rest reads the rest of a message straight into its own buffer, or through the read buffer if it is short.
func (r *reader) rest(f *frame, size int) error {
	for len(f.b) < size {
		missing := size - len(f.b)
		if missing < straight {
			r.want = max(r.want, missing)
			if err := r.fill(true); err != nil {
				return err
			}
			n := min(missing, r.w-r.r)
			f.b = append(f.b, r.buf[r.r:r.r+n]...)
			r.r += n
			continue
		}
		if len(f.b) == cap(f.b) {
			bigger := newFrame(min(size, 4*cap(f.b)))
			bigger.b = append(bigger.b, f.b...)
			f.b, bigger.b = bigger.b, f.b
			bigger.release()
		}
		n, err := r.read(f.b[len(f.b):min(cap(f.b), size)], true)
		f.b = f.b[:len(f.b)+n]
		if err != nil {
			return err
		}
		r.want = readMin // what is read with the next message's header must be copied
	}
	return nil
}

// read reads once, at least a byte. In the middle of a message the peer must go on within the connection's timeout.
func (r *reader) read(b []byte, partial bool) (int, error) {
	c := r.c
	c.wake()
	until := r.bundles.due(r.got, r.size, c.left)
	r.got, r.size = 0, 0
	if !until.IsZero() {
		r.setDeadline(until)
		if n := r.bundles.read(b); n > 0 {
			return r.have(n), nil
		}
	}
	for {
		switch {
		case partial && c.timeout > 0:
			r.expect()
		case c.alone && !r.late.IsZero():
			r.unexpect() // a WebSocket does not survive a deadline
		}
		n, err := c.conn.Read(b)
		switch {
		case n > 0:
			return r.have(n), nil
		case err == nil:
		case isTimeout(err) && c.wasKicked(r.late):
			return 0, errKicked
		case !partial && !r.late.IsZero() && isTimeout(err):
			// The deadline was left from a message that is complete.
			r.unexpect()
		default:
			return 0, c.readError(err)
		}
	}
}

// have notes that n bytes were read.
func (r *reader) have(n int) int {
	r.size += n
	r.c.reads.Add(1)
	r.c.comm.trace.moved("read", n, r.c)
	return n
}

// expect sets the deadline for the next part of a message. To set one may cost more than to read: one stays
// for an eighth of the connection's timeout longer, so that not each read needs its own.
func (r *reader) expect() {
	timeout := r.c.timeout
	if late := time.Now().Add(timeout); late.After(r.late) {
		r.setDeadline(late.Add(timeout / 8))
	}
}

func (r *reader) unexpect() { r.setDeadline(time.Time{}) }

func (r *reader) setDeadline(late time.Time) {
	r.late = late
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	if !r.c.lending.kicked { // else that comes first
		_ = r.c.conn.SetReadDeadline(late)
	}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

func (c *Connection) readError(err error) error {
	e := &ConnectionError{Kind: ErrConnectionLost, Peer: c.peer(), Err: err}
	switch {
	case errors.Is(err, io.EOF):
		e.Err = errors.New("the peer closed it without taking leave")
	case isTimeout(err):
		e.Err = fmt.Errorf("%w: a message stopped half way", ErrTimeout)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == connectionLeaving {
		// We took leave, and the peer has closed the socket as it should.
		return &ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Err: errManual}
	}
	return e
}

func (c *Connection) badHeader(b []byte, err error) error {
	e := &ProtocolError{Peer: c.peer(), Reason: "bad message header", Err: err}
	if errors.Is(err, wire.ErrMagic) {
		e.Reason = "this is no Ice peer"
		if what := transport.Describe(b); what != "" {
			e.Reason += ", it sent " + what
		}
	}
	return e
}

// received handles a message. An error ends the connection.
func (c *Connection) received(f *frame, h wire.Header) error {
	if c.comm.trace.protocol > 0 {
		c.comm.trace.message("received", f.b, c.peer())
	}
	switch h.Type {
	case wire.ReplyMessage:
		return c.receivedReply(f)
	case wire.RequestMessage, wire.BatchMessage:
		c.incoming.message(c, h.Type, h.Compression == wire.Compressed, f)
		return nil
	case wire.ValidateMessage:
		f.release()
		if h.Size != wire.HeaderSize {
			return &ProtocolError{Peer: c.peer(), Reason: fmt.Sprintf("a heartbeat of %d bytes", h.Size)}
		}
		c.beats.Add(1)
		if fn := c.heartbeat.Load(); fn != nil && *fn != nil {
			(*fn)(c)
		}
		return nil
	default: // CloseMessage, others ParseHeader refuses
		f.release()
		return &ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Graceful: true, Err: errors.New("by the peer")}
	}
}

func (c *Connection) receivedReply(f *frame) error {
	if len(f.b) <= replyBody {
		n := len(f.b)
		f.release()
		return &ProtocolError{Peer: c.peer(), Reason: fmt.Sprintf("a reply of %d bytes", n)}
	}
	id := int32(binary.LittleEndian.Uint32(f.b[wire.HeaderSize:]))
	c.mu.Lock()
	v := c.pending[id]
	delete(c.pending, id)
	if v != nil {
		v.set(flagAnswered)
	}
	if l := &c.lending; v != nil && v == l.leader {
		l.leader, l.led = nil, false
	}
	c.left = len(c.pending)
	c.leaveIfIdleLocked()
	c.mu.Unlock()
	if v == nil {
		f.release() // its call was canceled or timed out
		return nil
	}
	if w := v.arrived(f); w != nil {
		c.woken = append(c.woken, w)
	}
	return nil
}

// wake wakes those whose replies have come. That is left until all that was read is worked off: who wakes at once
// would only get in the way.
func (c *Connection) wake() {
	for i, w := range c.woken {
		w <- struct{}{}
		c.woken[i] = nil
	}
	c.woken = c.woken[:0]
}

// dispatched is told by the dispatcher that nothing is dispatched any more; a graceful close may wait for that.
func (c *Connection) dispatched() {
	c.mu.Lock()
	c.leaveIfIdleLocked()
	c.mu.Unlock()
}
