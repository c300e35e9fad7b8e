package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/omero"
)

func TestFiles(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("ssl"))
	ctx := t.Context()
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, blockSize - 1, blockSize, 5*blockSize + 17} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		row, err := session.Upload(ctx, FileInfo{Name: "data.bin", Path: "/tmp", MimeType: "application/octet-stream"}, bytes.NewReader(data))
		require.NoError(t, err)
		assert.Equal(t, int64(size), row.Size.Val)

		var back bytes.Buffer
		n, err := session.Download(ctx, row.Id.Val, &back)
		require.NoError(t, err)
		assert.Equal(t, int64(size), n)
		assert.True(t, bytes.Equal(data, back.Bytes()))
	}
	assert.Zero(t, server.stores(session), "stores are closed at once")
	assert.Zero(t, server.stats().WithoutContext)
}

func TestFilesThatFail(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	ctx := t.Context()
	broken := errors.New("broken disk")
	_, err := session.Upload(ctx, FileInfo{Name: "a"}, io.MultiReader(bytes.NewReader(make([]byte, 10)), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	assert.ErrorContains(t, err, "after 10 bytes")

	_, err = session.Download(ctx, 424242, io.Discard)
	var validation *omero.ValidationException
	require.ErrorAs(t, err, &validation)

	row, err := session.Upload(ctx, FileInfo{Name: "a"}, bytes.NewReader(make([]byte, 3*blockSize)))
	require.NoError(t, err)
	n, err := session.Download(ctx, row.Id.Val, brokenWriter{broken})
	require.ErrorIs(t, err, broken)
	assert.Zero(t, n)
	assert.Zero(t, server.stores(session), "stores are closed at once")
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestPixels(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	store, err := session.RawPixelsStore(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.SetPixelsId(t.Context(), 101, true))
	tile, err := store.GetTile(t.Context(), 1, 1, 0, 2, 1, 2, 1)
	require.NoError(t, err)
	assert.Equal(t, []byte{6066 >> 8, 6066 & 0xff, 6067 >> 8, 6067 & 0xff}, tile)
	_, err = store.GetTile(t.Context(), 5, 0, 0, 0, 0, 1, 1)
	var usage *omero.ApiUsageException
	require.ErrorAs(t, err, &usage)
	assert.Contains(t, usage.Message, "out of bounds")
}

func TestCommands(t *testing.T) {
	for _, transport := range []string{"tcp", "wss"} {
		for _, encoding := range []string{"1.0", "1.1"} {
			t.Run(transport+" "+encoding, func(t *testing.T) {
				server := startServer(t, "--encoding", encoding)
				session := server.connect(server.config(transport))
				ctx := t.Context()
				steps := make(chan int, 100)
				command, err := session.Submit(ctx, &omero.CmdTiming{Steps: 3, MillisPerStep: 100}, func(complete, total int) {
					assert.Equal(t, 3, total)
					steps <- complete
				})
				require.NoError(t, err)
				response, err := command.Wait(ctx)
				require.NoError(t, err)
				assert.IsType(t, &omero.CmdOK{}, response)
				eventually(t, "a step is told", func() bool { return len(steps) > 0 }) // in any order with the end
				require.NoError(t, command.Close())
				require.NoError(t, command.Close())

				deleted, err := session.Do(ctx, &omero.CmdDelete2{CmdGraphModify2: omero.CmdGraphModify2{CmdGraphQuery: omero.CmdGraphQuery{
					TargetObjects: map[string][]int64{"Image": {1, 2}},
				}}})
				require.NoError(t, err)
				assert.Equal(t, []int64{1, 2}, deleted.(*omero.CmdDelete2Response).DeletedObjects["Image"])

				_, err = session.Do(ctx, omero.NewCmdDoAll())
				require.ErrorIs(t, err, ErrUnknownRequest)
				assert.ErrorContains(t, err, "::omero::cmd::DoAll")
				for _, service := range server.stats().Sessions[session.Key()].Services {
					assert.NotContains(t, service, "Handle", "handles are closed")
				}
			})
		}
	}
}

func TestCommandsThatFail(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	ctx := t.Context()
	remove := omero.NewCmdDelete2()
	remove.TargetObjects = map[string][]int64{"Image": {-1}}
	_, err := session.Do(ctx, remove)
	var failure *CommandError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "graph-fail", failure.Name)
	assert.False(t, failure.Cancelled)
	assert.ErrorContains(t, err, "message: a negative id")

	command, err := session.Submit(ctx, &omero.CmdTiming{Steps: 1, MillisPerStep: 60000}, nil)
	require.NoError(t, err)
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err = command.Wait(short)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	stopped, err := command.Cancel(ctx)
	require.NoError(t, err)
	assert.True(t, stopped)
	_, err = command.Wait(ctx)
	require.ErrorAs(t, err, &failure)
	assert.True(t, failure.Cancelled)
	require.NoError(t, command.Close())
}

func TestCommandWhoseCallbackIsLost(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	server.do(nil, "set", "lose_callbacks", true)
	response, err := session.Do(t.Context(), &omero.CmdTiming{Steps: 1, MillisPerStep: 300})
	require.NoError(t, err)
	assert.IsType(t, &omero.CmdOK{}, response)
}
