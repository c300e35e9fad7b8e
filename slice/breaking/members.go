package breaking

import (
	"slices"

	"github.com/slice2go/slice2go/slice"
)

func (c *comparison) enums(o, n *slice.Enum) {
	name := n.ScopedName()
	byName, byValue := map[string]*slice.Enumerator{}, map[int32]*slice.Enumerator{}
	for _, e := range o.Enumerators {
		byName[e.Name], byValue[e.Value] = e, e
	}
	left := map[*slice.Enumerator]bool{}
	for _, e := range n.Enumerators {
		was, same := byName[e.Name], byValue[e.Value]
		switch {
		case was != nil && was.Value == e.Value:
			left[was] = true
		case was != nil:
			left[was] = true
			c.add("enumerator-value-changed", was.Pos, e.Pos, "enumerator %s of enum %s had the value %d and has %d", e.Name, name, was.Value, e.Value)
		case same != nil && !hasEnumerator(n, same.Name):
			left[same] = true
			c.add("enumerator-renamed", same.Pos, e.Pos, "enumerator %s of enum %s was called %s", e.Name, name, same.Name)
		default:
			c.add("enumerator-added", slice.Pos{}, e.Pos, "enumerator %s was added to enum %s", e.Name, name)
		}
	}
	for _, e := range o.Enumerators {
		if !left[e] {
			c.add("enumerator-removed", e.Pos, n.Pos, "enumerator %s of enum %s was removed", e.Name, name)
		}
	}
	if was, is := width(o), width(n); was != is {
		c.add("enum-size-changed", o.Pos, n.Pos, "enum %s took %d bytes in encoding 1.0 and takes %d", name, was, is)
	}
}

func hasEnumerator(e *slice.Enum, name string) bool {
	return slices.ContainsFunc(e.Enumerators, func(x *slice.Enumerator) bool { return x.Name == name })
}

// width is what a value takes in encoding 1.0, in bytes.
func width(e *slice.Enum) int {
	largest := int32(0)
	for _, x := range e.Enumerators {
		largest = max(largest, x.Value)
	}
	switch {
	case largest <= 126:
		return 1
	case largest <= 32766:
		return 2
	}
	return 4
}

// members compares data members.
func (c *comparison) members(what string, o, n []*slice.Member, after slice.Pos) {
	convert := func(list []*slice.Member) (fields []field) {
		for _, m := range list {
			f := field{name: m.Name, typ: m.Type, pos: m.Pos, tag: -1, metadata: m.Metadata}
			if m.Optional {
				f.tag = m.Tag
			}
			if m.Default != nil {
				f.value = m.Default.String()
			}
			fields = append(fields, f)
		}
		return fields
	}
	c.fields(fieldRules{"member", "member-added", "member-removed", "member-type-changed", "member-order-changed", "member-renamed"},
		what, convert(o), convert(n), after)
}

// field is a member or a parameter. tag is -1 for a required one.
type field struct {
	name     string
	typ      slice.Type
	tag      int
	value    string // the default
	pos      slice.Pos
	metadata []string
}

// fieldRules are the rules for one kind of fields.
type fieldRules struct{ kind, added, removed, typed, ordered, renamed string }

// fields compares what is encoded one after the other, and what has tags.
func (c *comparison) fields(r fieldRules, what string, o, n []field, after slice.Pos) {
	oldRequired, oldOptional := split(o)
	newRequired, newOptional := split(n)
	c.optionals(r, what, o, n, oldOptional, newOptional, after)
	c.required(r, what, oldRequired, newRequired, o, n, after)
	for _, f := range n {
		if was, ok := named(o, f.name); ok {
			if was.value != f.value {
				c.add("default-changed", was.pos, f.pos, "the default of %s %s of %s was %s and is %s", r.kind, f.name, what, orEmpty(was.value), orEmpty(f.value))
			}
			c.metadata(r.kind+" "+f.name+" of "+what, was.metadata, f.metadata, was.pos, f.pos)
		}
	}
}

