package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
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
	require.ErrorIs(t, err, ErrNotFound)
	assert.ErrorContains(t, err, "in any of the user's groups")

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

// A body cut short ends with an error that io.ReadFull takes for an end.
func TestUploadCutShort(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	for name, end := range map[string]error{
		"unexpected end": io.ErrUnexpectedEOF, "wrapped end": fmt.Errorf("gzip: %w", io.EOF), "closed": io.ErrClosedPipe,
	} {
		for _, size := range []int{0, 10, blockSize, blockSize + 10} {
			t.Run(fmt.Sprint(name, " after ", size), func(t *testing.T) {
				row, err := session.Upload(t.Context(), FileInfo{Name: "a"}, io.MultiReader(bytes.NewReader(make([]byte, size)), iotest.ErrReader(end)))
				require.ErrorIs(t, err, end)
				assert.ErrorContains(t, err, fmt.Sprintf("after %d bytes", size))
				assert.Nil(t, row)
			})
		}
	}
	_, err := session.Upload(t.Context(), FileInfo{Name: "a"}, idleReader{})
	require.ErrorIs(t, err, io.ErrNoProgress)
	all, err := session.Query().FindAll(t.Context(), "OriginalFile", nil)
	require.NoError(t, err)
	assert.Empty(t, all, "what is half written is deleted")
	assert.Zero(t, server.stores(session))
}

type idleReader struct{}

func (idleReader) Read([]byte) (int, error) { return 0, nil }

func TestUploadGivenUp(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	_, err := session.Upload(ctx, FileInfo{Name: "a"}, readerFunc(func(p []byte) (int, error) {
		if read += len(p); read > 3*blockSize {
			cancel()
		}
		return len(p), nil
	}))
	require.ErrorIs(t, err, context.Canceled)
	all, err := session.Query().FindAll(t.Context(), "OriginalFile", nil)
	require.NoError(t, err)
	assert.Empty(t, all, "what is half written is deleted")
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestDownloadComparesChecksums(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	for _, kind := range []string{"SHA1-160", "MD5-128", "Adler-32", "CRC-32"} {
		row, err := session.Upload(t.Context(), FileInfo{Name: "a"}, strings.NewReader("abc"))
		require.NoError(t, err)
		server.do(nil, "hash", "id", row.Id.Val, "hasher", kind, "hash", "0123")
		n, err := session.Download(t.Context(), row.Id.Val, io.Discard)
		require.ErrorContains(t, err, kind+" checksum")
		assert.Equal(t, int64(3), n)
		server.do(nil, "hash", "id", row.Id.Val, "hasher", kind, "hash", map[string]string{
			"SHA1-160": "a9993e364706816aba3e25717850c26c9cd0d89d", "MD5-128": "900150983cd24fb0d6963f7d28e17f72",
			"Adler-32": "024d0127", "CRC-32": "352441c2",
		}[kind])
		_, err = session.Download(t.Context(), row.Id.Val, io.Discard)
		require.NoError(t, err)
	}
	row, err := session.Upload(t.Context(), FileInfo{Name: "a"}, strings.NewReader("abc"))
	require.NoError(t, err)
	server.do(nil, "hash", "id", row.Id.Val, "hasher", "Murmur3-32", "hash", "0123")
	_, err = session.Download(t.Context(), row.Id.Val, io.Discard)
	require.NoError(t, err)
	assert.Contains(t, server.log.String(), "was not compared")
}

func TestDownloadFromAnotherGroup(t *testing.T) {
	server := startServer(t)
	session := server.connect(server.config("tcp"))
	row, err := session.Upload(WithGroup(t.Context(), 5), FileInfo{Name: "a"}, strings.NewReader("abc"))
	require.NoError(t, err)
	var back bytes.Buffer
	_, err = session.Download(t.Context(), row.Id.Val, &back)
	require.NoError(t, err)
	assert.Equal(t, "abc", back.String())
	_, err = session.Download(WithGroup(t.Context(), 3), row.Id.Val, io.Discard)
	require.ErrorIs(t, err, ErrNotFound)
	assert.ErrorContains(t, err, "in the group of the call")
}
