package wire

import "bytes"

// value11 reads a reference in encoding 1.1, and the instance where it is referred to first. It gives the instance; or
// nil and the number to wait for, or entry -number of the slice's indirection table; or nothing for null.
func (d *Decoder) value11() (v Value, id int32) {
	n := d.Size()
	if n == 0 {
		return nil, 0
	}
	if d.slice.flags&flagIndirect != 0 {
		return nil, int32(-n)
	}
	d.startGraph()
	return d.instance11(int32(n))
}

// skipValue11 reads a reference that nobody asked for.
func (d *Decoder) skipValue11() {
	if _, id := d.value11(); id < 0 {
		d.await11(id, nil)
	}
}

// await11 makes t point to what value11 could not give yet.
func (d *Decoder) await11(id int32, t target) {
	if id > 0 {
		d.await(id, t)
		return
	}
	g := d.startGraph()
	g.indirect = append(g.indirect, indirect{t, int(-1 - id)})
	d.slice.refs++
}

// instance11 reads an instance, or takes one by its number. It gives the instance, if it is there, and its number.
func (d *Decoder) instance11(n int32) (Value, int32) {
	g := d.graph
	if n > 1 {
		if n > g.last {
			d.fail(nil, "a reference to instance %d, of %d so far", n, g.last)
			return nil, 0
		}
		return d.instance(n).v, n
	}
	limit := d.limits.ClassDepth
	if limit <= 0 {
		limit = DefaultClassDepth
	}
	limit = min(limit, MaxClassDepth)
	if d.depth >= limit {
		d.fail(ErrLimit, "instances nest more than %d deep", limit)
		return nil, 0
	}
	d.depth++
	g.last++
	id := g.last
	outer := d.slice
	d.slice = decSlice{kind: valueSlice}
	v, unknown := d.findClass11()
	if v != nil {
		if int(id) == len(g.dense) {
			g.dense = append(g.dense, instance{v: v}) // nobody has asked for it yet
		} else {
			d.arrive(id, v)
		}
		d.slice.read = true
		v.IceRead(d)
		if unknown != nil {
			d.keep(v, unknown)
		}
		d.hook(v)
	}
	d.slice = outer
	d.depth--
	if d.err != nil {
		return nil, 0
	}
	if d.depth == 0 && d.slice.kind == noSlice {
		d.endGraph()
	}
	return v, id
}

// skippedSlice is a slice of an unknown type: where its members are, and the numbers that its references mean.
type skippedSlice struct {
	typeID   string
	ids      []int32
	from, to int32
	compact  int32
	flags    byte
}

// maxUnknownSlices is how deep an inheritance is believed.
const maxUnknownSlices = 1000

// findClass11 reads heads of slices and skips slices until it comes to a known one, and gives a new instance.
// nil means that an error happened.
func (d *Decoder) findClass11() (Value, []skippedSlice) {
	s := &d.slice
	c := d.made(d.sliceHead11())
	if c != nil && d.err == nil {
		return c.make(), nil
	}
	first := d.typeName()
	var unknown []skippedSlice
	for d.err == nil {
		if c != nil {
			d.sliced("instance", first)
			return c.make(), unknown
		}
		if !s.sized {
			d.fail(ErrUnknownType, "an instance of the class %s, which is not known; it came in the compact format, in which it cannot be sliced to a base", first)
			break
		}
		if d.limits.NoSlicing {
			d.fail(ErrUnknownType, "an instance of the class %s, which is not known, and slicing is off", first)
			break
		}
		if len(unknown) == maxUnknownSlices {
			d.fail(ErrLimit, "an instance of the class %s with more than %d slices of unknown types", first, maxUnknownSlices)
			break
		}
		unknown = append(unknown, d.skipSlice11())
		if s.flags&flagLast != 0 {
			d.sliced("instance", first)
			return &UnknownSlicedValue{typeID: first}, unknown
		}
		c = d.made(d.sliceHead11())
	}
	return nil, nil
}

