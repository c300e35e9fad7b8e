package parser

import (
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/slice2go/slice2go/slice"
)

// Options say how Slice files are found and preprocessed.
type Options struct {
	IncludeDirs []string // -I: where included files are looked for, in this order
	Defines     []string // -D: NAME (stands for 1) or NAME=VALUE
	Undefines   []string // -U: names that no -D defines
	Underscore  bool     // underscores are allowed in identifiers, as [["underscore"]] says of one file
	Embedded    fs.FS    // the last include folder: definitions that ship; may be nil
}

// Load reads the inputs, each a file, a folder (every .ice file below it), or
// a name below an include folder, with everything that they include, and
// resolves them. What is wrong with the Slice definitions is in the
// diagnostics; the error is for inputs that cannot be read at all. The model is
// whole only if the diagnostics hold no error.
func Load(opts Options, inputs ...string) (*slice.Model, *slice.Diagnostics, error) {
	sources, diags, err := Parse(opts, inputs...)
	if err != nil {
		return nil, nil, err
	}
	model, found := slice.Resolve(sources)
	diags.Append(found)
	return model, diags, nil
}

// Parse reads the inputs as Load does, and stops short of resolving: it returns
// the syntax of every input, in order. Each file is read and parsed once.
func Parse(opts Options, inputs ...string) ([]*slice.Source, *slice.Diagnostics, error) {
	p := &preprocessor{macros: newMacros(), loader: &loader{
		opts: opts, byID: map[string]*source{}, byName: map[string]*source{}, found: map[string]string{},
	}}
	if err := p.commandLine(); err != nil {
		return nil, nil, err
	}
	srcs, err := p.expand(inputs)
	if err != nil {
		return nil, nil, err
	}
	units := make([]*variant, len(srcs))
	for i, s := range srcs {
		units[i] = p.unit(s)
	}
	shown := slices.DeleteFunc(slices.Clone(p.variants), func(v *variant) bool { return !v.shown })
	parseAll(shown, p.macros)
	for _, v := range p.variants {
		v.placeholder().Underscore = opts.Underscore
	}
	diags := &slice.Diagnostics{}
	for _, v := range p.variants {
		diags.Append(&v.diags)
	}
	out := make([]*slice.Source, len(units))
	for i, v := range units {
		out[i] = v.placeholder()
	}
	return out, diags, nil
}

// commandLine defines the macros of -D and those that ZeroC's compilers have
// too.
func (p *preprocessor) commandLine() error {
	p.macros.command["ICE_VERSION"] = &macro{name: "ICE_VERSION", body: iceVersion}
	p.macros.command["__ICE_VERSION__"] = &macro{name: "__ICE_VERSION__", body: iceVersion}
	p.macros.command["__SLICE2GO__"] = &macro{name: "__SLICE2GO__", body: "1"}
	for _, d := range p.opts.Defines {
		name, body, has := strings.Cut(d, "=")
		if !has {
			body = "1"
		}
		if name == "" || !isLetter(name[0]) || wordAt(name, 0) != name {
			return fmt.Errorf("-D %s: a macro needs a name of letters, digits and underscores", d)
		}
		p.macros.command[name] = &macro{name: name, body: body}
	}
	for _, name := range p.opts.Undefines {
		delete(p.macros.command, name)
	}
	return nil
}

// iceVersion is the version of the language as ICE_VERSION gives it.
const iceVersion = "30708"

// placeholder is the syntax of v, which may not be read yet: includes refer to
// it before.
func (v *variant) placeholder() *slice.Source {
	v.once.Do(func() { v.syntax = &slice.Source{File: v.src.file} })
	return v.syntax
}

// parseAll parses the variants on all processors.
func parseAll(variants []*variant, m *macros) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, v := range variants {
		g.Go(func() error {
			s := parse(v, m)
			*v.placeholder() = *s
			return nil
		})
	}
	_ = g.Wait() // no parse fails: what is wrong is a diagnostic
}
