package store

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
)

// graph is what one save stores: the objects that it was given and all that
// they lead to, each once.
type graph struct {
	tx     *Tx
	nodes  map[omero.AnyIObject]*node
	stored map[key]*node      // the loaded ones that have an id
	list   []*node            // the loaded ones
	group  int64              // of new objects, when the caller is in none
	places map[placeKey]int64 // the next places in ordered collections
}

type placeKey struct {
	prop   *schema.Prop
	parent int64
}

// node is an object of a graph.
type node struct {
	given  omero.AnyIObject
	copied omero.AnyIObject
	class  *schema.Class
	id     int64
	fresh  bool // has no row yet
	loaded bool
	back   map[*schema.Prop]*node // references that follow from a collection the object is in
	places map[string]int64       // its places in ordered collections, by column
	old    []any                  // the row as it is stored
	row    []any                  // the row as it shall be
	owner  int64
	group  int64
}

const (
	largestGraph = 2_000_000 // objects
	noGroup      = int64(-1)
)

func newGraph(tx *Tx) *graph {
	return &graph{tx: tx, nodes: map[omero.AnyIObject]*node{}, stored: map[key]*node{}, group: noGroup, places: map[placeKey]int64{}}
}

// followAll takes all that the graph's objects lead to into it, nearest first, so
// that elements get their ids in the order of their collections. It does not
// recurse: a graph may be as deep as its client likes.
func (g *graph) followAll() error {
	for i := 0; i < len(g.list); i++ {
		if err := g.follow(g.list[i]); err != nil {
			return err
		}
	}
	return nil
}

// node gives the node of an object, which it makes if the object is new to the graph.
func (g *graph) node(v omero.AnyIObject) (*node, error) {
	if n := g.nodes[v]; n != nil {
		return n, nil
	}
	c := schema.Of(v)
	if c == nil {
		return nil, ApiUsage("objects of type %s are not stored", v.IceTypeID())
	}
	o := v.AsIObject()
	n := &node{given: v, class: c, loaded: o.Loaded, fresh: o.Id == nil}
	if o.Id != nil {
		n.id = o.Id.Val
	}
	if c.Enum && n.fresh && n.loaded {
		if err := g.enumerator(n); err != nil {
			return nil, err
		}
	}
	switch {
	case n.fresh && !n.loaded:
		return nil, ApiUsage("an unloaded %s without an id is no reference to anything", c.Name)
	case n.loaded && c.Abstract:
		return nil, ApiUsage("%s is abstract: store one of the classes that extend it", c.Name)
	case n.loaded && !n.fresh:
		k := key{c.Root, n.id}
		if same := g.stored[k]; same != nil {
			g.nodes[v] = same
			return same, nil
		}
		g.stored[k] = n
	}
	if len(g.nodes) >= largestGraph {
		return nil, ApiUsage("a graph of more than %d objects is not saved at once", largestGraph)
	}
	g.nodes[v] = n
	if n.loaded {
		g.list = append(g.list, n)
	}
	return n, nil
}

// enumerator makes an enumerator without an id stand for the stored one of its
// value, if there is one: clients set ChecksumAlgorithm "SHA1-160" without looking it up.
func (g *graph) enumerator(n *node) error {
	value, ok := n.class.Prop("value").Field(n.given).Interface().(*omero.RString)
	if !ok || value == nil {
		return nil
	}
	found, err := g.tx.FindBy(n.class, "value", value.Val)
	if err != nil || len(found) == 0 {
		return err
	}
	n.id, n.fresh, n.loaded = found[0].GetId().Val, false, false
	return nil
}

// follow adds what a loaded object refers to.
func (g *graph) follow(n *node) error {
	for _, p := range n.class.Props {
		switch {
		case p.Kind == schema.Ref:
			if to := p.Object(n.given); to != nil {
				if _, err := g.node(to); err != nil {
					return err
				}
			}
		case p.Kind == schema.Many && p.IsLoaded(n.given):
			for i, element := range p.Elements(n.given) {
				e, err := g.node(element)
				if err != nil {
					return err
				}
				if e.loaded {
					e.hangOn(p, n, i)
				}
			}
		}
	}
	if d := n.given.GetDetails(); d != nil && d.ExternalInfo != nil {
		_, err := g.node(d.ExternalInfo)
		return err
	}
	return nil
}

