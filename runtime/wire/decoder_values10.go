package wire

import "encoding/binary"

// value10 reads a reference in encoding 1.0. It gives the instance if it has come, else its number, or 0 for null.
func (d *Decoder) value10() (v Value, id int32) {
	id = -d.Int()
	if id == 0 {
		return nil, 0
	}
	if id < 0 {
		d.pos -= 4
		d.fail(nil, "a class reference of %d, which should be 0 or negative", -id)
		return nil, 0
	}
	g := d.startGraph()
	if int(id) < len(g.dense) {
		return g.dense[id].v, id
	}
	return d.instance(id).v, id
}

// PendingValues reads the instances that the parameters before it refer to. It comes after the last parameter of an
// operation that uses classes; only encoding 1.0 has something to read then.
func (d *Decoder) PendingValues() {
	if d.v11 {
		return
	}
	d.startGraph()
	for d.err == nil {
		n := d.Size()
		if n == 0 {
			break
		}
		for ; n > 0 && d.err == nil; n-- {
			d.instance10()
		}
	}
	d.slice = decSlice{}
	d.endGraph()
}

// instance10 reads one instance with all of its slices.
func (d *Decoder) instance10() {
	id := d.Int()
	if id <= 0 {
		d.pos -= 4
		d.fail(nil, "an instance with the number %d, which should be positive", id)
		return
	}
	d.slice = decSlice{kind: valueSlice, compact: -1}
	s := &d.slice
	c := d.made(d.sliceHead10())
	first := s.typ
	for c == nil {
		if d.err == nil && (s.typ == d.graph.object || d.limits.NoSlicing) {
			d.fail(ErrUnknownType, "an instance of the class %s, which is not known, nor is one of its bases; import the package that has it", d.graph.types[first-1].id)
		}
		if d.err != nil {
			return
		}
		d.pos = s.end
		c = d.made(d.sliceHead10())
	}
	if limit := d.limits.ClassDepth; limit > 0 {
		s.depth = d.instance(id).depth + 1
		if int(s.depth) > limit {
			d.fail(ErrLimit, "instances refer to each other more than %d deep", limit)
			return
		}
	}
	if s.typ != first {
		d.sliced("instance", d.graph.types[first-1].id)
	}
	v := c.make()
	d.arrive(id, v)
	s.read = true
	v.IceRead(d)
	d.endInstance10()
	d.hook(v)
}

// endInstance10 reads the slice that ends an instance: of the type ::Ice::Object, with one byte, which once counted facets.
func (d *Decoder) endInstance10() {
	if b := d.buf[d.pos:]; len(b) >= 7 && b[0] == 1 && b[1] != 255 && int32(b[1]) == d.graph.object && b[2] == 5 && b[3]|b[4]|b[5]|b[6] == 0 {
		d.pos += 7
		return
	}
	if d.err != nil {
		return
	}
	s := &d.slice
	d.sliceHead10()
	if d.err == nil && (s.typ != d.graph.object || s.end-d.pos != 1 || d.Byte() != 0) {
		d.fail(nil, "the slice that ends an instance, of %s, should be an empty one of %s", d.typeName(), objectID)
	}
}

// sliceHead10 reads type id and size of a slice, and gives the class if it is known.
func (d *Decoder) sliceHead10() (c *class) {
	// Nearly always: a type id by a small number, and a size that fits.
	if b := d.buf[d.pos:]; len(b) >= 6 && b[0] == 1 && d.slice.kind == valueSlice {
		n := int(int32(binary.LittleEndian.Uint32(b[2:6])))
		if i := int(b[1]) - 1; i >= 0 && i < len(d.graph.types) && i < 254 && n >= 4 && n <= len(b)-2 {
			d.slice.typ = int32(i + 1)
			d.slice.sized = true
			d.slice.end = d.pos + 2 + n
			d.pos += 6
			return d.graph.types[i].class
		}
	}
	if d.slice.kind == exceptionSlice {
		d.exception = d.String()
	} else {
		c = d.typeID(d.Bool())
	}
	d.sliceSize()
	return c
}
