package gen

import (
	"slices"
	"strings"

	"github.com/slice2go/slice2go/slice"
)

// defInfo is what the mapping adds to a definition. The first pass fills one
// for each; emitters only read.
type defInfo struct {
	def         slice.Def
	pkg         *pkg
	name        string // the exported Go name
	handwritten bool

	fields      []*fieldInfo // of a class, an exception or a struct
	methods     *scope       // names that a derived type must leave alone
	any         bool         // a class that is referred to as AnyC
	preserve    bool         // a class or exception that embeds wire.Preserved
	base        *defInfo     // of a class or exception that has one
	baseField   string       // the name of the embedded base
	enumerators map[*slice.Enumerator]string
	iface       *ifaceInfo // of an interface, and of a class that is used by proxy
	accessors   *accessors // of a class of a package that has them

	typeFacts
}

// fieldInfo is a data member.
type fieldInfo struct {
	*slice.Member
	name string
}

// ifaceInfo is something that can be called: an interface, or a class of
// which the definitions use proxies.
type ifaceInfo struct {
	*defInfo
	typeID   string
	servant  string // the interface that a servant implements
	prx      string // the exported proxy interface
	private  string // the struct behind it
	bases    []*ifaceInfo
	embedded *ifaceInfo // the base that the struct embeds, nil for ice.Proxy
	ops      []*opInfo
	inherits []*opInfo // operations of all bases, each once, nearest first
	ids      []string
	doc      string
	members  *scope // method names of the proxy
}

// opInfo is an operation.
type opInfo struct {
	*slice.Operation
	iface    *ifaceInfo
	name     string
	async    string
	variable string
	in       []*paramInfo
	results  []*paramInfo // the return value, then the out parameters
	result   string       // the result struct, when there are out parameters
	format   string       // a wire.Format, or nothing for the default
	mode     slice.Mode
	// Whether required parameters or results may hold class instances:
	// optional ones exist in encoding 1.1 only, where it does not matter.
	inUsesClasses, outUsesClasses bool
}

// paramInfo is a parameter or a return value.
type paramInfo struct {
	*slice.Param
	local string // the name of the parameter
	field string // the name in the result struct
}

// derive fills g.info: every name and every fact that emitters need.
func (g *generator) derive() {
	var defs []slice.Def
	for _, f := range g.model.Files {
		for _, d := range f.Defs {
			if _, ok := d.(*slice.Module); !ok && g.info[d] == nil {
				g.info[d] = &defInfo{def: d, pkg: g.packages[topModule(d)]}
				g.byName[d.Decl().ScopedName()] = d
				defs = append(defs, d)
			}
		}
	}
	defs = append(defs, g.findReferences(defs)...)
	for _, d := range defs {
		g.primaryName(g.info[d])
	}
	for _, d := range defs {
		g.secondaryNames(g.info[d])
	}
	for _, d := range defs {
		g.deriveMembers(g.info[d])
		if i := g.info[d].iface; i != nil {
			g.deriveInterface(i)
		}
	}
	for _, d := range defs {
		if i := g.info[d].iface; i != nil {
			g.deriveOperations(i)
		}
		if c, ok := d.(*slice.Class); ok {
			g.deriveAccessors(c)
		}
	}
	for _, d := range defs {
		if i := g.info[d].iface; i != nil {
			g.deriveParams(i)
		}
	}
}

