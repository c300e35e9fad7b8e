package slice

import (
	"fmt"
)

// resolver turns syntax into a model. It goes through the files as ZeroC's
// compilers go through a translation unit: top down, each include where it
// stands, a name being known from its declaration on.
type resolver struct {
	model  *Model
	diags  Diagnostics
	root   *scope
	number map[*File]int
	state  map[*Source]*fileState

	own        *fileSet // the present file alone
	seen       *fileSet // the files that the present translation unit has come by
	broken     map[string]bool
	refused    map[string]*scope // by absolute name, the modules whose name is wrong
	suggested  int
	errors     map[*File]int // reported so far
	warnings   map[*File]int // likewise
	modMeta    map[*Module]map[string]bool
	compact    map[int]*Class // by compact id
	names      map[Def]nameSet
	file       *File    // the present one
	source     *Source  // its syntax
	node       Node     // the definition that is looked at
	ice        bool     // the present file may use the prefix Ice
	underscore bool     // and underscores
	suppressed []string // the categories of warnings that it does not want
}

// fileState is what is known of a source that was met.
type fileState struct {
	walking bool
	reach   fileSet // itself and everything it includes
	// incomplete reports that an include was not found, here or further down.
	incomplete bool
}

// Resolve gives the sources their meaning: it looks up every name and checks
// every rule of the language. Every source that the given ones include is part
// of the model. A source that is an input is judged by itself, with what it
// includes; any other source in the company that it was first included in.
func Resolve(sources []*Source) (*Model, *Diagnostics) {
	r := &resolver{
		model:  &Model{},
		number: map[*File]int{},
		state:  map[*Source]*fileState{},
		broken: map[string]bool{}, refused: map[string]*scope{},
		errors: map[*File]int{}, warnings: map[*File]int{},
		modMeta: map[*Module]map[string]bool{},
		compact: map[int]*Class{},
		names:   map[Def]nameSet{},
	}
	r.root = newScope("", nil, nil)
	r.model.Root = &Module{}
	r.root.module = r.model.Root
	met := map[*Source]bool{}
	for _, s := range sources {
		r.gatherBroken(s, met)
	}
	for _, s := range sources {
		r.unit(s)
	}
	return r.model, &r.diags
}

func (r *resolver) gatherBroken(s *Source, met map[*Source]bool) {
	todo := []*Source{s}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if met[s] {
			continue
		}
		met[s] = true
		for name := range s.Broken {
			r.broken[name] = true
		}
		for _, n := range s.Nodes {
			if inc, ok := n.(*IncludeNode); ok {
				todo = append(todo, inc.Source)
			}
		}
	}
}

// maxErrors bounds the errors that are reported of one file's meaning, and the
// warnings.
const maxErrors = 1000

func (r *resolver) error(pos Pos, id, message string, notes ...Note) {
	if r.errors[pos.File]++; r.errors[pos.File] > maxErrors {
		return
	}
	if r.errors[pos.File] == maxErrors {
		id, message, notes = "too-many-errors", "too many errors; those that follow in this file are not reported", nil
	}
	r.diags.Add(Diagnostic{ID: id, Pos: pos, Message: message, Notes: notes})
}

func (r *resolver) errorf(pos Pos, id, format string, args ...any) {
	r.error(pos, id, fmt.Sprintf(format, args...))
}

func (r *resolver) errorNote(pos Pos, id, message string, at Pos, note string) {
	if !at.IsValid() {
		r.error(pos, id, message)
		return
	}
	r.error(pos, id, message, Note{Pos: at, Message: note})
}

// deprecations are the warnings that suppress-warning:deprecated stands for.
var deprecations = map[string]bool{
	"interface-by-value": true, "class-proxy": true, "class-implements": true, "class-operations": true,
	"dictionary-key": true, "enumerator-scope": true,
}

