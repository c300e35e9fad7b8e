package interop_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slice2go/slice2go/interop/faultproxy"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// In these tests no clock says how long a connection must live: one that shows life lives when another, which was made later and
// is silent, has been closed.

// A server in C++ closes idle connections, by taking leave or by force. A client that beats keeps its own, another gets a new one.
func TestACMOfCppServer(t *testing.T) {
	for rule, want := range map[string]error{"1": ice.ErrConnectionClosed, "4": ice.ErrConnectionLost} {
		t.Run("Ice.ACM.Server.Close="+rule, func(t *testing.T) {
			peer.CheckLeaks(t)
			server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0", "--Ice.ACM.Server.Timeout=4", "--Ice.ACM.Server.Close="+rule, "--Ice.Warn.Connections=0")
			ctx := patient(t)
			connect := func(heartbeat string) (corePrx, *ice.Connection) {
				comm := newCommunicator(t, ice.WithProperty("Ice.ACM.Client.Heartbeat", heartbeat), ice.WithProperty("Ice.ACM.Client.Timeout", "1"),
					ice.WithProperty("Ice.ACM.Client.Close", "0"))
				p := coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
				require.NoError(t, p.IcePing(ctx))
				return p, p.IceCachedConnection()
			}
			beating, kept := connect("3")
			silent, lost := connect("0")
			select {
			case <-lost.Done():
				require.ErrorIs(t, lost.Err(), want)
			case <-ctx.Done():
				t.Fatal("the server closes nothing")
			}
			require.NoError(t, kept.Err())
			require.NoError(t, beating.IcePing(ctx))
			assert.Same(t, kept, beating.IceCachedConnection())
			require.NoError(t, silent.void(ctx, "mark", ice.Normal, "silent"), "nobody notices that there is a new connection")
			n, err := silent.count(ctx, "silent")
			require.NoError(t, err)
			assert.EqualValues(t, 1, n)
		})
	}
}

// acmServer is a Go server with the operation sleep, which lasts until the test says so or its connection ends.
type acmServer struct {
	proxy   string
	entered chan *ice.Connection
	release chan struct{}
}

func startACMServer(t *testing.T, opts ...ice.Option) *acmServer {
	t.Helper()
	s := &acmServer{entered: make(chan *ice.Connection, 10), release: make(chan struct{})}
	comm := newCommunicator(t, opts...)
	adapter, err := comm.NewAdapter("", "tcp -h 127.0.0.1")
	require.NoError(t, err)
	sleep := ice.Method{Name: "sleep", Call: func(ctx context.Context, _ any, d *wire.Decoder, _ *wire.Encoder) error {
		d.Int()
		if err := d.End(); err != nil {
			return err
		}
		s.entered <- ice.CurrentFrom(ctx).Connection
		select {
		case <-s.release:
		case <-ctx.Done():
		}
		return ctx.Err()
	}}
	_, err = adapter.Add(ice.NewServant(s, []string{"::CoreTest::Peer", "::Ice::Object"}, ice.Methods{sleep}), ice.Identity{Name: "peer"})
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	s.proxy = "peer:" + adapter.Endpoints()[0]
	return s
}

// client starts a client in C++ whose connection to the server is there.
func (s *acmServer) client(t *testing.T, timeout, heartbeat, rule string) *peer.Process {
	t.Helper()
	program := peer.BuildCpp(t, peer.Cpp{
		Slice:   []string{coreSlice(t)},
		Sources: []string{filepath.Join(peer.Root(t), "interop", "peers", "cpp", "acm_client.cpp")},
	})
	return peer.Start(t, peer.Command{Path: program, Args: []string{
		s.proxy, "--Ice.ACM.Client.Timeout=" + timeout, "--Ice.ACM.Client.Heartbeat=" + heartbeat, "--Ice.ACM.Client.Close=" + rule,
	}})
}

