package ice

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scripted is a server of which the test says every byte.
func scripted(t *testing.T, serve func(net.Conn)) ObjectPrx {
	t.Helper()
	return scriptedWith(t, nil, serve)
}

// scriptedWith is scripted for a client with properties of its own.
func scriptedWith(t *testing.T, properties []string, serve func(net.Conn)) ObjectPrx {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			serve(conn)
			_ = conn.Close()
		}
	}()
	options := []Option{WithProperty("Ice.RetryIntervals", "-1"), WithProperty("Ice.Override.CloseTimeout", "200")}
	for i := 0; i < len(properties); i += 2 {
		options = append(options, WithProperty(properties[i], properties[i+1]))
	}
	comm, err := NewCommunicator(options...)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, comm.Close())
		_ = listener.Close()
		<-done
	})
	p, err := comm.StringToProxy(fmt.Sprintf("cat/name -f f:tcp -h 127.0.0.1 -p %d -t 500", listener.Addr().(*net.TCPAddr).Port))
	require.NoError(t, err)
	return p
}

func readMessage(conn net.Conn) []byte {
	head := make([]byte, wire.HeaderSize)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil
	}
	body := make([]byte, binary.LittleEndian.Uint32(head[10:])-wire.HeaderSize)
	_, _ = io.ReadFull(conn, body)
	return append(head, body...)
}

func okReply(id byte) []byte {
	return append([]byte("IceP\x01\x00\x01\x00\x02\x00\x19\x00\x00\x00"), id, 0, 0, 0, 0, 6, 0, 0, 0, 1, 1)
}

func TestRequestBytes(t *testing.T) {
	requests := make(chan []byte, 1)
	p := scripted(t, func(conn net.Conn) {
		_, _ = conn.Write(controlMessage(wire.ValidateMessage))
		requests <- readMessage(conn)
		for _, b := range okReply(1) { // byte by byte
			_, _ = conn.Write([]byte{b})
		}
		readMessage(conn) // the client takes leave
	})
	require.NoError(t, WithContext(p, Context{"k": "v"}).IcePing(t.Context()))
	assert.Equal(t, []byte("IceP\x01\x00\x01\x00\x00\x00\x33\x00\x00\x00"+"\x01\x00\x00\x00"+"\x04name\x03cat"+"\x01\x01f"+"\x08ice_ping"+"\x01"+"\x01\x01k\x01v"+"\x06\x00\x00\x00\x01\x01"), <-requests)
}

// Whatever a server sends, a call ends with an error that names it, soon, and takes no memory to speak of.
func TestHostileServers(t *testing.T) {
	greeting := controlMessage(wire.ValidateMessage)
	header := func(kind, compression byte, size uint32, body ...byte) []byte {
		b := append([]byte("IceP\x01\x00\x01\x00"), kind, compression)
		return append(binary.LittleEndian.AppendUint32(b, size), body...)
	}
	for _, c := range []struct {
		name  string
		greet []byte
		reply []byte
		want  string
		is    error
	}{
		{name: "no Ice", greet: []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), want: "no Ice peer"},
		{name: "no greeting", greet: okReply(1)[:wire.HeaderSize], want: "begins with"},
		{name: "greeting cut", greet: greeting[:7], is: ErrConnectionLost},
		{name: "garbage", greet: greeting, reply: []byte("garbage, and more of it"), want: "no Ice peer"},
		{name: "too large", greet: greeting, reply: header(2, 0, 1<<30), want: "Ice.MessageSizeMax"},
		{name: "negative", greet: greeting, reply: header(2, 0, 1<<31), want: "bytes announced"},
		{name: "short reply", greet: greeting, reply: header(2, 0, 16, 1, 0), want: "a reply of 16 bytes"},
		{name: "unknown kind", greet: greeting, reply: header(9, 0, 14), want: "type 9"},
		{name: "long heartbeat", greet: greeting, reply: header(3, 0, 15, 0), want: "heartbeat"},
		{name: "bad compression", greet: greeting, reply: header(2, 2, 24, 100, 0, 0, 0, 1, 2, 3, 4, 5, 6), want: "compressed message"},
		{name: "reply cut", greet: greeting, reply: okReply(1)[:20], is: ErrConnectionLost},
		{name: "bad reply", greet: greeting, reply: header(2, 0, 22, 1, 0, 0, 0, 2, 5, 'x', 'y'), want: "reply to ice_ping"},
		{name: "bad status", greet: greeting, reply: header(2, 0, 21, 1, 0, 0, 0, 77, 1, '!'), is: ErrUnknown},
		{name: "takes leave", greet: greeting, reply: controlMessage(wire.CloseMessage), is: ErrConnectionClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := scripted(t, func(conn net.Conn) {
				_, _ = conn.Write(c.greet)
				if c.reply != nil {
					readMessage(conn)
					_, _ = conn.Write(c.reply)
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := p.IcePing(ctx)
			require.Error(t, err)
			require.NotErrorIs(t, err, context.DeadlineExceeded)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// A message that stops half way ends the connection after the endpoint's timeout; a late reply does not.
func TestStalledMessage(t *testing.T) {
	release := make(chan struct{})
	p := scripted(t, func(conn net.Conn) {
		_, _ = conn.Write(controlMessage(wire.ValidateMessage))
		readMessage(conn)
		_, _ = conn.Write(okReply(1)[:20])
		<-release
	})
	err := p.IcePing(t.Context())
	close(release)
	require.ErrorIs(t, err, ErrConnectionLost)
	require.ErrorIs(t, err, ErrTimeout)
}

// The deadline of a message that came in two parts does not end the connection when it passes later.
func TestDeadlineOfEarlierMessage(t *testing.T) {
	p := scripted(t, func(conn net.Conn) {
		_, _ = conn.Write(controlMessage(wire.ValidateMessage))
		for i := byte(1); i <= 2; i++ {
			readMessage(conn)
			reply := okReply(i)
			_, _ = conn.Write(reply[:20])
			time.Sleep(10 * time.Millisecond)
			_, _ = conn.Write(reply[20:])
		}
		readMessage(conn)
	})
	require.NoError(t, p.IcePing(t.Context()))
	before, err := p.IceConnection(t.Context())
	require.NoError(t, err)
	select {
	case <-before.Done():
		require.NoError(t, before.Err())
	case <-time.After(time.Second): // the endpoint's timeout is half of that
	}
	require.NoError(t, p.IcePing(t.Context()))
}

func TestRecycle(t *testing.T) {
	for range 3 {
		f := newFrame(measured + 100)
		b := append(f.b, make([]byte, measured+100)...)
		Recycle(b[40 : measured+90])
	}
	Recycle(make([]byte, 10))
	Recycle(nil)
	require.GreaterOrEqual(t, cap(newFrame(measured+100).b), measured+100)
}

func TestFrames(t *testing.T) {
	for _, size := range []int{0, 1, 127, 128, 129, 65536, 65537, 1 << 20, 1<<20 + 40, 1 << 22, 1<<22 + 1} {
		f := newFrame(size)
		require.GreaterOrEqual(t, cap(f.b), size)
		require.Empty(t, f.b)
		f.release()
		require.GreaterOrEqual(t, cap(newFrame(size).b), size)
	}
}
