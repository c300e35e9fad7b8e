package wire

import "unsafe"

// identTable finds the number of an instance by its identity: type and address, since a class and its first
// embedded base share an address. It is an open-addressing table that is emptied by raising base: entries of
// earlier uses count as free.
type identTable struct {
	slots []identSlot // len is a power of two
	keys  []Value     // by number; also keeps the instances alive, so that no address is used again meanwhile
	base  uint32      // slots with a number up to here are free
}

type identSlot struct {
	tag    uint32 // of the address
	number uint32 // base + 1 + index into keys
}

// words gives the two words of an interface: type table and data.
func words(v Value) [2]uintptr { return *(*[2]uintptr)(unsafe.Pointer(&v)) }

// isNull says whether v is nil or a nil pointer in an interface.
func isNull(v Value) bool { return words(v)[1] == 0 }

func (t *identTable) reset() {
	t.base += uint32(len(t.keys))
	clear(t.keys)
	t.keys = t.keys[:0]
	if t.base > 1<<30 {
		clear(t.slots)
		t.base = 0
	}
}

// release gives back the memory of an unusually large graph.
func (t *identTable) release() {
	t.reset()
	if cap(t.keys) > maxKept {
		*t = identTable{}
	}
}

// add finds or enters v and gives its index, counted from 0 in order of entry.
func (t *identTable) add(v Value) (index int, added bool) {
	if 4*len(t.keys) >= 3*len(t.slots) {
		t.grow()
	}
	w := words(v)
	tag := uint32(w[1] >> 2)
	mask := uint32(len(t.slots) - 1)
	for i := place(w[1]) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.number <= t.base {
			t.keys = append(t.keys, v)
			*s = identSlot{tag, t.base + uint32(len(t.keys))}
			return len(t.keys) - 1, true
		}
		if s.tag == tag {
			if k := s.number - t.base - 1; words(t.keys[k]) == w {
				return int(k), false
			}
		}
	}
}

func (t *identTable) grow() {
	t.slots = make([]identSlot, max(64, 2*len(t.slots)))
	t.base = 0
	mask := uint32(len(t.slots) - 1)
	for k, v := range t.keys {
		w := words(v)
		i := place(w[1]) & mask
		for t.slots[i].number != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = identSlot{uint32(w[1] >> 2), uint32(k + 1)}
	}
}

// place gives where the search for an address begins. Small instances that were made one after the other share a cache
// line; so do the eight slots that they fall into.
func place(addr uintptr) uint32 {
	x := uint64(addr>>6) * 0x9e3779b97f4a7c15
	return uint32(x>>32)<<3 | uint32(addr>>3)&7
}