// A client in C++ gives a call up when the server shows no life during it. The Go server's heartbeats are life.
func TestACMOfCppClientMeetsHeartbeats(t *testing.T) {
	peer.CheckLeaks(t)
	alive := startACMServer(t, ice.WithProperty("Ice.ACM.Server.Timeout", "1"))
	dead := startACMServer(t, ice.WithProperty("Ice.ACM.Server.Heartbeat", "0"))
	first := alive.client(t, "4", "0", "2")
	first.Send("call")
	<-alive.entered
	second := dead.client(t, "4", "0", "2")
	second.Send("call")
	<-dead.entered
	assert.Equal(t, "call ::Ice::ConnectionTimeoutException", second.WaitLine("call "))
	close(alive.release)
	assert.Equal(t, "call answered", first.WaitLine("call "))
	first.WaitLine("beat")
	assert.NotContains(t, second.Lines(), "beat")
}

// A Go server sees the heartbeats of a client in C++. One that closes idle connections, by taking leave or by force, keeps those that beat.
func TestACMOfGoServer(t *testing.T) {
	for _, rule := range []string{"1", "4"} {
		t.Run("Ice.ACM.Server.Close="+rule, func(t *testing.T) {
			peer.CheckLeaks(t)
			server := startACMServer(t, ice.WithProperty("Ice.ACM.Server.Timeout", "6"), ice.WithProperty("Ice.ACM.Server.Close", rule), ice.WithProperty("Ice.ACM.Server.Heartbeat", "0"))
			close(server.release)
			beating := server.client(t, "2", "3", "0")
			beating.Send("call")
			connection := <-server.entered
			var beats atomic.Int32
			connection.OnHeartbeat(func(*ice.Connection) { beats.Add(1) })
			silent := server.client(t, "2", "0", "0")
			silent.WaitLine("closed")
			assert.NoError(t, connection.Err())
			assert.NotContains(t, beating.Lines(), "closed")
			require.Eventually(t, func() bool { return beats.Load() >= 3 }, time.Minute, time.Millisecond)
			silent.Send("call")
			assert.Equal(t, "call answered", silent.WaitLine("call "), "over a new connection")
		})
	}
}

// A Go client gives a call up when a server in C++ hangs during it, if it is told to; else the call is answered when the server goes on.
func TestACMOfGoClientAndHangingCppServer(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0", "--Ice.Warn.Dispatch=0")
	ctx := patient(t)
	clients := map[string]corePrx{}
	for _, rule := range []string{"0", "1", "2", "3"} {
		comm := newCommunicator(t, ice.WithProperty("Ice.ACM.Client.Close", rule), ice.WithProperty("Ice.ACM.Client.Timeout", "1"),
			ice.WithProperty("Ice.ACM.Client.Heartbeat", "0"), ice.WithProperty("Ice.RetryIntervals", "-1"))
		clients[rule] = coreProxy(t, comm, "peer:tcp -h 127.0.0.1 -p %s", server.Value("tcp"))
		require.NoError(t, clients[rule].IcePing(ctx))
	}
	server.Freeze()
	start := time.Now()
	calls := map[string]*ice.Future[ice.Void]{}
	for rule, p := range clients {
		calls[rule] = p.voidAsync(ctx, "mark", ice.Normal, rule)
	}
	for _, rule := range []string{"2", "3"} {
		err := calls[rule].Err(ctx)
		faultproxy.NotLate(t, time.Second, time.Since(start))
		require.ErrorIs(t, err, ice.ErrConnectionLost)
		require.ErrorIs(t, err, ice.ErrTimeout)
		assert.True(t, ice.MayHaveRun(err))
	}
	server.Thaw()
	for _, rule := range []string{"0", "1"} {
		require.NoError(t, calls[rule].Err(ctx))
	}
	for rule, p := range clients {
		n, err := p.count(ctx, rule)
		require.NoError(t, err)
		assert.LessOrEqual(t, n, int32(1))
	}
}
