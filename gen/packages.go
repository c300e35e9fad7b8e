package gen

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/slice"
)

const (
	rootPath = "github.com/slice2go/slice2go"
	icePath  = rootPath + "/runtime/ice"
	wirePath = rootPath + "/runtime/wire"
)

// pkg is a top-level Slice module and the Go package that it goes to.
type pkg struct {
	Package
	*goPackage
	module   *slice.Module
	external bool // referred to only
	derived  bool // the path was made of the module's name
	files    []*fileInfo
}

// goPackage is a Go package, which several modules may share.
type goPackage struct {
	alias     string // the name that other packages' files import it by
	dir       string // below the output root; unset when external
	scope     *scope // package-level names
	private   *scope // the unexported ones of them, which locals must not hide
	fileNames *scope
}

// fileInfo is one Go file to be.
type fileInfo struct {
	pkg    *pkg
	source *slice.File
	name   string // without .go
	defs   []slice.Def
}

// resolvePackages finds the Go package of every top-level module, in the order
// of the model.
func (g *generator) resolvePackages() {
	g.packages = make(map[*slice.Module]*pkg)
	inputs := make(map[*slice.Module]bool)
	for _, f := range g.model.Files {
		if !f.Input {
			continue
		}
		for _, d := range f.Defs {
			inputs[topModule(d)] = true
		}
	}
	byPath := make(map[string]*pkg)
	for _, d := range g.model.Root.Defs {
		m, ok := d.(*slice.Module)
		if !ok {
			continue
		}
		p := g.newPackage(m, inputs[m])
		if other := byPath[p.Path]; other != nil && !p.external {
			if other.derived || p.derived || other.Name != p.Name {
				g.errorf("package-clash", m.Pos, []slice.Note{
					{Pos: other.module.Pos, Message: "module " + other.Module + " is here"},
					{Message: "give both the same path, and no name or the same, if they are to share a package"},
				}, "modules %s and %s both become package %s; set the path of one of them in the configuration",
					other.Module, p.Module, p.Path)
			}
			p.goPackage = other.goPackage
		}
		byPath[p.Path] = p
		g.packages[m] = p
		g.order = append(g.order, p)
	}
	g.aliases()
}

// newPackage decides where a module goes: the configuration, then go:package
// metadata, then, unless its definitions are inputs, the home that the module
// has in our own module, and at last a package called like the module.
func (g *generator) newPackage(m *slice.Module, input bool) *pkg {
	p := &pkg{module: m}
	found := false
	for _, c := range g.cfg.Packages {
		if c.Module == m.Name {
			p.Package, found = c, true
		}
	}
	p.Module = m.Name
	if p.Path == "" {
		p.Path = metadataValue(m.Metadata, "go:package:")
	}
	if p.Path == "" && !input && !found {
		if h, ok := homes()[m.Name]; ok {
			p.Package, found = h, true
		}
	}
	p.derived = p.Path == ""
	if p.derived {
		p.Path = path.Join(g.module, packageName(m.Name))
	} else if !found {
		// go:package metadata: generated when it is ours to write.
		found = !input
	}
	if p.Name == "" {
		p.Name = packageName(p.Path)
	}
	rel, inside := strings.CutPrefix(p.Path, g.module)
	inside = inside && (rel == "" || rel[0] == '/')
	p.goPackage = &goPackage{
		dir: strings.TrimPrefix(rel, "/"), scope: newScope(nil), private: newScope(nil, localNames...), fileNames: newScope(nil, "doc"),
	}
	p.external = !inside || found && !input
	if input && !inside {
		g.errorf("package-outside", m.Pos, nil,
			"module %s is to become package %s, which is outside of module %s; set the package's path, or --module and -o",
			m.Name, p.Path, g.module)
	}
	if p.external {
		// What our own packages are like is known, wherever they are named.
		if h, ok := homes()[m.Name]; ok && h.Path == p.Path {
			h.Name = p.Name
			p.Package = h
		}
	}
	return p
}

// aliases gives every package the name that files import it by: its own, as
// long as that is free.
func (g *generator) aliases() {
	taken := newScope(nil, localNames...)
	for _, p := range g.order {
		if p.Path == icePath {
			p.alias = "ice"
			continue
		}
		if p.alias != "" {
			continue
		}
		p.alias = taken.claim(p.Name, p.Path)
	}
	for _, p := range g.order {
		for _, q := range g.order {
			p.private.taken[q.alias] = q.Path
		}
	}
}

// assignFiles gives every definition that is to be generated its file.
func (g *generator) assignFiles() {
	for _, p := range g.order {
		if p.external {
			continue
		}
		for _, f := range g.model.Files {
			fi := &fileInfo{pkg: p, source: f}
			for _, d := range f.Defs {
				if _, ok := d.(*slice.Module); !ok && topModule(d) == p.module && !g.info[d].handwritten && !g.absent(d) {
					fi.defs = append(fi.defs, d)
				}
			}
			if len(fi.defs) == 0 {
				continue
			}
			fi.name = goFileName(f.Name, p.Module, p.FilePrefix)
			for {
				if _, ok := p.fileNames.taken[fi.name]; !ok {
					break
				}
				fi.name += "_2"
			}
			p.fileNames.taken[fi.name] = f.Name
			p.files = append(p.files, fi)
		}
	}
}

// topModule returns the top-level module of a definition, which is itself for
// a top-level module.
func topModule(d slice.Def) *slice.Module {
	if m := d.Decl().TopModule(); m != nil {
		return m
	}
	m, _ := d.(*slice.Module)
	return m
}

// metadataValue returns what follows the prefix in the first directive that
// has it.
func metadataValue(meta []string, prefix string) string {
	for _, m := range meta {
		if v, ok := strings.CutPrefix(m, prefix); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func hasMetadata(meta []string, directive string) bool { return slices.Contains(meta, directive) }

// unscoped returns a scoped name without its leading colons, as configurations
// write it.
func unscoped(d slice.Def) string { return strings.TrimPrefix(d.Decl().ScopedName(), "::") }

// errorf reports an error in the input.
func (g *generator) errorf(id string, pos slice.Pos, notes []slice.Note, format string, args ...any) {
	g.diags.Add(slice.Diagnostic{Severity: slice.Error, ID: id, Pos: pos, Message: fmt.Sprintf(format, args...), Notes: notes})
}