func orEmpty(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

func split(list []field) (required, optional []field) {
	for _, f := range list {
		if f.tag < 0 {
			required = append(required, f)
		} else {
			optional = append(optional, f)
		}
	}
	return required, optional
}

func named(list []field, name string) (field, bool) {
	for _, f := range list {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

func names(list []field) (out []string) {
	for _, f := range list {
		out = append(out, f.name)
	}
	return out
}

// optionals compares by tags, which are what is on the wire.
func (c *comparison) optionals(r fieldRules, what string, oldAll, newAll, o, n []field, after slice.Pos) {
	for _, f := range n {
		was, known := named(oldAll, f.name)
		i := slices.IndexFunc(o, func(x field) bool { return x.tag == f.tag })
		switch {
		case known && was.tag < 0: // required reports it
		case known && was.tag != f.tag:
			c.add("tag-changed", was.pos, f.pos, "%s %s of %s had the tag %d and has %d", r.kind, f.name, what, was.tag, f.tag)
		case i < 0:
			c.add("optional-added", slice.Pos{}, f.pos, "optional %s %s was added to %s", r.kind, f.name, what)
		case !known && c.wire(o[i].typ, f.typ):
			c.add(r.renamed, o[i].pos, f.pos, "%s %s of %s was called %s", r.kind, f.name, what, o[i].name)
		case !known:
			c.add("tag-reused", o[i].pos, f.pos, "the tag %d of %s was %s %s and is %s %s", f.tag, what, o[i].typ.TypeName(), o[i].name, f.typ.TypeName(), f.name)
		default:
			c.types(r.typed, r.kind+" "+f.name+" of "+what, was.typ, f.typ, was.pos, f.pos)
		}
	}
	for _, f := range o {
		kept := slices.ContainsFunc(newAll, func(x field) bool { return x.tag == f.tag || x.name == f.name })
		if !kept {
			c.add("optional-removed", f.pos, after, "optional %s %s of %s was removed", r.kind, f.name, what)
		}
	}
}

// required compares by place, which is what is on the wire.
func (c *comparison) required(r fieldRules, what string, o, n, oldAll, newAll []field, after slice.Pos) {
	for _, f := range n {
		if was, ok := named(oldAll, f.name); ok && was.tag >= 0 {
			c.add("optional-changed", was.pos, f.pos, "%s %s of %s was optional and is required", r.kind, f.name, what)
		}
	}
	for _, f := range o {
		if is, ok := named(newAll, f.name); ok && is.tag >= 0 {
			c.add("optional-changed", f.pos, is.pos, "%s %s of %s was required and is optional", r.kind, f.name, what)
		}
	}
	kept := func(list, other []field) []string {
		var out []string
		for _, f := range list {
			if _, ok := named(other, f.name); ok {
				out = append(out, f.name)
			}
		}
		return out
	}
	if a, b := kept(o, n), kept(n, o); !slices.Equal(a, b) {
		c.add(r.ordered, o[0].pos, n[0].pos, "the %ss of %s were in the order %v and are in the order %v", r.kind, what, a, b)
	}
	var gone, come []field
	for _, f := range o {
		if _, ok := named(newAll, f.name); !ok {
			gone = append(gone, f)
		}
	}
	for i, f := range n {
		was, ok := named(o, f.name)
		switch {
		case ok:
			c.types(r.typed, r.kind+" "+f.name+" of "+what, was.typ, f.typ, was.pos, f.pos)
		case len(o) == len(n) && slices.Contains(names(gone), o[i].name) && c.wire(o[i].typ, f.typ):
			gone = slices.DeleteFunc(gone, func(x field) bool { return x.name == o[i].name })
			c.add(r.renamed, o[i].pos, f.pos, "%s %s of %s was called %s", r.kind, f.name, what, o[i].name)
			c.types(r.typed, r.kind+" "+f.name+" of "+what, o[i].typ, f.typ, o[i].pos, f.pos)
		default:
			if _, optional := named(oldAll, f.name); !optional {
				come = append(come, f)
			}
		}
	}
	for _, f := range come {
		c.add(r.added, slice.Pos{}, f.pos, "%s %s was added to %s", r.kind, f.name, what)
	}
	for _, f := range gone {
		c.add(r.removed, f.pos, after, "%s %s of %s was removed", r.kind, f.name, what)
	}
}