// hangOn notes that the node is an element of a collection of parent's.
func (n *node) hangOn(p *schema.Prop, parent *node, place int) {
	if n.back == nil {
		n.back, n.places = map[*schema.Prop]*node{}, map[string]int64{}
	}
	n.back[p.Inverse] = parent
	if p.Ordered {
		n.places[p.OrderColumn()] = int64(place)
	}
}

// write stores the graph.
func (g *graph) write() error {
	if !g.tx.write {
		return Internal(errReadOnly, "save")
	}
	for _, n := range g.list {
		if err := g.prepare(n); err != nil {
			return err
		}
	}
	if err := g.chooseGroup(); err != nil {
		return err
	}
	for _, n := range g.list {
		if err := g.own(n); err != nil {
			return err
		}
	}
	for _, n := range g.list {
		if err := g.fill(n); err != nil {
			return err
		}
	}
	for _, n := range g.list {
		if err := g.writeNode(n); err != nil {
			return err
		}
	}
	return nil
}

// prepare gives a new object its id and reads the row of a stored one.
func (g *graph) prepare(n *node) error {
	l := layouts[n.class.Root]
	var err error
	if n.fresh {
		n.id, err = g.tx.nextID(n.class.Root)
		return err
	}
	if err := g.tx.each(l.selects, []any{n.id}, func(row []any) error {
		n.old = slices.Clone(row)
		return nil
	}); err != nil {
		return err
	}
	if n.old == nil || l.kindOf(n.old) != n.class {
		return Validation("%s:%d does not exist: an object that is to be new must have no id", n.class.Name, n.id)
	}
	if n.class.Global {
		return nil
	}
	n.owner, n.group = n.old[l.at[schema.OwnerColumn]].(int64), n.old[l.at[schema.GroupColumn]].(int64)
	if !g.tx.Caller.Admin && !g.tx.readable(head{n.class, n.owner, n.group}) {
		return Security("Cannot read %s:Id_%d", n.class.JavaName, n.id)
	}
	return nil
}

// chooseGroup decides in which group new objects of a caller are that is in
// none: in that of what they refer to.
func (g *graph) chooseGroup() error {
	if g.tx.Caller.GroupID != AllGroups {
		g.group = g.tx.Caller.GroupID
		return nil
	}
	for _, n := range g.list {
		if !n.fresh && !n.class.Global {
			g.group = n.group
			return nil
		}
	}
	for _, n := range g.list {
		for _, p := range n.class.Props {
			if p.Kind != schema.Ref || p.Target.Global {
				continue
			}
			to := p.Object(n.given)
			if to == nil || to.IsLoaded() {
				continue
			}
			h, err := g.tx.head(p.Target.Root, to.GetId().Val)
			if err != nil {
				return err
			}
			if h.class != nil {
				g.group = h.group
				return nil
			}
		}
	}
	return nil
}

// own decides whose an object is.
func (g *graph) own(n *node) error {
	caller := g.tx.Caller
	d := n.given.GetDetails()
	if n.class.Global {
		return nil
	}
	if n.fresh {
		n.owner, n.group = caller.UserID, g.group
	}
	if d != nil && d.Group != nil && d.Group.Id != nil && d.Group.Id.Val != n.group {
		group := d.Group.Id.Val
		switch {
		case n.fresh && (g.tx.member(group) || caller.Can("WriteOwned")):
			n.group = group
		case n.fresh:
			return Security("%s is not authorized to make a %s in group %d", g.tx.who(), n.class.Name, group)
		default:
			return Security("%s:%d is in group %d and cannot be saved into group %d: move it with Chgrp2", n.class.Name, n.id, n.group, group)
		}
	}
	if d != nil && d.Owner != nil && d.Owner.Id != nil && d.Owner.Id.Val != n.owner {
		owner := d.Owner.Id.Val
		if !(n.fresh && caller.Can("WriteOwned") || caller.Can("Chown")) {
			return Security("%s is not authorized to make user %d the owner of %s", g.tx.who(), owner, n.class.Name)
		}
		n.owner = owner
	}
	if n.fresh && caller.UserID == GuestUser && !caller.System {
		return Security("guest is not permitted to create a %s", n.class.JavaName)
	}
	if n.fresh && n.group == noGroup {
		return Security("a new %s must be in a group, and the session is in all: name the group in its details or in omero.group", n.class.Name)
	}
	if n.fresh && !caller.System && !g.tx.member(n.group) && !caller.Can("WriteOwned") {
		return Security("%s is not a member of group %d and cannot make a %s there", g.tx.who(), n.group, n.class.Name)
	}
	return nil
}

