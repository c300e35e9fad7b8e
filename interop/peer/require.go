package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

// RequireEnv is the environment variable that turns a missing peer from a
// skipped test into a failed one when it is "1".
const RequireEnv = "SLICE2GO_REQUIRE_PEERS"

// SliceDir is where Debian's zeroc-ice-slice keeps ZeroC's own definitions.
const SliceDir = "/usr/share/ice/slice"

// tool is something that a test may require: how it is found, and the Debian
// package that has it.
type tool struct {
	debian string
	find   func() error
}

// tools are the names that Require knows.
var tools = map[string]tool{
	"slice2cpp":        command("zeroc-ice-compilers", "slice2cpp"),
	"slice2java":       command("zeroc-ice-compilers", "slice2java"),
	"slice2py":         command("zeroc-ice-compilers", "slice2py"),
	"ice-slice":        file("zeroc-ice-slice", SliceDir+"/Ice/Identity.ice"),
	"python3":          {"python3-zeroc-ice", func() error { _, err := python(); return err }},
	"ice-cpp":          file("libzeroc-ice-dev", "/usr/include/Ice/Ice.h"),
	"g++":              command("g++", "g++"),
	"ice-java":         file("libzeroc-ice3.7-java", "/usr/share/java/ice-3.7.*.jar"),
	"java":             command("default-jdk-headless", "java"),
	"javac":            command("default-jdk-headless", "javac"),
	"glacier2router":   command("zeroc-glacier2", "glacier2router"),
	"icegridregistry":  command("zeroc-icegrid", "icegridregistry"),
	"icegridnode":      command("zeroc-icegrid", "icegridnode"),
	"icegridadmin":     command("zeroc-ice-utils", "icegridadmin"),
	"icestormadmin":    command("zeroc-ice-utils", "icestormadmin"),
	"icebox":           command("zeroc-icebox", "icebox"),
	"icestorm-service": file("libzeroc-icestorm3.7", "/usr/lib/*/libIceStormService.so.37"),
	"openssl":          command("openssl", "openssl"),
}

func command(debian, name string) tool {
	return tool{debian, func() error { _, err := exec.LookPath(name); return err }}
}

func file(debian, pattern string) tool {
	return tool{debian, func() error {
		if found, _ := filepath.Glob(pattern); len(found) == 0 {
			return fmt.Errorf("no file %s", pattern)
		}
		return nil
	}}
}

// Require skips the test unless everything named is installed, and fails it
// instead when the environment has SLICE2GO_REQUIRE_PEERS=1. The names are
// those of the commands (slice2cpp, slice2py, slice2java, glacier2router,
// icegridregistry, icegridnode, icebox, openssl, g++, java, javac) and python3
// (one that can import Ice), ice-cpp (headers and libraries), ice-java (the
// jars), ice-slice (ZeroC's definitions) and icestorm-service (for icebox).
func Require(t testing.TB, names ...string) {
	t.Helper()
	var missing []string
	packages := map[string]bool{}
	for _, name := range names {
		tool, known := tools[name]
		if !known {
			t.Fatalf("peer.Require: %q is not a peer that this package knows; add it to its table", name)
		}
		if err := tool.find(); err != nil {
			missing = append(missing, fmt.Sprintf("%s (%v)", name, err))
			packages[tool.debian] = true
		}
	}
	if len(missing) == 0 {
		return
	}
	message := fmt.Sprintf("needs real peers that are not installed: %s; on Debian: apt-get install %s",
		strings.Join(missing, ", "), strings.Join(sortedKeys(packages), " "))
	if os.Getenv(RequireEnv) == "1" {
		t.Fatalf("%s (fails and is not skipped because %s=1)", message, RequireEnv)
	}
	t.Skip("SKIPPED, " + message)
}

func sortedKeys(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for key := range set {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// python finds a Python that can import Ice. Debian's package serves
// /usr/bin/python3 only, which need not be the first one on the path.
var python = sync.OnceValues(func() (string, error) {
	var tried []string
	for _, candidate := range []string{"/usr/bin/python3", "python3"} {
		path, err := exec.LookPath(candidate)
		if err != nil {
			continue
		}
		if out, err := exec.Command(path, "-c", "import Ice").CombinedOutput(); err != nil {
			tried = append(tried, fmt.Sprintf("%s: %s", path, lastLine(string(out))))
			continue
		}
		return path, nil
	}
	if len(tried) == 0 {
		return "", fmt.Errorf("no python3 found")
	}
	return "", fmt.Errorf("%s", strings.Join(tried, "; "))
})

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// Python returns the path of a Python that has ZeroC's Ice.
func Python(t testing.TB) string {
	t.Helper()
	Require(t, "python3")
	path, err := python()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// PythonCommand returns the command that runs a Python peer program with
// ZeroC's Ice, its output unbuffered.
func PythonCommand(t testing.TB, script string, args ...string) Command {
	t.Helper()
	return Command{
		Path: Python(t),
		Args: append([]string{"-u", script}, args...),
		Env:  []string{"PYTHONDONTWRITEBYTECODE=1"},
	}
}

// Root returns the root folder of this module.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("peer.Root: no go.mod above the working directory")
		}
		dir = parent
	}
}

// Definitions returns the folder of the definitions that ship, to be given to
// ZeroC's compilers with -I.
func Definitions(t testing.TB) string {
	t.Helper()
	return filepath.Join(Root(t), "slice", "definitions")
}

// Run runs a command to its end, within a minute, and returns its output; a
// failure fails the test.
func Run(t testing.TB, path string, args ...string) string {
	t.Helper()
	out, err := runIn("", time.Minute, path, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
