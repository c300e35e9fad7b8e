package gen

import (
	"fmt"
	"path"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/slice2go/slice2go/slice"
)

const modelPath = rootPath + "/runtime/model"

// Output is what a run generates, in memory.
type Output struct {
	// Files maps slash-separated paths below the output root to contents.
	Files map[string][]byte
	// Dirs are the folders of the generated packages. A file in one of them
	// that has our header and is not in Files is stale.
	Dirs []string
	// Stats counts what was generated.
	Stats Stats
}

// Stats counts what a run generated.
type Stats struct {
	Interfaces, Operations, Classes int
}

// generator holds the model and what the mapping adds to it. After derive it
// is only read, so that files are rendered side by side.
type generator struct {
	model      *slice.Model
	cfg        *Config
	module     string
	diags      *slice.Diagnostics
	packages   map[*slice.Module]*pkg
	order      []*pkg
	info       map[slice.Def]*defInfo
	classProxy map[*slice.Class]bool
	places     map[string]slice.Pos
	secondary  map[secondaryKey]string
	operations map[*goPackage]map[string]bool
	byName     map[string]slice.Def
}

// Generate makes Go of the model. module is the import path that the output
// root stands for. What is wrong with the input comes as diagnostics, and
// then there is no output; an error is a mistake of ours.
func Generate(m *slice.Model, cfg *Config, module string) (*Output, *slice.Diagnostics, error) {
	g := &generator{
		model: m, cfg: cfg, module: module, diags: &slice.Diagnostics{},
		info:       make(map[slice.Def]*defInfo),
		classProxy: make(map[*slice.Class]bool),
		byName:     make(map[string]slice.Def),
		places:     make(map[string]slice.Pos),
		secondary:  make(map[secondaryKey]string),
	}
	g.resolvePackages()
	if g.diags.HasErrors() {
		return nil, g.diags, nil
	}
	g.derive()
	if g.diags.HasErrors() {
		return nil, g.diags, nil
	}
	for i := range g.info {
		if s, ok := i.(*slice.Struct); ok {
			g.structFacts(s)
		}
	}
	g.assignFiles()
	out, err := g.renderAll()
	if g.diags.HasErrors() {
		out = nil
	}
	return out, g.diags, err
}

// renderAll renders every file, on all processors.
func (g *generator) renderAll() (*Output, error) {
	out := &Output{Files: make(map[string][]byte)}
	var files []*fileInfo
	for _, p := range g.order {
		if p.external {
			continue
		}
		if len(p.files) > 0 && !slices.Contains(out.Dirs, p.dir) {
			out.Dirs = append(out.Dirs, p.dir)
		}
		files = append(files, p.files...)
		for _, f := range p.files {
			out.Stats.count(f.defs)
		}
	}
	texts := make([][]byte, len(files))
	errs := make([]error, len(files))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(files) {
					return
				}
				texts[n], errs[n] = g.render(files[n])
			}
		})
	}
	wg.Wait()
	for _, p := range g.order {
		if !p.external && len(p.files) > 0 && p.FilePrefix == "" {
			text, err := g.packageDoc(p)
			if err != nil {
				return nil, err
			}
			if name := path.Join(p.dir, "doc.go"); out.Files[name] == nil {
				out.Files[name] = text
			}
		}
	}
	for n, f := range files {
		if errs[n] != nil {
			return nil, errs[n]
		}
		name := path.Join(f.pkg.dir, f.name+".go")
		if _, ok := out.Files[name]; ok {
			return nil, fmt.Errorf("two Slice files both become %s", name)
		}
		out.Files[name] = texts[n]
	}
	return out, g.checkCycles(files, texts)
}

func (s *Stats) count(defs []slice.Def) {
	for _, d := range defs {
		switch d := d.(type) {
		case *slice.Interface:
			s.Interfaces++
			s.Operations += len(d.Operations)
		case *slice.Class:
			s.Classes++
		}
	}
}
