package ice

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// gatedConn counts writes, and holds the next one up while its gate is closed.
type gatedConn struct {
	net.Conn
	mu     sync.Mutex
	writes int
	held   bool
	gate   chan struct{}
}

func (c *gatedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.writes++
	gate := c.gate
	c.held = gate != nil
	c.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return c.Conn.Write(b)
}

// What has queued up while a write was under way goes out with the next one, all of it.
func TestOneWriteTakesTheQueue(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	w.add(newGreeter(hello), "greeter")
	var conn *gatedConn
	comm, err := NewCommunicator(WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, network, address)
		conn = &gatedConn{Conn: c}
		return conn, err
	}))
	require.NoError(t, err)
	defer func() { assert.NoError(t, comm.Close()) }()
	p, err := comm.StringToProxy("greeter:tcp -h 127.0.0.1 -p " + w.port())
	require.NoError(t, err)
	require.NoError(t, p.IcePing(t.Context()))

	conn.mu.Lock()
	conn.gate = make(chan struct{})
	before := conn.writes
	conn.mu.Unlock()
	futures := []*Future[string]{greetAsync(t.Context(), p, "first")}
	require.Eventually(t, func() bool {
		conn.mu.Lock()
		defer conn.mu.Unlock()
		return conn.held
	}, 30*time.Second, time.Millisecond)
	for range 500 {
		futures = append(futures, greetAsync(t.Context(), p, "you"))
	}
	conn.mu.Lock()
	gate := conn.gate
	conn.gate = nil
	conn.mu.Unlock()
	close(gate)
	for _, f := range futures {
		_, err := f.Result(t.Context())
		require.NoError(t, err)
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	assert.Equal(t, 2, conn.writes-before)
}
