package slice

import (
	"slices"
	"strings"
)

// kind says what a symbol is.
type kind uint8

const (
	kindModule kind = iota
	kindClass
	kindInterface
	kindException
	kindStruct
	kindEnum
	kindEnumerator
	kindSequence
	kindDictionary
	kindConst
	kindMember
	kindOperation
	kindParam
	kindNone // of metadata on a type
)

// kindWords name the kinds in messages.
var kindWords = [...]string{
	"module", "class", "interface", "exception", "struct", "enumeration", "enumerator", "sequence",
	"dictionary", "constant", "data member", "operation", "parameter", "type",
}

func (k kind) String() string { return kindWords[k] }

// fileSet is a set of files by their number.
type fileSet []uint64

func (s *fileSet) add(n int) {
	for len(*s) <= n/64 {
		*s = append(*s, 0)
	}
	(*s)[n/64] |= 1 << (n % 64)
}

func (s fileSet) has(n int) bool { return n/64 < len(s) && s[n/64]&(1<<(n%64)) != 0 }

func (s *fileSet) addAll(other fileSet) {
	for len(*s) < len(other) {
		*s = append(*s, 0)
	}
	for i, w := range other {
		(*s)[i] |= w
	}
}

func (s fileSet) meets(other fileSet) bool {
	for i := range min(len(s), len(other)) {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// symbol is a name in a scope. A module or a class that several files open or
// declare is one symbol.
type symbol struct {
	name   string
	pos    Pos
	def    Def         // of a definition
	enum   *Enumerator // of an enumerator
	inner  *scope      // what its own names are in, or nil
	parent *scope
	seenIn *fileSet // the files that declare or define it; see resolver.see
	kind   kind
	local  bool
	failed bool // the definition was wrong: complain no more about it
}

// classInfo is what symbols of classes and interfaces have more.
type classInfo struct {
	defined fileSet // the files that define it
	proxy   *Proxy  // made on demand
}

// scope is a set of names; names that differ in case only meet in one entry.
type scope struct {
	name   string // absolute, "" for the root
	parent *scope
	owner  *symbol
	list   []*symbol  // in the order in which they came
	index  *nameIndex // of list, when it is long
	module *Module
	class  *classInfo // of the scope of a class or interface
}

// nameIndex finds the symbols of a scope by their folded names. Nearly every
// name comes once: to keep those in maps of slices would take twice the memory.
type nameIndex struct {
	first map[string]int32 // where in the list
	twins map[string][]*symbol
}

// fewSymbols is up to how many names a scope is searched one by one.
const fewSymbols = 8

func newScope(name string, parent *scope, owner *symbol) *scope {
	return &scope{name: name, parent: parent, owner: owner}
}

func (s *scope) add(sym *symbol) {
	s.list = append(s.list, sym)
	if s.index != nil {
		s.index.add(s.list, len(s.list)-1)
		return
	}
	if len(s.list) > fewSymbols {
		s.index = &nameIndex{first: map[string]int32{}, twins: map[string][]*symbol{}}
		for i := range s.list {
			s.index.add(s.list, i)
		}
	}
}

func (x *nameIndex) add(list []*symbol, i int) {
	key := fold(list[i].name)
	first, twice := x.first[key]
	if !twice {
		x.first[key] = int32(i)
		return
	}
	if x.twins[key] == nil {
		x.twins[key] = []*symbol{list[first]}
	}
	x.twins[key] = append(x.twins[key], list[i])
}

// named returns the symbols of s whose name is name, but for case.
func (s *scope) named(name string) []*symbol {
	if s.index == nil {
		return s.search(name)
	}
	key := fold(name)
	if twins := s.index.twins[key]; twins != nil {
		return twins
	}
	if i, ok := s.index.first[key]; ok {
		return s.list[i : i+1 : i+1]
	}
	return nil
}

// search is named without the index.
func (s *scope) search(name string) []*symbol {
	var out []*symbol
	for _, sym := range s.list {
		if len(sym.name) == len(name) && (sym.name == name || strings.EqualFold(sym.name, name)) {
			out = append(out, sym)
		}
	}
	return out
}

// container is one place in the text that holds definitions: the root of a
// file, one opening of a module, a body, or a parameter list. It remembers
// what each name meant when it was first used there.
type container struct {
	*scope
	outer      *container
	introduced map[string]*symbol
	module     *Module
	file       *File
}

// meant is what a folded name meant when c first used it, or nil. The names
// that a body defines need not be kept twice: they mean what they are in it.
func (c *container) meant(key string) *symbol {
	if sym, ok := c.introduced[key]; ok {
		return sym
	}
	if c.scope.module == nil {
		if own := c.scope.named(key); len(own) > 0 {
			return own[0]
		}
	}
	return nil
}

// visible reports whether the present translation unit has seen sym.
func (r *resolver) visible(sym *symbol) bool { return sym.seenIn != nil && sym.seenIn.meets(*r.seen) }

// here returns the visible symbols of s that match name, but for case.
func (r *resolver) here(s *scope, name string) []*symbol {
	list := s.named(name)
	for i, sym := range list {
		if !r.visible(sym) {
			out := append([]*symbol{}, list[:i]...)
			for _, sym := range list[i+1:] {
				if r.visible(sym) {
					out = append(out, sym)
				}
			}
			return out
		}
	}
	return list
}

// fold is strings.ToLower for the names of Slice, which are ASCII.
func fold(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(name)
		}
	}
	return name
}

