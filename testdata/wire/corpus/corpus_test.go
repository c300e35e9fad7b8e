package corpus

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var keep = flag.String("wire.corpus", "", "folder of a fuzz cache whose inputs are to be kept")

func TestCorpus(t *testing.T) {
	for _, target := range Targets {
		entries, err := read(target)
		if *keep == "" {
			require.NoError(t, err)
			require.NotEmpty(t, entries)
		} else {
			if entries == nil {
				entries = map[string]string{}
			}
			grow(t, target, entries)
		}
		for name, text := range entries {
			_, err := parse(text)
			require.NoError(t, err, "%s/%s", target, name)
		}
	}
}

// grow adds the inputs of a fuzz cache to a target's file.
func grow(t *testing.T, target string, entries map[string]string) {
	require.NoError(t, filepath.WalkDir(*keep, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Base(filepath.Dir(path)) != target {
			return err
		}
		text, err := os.ReadFile(path)
		entries[filepath.Base(path)] = string(text)
		return err
	}))
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestCompression) })
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(f, entries[name])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile(target+".zip", b.Bytes(), 0o644))
}
