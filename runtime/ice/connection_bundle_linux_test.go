package ice

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/slice2go/slice2go/runtime/wire"
)

func lowWater(t *testing.T, p *bundler) (low int) {
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

func TestBundler(t *testing.T) {
	conn, peer := tcpPair(t)
	p := newBundler(conn, defaultCoalesceDelay)
	buf := make([]byte, 1000)
	const left, size = 20 * bundleShare, 25
	late := func() { require.NoError(t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond))) }
	patient := func() { require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute))) }
	// However slow the machine is, the reads are close together.
	due := func(got, left int) bool {
		p.last = time.Now().Add(time.Hour)
		return !p.due(got, got*size, left).IsZero()
	}
	begin := func() {
		t.Helper()
		p.few = 0
		for range bundleAfter - 1 {
			require.False(t, due(1, left))
		}
		require.True(t, due(1, left))
		require.Equal(t, 20*size, lowWater(t, p), "half of what is outstanding")
	}

	begin()
	patient()
	pieces := make(chan error, 1)
	go func() {
		for range 20 {
			if _, err := peer.Write(make([]byte, size)); err != nil {
				pieces <- err
				return
			}
		}
		pieces <- nil
	}()
	require.Equal(t, 20*size, p.read(buf), "read when there is enough")
	require.NoError(t, <-pieces)
	require.True(t, due(20, left), "it goes on as long as enough comes")
	require.Equal(t, 20*size, lowWater(t, p))

	_, err := peer.Write(make([]byte, 21*size))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		n, err := unread(p)
		return err == nil && n == 21*size
	}, time.Minute, time.Millisecond)
	require.Equal(t, 21*size, p.read(buf), "there was enough before it looked")

	_, err = peer.Write(make([]byte, size))
	require.NoError(t, err)
	late()
	require.Zero(t, p.read(buf), "too little has come")
	assert.Equal(t, 1, lowWater(t, p), "the kernel is to tell of each byte again")
	require.Negative(t, p.few)
	require.False(t, due(1, left), "it does not begin at once")
	patient()
	n, err := conn.Read(buf)
	require.NoError(t, err)
	require.Equal(t, size, n, "what came late is there for the usual read")

	begin()
	require.False(t, due(1, bundleFrom-1), "few calls are left")
	assert.Equal(t, 1, lowWater(t, p))

	p.few = bundleAfter
	require.False(t, due(left, left), "replies come many at a time")
	require.Zero(t, p.few)
	p.few, p.last = bundleAfter, time.Now().Add(-time.Hour)
	require.True(t, p.due(1, size, left).IsZero(), "replies come seldom")

	begin()
	late() // an end that came before the wait began is not told of again
	_ = peer.Close()
	require.Zero(t, p.read(buf), "whoever reads next learns of the end")
	assert.Equal(t, 1, lowWater(t, p))

	assert.Nil(t, newBundler(conn, 0), "it is switched off")
	assert.Nil(t, newBundler(&net.UnixConn{}, defaultCoalesceDelay), "nor is it for TLS and WebSocket")
	assert.Zero(t, (*bundler)(nil).due(1, size, 1000))
}

func unread(p *bundler) (n int, err error) {
	if e := p.raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.TIOCINQ) }); e != nil {
		return 0, e
	}
	return n, err
}

// The pace of replies bounds how many are waited for.
func TestBundlesTakeTheirTime(t *testing.T) {
	conn, _ := tcpPair(t)
	p := newBundler(conn, defaultCoalesceDelay)
	require.Eventually(t, func() bool {
		p.few, p.last = bundleAfter, time.Now().Add(-bundleDense/2)
		return !p.due(1, 25, 1000).IsZero()
	}, time.Minute, time.Microsecond, "while the machine does not stand still")
	assert.LessOrEqual(t, lowWater(t, p), int(defaultCoalesceDelay/(bundleDense/2))*25)
	assert.GreaterOrEqual(t, lowWater(t, p), 2*25)
}

// Replies that trickle in while very many calls are outstanding, the last of them cut in two.
func TestBundledReplies(t *testing.T) {
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
		for i := 1; i <= calls-bundleFrom; i++ {
			_, _ = conn.Write(reply(i))
		}
		cut := reply(calls - bundleFrom + 1)
		_, _ = conn.Write(cut[:20])
		<-rest
		_, _ = conn.Write(cut[20:])
		for i := calls - bundleFrom + 2; i <= calls; i++ {
			_, _ = conn.Write(reply(i))
		}
		readMessage(conn)
	})
	p = WithInvocationTimeout(p, time.Minute)
	futures := make([]*Future[Void], calls)
	for i := range futures {
		futures[i] = p.IcePingAsync(t.Context())
	}
	for _, f := range futures[:calls-bundleFrom] {
		require.NoError(t, f.Err(t.Context()))
	}
	close(rest)
	for _, f := range futures {
		require.NoError(t, f.Err(t.Context()))
	}
}
