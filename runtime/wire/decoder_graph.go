package wire

import "reflect"

// decGraph holds the instances and type ids of one encapsulation.
type decGraph struct {
	dense    []instance          // by number
	sparse   map[int32]*instance // numbers that are larger than the data has room for instances
	patches  []patch
	object   int32 // number of the type id that ends instances in 1.0, 0 before it has come
	missing  int   // instances that are referred to and not there yet
	last     int32 // 1.1: the number given last
	types    []decType
	deferred []deferred
	hooked   []PostUnmarshaler // instances to tell when the graph is complete
	indirect []indirect        // 1.1: references of the slices being read, by entry of their indirection table
	tables   []int32           // 1.1: indirection tables being read
}

// instance is an instance by its number: it, or the references that wait for it.
type instance struct {
	v       Value
	waiting int32 // index+1 into patches of the first, 0 for none
	depth   int32 // 1.0: how deep in the graph it is referred to
}

// patch is a reference that waits for its instance.
type patch struct {
	to   target
	next int32
}

// target is a place that refers to an instance. Its implementations are a pointer, so that no interface allocates.
type target interface {
	// set stores v, or says false if it does not fit.
	set(v Value) bool
	goType() reflect.Type
}

// indirect is a reference by way of an indirection table.
type indirect struct {
	to    target
	entry int
}

// deferred is work to do when the graph is complete.
type deferred interface{ complete() }

// decType is a type id that the data has numbered.
type decType struct {
	class *class // nil if it is not registered
	id    string
}

// decSlice is the slice being read. It is copied for every instance, so it has no pointers, which would cost more.
type decSlice struct {
	kind    sliceKind
	flags   byte
	read    bool  // the head has been read by whoever looked for the type
	sized   bool  // end is known
	compact int32 // compact type id, -1 without one
	typ     int32 // number of the type id, counted from 1; 0 if it has none
	end     int
	depth   int32 // 1.0: of the instance in the graph
	refs    int32 // 1.1: how many references of the slice wait for its indirection table
}

func (g *decGraph) release() {
	if g.last == 0 {
		return // it was not used: most messages hold no class instances
	}
	clear(g.dense)
	clear(g.patches)
	clear(g.types)
	clear(g.deferred)
	clear(g.indirect)
	if max(cap(g.dense), cap(g.patches), cap(g.types), cap(g.indirect), cap(g.tables)) > maxKept {
		*g = decGraph{}
		return
	}
	*g = decGraph{dense: g.dense[:0], patches: g.patches[:0], types: g.types[:0], deferred: g.deferred[:0], indirect: g.indirect[:0], tables: g.tables[:0]}
}

func (d *Decoder) startGraph() *decGraph {
	if d.graph == nil {
		depth := len(d.outer)
		for len(d.graphs) <= depth {
			d.graphs = append(d.graphs, &decGraph{})
		}
		d.graph = d.graphs[depth]
		d.graph.last = 1
	}
	return d.graph
}

// minInstance10 is the least number of bytes that an instance takes in encoding 1.0: its number, and type id and size
// of its own slice and of the closing one.
const minInstance10 = 4 + 2 + 4 + 2 + 5

// instance gives the entry for a number, which is positive.
func (d *Decoder) instance(id int32) *instance {
	g := d.graph
	if int(id) < len(g.dense) {
		return &g.dense[id]
	}
	// In 1.1 we give the numbers. In 1.0 honest numbers stay below this.
	if d.v11 || int(id) <= 16+len(d.buf)/minInstance10 {
		for len(g.dense) <= int(id) {
			g.dense = append(g.dense, instance{})
		}
		return &g.dense[id]
	}
	p := g.sparse[id]
	if p == nil {
		p = &instance{}
		if g.sparse == nil {
			g.sparse = map[int32]*instance{}
		}
		g.sparse[id] = p
	}
	return p
}

// refer makes t point to the instance with the given number, now or when it comes.
func (d *Decoder) refer(id int32, t target) {
	if v := d.instance(id).v; v != nil {
		d.set(t, v)
		return
	}
	d.await(id, t)
}

// await makes t point to an instance when it comes.
func (d *Decoder) await(id int32, t target) {
	g := d.graph
	in := d.instance(id)
	if in.waiting == 0 {
		g.missing++
		in.depth = d.slice.depth
		if g.missing > 16+len(d.buf)/minInstance10 && !d.v11 {
			d.fail(nil, "references to %d instances, more than there is room for", g.missing)
			return
		}
	}
	g.patches = append(g.patches, patch{t, in.waiting})
	in.waiting = int32(len(g.patches))
}

func (d *Decoder) set(t target, v Value) {
	if !t.set(v) {
		d.wrongType(v, t.goType())
	}
}

func (d *Decoder) wrongType(v Value, want reflect.Type) {
	d.fail(ErrWrongType, "an instance of %s (%T) where %v is expected", v.IceTypeID(), v, want)
}

// arrive enters an instance under its number and gives it to those that wait for it.
func (d *Decoder) arrive(id int32, v Value) {
	in := d.instance(id)
	if in.v != nil {
		d.fail(nil, "the instance with number %d comes twice", id)
		return
	}
	in.v = v
	i := in.waiting
	if i == 0 {
		return
	}
	in.waiting = 0
	g := d.graph
	g.missing--
	for i != 0 {
		p := &g.patches[i-1]
		d.set(p.to, v)
		i = p.next
	}
}

// endGraph ends the instances of an encapsulation: all that is referred to must have come.
func (d *Decoder) endGraph() {
	g := d.graph
	if g == nil {
		return
	}
	if g.missing > 0 {
		d.fail(nil, "%d instances are referred to, but did not come", g.missing)
		return
	}
	for i := range g.deferred {
		g.deferred[i].complete()
		g.deferred[i] = nil
	}
	g.deferred = g.deferred[:0]
	if len(g.hooked) == 0 || d.err != nil {
		return
	}
	hooked := g.hooked
	g.hooked = nil
	for _, h := range hooked {
		h.IcePostUnmarshal()
	}
}
