package ice

import (
	"fmt"
	"sync"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// memoryBudget bounds what all connections of a communicator take together for something. Who wants more than is left waits; who
// wants more than there can be waits until nobody else has any.
type memoryBudget struct {
	max int

	mu    sync.Mutex
	used  int
	freed chan struct{} // closed when some is given back and somebody waits, nil if nobody does
}

// take takes n bytes, and reports whether it got them before the time was over or the channel closed. With no timeout it waits
// as long as it takes.
func (b *memoryBudget) take(n int, timeout time.Duration, done <-chan struct{}) bool {
	var late <-chan time.Time
	for {
		b.mu.Lock()
		if b.used == 0 || n <= b.max-b.used {
			b.used += n
			b.mu.Unlock()
			return true
		}
		if b.freed == nil {
			b.freed = make(chan struct{})
		}
		freed := b.freed
		b.mu.Unlock()
		if late == nil && timeout > 0 {
			timer := time.NewTimer(timeout)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-freed:
		case <-late:
			return false
		case <-done:
			return false
		}
	}
}

func (b *memoryBudget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.freed != nil {
		close(b.freed)
		b.freed = nil
	}
}

// decompressing bounds the memory of compressed messages that come in, of which a few bytes can become as many as
// Ice.MessageSizeMax allows. Requests count until they are dispatched, and replies, which somebody has asked for,
// only while they are decompressed: they never wait for servants, so that servants can wait for them.
type decompressing struct{ requests, replies memoryBudget }

// decompressed gives a compressed message's frame in uncompressed form, and releases that.
func (c *Connection) decompressed(f *frame, kind wire.MessageType) (*frame, error) {
	defer f.release()
	fail := func(err error) error {
		return &ProtocolError{Peer: c.peer(), Reason: "compressed message", Err: err}
	}
	size, working, err := wire.DecompressedSize(f.b, c.sizeMax)
	if err != nil {
		return nil, fail(err)
	}
	budget := &c.comm.decompressing.requests
	if kind == wire.ReplyMessage {
		budget = &c.comm.decompressing.replies
	}
	if !budget.take(size+working, c.timeout, c.done) {
		return nil, fail(fmt.Errorf("%w: no memory for %d bytes within the timeout; "+
			"those of other connections take all that Ice.Compression.MemoryMax allows", wire.ErrLimit, size))
	}
	b, err := wire.Decompress(f.b, c.sizeMax)
	if err != nil {
		budget.give(size + working)
		return nil, fail(err)
	}
	if kind == wire.ReplyMessage {
		budget.give(size + working)
		return &frame{b: b}, nil
	}
	budget.give(working)
	return &frame{b: b, budget: budget, held: size}, nil
}
