package ice

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
)

// effect is a proof that a property does something: what is seen with the settings differs from what is seen without the one that is meant.
type effect struct {
	value string   // of the property
	with  []string // other settings, name=value, in both cases
	see   func(t *testing.T, comm *Communicator) any
}

// proxySees is what a proxy of the property P is like.
func proxySees(see func(r *reference) any) func(*testing.T, *Communicator) any {
	return func(t *testing.T, comm *Communicator) any {
		p, err := comm.PropertyToProxy("P")
		require.NoError(t, err)
		return see(p.iceProxy().ref)
	}
}

func defaultSees(see func(r *reference) any) func(*testing.T, *Communicator) any {
	return func(t *testing.T, comm *Communicator) any {
		p, err := comm.StringToProxy("x:default")
		require.NoError(t, err)
		return see(p.iceProxy().ref)
	}
}

func adapterSees(see func(a *Adapter) any) func(*testing.T, *Communicator) any {
	return func(t *testing.T, comm *Communicator) any {
		a, err := comm.NewAdapter("A", "")
		require.NoError(t, err)
		return see(a)
	}
}

func commSees(see func(comm *Communicator) any) func(*testing.T, *Communicator) any {
	return func(_ *testing.T, comm *Communicator) any { return see(comm) }
}

// stdout gives what is printed while f runs.
func stdout(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	before := os.Stdout
	os.Stdout = w
	f()
	os.Stdout = before
	require.NoError(t, w.Close())
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}

// elsewhere are the properties whose effects other tests show; each is named, and looked for.
var elsewhere = map[string]string{
	"Ice.Config": "TestPropertiesFromArgs", "Ice.RetryIntervals": "TestRetriesAfterAnswers", "Ice.Warn.UnknownProperties": "TestUnknownIcePropertiesAreWarnedOf",
	"Ice.HTTPProxyHost": "TestDialerOfProperties", "Ice.HTTPProxyPort": "TestDialerOfProperties", "Ice.SOCKSProxyHost": "TestDialerOfProperties",
	"Ice.SOCKSProxyPort": "TestDialerOfProperties", "Ice.IPv4": "TestDialerOfProperties", "Ice.IPv6": "TestDialerOfProperties",
	"Ice.PreferIPv6Address": "TestDialerOfProperties", "Ice.TCP.RcvSize": "TestDialerOfProperties", "Ice.TCP.SndSize": "TestDialerOfProperties",
	"Ice.ServerIdleTime": "TestServerIdleTime", "Ice.PrintAdapterReady": "TestPrintedProperties", "Ice.PrintProcessId": "TestPrintedProperties",
	"Ice.Warn.UnusedProperties": "TestUnusedPropertiesAreWarnedOf", "Ice.Warn.Dispatch": "TestWarnDispatch", "Ice.Warn.Connections": "TestConnectionsWarnedOf",
	"IceSSL.Trace.Security": "TestUsePlatformCAs", "IceSSL.UsePlatformCAs": "TestUsePlatformCAs", "IceSSL.CAs": "TestTLSOfProperties",
	"IceSSL.CertAuthDir": "TestTLSPropertiesThatAreWrong", "IceSSL.CertAuthFile": "TestTLSPropertiesThatAreWrong", "IceSSL.CertFile": "TestTLSOfProperties",
	"IceSSL.KeyFile": "TestTLSOfProperties", "IceSSL.Password": "TestTLSOfProperties", "IceSSL.DefaultDir": "TestTLSOfProperties", "IceSSL.VerifyPeer": "TestTLSOfProperties",
	"IceSSL.VerifyDepthMax": "TestTLSOfProperties", "IceSSL.CheckCertName": "TestTLSOfProperties", "IceSSL.TrustOnly": "TestTLSOfProperties",
	"IceSSL.TrustOnly.Client": "TestTLSOfProperties", "IceSSL.TrustOnly.Server": "TestTLSOfProperties", "IceSSL.TrustOnly.Server.*": "TestTLSOfProperties",
	"IceSSL.Protocols": "TestTLSVersions", "IceSSL.ProtocolVersionMin": "TestTLSVersions", "IceSSL.ProtocolVersionMax": "TestTLSVersions",
	"IceSSL.Ciphers": "TestCipherSuites", "IceSSL.CheckCRL": "TestTLSPropertiesThatAreWrong", "IceSSL.RevocationCheck": "TestTLSPropertiesThatAreWrong",
	"A.Router": "TestPublishedEndpointsOfRouter", "A.Router.*": "TestPublishedEndpointsOfRouter", "A.MaxConnections": "TestMaxConnections",
}

