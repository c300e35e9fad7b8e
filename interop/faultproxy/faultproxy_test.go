package faultproxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

func TestFaults(t *testing.T) {
	peer.CheckLeaks(t)
	port := startEcho(t)
	message := bytes.Repeat([]byte("0123456789"), 10)
	tests := []struct {
		name     string
		toServer Fault
		toClient Fault
		want     string // what comes back
		err      error  // and then
	}{
		{"none", Fault{}, Fault{}, string(message), nil},
		{"split", Fault{Split: 1}, Fault{Split: 7}, string(message), nil},
		{"delay", Fault{Split: 50, Delay: time.Millisecond}, Fault{}, string(message), nil},
		{"corrupt", Fault{Corrupt: 1, After: 3}, Fault{}, "0122" + string(message[4:]), nil},
		{"corrupt first", Fault{Corrupt: 1}, Fault{}, "1" + string(message[1:]), nil},
		{"corrupt and split", Fault{}, Fault{Corrupt: 1, After: 13, Split: 4}, string(message[:13]) + "2" + string(message[14:]), nil},
		{"corrupt at a border", Fault{}, Fault{Corrupt: 1, After: 4, Split: 4}, "01235" + string(message[5:]), nil},
		{"cut the answer", Fault{}, Fault{Cut: true, After: 13}, string(message[:13]), io.EOF},
		{"cut the question", Fault{Cut: true, After: 13}, Fault{}, "", io.EOF},
		{"reset", Fault{}, Fault{Reset: true, After: 5}, "", syscall.ECONNRESET},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Start(t, port)
			p.Set(ToServer, tt.toServer)
			p.Set(ToClient, tt.toClient)
			conn := dial(t, p)
			_, err := conn.Write(message)
			require.NoError(t, err)
			if tt.err == nil {
				got := make([]byte, len(message))
				_, err = io.ReadFull(conn, got)
				require.NoError(t, err)
				assert.Equal(t, tt.want, string(got))
				assert.Equal(t, int64(len(message)), p.Passed(ToServer))
				return
			}
			got, err := readAll(conn)
			if tt.err == io.EOF {
				// An orderly end, unless bytes were still on their way to the proxy.
				if !errors.Is(err, syscall.ECONNRESET) {
					assert.NoError(t, err)
				}
				if tt.want != "" {
					assert.Equal(t, tt.want, got)
				}
				return
			}
			assert.ErrorIs(t, err, tt.err)
		})
	}
}

func TestStallAndResume(t *testing.T) {
	peer.CheckLeaks(t)
	p := Start(t, startEcho(t))
	p.Set(ToClient, Fault{Stall: true, After: 4})
	conn := dial(t, p)
	_, err := conn.Write([]byte("abcdefgh"))
	require.NoError(t, err)
	got := make([]byte, 8)
	_, err = io.ReadFull(conn, got[:4])
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	n, err := conn.Read(got[4:])
	assert.Zero(t, n, "a stalled direction passes nothing")
	assert.Error(t, err)
	p.Clear()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, err = io.ReadFull(conn, got[4:])
	require.NoError(t, err)
	assert.Equal(t, "abcdefgh", string(got))
}

func TestUntil(t *testing.T) {
	peer.CheckLeaks(t)
	p := Start(t, startEcho(t))
	p.Set(ToServer, Fault{Corrupt: 1, Until: 1})
	for _, want := range []string{"0", "1"} {
		conn := dial(t, p)
		_, err := conn.Write([]byte("1"))
		require.NoError(t, err)
		got := make([]byte, 1)
		_, err = io.ReadFull(conn, got)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
}

func TestCutAll(t *testing.T) {
	peer.CheckLeaks(t)
	p := Start(t, startEcho(t))
	for _, cut := range []func(){p.Cut, p.Reset} {
		conn := dial(t, p)
		_, err := conn.Write([]byte("x"))
		require.NoError(t, err)
		_, err = io.ReadFull(conn, make([]byte, 1))
		require.NoError(t, err)
		cut()
		_, err = conn.Read(make([]byte, 1))
		assert.Error(t, err)
	}
	assert.Equal(t, 2, p.Accepted())
}

func readAll(conn net.Conn) (string, error) {
	b, err := io.ReadAll(conn)
	return string(b), err
}

func dial(t *testing.T, p *Proxy) net.Conn {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Port())))
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func startEcho(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn})
				_ = conn.Close()
			}()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().(*net.TCPAddr).Port
}
