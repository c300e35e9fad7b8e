package slice

import (
	"fmt"
	"strconv"
)

// typeOf resolves a type. It returns nil for one that is wrong, after having
// reported it.
func (r *resolver) typeOf(c *container, n TypeNode) Type {
	if n.Builtin != nil {
		return n.Builtin
	}
	sym := r.findType(c, n.Name, n.Pos)
	if sym == nil {
		return nil
	}
	r.introduce(c, n.Name, nil, n.Pos)
	switch sym.kind {
	case kindClass, kindInterface:
		if n.Proxy {
			return r.proxy(n, sym)
		}
		if i, ok := sym.def.(*Interface); ok {
			if !sym.local {
				r.warn(n.Pos, "interface-by-value", "the interface stands here by value, which is deprecated", Note{Message: "a proxy is written " + quote(n.Name+"*")})
			}
			return i
		}
		return sym.def.(*Class)
	case kindException:
		r.errorNote(n.Pos, "not-a-type", quote(n.Name)+" is an exception and no type", sym.pos, "the exception is here")
		return nil
	case kindStruct, kindEnum, kindSequence, kindDictionary:
		if n.Proxy {
			r.errorNote(n.Pos, "not-a-proxy", quote(n.Name)+" has no proxies: only interfaces and classes have", sym.pos, "it is a "+sym.kind.String())
			return nil
		}
		t, _ := sym.def.(Type)
		return t
	}
	r.errorNote(n.Pos, "not-a-type", quote(n.Name)+" is not a type", sym.pos, "it is a "+sym.kind.String())
	return nil
}

func (r *resolver) proxy(n TypeNode, sym *symbol) Type {
	if sym.local {
		r.errorNote(n.Pos, "local", fmt.Sprintf("the %s %s is local and has no proxies", sym.kind, quote(n.Name)), sym.pos, "it is declared here")
		return nil
	}
	if sym.kind == kindClass {
		r.warn(n.Pos, "class-proxy", "proxies of classes are deprecated; use one of an interface")
	}
	return sym.asProxy()
}

func (s *symbol) asProxy() *Proxy {
	if s.inner.class.proxy == nil {
		s.inner.class.proxy = &Proxy{}
		if i, ok := s.def.(*Interface); ok {
			s.inner.class.proxy.Interface = i
		} else {
			s.inner.class.proxy.Class = s.def.(*Class)
		}
	}
	return s.inner.class.proxy
}

// isLocalType reports whether t exists in local definitions only.
func isLocalType(t Type) bool {
	switch t := t.(type) {
	case *Builtin:
		return t.Kind == LocalObject
	case *Proxy:
		return false
	case Def:
		return t.Decl().Local
	}
	return false
}

// declareClass finds or makes the symbol of a class or interface that is
// declared or defined, or returns nil if the name cannot be that.
func (r *resolver) declareClass(c *container, h *Header, k kind) *symbol {
	if old := r.clash(c.scope, h.Text); old != nil {
		if old.name != h.Text || old.kind != kindClass && old.kind != kindInterface {
			r.redefined(h.Word, k, old)
			return nil
		}
		if old.kind != k {
			r.errorNote(h.Pos, "redefinition", fmt.Sprintf("%s is the %s here that it was declared to be %s", quote(h.Text), k, article(old.kind.String())), old.pos, "the declaration is here")
			return nil
		}
		if old.local != h.Local {
			was := "non-local"
			if old.local {
				was = "local"
			}
			now := "non-local"
			if h.Local {
				now = "local"
			}
			r.errorNote(h.Pos, "redefinition", fmt.Sprintf("%s %s was declared %s before and is %s here", k, quote(h.Text), was, now), old.pos, "the declaration is here")
			return nil
		}
		r.see(old)
		return old
	}
	sym := &symbol{name: h.Text, kind: k, pos: h.Pos, parent: c.scope, local: h.Local}
	if k == kindClass {
		sym.def = &Class{Common: r.common(c, h), CompactID: -1}
	} else {
		sym.def = &Interface{Common: r.common(c, h)}
	}
	sym.inner = newScope(sym.scoped(), c.scope, sym)
	sym.inner.class = &classInfo{}
	r.see(sym)
	c.scope.add(sym)
	return sym
}

// defineClass is declareClass for a definition, which may stand only once.
func (r *resolver) defineClass(c *container, h *Header, k kind) *symbol {
	sym := r.declareClass(c, h, k)
	if sym == nil {
		return nil
	}
	if len(sym.inner.class.defined) > 0 && !sym.at(h.Word, k) {
		r.errorNote(h.Pos, "redefinition", fmt.Sprintf("%s %s is defined a second time", k, quote(h.Text)), sym.def.Decl().Pos, "the first definition is here")
		return nil
	}
	if len(sym.inner.class.defined) > 0 {
		return nil
	}
	sym.inner.class.defined.add(r.number[r.file])
	sym.pos = h.Pos
	*sym.def.Decl() = r.common(c, h)
	r.register(c, sym, sym.def)
	return sym
}

