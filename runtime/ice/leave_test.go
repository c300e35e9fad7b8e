package ice

import (
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
)

// greetRequest is a request to the object "greeter" as it is on the wire.
func greetRequest(id byte, name string) []byte {
	return message(wire.RequestMessage, string([]byte{id, 0, 0, 0})+"\x07greeter\x00\x00\x05greet\x00\x00"+
		string([]byte{byte(7 + len(name)), 0, 0, 0, 1, 1, byte(len(name))})+name)
}

// port is where the server listens.
func (w *world) port() string {
	_, port, _ := strings.Cut(w.adapter.Endpoints()[0], "-p ")
	port, _, _ = strings.Cut(port, " ")
	return port
}

// rawClient is a client of which the test says every byte.
func (w *world) rawClient() net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", w.port()))
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(w.t, conn.SetDeadline(time.Now().Add(time.Minute)))
	require.Equal(w.t, controlMessage(wire.ValidateMessage), readMessage(conn))
	return conn
}

// A server that takes leave promises that it runs nothing more: its clients send again what is not answered. So it must not run what
// comes in after that.
func TestRequestsAfterLeave(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t)
	var ran atomic.Int32
	entered, release := make(chan struct{}), make(chan struct{})
	w.add(newGreeter(func(_ context.Context, name string) (string, error) {
		ran.Add(1)
		if name == "slow" {
			close(entered)
			<-release
		}
		return name, nil
	}), "greeter")
	conn := w.rawClient()
	_, err := conn.Write(greetRequest(1, "slow"))
	require.NoError(t, err)
	<-entered
	list := w.server.connections.list()
	require.Len(t, list, 1)
	list[0].closeGracefully()
	for id := range byte(20) { // the close waits for the slow one; what comes meanwhile is not taken on
		_, err = conn.Write(greetRequest(2+id, "meanwhile"))
		require.NoError(t, err)
	}
	close(release)
	reply := readMessage(conn)
	require.Equal(t, byte(wire.ReplyMessage), reply[8])
	require.Equal(t, byte(1), reply[wire.HeaderSize])
	require.Equal(t, controlMessage(wire.CloseMessage), readMessage(conn), "the requests were taken on after all")
	for id := range byte(20) {
		_, err = conn.Write(greetRequest(100+id, "late"))
		require.NoError(t, err)
	}
	_, err = conn.Write(greetRequest(0, "oneway"))
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	rest, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Empty(t, rest)
	<-list[0].Done()
	require.NoError(t, w.adapter.Destroy(t.Context())) // waits for what runs
	assert.EqualValues(t, 1, ran.Load())
}

// Without a close timeout, closing a communicator waits for dispatches as long as they take.
func TestCloseWithoutTimeout(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "Ice.Override.CloseTimeout", "-1")
	entered, release := make(chan context.Context), make(chan struct{})
	p := w.add(newGreeter(func(ctx context.Context, name string) (string, error) {
		entered <- ctx
		<-release
		return name, ctx.Err()
	}), "greeter")
	f := greetAsync(t.Context(), p, "slow")
	ctx := <-entered
	closed := make(chan error, 1)
	go func() { closed <- w.server.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("closed with a dispatch under way: %v", err)
	case <-ctx.Done():
		t.Fatal("the dispatch was given up")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	got, err := f.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "slow", got)
	require.NoError(t, <-closed)
}

func TestCloseTimeoutOfConnections(t *testing.T) {
	for _, test := range []struct {
		property, endpoint string
		want               time.Duration
	}{
		{"", "-t 60000", closeTimeoutMax},
		{"", "-t infinite", closeTimeoutMax},
		{"", "-t 2000", 2 * time.Second},
		{"3000", "-t 2000", 3 * time.Second},
		{"30000", "-t 60000", 30 * time.Second},
		{"-1", "-t 2000", 0},
	} {
		w := newWorld(t)
		w.add(newGreeter(hello), "greeter")
		comm, err := NewCommunicator(WithProperty("Ice.Override.CloseTimeout", test.property))
		require.NoError(t, err)
		p, err := comm.StringToProxy("greeter:tcp -h 127.0.0.1 -p " + w.port() + " " + test.endpoint)
		require.NoError(t, err)
		c, err := p.IceConnection(t.Context())
		require.NoError(t, err)
		assert.Equal(t, test.want, c.closeTimeout(), test)
		require.NoError(t, comm.Close())
	}
}

// A request that a held adapter keeps waiting does not keep its connection from being closed: the peer is told that it has not run.
func TestCloseWhileHeld(t *testing.T) {
	peer.CheckLeaks(t)
	w := newWorld(t, "Ice.Override.CloseTimeout", "-1")
	var ran atomic.Int32
	w.add(newGreeter(func(context.Context, string) (string, error) {
		ran.Add(1)
		return "", nil
	}), "greeter")
	conn := w.rawClient()
	require.NoError(t, w.adapter.Hold())
	_, err := conn.Write(greetRequest(1, "held"))
	require.NoError(t, err)
	var list []*Connection // the greeting goes out before the server has it in its list
	require.Eventually(t, func() bool { list = w.server.connections.list(); return len(list) == 1 }, time.Minute, time.Millisecond)
	require.Eventually(t, func() bool { return list[0].reads.Load() > 0 }, time.Minute, time.Millisecond)
	closed := make(chan error, 1)
	go func() { closed <- list[0].Close(t.Context()) }()
	require.Equal(t, controlMessage(wire.CloseMessage), readMessage(conn))
	require.NoError(t, conn.Close())
	require.NoError(t, <-closed)
	require.NoError(t, w.adapter.Activate())
	assert.Zero(t, ran.Load())
}
