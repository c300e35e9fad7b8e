package omerotest_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"math"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// newFile saves the row of a file with SHA-1 checksums.
func newFile(t testing.TB, f omero.ServiceFactoryPrx, name string) int64 {
	t.Helper()
	ctx := context.Background()
	pixelsService, err := f.GetPixelsService(ctx)
	require.NoError(t, err)
	//lint:ignore SA1019 deprecated in OMERO, whose clients still call it
	hasher, err := pixelsService.GetEnumeration(ctx, "ChecksumAlgorithm", "SHA1-160")
	require.NoError(t, err)
	file := omero.NewOriginalFile()
	file.Name, file.Path, file.Mimetype = omero.NewRString(name), omero.NewRString("/"), omero.NewRString("text/plain")
	file.Hasher = hasher.(*omero.ChecksumAlgorithm)
	update, err := f.GetUpdateService(ctx)
	require.NoError(t, err)
	saved, err := update.SaveAndReturnObject(ctx, file)
	require.NoError(t, err)
	return saved.GetId().Val
}

func TestFiles(t *testing.T) {
	peer.CheckLeaks(t)
	server := labServer(t)
	ctx := t.Context()
	for _, transport := range []string{"tcp", "ws"} {
		ada := login(t, server, "ada", transport)
		id := newFile(t, ada, "notes.txt")
		store, err := ada.CreateRawFileStore(ctx)
		require.NoError(t, err)
		_, err = store.Size(ctx)
		isException[*omero.ApiUsageException](t, err, "initialized")
		require.NoError(t, store.SetFileId(ctx, id))
		there, err := store.Exists(ctx)
		require.NoError(t, err)
		require.False(t, there)
		require.NoError(t, store.Write(ctx, []byte("hello world"), 0, 5))
		require.NoError(t, store.Write(ctx, []byte("!"), 5, 1))
		got, err := store.Read(ctx, 1, 10)
		require.NoError(t, err)
		require.Equal(t, ice.ByteSeq("ello!\x00\x00\x00\x00\x00"), got)
		size, err := store.Size(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 6, size)
		saved, err := store.Save(ctx)
		require.NoError(t, err)
		sum := sha1.Sum([]byte("hello!"))
		require.Equal(t, hex.EncodeToString(sum[:]), saved.Hash.Val)
		require.EqualValues(t, 6, saved.Size.Val)
		cut, err := store.Truncate(ctx, 2)
		require.NoError(t, err)
		require.True(t, cut)
		for _, c := range []struct {
			position int64
			length   int32
		}{{-1, 1}, {0, -1}, {math.MaxInt64, 1}, {0, math.MaxInt32}} {
			_, err := store.Read(ctx, c.position, c.length)
			isException[*omero.ApiUsageException](t, err, "")
		}
		isException[*omero.ApiUsageException](t, store.Write(ctx, []byte("x"), 0, 2), "")
		isException[*omero.ApiUsageException](t, store.Write(ctx, []byte("x"), -5, 1), "")
		require.NoError(t, store.Close(ctx))

		bert := login(t, server, "bert", transport)
		store, err = bert.CreateRawFileStore(ctx)
		require.NoError(t, err)
		isException[*omero.SecurityViolation](t, store.SetFileId(ctx, id), "")
		require.NoError(t, store.Close(ctx))
	}
}

// The gateway names the checksum algorithm by its value only, as omero-py does.
func TestGatewayTransfers(t *testing.T) {
	server := omerotest.New(t, lab)
	session := connect(t, server.Config("ada"))
	data := bytes.Repeat([]byte("cells "), 300_000)
	row, err := session.Upload(t.Context(), gateway.FileInfo{Name: "cells.txt", Path: "/", MimeType: "text/plain"}, bytes.NewReader(data))
	require.NoError(t, err)
	var back bytes.Buffer
	n, err := session.Download(t.Context(), row.Id.Val, &back)
	require.NoError(t, err)
	assert.Equal(t, int64(len(data)), n)
	assert.True(t, bytes.Equal(data, back.Bytes()))

	_, err = session.Upload(t.Context(), gateway.FileInfo{Name: "half.txt", Path: "/"}, iotest.ErrReader(io.ErrUnexpectedEOF))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	left, err := session.Query().FindAllByQuery(t.Context(), "select f from OriginalFile f where f.name = 'half.txt'", nil)
	require.NoError(t, err)
	assert.Empty(t, left, "what is half written is deleted")
}
