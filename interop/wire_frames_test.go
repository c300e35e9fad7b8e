package interop

import (
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

// TestWireCompression is a server made of package wire alone, for a client of Ice that compresses: it reads what bzip2
// made there, and the client reads what it is sent.
func TestWireCompression(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	root := peer.Root(t)
	client := peer.Start(t, peer.PythonCommand(t, filepath.Join(root, "interop/peers/python/wire_compress.py"),
		filepath.Join(root, "testdata/wire/Wire.ice"), fmt.Sprintf("echo:tcp -h 127.0.0.1 -p %d", listener.Addr().(*net.TCPAddr).Port), "5000"))
	client.Send("go")
	conn, err := listener.Accept()
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartMessage(wire.ValidateMessage, wire.NoCompression)
	e.EndMessage(0)
	send(t, conn, e.Data())

	h, message := receive(t, conn)
	require.Equal(t, wire.RequestMessage, h.Type)
	d := wire.NewDecoder(message, wire.Encoding10)
	d.Skip(wire.HeaderSize)
	id := d.Int()
	var request wire.RequestHeader
	request.IceRead(d)
	v, params := d.Encaps()
	require.NoError(t, d.Err())
	require.Zero(t, d.Remaining())
	assert.Equal(t, wire.RequestHeader{Identity: wire.Identity{Name: "echo"}, Operation: "echoStrings"}, request)

	e.Reset(nil, wire.Encoding10)
	e.StartMessage(wire.ReplyMessage, wire.CanCompress)
	(&wire.Reply{RequestID: id}).IceWrite(e)
	e.Encaps(v, params)
	e.EndMessage(0)
	small, err := wire.Compress(e.Data(), 9)
	require.NoError(t, err)
	send(t, conn, small)
	assert.Equal(t, "same", client.WaitLine("same"))

	h, message = receive(t, conn)
	require.Equal(t, wire.BatchMessage, h.Type)
	d.Reset(message, wire.Encoding10)
	d.Skip(wire.HeaderSize)
	n := d.BatchCount()
	require.Equal(t, 100, n)
	for range n {
		request.IceRead(d)
		d.SkipEncaps()
		assert.Equal(t, "ice_ping", request.Operation)
	}
	require.NoError(t, d.Err())
	require.Zero(t, d.Remaining())
	assert.Equal(t, "flushed", client.WaitLine("flushed"))
}

func send(t *testing.T, conn net.Conn, message []byte) {
	_, err := conn.Write(message)
	require.NoError(t, err)
}

// receive reads a message, which must be compressed, and gives it in plain form.
func receive(t *testing.T, conn net.Conn) (wire.Header, []byte) {
	message := make([]byte, wire.HeaderSize)
	_, err := io.ReadFull(conn, message)
	require.NoError(t, err)
	h, err := wire.ParseHeader(message, wire.DefaultMessageSize)
	require.NoError(t, err)
	require.Equal(t, wire.Compressed, h.Compression)
	message = append(message, make([]byte, h.Size-wire.HeaderSize)...)
	_, err = io.ReadFull(conn, message[wire.HeaderSize:])
	require.NoError(t, err)
	plain, err := wire.Decompress(message, wire.DefaultMessageSize)
	require.NoError(t, err)
	require.Greater(t, len(plain), len(message))
	return h, plain
}

// TestWireDeep sends graphs that are deep and wide.
func TestWireDeep(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	c := startCodec(t)
	var deep *sample.Node
	wide := make([]*sample.Node, 50_000)
	for i := range wide {
		wide[i] = &sample.Node{Id: int32(i)}
		if i < 2000 {
			deep = &sample.Node{Id: int32(i), Next: deep, Children: wide[:1]}
		}
	}
	for _, name := range []string{"echoNodes/deep", "echoNodesSliced/deep"} {
		for _, value := range [][]*sample.Node{{deep}, wide} {
			for _, v := range encodings {
				ours, err := sample.Encode(name, v, value)
				require.NoError(t, err)
				back, err := c.echo(name, v, ours)
				require.NoError(t, err)
				if v == wire.Encoding11 {
					require.True(t, string(ours) == string(back), "the bytes differ")
				}
				again, err := sample.Decode(name, back)
				require.NoError(t, err)
				one, err := sample.Encode("echoNodes/deep", wire.Encoding11, value)
				require.NoError(t, err)
				other, err := sample.Encode("echoNodes/deep", wire.Encoding11, again)
				require.NoError(t, err)
				require.True(t, hex.EncodeToString(one) == hex.EncodeToString(other), "the graphs differ")
			}
		}
	}
}
