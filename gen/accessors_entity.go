package gen

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/slice2go/slice2go/slice"
)

// ofEntity matches what the root of all objects can do. The bodies are made
// for each class, because they are about all of its members.
func (m *matcher) ofEntity(o *slice.Operation) *accessor {
	if !m.g.rootEntity(m.info) || len(o.Params) > 0 {
		return nil
	}
	root := of(m.class)
	switch o.Name {
	case "proxy":
		return &accessor{doc: "returns an unloaded object with the id of v.", result: root,
			body: func(e *emitter, self *defInfo) *jen.Statement {
				return code("c := &${}; c.Id = v.Id; return c", self.name)
			}}
	case "shallowCopy":
		return &accessor{doc: "returns a copy that refers to the same objects, with its collections unloaded.", result: root,
			body: func(e *emitter, self *defInfo) *jen.Statement {
				return code("c := *v; c.UnloadCollections(); return &c")
			}}
	case "unload":
		return &accessor{doc: "forgets everything but the id.",
			body: func(e *emitter, self *defInfo) *jen.Statement {
				return code("id := v.Id; *v = ${}; v.Id = id", self.name)
			}}
	case "unloadCollections":
		return &accessor{doc: "unloads every collection.", body: unloadCollections}
	case "unloadDetails":
		if f := m.info.field("details"); f != nil {
			return &accessor{doc: "forgets " + f.name + ".", body: body("v." + f.name + " = nil"), promote: true}
		}
	case "isLink":
		return m.kindOf("reports whether the class is one of links.", func(e *emitter, i *defInfo) bool {
			return i.field("parent") != nil && i.field("child") != nil
		})
	case "isMutable":
		return m.kindOf("reports whether objects of the class have versions.", func(e *emitter, i *defInfo) bool {
			return i.field("version") != nil
		})
	case "isAnnotated":
		return m.kindOf("reports whether objects of the class can have annotations.", func(e *emitter, i *defInfo) bool {
			return i.field("annotationLinksSeq") != nil
		})
	}
	return nil
}

// kindOf is an accessor that tells something of the class alone.
func (m *matcher) kindOf(doc string, is func(*emitter, *defInfo) bool) *accessor {
	return &accessor{doc: doc, result: fixed("bool"), body: func(e *emitter, self *defInfo) *jen.Statement {
		for c, _ := self.def.(*slice.Class); c != nil; c = c.Base {
			if is(e, e.info[c]) {
				return code("return true")
			}
		}
		return code("return false")
	}}
}

// unloadCollections unloads the collections of a class and of its bases.
func unloadCollections(e *emitter, self *defInfo) *jen.Statement {
	out := []*jen.Statement{code("")}
	for c, _ := self.def.(*slice.Class); c != nil; c = c.Base {
		if a := e.info[c].accessors; a != nil {
			for _, k := range a.collections {
				out = append(out, code("v.$, v.$ = nil, false", k.seq.name, k.loaded.name))
			}
		}
	}
	if len(out) == 1 {
		return code("")
	}
	return lines(append(out, code(""))...)
}

// ofValue matches what the boxed values can do.
func (m *matcher) ofValue(o *slice.Operation) *accessor {
	if o.Name == "copy" && len(o.Params) == 0 && o.Return != nil && o.Return.Type == slice.Type(m.class) {
		return &accessor{doc: "returns a copy.", result: of(m.class), body: body("c := *v; return &c")}
	}
	if unit := m.info.field("unit"); unit != nil && o.Name == "getSymbol" {
		if _, ok := unit.Type.(*slice.Enum); ok {
			return &accessor{doc: "returns the symbol of " + unit.name + ", µm for instance.", result: fixed("string"),
				body: body("return @model.UnitSymbol(@model.OrZero(v)." + unit.name + ".String())")}
		}
	}
	val := m.info.field("val")
	if val == nil {
		return nil
	}
	x := "v." + val.name
	switch t := val.Type.(type) {
	case *slice.Sequence:
		switch o.Name {
		case "size":
			return &accessor{doc: "returns the number of elements.", result: fixed("int"), body: body("return len(@model.OrZero(v)." + val.name + ")")}
		case "get":
			return &accessor{doc: "returns an element, or nothing when there is none with the index.", params: fixed("index int"),
				result: of(t.Elem), body: body("return @model.At(@model.OrZero(v)." + val.name + ", index)")}
		case "add":
			return &accessor{doc: "appends an element.", params: param("value", t.Elem), body: body(x + " = append(" + x + ", value)"), promote: true}
		case "addAll":
			return &accessor{doc: "appends elements.", params: param("value", t), body: body(x + " = append(" + x + ", value...)"), promote: true}
		}
	case *slice.Dictionary:
		switch o.Name {
		case "size":
			return &accessor{doc: "returns the number of entries.", result: fixed("int"), body: body("return len(@model.OrZero(v)." + val.name + ")")}
		case "get":
			return &accessor{doc: "returns the entry of a key, or nothing.", params: param("key", t.Key), result: of(t.Value),
				body: body("return @model.OrZero(v)." + val.name + "[key]")}
		case "put":
			return &accessor{doc: "sets an entry.", params: func(e *emitter) *jen.Statement {
				return code("key $, value $", e.goType(t.Key), e.goType(t.Value))
			}, body: body("@model.Put(&" + x + ", key, value)"), promote: true}
		}
	}
	return nil
}

