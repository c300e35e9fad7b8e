package omerotest_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// The benchmarks of this file read as many bytes through a service as over a
// plain TCP connection on the same machine, one request after the other: the
// ratio of the two is what OMERO's protocol and the files cost.

// benchTCP answers 8 bytes with a block.
func benchTCP(b *testing.B, size int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		block, request := make([]byte, size), make([]byte, 8)
		for {
			if _, err := io.ReadFull(c, request); err != nil {
				return
			}
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(b, err)
	defer c.Close()
	block := make([]byte, size)
	b.SetBytes(int64(size))
	for b.Loop() {
		_, err := c.Write(binary.BigEndian.AppendUint64(nil, 1))
		require.NoError(b, err)
		_, err = io.ReadFull(c, block)
		require.NoError(b, err)
	}
}

func BenchmarkPlanes(b *testing.B) {
	ctx := context.Background()
	const side, size = 512, 512 * 512 * 2
	b.Run("tcp", func(b *testing.B) { benchTCP(b, size) })
	b.Run("omerotest", func(b *testing.B) {
		ada := login(b, labServer(b), "ada", "tcp")
		_, id := newPixels(b, ada, side, side, 4, 1, []int32{0}, "uint16")
		store := rawPixels(b, ada, id)
		for z := range int32(4) {
			require.NoError(b, store.SetPlane(ctx, make([]byte, size), z, 0, 0))
		}
		b.SetBytes(size)
		z := int32(0)
		for b.Loop() {
			_, err := store.GetPlane(ctx, z%4, 0, 0)
			require.NoError(b, err)
			z++
		}
	})
	b.Run("rendered", func(b *testing.B) {
		ada := login(b, labServer(b), "ada", "tcp")
		_, id := newPixels(b, ada, side, side, 1, 1, []int32{0}, "uint16")
		store := rawPixels(b, ada, id)
		require.NoError(b, store.SetPlane(ctx, make([]byte, size), 0, 0, 0))
		thumbnails, err := ada.CreateThumbnailStore(ctx)
		require.NoError(b, err)
		_, err = thumbnails.SetPixelsId(ctx, id)
		require.NoError(b, err)
		for b.Loop() {
			_, err := thumbnails.GetThumbnailWithoutDefault(ctx, nil, nil)
			require.NoError(b, err)
		}
	})
}

func BenchmarkFiles(b *testing.B) {
	ctx := context.Background()
	const size = 1 << 20
	b.Run("tcp", func(b *testing.B) { benchTCP(b, size) })
	for _, way := range []string{"read", "write"} {
		b.Run(way, func(b *testing.B) {
			ada := login(b, labServer(b), "ada", "tcp")
			store, err := ada.CreateRawFileStore(ctx)
			require.NoError(b, err)
			require.NoError(b, store.SetFileId(ctx, newFile(b, ada, "large")))
			block := make([]byte, size)
			require.NoError(b, store.Write(ctx, block, 0, size))
			b.SetBytes(size)
			for b.Loop() {
				if way == "read" {
					_, err = store.Read(ctx, 0, size)
				} else {
					err = store.Write(ctx, block, 0, size)
				}
				require.NoError(b, err)
			}
		})
	}
}
