package wire

// decEncaps is what a Decoder remembers of the encapsulation around the current one.
type decEncaps struct {
	buf    []byte
	end    int // of the current one, in buf
	encaps Version
	depth  int
	owed   int
	slice  decSlice
	graph  *decGraph
}

// encapsHeader reads the head of an encapsulation and gives its version and where it ends.
func (d *Decoder) encapsHeader() (v Version, end int) {
	start := d.pos
	n := int(d.Int())
	if d.err == nil && (n < EncapsHeaderSize || n > len(d.buf)-start) {
		d.pos = start
		d.fail(ErrTruncated, "an encapsulation of %d bytes announced, %d left and at least %d needed", n, len(d.buf)-start, EncapsHeaderSize)
	}
	v.IceRead(d)
	if d.err != nil {
		return v, 0
	}
	return v, start + n
}

// StartEncaps begins to read an encapsulation, and gives its encoding. One that this package cannot read is an
// error; use [Decoder.Encaps] where it is only passed on.
func (d *Decoder) StartEncaps() Version {
	v, end := d.encapsHeader()
	if d.err != nil {
		return v
	}
	d.outer = append(d.outer, decEncaps{d.buf, end, d.encaps, d.depth, d.owed, d.slice, d.graph})
	d.buf = d.buf[:end]
	d.depth, d.owed, d.slice, d.graph = 0, 0, decSlice{}, nil
	d.setEncoding(v)
	return v
}

// EndEncaps ends the encapsulation that StartEncaps began last, which must have been read to its end. Optional
// parameters that nobody asked for are skipped.
func (d *Decoder) EndEncaps() {
	if d.err != nil || len(d.outer) == 0 {
		d.fail(nil, "EndEncaps without StartEncaps")
		return
	}
	if d.v11 {
		d.skipOptionals()
	} else if d.pos == len(d.buf)-1 {
		d.pos++ // Ice before 3.3 appended a byte to some exceptions, and every later one bears it
	}
	d.endGraph()
	if d.err == nil && d.pos != len(d.buf) {
		d.fail(nil, "%d bytes too many in an encapsulation", len(d.buf)-d.pos)
	}
	if d.err != nil {
		return
	}
	if d.graph != nil {
		d.graph.release()
	}
	o := &d.outer[len(d.outer)-1]
	d.buf, d.encaps, d.depth, d.owed, d.slice, d.graph = o.buf, o.encaps, o.depth, o.owed, o.slice, o.graph
	d.v11 = d.encaps.Minor >= 1
	o.buf, o.graph = nil, nil
	d.outer = d.outer[:len(d.outer)-1]
}

// End ends the encapsulation that is being read, if any, and gives the Decoder's error.
func (d *Decoder) End() error {
	if d.err == nil && len(d.outer) > 0 {
		d.EndEncaps()
	}
	return d.err
}

// Encaps reads an encapsulation of any encoding without looking into it. data is a view into the buffer,
// without the header.
func (d *Decoder) Encaps() (v Version, data []byte) {
	v, end := d.encapsHeader()
	if d.err != nil {
		return v, nil
	}
	return v, d.take(end - d.pos)
}

// SkipEncaps passes over an encapsulation of any encoding.
func (d *Decoder) SkipEncaps() Version {
	v, _ := d.Encaps()
	return v
}
