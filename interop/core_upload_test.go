package interop_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
)

const (
	uploadCount = 6
	uploadSize  = 8 << 20
)

// secureCommunicator gives a communicator that trusts the test's certificates, and does not try again.
func secureCommunicator(t *testing.T, certs *peer.CertFiles) *ice.Communicator {
	return newCommunicator(t, ice.WithProperty("IceSSL.CAs", certs.CA), ice.WithProperty("IceSSL.VerifyPeer", "1"),
		ice.WithProperty("Ice.RetryIntervals", "-1"), ice.WithProperty("Ice.Override.CloseTimeout", "5000"))
}

// beginUploads begins several uploads without a deadline, lent ones and copied ones, and one that needs no answer.
func beginUploads(p corePrx) []*ice.Future[ice.Void] {
	data := make([]byte, uploadSize)
	var futures []*ice.Future[ice.Void]
	for i := range uploadCount {
		ctx := context.Background()
		if i%2 == 1 {
			ctx = ice.Lend(ctx)
		}
		q := p
		if i == uploadCount-1 {
			q = newCorePrx(ice.Oneway(p))
		}
		futures = append(futures, ice.Call(ctx, q, &opPut, func(e *wire.Encoder) { e.Bytes(data) }))
	}
	return futures
}

// allEnded waits until all are done, and gives the errors.
func allEnded(t *testing.T, futures []*ice.Future[ice.Void]) []error {
	t.Helper()
	var errs []error
	for i, f := range futures {
		select {
		case <-f.Done():
			if err := f.Err(t.Context()); err != nil {
				errs = append(errs, err)
			}
		case <-patient(t).Done():
			t.Fatalf("upload %d is never done", i)
		}
	}
	return errs
}

// Uploads have no deadline: whatever ends the connection under them ends them, too.
func TestUploadsEndWithTheirConnection(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []string
		end     func(t *testing.T, server *peer.Process, control corePrx)
	}{
		// At Ice's default the server refuses the first header and resets the connection.
		{name: "message size", options: []string{"--Ice.MessageSizeMax=1024"}},
		{name: "graceful", end: func(t *testing.T, _ *peer.Process, control corePrx) {
			_ = control.void(patient(t), "shutdown", ice.Normal, "")
		}},
		{name: "killed", end: func(_ *testing.T, server *peer.Process, _ corePrx) { server.Kill() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			for server, start := range map[string]func(testing.TB, string, ...string) *peer.Process{"cpp": startCoreCpp, "python": startCore} {
				for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
					t.Run(server+" "+transport, func(t *testing.T) {
						peer.CheckLeaks(t)
						certs := peer.Certs(t)
						process := start(t, transport+" -h 127.0.0.1 -p 0", append([]string{"--Ice.Warn.Connections=0",
							"--Ice.Plugin.IceSSL=IceSSL:createIceSSL", "--IceSSL.CAs=" + certs.CA, "--IceSSL.CertFile=" + certs.Server,
							"--IceSSL.KeyFile=" + certs.ServerKey, "--IceSSL.VerifyPeer=0"}, c.options...)...)
						comm := secureCommunicator(t, certs)
						for range 3 {
							p := coreProxy(t, comm, "peer:%s -h 127.0.0.1 -p %s", transport, process.Value(transport))
							if p.IcePing(patient(t)) != nil {
								break // the server has ended
							}
							futures := beginUploads(p)
							if c.end != nil {
								time.Sleep(5 * time.Millisecond) // in the midst of it, as a rule
								c.end(t, process, newCorePrx(ice.WithConnectionID(p, "control")))
							}
							errs := allEnded(t, futures)
							if c.end == nil {
								require.NotEmpty(t, errs)
							}
							for _, err := range errs {
								var connection *ice.ConnectionError
								assert.ErrorAs(t, err, &connection)
							}
						}
					})
				}
			}
		})
	}
}
