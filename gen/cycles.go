package gen

import (
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/slice2go/slice2go/slice"
)

// checkCycles reports packages of the run that import each other, which Slice
// modules may and Go packages may not.
func (g *generator) checkCycles(files []*fileInfo, texts [][]byte) error {
	byPath := make(map[string]*pkg)
	for _, p := range g.order {
		if byPath[p.Path] == nil && !p.external {
			byPath[p.Path] = p
		}
	}
	imports := make(map[*pkg][]*pkg)
	for n, f := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), f.name, texts[n], parser.ImportsOnly)
		if err != nil {
			return fmt.Errorf("the imports of %s cannot be read: %w", f.name, err)
		}
		from := byPath[f.pkg.Path]
		for _, i := range parsed.Imports {
			importPath, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if to := byPath[importPath]; to != nil && to != from && !slices.Contains(imports[from], to) {
				imports[from] = append(imports[from], to)
			}
		}
	}
	for _, cycle := range cyclesIn(g.order, imports) {
		g.cycleError(cycle)
	}
	return nil
}

// cyclesIn returns the sets of packages that reach each other through imports,
// each in the order of list (Tarjan's strongly connected components).
func cyclesIn(list []*pkg, imports map[*pkg][]*pkg) [][]*pkg {
	number, low := make(map[*pkg]int), make(map[*pkg]int)
	onStack := make(map[*pkg]bool)
	var stack []*pkg
	var cycles [][]*pkg
	var visit func(p *pkg)
	visit = func(p *pkg) {
		number[p] = len(number) + 1
		low[p] = number[p]
		stack, onStack[p] = append(stack, p), true
		for _, q := range imports[p] {
			if number[q] == 0 {
				visit(q)
			}
			if onStack[q] {
				low[p] = min(low[p], low[q])
			}
		}
		if low[p] != number[p] {
			return
		}
		at := slices.Index(stack, p)
		together := slices.Clone(stack[at:])
		for _, q := range together {
			onStack[q] = false
		}
		if stack = stack[:at]; len(together) > 1 {
			cycles = append(cycles, together)
		}
	}
	for _, p := range list {
		if number[p] == 0 {
			visit(p)
		}
	}
	for _, c := range cycles {
		slices.SortFunc(c, func(a, b *pkg) int { return slices.Index(list, a) - slices.Index(list, b) })
	}
	return cycles
}

// cycleError says that modules have to share a package, and how to say so.
func (g *generator) cycleError(cycle []*pkg) {
	var in []*pkg // every module of the packages
	for _, p := range g.order {
		if slices.ContainsFunc(cycle, func(c *pkg) bool { return c.Path == p.Path }) && !p.external {
			in = append(in, p)
		}
	}
	names := make([]string, len(in))
	entries := make([]string, len(in))
	var notes []slice.Note
	for i, p := range in {
		names[i] = p.Module
		entries[i] = "{module: " + p.Module + ", path: " + in[0].Path + "}"
		if i > 0 {
			notes = append(notes, slice.Note{Pos: p.module.Pos, Message: "module " + p.Module + " is here"})
		}
	}
	notes = append(notes, slice.Note{Message: "let them share a package: write into slice2go.yaml packages: [" + strings.Join(entries, ", ") + "]"})
	last := len(names) - 1
	g.errorf("package-cycle", in[0].module.Pos, notes, "modules %s and %s refer to each other, and Go packages cannot",
		strings.Join(names[:last], ", "), names[last])
}