// scratch is the symbol of a definition that has no place of its own, made so
// that what is in it is checked all the same.
func (r *resolver) scratch(c *container, h *Header, k kind) *symbol {
	sym := &symbol{name: h.Text, kind: k, pos: h.Pos, parent: c.scope, local: h.Local, failed: true}
	sym.inner = newScope(sym.scoped(), c.scope, sym)
	sym.inner.class = &classInfo{}
	r.see(sym)
	return sym
}

// base resolves a name that must be a defined class, interface or exception.
func (r *resolver) base(c *container, ref *ScopedRef, want ...kind) *symbol {
	sym := r.find(c, ref.Text, ref.Pos)
	if sym == nil {
		return nil
	}
	r.introduce(c, ref.Text, nil, ref.Pos)
	fits := false
	for _, k := range want {
		fits = fits || sym.kind == k
	}
	if !fits {
		words := want[0].String()
		for _, k := range want[1:] {
			words += " or " + k.String()
		}
		r.errorNote(ref.Pos, "wrong-base", quote(ref.Text)+" is not "+article(words), sym.pos, "it is "+article(sym.kind.String()))
		return nil
	}
	if sym.kind != kindException && !sym.inner.class.defined.meets(*r.seen) {
		notes := []Note{{Pos: sym.pos, Message: "the declaration is here"}}
		if r.suggested++; r.suggested <= maxSuggested {
			notes = append(notes, r.later(c, ref.Text, ref.Pos)...)
		}
		r.error(ref.Pos, "not-defined-yet", quote(ref.Text)+" is declared only, and must be defined before something is based on it", notes...)
		return nil
	}
	return sym
}

func article(word string) string {
	switch word[0] {
	case 'a', 'e', 'i', 'o':
		return "an " + word
	}
	return "a " + word
}

func (r *resolver) class(c *container, n *ClassNode) {
	r.needModule(c, n.Word, "a class")
	r.checkName(c, n.Word, kindClass)
	if n.Forward {
		if sym := r.declareClass(c, &n.Header, kindClass); sym != nil {
			r.file.Forwards = append(r.file.Forwards, &Forward{r.common(c, &n.Header), sym.def})
		}
		r.definitionMetadata(kindClass, &n.Header, true)
		return
	}
	var base *symbol
	if n.Extends != nil {
		base = r.base(c, n.Extends, kindClass)
	}
	implements := r.bases(c, n.Implements)
	sym := r.defineClass(c, &n.Header, kindClass)
	if sym == nil {
		sym = r.scratch(c, &n.Header, kindClass)
		sym.def = &Class{Common: r.common(c, &n.Header), CompactID: -1}
	} else {
		r.introduce(c, n.Text, sym, n.Pos)
	}
	r.definitionMetadata(kindClass, &n.Header, false)
	class := sym.def.(*Class)
	class.Defined = true
	if base != nil {
		class.Base = base.def.(*Class)
		if !sym.failed {
			class.Base.Derived = append(class.Base.Derived, class)
		}
		r.localMix(n.Extends.Pos, &n.Header, kindClass, base)
	}
	for i, s := range implements {
		class.Implements = append(class.Implements, s.def.(*Interface))
		r.localMix(n.Implements[i].Pos, &n.Header, kindClass, s)
	}
	if len(n.Implements) > 0 && !n.Local {
		r.warn(n.Implements[0].Pos, "class-implements", "that a class implements an interface is deprecated")
	}
	if n.CompactID != nil {
		r.compactID(c, n.CompactID, class)
	}
	r.ambiguous(n.Word, implements, class.Base)
	r.classBody(&container{scope: sym.inner, outer: c, module: c.module, file: r.file}, n, class)
}

// bases resolves a list of interfaces; those that are wrong are left out.
func (r *resolver) bases(c *container, refs []ScopedRef) []*symbol {
	var out []*symbol
	for i := range refs {
		sym := r.base(c, &refs[i], kindInterface)
		if sym == nil {
			continue
		}
		for _, have := range out {
			if have == sym {
				sym = nil
				break
			}
		}
		if sym != nil {
			out = append(out, sym)
		}
	}
	return out
}

// localMix reports a definition that is local and one that is not, one based
// on the other.
func (r *resolver) localMix(pos Pos, h *Header, k kind, base *symbol) {
	if h.Local == base.local {
		return
	}
	if h.Local {
		r.error(pos, "local", fmt.Sprintf("the %s %s is local, and its base %s is not", k, quote(h.Text), quote(base.name)))
		return
	}
	r.error(pos, "local", fmt.Sprintf("the base %s is local, and the %s %s is not", quote(base.name), k, quote(h.Text)))
}

