package wire

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSwapped checks what a big-endian machine does with a sequence of numbers.
func TestSwapped(t *testing.T) {
	for _, test := range []struct {
		size       int
		from, want string
	}{
		{1, "abcd", "abcd"},
		{2, "abcd", "badc"},
		{4, "abcdefgh", "dcbahgfe"},
		{8, "abcdefgh", "hgfedcba"},
	} {
		b := make([]byte, len(test.from))
		swapped(b, []byte(test.from), test.size)
		assert.Equal(t, test.want, string(b))
	}
}
