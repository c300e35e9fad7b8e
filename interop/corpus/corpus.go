package corpus

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// IncludeDir is the folder, below that of the corpus, that is given with -I.
const IncludeDir = "included"

// Verdict is what slice2cpp says of one file.
type Verdict struct {
	File   string `json:"file"` // slash-separated, below the folder of the corpus
	Accept bool   `json:"accept"`
	// Errors and Warnings are the lines that messages are about, each once, in
	// order. Those in included files are not listed; a message without a line
	// counts as line 0.
	Errors   []int `json:"errors,omitempty"`
	Warnings []int `json:"warnings,omitempty"`
}

// Files lists the corpus files below dir, slash-separated and sorted, without
// those that are only there to be included.
func Files(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == IncludeDir {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".ice") {
			rel, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(rel))
		}
		return nil
	})
	sort.Strings(files)
	return files, err
}

// Verdicts reads the recorded verdicts below dir, by file.
func Verdicts(dir string) (map[string]Verdict, error) {
	f, err := os.Open(filepath.Join(dir, "verdicts.jsonl"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	verdicts := map[string]Verdict{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v Verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		verdicts[v.File] = v
	}
	return verdicts, nil
}
