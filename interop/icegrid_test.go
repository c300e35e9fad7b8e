package interop_test

import (
	"context"
	"fmt"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/icegrid"
	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

// grid is an IceGrid node with its registry, and a session of an administrator of it.
type grid struct {
	comm    *ice.Communicator
	session icegrid.AdminSessionPrx
	admin   icegrid.AdminPrx
}

// startGrid starts a node, and a client whose locator is the node's registry.
func startGrid(t *testing.T, options ...ice.Option) *grid {
	t.Helper()
	peer.Require(t, "icegridregistry", "icegridnode", "python3")
	dir := t.TempDir()
	locator := fmt.Sprint("TestGrid/Locator:tcp -h 127.0.0.1 -p ", peer.FreePort(t))
	command := peer.Command{Path: "icegridnode", Ready: "IceGrid.Node ready"}
	for _, s := range []string{
		"IceGrid.InstanceName=TestGrid",
		"Ice.Default.Locator=" + locator,
		"IceGrid.Node.Name=node",
		"IceGrid.Node.Endpoints=tcp -h 127.0.0.1",
		"IceGrid.Node.Data=" + dir,
		"IceGrid.Node.CollocateRegistry=1",
		"IceGrid.Registry.LMDB.Path=" + t.TempDir(),
		"IceGrid.Registry.LMDB.MapSize=16",
		"IceGrid.Registry.Client.Endpoints=" + strings.TrimPrefix(locator, "TestGrid/Locator:"),
		"IceGrid.Registry.Server.Endpoints=tcp -h 127.0.0.1",
		"IceGrid.Registry.Internal.Endpoints=tcp -h 127.0.0.1",
		"IceGrid.Registry.Discovery.Enabled=0",
		"IceGrid.Registry.PermissionsVerifier=TestGrid/NullPermissionsVerifier",
		"IceGrid.Registry.AdminPermissionsVerifier=TestGrid/NullPermissionsVerifier",
		"IceGrid.Registry.DynamicRegistration=1",
		"IceGrid.Node.AllowRunningServersAsRoot=1", // where the tests run as root
		"Ice.PrintAdapterReady=1",
	} {
		command.Args = append(command.Args, "--"+s)
	}
	peer.Start(t, command)

	ctx := t.Context()
	comm, err := ice.NewCommunicator(append([]ice.Option{ice.WithProperty("Ice.Default.Locator", locator)}, options...)...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, comm.Close()) })
	g := &grid{comm: comm}
	base, err := comm.StringToProxy("TestGrid/Registry") // the registry knows itself
	require.NoError(t, err)
	registry, err := icegrid.CheckedRegistryPrx(ctx, base)
	require.NoError(t, err)
	require.NotNil(t, registry)
	g.session, err = registry.CreateAdminSession(ctx, "anybody", "")
	require.NoError(t, err)
	g.admin, err = g.session.GetAdmin(ctx)
	require.NoError(t, err)
	return g
}

func (g *grid) echo(t *testing.T, proxy string) bench.EchoPrx {
	t.Helper()
	base, err := g.comm.StringToProxy(proxy)
	require.NoError(t, err)
	return bench.NewEchoPrx(base)
}

// where is the address that a proxy's connection leads to.
func where(t *testing.T, p ice.ObjectPrx) string {
	t.Helper()
	connection, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	return connection.Info().RemoteAddr.String()
}

