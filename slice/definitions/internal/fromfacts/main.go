// Command fromfacts writes slice/definitions/omero from the facts of OMERO's
// interface in testdata/omero: what is defined where, in which order, and
// what each file includes. It is run by go generate.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	facts := flag.String("facts", "testdata/omero", "folder of files.jsonl and definitions.jsonl")
	out := flag.String("o", "slice/definitions", "folder to write below")
	flag.Parse()
	if err := run(*facts, *out); err != nil {
		fmt.Fprintln(os.Stderr, "fromfacts:", err)
		os.Exit(1)
	}
}

func run(facts, out string) error {
	files, defs, err := readFacts(facts)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(out, filepath.FromSlash(f.File))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(render(f, defs)), 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%d files, %d definitions\n", len(files), len(defs))
	return nil
}
