package peer

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder is a testing.TB that notes a skip or a failure and runs its
// cleanups when told to.
type recorder struct {
	testing.TB
	failed   []string
	skipped  []string
	cleanups []func()
}

type stopped struct{}

func (r *recorder) Helper()             {}
func (r *recorder) Failed() bool        { return len(r.failed) > 0 }
func (r *recorder) Cleanup(f func())    { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); panic(stopped{}) }
func (r *recorder) Fatal(args ...any)                 { r.Fatalf("%s", fmt.Sprint(args...)) }
func (r *recorder) Skip(args ...any) {
	r.skipped = append(r.skipped, fmt.Sprint(args...))
	panic(stopped{})
}

// try runs f with a recorder, up to the end that a skip or a failure makes.
func try(t *testing.T, f func(tb testing.TB)) *recorder {
	r := &recorder{TB: t}
	func() {
		defer func() {
			if e := recover(); e != nil && e != (stopped{}) {
				panic(e)
			}
		}()
		f(r)
	}()
	return r
}

func (r *recorder) finish() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
}

func TestRequireNamesWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())

	t.Setenv(RequireEnv, "")
	r := try(t, func(tb testing.TB) { Require(tb, "glacier2router", "openssl") })
	require.Len(t, r.skipped, 1)
	assert.Contains(t, r.skipped[0], "glacier2router")
	assert.Contains(t, r.skipped[0], "apt-get install openssl zeroc-glacier2")
	assert.Empty(t, r.failed)

	t.Setenv(RequireEnv, "1")
	r = try(t, func(tb testing.TB) { Require(tb, "glacier2router") })
	require.Len(t, r.failed, 1)
	assert.Contains(t, r.failed[0], "zeroc-glacier2")
	assert.Empty(t, r.skipped)

	r = try(t, func(tb testing.TB) { Require(tb, "slice2cobol") })
	require.Len(t, r.failed, 1)
	assert.Contains(t, r.failed[0], `"slice2cobol" is not a peer`)
}

func script(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestStartReadsLinesAndStops(t *testing.T) {
	CheckLeaks(t)
	p := Start(t, PythonCommand(t, script(t, "peer.py", `
import sys, Ice
print("tcp 4711"); print("ready")
for line in sys.stdin:
    print("got " + line.strip())
print("the end")
`)))
	assert.Equal(t, "4711", p.Value("tcp"))
	assert.Equal(t, []string{"tcp 4711", "ready"}, p.Lines())
	p.Send("something")
	assert.Equal(t, "got something", p.WaitLine("got"))
	p.Stop()
	assert.Contains(t, p.Output(), "the end", "a closed standard input is a polite end")
	assert.Error(t, syscall.Kill(p.Pid(), 0), "the process is gone")
	p.Stop()
}

func TestStopKillsWhatDoesNotListen(t *testing.T) {
	CheckLeaks(t)
	p := Start(t, Command{Path: "/bin/sh", Args: []string{"-c", "echo ready; exec sleep 600"}})
	p.Signal(syscall.SIGSTOP)
	p.Stop()
	assert.Error(t, syscall.Kill(p.Pid(), 0))
}

func TestStartFailsWithWhatThePeerSaid(t *testing.T) {
	r := try(t, func(tb testing.TB) {
		Start(tb, Command{Path: "/bin/sh", Args: []string{"-c", "echo no luck >&2; exit 3"}})
	})
	r.finish()
	require.Len(t, r.failed, 1)
	assert.Contains(t, r.failed[0], `ended without printing "ready"`)

	r = try(t, func(tb testing.TB) { Start(tb, Command{Path: "/no/such/program"}) })
	require.Len(t, r.failed, 1)
	assert.Contains(t, r.failed[0], "cannot start /no/such/program")
}

func TestCheckLeaksSeesGoroutinesAndDescriptors(t *testing.T) {
	block := make(chan struct{})
	r := try(t, func(tb testing.TB) {
		CheckLeaks(tb)
		go func() { <-block }()
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r.finish()
	close(block)
	require.NoError(t, l.Close())
	require.Len(t, r.failed, 1)
	assert.Contains(t, r.failed[0], "TestCheckLeaksSeesGoroutinesAndDescriptors")
	assert.Contains(t, r.failed[0], "socket:")

	r = try(t, func(tb testing.TB) {
		CheckLeaks(tb)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		done := make(chan struct{})
		go func() { defer close(done); _, _ = l.Accept() }()
		_ = l.Close()
	})
	r.finish()
	assert.Empty(t, r.failed)
}

func TestFreePortGivesEachOnce(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		port := FreePort(t)
		assert.False(t, seen[port])
		seen[port] = true
	}
}

func TestCerts(t *testing.T) {
	c := Certs(t)
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(c.CA)
	require.NoError(t, err)
	require.True(t, pool.AppendCertsFromPEM(ca))

	leaf := func(cert, key string) *x509.Certificate {
		pair, err := tls.LoadX509KeyPair(cert, key)
		require.NoError(t, err)
		return pair.Leaf
	}
	server := leaf(c.Server, c.ServerKey)
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		_, err = server.Verify(x509.VerifyOptions{Roots: pool, DNSName: name})
		assert.NoError(t, err, name)
	}
	_, err = leaf(c.Client, c.ClientKey).Verify(x509.VerifyOptions{
		Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	assert.NoError(t, err)
	_, err = leaf(c.Other, c.OtherKey).Verify(x509.VerifyOptions{Roots: pool})
	assert.Error(t, err)
	omero := leaf(c.Omero, c.OmeroKey)
	assert.Equal(t, "localhost", omero.Subject.CommonName)
	assert.Empty(t, omero.DNSNames)
	for _, name := range []string{c.ServerP12, c.ClientP12, c.OmeroP12} {
		assert.FileExists(t, name)
	}
}

func TestBuildCppAndJava(t *testing.T) {
	CheckLeaks(t)
	program := BuildCpp(t, Cpp{Slice: []string{"testdata/Hello.ice"}, Sources: []string{"testdata/hello.cpp"}})
	assert.Equal(t, program, BuildCpp(t, Cpp{Slice: []string{"testdata/Hello.ice"}, Sources: []string{"testdata/hello.cpp"}}),
		"the same inputs are not built twice")
	server := Start(t, Command{Path: program})
	classes := BuildJava(t, Java{Slice: []string{"testdata/Hello.ice"}, Sources: []string{"testdata/Client.java"}})
	out := Run(t, "java", "-cp", classes, "Client", "greeter:tcp -h 127.0.0.1 -p "+server.Value("tcp"))
	assert.Equal(t, "hello, Java", strings.TrimSpace(out))
}