// deploy has the node run our Python server as often as asked, on demand, as replicas of EchoGroup.
func (g *grid) deploy(t *testing.T, servers int) {
	t.Helper()
	root := peer.Root(t)
	self, err := user.Current()
	require.NoError(t, err)
	var list icegrid.ServerDescriptorSeq
	for i := range servers {
		server := icegrid.NewServerDescriptor()
		server.Id, server.Activation = fmt.Sprint("echo-", i+1), "on-demand"
		server.Exe, server.User = peer.Python(t), self.Username
		server.Options = []string{
			filepath.Join(root, "interop/peers/python/future/server.py"), filepath.Join(root, "interop/bench/Bench.ice"),
		}
		server.Adapters = icegrid.AdapterDescriptorSeq{{
			Name: "Bench", Id: fmt.Sprint("Echo-", i+1), ReplicaGroupId: "EchoGroup", ServerLifetime: true,
		}}
		server.PropertySet.Properties = icegrid.PropertyDescriptorSeq{
			{Name: "Bench.Endpoints", Value: "tcp -h 127.0.0.1"}, {Name: "Echo.Identity", Value: "echo"},
		}
		list = append(list, server)
	}
	err = g.admin.AddApplication(t.Context(), icegrid.ApplicationDescriptor{
		Name: "Test",
		ReplicaGroups: icegrid.ReplicaGroupDescriptorSeq{{
			Id:            "EchoGroup",
			LoadBalancing: &icegrid.RoundRobinLoadBalancingPolicy{LoadBalancingPolicy: icegrid.LoadBalancingPolicy{NReplicas: "1"}},
			Objects:       icegrid.ObjectDescriptorSeq{{Id: ice.Identity{Name: "echo"}, Type: "::Bench::Echo"}},
		}},
		Nodes: icegrid.NodeDescriptorDict{"node": {Servers: list}},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		var stops []*ice.Future[ice.Void]
		for i := range servers {
			stops = append(stops, g.admin.StopServerAsync(context.Background(), fmt.Sprint("echo-", i+1)))
		}
		async.Settle(context.Background(), stops...) // those that do not run cannot be stopped
	})
}

// Objects are found by their names alone, by adapter and by replica group; the node starts the servers as they are needed.
func TestIceGridLocates(t *testing.T) {
	peer.CheckLeaks(t)
	g := startGrid(t)
	g.deploy(t, 2)
	ctx := t.Context()
	for _, proxy := range []string{"echo", "echo@Echo-1", "echo@Echo-2", "echo@EchoGroup"} {
		text, err := g.echo(t, proxy).EchoString(ctx, proxy)
		require.NoError(t, err)
		assert.Equal(t, proxy, text)
	}
	state, err := g.admin.GetServerState(ctx, "echo-1")
	require.NoError(t, err)
	assert.Equal(t, icegrid.ServerStateActive, state)
	assert.NotEqual(t, where(t, g.echo(t, "echo@Echo-1")), where(t, g.echo(t, "echo@Echo-2")))

	for proxy, what := range map[string]string{"nobody": "nobody", "echo@Nowhere": "Nowhere"} {
		err := g.echo(t, proxy).Ping(ctx)
		require.ErrorIs(t, err, ice.ErrNotRegistered)
		require.ErrorContains(t, err, what)
	}
	info, err := g.admin.GetApplicationInfo(ctx, "Test")
	require.NoError(t, err)
	require.Len(t, info.Descriptor.ReplicaGroups, 1)
	policy, ok := info.Descriptor.ReplicaGroups[0].LoadBalancing.(*icegrid.RoundRobinLoadBalancingPolicy)
	require.True(t, ok, "the class instances of the descriptor come back as what they are")
	assert.Equal(t, "1", policy.NReplicas)

	query, err := g.comm.StringToProxy("TestGrid/Query")
	require.NoError(t, err)
	found, err := icegrid.NewQueryPrx(query).FindObjectByType(ctx, "::Bench::Echo")
	require.NoError(t, err)
	require.NoError(t, found.IcePing(ctx))
	replicas, err := icegrid.NewQueryPrx(query).FindAllReplicas(ctx, found)
	require.NoError(t, err)
	assert.Len(t, replicas, 2)
}

// A server that is started again listens on another port. The client finds it without being told.
func TestIceGridServerRestarts(t *testing.T) {
	peer.CheckLeaks(t)
	g := startGrid(t)
	g.deploy(t, 1)
	ctx := t.Context()
	byAdapter, byName := g.echo(t, "echo@Echo-1"), g.echo(t, "echo")
	require.NoError(t, byAdapter.Ping(ctx))
	require.NoError(t, byName.Ping(ctx))
	for range 3 {
		before := where(t, byAdapter)
		require.NoError(t, g.admin.StopServer(ctx, "echo-1"))
		require.NoError(t, byAdapter.Ping(ctx), "the cached endpoints are of no use any more")
		require.NoError(t, byName.Ping(ctx))
		assert.NotEqual(t, before, where(t, byAdapter))
		assert.Equal(t, where(t, byAdapter), where(t, byName))
	}

	require.NoError(t, g.admin.EnableServer(ctx, "echo-1", false))
	require.NoError(t, g.admin.StopServer(ctx, "echo-1"))
	require.Error(t, byName.Ping(ctx))
	require.NoError(t, g.admin.EnableServer(ctx, "echo-1", true))
	require.NoError(t, byName.Ping(ctx), "a failure is not remembered")
}