// findReferences looks at every type that a definition names. It marks the
// classes of which there are proxies, with everything that they inherit, and
// returns the classes and interfaces that the run only declares.
func (g *generator) findReferences(defs []slice.Def) []slice.Def {
	var declared []slice.Def
	known := func(d slice.Def) {
		if g.info[d] == nil {
			g.info[d] = &defInfo{def: d, pkg: g.packages[topModule(d)]}
			g.byName[d.Decl().ScopedName()] = d
			declared = append(declared, d)
		}
	}
	see := func(by slice.Def, t slice.Type) {
		switch t := t.(type) {
		case *slice.Class:
			known(t)
		case *slice.Interface:
			known(t)
		case *slice.Proxy:
			known(proxyTarget(t))
			for c := t.Class; c != nil; c = c.Base {
				if p := g.packages[topModule(c)]; !p.external || g.packages[topModule(by)] == p {
					g.classProxy[c] = true
				}
			}
		}
	}
	members := func(by slice.Def, list []*slice.Member) {
		for _, m := range list {
			see(by, m.Type)
		}
	}
	operations := func(by slice.Def, list []*slice.Operation) {
		for _, o := range list {
			if o.Return != nil {
				see(by, o.Return.Type)
			}
			for _, p := range o.Params {
				see(by, p.Type)
			}
		}
	}
	for _, d := range defs {
		switch d := d.(type) {
		case *slice.Class:
			members(d, d.Members)
			operations(d, d.Operations)
		case *slice.Exception:
			members(d, d.Members)
		case *slice.Struct:
			members(d, d.Members)
		case *slice.Sequence:
			see(d, d.Elem)
		case *slice.Dictionary:
			see(d, d.Value)
		case *slice.Interface:
			operations(d, d.Operations)
		}
	}
	return declared
}

// primaryName names the definition itself, and an enumeration's values with
// it. Two definitions on one name are the user's to settle.
func (g *generator) primaryName(i *defInfo) {
	c := i.def.Decl()
	full := unscoped(i.def)
	i.handwritten = slices.Contains(i.pkg.Handwritten, full)
	switch {
	case i.pkg.Names[full] != "":
		i.name = i.pkg.Names[full]
	case metadataValue(c.Metadata, "go:identifier:") != "":
		i.name = metadataValue(c.Metadata, "go:identifier:")
	default:
		i.name = i.pkg.prefix(c.Scope) + exported(c.Name)
	}
	g.take(i.pkg, i.name, full, c.Pos)
	e, ok := i.def.(*slice.Enum)
	if !ok {
		return
	}
	i.enumerators = make(map[*slice.Enumerator]string, len(e.Enumerators))
	for _, v := range e.Enumerators {
		full := full + "::" + v.Name
		name := i.name + exported(v.Name)
		if n := i.pkg.Names[full]; n != "" {
			name = n
		}
		i.enumerators[v] = name
		g.take(i.pkg, name, full, v.Pos)
	}
}

// prefix is what the names of a nested module's definitions start with: the
// longest configured one, and the raised names of the modules below that.
func (p *pkg) prefix(m *slice.Module) string {
	var parts []string
	for ; m != nil && m != p.module; m = m.Scope {
		if pre, ok := p.Prefixes[unscoped(m)]; ok {
			return pre + strings.Join(parts, "")
		}
		parts = slices.Insert(parts, 0, exported(m.Name))
	}
	if m == p.module {
		return p.Prefixes[p.Module] + strings.Join(parts, "")
	}
	return strings.Join(parts, "")
}

// take claims a package-level name for a definition.
func (g *generator) take(p *pkg, name, full string, pos slice.Pos) {
	if other, ok := p.scope.taken[name]; ok {
		var notes []slice.Note
		if at, ok := g.places[p.Path+" "+name]; ok {
			notes = append(notes, slice.Note{Pos: at, Message: "::" + other + " is here"})
		}
		notes = append(notes, slice.Note{Message: `part them in slice2go.yaml, under packages, module ` + p.Module +
			`: names: {"` + full + `": OtherName}, or prefixes for a whole nested module, or write ["go:identifier:OtherName"] before the definition`})
		g.errorf("go-name-clash", pos, notes, "::%s and ::%s both become the Go name %s in package %s", other, full, name, p.Path)
		return
	}
	p.scope.taken[name] = full
	g.places[p.Path+" "+name] = pos
}

