package ice

import (
	"math/bits"
	"net"
	"sync"
)

// frame is a buffer with one message, or a part of one. Frames are pooled by size.
type frame struct {
	b []byte
	// lent belongs to who makes the call. It comes after the first at bytes of b.
	lent []byte
	at   int
	// held is what the frame takes of a budget until it is released.
	budget *memoryBudget
	held   int
}

// size is the message's.
func (f *frame) size() int { return len(f.b) + len(f.lent) }

// appendTo appends the message to what is to be written.
func (f *frame) appendTo(pieces net.Buffers) net.Buffers {
	if f.lent == nil {
		return append(pieces, f.b)
	}
	pieces = append(pieces, f.b[:f.at], f.lent)
	if f.at < len(f.b) {
		pieces = append(pieces, f.b[f.at:])
	}
	return pieces
}

// own gives the message as a frame that refers to nobody's memory.
func (f *frame) own() *frame {
	if f.lent == nil {
		return f
	}
	whole := newFrame(f.size())
	whole.b = append(append(append(whole.b, f.b[:f.at]...), f.lent...), f.b[f.at:]...)
	return whole
}

// Pooled frames have a capacity of 2^minFrame to 2^maxFrame bytes.
const (
	minFrame = 7
	maxFrame = 22
)

var frames [maxFrame - minFrame + 1]sync.Pool

const (
	// measured is the size from which frames are made to measure, and not up to a power of two: what is decoded from a
	// large message can go on referring to it.
	measured = 64 << 10
	pageSize = 8 << 10 // the Go runtime's, of which large objects are made
)

// newFrame gives a frame of length 0 and at least the given capacity.
func newFrame(size int) *frame {
	class := max(bits.Len(uint(max(size, 1)-1)), minFrame)
	if class > maxFrame {
		return &frame{b: make([]byte, 0, size)}
	}
	if f, _ := frames[class-minFrame].Get().(*frame); f != nil {
		return f
	}
	if size <= measured {
		return &frame{b: make([]byte, 0, 1<<class)}
	}
	if f, _ := frames[class-1-minFrame].Get().(*frame); f != nil && cap(f.b) >= size {
		return f
	}
	return &frame{b: make([]byte, 0, (size+pageSize-1)&^(pageSize-1))}
}

// release gives the frame back; it must not be used any more. A nil frame is ignored.
func (f *frame) release() {
	if f == nil {
		return
	}
	if f.budget != nil {
		f.budget.give(f.held)
		f.budget = nil
	}
	if cap(f.b) < 1<<minFrame {
		return
	}
	class := bits.Len(uint(cap(f.b))) - 1 // a frame serves what fits into the power of two below its capacity
	if class > maxFrame {
		return
	}
	f.b, f.lent, f.at = f.b[:0], nil, 0
	frames[class-minFrame].Put(f)
}

// Recycle gives the memory of a byte sequence that a call returned back to the runtime, which reads coming messages into it; b must
// not be used any more. Nobody has to: it spares the garbage collector, and so the processor, half of the work of a program that
// receives large blocks one after the other, such as a file, and is done with each before the next. Short sequences, below 64 KiB, are
// left to the collector.
func Recycle(b []byte) {
	if cap(b) >= measured {
		(&frame{b: b}).release()
	}
}
