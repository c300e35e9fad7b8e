package wire

import "unsafe"

// encGraph holds the instances and type ids of one encapsulation.
type encGraph struct {
	instances identTable
	written   int // 1.0: this many of instances are in the buffer

	types    map[string]int32
	recent   [recentTypes]recentType
	numTypes int32

	indirect identTable // 1.1: indirection table of the slice being written
	tables   []Value    // 1.1: finished tables whose instances are being written
}

// recentType remembers a type id by the address of its bytes, which are constants of generated code.
type recentType struct {
	data *byte
	len  int
	id   int32
}

const recentTypes = 64

func (g *encGraph) release() {
	g.instances.release()
	g.indirect.release()
	g.written = 0
	clear(g.tables)
	g.tables = g.tables[:0]
	if g.numTypes > 0 {
		clear(g.types)
		g.recent = [recentTypes]recentType{}
		g.numTypes = 0
	}
}

// encSlice is the slice being written.
type encSlice struct {
	kind    sliceKind
	flags   byte
	started bool // an earlier slice has had the type id
	flagsAt int
	sizeAt  int
}

func (e *Encoder) startGraph() *encGraph {
	if e.graph == nil {
		depth := len(e.outer)
		for len(e.graphs) <= depth {
			e.graphs = append(e.graphs, &encGraph{types: map[string]int32{}})
		}
		e.graph = e.graphs[depth]
	}
	return e.graph
}

// Value writes a reference to a class instance; nil and nil pointers are null. In encoding 1.1 the instance
// itself follows where it is referred to first, in 1.0 with [Encoder.PendingValues]. See the manual's "Data Encoding for
// Classes".
func (e *Encoder) Value(v Value) {
	if isNull(v) {
		if e.v11 {
			e.Byte(0)
		} else {
			e.Int(0)
		}
		return
	}
	g := e.startGraph()
	switch {
	case !e.v11:
		i, _ := g.instances.add(v)
		e.Int(int32(-1 - i))
	case e.slice.kind != noSlice && e.format == SlicedFormat:
		i, _ := g.indirect.add(v)
		e.Size(i + 1)
	default:
		e.instance11(g, v)
	}
}

// PendingValues writes the instances that are referred to and not yet written. It comes after the last parameter
// of an operation that uses classes; only encoding 1.0 has something to write then.
func (e *Encoder) PendingValues() {
	if e.v11 {
		return
	}
	g := e.startGraph()
	for e.err == nil {
		n := len(g.instances.keys)
		e.Size(n - g.written)
		if n == g.written {
			return
		}
		for g.written < n {
			v := g.instances.keys[g.written]
			g.written++
			e.Int(int32(g.written))
			e.slice = encSlice{kind: valueSlice}
			if h, ok := v.(PreMarshaler); ok {
				h.IcePreMarshal()
			}
			v.IceWrite(e)
			e.endInstance10()
		}
	}
}

// endInstance10 writes the slice that ends an instance: of the type ::Ice::Object, with one byte, which once counted facets.
func (e *Encoder) endInstance10() {
	id, known := e.typeID(objectID)
	if known && id < 255 {
		e.buf = append(e.buf, 1, byte(id), 5, 0, 0, 0, 0)
	} else {
		e.typeHead10(id, known, objectID)
		e.buf = append(e.buf, 5, 0, 0, 0, 0)
	}
	e.slice = encSlice{}
}

// typeHead10 writes a type id as a number if it is known, else in full.
func (e *Encoder) typeHead10(id int32, known bool, name string) {
	e.Bool(known)
	if known {
		e.Size(int(id))
	} else {
		e.String(name)
	}
}

// instance11 writes an instance, or the number of one that is in the buffer already.
func (e *Encoder) instance11(g *encGraph, v Value) {
	i, added := g.instances.add(v)
	if !added {
		e.Size(i + 2)
		return
	}
	if e.depth++; e.depth > MaxClassDepth {
		e.failf("more than %d instances nest in each other; encoding 1.0 could", MaxClassDepth)
	}
	if e.err != nil {
		e.depth--
		return
	}
	if h, ok := v.(PreMarshaler); ok {
		h.IcePreMarshal()
	}
	e.Byte(1)
	outer := e.slice
	e.slice = encSlice{kind: valueSlice}
	if e.format == SlicedFormat {
		if p, ok := v.(preserver); ok {
			e.preserved(p.icePreserved())
		}
	}
	v.IceWrite(e)
	e.slice = outer
	e.depth--
}

// preserved writes the slices that an instance was received with and that are unknown here.
func (e *Encoder) preserved(p *Preserved) {
	for _, s := range p.slices {
		e.StartSlice(s.TypeID, s.CompactID, s.IsLast)
		e.Blob(s.Bytes)
		if s.HasOptionals {
			e.slice.flags |= flagOptionals
		}
		// Each keeps its place, which the bytes refer to, even if two are one instance.
		e.graph.indirect.keys = append(e.graph.indirect.keys, s.Instances...)
		e.EndSlice()
	}
}

