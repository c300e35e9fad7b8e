package wire_test

import (
	"bytes"
	"fmt"
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
