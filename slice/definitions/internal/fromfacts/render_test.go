package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	factsDir = "../../../../testdata/omero"
	shipped  = "../.."
)

// The files that ship are those that the facts give, and no others.
func TestShippedFilesAreUpToDate(t *testing.T) {
	files, defs, err := readFacts(factsDir)
	require.NoError(t, err)
	require.Len(t, files, 232)

	want := map[string]string{}
	for _, f := range files {
		want[f.File] = render(f, defs)
	}
	got := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(shipped), "omero", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(shipped, path))
		got[path] = string(data)
		return err
	}))
	assert.Equal(t, want, got, "run go generate ./slice/definitions")
}

func TestRender(t *testing.T) {
	defs := []definition{
		{Module: "m::n", Kind: "forward class", Name: "C"},
		{Module: "m::n", Kind: "forward class", Name: "D"},
		{Module: "m::n", Kind: "sequence", Name: "Cs", Of: "C"},
		{Module: "m", Kind: "const", Name: "k", Type: "int", Value: "3"},
		{Module: "m::o", Kind: "enum", Name: "E", Items: []item{{Name: "a"}, {Name: "b", Value: ptr(7)}}},
		{Module: "m::o", Kind: "class", Name: "X", Extends: []string{"C"}, Meta: []string{"protected"},
			Members: []member{{Type: "int", Name: "i", Meta: []string{"deprecate"}}},
			Ops:     []op{{Name: "f", Returns: "void", Mode: "idempotent", Throws: []string{"Bad"}}}},
		{Module: "z", Kind: "dictionary", Name: "M", Key: "string", Value: "int"},
	}
	want := header + `
#pragma once

#include <a/B.ice>

module m
{
    module n
    {
        class C;
        class D;

        sequence<C> Cs;
    }

    const int k = 3;

    module o
    {
        enum E
        {
            a,
            b = 7
        }

        ["protected"]
        class X extends C
        {
            ["deprecate"] int i;

            idempotent void f() throws Bad;
        }
    }
}

module z
{
    dictionary<string, int> M;
}
`
	assert.Equal(t, want, render(sourceFile{Includes: []string{"a/B.ice"}}, defs))
}

func TestFactsWithUnknownKeysAreRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "files.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(`{"file":"a.ice","includes":[]}`+"\n"+`{"flie":"b.ice"}`), 0o600))
	_, err := readLines[sourceFile](path)
	require.ErrorContains(t, err, "files.jsonl:2")
	assert.ErrorContains(t, err, `unknown field "flie"`)
}

func ptr(n int32) *int32 { return &n }