// A well-known object moves to another server.
func TestIceGridObjectMoves(t *testing.T) {
	peer.CheckLeaks(t)
	g := startGrid(t, ice.WithProperty("Ice.Default.LocatorCacheTimeout", "0"))
	g.deploy(t, 2)
	ctx := t.Context()
	first, second := g.echo(t, "echo@Echo-1"), g.echo(t, "echo@Echo-2")
	moving, err := g.comm.StringToProxy("mover@Echo-1")
	require.NoError(t, err)
	require.NoError(t, g.admin.AddObjectWithType(ctx, moving, "::Bench::Echo"))
	var exists *icegrid.ObjectExistsException
	require.ErrorAs(t, g.admin.AddObjectWithType(ctx, moving, "::Bench::Echo"), &exists)
	assert.Equal(t, ice.Identity{Name: "mover"}, exists.Id)

	mover := g.echo(t, "mover")
	require.NoError(t, first.Ping(ctx))
	assert.Equal(t, where(t, first), where(t, mover))
	require.ErrorIs(t, mover.Ping(ctx), ice.ErrObjectNotExist, "the server itself knows only echo")

	moving, err = g.comm.StringToProxy("mover@Echo-2")
	require.NoError(t, err)
	require.NoError(t, g.admin.UpdateObject(ctx, moving))
	require.NoError(t, second.Ping(ctx))
	assert.Equal(t, where(t, second), where(t, g.echo(t, "mover")))
	require.NoError(t, g.admin.RemoveObject(ctx, ice.Identity{Name: "mover"}))
	require.ErrorIs(t, g.echo(t, "mover").Ping(ctx), ice.ErrNotRegistered)
}

// The replicas of a group take turns, and one of them is enough.
func TestIceGridReplicas(t *testing.T) {
	peer.CheckLeaks(t)
	g := startGrid(t, ice.WithProperty("Ice.Default.LocatorCacheTimeout", "0"))
	g.deploy(t, 2)
	ctx := t.Context()
	seen := map[string]bool{}
	for i := 0; i < 1000 && len(seen) < 2; i++ { // the registry chooses at random, and among those that are up first
		echo := ice.WithConnectionID(g.echo(t, "echo@EchoGroup"), fmt.Sprint(i))
		require.NoError(t, echo.Ping(ctx))
		seen[where(t, echo)] = true
	}
	assert.Len(t, seen, 2)
	require.NoError(t, g.admin.EnableServer(ctx, "echo-1", false))
	require.NoError(t, g.admin.StopServer(ctx, "echo-1"))
	for i := range 4 {
		require.NoError(t, ice.WithConnectionID(g.echo(t, "echo@EchoGroup"), fmt.Sprint("one ", i)).Ping(ctx))
	}
}

// A session of a plain client, and what the registry refuses.
func TestIceGridSession(t *testing.T) {
	peer.CheckLeaks(t)
	g := startGrid(t)
	ctx := t.Context()
	base, err := g.comm.StringToProxy("TestGrid/Registry")
	require.NoError(t, err)
	session, err := icegrid.NewRegistryPrx(base).CreateSession(ctx, "anybody", "")
	require.NoError(t, err)
	require.NoError(t, session.KeepAlive(ctx))
	var unknown *icegrid.ObjectNotRegisteredException
	_, err = session.AllocateObjectById(ctx, ice.Identity{Name: "nothing"})
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, "nothing", unknown.Id.Name)
	require.NoError(t, session.Destroy(ctx))
	require.ErrorIs(t, session.KeepAlive(ctx), ice.ErrObjectNotExist)

	var none *icegrid.ServerNotExistException
	require.ErrorAs(t, g.admin.StartServer(ctx, "nothing"), &none)
	assert.Equal(t, "nothing", none.Id)
	var wrong *icegrid.DeploymentException
	require.ErrorAs(t, g.admin.AddApplication(ctx, icegrid.ApplicationDescriptor{}), &wrong)
	assert.NotEmpty(t, wrong.Reason)
}
