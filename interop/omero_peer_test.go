package interop_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/slice2go/slice2go/interop/peer"
)

// The OMERO-like server does right by ZeroC's own client. What the gateway's
// tests find wrong is then wrong in Go.
func TestOmeroPeerServesZeroCsClient(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3", "glacier2router", "openssl")
	command := peer.PythonCommand(t, "peers/python/omero/check.py")
	command.Ready, command.Timeout = "ok", 5*time.Minute
	p := peer.Start(t, command)
	assert.Len(t, p.Lines(), 15)
}