func (r *resolver) warn(pos Pos, id, message string, notes ...Note) {
	if r.file != nil && r.file.Embedded && !r.file.Input {
		return // nobody who includes what ships can do anything about it
	}
	for _, category := range r.suppressed {
		if category == "all" || category == id || category == "deprecated" && deprecations[id] {
			return
		}
	}
	if r.warnings[pos.File]++; r.warnings[pos.File] > maxErrors {
		return
	}
	if r.warnings[pos.File] == maxErrors {
		id, message, notes = "too-many-warnings", "too many warnings; those that follow in this file are not reported", nil
	}
	r.diags.Add(Diagnostic{Severity: Warning, ID: id, Pos: pos, Message: message, Notes: notes})
}

// unit walks s as a translation unit of its own, if it was not walked yet.
func (r *resolver) unit(s *Source) {
	if r.state[s] != nil {
		return
	}
	outer := r.seen
	r.seen = &fileSet{}
	r.walk(s)
	r.seen = outer
}

// walk goes through s, which the present translation unit comes by now.
func (r *resolver) walk(s *Source) {
	state := &fileState{walking: true, incomplete: s.Incomplete}
	r.state[s] = state
	n, ok := r.number[s.File]
	if !ok {
		n = len(r.number)
		r.number[s.File] = n
		r.model.Files = append(r.model.Files, s.File)
	}
	r.seen.add(n)
	state.reach.add(n)
	file, source, own, ice, underscore, suppressed := r.file, r.source, r.own, r.ice, r.underscore, r.suppressed
	r.file, r.source, r.own = s.File, s, &fileSet{}
	r.own.add(n)
	c := &container{scope: r.root, module: r.model.Root, file: s.File}
	r.fileMetadata(s)
	r.nodes(c, s.Nodes, state)
	r.file, r.source, r.own, r.ice, r.underscore, r.suppressed = file, source, own, ice, underscore, suppressed
	state.walking = false
}

func (r *resolver) nodes(c *container, nodes []Node, state *fileState) {
	for _, n := range nodes {
		r.node = n
		switch n := n.(type) {
		case *IncludeNode:
			r.include(c, n, state)
		case *FileMetaNode:
			if c.scope != r.root && len(n.Metadata) > 0 {
				r.error(n.Metadata[0].Pos, "metadata", "metadata of a file belongs in front of its first definition")
			}
		case *ModuleNode:
			r.module(c, n, state)
		case *ClassNode:
			r.class(c, n)
		case *InterfaceNode:
			r.interfaceDef(c, n)
		case *ExceptionNode:
			r.exception(c, n)
		case *StructNode:
			r.structDef(c, n)
		case *EnumNode:
			r.enum(c, n)
		case *SequenceNode:
			r.sequence(c, n)
		case *DictionaryNode:
			r.dictionary(c, n)
		case *ConstNode:
			r.constant(c, n)
		}
	}
}

// include goes through an included file at its first include, and lets the
// translation unit see what is in it.
func (r *resolver) include(c *container, n *IncludeNode, state *fileState) {
	target := r.state[n.Source]
	if target == nil && c.scope != r.root {
		r.includeInside(c, n, state)
		return
	}
	if target == nil {
		if n.Source.File.Input {
			r.unit(n.Source)
		} else {
			r.walk(n.Source)
		}
		target = r.state[n.Source]
	} else if num := r.number[n.Source.File]; n.Source.Repeats && r.seen.has(num) && !target.walking {
		r.repeated(n)
	}
	state.reach.addAll(target.reach)
	state.incomplete = state.incomplete || target.incomplete
	r.seen.addAll(target.reach)
}

// includeInside goes through a file that is included inside a module: what it
// defines becomes part of the module.
func (r *resolver) includeInside(c *container, n *IncludeNode, state *fileState) {
	inner := &fileState{walking: true}
	r.state[n.Source] = inner
	num, ok := r.number[n.Source.File]
	if !ok {
		num = len(r.number)
		r.number[n.Source.File] = num
		r.model.Files = append(r.model.Files, n.Source.File)
	}
	r.seen.add(num)
	inner.reach.add(num)
	file, own := r.file, r.own
	r.file, r.own = n.Source.File, &fileSet{}
	r.own.add(num)
	r.nodes(c, n.Source.Nodes, inner)
	r.file, r.own = file, own
	inner.walking = false
	state.reach.addAll(inner.reach)
}