// copyOf gives the copy of an object, with the copies of what it refers to.
func (g *graph) copyOf(v omero.AnyIObject) omero.AnyIObject {
	n := g.nodes[v]
	if n.copied != nil {
		return n.copied
	}
	todo := []*node{g.shallow(n)}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		get := func(v omero.AnyIObject) omero.AnyIObject {
			to := g.nodes[v]
			if to.copied == nil {
				todo = append(todo, g.shallow(to))
			}
			return to.copied
		}
		if !n.loaded {
			continue
		}
		for _, p := range n.class.Props {
			switch {
			case p.Kind == schema.Ref:
				to := p.Object(n.given)
				if to == nil && n.back[p] != nil {
					to = n.back[p].given
				}
				if to != nil {
					p.SetObject(n.copied, get(to))
				}
			case p.Kind == schema.Many && p.IsLoaded(n.given):
				elements := p.Elements(n.given)
				p.Load(n.copied)
				for _, e := range elements {
					p.Append(n.copied, get(e))
				}
			}
		}
		if d := n.given.GetDetails(); d != nil && d.ExternalInfo != nil {
			n.copied.GetDetails().ExternalInfo = get(d.ExternalInfo).(*omero.ExternalInfo)
		}
	}
	return n.copied
}

// shallow makes a node's copy, which still refers to what was given.
func (g *graph) shallow(n *node) *node {
	if !n.loaded {
		n.copied = n.class.Ref(n.id)
		return n
	}
	c := reflect.New(n.class.Type)
	c.Elem().Set(reflect.ValueOf(n.given).Elem())
	n.copied = c.Interface().(omero.AnyIObject)
	o := n.copied.AsIObject()
	o.Id = omero.NewRLong(n.id)
	l := layouts[n.class.Root]
	_ = g.tx.details(l, n.class, n.row, n.copied) // rights were read before: it cannot fail
	if p := n.class.Prop("version"); p != nil {
		setValue(p, p.Field(n.copied), n.row[l.at[p.Column]], n.row, l.at[p.Column])
	}
	return n
}

// columnValue gives what a field is as a column's value, and the unit of a quantity.
func columnValue(p *schema.Prop, v omero.AnyIObject) (value, unit any, err error) {
	field := p.Field(v)
	switch p.Kind {
	case schema.Bytes:
		if b := field.Bytes(); len(b) > 0 {
			return b, nil, nil
		}
		return nil, nil, nil
	case schema.Strings:
		if field.Len() == 0 {
			return nil, nil, nil
		}
		text, err := json.Marshal(field.Interface())
		return string(text), nil, err
	}
	if field.IsNil() {
		return nil, nil, nil
	}
	switch p.Kind {
	case schema.String:
		return field.Interface().(*omero.RString).Val, nil, nil
	case schema.Int:
		return int64(field.Interface().(*omero.RInt).Val), nil, nil
	case schema.Long:
		return field.Interface().(*omero.RLong).Val, nil, nil
	case schema.Time:
		return field.Interface().(*omero.RTime).Val, nil, nil
	case schema.Double:
		return field.Interface().(*omero.RDouble).Val, nil, nil
	case schema.Bool:
		if field.Interface().(*omero.RBool).Val {
			return int64(1), nil, nil
		}
		return int64(0), nil, nil
	case schema.Unit:
		n := field.Elem().Field(1).Int()
		return field.Elem().Field(0).Float(), p.Symbol(n), nil
	}
	return nil, nil, nil
}

// same says whether two columns' values are equal.
func same(a, b any) bool {
	x, ok := a.([]byte)
	y, ok2 := b.([]byte)
	if ok || ok2 {
		return ok && ok2 && bytes.Equal(x, y)
	}
	return a == b
}
