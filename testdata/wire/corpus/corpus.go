// Package corpus keeps what the fuzz targets of the wire found worth keeping: inputs that reach code that no other does.
// There is a zip file for each target, with the files that go test -fuzz writes to its cache.
//
//	go test ./testdata/wire/corpus -wire.corpus "$(go env GOCACHE)/fuzz"
//
// adds what a fuzz run found.
package corpus

import (
	"archive/zip"
	"bytes"
	"embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

//go:embed *.zip
var files embed.FS

// Targets are the fuzz targets that have a file.
var Targets = []string{"FuzzValues", "FuzzImages", "FuzzMessage", "FuzzWireOmero"}

// Add adds the inputs that are kept for a target.
func Add(f *testing.F, target string) {
	f.Helper()
	entries, err := read(target)
	if err != nil {
		f.Fatal(err)
	}
	for name, text := range entries {
		args, err := parse(text)
		if err != nil {
			f.Fatalf("%s/%s: %v", target, name, err)
		}
		f.Add(args...)
	}
}

// read gives the files of a target by their names.
func read(target string) (map[string]string, error) {
	data, err := files.ReadFile(target + ".zip")
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	entries := map[string]string{}
	for _, file := range archive.File {
		r, err := file.Open()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		entries[file.Name] = string(text)
	}
	return entries, nil
}

// parse reads the arguments in a file of go test -fuzz: a line for each, of type byte or []byte here.
func parse(text string) ([]any, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if lines[0] != "go test fuzz v1" {
		return nil, fmt.Errorf("begins with %q", lines[0])
	}
	var args []any
	for _, line := range lines[1:] {
		if quoted, ok := strings.CutPrefix(line, "[]byte("); ok {
			s, err := strconv.Unquote(strings.TrimSuffix(quoted, ")"))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", line, err)
			}
			args = append(args, []byte(s))
			continue
		}
		quoted := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(line, "byte('"), "uint8('"), "')")
		if quoted == `\'` {
			args = append(args, byte('\''))
			continue
		}
		r, _, _, err := strconv.UnquoteChar(quoted, 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		args = append(args, byte(r))
	}
	return args, nil
}
