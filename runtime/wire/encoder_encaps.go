package wire

// encEncaps is what an Encoder remembers of the encapsulation around the current one.
type encEncaps struct {
	at     int // where the current one's size is
	v11    bool
	format Format
	depth  int
	slice  encSlice
	graph  *encGraph
}

// EncapsHeaderSize is the size of an encapsulation's header, and so of an empty encapsulation: size and version.
const EncapsHeaderSize = 6

// StartEncaps begins an encapsulation in the given encoding, with a graph and type ids of its own.
// f is how it writes classes and exceptions in encoding 1.1. See the manual's "Basic Data Encoding", Encapsulations.
func (e *Encoder) StartEncaps(v Version, f Format) {
	e.outer = append(e.outer, encEncaps{len(e.buf), e.v11, e.format, e.depth, e.slice, e.graph})
	if f == DefaultFormat {
		f = e.defaultFormat
		if f == DefaultFormat {
			f = CompactFormat
		}
	}
	e.setEncoding(v)
	e.format, e.depth, e.slice, e.graph = f, 0, encSlice{}, nil
	e.Int(0)
	v.IceWrite(e)
}

// EndEncaps ends the encapsulation that StartEncaps began last.
func (e *Encoder) EndEncaps() {
	if len(e.outer) == 0 {
		e.failf("EndEncaps without StartEncaps")
		return
	}
	if e.graph != nil {
		e.graph.release()
	}
	o := &e.outer[len(e.outer)-1]
	e.patchInt(o.at, e.since(o.at))
	e.v11, e.format, e.depth, e.slice, e.graph = o.v11, o.format, o.depth, o.slice, o.graph
	o.graph = nil
	e.outer = e.outer[:len(e.outer)-1]
}

// EmptyEncaps writes an encapsulation without content, in whatever encoding.
func (e *Encoder) EmptyEncaps(v Version) {
	e.Int(EncapsHeaderSize)
	v.IceWrite(e)
}

// Encaps writes an encapsulation around data that is encoded already, in whatever encoding.
func (e *Encoder) Encaps(v Version, data []byte) {
	at := len(e.buf)
	e.Int(0)
	v.IceWrite(e)
	e.Blob(data)
	e.patchInt(at, len(e.buf)-at)
}
