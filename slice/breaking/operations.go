package breaking

import (
	"slices"

	"github.com/slice2go/slice2go/slice"
)

// operations compares the old operations of a type itself with all that it
// has now. Those of its old bases are compared where the bases are.
func (c *comparison) operations(owner slice.Def, o, n []*slice.Operation) {
	name := owner.Decl().ScopedName()
	find := func(list []*slice.Operation, name string) *slice.Operation {
		for _, op := range list {
			if op.Name == name {
				return op
			}
		}
		return nil
	}
	for _, op := range o {
		if is := find(n, op.Name); is != nil {
			c.operation(name+"::"+op.Name, op, is)
		} else {
			c.add("operation-removed", op.Pos, owner.Decl().Pos, "operation %s::%s was removed", name, op.Name)
		}
	}
	for _, op := range n {
		if op.Parent == owner && find(o, op.Name) == nil {
			c.add("operation-added", slice.Pos{}, op.Pos, "operation %s::%s was added", name, op.Name)
		}
	}
}

func (c *comparison) operation(name string, o, n *slice.Operation) {
	c.metadata("operation "+name, o.Metadata, n.Metadata, o.Pos, n.Pos)
	if (o.Mode == slice.Normal) != (n.Mode == slice.Normal) {
		c.add("mode-changed", o.Pos, n.Pos, "operation %s was %s and is %s", name, mode(o.Mode), mode(n.Mode))
	}
	c.result(name, o, n)
	for _, out := range []bool{false, true} {
		what := "the parameters of operation " + name
		if out {
			what = "the out parameters of operation " + name
		}
		c.fields(fieldRules{"parameter", "parameter-added", "parameter-removed", "parameter-type-changed", "parameter-order-changed", "parameter-renamed"},
			what, params(o, out), params(n, out), n.Pos)
	}
	c.throws(name, o, n)
}

func mode(m slice.Mode) string {
	if m == slice.Normal {
		return "not idempotent"
	}
	return "idempotent"
}

func params(op *slice.Operation, out bool) (fields []field) {
	for _, p := range op.Params {
		if p.Out != out {
			continue
		}
		f := field{name: p.Name, typ: p.Type, tag: -1, pos: p.Pos, metadata: p.Metadata}
		if p.Optional {
			f.tag = p.Tag
		}
		fields = append(fields, f)
	}
	return fields
}

func (c *comparison) result(name string, o, n *slice.Operation) {
	switch {
	case o.Return == nil && n.Return == nil:
	case o.Return == nil:
		c.add("return-type-changed", o.Pos, n.Pos, "operation %s returned nothing and returns %s", name, n.Return.Type.TypeName())
	case n.Return == nil:
		c.add("return-type-changed", o.Pos, n.Pos, "operation %s returned %s and returns nothing", name, o.Return.Type.TypeName())
	case o.Return.Optional != n.Return.Optional:
		c.add("optional-changed", o.Pos, n.Pos, "the result of operation %s was %s and is %s", name, optional(o.Return), optional(n.Return))
	case o.Return.Optional && o.Return.Tag != n.Return.Tag:
		c.add("tag-changed", o.Pos, n.Pos, "the result of operation %s had the tag %d and has %d", name, o.Return.Tag, n.Return.Tag)
	default:
		c.types("return-type-changed", "the result of operation "+name, o.Return.Type, n.Return.Type, o.Pos, n.Pos)
	}
}

func optional(p *slice.Param) string {
	if p.Optional {
		return "optional"
	}
	return "required"
}

func (c *comparison) throws(name string, o, n *slice.Operation) {
	has := func(list []*slice.Exception, name string) bool {
		return slices.ContainsFunc(list, func(e *slice.Exception) bool { return e.ScopedName() == name })
	}
	for _, e := range n.Throws {
		if has(o.Throws, e.ScopedName()) {
			continue
		}
		id := "exception-added"
		for base := e.Base; base != nil; base = base.Base {
			if has(o.Throws, base.ScopedName()) {
				id = "exception-refined"
			}
		}
		c.add(id, o.Pos, n.Pos, "operation %s can throw %s", name, e.ScopedName())
	}
	for _, e := range o.Throws {
		if !has(n.Throws, e.ScopedName()) {
			c.add("exception-dropped", o.Pos, n.Pos, "operation %s no longer throws %s", name, e.ScopedName())
		}
	}
}
