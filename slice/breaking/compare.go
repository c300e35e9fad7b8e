package breaking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/slice"
)

// Change is one difference between the versions.
type Change struct {
	Rule    string
	Level   Level
	Message string
	Reason  string
	Old     slice.Pos // where it stands in the old version; not valid for what was added
	New     slice.Pos // where it stands in the new version; not valid for what was removed
}

// Compare returns what is different in the new model, in the order of its
// files and lines; what was removed comes last. Only definitions of the models'
// inputs count, and none that is local.
func Compare(before, after *slice.Model, opts Options) []Change {
	c := &comparison{ignore: opts.Ignore, old: index(before), new: index(after)}
	for _, name := range c.new.order {
		n := c.new.byName[name]
		if o, ok := c.old.byName[name]; ok {
			c.definitions(o, n)
		} else {
			c.add("definition-added", slice.Pos{}, n.Decl().Pos, "%s %s was added", kind(n), name)
		}
	}
	for _, name := range c.old.order {
		if _, ok := c.new.byName[name]; !ok {
			c.removed(name, c.old.byName[name])
		}
	}
	slices.SortStableFunc(c.changes, func(a, b Change) int { return cmp.Or(place(a.New, b.New), place(a.Old, b.Old)) })
	return c.changes
}

// place orders by file and line, what has no place last.
func place(a, b slice.Pos) int {
	if a.IsValid() != b.IsValid() {
		if a.IsValid() {
			return -1
		}
		return 1
	}
	if !a.IsValid() {
		return 0
	}
	return cmp.Or(cmp.Compare(a.File.Path, b.File.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
}

type comparison struct {
	ignore   []string
	old, new definitions
	changes  []Change
}

// definitions are what a model defines, by scoped name.
type definitions struct {
	byName map[string]slice.Def
	order  []string
}

func index(m *slice.Model) definitions {
	d := definitions{byName: map[string]slice.Def{}}
	for _, f := range m.Files {
		if !f.Input {
			continue
		}
		for _, def := range f.Defs {
			if _, module := def.(*slice.Module); module || def.Decl().Local {
				continue
			}
			name := def.Decl().ScopedName()
			if _, twice := d.byName[name]; !twice {
				d.byName[name] = def
				d.order = append(d.order, name)
			}
		}
	}
	return d
}

func (c *comparison) add(id string, before, after slice.Pos, format string, args ...any) {
	if slices.Contains(c.ignore, id) {
		return
	}
	r := rule(id)
	c.changes = append(c.changes, Change{r.ID, r.Level, fmt.Sprintf(format, args...), r.Reason, before, after})
}

// kind is the Slice keyword of a definition.
func kind(d slice.Def) string {
	switch d.(type) {
	case *slice.Class:
		return "class"
	case *slice.Interface:
		return "interface"
	case *slice.Exception:
		return "exception"
	case *slice.Struct:
		return "struct"
	case *slice.Enum:
		return "enum"
	case *slice.Sequence:
		return "sequence"
	case *slice.Dictionary:
		return "dictionary"
	case *slice.Const:
		return "constant"
	}
	return "module"
}

func (c *comparison) removed(name string, d slice.Def) {
	id := "definition-removed"
	switch d.(type) {
	case *slice.Interface:
		id = "interface-removed"
	case *slice.Class:
		id = "class-removed"
	case *slice.Exception:
		id = "exception-removed"
	}
	c.add(id, d.Decl().Pos, slice.Pos{}, "%s %s was removed", kind(d), name)
}

// definitions compares two definitions of one name.
func (c *comparison) definitions(o, n slice.Def) {
	name := n.Decl().ScopedName()
	before, after := o.Decl().Pos, n.Decl().Pos
	if kind(o) != kind(n) {
		c.add("kind-changed", before, after, "%s was a %s and is a %s", name, kind(o), kind(n))
		return
	}
	c.metadata(name, o.Decl().Metadata, n.Decl().Metadata, before, after)
	switch n := n.(type) {
	case *slice.Interface:
		c.interfaces(o.(*slice.Interface), n)
	case *slice.Class:
		c.classes(o.(*slice.Class), n)
	case *slice.Exception:
		o := o.(*slice.Exception)
		if was, is := base(o.Base), base(n.Base); was != is {
			c.add("exception-base-changed", before, after, "exception %s had %s and has %s", name, was, is)
		}
		c.members("exception "+name, o.Members, n.Members, after)
	case *slice.Struct:
		c.members("struct "+name, o.(*slice.Struct).Members, n.Members, after)
	case *slice.Enum:
		c.enums(o.(*slice.Enum), n)
	case *slice.Sequence:
		c.types("element-type-changed", "the elements of sequence "+name, o.(*slice.Sequence).Elem, n.Elem, before, after)
	case *slice.Dictionary:
		o := o.(*slice.Dictionary)
		c.types("key-type-changed", "the keys of dictionary "+name, o.Key, n.Key, before, after)
		c.types("value-type-changed", "the values of dictionary "+name, o.Value, n.Value, before, after)
	case *slice.Const:
		o := o.(*slice.Const)
		if o.Type.TypeName() != n.Type.TypeName() || o.Value.String() != n.Value.String() {
			c.add("constant-changed", before, after, "constant %s was %s %s and is %s %s", name, o.Type.TypeName(), o.Value, n.Type.TypeName(), n.Value)
		}
	}
}

// base says which class or exception is the base, if any.
func base[T slice.Class | slice.Exception](b *T) string {
	if b == nil {
		return "no base"
	}
	return "the base " + any(b).(slice.Def).Decl().ScopedName()
}

// metadata compares what metadata means for Go and for the wire.
func (c *comparison) metadata(what string, o, n []string, before, after slice.Pos) {
	for _, prefix := range []string{"go:identifier:", "go:package:"} {
		if was, is := directive(o, prefix), directive(n, prefix); was != is {
			c.add("go-name-changed", before, after, "%s had %s and has %s", what, orNone(was), orNone(is))
		}
	}
	if directive(o, "preserve-slice") != "" && directive(n, "preserve-slice") == "" {
		c.add("preserve-slice-removed", before, after, "%s no longer keeps the slices that a program does not know", what)
	}
	if deprecated(n) && !deprecated(o) {
		c.add("deprecated", before, after, "%s is deprecated", what)
	}
}

func directive(metadata []string, prefix string) string {
	for _, m := range metadata {
		if strings.HasPrefix(m, prefix) {
			return m
		}
	}
	return ""
}

func orNone(directive string) string {
	if directive == "" {
		return "no such metadata"
	}
	return directive
}

func deprecated(metadata []string) bool {
	return directive(metadata, "deprecate") != ""
}

func (c *comparison) classes(o, n *slice.Class) {
	name, before, after := n.ScopedName(), o.Pos, n.Pos
	if !o.Defined || !n.Defined {
		return
	}
	if was, is := base(o.Base), base(n.Base); was != is {
		c.add("class-base-changed", before, after, "class %s had %s and has %s", name, was, is)
	}
	if o.CompactID != n.CompactID {
		c.add("compact-id-changed", before, after, "class %s had %s and has %s", name, compact(o.CompactID), compact(n.CompactID))
	}
	c.members("class "+name, o.Members, n.Members, after)
	c.operations(n, operationsOf(o.Operations, o.Implements), operationsOf(n.Operations, n.Implements))
	c.bases(o.Implements, n.Implements, "class "+name, before, after)
}

func compact(id int) string {
	if id < 0 {
		return "no compact id"
	}
	return fmt.Sprintf("the compact id %d", id)
}

func (c *comparison) interfaces(o, n *slice.Interface) {
	if !o.Defined || !n.Defined {
		return
	}
	c.bases(o.Bases, n.Bases, "interface "+n.ScopedName(), o.Pos, n.Pos)
	c.operations(n, operationsOf(o.Operations, nil), operationsOf(n.Operations, n.Bases))
}

func (c *comparison) bases(o, n []*slice.Interface, what string, before, after slice.Pos) {
	was, is := closure(o), closure(n)
	for _, base := range was {
		if !slices.Contains(is, base) {
			c.add("base-removed", before, after, "%s no longer has the base %s", what, base)
		}
	}
	for _, base := range is {
		if !slices.Contains(was, base) {
			c.add("base-added", before, after, "%s has the base %s", what, base)
		}
	}
}

// closure are the names of all bases, their bases included.
func closure(bases []*slice.Interface) (names []string) {
	seen := map[*slice.Interface]bool{}
	var walk func([]*slice.Interface)
	walk = func(list []*slice.Interface) {
		for _, b := range list {
			if !seen[b] {
				seen[b] = true
				names = append(names, b.ScopedName())
				walk(b.Bases)
			}
		}
	}
	walk(bases)
	return names
}

// operationsOf returns own operations and those of bases: one that moves to a
// base is still there.
func operationsOf(own []*slice.Operation, bases []*slice.Interface) []*slice.Operation {
	all := slices.Clone(own)
	seen := map[*slice.Interface]bool{}
	var walk func([]*slice.Interface)
	walk = func(list []*slice.Interface) {
		for _, b := range list {
			if !seen[b] {
				seen[b] = true
				all = append(all, b.Operations...)
				walk(b.Bases)
			}
		}
	}
	walk(bases)
	return all
}
