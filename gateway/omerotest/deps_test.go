package omerotest_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGatewayIsWithoutUs looks at what is compiled into a program that imports
// package gateway and nothing else of ours.
func TestGatewayIsWithoutUs(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/slice2go/slice2go/gateway").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Greater(t, len(deps), 50)
	for _, d := range deps {
		for _, part := range []string{"omerotest", "sqlite", "participle", "cobra"} {
			assert.NotContains(t, d, part)
		}
	}
}
