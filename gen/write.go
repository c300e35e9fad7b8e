package gen

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Why a file is not what would be generated.
const (
	Missing   = "missing"
	Different = "different"
	Stale     = "stale"
)

// Difference is a file that is not what would be generated.
type Difference struct {
	Path   string // slash-separated, below the output root
	Reason string // Missing, Different or Stale
}

// Compare lists what Write would change below root, in the order of paths.
// Nothing is written. A file in the way that slice2go did not write is an error,
// and so is one outside of root, to which a symbolic link leads.
func (o *Output) Compare(root string) ([]Difference, error) {
	dir, err := os.OpenRoot(root)
	if errors.Is(err, fs.ErrNotExist) {
		var all []Difference
		for _, name := range o.names() {
			all = append(all, Difference{name, Missing})
		}
		return all, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open the output folder: %w", err)
	}
	defer func() { _ = dir.Close() }()
	return o.compare(dir)
}

func (o *Output) compare(dir *os.Root) ([]Difference, error) {
	var out []Difference
	for _, name := range o.names() {
		old, err := readBelow(dir, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			out = append(out, Difference{name, Missing})
		case err != nil:
			return nil, inRoot(dir, err)
		case bytes.Equal(old, o.Files[name]):
		case !generated(old):
			if path.Base(name) == "doc.go" {
				continue // the package's doc comment was written by hand
			}
			return nil, fmt.Errorf("%s is in the way: slice2go did not write it. Move it, or choose another folder with -o or another path in the configuration",
				filepath.Join(dir.Name(), filepath.FromSlash(name)))
		default:
			out = append(out, Difference{name, Different})
		}
	}
	stale, err := o.stale(dir)
	if err != nil {
		return nil, inRoot(dir, err)
	}
	for _, name := range stale {
		out = append(out, Difference{name, Stale})
	}
	slices.SortFunc(out, func(a, b Difference) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// inRoot adds the output folder to an error that names a path below it.
func inRoot(dir *os.Root, err error) error {
	return fmt.Errorf("in the output folder %s: %w", dir.Name(), err)
}

// Write makes the folders below root hold what was generated: each file that
// differs is replaced whole, and files that an earlier run wrote and this one
// did not are removed. It reports what it changed. When something cannot be
// written, nothing is changed. Nothing outside of root is written, whatever
// paths and symbolic links say.
func (o *Output) Write(root string) ([]Difference, error) {
	if err := os.MkdirAll(root, 0o777); err != nil {
		return nil, fmt.Errorf("cannot make the output folder: %w", err)
	}
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("cannot open the output folder: %w", err)
	}
	defer func() { _ = dir.Close() }()
	diffs, err := o.compare(dir)
	if err != nil {
		return nil, err
	}
	temps := make(map[string]string) // final path to temporary file
	defer func() {
		for _, t := range temps {
			_ = dir.Remove(t)
		}
	}()
	for _, d := range diffs {
		if d.Reason == Stale {
			continue
		}
		if err := dir.MkdirAll(path.Dir(d.Path), 0o777); err != nil {
			return nil, inRoot(dir, err)
		}
		temp, err := writeTemp(dir, d.Path, o.Files[d.Path])
		if err != nil {
			return nil, inRoot(dir, err)
		}
		temps[d.Path] = temp
	}
	for _, d := range diffs {
		if d.Reason == Stale {
			err = dir.Remove(d.Path)
		} else {
			err = dir.Rename(temps[d.Path], d.Path)
			delete(temps, d.Path)
		}
		if err != nil {
			return nil, inRoot(dir, err)
		}
	}
	return diffs, nil
}

// writeTemp writes a file beside the one that it is to replace. Go tools do not
// look at its name. What is there already by that name is not followed or
// overwritten.
func writeTemp(dir *os.Root, final string, data []byte) (string, error) {
	for n := 0; ; n++ {
		temp := path.Join(path.Dir(final), fmt.Sprintf(".slice2go.%d.%d.tmp", os.Getpid(), n))
		f, err := dir.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && n < maxTemps {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(data)
		if err = errors.Join(err, f.Close()); err != nil {
			_ = dir.Remove(temp)
			return "", err
		}
		return temp, nil
	}
}

// maxTemps bounds the names that are tried for a temporary file.
const maxTemps = 1 << 20

// readBelow reads a regular file below dir.
func readBelow(dir *os.Root, name string) ([]byte, error) {
	info, err := dir.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is in the way: it is no regular file", name)
	}
	return dir.ReadFile(name)
}

// names are the paths of the generated files in order.
func (o *Output) names() []string { return slices.Sorted(maps.Keys(o.Files)) }

// stale are the files in the folders of the output that slice2go once wrote
// and would not write now.
func (o *Output) stale(dir *os.Root) ([]string, error) {
	var out []string
	for _, folder := range o.Dirs {
		entries, err := fs.ReadDir(dir.FS(), path.Join(".", folder))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name := path.Join(folder, e.Name())
			if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), ".go") || o.Files[name] != nil {
				continue
			}
			ours, err := generatedFile(dir, name)
			if err != nil {
				return nil, err
			}
			if ours {
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// generated reports whether the text begins with our header.
func generated(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return bytes.HasPrefix(line, []byte("// Code generated by slice2go from ")) &&
		bytes.HasSuffix(bytes.TrimRight(line, "\r"), []byte("; DO NOT EDIT."))
}

// generatedFile reports whether the file begins with our header.
func generatedFile(dir *os.Root, name string) (bool, error) {
	f, err := dir.Open(name)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	line, err := bufio.NewReader(f).ReadSlice('\n')
	if err != nil {
		return false, nil // shorter or longer than any file of ours begins
	}
	return generated(line), nil
}