var effects = map[string]effect{
	"Ice.BackgroundLocatorCacheUpdates": {"1", nil, commSees(func(c *Communicator) any { return c.backgroundLookup })},
	"Ice.BatchAutoFlush":                {"0", nil, commSees(func(c *Communicator) any { return c.batchFlushSize })},
	"Ice.BatchAutoFlushSize":            {"7", nil, commSees(func(c *Communicator) any { return c.batchFlushSize })},
	"Ice.Compression.MemoryMax":         {"7", nil, commSees(func(c *Communicator) any { return c.decompressing.requests.max })},
	"Ice.DispatchQueueSizeMax":          {"7", nil, commSees(func(c *Communicator) any { return c.dispatching.max })},
	"Ice.ClassGraphDepthMax":            {"7", nil, commSees(func(c *Communicator) any { return c.limits })},
	"Ice.NoSlicing":                     {"1", nil, commSees(func(c *Communicator) any { return c.limits })},
	"Ice.Compression.Level":             {"7", nil, commSees(func(c *Communicator) any { return c.compressionLevel })},
	"Ice.ImplicitContext":               {"Shared", nil, commSees(func(c *Communicator) any { return c.ImplicitContext() == nil })},
	"Ice.MessageSizeMax":                {"7", nil, commSees(func(c *Communicator) any { return []int{c.client.sizeMax, c.server.sizeMax} })},
	"Ice.ToStringMode":                  {"Compat", nil, commSees(func(c *Communicator) any { return c.IdentityToString(Identity{Name: "ü"}) })},
	"Ice.ProgramName": {"me", nil, commSees(func(c *Communicator) any {
		var b bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&b, nil))
		other, _ := NewCommunicator(WithProperties(c.properties), WithLogger(logger))
		other.log.Info("x")
		_ = other.Close()
		return b.String()[strings.Index(b.String(), "level"):]
	})},
	"Ice.ACM.Timeout":                 {"7", nil, commSees(func(c *Communicator) any { return []ACM{c.client.acm, c.server.acm} })},
	"Ice.ACM.Close":                   {"0", nil, commSees(func(c *Communicator) any { return []ACM{c.client.acm, c.server.acm} })},
	"Ice.ACM.Heartbeat":               {"0", nil, commSees(func(c *Communicator) any { return []ACM{c.client.acm, c.server.acm} })},
	"Ice.Default.Host":                {"h", nil, defaultSees(func(r *reference) any { return r.text() })},
	"Ice.Default.Protocol":            {"ssl", nil, defaultSees(func(r *reference) any { return r.text() })},
	"Ice.Default.Timeout":             {"7", nil, defaultSees(func(r *reference) any { return r.text() })},
	"Ice.Default.SourceAddress":       {"127.0.0.1", nil, commSees(func(c *Communicator) any { return c.dialer.SourceAddress })},
	"Ice.Default.EncodingVersion":     {"1.0", nil, defaultSees(func(r *reference) any { return r.text() })},
	"Ice.Default.EndpointSelection":   {"Ordered", nil, defaultSees(func(r *reference) any { return r.selection })},
	"Ice.Default.InvocationTimeout":   {"7", nil, defaultSees(func(r *reference) any { return r.invocationTimeout })},
	"Ice.Default.LocatorCacheTimeout": {"7", nil, defaultSees(func(r *reference) any { return r.locatorTimeout })},
	"Ice.Default.PreferSecure":        {"1", nil, defaultSees(func(r *reference) any { return r.preferSecure })},
	"Ice.Default.SlicedFormat":        {"1", nil, commSees(func(c *Communicator) any { return c.format })},
	"Ice.Default.Router":              {"r:tcp -h h -p 1", nil, commSees(func(c *Communicator) any { return c.DefaultRouter() == nil })},
	"Ice.Default.Locator":             {"l:tcp -h h -p 1", nil, commSees(func(c *Communicator) any { return c.DefaultLocator() == nil })},
	"Ice.Override.CloseTimeout":       {"7", nil, commSees(func(c *Communicator) any { return c.closeTimeout() })},
	"Ice.Override.ConnectTimeout":     {"7", nil, commSees(func(c *Communicator) any { return c.overrides.connectTimeout })},
	"Ice.Override.Compress":           {"1", nil, defaultSees(func(r *reference) any { return r.override(r.endpoints[0]).compress })},
	"Ice.Override.Timeout":            {"7", nil, defaultSees(func(r *reference) any { return r.override(r.endpoints[0]).timeout })},
	"Ice.Override.Secure":             {"1", nil, defaultSees(func(r *reference) any { _, err := r.usable(r.endpoints); return err == nil })},
	"Ice.Trace.Locator":               {"1", nil, commSees(func(c *Communicator) any { return c.trace.locator })},
	"Ice.Trace.Network":               {"1", nil, commSees(func(c *Communicator) any { return c.trace.network })},
	"Ice.Trace.Protocol":              {"1", nil, commSees(func(c *Communicator) any { return c.trace.protocol })},
	"Ice.Trace.Retry":                 {"1", nil, commSees(func(c *Communicator) any { return c.trace.retries })},
	"Ice.Trace.Slicing":               {"1", nil, commSees(func(c *Communicator) any { return c.trace.slicing })},
	"Ice.ThreadPool.Server.Serialize": {"1", []string{"A.Endpoints=tcp -h 127.0.0.1"}, adapterSees(func(a *Adapter) any { return a.limits.dispatches })},

	"P": {"x:tcp -h h", nil, func(t *testing.T, comm *Communicator) any {
		p, err := comm.PropertyToProxy("P")
		require.NoError(t, err)
		return p == nil
	}},
	"P.CollocationOptimized": {"0", []string{"P=x"}, func(_ *testing.T, comm *Communicator) any {
		p, _ := comm.PropertyToProxy("P")
		return comm.ProxyToProperty(p, "P")["P.CollocationOptimized"]
	}},
	"P.ConnectionCached":    {"0", []string{"P=x"}, proxySees(func(r *reference) any { return r.uncached })},
	"P.Context.*":           {"v", []string{"P=x"}, proxySees(func(r *reference) any { return r.context.get() })},
	"P.EndpointSelection":   {"Ordered", []string{"P=x"}, proxySees(func(r *reference) any { return r.selection })},
	"P.InvocationTimeout":   {"7", []string{"P=x"}, proxySees(func(r *reference) any { return r.invocationTimeout })},
	"P.Locator":             {"l:tcp -h h", []string{"P=x"}, proxySees(func(r *reference) any { return r.locator == nil })},
	"P.LocatorCacheTimeout": {"7", []string{"P=x"}, proxySees(func(r *reference) any { return r.locatorTimeout })},
	"P.PreferSecure":        {"1", []string{"P=x"}, proxySees(func(r *reference) any { return r.preferSecure })},
	"P.Router":              {"r:tcp -h h", []string{"P=x"}, proxySees(func(r *reference) any { return r.router == nil })},

	"A.AdapterId":            {"Id", nil, adapterSees(func(a *Adapter) any { p, _ := a.Proxy(Identity{Name: "x"}); return p.String() })},
	"A.ReplicaGroupId":       {"G", nil, adapterSees(func(a *Adapter) any { p, _ := a.Proxy(Identity{Name: "x"}); return p.String() })},
	"A.Endpoints":            {"tcp -h 127.0.0.1", nil, adapterSees(func(a *Adapter) any { return len(a.Endpoints()) })},
	"A.PublishedEndpoints":   {"tcp -h h -p 1", nil, adapterSees(func(a *Adapter) any { return a.PublishedEndpoints() })},
	"A.PublishedHost":        {"h", []string{"A.Endpoints=tcp -h 127.0.0.1"}, adapterSees(func(a *Adapter) any { return strings.Contains(a.PublishedEndpoints()[0], "-h h ") })},
	"A.ProxyOptions":         {"-o", nil, adapterSees(func(a *Adapter) any { p, _ := a.Proxy(Identity{Name: "x"}); return p.String() })},
	"A.Locator":              {"l:tcp -h h", nil, adapterSees(func(a *Adapter) any { return a.proxies.locator == nil })},
	"A.MessageSizeMax":       {"7", nil, adapterSees(func(a *Adapter) any { return a.limits.sizeMax })},
	"A.ThreadPool.Serialize": {"1", nil, adapterSees(func(a *Adapter) any { return a.limits.dispatches })},
}

