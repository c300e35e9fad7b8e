package parser

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/slice2go/slice2go/slice"
)

// Limits of what is read, in bytes: of one file, and of all files of a run. The
// largest Slice files that people write have some hundred thousand.
const (
	maxFileSize = 64 << 20
	maxAllSize  = 512 << 20
)

// source is one file that was read, whatever the number of includes.
type source struct {
	file     *slice.File
	dir      string // on disk; "" for an embedded file
	text     string
	once     bool // #pragma once was seen
	variants []*variant
}

// loader finds files and reads each once.
type loader struct {
	opts    Options
	sources []*source          // in the order of reading
	byID    map[string]*source // by canonical path, "embed:" in front of embedded ones
	byName  map[string]*source // inputs, by the name that they would be included by
	found   map[string]string  // canonical path by path as opened
	size    int                // of all sources, in bytes
}

// embeddedPrefix marks the paths of the definitions that ship in the binary.
const embeddedPrefix = "<embedded>/"

// expand turns the inputs into sources: files as they are, folders into the
// .ice files below them in the order of their names.
func (l *loader) expand(inputs []string) ([]*source, error) {
	var out []*source
	seen := map[*source]bool{}
	add := func(s *source) {
		if !seen[s] {
			seen[s] = true
			s.file.Input = true
			if _, ok := l.byName[s.file.Name]; !ok {
				l.byName[s.file.Name] = s
			}
			out = append(out, s)
		}
	}
	for _, input := range inputs {
		if err := l.expandOne(input, add); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l *loader) expandOne(input string, add func(*source)) error {
	candidates := []string{input}
	if !filepath.IsAbs(input) {
		for _, dir := range l.opts.IncludeDirs {
			candidates = append(candidates, filepath.Join(dir, filepath.FromSlash(input)))
		}
	}
	for _, c := range candidates {
		info, err := os.Stat(c)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("cannot read the input: %w", err)
		}
		if !info.IsDir() {
			s, err := l.open(c, l.nameOf(c, ""))
			if err != nil {
				return err
			}
			add(s)
			return nil
		}
		return l.expandDir(c, add)
	}
	if l.opts.Embedded != nil {
		name := path.Clean(filepath.ToSlash(input))
		if info, err := fs.Stat(l.opts.Embedded, name); err == nil {
			if !info.IsDir() {
				s, err := l.openEmbedded(name)
				if err == nil {
					add(s)
				}
				return err
			}
			return l.expandEmbedded(name, add)
		}
	}
	return fmt.Errorf("there is no file or folder %s, neither here nor below an include folder (-I)", input)
}

func (l *loader) expandDir(dir string, add func(*source)) error {
	var files []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(p, ".ice") {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot list the input folder: %w", err)
	}
	if len(files) == 0 {
		return fmt.Errorf("there is no .ice file in %s", dir)
	}
	sort.Strings(files)
	for _, f := range files {
		s, err := l.open(f, l.nameOf(f, dir))
		if err != nil {
			return err
		}
		add(s)
	}
	return nil
}

func (l *loader) expandEmbedded(dir string, add func(*source)) error {
	return fs.WalkDir(l.opts.Embedded, dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".ice") {
			return err
		}
		s, err := l.openEmbedded(p)
		if err == nil {
			add(s)
		}
		return err
	})
}

// nameOf gives the name that the file at p would be included by: relative to
// the first include folder above it, else to the folder above the input folder
// root, else its path if that stays below the working directory.
func (l *loader) nameOf(p, root string) string {
	abs, err := filepath.Abs(p)
	if err != nil {
		abs = p
	}
	below := func(dir string) (string, bool) {
		d, err := filepath.Abs(dir)
		if err != nil {
			return "", false
		}
		rel, err := filepath.Rel(d, abs)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return "", false
		}
		return filepath.ToSlash(rel), true
	}
	for _, dir := range l.opts.IncludeDirs {
		if name, ok := below(dir); ok {
			return name
		}
	}
	if root != "" {
		if r, err := filepath.Abs(root); err == nil {
			if name, ok := below(filepath.Dir(r)); ok {
				return name
			}
		}
	}
	if !filepath.IsAbs(p) {
		if name, ok := below("."); ok {
			return name
		}
	}
	return filepath.Base(p)
}

// include finds what an #include names, or gives an error that says where it
// was looked for.
func (l *loader) include(from *source, name string, quoted bool) (*source, error) {
	clean := path.Clean(name)
	var dirs []string
	if quoted && from.dir != "" {
		dirs = append(dirs, from.dir)
	}
	if quoted && from.file.Embedded {
		if s, err := l.openEmbedded(path.Join(path.Dir(from.file.Name), name)); err == nil {
			return s, nil
		}
	}
	dirs = append(dirs, l.opts.IncludeDirs...)
	if filepath.IsAbs(name) {
		return l.open(name, l.nameOf(name, ""))
	}
	for i, dir := range dirs {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if !l.exists(p) {
			continue
		}
		incName := clean
		if i == 0 && quoted && from.dir != "" {
			incName = path.Join(path.Dir(from.file.Name), name)
		}
		return l.open(p, incName)
	}
	if s, ok := l.byName[clean]; ok {
		return s, nil
	}
	if l.opts.Embedded != nil {
		if s, err := l.openEmbedded(clean); err == nil {
			return s, nil
		}
	}
	return nil, &includeError{name: name, dirs: dirs, embedded: l.opts.Embedded != nil}
}

// includeError is an include file that is nowhere.
type includeError struct {
	name     string
	dirs     []string
	embedded bool
}

