package interop_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// A graceful close is over when the peer has answered it, on every transport: it does not run into the close timeout, which would be an error.
func TestGracefulCloseOnEveryTransport(t *testing.T) {
	certs := peer.Certs(t)
	for name, start := range map[string]func(testing.TB, string, ...string) *peer.Process{"cpp": startCoreCpp, "python": startCore} {
		server := start(t, "tcp -h 127.0.0.1 -p 0:ssl -h 127.0.0.1 -p 0:ws -h 127.0.0.1 -p 0:wss -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0",
			"--Ice.Plugin.IceSSL=IceSSL:createIceSSL", "--IceSSL.CAs="+certs.CA, "--IceSSL.CertFile="+certs.Server, "--IceSSL.KeyFile="+certs.ServerKey, "--IceSSL.VerifyPeer=0")
		for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
			t.Run(name+" "+transport, func(t *testing.T) {
				comm := secureCommunicator(t, certs)
				for _, end := range []func(*ice.Connection) error{
					func(c *ice.Connection) error { return c.Close(patient(t)) },
					func(c *ice.Connection) error { return c.CloseNow(patient(t)) },
				} {
					p := coreProxy(t, comm, "peer:%s -h 127.0.0.1 -p %s", transport, server.Value(transport))
					require.NoError(t, p.IcePing(patient(t)))
					c, err := p.IceConnection(patient(t))
					require.NoError(t, err)
					require.NoError(t, end(c))
					require.NotErrorIs(t, c.Err(), ice.ErrCloseTimeout)
				}
			})
		}
	}
}
