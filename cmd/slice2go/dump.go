package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/slice2go/slice2go/slice"
)

func newDumpCommand() *cobra.Command {
	var in inputFlags
	cmd := &cobra.Command{
		Use:   "dump FILE|DIR...",
		Short: "Print what Slice definitions mean, as JSON lines",
		Long: `Print what Slice definitions mean: one JSON object for every definition of the
inputs, in source order, with types resolved and absolute.`,
		Example: `  slice2go dump omero | jq -r 'select(.kind == "interface").name'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("dump: name a Slice file or folder")
			}
			model, diags, err := in.load(args)
			if err != nil {
				return err
			}
			printDiagnostics(cmd.ErrOrStderr(), diags)
			if diags.HasErrors() {
				return exitStatus(1)
			}
			if err := slice.Dump(cmd.OutOrStdout(), model); err != nil {
				return fmt.Errorf("cannot write the dump: %w", err)
			}
			return nil
		},
	}
	in.register(cmd)
	return cmd
}