func init() {
	rules := map[string]string{"CloseTimeout": "7", "CoalesceDelay": "7", "ConnectTimeout": "7", "EnableIdleCheck": "0", "IdleTimeout": "7", "InactivityTimeout": "7", "MaxDispatches": "7", "SendQueueMax": "7"}
	for suffix, value := range rules {
		effects["Ice.Connection.Client."+suffix] = effect{value, nil, commSees(func(c *Communicator) any { return c.client })}
		effects["Ice.Connection.Server."+suffix] = effect{value, nil, commSees(func(c *Communicator) any { return c.server })}
		effects["A.Connection."+suffix] = effect{value, nil, adapterSees(func(a *Adapter) any { return a.limits })}
	}
	for suffix, value := range map[string]string{"": "7", ".Timeout": "7", ".Close": "0", ".Heartbeat": "0"} {
		effects["Ice.ACM.Client"+suffix] = effect{value, nil, commSees(func(c *Communicator) any { return c.client.acm })}
		effects["Ice.ACM.Server"+suffix] = effect{value, nil, commSees(func(c *Communicator) any { return c.server.acm })}
		if suffix != "" {
			effects["A.ACM"+suffix] = effect{value, nil, adapterSees(func(a *Adapter) any { return a.limits.acm })}
		}
	}
}