func (r *resolver) compactID(c *container, v *ValueNode, class *Class) {
	id, ok := r.number32(c, v, "compact type identifier")
	if !ok {
		return
	}
	if id < 0 {
		r.error(v.Pos, "compact-id", "the compact type identifier of a class is out of range",
			Note{Message: "it must be from 0 to " + strconv.Itoa(1<<31-1)})
		return
	}
	if other := r.compact[id]; other != nil && other.Pos != class.Pos {
		r.errorNote(v.Pos, "compact-id", fmt.Sprintf("the compact type identifier %d of class %s is that of class %s too", id, quote(class.Name), quote(other.Name)), other.Pos, "the other class is here")
		return
	}
	r.compact[id] = class
	class.CompactID = id
}

func (r *resolver) interfaceDef(c *container, n *InterfaceNode) {
	r.needModule(c, n.Word, "an interface")
	r.checkName(c, n.Word, kindInterface)
	if n.Forward {
		if sym := r.declareClass(c, &n.Header, kindInterface); sym != nil {
			r.introduce(c, n.Text, sym, n.Pos)
			r.file.Forwards = append(r.file.Forwards, &Forward{r.common(c, &n.Header), sym.def})
		}
		r.definitionMetadata(kindInterface, &n.Header, true)
		return
	}
	bases := r.bases(c, n.Extends)
	sym := r.defineClass(c, &n.Header, kindInterface)
	if sym == nil {
		sym = r.scratch(c, &n.Header, kindInterface)
		sym.def = &Interface{Common: r.common(c, &n.Header)}
	} else {
		r.introduce(c, n.Text, sym, n.Pos)
	}
	r.definitionMetadata(kindInterface, &n.Header, false)
	def := sym.def.(*Interface)
	def.Defined = true
	for i, b := range bases {
		def.Bases = append(def.Bases, b.def.(*Interface))
		r.localMix(n.Extends[min(i, len(n.Extends)-1)].Pos, &n.Header, kindInterface, b)
	}
	r.ambiguous(n.Word, bases, nil)
	inner := &container{scope: sym.inner, outer: c, module: c.module, file: r.file}
	inherited := r.namesOf(def.Bases, nil)
	for _, b := range n.Body {
		switch b := b.(type) {
		case *OperationNode:
			if op := r.operation(inner, b, def, n.Header, inherited); op != nil {
				def.Operations = append(def.Operations, op)
			}
		case *MemberNode:
			r.error(b.Pos, "syntax", "an interface cannot have the data member "+quote(b.Text))
		}
	}
	r.keepNames(def, inherited, nil, def.Operations)
}

func (r *resolver) classBody(c *container, n *ClassNode, class *Class) {
	var base Def
	if class.Base != nil {
		base = class.Base
	}
	inherited := r.namesOf(class.Implements, base)
	tags := map[int]string{}
	warned := false
	for _, b := range n.Body {
		switch b := b.(type) {
		case *OperationNode:
			if !warned && !n.Local {
				warned = true
				r.warn(b.Pos, "class-operations", "operations in a class are deprecated")
			}
			if op := r.operation(c, b, class, n.Header, inherited); op != nil {
				class.Operations = append(class.Operations, op)
			}
		case *MemberNode:
			if m := r.member(c, b, kindClass, &n.Header, inherited, tags); m != nil {
				class.Members = append(class.Members, m)
			}
		}
	}
	r.keepNames(class, inherited, class.Members, class.Operations)
}

func (r *resolver) exception(c *container, n *ExceptionNode) {
	r.needModule(c, n.Word, "an exception")
	r.checkName(c, n.Word, kindException)
	var base *symbol
	if n.Extends != nil {
		base = r.base(c, n.Extends, kindException)
	}
	sym := r.declare(c, n.Word, kindException)
	def := &Exception{Common: r.common(c, &n.Header)}
	if sym == nil {
		sym = r.scratch(c, &n.Header, kindException)
		sym.def = def
	} else {
		r.introduce(c, n.Text, sym, n.Pos)
		r.register(c, sym, def)
	}
	sym.inner = newScope(sym.scoped(), c.scope, sym)
	r.definitionMetadata(kindException, &n.Header, false)
	inherited := basedOn(nil)
	tags := map[int]string{}
	if base != nil {
		def.Base = base.def.(*Exception)
		if !n.Local {
			r.localMix(n.Extends.Pos, &n.Header, kindException, base)
		}
		inherited = r.namesOf(nil, def.Base)
	}
	inner := &container{scope: sym.inner, outer: c, module: c.module, file: r.file}
	for _, b := range n.Body {
		if m, ok := r.memberOnly(b, "an exception"); ok {
			if member := r.member(inner, m, kindException, &n.Header, inherited, tags); member != nil {
				def.Members = append(def.Members, member)
			}
		}
	}
	r.keepNames(def, inherited, def.Members, nil)
}

