package ice

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
	"github.com/slice2go/slice2go/runtime/wire"
)

func echoBlob(_ context.Context, params []byte) (bool, []byte, error) { return true, params, nil }

// FuzzRequests dispatches the bodies of request and batch messages, however they are made: they may fail, and nothing
// else. Replies must be messages that can be read.
func FuzzRequests(f *testing.F) {
	comm, err := NewCommunicator(WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, comm.Close()) })
	a, err := comm.NewAdapter("fuzzed", "")
	require.NoError(f, err)
	_, err = a.Add(newGreeter(hello), Identity{Name: "greeter"})
	require.NoError(f, err)
	_, err = a.AddFacet(NewBlobject(BlobjectFunc(echoBlob)), Identity{Name: "greeter"}, "blob")
	require.NoError(f, err)
	require.NoError(f, a.AddDefault(newGreeter(hello), "default"))
	require.NoError(f, a.AddLocator(&locator{servant: newGreeter(hello)}, ""))

	for _, seed := range []string{
		"\x01\x00\x00\x00\x07greeter\x00\x00\x05greet\x00\x00\x08\x00\x00\x00\x01\x01\x01x",
		"\x01\x00\x00\x00\x07greeter\x00\x01\x04blob\x05other\x02\x01\x01a\x01b\x09\x00\x00\x00\x01\x07abc",
		"\x00\x00\x00\x00\x01x\x07default\x00\x07ice_isA\x01\x00\x0d\x00\x00\x00\x01\x01\x06::Test",
		"\x01\x00\x00\x00\x07failing\x00\x00\x05greet\x00\x00\x06\x00\x00\x00\x01\x00",
	} {
		f.Add(false, []byte(seed))
		f.Add(true, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, batch bool, body []byte) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		c := newConnection(comm, ours, &transport.Info{Protocol: "tcp"}, nil, connectionKey{}, true)
		c.monitor = &monitor{}
		c.try = nil
		kind := wire.RequestMessage
		if batch {
			kind = wire.BatchMessage
		}
		e := wire.NewEncoder(nil, wire.Encoding10)
		e.StartMessage(kind, wire.NoCompression)
		e.Blob(body)
		e.EndMessage(0)
		(&dispatchJob{connection: c, adapter: a, kind: kind, frame: &frame{b: e.Data()}}).run()
		for _, o := range c.queue {
			h, err := wire.ParseHeader(o.frame.b, 0)
			require.NoError(t, err)
			require.Equal(t, len(o.frame.b), h.Size)
			d := wire.NewDecoder(o.frame.b[wire.HeaderSize:], wire.Encoding10)
			var reply wire.Reply
			reply.IceRead(d)
			if reply.Status <= wire.ReplyUserException {
				d.SkipEncaps()
			}
			require.NoError(t, d.Err())
			require.Zero(t, d.Remaining())
		}
	})
}