// secondaryNames names what belongs to a definition: constructors, proxies,
// servants. These give way when a definition has their name.
func (g *generator) secondaryNames(i *defInfo) {
	switch d := i.def.(type) {
	case *slice.Class:
		i.any = !d.Local && g.isAny(i, d)
		if i.any {
			g.also(i, "Any"+i.name)
		}
		g.also(i, "New"+i.name)
		if g.hasProxy(i, d) {
			i.iface = &ifaceInfo{defInfo: i, typeID: d.ScopedName(), doc: d.Doc, servant: g.also(i, i.name+"Operations")}
		}
	case *slice.Exception:
		if !d.Local {
			g.also(i, "New"+i.name)
		}
	case *slice.Struct:
		g.also(i, "New"+i.name)
	case *slice.Interface:
		if !d.Local {
			i.iface = &ifaceInfo{defInfo: i, typeID: d.ScopedName(), doc: d.Doc, servant: i.name}
		}
	}
	if f := i.iface; f != nil {
		f.prx = g.also(i, i.name+"Prx")
		g.also(i, "New"+i.name+"Prx")
		g.also(i, "Checked"+i.name+"Prx")
		g.also(i, "Checked"+i.name+"PrxAsync")
		g.also(i, "New"+i.name+"Servant")
		f.private = i.pkg.private.claim(unexported(i.name)+"Prx", i.name)
		i.pkg.private.claim("methods"+i.name, i.name)
	}
}

// hasProxy reports whether a class has a proxy and a servant: when it has
// operations, be they inherited, unless they are local; and when a definition
// uses its proxy. What another run wrote is as its own definitions ask for it.
func (g *generator) hasProxy(i *defInfo, c *slice.Class) bool {
	if c.Local {
		return false
	}
	return g.classProxy[c] || i.pkg.ClassOperations != localOperations && hasOperations(c)
}

// hasOperations reports whether a class has operations, its own, those of its
// bases or those of the interfaces that it implements.
func hasOperations(c *slice.Class) bool {
	for ; c != nil; c = c.Base {
		if len(c.Operations) > 0 || slices.ContainsFunc(c.Implements, interfaceHasOperations) {
			return true
		}
	}
	return false
}

func interfaceHasOperations(i *slice.Interface) bool {
	return len(i.Operations) > 0 || slices.ContainsFunc(i.Bases, interfaceHasOperations)
}

// also claims a name that belongs to the definition i. g.secondary finds it
// again where it had to give way.
func (g *generator) also(i *defInfo, name string) string {
	got := i.pkg.scope.claim(name, unscoped(i.def))
	if got != name {
		g.secondary[secondaryKey{i.pkg, i.def, name}] = got
	}
	return got
}

type secondaryKey struct {
	pkg  *pkg
	def  slice.Def
	name string
}

// called returns the name that also gave to the definition's own name.
func (g *generator) called(i *defInfo, name string) string {
	if n, ok := g.secondary[secondaryKey{i.pkg, i.def, name}]; ok {
		return n
	}
	return name
}

// isAny reports whether references to the class are through an interface: when
// a class of the run derives from it, or the configuration says so. Of a
// package that another run wrote, only what is known of it counts.
func (g *generator) isAny(i *defInfo, c *slice.Class) bool {
	full := unscoped(c)
	if slices.Contains(i.pkg.Concrete, full) {
		return false
	}
	if slices.Contains(i.pkg.Open, full) {
		return true
	}
	if _, home := homes()[i.pkg.Module]; i.pkg.external && home {
		return false
	}
	for _, d := range c.Derived {
		if !i.pkg.external || g.packages[topModule(d)].goPackage == i.pkg.goPackage {
			return true
		}
	}
	return false
}

