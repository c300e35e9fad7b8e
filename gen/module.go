package gen

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// FindModule finds the go.mod nearest to a folder, which need not exist yet,
// and returns the folder that it is in and the module's path.
func FindModule(dir string) (root, module string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	for d := abs; ; d = filepath.Dir(d) {
		text, err := os.ReadFile(filepath.Join(d, "go.mod"))
		if err == nil {
			module, ok := modulePath(string(text))
			if !ok {
				return "", "", fmt.Errorf("%s names no module", filepath.Join(d, "go.mod"))
			}
			return d, module, nil
		}
		if !errors.Is(err, os.ErrNotExist) && !isNotDir(err) {
			return "", "", err
		}
		if d == filepath.Dir(d) {
			return "", "", fmt.Errorf("there is no go.mod in %s or above it", abs)
		}
	}
}

func isNotDir(err error) bool {
	var p *os.PathError
	return errors.As(err, &p) && strings.Contains(p.Err.Error(), "not a directory")
}

// modulePath finds the module directive in the text of a go.mod.
func modulePath(text string) (string, bool) {
	for l := range strings.Lines(text) {
		l, _, _ = strings.Cut(l, "//")
		fields := strings.Fields(l)
		if len(fields) == 2 && fields[0] == "module" {
			p := fields[1]
			if q, err := strconv.Unquote(p); err == nil {
				p = q
			}
			return p, p != ""
		}
	}
	return "", false
}

// ImportPath is the import path of a folder in the module whose root and path
// are given.
func ImportPath(root, module, dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s is not in the module in %s", abs, root)
	}
	return path.Join(module, filepath.ToSlash(rel)), nil
}
