package wire

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is lent comes to the same bytes as what is copied.
func TestLend(t *testing.T) {
	long := bytes.Repeat([]byte("slice"), LendMin/5+1)
	short := []byte("short")
	for name, test := range map[string]struct {
		write func(e *Encoder)
		lent  bool
	}{
		"alone":            {func(e *Encoder) { e.Bytes(long) }, true},
		"before others":    {func(e *Encoder) { e.Bytes(long); e.Long(1); e.Int(2) }, true},
		"after others":     {func(e *Encoder) { e.String("path"); e.Bytes(short); e.Bytes(long) }, true},
		"the first of two": {func(e *Encoder) { e.Bytes(long); e.Bytes(long) }, true},
		"in a nested encapsulation": {func(e *Encoder) {
			e.StartEncaps(Encoding11, CompactFormat)
			e.Bytes(long)
			e.EndEncaps()
			e.StartEncaps(Encoding10, CompactFormat)
			e.Int(1)
			e.EndEncaps()
		}, true},
		"before a size":    {func(e *Encoder) { e.Bytes(long); e.StartSize(); e.Int(1); e.EndSize() }, true},
		"within a size":    {func(e *Encoder) { e.StartSize(); e.Bytes(long); e.EndSize() }, false},
		"too short":        {func(e *Encoder) { e.Bytes(long[:LendMin-1]) }, false},
		"just long enough": {func(e *Encoder) { e.Bytes(long[:LendMin]) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			message := func(e *Encoder) {
				e.StartMessage(RequestMessage, NoCompression)
				e.StartEncaps(Encoding11, CompactFormat)
				test.write(e)
				e.EndEncaps()
				e.EndMessage(0)
				require.NoError(t, e.Err())
			}
			copied, lending := NewEncoder(nil, Encoding10), NewEncoder(nil, Encoding10)
			message(copied)
			lending.Lend()
			message(lending)
			lent, at := lending.Lent()
			require.Equal(t, test.lent, lent != nil)
			whole := lending.Data()
			if test.lent {
				assert.Same(t, &long[0], &lent[0])
				whole = append(append(append([]byte(nil), whole[:at]...), lent...), whole[at:]...)
			}
			assert.True(t, bytes.Equal(copied.Data(), whole))
			lending.Reset(nil, Encoding10)
			lending.Bytes(long)
			lent, _ = lending.Lent()
			assert.Nil(t, lent, "a mark of the last message is left")
		})
	}
}
