package gen

import (
	"crypto/sha256"
	"encoding/hex"
	"go/token"
	"strings"
	"unicode"
)

// scope knows which Go names are taken in one place, and by whom.
type scope struct {
	parent *scope
	taken  map[string]string // name to a description of the owner
}

func newScope(parent *scope, names ...string) *scope {
	s := &scope{parent: parent, taken: make(map[string]string, len(names))}
	for _, n := range names {
		s.taken[n] = ""
	}
	return s
}

// owner returns what holds the name, and whether anything does.
func (s *scope) owner(name string) (string, bool) {
	for ; s != nil; s = s.parent {
		if o, ok := s.taken[name]; ok {
			return o, true
		}
	}
	return "", false
}

// claim takes the name, or the name with as many trailing underscores as it
// needs to be free, and returns what it took.
func (s *scope) claim(name, owner string) string {
	for {
		if _, ok := s.owner(name); !ok && !token.IsKeyword(name) {
			s.taken[name] = owner
			return name
		}
		name += "_"
	}
}

// exported turns a Slice identifier into an exported Go one.
func exported(name string) string {
	name = strings.TrimLeft(name, "_")
	if name == "" {
		return "X"
	}
	if c := name[0]; c >= '0' && c <= '9' {
		return "X" + name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// unexported lowers the leading capitals of an identifier, all but the one
// that starts the next word: URL is url, URLName is urlName, Image is image.
func unexported(name string) string {
	name = strings.TrimLeft(name, "_")
	if name == "" {
		return "x"
	}
	if c := name[0]; c >= '0' && c <= '9' {
		return "x" + name
	}
	r := []byte(name)
	for i := range r {
		if !unicode.IsUpper(rune(r[i])) {
			break
		}
		if i > 0 && i+1 < len(r) && unicode.IsLower(rune(r[i+1])) {
			break
		}
		r[i] = byte(unicode.ToLower(rune(r[i])))
	}
	return string(r)
}

// localNames are the names that no parameter may have: what the predeclared
// identifiers mean must not change, and what the generated bodies call their
// own variables and packages is theirs.
var localNames = []string{
	"any", "append", "bool", "byte", "cap", "clear", "close", "comparable", "complex", "complex64",
	"complex128", "copy", "delete", "error", "false", "float32", "float64", "imag", "int", "int8",
	"int16", "int32", "int64", "iota", "len", "make", "max", "min", "new", "nil", "panic", "print",
	"println", "real", "recover", "rune", "string", "true", "uint", "uint8", "uint16", "uint32",
	"uint64", "uintptr",
	"ctx", "d", "e", "err", "impl", "init", "p", "r",
	"context", "ice", "main", "math", "model", "slices", "strconv", "wire",
}

// proxyMethods are the methods that every proxy has.
var proxyMethods = func() []string {
	names := []string{"String", "Equal", "IceNew", "IceInvoke", "IceConnection", "IceFlushBatch"}
	for _, n := range []string{"IcePing", "IceIsA", "IceID", "IceIDs"} {
		names = append(names, n, n+"Async")
	}
	return append(names, "IceInvokeAsync", "IceFlushBatchAsync", "IceConnectionAsync", "Proxy")
}()

// goFileName gives the Go file of a Slice file: the path below the folder that
// is called like the module, in lower case, joined by underscores. A name that
// Go would take for a test or for one platform's file gets a suffix.
func goFileName(name, module, prefix string) string {
	parts := strings.Split(strings.TrimSuffix(name, ".ice"), "/")
	if len(parts) > 1 && strings.EqualFold(parts[0], module) {
		parts = parts[1:]
	}
	base := prefix + strings.ToLower(strings.Join(parts, "_"))
	base = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, base)
	base = strings.TrimLeft(base, "_-")
	if base == "" {
		base = "slice"
	}
	if len(base) > maxFileName {
		sum := sha256.Sum256([]byte(name))
		base = base[:maxFileName-17] + "_" + hex.EncodeToString(sum[:8])
	}
	if i := strings.LastIndexByte(base, '_'); i >= 0 && buildSuffixes[base[i+1:]] || deviceNames[base] {
		base += "_slice"
	}
	return base
}

// maxFileName bounds the name of a Go file without .go, in bytes: file systems
// take 255, and the folders of a Slice file all go into the name.
const maxFileName = 200

// deviceNames are those of devices on Windows, which the go command lets no file
// of a module have.
var deviceNames = func() map[string]bool {
	m := map[string]bool{"con": true, "prn": true, "aux": true, "nul": true}
	for i := '0'; i <= '9'; i++ {
		m["com"+string(i)], m["lpt"+string(i)] = true, true
	}
	return m
}()

// buildSuffixes are the last words of a file name that go build gives a
// meaning to.
var buildSuffixes = func() map[string]bool {
	const words = "test aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 " +
		"solaris wasip1 windows zos 386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le " +
		"mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}()

// packageName makes a Go package name of an import path or a module name.
func packageName(path string) string {
	parts := strings.Split(path, "/")
	name := parts[len(parts)-1]
	if len(parts) > 1 && isMajorVersion(name) {
		name = parts[len(parts)-2]
	}
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return -1
	}, name)
	name = strings.TrimLeft(name, "_0123456789")
	switch {
	case name == "":
		return "pkg"
	case token.IsKeyword(name), name == "main", name == "internal", name == "vendor", name == "testdata", name == "init":
		return name + "_"
	}
	return name
}

func isMajorVersion(s string) bool {
	return len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == ""
}
