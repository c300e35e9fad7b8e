package ice

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBackoff(t *testing.T) {
	var b backoff
	for _, want := range []int{8, 16, 32, 64, 128, 256, 512, 1024, 1024} {
		assert.Equal(t, want, b.after(backoffWorthy-1))
	}
	assert.Equal(t, 8, b.after(backoffWorthy), "it was good for a while")
	assert.Equal(t, 16, b.after(0))
}