// repeated reports a file that defines everything again.
func (r *resolver) repeated(n *IncludeNode) {
	if def := firstDefinition(n.Source.Nodes); def != nil {
		r.error(n.Pos, "redefinition", "this include defines "+quote(def.Text)+" again",
			Note{Pos: def.Pos, Message: "the first definition is here"},
			Note{Message: "an include guard or #pragma once lets a file be included twice"})
	}
}

// firstDefinition finds a definition that may stand only once.
func firstDefinition(nodes []Node) *Header {
	for _, n := range nodes {
		if m, ok := n.(*ModuleNode); ok {
			if h := firstDefinition(m.Nodes); h != nil {
				return h
			}
		} else if h := headerOf(n); h != nil {
			return h
		}
	}
	return nil
}

// headerOf gives the head of a definition, and nil for a module, a forward
// declaration and what defines nothing.
func headerOf(n Node) *Header {
	switch n := n.(type) {
	case *ClassNode:
		if !n.Forward {
			return &n.Header
		}
	case *InterfaceNode:
		if !n.Forward {
			return &n.Header
		}
	case *ExceptionNode:
		return &n.Header
	case *StructNode:
		return &n.Header
	case *EnumNode:
		return &n.Header
	case *SequenceNode:
		return &n.Header
	case *DictionaryNode:
		return &n.Header
	case *ConstNode:
		return &n.Header
	}
	return nil
}

// declare enters a new name into c, or reports why it cannot be there and
// returns nil.
func (r *resolver) declare(c *container, w Word, k kind) *symbol {
	if !r.mayDeclare(c, w, k) {
		return nil
	}
	sym := &symbol{name: w.Text, kind: k, pos: w.Pos, parent: c.scope}
	sym.seenIn = r.own
	c.scope.add(sym)
	return sym
}

// see notes that the present file declares sym, too. Most symbols have one
// file only and share its set; a set that grows is first copied.
func (r *resolver) see(sym *symbol) {
	switch n := r.number[r.file]; {
	case sym.seenIn == nil:
		sym.seenIn = r.own
	case !sym.seenIn.has(n):
		both := append(fileSet{}, *sym.seenIn...)
		both.add(n)
		sym.seenIn = &both
	}
}

// at reports whether s is what w names, at the same place in the text: a file that
// two inputs include with other macros is gone through for each of them.
func (s *symbol) at(w Word, k kind) bool { return s.kind == k && s.name == w.Text && s.pos == w.Pos }

// mayDeclare checks a new name against those that c has already.
func (r *resolver) mayDeclare(c *container, w Word, k kind) bool {
	if old := r.clash(c.scope, w.Text); old != nil {
		if !old.at(w, k) {
			r.redefined(w, k, old)
		}
		return false
	}
	return true
}

// clash finds the symbol that a new name would meet. Two inputs that do not
// include each other are translation units of their own, but one run makes one
// program: a definition that both have is met as well.
func (r *resolver) clash(s *scope, name string) *symbol {
	if found := r.here(s, name); len(found) > 0 {
		sym, _ := exact(found, name)
		return sym
	}
	for _, sym := range s.named(name) {
		if sym.name == name {
			return sym
		}
	}
	return nil
}

func (r *resolver) redefined(w Word, k kind, old *symbol) {
	note := "the first definition is here"
	switch {
	case old.name != w.Text:
		if k != kindMember && k != kindOperation && k != kindParam && k != kindEnumerator {
			r.broken[w.Text] = true // nobody need hear of each use of it
		}
		r.errorNote(w.Pos, "capitalization", fmt.Sprintf("%s %s differs from %s %s only in capitalization", k, quote(w.Text), old.kind, quote(old.name)),
			old.pos, "the "+old.kind.String()+" is here")
	case old.kind == k:
		r.errorNote(w.Pos, "redefinition", fmt.Sprintf("%s %s is defined a second time", k, quote(w.Text)), old.pos, note)
	default:
		r.errorNote(w.Pos, "redefinition", fmt.Sprintf("%s is %s already and cannot be %s too", quote(w.Text), article(old.kind.String()), article(k.String())), old.pos, note)
	}
}