// sliceHead11 reads flags, type id and size of a slice, and gives the class if it is known.
func (d *Decoder) sliceHead11() (c *class) {
	s := &d.slice
	flags := d.Byte()
	s.flags = flags
	s.compact = -1
	s.typ = 0
	s.sized = false
	if flags&^flagLast == 0 && s.kind == valueSlice {
		return nil // a base in the compact format
	}
	switch {
	case flags&(flagIndirect|flagSize) == flagIndirect:
		d.fail(nil, "a slice that has an indirection table, but no size")
		return nil
	case s.kind == exceptionSlice:
		d.exception = d.String()
	case flags&flagTypeCompact == flagTypeCompact:
		s.compact = int32(d.Size())
		c = classByCompact(s.compact)
	case flags&flagTypeCompact != 0:
		c = d.typeID(flags&flagTypeIndex != 0)
	}
	if flags&flagSize != 0 {
		d.sliceSize()
	}
	return c
}

// skipSlice11 passes over a slice with a size, and reads the instances of its indirection table.
func (d *Decoder) skipSlice11() skippedSlice {
	s := d.slice
	k := skippedSlice{from: int32(d.pos), to: int32(s.end), compact: s.compact, flags: s.flags}
	if s.compact == -1 {
		k.typeID = d.typeName()
	}
	d.pos = s.end
	if s.flags&flagIndirect != 0 {
		n, size := d.elements(1)
		k.ids = make([]int32, 0, n)
		d.startGraph()
		for ; n > 0 && d.err == nil; n-- {
			d.owed -= size
			k.ids = append(k.ids, d.tableEntry(len(k.ids)))
		}
	}
	return k
}

// tableEntry reads entry i of an indirection table and gives the instance's number. A reference that is null
// has no entry.
func (d *Decoder) tableEntry(i int) int32 {
	n := d.Size()
	if n == 0 {
		d.fail(nil, "entry %d of an indirection table is null", i+1)
		return 0
	}
	_, id := d.instance11(int32(n))
	return id
}

// keep gives skipped slices to an instance or exception that preserves them.
func (d *Decoder) keep(v any, unknown []skippedSlice) {
	if len(unknown) == 0 || d.err != nil {
		return
	}
	p, ok := v.(preserver)
	if !ok {
		return
	}
	slices := make([]*UnknownSlice, len(unknown))
	for i := range unknown {
		k := &unknown[i]
		u := &UnknownSlice{TypeID: k.typeID, CompactID: k.compact, IsLast: k.flags&flagLast != 0}
		slices[i] = u
		if k.flags&flagOptionals != 0 && k.to > k.from {
			u.HasOptionals = true
			k.to-- // the end marker, which EndSlice writes again
		}
		u.Bytes = bytes.Clone(d.buf[k.from:k.to])
		if len(k.ids) == 0 {
			continue
		}
		u.Instances = make([]Value, len(k.ids))
		for j, id := range k.ids {
			d.refer(id, slot[Value]{&u.Instances[j]})
		}
	}
	p.icePreserved().slices = slices
}

// indirection reads a slice's indirection table, and resolves the slice's references by it.
func (d *Decoder) indirection() {
	d.startGraph()
	g := d.graph
	refs := int(d.slice.refs)
	d.slice.refs = 0
	base := len(g.indirect) - refs
	n, size := d.elements(1)
	if d.err != nil {
		return
	}
	if n == 0 {
		d.fail(nil, "an indirection table without entries")
		return
	}
	if refs == 0 && d.slice.flags&flagOptionals == 0 {
		d.fail(nil, "an indirection table of %d entries that nothing refers to", n)
		return
	}
	from := len(g.tables)
	for i := range n {
		d.owed -= size
		id := d.tableEntry(i)
		g.tables = append(g.tables, id)
		if d.err != nil {
			return
		}
	}
	ids := g.tables[from:]
	for _, r := range g.indirect[base:] {
		switch {
		case r.to == nil:
		case r.entry >= n:
			d.fail(nil, "a reference to entry %d of an indirection table, which has %d", r.entry+1, n)
			return
		default:
			d.refer(ids[r.entry], r.to)
		}
	}
	g.tables = g.tables[:from]
	clear(g.indirect[base:])
	g.indirect = g.indirect[:base]
}