// permissionBits are the places of the rights in perm1.
var permissionBits = map[string]string{
	"UserRead": "4 << 8", "UserWrite": "2 << 8", "UserAnnotate": "1 << 8",
	"GroupRead": "4 << 4", "GroupWrite": "2 << 4", "GroupAnnotate": "1 << 4",
	"WorldRead": "4", "WorldWrite": "2", "WorldAnnotate": "1",
}

// restrictions are the places of what may not be done in restrictions.
var restrictions = map[string]string{
	"Link": "0", "Edit": "1", "Delete": "2", "Annotate": "3", "Chgrp": "4", "Chown": "5",
}

// ofPermissions matches what is asked of an object's permissions.
func (m *matcher) ofPermissions(o *slice.Operation) *accessor {
	perm, flags, names := m.info.field("perm1"), m.info.field("restrictions"), m.info.field("extendedRestrictions")
	if perm == nil || flags == nil || names == nil {
		return nil
	}
	name := strings.TrimLeft(o.Name, "abcdefghijklmnopqrstuvwxyz")
	prefix := strings.TrimSuffix(o.Name, name)
	bits, right := permissionBits[name], restrictions[name]
	switch {
	case prefix == "is" && bits != "":
		return &accessor{doc: "reports whether the right is given.", result: fixed("bool"),
			body: body("return @model.Flags(@model.OrZero(v)." + perm.name + ").Has(" + bits + ")")}
	case prefix == "set" && bits != "":
		return &accessor{doc: "gives the right or takes it away.", params: fixed("value bool"),
			body: body("v." + perm.name + " = @model.Flags(v." + perm.name + ").With(" + bits + ", value)"), promote: true}
	case prefix == "can" && right != "":
		return &accessor{doc: "reports whether nothing forbids it to the user that asked.", result: fixed("bool"),
			body: body("return !@model.IsSet(@model.OrZero(v)." + flags.name + ", " + right + ")")}
	case o.Name == "isDisallow":
		return &accessor{doc: "reports whether a restriction, one of the constants of permissions, is on.", params: fixed("restriction int32"),
			result: fixed("bool"), body: body("return @model.IsSet(@model.OrZero(v)." + flags.name + ", restriction)")}
	case o.Name == "isRestricted":
		return &accessor{doc: "reports whether a restriction is among the extended ones.", params: fixed("restriction string"),
			result: fixed("bool"), body: body("return @slices.Contains(@model.OrZero(v)." + names.name + ", restriction)")}
	}
	return nil
}

// ofPairs matches getXAsMap of a list of names and values.
func (m *matcher) ofPairs(o *slice.Operation) *accessor {
	name, ok := strings.CutPrefix(o.Name, "get")
	if !ok || len(o.Params) > 0 || o.Return == nil {
		return nil
	}
	name, ok = strings.CutSuffix(name, "AsMap")
	if !ok || name == "" {
		return nil
	}
	f := m.member(name)
	if f == nil {
		return nil
	}
	seq, ok := f.Type.(*slice.Sequence)
	if !ok {
		return nil
	}
	elem, ok := seq.Elem.(*slice.Class)
	if !ok {
		return nil
	}
	key, value := m.g.info[elem].field("name"), m.g.info[elem].field("value")
	if key == nil || value == nil {
		return nil
	}
	return &accessor{doc: "returns " + f.name + " as a map.", result: of(o.Return.Type), body: func(e *emitter, self *defInfo) *jen.Statement {
		return code("\nreturn @model.AsMap(@model.OrZero(v).$, func(x $) (string, string) { return x.$, x.$ })\n",
			f.name, e.goType(elem), key.name, value.name)
	}}
}
