package wire

// ReadException reads a user exception and gives it, or an error: [UnknownExceptionError] if none of its slices
// is known. An exception that is not known is sliced to its nearest known base.
func ReadException(d *Decoder) (UserException, error) {
	if d.v11 {
		return d.exception11()
	}
	return d.exception10()
}

func (d *Decoder) exception10() (UserException, error) {
	classes := d.Bool()
	d.slice = decSlice{kind: exceptionSlice}
	s := &d.slice
	d.sliceHead10()
	first := d.exception
	for d.err == nil {
		if x := exceptionByID(d.exception); x != nil {
			if d.exception != first {
				d.sliced("exception", first)
			}
			v := x.make()
			s.read = true
			v.IceRead(d)
			d.slice = decSlice{}
			if classes {
				d.PendingValues()
			}
			return v, d.err
		}
		// No flag says which slice is the last, so whatever comes behind it fails to be one more.
		d.pos = s.end
		d.sliceHead10()
		if d.err != nil {
			return nil, &UnknownExceptionError{first}
		}
	}
	return nil, d.err
}

func (d *Decoder) exception11() (UserException, error) {
	d.slice = decSlice{kind: exceptionSlice}
	s := &d.slice
	d.sliceHead11()
	first := d.exception
	var unknown []skippedSlice
	for d.err == nil {
		if x := exceptionByID(d.exception); x != nil {
			if len(unknown) > 0 {
				d.sliced("exception", first)
			}
			v := x.make()
			s.read = true
			v.IceRead(d)
			d.keep(v, unknown)
			d.slice = decSlice{}
			d.endGraph()
			return v, d.err
		}
		if !s.sized || len(unknown) == maxUnknownSlices {
			return nil, &UnknownExceptionError{first}
		}
		unknown = append(unknown, d.skipSlice11())
		if s.flags&flagLast != 0 {
			d.slice = decSlice{}
			return nil, &UnknownExceptionError{first}
		}
		d.sliceHead11()
	}
	return nil, d.err
}