// everyProperty lists the names that we accept: Ice's, those below an adapter's name A, and those below a proxy's name P.
func everyProperty() []string {
	names := slices.Sorted(maps.Keys(propertyNames))
	for _, suffix := range adapterSuffixes {
		names = append(names, "A."+suffix)
	}
	for _, suffix := range proxySuffixes {
		names = append(names, "P."+suffix)
	}
	return append(names, "P", "A.Router", "A.Router.*", "A.Locator")
}

// Every property that is accepted does something, or the program hears that it does not, and why.
func TestEveryPropertyHasAnEffect(t *testing.T) {
	peer.CheckLeaks(t)
	tests := testNames(t, ".")
	count := map[string]int{}
	for _, name := range everyProperty() {
		e, proven := effects[name]
		// The proxies of routers and locators are made like all others.
		for _, prefix := range []string{"Ice.Default.Router.", "Ice.Default.Locator."} {
			if suffix, ok := strings.CutPrefix(name, prefix); ok {
				_, proven = effects["P."+suffix]
				e = effect{}
			}
		}
		test := elsewhere[name]
		switch {
		case withoutEffect(name) != "" || name == "Ice.Plugin.*":
			assert.False(t, proven || test != "", "%s has an effect, and is said to have none", name)
			count["without effect"]++
		case strings.HasPrefix(name, "A.ThreadPool.") && strings.Contains(" "+noEffectSuffixes+" ", " "+strings.TrimPrefix(name, "A.")+" "):
			count["without effect"]++
		case refusals[name] != "":
			count["refused"]++
		case test != "":
			assert.True(t, tests[test], "%s: there is no test %s", name, test)
			count["shown by another test"]++
		case assert.True(t, proven, "%s is accepted, and nothing shows that it does something", name) && e.see != nil:
			count["shown here"]++
			t.Run(name, func(t *testing.T) {
				assert.NotEqual(t, e.seen(t, ""), e.seen(t, strings.Replace(name, "*", "key", 1)), "it does nothing")
			})
		}
	}
	t.Log(count)
	assert.Greater(t, count["shown here"], 80)
}

// seen gives what is seen with the property set, or without if name is "".
func (e effect) seen(t *testing.T, name string) any {
	t.Helper()
	options := []Option{WithLogger(slog.New(slog.DiscardHandler))}
	for _, s := range e.with {
		k, v, _ := strings.Cut(s, "=")
		options = append(options, WithProperty(k, v))
	}
	if name != "" {
		options = append(options, WithProperty(name, e.value))
	}
	comm, err := NewCommunicator(options...)
	require.NoError(t, err)
	defer func() { assert.NoError(t, comm.Close()) }()
	return e.see(t, comm)
}