// path finds a scoped name below s, without regard to case.
func (r *resolver) path(s *scope, name string) []*symbol {
	for {
		first, rest, more := strings.Cut(name, "::")
		found := r.here(s, first)
		if !more || len(found) == 0 {
			return found
		}
		s = nil
		for _, sym := range found {
			if sym.inner != nil {
				s = sym.inner
				break
			}
		}
		if s == nil {
			return nil
		}
		name = rest
	}
}

// lookup finds a scoped name from c outwards. The first scope in which
// anything matches decides.
func (r *resolver) lookup(c *scope, name string) []*symbol {
	if absolute, ok := strings.CutPrefix(name, "::"); ok {
		return r.path(r.root, absolute)
	}
	for s := c; s != nil; s = s.parent {
		if found := r.path(s, name); len(found) > 0 {
			return found
		}
	}
	return nil
}

// exact picks the symbol that is spelled as the last part of name, or the
// first of them.
func exact(found []*symbol, name string) (sym *symbol, same bool) {
	if i := strings.LastIndex(name, "::"); i >= 0 {
		name = name[i+2:]
	}
	for _, sym := range found {
		if sym.name == name {
			return sym, true
		}
	}
	return found[0], false
}

// find looks up a name that is used at pos, and reports an undefined or
// inconsistently capitalized one.
func (r *resolver) find(c *container, name string, pos Pos) *symbol {
	found := r.lookup(c.scope, name)
	if len(found) == 0 {
		r.undefined(c, name, pos)
		return nil
	}
	sym, same := exact(found, name)
	if same && strings.Contains(name, "::") {
		same = strings.HasSuffix(sym.scoped(), "::"+strings.TrimPrefix(name, "::"))
	}
	if !same && !r.broken[lastPart(name)] {
		r.errorNote(pos, "capitalization", quote(name)+" is spelled with other capital letters than "+quote(sym.scoped()),
			sym.pos, "the "+sym.kind.String()+" is here")
	}
	return sym
}

// typeScope is the innermost scope around c that can hold types: a member or
// parameter does not hide one.
func typeScope(c *container) *scope {
	s := c.scope
	for s.module == nil {
		s = s.parent
	}
	return s
}

// findType is find for the name of a type.
func (r *resolver) findType(c *container, name string, pos Pos) *symbol {
	return r.find(&container{scope: typeScope(c)}, name, pos)
}

// scoped is the absolute name of sym.
func (s *symbol) scoped() string {
	if s.parent == nil {
		return "::" + s.name
	}
	return s.parent.name + "::" + s.name
}

// undefined reports a name that nothing has, with the nearest that exists. In a
// file with an include that was not found only a name with a near one counts.
func (r *resolver) undefined(c *container, name string, pos Pos) {
	if r.broken[lastPart(name)] || r.inRefused(c.scope, name) {
		return
	}
	notes := r.suggest(c, name, pos)
	if state := r.state[r.source]; len(notes) == 0 && state != nil && state.incomplete {
		return // the include that is missing may define it
	}
	r.error(pos, "undefined", quote(name)+" is not defined", notes...)
}

// lastPart is a scoped name without its scopes.
func lastPart(name string) string {
	return name[strings.LastIndexByte(name, ':')+1:]
}

// inRefused reports whether a name that is used in s is that of a definition in
// a module which was refused, and that should be enough to hear about it.
func (r *resolver) inRefused(s *scope, name string) bool {
	if len(r.refused) == 0 {
		return false
	}
	path, absolute := strings.CutPrefix(name, "::")
	for ; s != nil; s = s.parent {
		if absolute && s != r.root {
			continue
		}
		module := s.name
		for first, rest, more := strings.Cut(path, "::"); more; first, rest, more = strings.Cut(rest, "::") {
			module += "::" + first
			if refused := r.refused[module]; refused != nil && len(r.path(refused, rest)) > 0 {
				return true
			}
		}
	}
	return false
}

// maxSuggested bounds the diagnostics of a run that come with a search for what
// was meant: each costs a walk over all names.
const maxSuggested = 50

