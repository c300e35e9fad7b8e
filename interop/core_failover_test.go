package interop_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slice2go/slice2go/interop/faultproxy"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// selections are the orders in which the endpoints of a proxy are tried.
var selections = map[string]ice.EndpointSelection{"Ordered": ice.Ordered, "Random": ice.Random}

// mute is a listener that takes every connection and never speaks, as no server does that can be used.
type mute struct {
	endpoint string // with a timeout that is short
	accepted atomic.Int32
}

const muteTimeout = 250 * time.Millisecond

func startMute(t *testing.T) *mute {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m := &mute{endpoint: fmt.Sprintf("tcp -h 127.0.0.1 -p %d -t %d", l.Addr().(*net.TCPAddr).Port, muteTimeout.Milliseconds())}
	var running sync.WaitGroup
	running.Go(func() {
		var connections []net.Conn
		for {
			c, err := l.Accept()
			if err != nil {
				break
			}
			m.accepted.Add(1)
			connections = append(connections, c)
		}
		for _, c := range connections {
			_ = c.Close()
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	return m
}

// closedPort is an endpoint where nobody listens.
func closedPort(t *testing.T) string {
	return fmt.Sprintf("tcp -h 127.0.0.1 -p %d", peer.FreePort(t))
}

// failover makes proxies with several endpoints, each of which needs a connection of its own.
type failover struct {
	comm  *ice.Communicator
	made  int
	order ice.EndpointSelection
}

// call makes a call on a new proxy, and fails the test if it does not run just once.
func (f *failover) call(t *testing.T, endpoints ...string) {
	t.Helper()
	ctx := patient(t)
	f.made++
	name := fmt.Sprint(t.Name(), " ", f.made)
	p := coreProxy(t, f.comm, "peer:%s", strings.Join(endpoints, ":"))
	p = ice.WithConnectionID(ice.WithEndpointSelection(p, f.order), name)
	require.NoError(t, p.void(ctx, "mark", ice.Normal, name))
	n, err := p.count(ctx, name)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

// A proxy finds the one endpoint that a server in C++ serves, past those that refuse and those that say nothing, wherever these stand.
func TestFailOverToCppServer(t *testing.T) {
	for name, order := range selections {
		t.Run(name, func(t *testing.T) {
			peer.CheckLeaks(t)
			server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0")
			silent := startMute(t)
			port := server.Value("tcp")
			served := "tcp -h 127.0.0.1 -p " + port
			f := &failover{comm: newCommunicator(t), order: order}
			for _, endpoints := range [][]string{
				{closedPort(t), served},
				{served, closedPort(t)},
				{"tcp -h 127.0.0.2 -p " + port, served},
				{"tcp -h 127.0.0.2 -p " + port, closedPort(t), "ssl -h 127.0.0.1 -p " + fmt.Sprint(peer.FreePort(t)), served},
				{"tcp -h localhost -p " + port},
			} {
				f.call(t, endpoints...)
			}
			assert.Zero(t, silent.accepted.Load())
			f.call(t, silent.endpoint, closedPort(t), served)
			f.call(t, closedPort(t), silent.endpoint, served)
			if order == ice.Ordered {
				assert.EqualValues(t, 2, silent.accepted.Load(), "the first are tried first")
				for range 10 {
					f.call(t, served, silent.endpoint)
				}
				assert.EqualValues(t, 2, silent.accepted.Load(), "the served one is the first")
			}
		})
	}
}

// In random order no endpoint is always the first.
func TestFailOverInRandomOrder(t *testing.T) {
	peer.CheckLeaks(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0")
	silent := startMute(t)
	f := &failover{comm: newCommunicator(t), order: ice.Random}
	var first, second bool
	for i := 0; i < 200 && !(first && second); i++ { // both are as likely
		before := silent.accepted.Load()
		f.call(t, silent.endpoint, "tcp -h 127.0.0.1 -p "+server.Value("tcp"))
		if silent.accepted.Load() > before {
			first = true
		} else {
			second = true
		}
	}
	assert.True(t, first, "the first endpoint was never the first")
	assert.True(t, second, "the second endpoint was never the first")
}

// Where no endpoint leads to a server, the error is that of the last, tells of all, and comes in time.
func TestFailOverToNobody(t *testing.T) {
	peer.CheckLeaks(t)
	silent := startMute(t)
	comm := newCommunicator(t, ice.WithProperty("Ice.RetryIntervals", "-1"))
	refusing := closedPort(t)
	for _, tt := range []struct {
		endpoints []string
		want      error
	}{
		{[]string{refusing, silent.endpoint}, ice.ErrConnectTimeout},
		{[]string{silent.endpoint, refusing}, ice.ErrConnectionRefused},
	} {
		p := ice.WithEndpointSelection(coreProxy(t, comm, "peer:%s", strings.Join(tt.endpoints, ":")), ice.Ordered)
		start := time.Now()
		err := p.IcePing(patient(t))
		faultproxy.InTime(t, muteTimeout, time.Since(start))
		require.ErrorIs(t, err, tt.want)
		assert.False(t, ice.MayHaveRun(err))
		require.ErrorContains(t, err, "refused")
		require.ErrorContains(t, err, "greeting")
	}
}

// A server that is started again at another of the proxy's endpoints is found there, by the same proxy. Others share the connection.
func TestFailOverAfterMove(t *testing.T) {
	for name, order := range selections {
		for ending, end := range map[string]func(*peer.Process){"killed": (*peer.Process).Kill, "shut down": (*peer.Process).Stop} {
			t.Run(name+", "+ending, func(t *testing.T) {
				peer.CheckLeaks(t)
				silent := startMute(t)
				places := []string{closedPort(t), closedPort(t)}
				proxy := fmt.Sprintf("peer:%s:%s:%s", places[0], silent.endpoint, places[1])
				comm := newCommunicator(t)
				p := ice.WithEndpointSelection(coreProxy(t, comm, "%s", proxy), order)
				for round := range 4 {
					server := startCoreCpp(t, places[round%2], "--Ice.Warn.Connections=0")
					ctx := patient(t)
					require.NoError(t, p.void(ctx, "mark", ice.Normal, "round"))
					n, err := p.count(ctx, "round")
					require.NoError(t, err)
					assert.EqualValues(t, 1, n, "in a new process")
					connection := p.IceCachedConnection()
					before := silent.accepted.Load()
					requireShared(ctx, t, connection, ice.WithEndpointSelection(coreProxy(t, comm, "%s", proxy), order))
					assert.Equal(t, before, silent.accepted.Load(), "a connection that is there is as good as a new one")
					end(server)
					select {
					case <-connection.Done():
					case <-ctx.Done():
						t.Fatal("the connection to a server that is gone stays")
					}
				}
				require.Error(t, ice.WithInvocationTimeout(p, time.Minute).IcePing(patient(t)), "nobody is there")
			})
		}
	}
}

func requireShared(ctx context.Context, t *testing.T, want *ice.Connection, p corePrx) {
	t.Helper()
	c, err := p.IceConnection(ctx)
	require.NoError(t, err)
	require.Same(t, want, c)
}
