package ice

import (
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
)

func lowWater(t *testing.T, p *poller) (low int) {
	t.Helper()
	require.NoError(t, p.raw.Control(func(fd uintptr) {
		low, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT)
	}))
	return low
}

func tcpPair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	a, err = net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	b, err = listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a, b
}

func TestPoller(t *testing.T) {
	conn, peer := tcpPair(t)
	p := newPoller(conn)
	buf := make([]byte, 100)
	begin := func() {
		t.Helper()
		p.few = 0
		p.last = time.Now().Add(time.Hour) // however slow the machine is, the reads are close together
		for range pollAfter - 1 {
			require.False(t, p.due(1, pollFrom))
			p.last = time.Now().Add(time.Hour)
		}
		require.True(t, p.due(1, pollFrom))
		require.Equal(t, pollSpare, lowWater(t, p))
	}

	begin()
	_, err := peer.Write([]byte("abc"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return p.read(buf) == 3 }, 30*time.Second, time.Microsecond)
	p.on = true // a look may have been too early
	require.True(t, p.due(pollYield, pollFrom), "it goes on as long as enough comes")
	require.Zero(t, p.read(buf))
	assert.Equal(t, 1, lowWater(t, p), "nothing came: the kernel is to tell again")
	require.False(t, p.due(1, pollFrom), "it does not begin at once")

	begin()
	require.False(t, p.due(1, pollFrom-1), "few calls are left")
	assert.Equal(t, 1, lowWater(t, p))

	begin()
	for range pollPoor {
		require.True(t, p.due(1, pollFrom))
	}
	require.True(t, p.due(pollYield, pollFrom))
	for range pollPoor {
		require.True(t, p.due(1, pollFrom))
	}
	require.False(t, p.due(1, pollFrom), "too little comes to wait for it")
	assert.Equal(t, 1, lowWater(t, p))
	require.Equal(t, -pollAgain, p.few)

	p.few = pollAfter
	require.False(t, p.due(pollFrom, pollFrom), "replies come many at a time")
	require.Zero(t, p.few)
	p.few, p.last = pollAfter, time.Now().Add(-time.Hour)
	require.False(t, p.due(1, pollFrom), "replies come seldom")

	begin()
	_ = peer.Close()
	_, _ = io.Copy(io.Discard, peer)
	require.Zero(t, p.read(buf), "whoever reads next learns of the end")
	assert.Equal(t, 1, lowWater(t, p))

	assert.Nil(t, newPoller(&net.UnixConn{}), "TLS and WebSocket are not polled either")
	assert.False(t, (*poller)(nil).due(1, 1000))
}

// Replies that trickle in while very many calls are outstanding, the last of them cut in two.
func TestPolledConnection(t *testing.T) {
	const calls = 300
	rest := make(chan struct{})
	p := scripted(t, func(conn net.Conn) {
		_, _ = conn.Write(controlMessage(wire.ValidateMessage))
		for range calls {
			readMessage(conn)
		}
		reply := func(i int) []byte {
			b := okReply(0)
			putRequestID(b, int32(i))
			return b
		}
		for i := 1; i <= calls-pollFrom; i++ {
			_, _ = conn.Write(reply(i))
		}
		cut := reply(calls - pollFrom + 1)
		_, _ = conn.Write(cut[:20])
		<-rest
		_, _ = conn.Write(cut[20:])
		for i := calls - pollFrom + 2; i <= calls; i++ {
			_, _ = conn.Write(reply(i))
		}
		readMessage(conn)
	})
	p = WithInvocationTimeout(p, time.Minute)
	futures := make([]*Future[Void], calls)
	for i := range futures {
		futures[i] = p.IcePingAsync(t.Context())
	}
	for _, f := range futures[:calls-pollFrom] {
		require.NoError(t, f.Err(t.Context()))
	}
	close(rest)
	for _, f := range futures {
		require.NoError(t, f.Err(t.Context()))
	}
}
