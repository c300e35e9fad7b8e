package peer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const buildTimeout = 5 * time.Minute

// Cpp says what a C++ peer is built from: Slice files go through slice2cpp,
// then everything through g++, with the C++11 mapping of Ice 3.7.
type Cpp struct {
	Slice     []string // .ice files
	Sources   []string // .cpp files
	Include   []string // folders for #include in Slice files, besides ZeroC's
	SliceArgs []string // further arguments of slice2cpp, such as --underscore
	Args      []string // further arguments of g++
	Libs      []string // libraries besides Ice++11 and IceSSL++11, such as Glacier2++11
	// Together compiles everything as one file, which is several times faster when there are many small ones, since
	// what takes the time is Ice's headers. Names of file scope must then differ.
	Together bool
}

// BuildCpp builds a C++ peer and returns the path of the program. It is built
// once for a given content of its inputs, and found again by later tests.
func BuildCpp(t testing.TB, c Cpp) string {
	t.Helper()
	Require(t, "slice2cpp", "g++", "ice-cpp", "ice-slice")
	key := newHash(t, "cpp", append(append(append([]string{"slice2cpp", "g++"}, c.SliceArgs...), c.Args...), c.Libs...))
	key.files(append(append([]string(nil), c.Slice...), c.Sources...))
	key.folders(c.Include)
	if c.Together {
		key.text("together")
	}
	dir := cached(t, "cpp", key, func(out string) error {
		args := append([]string{"--output-dir", out}, includes(c.Include)...)
		args = append(append(args, c.SliceArgs...), absolute(t, c.Slice)...)
		if len(c.Slice) > 0 {
			if _, err := runIn(out, buildTimeout, "slice2cpp", args...); err != nil {
				return err
			}
		}
		generated, err := filepath.Glob(filepath.Join(out, "*.cpp"))
		if err != nil {
			return err
		}
		args = []string{"-std=c++17", "-O1", "-DICE_CPP11_MAPPING", "-I" + out, "-o", filepath.Join(out, "peer")}
		sources := append(absolute(t, c.Sources), generated...)
		if c.Together {
			if sources, err = together(out, sources); err != nil {
				return err
			}
		}
		args = append(append(args, c.Args...), sources...)
		for _, lib := range c.Libs {
			args = append(args, "-l"+lib)
		}
		args = append(args, "-lIceSSL++11", "-lIce++11", "-lpthread")
		_, err = runIn(out, buildTimeout, "g++", args...)
		return err
	})
	return filepath.Join(dir, "peer")
}

// together writes a C++ file that includes the others.
func together(out string, sources []string) ([]string, error) {
	var text strings.Builder
	for _, s := range sources {
		fmt.Fprintf(&text, "#include %q\n", s)
	}
	file := filepath.Join(out, "together.cc")
	return []string{file}, os.WriteFile(file, []byte(text.String()), 0o644)
}

// Java says what a Java peer is built from: Slice files go through slice2java,
// then everything through javac.
type Java struct {
	Slice     []string // .ice files
	Sources   []string // .java files
	Include   []string // folders for #include in Slice files, besides ZeroC's
	SliceArgs []string // further arguments of slice2java
	Jars      []string // jars besides ice, such as glacier2: their names without version and folder
}

