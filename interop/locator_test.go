package interop_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// scriptedLocator is a locator in Python that answers what it is told to.
type scriptedLocator struct {
	*peer.Process
	commands int
}

func startLocator(t *testing.T) *scriptedLocator {
	t.Helper()
	peer.Require(t, "python3")
	return &scriptedLocator{Process: peer.Start(t, peer.PythonCommand(t, filepath.Join(peer.Root(t), "interop", "peers", "python", "locator.py"), "--Ice.Warn.Dispatch=0"))}
}

// tell sets an answer: "adapter ID PROXY", "object NAME PROXY".
func (l *scriptedLocator) tell(format string, args ...any) {
	l.Send(fmt.Sprintf(format, args...))
	l.WaitLine(fmt.Sprint("done ", l.commands))
	l.commands++
}

// asked gives the questions since the last time.
func (l *scriptedLocator) asked() string {
	l.Send("asked")
	prefix := fmt.Sprintf("asked %d: ", l.commands)
	line := l.WaitLine(strings.TrimSuffix(prefix, " "))
	l.commands++
	return strings.TrimPrefix(line+" ", prefix)
}

// fresh is a proxy without a connection, so that its next call needs the locator's answer.
func fresh(t *testing.T, comm *ice.Communicator, proxy string) ice.ObjectPrx {
	t.Helper()
	p, err := comm.StringToProxy(proxy)
	require.NoError(t, err)
	return ice.WithConnectionCached(p, false)
}

// An object moves to another adapter, and the old one is forgotten by the locator: the client finds it with its next call, whatever it has noted.
func TestLocatorForgetsObjectsOfUnknownAdapters(t *testing.T) {
	peer.CheckLeaks(t)
	l := startLocator(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t, ice.WithProperty("Ice.Default.Locator", l.Value("locator")))
	ctx := patient(t)
	there := fmt.Sprintf("dummy:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	nowhere := fmt.Sprintf("dummy:tcp -h 127.0.0.1 -p %d -t 1000", peer.FreePort(t))
	ping := func() error { return fresh(t, comm, "peer").IcePing(ctx) }

	// Its adapter is not there yet, and then it is: the object's entry must not stand in the way.
	l.tell("object peer peer@Old")
	require.ErrorIs(t, ping(), ice.ErrNotRegistered)
	assert.Equal(t, "object peer 1.1, adapter Old 1.1 ", l.asked())
	l.tell("object peer peer@New")
	l.tell("adapter New %s", there)
	require.NoError(t, ping())
	assert.Equal(t, "object peer 1.1, adapter New 1.1 ", l.asked())
	require.NoError(t, ping())
	assert.Equal(t, " ", l.asked(), "both are noted now")

	// The adapter's entry turns out to be old, and the locator does not know the adapter any more.
	l.tell("object peer peer@Third")
	l.tell("adapter New %s", nowhere)
	require.NoError(t, comm.Close())
	comm = newCommunicator(t, ice.WithProperty("Ice.Default.Locator", l.Value("locator")))
	l.tell("object peer peer@New")
	require.ErrorIs(t, ping(), ice.ErrConnectionRefused)
	l.tell("adapter New")
	require.ErrorIs(t, ping(), ice.ErrNotRegistered, "noted: object and adapter; refused; asked again: unknown")
	l.tell("object peer peer@Third")
	l.tell("adapter Third %s", there)
	require.NoError(t, ping())
}

// What the locator says of an adapter without endpoints is asked again, not kept.
func TestLocatorAnswersWithoutEndpointsAreNotKept(t *testing.T) {
	peer.CheckLeaks(t)
	l := startLocator(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t, ice.WithProperty("Ice.Default.Locator", l.Value("locator")))
	ctx := patient(t)
	var none *ice.NoEndpointError
	l.tell("adapter A dummy")
	require.ErrorAs(t, fresh(t, comm, "peer@A").IcePing(ctx), &none)
	l.tell("object peer other")
	require.ErrorAs(t, fresh(t, comm, "peer").IcePing(ctx), &none)
	l.asked()
	l.tell("adapter A dummy:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	l.tell("object peer peer@A")
	require.NoError(t, fresh(t, comm, "peer@A").IcePing(ctx))
	require.NoError(t, fresh(t, comm, "peer").IcePing(ctx))
	assert.Equal(t, "adapter A 1.1, object peer 1.1 ", l.asked())
}

// An adapter's noted endpoints are refused: they are asked for again, also when the object's entry is new.
func TestLocatorRefreshesAdaptersOfNewObjects(t *testing.T) {
	peer.CheckLeaks(t)
	l := startLocator(t)
	first, second := startCore(t, "tcp -h 127.0.0.1 -p 0"), startCore(t, "tcp -h 127.0.0.1 -p 0")
	comm := newCommunicator(t, ice.WithProperty("Ice.Default.Locator", l.Value("locator")), ice.WithProperty("Ice.RetryIntervals", "-1"))
	ctx := patient(t)
	l.tell("adapter A dummy:tcp -h 127.0.0.1 -p %s", first.Value("tcp"))
	l.tell("object peer peer@A")
	require.NoError(t, fresh(t, comm, "peer@A").IcePing(ctx))
	first.Kill()
	l.tell("adapter A dummy:tcp -h 127.0.0.1 -p %s", second.Value("tcp"))
	require.NoError(t, fresh(t, comm, "peer").IcePing(ctx))
}

// The locator is asked in the encoding of the proxy that is resolved, whatever the locator's own proxy says, as ZeroC's clients do; and what it
// answers holds for that encoding.
func TestLocatorIsAskedInTheProxysEncoding(t *testing.T) {
	peer.CheckLeaks(t)
	l := startLocator(t)
	server := startCore(t, "tcp -h 127.0.0.1 -p 0")
	l.tell("adapter A dummy:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
	l.tell("object peer peer@A")
	ctx := patient(t)
	for _, suffix := range []string{"", " -e 1.0", " -e 1.1"} {
		comm := newCommunicator(t, ice.WithProperty("Ice.Default.Locator", strings.Replace(l.Value("locator"), " -e 1.1", suffix, 1)))
		for range 2 {
			require.NoError(t, fresh(t, comm, "peer -e 1.0").IcePing(ctx))
			require.NoError(t, fresh(t, comm, "peer -e 1.1").IcePing(ctx))
		}
		assert.Equal(t, "object peer 1.0, adapter A 1.0, object peer 1.1, adapter A 1.1 ", l.asked(), suffix)
	}
	client := peer.PythonCommand(t, filepath.Join(peer.Root(t), "interop", "peers", "python", "pinger.py"), "--Ice.Default.Locator="+strings.Replace(l.Value("locator"), " -e 1.1", " -e 1.0", 1))
	python := peer.Start(t, client)
	python.Send("peer -e 1.1")
	python.WaitLine("pinged 0")
	python.Send("peer -e 1.0")
	python.WaitLine("pinged 1")
	assert.Equal(t, "object peer 1.1, adapter A 1.1, object peer 1.0, adapter A 1.0 ", l.asked(), "ZeroC's client")
}