// suggest gives notes that may help with an undefined name: a definition that
// was not included or comes later, or one that is spelled nearly so.
func (r *resolver) suggest(c *container, name string, pos Pos) []Note {
	if r.suggested++; r.suggested > maxSuggested {
		return nil
	}
	prefix, last := "", name
	if i := strings.LastIndex(name, "::"); i >= 0 {
		prefix, last = name[:i], name[i+2:]
	}
	if prefix == "" {
		if note, ok := foreignTypes[strings.ToLower(name)]; ok {
			return []Note{{Message: note}}
		}
	}
	if later := r.later(c, name, pos); len(later) > 0 {
		return later
	}
	var names []string
	collect := func(s *scope) {
		for _, sym := range s.list {
			if r.visible(sym) {
				names = append(names, sym.name)
			}
		}
	}
	if prefix == "" {
		names = append(names, builtinNames...)
		for s := c.scope; s != nil; s = s.parent {
			collect(s)
		}
		for s := c.scope; s != nil; s = s.parent {
			for _, sym := range s.named(last) {
				if !r.visible(sym) && sym.name == last {
					return []Note{{Pos: sym.pos, Message: "it is defined here, but the file is not included"}}
				}
			}
		}
	} else if found := r.lookup(c.scope, prefix); len(found) > 0 && found[0].inner != nil {
		collect(found[0].inner)
		prefix += "::"
	}
	slices.Sort(names)
	if near := Nearest(last, names); near != "" {
		return []Note{{Message: "did you mean " + quote(prefix+near) + "?"}}
	}
	return nil
}

// foreignTypes are what other languages call the types of Slice, in small
// letters, with what to say of each.
var foreignTypes = map[string]string{
	"boolean": "Slice calls it `bool`", "str": "Slice calls it `string`", "string": "the type is spelled `string`",
	"char": "Slice has no characters; use `byte` or `string`", "octet": "Slice calls it `byte`",
	"int8": "Slice calls it `byte`, which goes from 0 to 255", "int16": "Slice calls it `short`", "int32": "Slice calls it `int`",
	"int64": "Slice calls it `long`", "integer": "Slice calls it `int`", "float32": "Slice calls it `float`",
	"float64": "Slice calls it `double`", "uint8": "Slice calls it `byte`", "uint16": unsignedNote, "uint32": unsignedNote,
	"uint64": unsignedNote, "unsigned": unsignedNote, "uint": unsignedNote,
	"list": sequenceNote, "vector": sequenceNote, "array": sequenceNote, "map": "Slice calls it `dictionary`; define one with `dictionary<K, V> Name;`",
}

const (
	unsignedNote = "Slice has no unsigned integers but `byte`; use the next larger type"
	sequenceNote = "Slice calls it `sequence`; define one with `sequence<T> Name;`"
)

// builtinNames are what a type may be called that nobody defines.
var builtinNames = []string{"bool", "byte", "short", "int", "long", "float", "double", "string", "Object"}

// later finds the definition of a name that is used at pos, be it behind that
// or around it: Slice knows a name from its definition on only.
func (r *resolver) later(c *container, name string, pos Pos) []Note {
	if r.file == nil || r.source == nil {
		return nil
	}
	absolute := strings.HasPrefix(name, "::")
	path := strings.TrimPrefix(name, "::")
	for s := c.scope; s != nil; s = s.parent {
		full := path
		if s.name != "" {
			full = strings.TrimPrefix(s.name, "::") + "::" + path
		}
		if h := definitionOf(r.source.Nodes, full); h != nil && (!absolute || s == r.root) && (pos.before(h.Pos) || h == headerOf(r.node)) {
			return []Note{{Pos: h.Pos, Message: "it is defined here, and a name is known only behind its definition"}}
		}
	}
	return nil
}

// definitionOf finds the definition of an absolute name among nodes.
func definitionOf(nodes []Node, name string) *Header {
	first, rest, more := strings.Cut(name, "::")
	for _, n := range nodes {
		if m, ok := n.(*ModuleNode); ok {
			if m.Text == first && more {
				if h := definitionOf(m.Nodes, rest); h != nil {
					return h
				}
			}
		} else if h := headerOf(n); h != nil && !more && h.Text == first {
			return h
		}
	}
	return nil
}

func quote(name string) string {
	if len(name) > 200 {
		name = name[:200] + "…"
	}
	return "`" + name + "`"
}

// introduce notes that the first part of name means sym in c, or leads to it,
// and reports when it meant something else there before. Without sym, as for
// types, the first part means what is found from c, be it a member.
func (r *resolver) introduce(c *container, name string, sym *symbol, pos Pos) {
	if strings.HasPrefix(name, "::") {
		return
	}
	first, _, scoped := strings.Cut(name, "::")
	if sym == nil || scoped {
		s := c.scope
		if sym != nil {
			s = typeScope(c)
		}
		found := r.lookup(s, first)
		if len(found) == 0 {
			return
		}
		sym, _ = exact(found, first)
	}
	key := fold(first)
	old := c.meant(key)
	if old == nil {
		if c.introduced == nil {
			c.introduced = map[string]*symbol{}
		}
		c.introduced[key] = sym
		return
	}
	if old == sym || (old.kind == kindParam) != (sym.kind == kindParam) || (old.kind == kindMember) != (sym.kind == kindMember) {
		return
	}
	r.errorNote(pos, "changed-meaning", quote(first)+" means something else here than above", old.pos, "it meant the "+old.kind.String()+" "+quote(old.scoped())+" before")
}
