package interop

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/wire"
	"github.com/slice2go/slice2go/testdata/wire/sample"
)

var updateWire = flag.Bool("wire.update", false, "write the bytes that ZeroC's Ice gives to testdata/wire/golden.json")

// codec is the Python program that encodes and decodes with ZeroC's Ice.
type codec struct {
	t    testing.TB
	conn *bufio.ReadWriter
}

func startCodec(t testing.TB, args ...string) *codec {
	root := peer.Root(t)
	args = append([]string{filepath.Join(root, "testdata/wire/Wire.ice")}, args...)
	p := peer.Start(t, peer.PythonCommand(t, filepath.Join(root, "interop/peers/python/wire_codec.py"), args...))
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+p.Value("port"), 10*time.Second)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Minute)))
	return &codec{t, bufio.NewReadWriter(bufio.NewReaderSize(conn, 1<<16), bufio.NewWriterSize(conn, 1<<16))}
}

// refused is what the peer says of bytes that it cannot read.
type refused struct{ reason string }

func (r *refused) Error() string { return "ZeroC's Ice: " + r.reason }

// ask sends a request and gives the answer; see the program for the kinds.
func (c *codec) ask(kind byte, v wire.Version, name string, data []byte) ([]byte, error) {
	head := []byte{kind, v.Minor}
	head = binary.LittleEndian.AppendUint16(head, uint16(len(name)))
	head = append(head, name...)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(data)))
	_, err := c.conn.Write(append(head, data...))
	require.NoError(c.t, err)
	require.NoError(c.t, c.conn.Flush())
	var answer [5]byte
	_, err = io.ReadFull(c.conn, answer[:])
	require.NoError(c.t, err)
	out := make([]byte, binary.LittleEndian.Uint32(answer[1:]))
	_, err = io.ReadFull(c.conn, out)
	require.NoError(c.t, err)
	if answer[0] > 1 {
		return nil, &refused{string(out)}
	}
	return out, nil
}

// echo has the peer decode and encode again.
func (c *codec) echo(name string, v wire.Version, data []byte) ([]byte, error) {
	op := filepath.Dir(name)
	if op == "throwCompact" || op == "throwSliced" {
		return c.ask('x', v, op, data)
	}
	return c.ask('e', v, op, data)
}

var encodings = []wire.Version{wire.Encoding10, wire.Encoding11}

// TestWireTable holds the table of values against Ice, in both directions, and against the bytes that are kept for
// tests without it.
func TestWireTable(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	c := startCodec(t)
	golden := map[string]string{}
	for _, test := range sample.Cases() {
		for _, v := range encodings {
			t.Run(test.Key(v), func(t *testing.T) {
				theirs, err := c.ask('m', v, test.Name, nil)
				require.NoError(t, err)
				golden[test.Key(v)] = hex.EncodeToString(theirs)
				read, err := sample.Decode(test.Name, theirs)
				if err != nil {
					assert.True(t, test.Sliced, "%v", err)
					return
				}
				ours, err := sample.Encode(test.Name, v, read)
				require.NoError(t, err)
				back, err := c.echo(test.Name, v, ours)
				require.NoError(t, err)
				switch {
				case test.Sliced && !(test.Kept && v == wire.Encoding11):
				case test.AnyOrder(v):
					require.Len(t, ours, len(theirs))
					require.Len(t, back, len(ours))
				default:
					require.Equal(t, hex.EncodeToString(theirs), hex.EncodeToString(ours))
				}
				if p, ok := read.(*sample.OptionalParams); ok {
					requireResult(t, v, p, back)
					return
				}
				if !test.AnyOrder(v) {
					require.Equal(t, hex.EncodeToString(ours), hex.EncodeToString(back))
				}
				again, err := sample.Decode(test.Name, back)
				require.NoError(t, err)
				require.Equal(t, read, again)
			})
		}
	}
	if *updateWire {
		b, err := json.MarshalIndent(golden, "", "\t")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(peer.Root(t), "testdata/wire/golden.json"), append(b, '\n'), 0o644))
	}
}

func requireResult(t *testing.T, v wire.Version, p *sample.OptionalParams, back []byte) {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartEncaps(v, wire.CompactFormat)
	p.WriteResult(e)
	e.EndEncaps()
	require.NoError(t, e.Err())
	require.Equal(t, hex.EncodeToString(back), hex.EncodeToString(e.Data()))
}
