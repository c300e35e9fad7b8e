package ice

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// What a caller was told is queued leaves in order before a graceful close ends, of a connection and of a communicator, on every transport, and
// the server runs it.
func TestQueuedOnewaysLeaveBeforeClose(t *testing.T) {
	const calls = 300
	certs := peer.Certs(t)
	for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
		for name, end := range map[string]func(c *Connection) error{
			"connection":     func(c *Connection) error { return c.Close(context.Background()) },
			"connection now": func(c *Connection) error { return c.CloseNow(context.Background()) },
			"communicator":   func(c *Connection) error { return c.comm.Close() },
		} {
			t.Run(transport+" "+name, func(t *testing.T) {
				peer.CheckLeaks(t)
				properties := []Option{WithProperty("IceSSL.CAs", certs.CA), WithProperty("IceSSL.CertFile", certs.Server), WithProperty("IceSSL.KeyFile", certs.ServerKey),
					WithProperty("IceSSL.VerifyPeer", "0"), WithProperty("A.Connection.MaxDispatches", "1")}
				server, err := NewCommunicator(properties...)
				require.NoError(t, err)
				defer func() { assert.NoError(t, server.Close()) }()
				a, err := server.NewAdapter("A", transport+" -h 127.0.0.1")
				require.NoError(t, err)
				var mu sync.Mutex
				var got []string
				first := make(chan struct{})
				p, err := a.Add(newGreeter(func(ctx context.Context, name string) (string, error) {
					<-first
					mu.Lock()
					defer mu.Unlock()
					got = append(got, name[:4])
					time.Sleep(10 * time.Microsecond)
					return "", ctx.Err()
				}), Identity{Name: "greeter"})
				require.NoError(t, err)
				require.NoError(t, a.Activate())
				client, err := NewCommunicator(properties...)
				require.NoError(t, err)
				defer func() { assert.NoError(t, client.Close()) }()
				p, err = client.StringToProxy(p.String())
				require.NoError(t, err)
				c, err := p.IceConnection(t.Context())
				require.NoError(t, err)
				var want []string
				padding := make([]byte, 20_000) // more than sockets and the server's queue hold
				op := Op[Void]{Name: "greet"}
				for i := range calls {
					text := fmt.Sprintf("%04d%s", i, padding)
					want = append(want, text[:4])
					f := Call(t.Context(), Oneway(p), &op, func(e *wire.Encoder) { e.String(text) })
					require.False(t, f.IsDone() && f.Err(t.Context()) != nil)
				}
				closed := make(chan error, 1)
				go func() { closed <- end(c) }()
				close(first)
				require.NoError(t, <-closed)
				require.Eventually(t, func() bool {
					mu.Lock()
					defer mu.Unlock()
					return len(got) == calls
				}, time.Minute, time.Millisecond)
				assert.Equal(t, want, got)
			})
		}
	}
}

// stuckSocket takes a byte, and nothing more.
type stuckSocket struct {
	net.Conn
	left int
	late time.Time
}

func (s *stuckSocket) Write(b []byte) (int, error) {
	n := min(s.left, len(b))
	s.left -= n
	if n < len(b) {
		time.Sleep(time.Until(s.late))
		return n, os.ErrDeadlineExceeded
	}
	return n, nil
}

func (s *stuckSocket) SetWriteDeadline(t time.Time) error {
	s.late = t
	return nil
}

func (s *stuckSocket) write([]byte) (int, error)      { return 0, nil }
func (s *stuckSocket) writeFrame(*frame) (int, error) { return 0, nil }

// A write that is stuck ends after the timeout, not after twice that because the socket took a byte at first.
func TestStuckWriteEndsInTime(t *testing.T) {
	for _, taken := range []int{0, 1, 10} {
		synctest.Test(t, func(t *testing.T) {
			const timeout = 8 * time.Second
			s := &stuckSocket{left: taken}
			c := &Connection{conn: s, try: s, timeout: timeout}
			begun := time.Now()
			n, err := c.writeOut(&gathering{pieces: net.Buffers{make([]byte, 100)}})
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			require.Equal(t, taken, n)
			require.GreaterOrEqual(t, time.Since(begun), timeout)
			require.LessOrEqual(t, time.Since(begun), timeout+timeout/4)
		})
	}
}
