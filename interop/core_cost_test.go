package interop_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// A synchronous call without parameters and results makes at most four allocations.
func TestSynchronousCallAllocations(t *testing.T) {
	peer.CheckLeaks(t)
	s := startEcho(t, "cpp")
	ctx := t.Context()
	require.NoError(t, s.echo.Ping(ctx))
	got := testing.AllocsPerRun(2000, func() {
		if err := s.echo.Ping(ctx); err != nil {
			t.Error(err)
		}
	})
	most := 4.0
	if raceEnabled {
		most = 20 // the detector's pools forget some of what is put into them
	}
	assert.LessOrEqual(t, got, most)
}