func (e *includeError) Error() string { return "cannot find the include file `" + e.name + "`" }

func (e *includeError) hint() string {
	where := strings.Join(e.dirs, ", ")
	if e.embedded {
		if where != "" {
			where += " and "
		}
		where += "the definitions that ship with slice2go"
	}
	if where == "" {
		return "there is no include folder to look in; name one with -I"
	}
	return "looked in " + where + "; name further folders with -I"
}

// maxNear bounds the names that are looked at for one like that of a missing file.
const maxNear = 10_000

// nearInclude finds a file that a missing one may be a misspelling of: in the
// folders where it was looked for, or among the definitions that ship.
func (l *loader) nearInclude(e *includeError) string {
	folder := path.Dir(e.name)
	var names []string
	for _, dir := range e.dirs {
		entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(folder)))
		if err != nil {
			continue // a folder that does not exist has no names
		}
		for _, entry := range entries {
			if len(names) < maxNear && !entry.IsDir() && strings.HasSuffix(entry.Name(), ".ice") {
				names = append(names, path.Join(folder, entry.Name()))
			}
		}
	}
	if near := slice.Nearest(e.name, names); near != "" || l.opts.Embedded == nil {
		return near
	}
	return l.nearEmbedded(e.name)
}

// nearEmbedded finds a definition that ships by nearly this name, or by this
// name in another folder.
func (l *loader) nearEmbedded(name string) string {
	var names []string
	elsewhere := ""
	err := fs.WalkDir(l.opts.Embedded, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(p, ".ice") {
			names = append(names, p)
			if elsewhere == "" && path.Base(p) == path.Base(name) {
				elsewhere = p
			}
		}
		return err
	})
	if err != nil {
		return ""
	}
	if near := slice.Nearest(name, names); near != "" {
		return near
	}
	return elsewhere
}

func (l *loader) exists(p string) bool {
	if _, ok := l.found[p]; ok {
		return true
	}
	info, err := os.Stat(p)
	return err == nil && !info.IsDir()
}

// open reads the file at p, or gives the source that was made of it before.
func (l *loader) open(p, name string) (*source, error) {
	id, ok := l.found[p]
	if !ok {
		id = p
		if abs, err := filepath.Abs(p); err == nil {
			id = abs
		}
		if real, err := filepath.EvalSymlinks(id); err == nil {
			id = real
		}
		l.found[p] = id
	}
	if s, ok := l.byID[id]; ok {
		return s, nil
	}
	data, err := readRegular(p, min(maxFileSize, maxAllSize-l.size))
	if err != nil {
		return nil, err
	}
	s := l.newSource(id, data)
	s.file.Path, s.file.Name, s.dir = p, name, filepath.Dir(p)
	return s, nil
}

// readRegular reads a regular file of at most limit bytes. A device has no end, and
// a pipe may never have a beginning.
func readRegular(p string, limit int) ([]byte, error) {
	info, err := os.Stat(p)
	if err != nil {
		return nil, fmt.Errorf("cannot read the Slice file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("cannot read the Slice file %s: it is no regular file", p)
	}
	f, err := os.Open(p)
	if err != nil {
		return nil, fmt.Errorf("cannot read the Slice file: %w", err)
	}
	defer func() { _ = f.Close() }()
	// What says that it is empty may have no end all the same, below /proc.
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the Slice file: %w", err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("cannot read the Slice file %s: it is larger than %d bytes, which are left of the %d MiB for one file and %d MiB for all",
			p, limit, maxFileSize>>20, maxAllSize>>20)
	}
	return data, nil
}

func (l *loader) openEmbedded(name string) (*source, error) {
	id := "embed:" + name
	if s, ok := l.byID[id]; ok {
		return s, nil
	}
	if l.opts.Embedded == nil || !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	data, err := fs.ReadFile(l.opts.Embedded, name)
	if err != nil {
		return nil, err
	}
	s := l.newSource(id, data)
	s.file.Path, s.file.Name, s.file.Embedded = embeddedPrefix+name, name, true
	return s, nil
}

func (l *loader) newSource(id string, data []byte) *source {
	text := string(data)
	s := &source{text: text, file: &slice.File{}}
	s.file.Lines = (&lines{text: text}).line
	l.byID[id] = s
	l.size += len(data)
	l.sources = append(l.sources, s)
	return s
}

// lines gives the lines of a text. It remembers the last one, since diagnostics
// come in order: a hundred thousand of them must not each search the text.
type lines struct {
	text       string
	mu         sync.Mutex
	number     int // 0 before the first question
	start, end int // of the line with that number, without its line end
}

// line returns line n, counted from 1, without its line end.
func (l *lines) line(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.number == 0 || n < l.number {
		l.number, l.start = 1, 0
		l.findEnd()
	}
	for ; l.number < n; l.number++ {
		if l.end == len(l.text) {
			return ""
		}
		l.start = l.end + 1
		l.findEnd()
	}
	text := strings.TrimSuffix(l.text[l.start:l.end], "\r")
	return strings.TrimPrefix(text, byteOrderMark)
}

func (l *lines) findEnd() {
	l.end = len(l.text)
	if i := strings.IndexByte(l.text[l.start:], '\n'); i >= 0 {
		l.end = l.start + i
	}
}

// byteOrderMark may begin a file and means nothing.
const byteOrderMark = "\uFEFF"

// bodyStart is where the text proper begins.
func bodyStart(text string) int {
	if strings.HasPrefix(text, byteOrderMark) {
		return utf8.RuneLen('\uFEFF')
	}
	return 0
}