// testNames lists the tests of a folder's packages.
func testNames(t *testing.T, folders ...string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, folder := range folders {
		require.NoError(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
				names[m[1]] = true
			}
			return err
		}))
	}
	return names
}

// What means nothing here is warned of with the reason, once, unless that is switched off; what a program relies on is refused.
func TestPropertiesWithoutEffect(t *testing.T) {
	peer.CheckLeaks(t)
	make := func(settings ...string) (string, error) {
		var log bytes.Buffer
		options := []Option{WithLogger(slog.New(slog.NewTextHandler(&log, nil)))}
		for _, s := range settings {
			k, v, _ := strings.Cut(s, "=")
			options = append(options, WithProperty(k, v))
		}
		comm, err := NewCommunicator(options...)
		if err == nil {
			a, err := comm.NewAdapter("A", "tcp -h 127.0.0.1")
			require.NoError(t, err)
			require.NotNil(t, a)
			require.NoError(t, comm.Close())
		}
		return log.String(), err
	}
	for name, reason := range noEffects {
		name = strings.Replace(name, "Ice.Admin.*", "Ice.Admin.Enabled", 1)
		name = regexp.MustCompile(`(Router|Locator)\.\*`).ReplaceAllString(name, "$1.PreferSecure")
		name = strings.Replace(name, "*", "X", 1)
		log, err := make(name + "=7")
		require.NoError(t, err, name)
		assert.Equal(t, 1, strings.Count(log, "level=WARN"), "%s: %s", name, log)
		assert.Contains(t, log, "property="+name+" ")
		assert.Contains(t, log, strings.Fields(reason)[0])
		log, err = make(name+"=7", "Ice.Warn.UnknownProperties=0")
		require.NoError(t, err)
		assert.Empty(t, log, name)
	}
	for suffix := range strings.FieldsSeq(noEffectSuffixes) {
		log, err := make("A." + suffix + "=7")
		require.NoError(t, err)
		assert.Contains(t, log, "property=A."+suffix)
	}
	for name, value := range asHere {
		log, err := make(name + "=" + value)
		require.NoError(t, err)
		assert.Empty(t, log, name)
	}
	log, err := make("Ice.Plugin.IceSSL=IceSSL:createIceSSL")
	require.NoError(t, err)
	assert.Empty(t, log)
	for name, reason := range refusals {
		_, err := make(name + "=7")
		require.ErrorContains(t, err, name)
		assert.ErrorContains(t, err, reason)
	}
}

// What Ice prints for who starts a server is printed.
func TestPrintedProperties(t *testing.T) {
	peer.CheckLeaks(t)
	var pid string
	text := stdout(t, func() {
		comm, err := NewCommunicator(WithProperty("Ice.PrintAdapterReady", "1"), WithProperty("Ice.PrintProcessId", "1"))
		require.NoError(t, err)
		a, err := comm.NewAdapter("Mine", "tcp -h 127.0.0.1")
		require.NoError(t, err)
		require.NoError(t, a.Activate())
		require.NoError(t, a.Activate())
		require.NoError(t, comm.Close())
		pid = slog.IntValue(os.Getpid()).String()
	})
	assert.Equal(t, pid+"\nMine ready\n", text)
}

func TestUnusedPropertiesAreWarnedOf(t *testing.T) {
	peer.CheckLeaks(t)
	for _, value := range []string{"0", "1"} {
		var log bytes.Buffer
		comm, err := NewCommunicator(WithLogger(slog.New(slog.NewTextHandler(&log, nil))), WithProperty("My.Misspelt", "1"), WithProperty("Ice.Warn.UnusedProperties", value))
		require.NoError(t, err)
		require.NoError(t, comm.Close())
		assert.Equal(t, value == "1", strings.Contains(log.String(), "My.Misspelt"), log.String())
	}
}

