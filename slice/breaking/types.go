package breaking

import (
	"fmt"

	"github.com/slice2go/slice2go/slice"
)

// types compares two types that stand in the same place.
func (c *comparison) types(id, what string, o, n slice.Type, before, after slice.Pos) {
	if o.TypeName() == n.TypeName() {
		return // changes of the type itself are reported where it is defined
	}
	switch {
	case !c.wire(o, n):
		c.add(id, before, after, "%s had the type %s and has %s", what, o.TypeName(), n.TypeName())
	case !alias(o) || !alias(n):
		c.add("type-renamed", before, after, "%s had the type %s and has %s, which has the same form on the wire", what, o.TypeName(), n.TypeName())
	}
}

// alias says whether Go has no type of its own for a type.
func alias(t slice.Type) bool {
	switch t.(type) {
	case *slice.Sequence, *slice.Dictionary, *slice.Builtin:
		return true
	}
	return false
}

// wire says whether two types have the same form on the wire and mean the
// same there.
func (c *comparison) wire(o, n slice.Type) bool { return form(o, 0) == form(n, 0) }

// deepest bounds how far types are looked into; what goes deeper is told
// apart by its name. Only sequences, dictionaries and structs are looked into, which cannot
// contain themselves but through classes, so that real types end long before.
const deepest = 50

// form writes what a type is on the wire. Classes, interfaces and exceptions
// are known by their names there, everything else by its form.
func form(t slice.Type, depth int) string {
	if depth > deepest {
		return t.TypeName()
	}
	switch t := t.(type) {
	case *slice.Sequence:
		return "sequence<" + form(t.Elem, depth+1) + ">"
	case *slice.Dictionary:
		return "dictionary<" + form(t.Key, depth+1) + "," + form(t.Value, depth+1) + ">"
	case *slice.Struct:
		text := "struct{"
		for _, m := range t.Members {
			text += form(m.Type, depth+1) + ";"
			if len(text) > 1<<16 { // structs of structs of structs
				return t.TypeName()
			}
		}
		return text + "}"
	case *slice.Enum:
		text := "enum{"
		for _, e := range t.Enumerators {
			text += fmt.Sprintf("%d;", e.Value)
		}
		return text + "}"
	}
	return t.TypeName()
}
