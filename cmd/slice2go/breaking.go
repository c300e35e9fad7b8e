package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/slice2go/slice2go/gen"
	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/breaking"
)

// breakingFlags are the flags of slice2go breaking.
type breakingFlags struct {
	inputFlags
	config  string
	against string
	level   string
	ignore  []string
	json    bool
	rules   bool
}

func newBreakingCommand() *cobra.Command {
	var f breakingFlags
	cmd := &cobra.Command{
		Use:   "breaking --against DIR|FILE|REF [FILE|DIR]...",
		Short: "Compare Slice definitions with an earlier version of them",
		Long: `Compare Slice definitions with an earlier version of them, and report each change
with its place and what it breaks:

  wire    programs of the two versions can no longer talk to each other about it
  source  the wire stays as it is, but Go code that uses it has to be changed
  safe    neither

The earlier version is a file or a folder, or else a commit, a branch or a tag of the
git repository around: the inputs and the include folders are then read from there.
Without files it takes the inputs of the configuration, slice2go.yaml in the current
folder unless --config names another, whose section "breaking" can name a level and
rules to ignore.

Exit status: 0 nothing is broken, 1 something is, or there are errors in the
definitions, 2 wrong usage.`,
		Example: `  slice2go breaking --against main
  slice2go breaking --against v1.2.0 -I include slice
  slice2go breaking --against old/Printer.ice Printer.ice
  slice2go breaking --rules`,
		RunE: func(cmd *cobra.Command, args []string) error { return runBreaking(cmd, &f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration `file` (default "+gen.ConfigName+" when no inputs are given)")
	f.register(cmd)
	flags.StringVar(&f.against, "against", "", "earlier version: a `file`, a folder, or a commit, branch or tag")
	flags.StringVar(&f.level, "level", "", "`level` from which on changes are reported and fail: safe, source or wire (default source)")
	flags.StringArrayVar(&f.ignore, "ignore", nil, "`rule` that reports nothing")
	flags.BoolVar(&f.json, "json", false, "print one JSON object a line for each change")
	flags.BoolVar(&f.rules, "rules", false, "list the rules and what they mean")
	return cmd
}

func runBreaking(cmd *cobra.Command, f *breakingFlags, args []string) error {
	out := cmd.OutOrStdout()
	if f.rules {
		for _, r := range breaking.Rules() {
			fmt.Fprintf(out, "%-24s %-6s  %s\n", r.ID, r.Level, r.Reason)
		}
		return nil
	}
	if f.against == "" {
		return errors.New("breaking: name the earlier version with --against")
	}
	inputs, cfg, err := f.inputs(args)
	if err != nil {
		return err
	}
	opts := breaking.Options{Ignore: append(cfg.Breaking.Ignore, f.ignore...)}
	if err := opts.Validate(); err != nil {
		return fmt.Errorf("breaking: %w", err)
	}
	level, err := breaking.ParseLevel(firstOf(f.level, cfg.Breaking.Level, breaking.Source.String()))
	if err != nil {
		return fmt.Errorf("breaking: %w", err)
	}
	after, err := f.loadClean(cmd, inputs)
	if err != nil {
		return err
	}
	before, err := f.loadAgainst(cmd, inputs)
	if err != nil {
		return err
	}
	var reported []breaking.Change
	failed := false
	for _, c := range breaking.Compare(before, after, opts) {
		if c.Level >= level {
			reported = append(reported, c)
			failed = failed || c.Level > breaking.Safe
		}
	}
	write := breaking.Print
	if f.json {
		write = breaking.WriteJSON
	}
	if err := write(out, reported); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	if failed {
		return exitStatus(1)
	}
	return nil
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// inputs are the arguments, or those of the configuration.
func (f *breakingFlags) inputs(args []string) ([]string, *gen.Config, error) {
	name := f.config
	if name == "" {
		if _, err := os.Stat(gen.ConfigName); err == nil {
			name = gen.ConfigName
		} else if len(args) == 0 {
			return nil, nil, fmt.Errorf("breaking: there are no inputs, and no %s here; name Slice files or --config", gen.ConfigName)
		}
	}
	cfg := &gen.Config{}
	if name != "" {
		var err error
		if cfg, err = gen.ReadConfig(name); err != nil {
			return nil, nil, err
		}
		f.include = append(f.include, cfg.Include...)
		f.define = append(cfg.Define, f.define...)
		if len(args) == 0 {
			args = configInputs(cfg, filepath.Dir(name))
		}
	}
	if len(args) == 0 {
		return nil, nil, fmt.Errorf("breaking: %s has no inputs", name)
	}
	return args, cfg, nil
}

// loadClean reads definitions and prints what is wrong with them. Warnings
// are for slice2go check.
func (f *inputFlags) loadClean(cmd *cobra.Command, inputs []string) (*slice.Model, error) {
	model, diags, err := f.load(inputs)
	if err != nil {
		return nil, err
	}
	if diags.HasErrors() {
		printDiagnostics(cmd.ErrOrStderr(), diags)
		return nil, exitStatus(1)
	}
	return model, nil
}

// loadAgainst reads the earlier version.
func (f *breakingFlags) loadAgainst(cmd *cobra.Command, inputs []string) (*slice.Model, error) {
	if info, err := os.Stat(f.against); err == nil {
		old := f.inputFlags
		if info.IsDir() {
			old.include = append([]string{f.against}, old.include...) // its files include each other
		}
		return old.loadClean(cmd, []string{f.against})
	}
	dir, err := os.MkdirTemp("", "slice2go-breaking-")
	if err != nil {
		return nil, fmt.Errorf("breaking: no place for the earlier version: %w", err)
	}
	defer os.RemoveAll(dir)
	root, err := checkout(cmd.Context(), f.against, dir)
	if err != nil {
		return nil, err
	}
	moved := func(paths []string) ([]string, error) {
		var out []string
		for _, p := range paths {
			m, err := within(root, dir, p)
			if err != nil {
				return nil, err
			}
			out = append(out, m)
		}
		return out, nil
	}
	old := f.inputFlags
	if old.include, err = moved(f.include); err != nil {
		return nil, err
	}
	if inputs, err = moved(inputs); err != nil {
		return nil, err
	}
	model, err := old.loadClean(cmd, inputs)
	if err == nil {
		for _, file := range model.Files {
			if rel, ok := strings.CutPrefix(file.Path, dir+string(os.PathSeparator)); ok {
				file.Path = f.against + ":" + filepath.ToSlash(rel)
			}
		}
	}
	return model, err
}