// BuildJava builds a Java peer and returns the class path to run it with. It is
// built once for a given content of its inputs.
func BuildJava(t testing.TB, j Java) string {
	t.Helper()
	Require(t, "slice2java", "javac", "java", "ice-java", "ice-slice")
	var jars []string
	for _, name := range append([]string{"ice"}, j.Jars...) {
		found, err := filepath.Glob("/usr/share/java/" + name + "-3.7.*.jar")
		if err != nil || len(found) == 0 {
			t.Fatalf("peer.BuildJava: no jar /usr/share/java/%s-3.7.*.jar (%v)", name, err)
		}
		jars = append(jars, found[0])
	}
	key := newHash(t, "java", append(append([]string{"slice2java", "javac"}, j.SliceArgs...), jars...))
	key.files(append(append([]string(nil), j.Slice...), j.Sources...))
	key.folders(j.Include)
	dir := cached(t, "java", key, func(out string) error {
		source := filepath.Join(out, "src")
		if err := os.MkdirAll(source, 0o755); err != nil {
			return err
		}
		if len(j.Slice) > 0 {
			args := append([]string{"--output-dir", source}, includes(j.Include)...)
			args = append(append(args, j.SliceArgs...), absolute(t, j.Slice)...)
			if _, err := runIn(out, buildTimeout, "slice2java", args...); err != nil {
				return err
			}
		}
		args := []string{"-encoding", "UTF-8", "-nowarn", "-cp", strings.Join(jars, ":"), "-d", filepath.Join(out, "classes")}
		args = append(args, absolute(t, j.Sources)...)
		err := filepath.WalkDir(source, func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".java") {
				args = append(args, path)
			}
			return err
		})
		if err != nil {
			return err
		}
		_, err = runIn(out, buildTimeout, "javac", args...)
		return err
	})
	return strings.Join(append([]string{filepath.Join(dir, "classes")}, jars...), ":")
}

func includes(dirs []string) []string {
	var args []string
	for _, dir := range dirs {
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
		args = append(args, "-I"+dir)
	}
	return append(args, "-I"+SliceDir)
}

func absolute(t testing.TB, files []string) []string {
	t.Helper()
	var list []string
	for _, name := range files {
		abs, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, abs)
	}
	return list
}

// buildMu keeps the tests of one process from building side by side: a second
// test most often wants what the first one is building.
var buildMu sync.Mutex

// cached returns the folder for the key, having build fill it if there is none.
// Another process may do the same meanwhile: each fills a folder of its own,
// and the first to be done is kept.
func cached(t testing.TB, kind string, key *hash, build func(dir string) error) string {
	t.Helper()
	buildMu.Lock()
	defer buildMu.Unlock()
	root, err := os.UserCacheDir()
	if err != nil {
		root = os.TempDir()
	}
	root = filepath.Join(root, "slice2go", "peers")
	final := filepath.Join(root, kind+"-"+key.sum(t))
	if _, err := os.Stat(filepath.Join(final, "built")); err == nil {
		return final
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(root, kind+"-building-")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := build(dir); err != nil {
		t.Fatalf("the %s peer does not build: %v", kind, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "built"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, final); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, statErr := os.Stat(filepath.Join(final, "built")); statErr != nil {
			t.Fatal(err)
		}
	}
	return final
}

// hash names the content of a build's inputs.
type hash struct {
	w   io.Writer
	sum func(t testing.TB) string
	err error
}

func newHash(t testing.TB, kind string, args []string) *hash {
	t.Helper()
	h := sha256.New()
	key := &hash{w: h}
	key.sum = func(t testing.TB) string {
		t.Helper()
		if key.err != nil {
			t.Fatal(key.err)
		}
		return hex.EncodeToString(h.Sum(nil))[:24]
	}
	_, _ = fmt.Fprintf(h, "1 %s %q\n", kind, args)
	for _, compiler := range args[:2] {
		version, err := runIn("", time.Minute, compiler, "--version")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintln(h, version)
	}
	return key
}

// text adds a line.
func (h *hash) text(s string) { _, _ = fmt.Fprintln(h.w, s) }

// files adds the names and contents of files.
func (h *hash) files(names []string) {
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil && h.err == nil {
			h.err = err
		}
		_, _ = fmt.Fprintf(h.w, "%s %d\n%s\n", filepath.Base(name), len(content), content)
	}
}

// folders adds every Slice file below the folders, any of which may be included.
func (h *hash) folders(dirs []string) {
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".ice") {
				_, _ = fmt.Fprintln(h.w, path)
				h.files([]string{path})
			}
			return err
		})
		if err != nil && h.err == nil {
			h.err = err
		}
	}
}