// memberOnly takes the members of a body that can have no operations.
func (r *resolver) memberOnly(b BodyNode, what string) (*MemberNode, bool) {
	if op, ok := b.(*OperationNode); ok {
		r.error(op.Pos, "syntax", what+" cannot have the operation "+quote(op.Text))
		return nil, false
	}
	return b.(*MemberNode), true
}

func (r *resolver) structDef(c *container, n *StructNode) {
	r.needModule(c, n.Word, "a structure")
	r.checkName(c, n.Word, kindStruct)
	sym := r.declare(c, n.Word, kindStruct)
	def := &Struct{Common: r.common(c, &n.Header)}
	if sym == nil {
		sym = r.scratch(c, &n.Header, kindStruct)
		sym.def = def
	} else {
		r.introduce(c, n.Text, sym, n.Pos)
		r.register(c, sym, def)
	}
	sym.inner = newScope(sym.scoped(), c.scope, sym)
	r.definitionMetadata(kindStruct, &n.Header, false)
	inner := &container{scope: sym.inner, outer: c, module: c.module, file: r.file}
	for _, b := range n.Body {
		m, ok := r.memberOnly(b, "a struct")
		if !ok {
			continue
		}
		if m.Tag != nil {
			r.error(m.Pos, "optional", "optional data members are not supported in a struct")
			m.Tag = nil
		}
		if member := r.member(inner, m, kindStruct, &n.Header, basedOn(nil), nil); member != nil {
			def.Members = append(def.Members, member)
		}
	}
	if len(n.Body) == 0 && !n.Broken {
		r.error(n.Pos, "empty", "the struct "+quote(n.Text)+" has no members")
	}
}

func (r *resolver) sequence(c *container, n *SequenceNode) {
	r.needModule(c, n.Word, "a sequence")
	r.checkName(c, n.Word, kindSequence)
	elem := r.typeOf(c, n.Elem)
	def := &Sequence{Common: r.common(c, &n.Header), Elem: elem, ElemMetadata: metaStrings(n.ElemMetadata)}
	if elem != nil && isLocalType(elem) && !n.Local {
		r.error(n.Elem.Pos, "local", "the elements of sequence "+quote(n.Text)+" are local, and the sequence is not")
	}
	r.plain(c, &n.Header, kindSequence, def)
	r.typeMetadata(n.ElemMetadata)
}

func (r *resolver) dictionary(c *container, n *DictionaryNode) {
	r.needModule(c, n.Word, "a dictionary")
	r.checkName(c, n.Word, kindDictionary)
	key, value := r.typeOf(c, n.Key), r.typeOf(c, n.Value)
	def := &Dictionary{
		Common: r.common(c, &n.Header), Key: key, Value: value,
		KeyMetadata: metaStrings(n.KeyMetadata), ValueMetadata: metaStrings(n.ValueMetadata),
	}
	if !n.Local && value != nil && isLocalType(value) {
		r.error(n.Value.Pos, "local", "the values of dictionary "+quote(n.Text)+" are local, and the dictionary is not")
	}
	if !n.Local && key != nil && isLocalType(key) {
		r.error(n.Key.Pos, "local", "the keys of dictionary "+quote(n.Text)+" are local, and the dictionary is not")
	}
	if key != nil {
		sequence := false
		if !legalKey(key, &sequence) {
			r.error(n.Key.Pos, "dictionary-key", "the keys of dictionary "+quote(n.Text)+" are of a type that no key may have",
				Note{Message: "a key is of an integral type, a string, an enumeration, or a struct of these"})
		} else if sequence {
			r.warn(n.Key.Pos, "dictionary-key", "sequences in the keys of a dictionary are deprecated")
		}
	}
	r.plain(c, &n.Header, kindDictionary, def)
	r.typeMetadata(n.KeyMetadata)
	r.typeMetadata(n.ValueMetadata)
}

// legalKey reports whether a dictionary may have keys of type t, and whether
// there is a sequence in it.
func legalKey(t Type, sequence *bool) bool {
	switch t := t.(type) {
	case *Builtin:
		return t.Kind <= Long || t.Kind == String
	case *Enum:
		return true
	case *Sequence:
		*sequence = true
		return t.Elem == nil || legalKey(t.Elem, sequence)
	case *Struct:
		for _, m := range t.Members {
			if m.Type != nil && !legalKey(m.Type, sequence) {
				return false
			}
		}
		return true
	}
	return false
}

// plain declares a definition without names of its own.
func (r *resolver) plain(c *container, h *Header, k kind, d Def) {
	if sym := r.declare(c, h.Word, k); sym != nil {
		r.register(c, sym, d)
	}
	r.definitionMetadata(k, h, false)
}