// A server without requests shuts down; one with requests does so after the last.
func TestServerIdleTime(t *testing.T) {
	peer.CheckLeaks(t)
	comm, err := NewCommunicator(WithProperty("Ice.ServerIdleTime", "3600"))
	require.NoError(t, err)
	defer func() { require.NoError(t, comm.Close()) }()
	idle := comm.shutdown.idle
	require.Equal(t, time.Hour, idle.after)
	idle.after = time.Millisecond
	time.Sleep(20 * time.Millisecond)
	assert.False(t, comm.IsShutdown(), "it has no adapter: it is no server")
	idle.running.Add(1) // as if a request ran
	a, err := comm.NewAdapter("A", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	p, err := a.Add(newGreeter(hello), Identity{Name: "greeter"})
	require.NoError(t, err)
	require.NoError(t, a.Activate())
	_, err = greet(t.Context(), p, "you")
	require.NoError(t, err)
	time.Sleep(20 * time.Millisecond)
	assert.False(t, comm.IsShutdown())
	assert.EqualValues(t, 1, idle.requests.Load())
	idle.running.Add(-1)
	require.NoError(t, comm.WaitForShutdown(t.Context()))
	assert.True(t, comm.IsShutdown())
	assert.True(t, a.IsDeactivated())
	_, err = comm.NewAdapter("B", "tcp -h 127.0.0.1")
	require.ErrorIs(t, err, ErrCommunicatorDestroyed)
}

// After Shutdown, requests that run end and are answered; calls of this side go on.
func TestShutdown(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	entered, release := make(chan struct{}), make(chan struct{})
	p := w.add(newGreeter(func(context.Context, string) (string, error) {
		close(entered)
		<-release
		return "", nil
	}), "greeter")
	call := greetAsync(t.Context(), p, "you")
	<-entered
	w.server.Shutdown()
	w.server.Shutdown()
	assert.True(t, w.server.IsShutdown())
	assert.False(t, w.client.IsShutdown())
	close(release)
	require.NoError(t, call.Err(t.Context()))
	require.NoError(t, w.server.WaitForShutdown(t.Context()))
	require.ErrorIs(t, p.IcePing(t.Context()), ErrConnectionRefused)
}

// Ice.Warn.Connections has clients that break off their greeting warned of.
func TestConnectionsWarnedOf(t *testing.T) {
	peer.CheckLeaks(t)
	for _, value := range []string{"0", "1"} {
		w := newWorld(t, "Ice.Warn.Connections", value, "IceSSL.CertFile", "")
		l := w.adapter.listeners[0]
		a, b := net.Pipe()
		require.NoError(t, b.Close())
		w.adapter.serving.Add(1)
		w.adapter.opening++
		l.open(brokenConn{a})
		assert.Equal(t, value == "1", strings.Contains(w.log.String(), "an incoming connection failed"), w.log.String())
	}
}

// brokenConn is a connection of which the peer is gone.
type brokenConn struct{ net.Conn }

func (brokenConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (brokenConn) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2} }

// Without IceSSL.CAs the system's authorities are trusted; with IceSSL.UsePlatformCAs=0 none is. IceSSL.Trace.Security tells of what TLS agrees on.
func TestUsePlatformCAs(t *testing.T) {
	none, err := newTLS(propertiesOf("IceSSL.UsePlatformCAs", "0"), nil)
	require.NoError(t, err)
	require.NotNil(t, none.client.RootCAs)
	assert.True(t, none.client.RootCAs.Equal(x509.NewCertPool()))
	system, err := newTLS(propertiesOf(), nil)
	require.NoError(t, err)
	assert.Nil(t, system.client.RootCAs)

	for _, value := range []string{"0", "1"} {
		var log bytes.Buffer
		tracer := newTracer(propertiesOf("IceSSL.Trace.Security", value), slog.New(slog.NewTextHandler(&log, nil)))
		local, remote := brokenConn{}.LocalAddr(), brokenConn{}.RemoteAddr()
		tracer.connected(transport.Target{}, &transport.Info{Protocol: "ssl", LocalAddr: local, RemoteAddr: remote, TLS: &tls.ConnectionState{Version: tls.VersionTLS13}}, nil)
		assert.Equal(t, value == "1", strings.Contains(log.String(), `version="TLS 1.3"`), log.String())
	}
}
