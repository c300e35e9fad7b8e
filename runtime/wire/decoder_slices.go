package wire

import "strconv"

// StartSlice begins a slice of a class or exception.
func (d *Decoder) StartSlice() {
	s := &d.slice
	switch {
	case s.read:
		s.read = false
	case d.err != nil:
	case s.kind == noSlice:
		d.fail(nil, "a slice outside of an instance")
	case !d.v11:
		d.sliceHead10()
	case s.flags&flagLast != 0:
		d.fail(nil, "the slice of %s is marked as the last, but its class has a base", d.typeName())
	default:
		d.sliceHead11()
	}
}

// EndSlice ends what StartSlice began.
func (d *Decoder) EndSlice() {
	s := &d.slice
	if !d.v11 {
		if d.pos != s.end && d.err == nil {
			d.fail(nil, "the slice of %s ends at byte %d", d.typeName(), s.end)
		}
		return
	}
	if s.flags&flagOptionals != 0 {
		d.skipOptionals()
	}
	if s.sized && d.pos != s.end && d.err == nil {
		d.fail(nil, "the slice of %s ends at byte %d", d.typeName(), s.end)
	}
	if s.flags&flagIndirect != 0 {
		d.indirection()
	}
}

// sliceSize reads the size of a slice, which counts its own four bytes.
func (d *Decoder) sliceSize() {
	start := d.pos
	n := int(d.Int())
	if n < 4 || n > len(d.buf)-start {
		if d.err == nil {
			d.pos = start
			d.fail(ErrTruncated, "a slice of %s of %d bytes announced, %d left and at least 4 needed", d.typeName(), n, len(d.buf)-start)
		}
		return
	}
	d.slice.sized = true
	d.slice.end = start + n
}

// typeName names the type of the slice being read, for errors.
func (d *Decoder) typeName() string {
	s := &d.slice
	switch {
	case s.kind == exceptionSlice:
		return d.exception
	case s.typ > 0 && int(s.typ) <= len(d.graph.types):
		return d.graph.types[s.typ-1].id
	case s.compact >= 0:
		return strconv.Itoa(int(s.compact))
	}
	return "a base"
}

// typeID reads a type id that is either new or, with indexed, the number of an earlier one. It gives the class if that
// is known.
func (d *Decoder) typeID(indexed bool) *class {
	g := d.graph
	if indexed {
		i := d.Size()
		if uint(i-1) >= uint(len(g.types)) {
			if d.err == nil {
				d.fail(nil, "the type id with number %d, of %d so far", i, len(g.types))
			}
			return nil
		}
		d.slice.typ = int32(i)
		return g.types[i-1].class
	}
	id := d.stringView()
	if d.err != nil {
		return nil
	}
	t := decType{class: classByID(id)}
	if t.class != nil {
		t.id = t.class.typeID
	} else {
		t.id = string(id)
	}
	g.types = append(g.types, t)
	d.slice.typ = int32(len(g.types))
	if t.id == objectID && g.object == 0 {
		g.object = d.slice.typ
	}
	return t.class
}
