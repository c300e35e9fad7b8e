package adapter_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	at "github.com/slice2go/slice2go/testdata/interop/adaptertest"
)

// An adapter with an id tells IceGrid's registry where it is when it is activated, so that clients find it by its id,
// and takes that back when it is destroyed.
func TestAdapterRegistersWithIceGrid(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "icegridregistry")
	port := peer.FreePort(t)
	locator := fmt.Sprintf("TestGrid/Locator:tcp -h 127.0.0.1 -p %d", port)
	command := peer.Command{Path: "icegridregistry", Ready: "IceGrid.Registry.Client ready"}
	for _, s := range []string{
		"IceGrid.InstanceName=TestGrid", "IceGrid.Registry.LMDB.Path=" + t.TempDir(), "IceGrid.Registry.LMDB.MapSize=16",
		fmt.Sprintf("IceGrid.Registry.Client.Endpoints=tcp -h 127.0.0.1 -p %d", port), "IceGrid.Registry.Server.Endpoints=tcp -h 127.0.0.1",
		"IceGrid.Registry.Internal.Endpoints=tcp -h 127.0.0.1", "IceGrid.Registry.Discovery.Enabled=0", "IceGrid.Registry.DynamicRegistration=1",
		"Ice.PrintAdapterReady=1",
	} {
		command.Args = append(command.Args, "--"+s)
	}
	registry := peer.Start(t, command)

	client := newCommunicator(t, "Ice.Default.Locator", locator, "Ice.Default.LocatorCacheTimeout", "0")
	ask := func() error {
		p, err := client.StringToProxy("tester @ GoTester")
		require.NoError(t, err)
		_, err = at.NewTesterPrx(p).BaseName(t.Context())
		return err
	}
	require.ErrorIs(t, ask(), ice.ErrNotRegistered)
	server := startGoServer(t, "tcp -h 127.0.0.1", "Ice.Default.Locator", locator, "Test.AdapterId", "GoTester")
	require.NoError(t, ask())
	p, err := server.adapter.Proxy(ice.Identity{Name: "tester"})
	require.NoError(t, err)
	assert.Equal(t, "tester -t -e 1.1 @ GoTester", p.String())
	require.NoError(t, server.adapter.Destroy(t.Context()))
	require.Error(t, ask())

	// A registry that cannot be asked makes activation fail, and says so.
	registry.Kill()
	comm := newCommunicator(t, "Ice.Default.Locator", locator, "B.AdapterId", "Other", "B.Endpoints", "tcp -h 127.0.0.1")
	adapter, err := comm.NewAdapter("B", "")
	require.NoError(t, err)
	err = adapter.Activate()
	require.ErrorIs(t, err, ice.ErrConnectionRefused)
	assert.ErrorContains(t, err, `adapter "B" cannot be registered as "Other" with the locator`)
}