// common fills what every definition has.
func (r *resolver) common(c *container, h *Header) Common {
	return Common{
		Name: h.Text, Scope: c.scope.module, File: r.file, Pos: h.Pos,
		Metadata: metaStrings(h.Metadata), Doc: h.Doc, Local: h.Local,
	}
}

func metaStrings(nodes []MetaNode) []string {
	if len(nodes) == 0 {
		return nil
	}
	out := make([]string, len(nodes))
	for i := range nodes {
		out[i] = nodes[i].Text
	}
	return out
}

// register makes d a definition of the model.
func (r *resolver) register(c *container, sym *symbol, d Def) {
	sym.def = d
	sym.local = d.Decl().Local
	r.file.Defs = append(r.file.Defs, d)
	c.scope.module.Defs = append(c.scope.module.Defs, d)
}

// module opens a module, for the first time or again.
func (r *resolver) module(c *container, n *ModuleNode, state *fileState) {
	r.checkName(c, n.Word, kindModule)
	var sym *symbol
	if old := r.clash(c.scope, n.Text); old != nil {
		if old.kind != kindModule || old.name != n.Text {
			r.redefined(n.Word, kindModule, old)
			r.shadowed(c, n, state)
			return
		}
		sym = old
	}
	if sym == nil {
		sym = &symbol{name: n.Text, kind: kindModule, pos: n.Pos, parent: c.scope}
		m := &Module{Common: r.common(c, &n.Header)}
		sym.def = m
		sym.inner = newScope(sym.scoped(), c.scope, sym)
		sym.inner.module = m
		c.scope.add(sym)
		c.scope.module.Defs = append(c.scope.module.Defs, m)
	}
	m := sym.inner.module
	if m.Doc == "" {
		m.Doc = n.Doc
	}
	if !sym.pos.IsValid() {
		sym.pos = n.Pos
	}
	r.goPackage(m, n.Metadata)
	r.moduleMetadata(m, n.Metadata)
	r.see(sym)
	r.introduce(c, n.Text, sym, n.Pos)
	r.definitionMetadata(kindModule, &n.Header, false)
	inner := &container{scope: sym.inner, outer: c, module: m, file: r.file}
	r.nodes(inner, n.Nodes, state)
}

// moduleMetadata adds the metadata of one opening of m, each text once.
func (r *resolver) moduleMetadata(m *Module, nodes []MetaNode) {
	for i := range nodes {
		if r.modMeta[m] == nil {
			r.modMeta[m] = map[string]bool{}
		}
		if text := nodes[i].Text; !r.modMeta[m][text] {
			r.modMeta[m][text] = true
			m.Metadata = append(m.Metadata, text)
		}
	}
}

// shadowed goes through a module whose name is wrong, in a scope of its own,
// so that its own errors are found and nobody complains that what is in it is
// not defined.
func (r *resolver) shadowed(c *container, n *ModuleNode, state *fileState) {
	name := c.scope.name + "::" + n.Text
	s := r.refused[name]
	if s == nil {
		s = newScope(name, c.scope, nil)
		s.module = &Module{Common: r.common(c, &n.Header)}
		r.refused[name] = s
	}
	keep := r.file.Defs
	r.nodes(&container{scope: s, outer: c, module: s.module, file: r.file}, n.Nodes, state)
	r.file.Defs = keep
}

// needModule reports a definition outside any module.
func (r *resolver) needModule(c *container, w Word, what string) {
	if c.scope == r.root {
		r.error(w.Pos, "module-scope", quote(w.Text)+": "+what+" can be defined only at module scope")
	}
}
