package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/slice2go/slice2go/parser"
	"github.com/slice2go/slice2go/slice"
	"github.com/slice2go/slice2go/slice/definitions"
)

// exitStatus ends the program without a further message. 1 is for errors in
// the input, which were printed.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run runs the command line and returns the exit status: 0 for a clean input,
// 1 for errors in it, 2 for wrong usage and for files that cannot be read or
// written.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	cmd := newRootCommand(stdin, stdout, stderr)
	cmd.SetArgs(args)
	err := cmd.Execute()
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintln(stderr, "slice2go:", err)
	return 2
}

func newRootCommand(stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "slice2go",
		Short: "The Slice compiler for Go",
		Long: `The Slice compiler for Go.

It reads Slice as Ice 3.6 and 3.7 write it. All files of Ice's own and
of OMERO are built in and can be included without -I.

Exit status: 0 clean, 1 errors in the input, 2 wrong usage.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return errors.New("a command is missing")
		},
	}
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.AddCommand(newGenerateCommand(), newCheckCommand(), newDumpCommand(), newBreakingCommand(), newVersionCommand())
	return root
}

// inputFlags are the flags of every command that reads Slice.
type inputFlags struct {
	include  []string
	define   []string
	undefine []string
	under    bool
}

func (f *inputFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.include, "include", "I", nil, "`folder` to look for included files in")
	flags.StringArrayVarP(&f.define, "define", "D", nil, "`NAME[=VALUE]` to define for the preprocessor")
	flags.StringArrayVarP(&f.undefine, "undefine", "U", nil, "`NAME` not to define")
	flags.BoolVar(&f.under, "underscore", false, "allow underscores in identifiers")
}

// load reads the inputs.
func (f *inputFlags) load(inputs []string) (*slice.Model, *slice.Diagnostics, error) {
	return parser.Load(parser.Options{
		IncludeDirs: f.include, Defines: f.define, Undefines: f.undefine, Underscore: f.under, Embedded: definitions.FS,
	}, inputs...)
}

// printDiagnostics prints for people, in colours if out is a terminal and
// nobody objects (NO_COLOR).
func printDiagnostics(out io.Writer, diags *slice.Diagnostics) {
	p := slice.Printer{Out: out, Color: useColor(out)}
	_ = p.Print(diags) // a standard error that is closed is nothing to fail for
}

func useColor(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
