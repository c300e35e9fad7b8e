package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// sourceFile is one line of files.jsonl.
type sourceFile struct {
	File     string   `json:"file"`
	Includes []string `json:"includes"`
}

// definition is one line of definitions.jsonl. Types are spelled as Slice
// source spells them, relative to the module.
type definition struct {
	File    string   `json:"file"`
	Module  string   `json:"module"`
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Meta    []string `json:"meta"`
	Extends []string `json:"extends"`
	Members []member `json:"members"`
	Ops     []op     `json:"ops"`
	Items   []item   `json:"items"`
	Of      string   `json:"of"`
	Key     string   `json:"key"`
	Type    string   `json:"type"`
	// Value is a constant's literal, or a dictionary's value type.
	Value string `json:"value"`
}

type member struct {
	Type string   `json:"type"`
	Name string   `json:"name"`
	Meta []string `json:"meta"`
}

type op struct {
	Name    string   `json:"name"`
	Returns string   `json:"returns"`
	Params  []member `json:"params"`
	Mode    string   `json:"mode"`
	Meta    []string `json:"meta"`
	Throws  []string `json:"throws"`
}

// item is an enumerator, written as a pair of name and explicit value or null.
type item struct {
	Name  string
	Value *int32
}

// UnmarshalJSON reads the pair.
func (i *item) UnmarshalJSON(data []byte) error {
	pair := []any{&i.Name, &i.Value}
	return json.Unmarshal(data, &pair)
}

// readFacts reads both lists from the folder dir.
func readFacts(dir string) ([]sourceFile, []definition, error) {
	files, err := readLines[sourceFile](filepath.Join(dir, "files.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	defs, err := readLines[definition](filepath.Join(dir, "definitions.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	return files, defs, nil
}

// readLines reads a file of JSON objects, one a line. A key that T does not
// know is an error: a fact that nobody writes out must not get lost.
func readLines[T any](path string) ([]T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []T
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for n := 1; lines.Scan(); n++ {
		var v T
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		out = append(out, v)
	}
	return out, lines.Err()
}
