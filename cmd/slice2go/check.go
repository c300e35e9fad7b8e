package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newCheckCommand() *cobra.Command {
	var in inputFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check FILE|DIR...",
		Short: "Report errors and warnings in Slice definitions",
		Long: `Report errors and warnings in Slice definitions, all of them, and write nothing.

A folder stands for every .ice file below it.`,
		Example: `  slice2go check Printer.ice
  slice2go check -I include --json src`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("check: name a Slice file or folder")
			}
			_, diags, err := in.load(args)
			if err != nil {
				return err
			}
			if asJSON {
				if err := diags.WriteJSON(cmd.OutOrStdout()); err != nil {
					return fmt.Errorf("cannot write the diagnostics: %w", err)
				}
			} else {
				printDiagnostics(cmd.ErrOrStderr(), diags)
			}
			if diags.HasErrors() {
				return exitStatus(1)
			}
			return nil
		},
	}
	in.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line on standard output, for editors")
	return cmd
}
