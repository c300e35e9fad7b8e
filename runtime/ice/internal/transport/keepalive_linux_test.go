package transport

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The kernel finds out, for an idle connection too, when the peer is gone for good.
func TestKeepAlive(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	address := listener.Addr().(*net.TCPAddr)
	var d Dialer
	conn, _, err := d.Dial(t.Context(), Target{Protocol: "tcp", Host: "127.0.0.1", Port: address.Port})
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		for _, option := range []struct{ level, name, want int }{
			{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 60},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 15},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 8},
		} {
			got, err := syscall.GetsockoptInt(int(fd), option.level, option.name)
			assert.NoError(t, err)
			assert.Equal(t, option.want, got, "option %d", option.name)
		}
	}))
}