// deriveMembers names the fields of a class, an exception or a struct.
func (g *generator) deriveMembers(i *defInfo) {
	if i.methods != nil {
		return
	}
	var members []*slice.Member
	var base slice.Def
	switch d := i.def.(type) {
	case *slice.Class:
		members = d.Members
		i.methods = newScope(nil, "IceTypeID", "IceWrite", "IceRead", "As"+i.name)
		if d.Base != nil && !g.absent(d.Base) {
			base = d.Base
		}
		i.preserve = !d.Local && preserves(d) && (d.Base == nil || !preserves(d.Base))
	case *slice.Exception:
		members = d.Members
		i.methods = newScope(nil, "IceTypeID", "IceWrite", "IceRead", "IceUsesClasses", "Error", "Unwrap")
		if d.Base != nil && !g.absent(d.Base) {
			base = d.Base
		}
		i.preserve = !d.Local && preservesException(d) && (d.Base == nil || !preservesException(d.Base))
	case *slice.Struct:
		members = d.Members
		i.methods = newScope(nil, "IceWrite", "IceRead")
	default:
		i.methods = newScope(nil)
		return
	}
	if i.preserve {
		i.methods.taken["Preserved"] = "base"
		i.methods.taken["IceUnknownSlices"] = "base"
	}
	if base != nil {
		i.base = g.info[base]
		g.deriveMembers(i.base)
		i.baseField = i.base.name
		if _, ok := i.methods.taken[i.baseField]; ok {
			// A field cannot be called like a method: an alias is embedded.
			i.baseField = g.also(i, i.name+"Base")
		}
		i.methods.parent = i.base.methods
		i.methods.taken[i.baseField] = "base"
	}
	for _, m := range members {
		name := metadataValue(m.Metadata, "go:identifier:")
		if name == "" {
			name = exported(m.Name)
		}
		i.fields = append(i.fields, &fieldInfo{Member: m, name: i.methods.claim(name, m.Name)})
	}
}

// preserves reports whether unknown slices of instances of the class, or of
// what derives from it, are to be kept.
func preserves(c *slice.Class) bool {
	for ; c != nil; c = c.Base {
		if hasMetadata(c.Metadata, "preserve-slice") {
			return true
		}
	}
	return false
}

func preservesException(x *slice.Exception) bool {
	for ; x != nil; x = x.Base {
		if hasMetadata(x.Metadata, "preserve-slice") {
			return true
		}
	}
	return false
}

// deriveInterface links an interface with its bases and lists its type ids.
func (g *generator) deriveInterface(i *ifaceInfo) {
	if i.ids != nil {
		return
	}
	i.ids = []string{"::Ice::Object", i.typeID}
	for _, d := range basesOf(i.def) {
		addTypeIDs(&i.ids, d)
		b := g.info[d].iface
		if b == nil { // a class without operations
			continue
		}
		g.deriveInterface(b)
		i.bases = append(i.bases, b)
		if i.embedded == nil && b.pkg.goPackage == i.pkg.goPackage {
			i.embedded = b
		}
	}
	slices.Sort(i.ids)
}

// basesOf are the definitions that an interface or a class is based on.
func basesOf(d slice.Def) []slice.Def {
	var bases []slice.Def
	add := func(list []*slice.Interface) {
		for _, b := range list {
			bases = append(bases, b)
		}
	}
	switch d := d.(type) {
	case *slice.Interface:
		add(d.Bases)
	case *slice.Class:
		if d.Base != nil {
			bases = append(bases, d.Base)
		}
		add(d.Implements)
	}
	return bases
}

// addTypeIDs adds the type ids of a definition and of its bases, each once.
func addTypeIDs(ids *[]string, d slice.Def) {
	if id := d.Decl().ScopedName(); !slices.Contains(*ids, id) {
		*ids = append(*ids, id)
		for _, b := range basesOf(d) {
			addTypeIDs(ids, b)
		}
	}
}

