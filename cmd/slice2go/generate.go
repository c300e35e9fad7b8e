package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/slice2go/slice2go/gen"
	"github.com/slice2go/slice2go/slice"
)

// generateFlags are the flags of slice2go generate.
type generateFlags struct {
	inputFlags
	config   string
	output   string
	packages []string
	module   string
	check    bool
}

func newGenerateCommand() *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate [FILE|DIR]...",
		Short: "Write Go from Slice definitions",
		Long: `Write Go from Slice definitions.

Without files it takes the inputs of the configuration, slice2go.yaml in the
current folder unless --config names another. All files of Ice's own and
of OMERO are built in and can be included without -I.`,
		Example: `  slice2go generate --config generated/omero/slice2go.yaml
  slice2go generate -o generated Printer.ice
  slice2go generate --check`,
		RunE: func(cmd *cobra.Command, args []string) error { return generate(cmd, &f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration `file` (default "+gen.ConfigName+" when no inputs are given)")
	f.register(cmd)
	flags.StringVarP(&f.output, "output", "o", "", "`folder` under which packages are written (default: that of the nearest go.mod with a configuration, else the current one)")
	flags.StringArrayVar(&f.packages, "package", nil, "`MODULE=IMPORT/PATH` of a top-level Slice module")
	flags.StringVar(&f.module, "module", "", "import `path` that the output folder stands for (default: from the nearest go.mod)")
	flags.BoolVar(&f.check, "check", false, "write nothing, and fail listing each file that is not what would be generated")
	return cmd
}

// generate runs slice2go generate.
func generate(cmd *cobra.Command, f *generateFlags, args []string) error {
	start := time.Now()
	cfg, inputs, err := f.configuration(args)
	if err != nil {
		return err
	}
	root, module, err := f.destination(cfg)
	if err != nil {
		return err
	}
	f.include = append(f.include, cfg.Include...)
	f.define = append(cfg.Define, f.define...)
	model, diags, err := f.load(inputs)
	if err != nil {
		return err
	}
	var out *gen.Output
	if !diags.HasErrors() {
		var found *slice.Diagnostics
		out, found, err = gen.Generate(model, cfg, module)
		if err != nil {
			return err
		}
		diags.Append(found)
	}
	printDiagnostics(cmd.ErrOrStderr(), withoutNoise(cfg, diags))
	if diags.HasErrors() {
		return exitStatus(1)
	}
	if f.check {
		return check(cmd, out, root)
	}
	changed, err := out.Write(root)
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), summary(model, out, changed, time.Since(start)))
	return nil
}

// withoutNoise leaves out warnings that nobody can act on: of files that ship
// with slice2go, and of operations of classes where the configuration asks for
// just these.
func withoutNoise(cfg *gen.Config, diags *slice.Diagnostics) *slice.Diagnostics {
	wanted := slices.ContainsFunc(cfg.Packages, func(p gen.Package) bool { return p.Accessors != "" })
	out := &slice.Diagnostics{}
	for _, d := range diags.Sorted() {
		shipped := d.Pos.File != nil && d.Pos.File.Embedded
		if d.Severity == slice.Warning && (shipped || wanted && d.ID == "class-operations") {
			continue
		}
		out.Add(d)
	}
	return out
}

// configuration reads the configuration and finds the inputs. Inputs of the
// configuration are relative to it.
func (f *generateFlags) configuration(args []string) (*gen.Config, []string, error) {
	cfg := &gen.Config{}
	name := f.config
	if name == "" && len(args) == 0 {
		name = gen.ConfigName
		if _, err := os.Stat(name); err != nil {
			return nil, nil, fmt.Errorf("nothing to generate: there are no inputs, and no %s here; name Slice files or --config", gen.ConfigName)
		}
	}
	inputs := args
	if name != "" {
		var err error
		if cfg, err = gen.ReadConfig(name); err != nil {
			return nil, nil, err
		}
		if len(inputs) == 0 {
			inputs = configInputs(cfg, filepath.Dir(name))
		}
		if len(inputs) == 0 {
			return nil, nil, fmt.Errorf("nothing to generate: %s has no inputs", name)
		}
		f.config = name
	}
	for _, p := range f.packages {
		module, path, ok := strings.Cut(p, "=")
		if !ok || module == "" || path == "" {
			return nil, nil, fmt.Errorf("--package %s: write MODULE=IMPORT/PATH", p)
		}
		if err := cfg.SetPath(module, path); err != nil {
			return nil, nil, fmt.Errorf("--package %q: %w", p, err)
		}
	}
	return cfg, inputs, nil
}

// configInputs finds the inputs of a configuration: beside it, or below one of
// its include folders. What is in neither may be built in, or is the parser's
// to complain about.
func configInputs(cfg *gen.Config, dir string) []string {
	var out []string
	for _, in := range cfg.Inputs {
		found := in
		for _, base := range append([]string{dir}, cfg.Include...) {
			if filepath.IsAbs(in) {
				break
			}
			full := filepath.Join(base, in)
			if _, err := os.Stat(full); err == nil && (base != dir || hasSlice(full)) {
				found = full
				break
			}
		}
		out = append(out, found)
	}
	return out
}

// hasSlice reports whether the path is a file or a folder that has Slice files
// in it: a folder of generated Go may be called like one of definitions.
func hasSlice(path string) bool {
	found := false
	_ = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (p == path || filepath.Ext(p) == ".ice") {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// destination finds the output root and the import path that it stands for.
func (f *generateFlags) destination(cfg *gen.Config) (root, module string, err error) {
	root = f.output
	if root == "" {
		root = cfg.Output
	}
	near := root
	if near == "" {
		near = "."
		if f.config != "" {
			near = filepath.Dir(f.config)
		}
	}
	modRoot, modPath, modErr := gen.FindModule(near)
	if root == "" {
		root = "."
		if f.config != "" && modErr == nil {
			root = modRoot
		} else if f.config != "" {
			root = near
		}
	}
	if f.module != "" {
		module = strings.TrimSuffix(f.module, "/")
		if err := slice.CheckImportPath(module); err != nil {
			return "", "", fmt.Errorf("--module: %w", err)
		}
		return root, module, nil
	}
	if modErr != nil {
		return "", "", fmt.Errorf("%w; run `go mod init`, or say with --module which import path the output folder has", modErr)
	}
	if module, err = gen.ImportPath(modRoot, modPath, root); err == nil {
		err = slice.CheckImportPath(module)
	}
	return root, module, err
}

// check compares what would be generated with what is there.
func check(cmd *cobra.Command, out *gen.Output, root string) error {
	diffs, err := out.Compare(root)
	if err != nil {
		return err
	}
	for _, d := range diffs {
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", filepath.Join(root, filepath.FromSlash(d.Path)), d.Reason)
	}
	if len(diffs) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "slice2go: %d of the generated files are not what would be generated now; run slice2go generate\n", len(diffs))
		return exitStatus(1)
	}
	return nil
}

// summary is the line at the end.
func summary(m *slice.Model, out *gen.Output, changed []gen.Difference, took time.Duration) string {
	stale := 0
	for _, d := range changed {
		if d.Reason == gen.Stale {
			stale++
		}
	}
	s := fmt.Sprintf("%d Slice files read, %d interfaces with %d operations, %d classes; %d Go files, %d of them changed",
		len(m.Files), out.Stats.Interfaces, out.Stats.Operations, out.Stats.Classes, len(out.Files), len(changed)-stale)
	if stale > 0 {
		s += fmt.Sprintf(", %d stale ones removed", stale)
	}
	return s + fmt.Sprintf("; %d ms", took.Milliseconds())
}