// StartSlice begins a slice of a class or exception. compact is the compact type id or -1, last says that
// nothing is inherited.
func (e *Encoder) StartSlice(typeID string, compact int32, last bool) {
	s := &e.slice
	if s.kind == noSlice {
		e.failf("a slice of %s outside of an instance", typeID)
		return
	}
	if !e.v11 {
		e.startSlice10(typeID)
		return
	}
	s.flags = 0
	if e.format == SlicedFormat {
		s.flags = flagSize
		e.startGraph().indirect.reset()
	}
	if last {
		s.flags |= flagLast
	}
	s.flagsAt = len(e.buf)
	e.Byte(0)
	switch {
	case s.kind == exceptionSlice:
		e.String(typeID)
	case s.started && e.format != SlicedFormat:
	case compact != -1:
		s.flags |= flagTypeCompact
		e.Size(int(compact))
	default:
		if id, known := e.typeID(typeID); known {
			s.flags |= flagTypeIndex
			e.Size(int(id))
		} else {
			s.flags |= flagTypeString
			e.String(typeID)
		}
	}
	s.started = true
	s.sizeAt = len(e.buf)
	if e.format == SlicedFormat {
		e.Int(0)
	}
}

func (e *Encoder) startSlice10(typeID string) {
	s := &e.slice
	if s.kind == exceptionSlice {
		e.String(typeID)
	} else {
		id, known := e.typeID(typeID)
		if known && id < 255 {
			e.buf = append(e.buf, 1, byte(id), 0, 0, 0, 0)
			s.sizeAt = len(e.buf) - 4
			return
		}
		e.typeHead10(id, known, typeID)
	}
	s.sizeAt = len(e.buf)
	e.Int(0)
}

// EndSlice ends what StartSlice began.
func (e *Encoder) EndSlice() {
	s := &e.slice
	if s.kind == noSlice {
		return
	}
	if !e.v11 {
		e.patchInt(s.sizeAt, len(e.buf)-s.sizeAt)
		return
	}
	if s.flags&flagOptionals != 0 {
		e.Byte(optionalEnd)
	}
	if s.flags&flagSize == 0 {
		e.buf[s.flagsAt] = s.flags
		return
	}
	e.patchInt(s.sizeAt, len(e.buf)-s.sizeAt)
	g := e.graph
	n := len(g.indirect.keys)
	if n == 0 {
		e.buf[s.flagsAt] = s.flags
		return
	}
	e.buf[s.flagsAt] = s.flags | flagIndirect
	e.Size(n)
	// The instances have slices and tables of their own, so this table moves out of their way.
	base := len(g.tables)
	g.tables = append(g.tables, g.indirect.keys...)
	g.indirect.reset()
	for i := base; i < base+n; i++ {
		e.tableEntry(g, g.tables[i])
	}
	clear(g.tables[base:])
	g.tables = g.tables[:base]
}

// tableEntry writes an entry of an indirection table. Only the instances of an [UnknownSlice], which is
// not ours alone, can be null.
func (e *Encoder) tableEntry(g *encGraph, v Value) {
	if isNull(v) {
		e.failf("one of the instances of an unknown slice refers to no instance")
		return
	}
	e.instance11(g, v)
}

// typeID gives the number of a type id in this encapsulation, and whether it has been written before.
func (e *Encoder) typeID(id string) (number int32, known bool) {
	g := e.graph
	data := unsafe.StringData(id)
	r := &g.recent[(uintptr(unsafe.Pointer(data))>>4^uintptr(len(id)))%recentTypes]
	if r.data == data && r.len == len(id) {
		return r.id, true
	}
	number, known = g.types[id]
	if !known {
		g.numTypes++
		number = g.numTypes
		g.types[id] = number
	}
	*r = recentType{data, len(id), number}
	return number, known
}

// WriteException writes a user exception. In encoding 1.0 the instances that it refers to follow it. See the manual's "Data
// Encoding for Exceptions".
func WriteException(e *Encoder, x UserException) {
	e.startGraph()
	outer := e.slice
	e.slice = encSlice{kind: exceptionSlice}
	if !e.v11 {
		classes := x.IceUsesClasses()
		e.Bool(classes)
		x.IceWrite(e)
		e.slice = encSlice{}
		if classes {
			e.PendingValues()
		}
		e.slice = outer
		return
	}
	if e.format == SlicedFormat {
		if p, ok := x.(preserver); ok {
			e.preserved(p.icePreserved())
		}
	}
	x.IceWrite(e)
	e.slice = outer
}