// deriveOperations names the operations. A name is the same in everything
// that inherits it.
func (g *generator) deriveOperations(i *ifaceInfo) {
	if i.members != nil {
		return
	}
	i.members = newScope(nil, proxyMethods...)
	for _, b := range i.bases {
		g.deriveOperations(b)
		for n, o := range b.members.taken {
			i.members.taken[n] = o
		}
		for _, o := range slices.Concat(b.ops, b.inherits) {
			if !slices.Contains(i.inherits, o) {
				i.inherits = append(i.inherits, o)
			}
		}
	}
	for _, o := range i.operations() {
		op := &opInfo{Operation: o, iface: i, mode: o.Mode}
		want := metadataValue(o.Metadata, "go:identifier:")
		if want == "" {
			want = exported(o.Name)
		}
		for {
			_, plain := i.members.owner(want)
			_, async := i.members.owner(want + "Async")
			if !plain && !async && !g.asyncOf(i.pkg, want) {
				break
			}
			want += "_"
		}
		op.name, op.async = want, want+"Async"
		i.members.taken[op.name] = o.Name
		i.members.taken[op.async] = o.Name
		op.format = operationFormat(o.Metadata)
		if op.format == "" {
			op.format = operationFormat(i.def.Decl().Metadata)
		}
		op.variable = i.pkg.private.claim("op"+i.name+op.name, i.name)
		if slices.ContainsFunc(o.Params, func(p *slice.Param) bool { return p.Out }) {
			op.result = g.also(i.defInfo, i.name+op.name+"Result")
		}
		i.ops = append(i.ops, op)
	}
}

// operations are those that the definition itself has.
func (i *ifaceInfo) operations() []*slice.Operation {
	if c, ok := i.def.(*slice.Class); ok {
		return c.Operations
	}
	return i.def.(*slice.Interface).Operations
}

// asyncOf reports whether the name is that of another operation's
// asynchronous form somewhere in the package. It has to be asked of the whole
// package: an interface may inherit the two from different sides.
func (g *generator) asyncOf(p *pkg, name string) bool {
	stem, ok := strings.CutSuffix(name, "Async")
	if !ok {
		return false
	}
	if g.operations == nil {
		g.operations = make(map[*goPackage]map[string]bool)
		for _, i := range g.info {
			if i.iface != nil {
				for _, o := range i.iface.operations() {
					m := g.operations[i.pkg.goPackage]
					if m == nil {
						m = make(map[string]bool)
						g.operations[i.pkg.goPackage] = m
					}
					m[exported(o.Name)] = true
				}
			}
		}
	}
	return g.operations[p.goPackage][stem]
}

func operationFormat(meta []string) string {
	switch metadataValue(meta, "format:") {
	case "compact":
		return "CompactFormat"
	case "sliced":
		return "SlicedFormat"
	}
	return ""
}

// deriveParams names parameters and sorts them into ins and results.
func (g *generator) deriveParams(i *ifaceInfo) {
	for _, op := range i.ops {
		local := newScope(i.pkg.private)
		fields := newScope(nil, "ReturnValue")
		if op.Return != nil {
			op.results = append(op.results, &paramInfo{Param: op.Return, field: "ReturnValue"})
		}
		for _, p := range op.Params {
			pi := &paramInfo{Param: p}
			if p.Out {
				name := metadataValue(p.Metadata, "go:identifier:")
				if name == "" {
					name = exported(p.Name)
				}
				pi.field = fields.claim(name, p.Name)
				op.results = append(op.results, pi)
				op.outUsesClasses = op.outUsesClasses || !p.Optional && g.usesClasses(p.Type)
			} else {
				op.in = append(op.in, pi)
				op.inUsesClasses = op.inUsesClasses || !p.Optional && g.usesClasses(p.Type)
			}
			name := p.Name
			if wish := metadataValue(p.Metadata, "go:identifier:"); wish != "" {
				name = wish
			}
			pi.local = local.claim(unexported(name), p.Name)
		}
		if op.Return != nil {
			op.outUsesClasses = op.outUsesClasses || !op.Return.Optional && g.usesClasses(op.Return.Type)
			op.results[0].local = local.claim("ret", "")
		}
	}
}
