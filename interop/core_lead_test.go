package interop_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// One who calls and waits again and again reads the connection himself, where the transport allows. When he gives a call up, the connection
// goes on, and what the server still answers gets in nobody's way.
func TestCoreCallsGivenUp(t *testing.T) {
	peer.CheckLeaks(t)
	certs := peer.Certs(t)
	server := startCoreCpp(t, "tcp -h 127.0.0.1 -p 0:ssl -h 127.0.0.1 -p 0:ws -h 127.0.0.1 -p 0:wss -h 127.0.0.1 -p 0", "--Ice.Warn.Connections=0",
		"--Ice.Plugin.IceSSL=IceSSL:createIceSSL", "--IceSSL.CAs="+certs.CA, "--IceSSL.CertFile="+certs.Server, "--IceSSL.KeyFile="+certs.ServerKey, "--IceSSL.VerifyPeer=0")
	for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
		t.Run(transport, func(t *testing.T) {
			comm := newCommunicator(t, ice.WithProperty("IceSSL.CAs", certs.CA), ice.WithProperty("IceSSL.VerifyPeer", "1"))
			p := coreProxy(t, comm, "peer:"+transport+" -h 127.0.0.1 -p %s", server.Value(transport))
			first, err := p.IceConnection(patient(t))
			require.NoError(t, err)
			givenUp := 0
			for range 20 {
				for range 50 {
					require.NoError(t, p.IcePing(patient(t)))
				}
				ctx, cancel := context.WithTimeout(patient(t), 5*time.Millisecond)
				begin := time.Now()
				err := p.sleepAsync(ctx, 50).Err(ctx)
				cancel()
				assert.Less(t, time.Since(begin), time.Minute)
				if err != nil { // the answer can be faster on a machine that stands still now and then
					require.ErrorIs(t, err, ice.ErrTimeout)
					givenUp++
				}

				calls := []*ice.Future[ice.Void]{p.sleepAsync(patient(t), 1), p.sleepAsync(patient(t), 1)}
				calls[0].Cancel()
				if err := calls[0].Err(patient(t)); err != nil {
					require.ErrorIs(t, err, ice.ErrCanceled)
				}
				require.NoError(t, calls[1].Err(patient(t)))
				require.NoError(t, p.put(patient(t), make([]byte, 200<<10)))
			}
			assert.Positive(t, givenUp)
			last, err := p.IceConnection(patient(t))
			require.NoError(t, err)
			assert.Same(t, first, last)
		})
	}
}
