package wire_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/wire"
)

// TestStringsThatAreNotUTF8 holds that the bytes of a string go through unchanged, in both directions.
func TestStringsThatAreNotUTF8(t *testing.T) {
	for _, s := range []string{"caf\xe9", "\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80", "a\x00b", "\xf5\x80\x80\x80"} {
		e := wire.NewEncoder(nil, wire.Encoding11)
		e.String(s)
		require.NoError(t, e.Err())
		d := wire.NewDecoder(e.Data(), wire.Encoding11)
		assert.Equal(t, s, d.String())
		assert.NoError(t, d.Err())
		assert.Equal(t, s == "a\x00b", utf8.ValidString(s), "%q", s)
	}
}
