package wire

// PreMarshaler is what a class may implement to be told before an instance is written: once for each time that the instance goes into an
// encapsulation, before its members are looked at. It may change them, and must not encode anything itself. A class inherits the method of its
// base, which then sees the base part only.
type PreMarshaler interface{ IcePreMarshal() }

// PostUnmarshaler is what a class may implement to be told after an instance was read: when all instances of its graph are there, so that its
// references can be followed, cycles included. The instances of a graph are told in the order in which their last bytes came. Nothing is told of a
// graph that cannot be read.
type PostUnmarshaler interface{ IcePostUnmarshal() }

// hook notes an instance that wants to be told when the graph is complete.
func (d *Decoder) hook(v Value) {
	if h, ok := v.(PostUnmarshaler); ok {
		d.graph.hooked = append(d.graph.hooked, h)
	}
}

// made returns the class of a slice that begins an instance, or one that makes what the factory returned.
func (d *Decoder) made(registered *class) *class {
	if d.Factory == nil || d.err != nil {
		return registered
	}
	var id string
	switch s := &d.slice; {
	case registered != nil:
		id = registered.typeID
	case s.typ > 0:
		id = d.typeName()
	}
	if id == "" || id == objectID {
		return registered
	}
	v := d.Factory(id)
	if isNull(v) {
		return registered
	}
	return &class{typeID: id, make: func() Value { return v }}
}
