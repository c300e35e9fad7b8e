package omerotest

import (
	"net"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/interop/peer"
)

// Ice for Python, with stubs made of the shipped definitions, logs in, asks,
// saves, uploads, reads pixels and deletes with a callback.
func TestPythonClient(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "python3")
	server := omerotest.New(t, omerotest.SampleData())
	user := server.Users()[slices.IndexFunc(server.Users(), func(u omerotest.User) bool { return !u.Admin })]
	args := []string{"--user", user.Name, "--password", user.Password}
	var ports []string
	for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
		_, port, err := net.SplitHostPort(server.Addr(transport))
		require.NoError(t, err)
		ports = append(ports, transport+"="+port)
	}
	script := filepath.Join(peer.Root(t), "interop", "peers", "python", "omero", "visit.py")
	for _, encoding := range []string{"1.0", "1.1"} {
		all := append(append([]string{"--encoding", encoding}, args...), ports...)
		peer.Start(t, peer.PythonCommand(t, script, all...)) // which waits until it is ready
	}
}
