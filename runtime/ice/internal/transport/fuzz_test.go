package transport

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// script is a connection whose reads give one piece after the other, and whose writes go nowhere.
type script struct{ pieces [][]byte }

func (s *script) Read(p []byte) (int, error) {
	for len(s.pieces) > 0 && len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	s.pieces[0] = s.pieces[0][n:]
	return n, nil
}

func (s *script) Write(p []byte) (int, error)      { return len(p), nil }
func (s *script) Close() error                     { return nil }
func (s *script) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *script) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// FuzzFrames reads what a client sends after the upgrade. There is never more to read than was sent.
func FuzzFrames(f *testing.F) {
	f.Add(frame(0x82, "IceP"))
	f.Add(append(frame(0x02, "Ice"), append(frame(0x89, "ping"), frame(0x80, "P")...)...))
	f.Add(frame(0x88, "\x03\xe8bye"))
	f.Fuzz(func(t *testing.T, b []byte) {
		conn := &script{[][]byte{[]byte(upgradeRequest), b}}
		ws, err := acceptWebSocket(bg, Target{Protocol: WS}, conn, conn, &Info{})
		require.NoError(t, err)
		n, _ := io.Copy(io.Discard, ws)
		require.LessOrEqual(t, int(n), len(b))
		require.NoError(t, ws.Close())
	})
}

// FuzzUpgrade reads what comes in place of a request for a WebSocket, and of the answer to one.
func FuzzUpgrade(f *testing.F) {
	f.Add([]byte(upgradeRequest))
	f.Add([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 301 Moved\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, open := range []func(conn *script) (net.Conn, error){
			func(conn *script) (net.Conn, error) {
				return acceptWebSocket(bg, Target{Protocol: WS}, conn, conn, &Info{})
			},
			func(conn *script) (net.Conn, error) {
				return openWebSocket(bg, Target{Protocol: WS, Host: "x"}, conn, conn, &Info{})
			},
		} {
			ws, err := open(&script{[][]byte{bytes.Clone(b)}})
			if err != nil {
				require.NotRegexp(t, `[\x00-\x1f\x7f]`, err.Error())
				continue
			}
			_, _ = io.Copy(io.Discard, ws)
			require.NoError(t, ws.Close())
		}
	})
}
