package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
)

// message is a reply with the given body.
func message(body []byte) []byte {
	e := wire.NewEncoder(nil, wire.Encoding10)
	e.StartMessage(wire.ReplyMessage, wire.CanCompress)
	for _, b := range body {
		e.Byte(b)
	}
	e.EndMessage(0)
	return e.Detach()
}

// TestDecompressBlocks decompresses what fills blocks of every size, and what bzip2 makes a quarter longer first.
func TestDecompressBlocks(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	fill := map[string]func(i int) byte{
		"noise": func(int) byte { return byte(random.Uint32()) },
		"fours": func(i int) byte { return byte(i / 4) },
		"zeros": func(int) byte { return 0 },
	}
	for name, next := range fill {
		for _, size := range []int{0, 1, 79_999, 80_000, 99_980, 100_000, 100_001, 160_000, 250_000, 720_000, 1_000_000} {
			for _, level := range []int{1, 9} {
				t.Run(fmt.Sprintf("%s/%d/%d", name, size, level), func(t *testing.T) {
					body := make([]byte, size)
					for i := range body {
						body[i] = next(i)
					}
					want := message(body)
					packed, err := wire.Compress(want, level)
					require.NoError(t, err)
					got, err := wire.Decompress(packed, 0)
					require.NoError(t, err)
					assert.True(t, bytes.Equal(want, got))
				})
			}
		}
	}
}

// TestDecompressSmall holds that a small message costs no block of bzip2's largest size.
func TestDecompressSmall(t *testing.T) {
	packed, err := wire.Compress(message([]byte("a small body")), 9)
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rounds = 10
	for range rounds {
		_, err := wire.Decompress(packed, wire.DefaultMessageSize)
		require.NoError(t, err)
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/rounds, uint64(1<<20))
}

// TestDecompressBomb holds that little that becomes much takes what it announces, and what announces without having it nothing.
func TestDecompressBomb(t *testing.T) {
	const size = 64 << 20
	bomb, err := wire.Compress(message(make([]byte, size)), 9)
	require.NoError(t, err)
	require.Less(t, len(bomb), 1000)
	announced, working, err := wire.DecompressedSize(bomb, 0)
	require.NoError(t, err)
	require.Equal(t, size+wire.HeaderSize, announced)
	require.Less(t, working, 4<<20)
	took := allocated(func() {
		got, err := wire.Decompress(bomb, 0)
		require.NoError(t, err)
		require.Len(t, got, size+wire.HeaderSize)
	})
	require.LessOrEqual(t, took, announced+working+64<<10)
	cut := bomb[:len(bomb)-20]
	took = allocated(func() {
		_, err := wire.Decompress(cut, 0)
		require.Error(t, err)
	})
	require.LessOrEqual(t, took, announced+working+64<<10)
	empty := append(bytes.Clone(bomb[:wire.HeaderSize+4]), "BZh9 this is no block"...)
	took = allocated(func() {
		_, err := wire.Decompress(empty, 0)
		require.Error(t, err)
	})
	require.LessOrEqual(t, took, 4<<20)
}

// FuzzDecompress decompresses what is not to be trusted, and measures what that takes.
func FuzzDecompress(f *testing.F) {
	for _, n := range []int{0, 10, 1 << 16} {
		b, err := wire.Compress(message(make([]byte, n)), 1)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		size, working, err := wire.DecompressedSize(b, 1<<20)
		took := allocated(func() { _, err = wire.Decompress(b, 1<<20) })
		require.LessOrEqual(t, took, size+working+64<<10)
		require.NotErrorIs(t, err, io.EOF)
	})
}
